"""What was typed into a form and could not be taken: kept for an hour, for whoever typed it.

A session ends while somebody writes; the form is then refused, and a person would
lose an hour's work. The text waits in Redis under a random key, which a cookie of
the same browser alone knows, until the form is shown again.
"""

from __future__ import annotations

import json
import re
import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Response, request
from redis.exceptions import RedisError

import ckan.plugins.toolkit as tk
from ckan.lib.redis import connect_to_redis

from ckanext.opengov.shared.limits import Limit, network_of

COOKIE = "opengov_kept"
HOUR = timedelta(hours=1)
MAX_BYTES = 1 << 20
MISUSE = Limit("kept", 60, HOUR)
"""Of one address: anyone may send a form."""
NOT_TEXT = ("_csrf_token", "email", "password", "password1", "password2")
"""What is typed again: secrets, and an address, which stands nowhere before it is sealed."""


def keep(response: Response) -> Response:
    """Keep the form of this request, and let ``response`` tell the browser its key.

    A form of another site is not kept: it would be text that somebody else wrote.
    """
    fields = {
        name: values
        for name, values in request.form.to_dict(flat=False).items()
        if name not in NOT_TEXT
    }
    text = json.dumps({"path": _place(), "fields": fields})
    if not fields or len(text) > MAX_BYTES or not _is_ours() or _is_misused():
        return response
    key = secrets.token_urlsafe(24)
    try:
        connect_to_redis().setex(_name(key), HOUR, text)
    except RedisError:
        return response
    response.set_cookie(
        COOKIE,
        key,
        max_age=int(HOUR.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
    return response


def kept() -> dict[str, Any] | None:
    """Return, once, what was typed into the form of this address; None: nothing."""
    key = request.cookies.get(COOKIE, "")
    if not re.fullmatch(r"[\w-]{20,64}", key):
        return None
    try:
        text = connect_to_redis().get(_name(key))
        found = json.loads(text) if text else None
        if found is None or found["path"] != _place():
            return None
        connect_to_redis().delete(_name(key))
    except RedisError:
        return None
    return {
        name: values[0] if len(values) == 1 else values for name, values in found["fields"].items()
    }


def _name(key: str) -> str:
    return f"{tk.config['ckan.site_id']}:opengov:kept:{key}"


def _place() -> str:
    """Return the address without its language: people may come back in another."""
    return f"{request.endpoint}:{json.dumps(request.view_args or {}, sort_keys=True)}"


def _is_ours() -> bool:
    """Tell whether the form stood on this site."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return urlsplit(origin).netloc == request.host


def _is_misused() -> bool:
    return bool(MISUSE.take(network_of(request.remote_addr or "")))

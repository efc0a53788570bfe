"""Answers that a reader need not load twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version

from flask import Response, make_response, request

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.opengov.shared import readers, site

VERSION = version("opengov-suite")
MINUTES = 5 * 60


def anyone() -> Context:
    """Return the context of what answers for everybody: it never holds what only some may read."""
    return Context(user="", auth_user_obj=None)


def conditional(
    made_of: object, make: Callable[[], str | bytes], mimetype: str, changed: str | None = None
) -> Response:
    """Answer 304 to who has it already; otherwise make the text.

    Args:
        made_of: all that the text depends on, beside the code, the site and the address
        make: makes the text
        mimetype: its media type
        changed: when it changed last, as CKAN writes times. Not for lists, which change without
            becoming newer when something is withdrawn
    """
    known = [VERSION, site.name(tk.h.lang()), readers.languages()]
    parts = [*known, request.host_url, request.full_path, tk.h.lang(), made_of]
    text = json.dumps(parts, sort_keys=True, default=str)
    response = make_response("")
    response.set_etag(hashlib.sha256(text.encode()).hexdigest()[:32], weak=True)
    if changed:
        response.last_modified = as_time(changed)
    response.mimetype = mimetype
    # ``make_conditional`` only compares: an answer of 304 costs no text.
    response.make_conditional(request)
    if response.status_code == 200:  # noqa: PLR2004
        response.set_data(make())
    response.cache_control.public = True
    response.cache_control.max_age = MINUTES
    return response


def as_time(text: str) -> datetime:
    """Return a time of CKAN, which is in UTC without saying so."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)

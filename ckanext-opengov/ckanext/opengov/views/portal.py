"""What belongs to the portal as a whole: its colours, its own pages, its state."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, jsonify, make_response, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.lib.redis import is_redis_available
from ckan.lib.search.common import is_available as is_solr_available

from ckanext.opengov import config, texts

portal = Blueprint("opengov_portal", __name__)

OPEN_IN_MAINTENANCE = ("opengov_portal.health", "opengov_portal.colours", "user.login")
RETRY_SECONDS = 600
YEAR = 31536000
"""Seconds."""


@portal.before_app_request
def close_for_maintenance() -> Response | None:
    """Answer 503 to everyone but administrators while the site is being worked on."""
    endpoint = request.endpoint or ""
    is_open = endpoint in OPEN_IN_MAINTENANCE or endpoint.startswith(("static", "webassets"))
    if not config.is_closed_for_maintenance() or is_open:
        return None
    if getattr(tk.current_user, "sysadmin", False):
        return None
    answer = make_response(tk.render("opengov/maintenance.html"), HTTPStatus.SERVICE_UNAVAILABLE)
    answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return _never_kept(answer)


@portal.get("/health")
def health() -> ResponseReturnValue:
    """Tell a load balancer whether requests can be served.

    200 as long as the database answers; without Redis or Solr much still works.
    """
    parts = {"database": _is_database_there(), "redis": is_redis_available()}
    parts["search"] = bool(is_solr_available())
    status = "ok" if all(parts.values()) else "degraded" if parts["database"] else "down"
    answer = jsonify(status=status, parts=parts)
    answer.status_code = HTTPStatus.OK if parts["database"] else HTTPStatus.SERVICE_UNAVAILABLE
    return _never_kept(answer)


def _never_kept(answer: Response) -> Response:
    # CKAN would call it public.
    request.environ["__no_cache__"] = True
    answer.cache_control.no_store = True
    return answer


def _is_database_there() -> bool:
    try:
        with ckan_model.ensure_engine().connect() as connection:
            connection.execute(sa.text("SELECT 1"))
    except sa.exc.OperationalError:
        return False
    return True


@portal.get("/opengov/brand.css")
def colours() -> Response:
    """Serve the country's colours. The address changes with them, so it may be kept for good."""
    answer = make_response(config.stylesheet())
    answer.mimetype = "text/css"
    answer.cache_control.public = True
    answer.cache_control.immutable = True
    answer.cache_control.max_age = YEAR
    return answer


@portal.get("/page/<name>")
def page(name: str) -> ResponseReturnValue:
    """Show one of the portal's own pages: what it promises, privacy, accessibility."""
    text = texts.read(name, tk.h.lang())
    if text is None:
        return tk.abort(404, tk._("Page not found"))
    values: dict[str, Any] = {"title": text.title, "body": text.body, "name": name}
    return tk.render("opengov/page.html", values)

"""What every answer of the site has: the caller's language, and headers that keep readers safe."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit, urlunsplit

from flask import Blueprint, Response, g, request, session
from werkzeug.datastructures import ImmutableMultiDict, LanguageAccept
from werkzeug.routing import RequestRedirect

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model

from ckanext.opengov import config
from ckanext.opengov.shared import site
from ckanext.opengov.shared.web import generations, pages

answering = Blueprint("opengov_answering", __name__)

MB = 1 << 20
MAX_TEXT = 16 * MB
"""Of a body without a file, and of the text around one."""
DOWNLOADS = ("dataset_resource.download", "resource.download", "opengov_revise.download")


@answering.before_app_request
def speak_the_callers_language() -> None:
    """Let API calls choose by ``lang`` or ``Accept-Language``, where the address does not say."""
    environ = request.environ
    if not request.path.startswith("/api/") or not environ.get("CKAN_LANG_IS_DEFAULT"):
        return
    offered = config.languages()
    wished = request.args.get("lang")
    if wished in offered:
        # Actions that take no value of this name would refuse it.
        rest = [(name, value) for name, value in request.args.items(True) if name != "lang"]
        request.args = ImmutableMultiDict(rest)
    accepted: LanguageAccept = request.accept_languages
    language = wished if wished in offered else accepted.best_match(offered)
    if language:
        environ["CKAN_LANG"] = language


@answering.before_app_request
def say_the_portals_name() -> None:
    """Let CKAN's templates too say the portal's name in the reader's language."""
    g.site_title = site.name(tk.h.lang())


@answering.after_app_request
def keep_the_language(response: Response) -> Response:
    """Stay in the reader's language where an address lacks its last slash."""
    is_added = isinstance(request.routing_exception, RequestRedirect)
    if is_added and not request.environ.get("CKAN_LANG_IS_DEFAULT"):
        parts = urlsplit(response.headers["Location"])
        path = urlunsplit(("", "", parts.path, parts.query, ""))
        response.headers["Location"] = str(tk.url_for(path))
    return response


@answering.after_app_request
def end_what_streams(response: Response) -> Response:
    """End the transaction in which CKAN reads a table while it sends it, long after the view.

    Else it stays open until the same thread serves somebody again, and locks out changes of tables.
    """
    if request.endpoint == "datastore.dump":
        response.call_on_close(ckan_model.Session.remove)  # noqa: TID251 - CKAN's own session
    return response


@answering.before_app_request
def refuse_names_that_nothing_has() -> None:
    """Answer that it is not there, where CKAN's queries would fail."""
    if "\0" in request.path:
        tk.abort(HTTPStatus.NOT_FOUND)


@answering.before_app_request
def bound_the_body() -> None:
    """Read no more than a request may need: a form with a file, or a page of text."""
    is_form = request.mimetype == "multipart/form-data"
    largest = int(tk.config["ckan.max_resource_size"]) * MB if is_form else 0
    request.max_content_length = largest + MAX_TEXT


@answering.before_app_request
def remember_nobody() -> None:
    """Let every session end after hours: CKAN's form asks for as long as the browser likes."""
    if request.endpoint == "user.login" and "remember" in request.form:
        form = [(name, value) for name, value in request.form.items(True) if name != "remember"]
        request.form = ImmutableMultiDict(form)


@answering.after_app_request
def keep_readers_safe(response: Response) -> Response:
    """Keep other sites from framing ours, and uploaded files from running on it."""
    headers = response.headers
    is_error = response.status_code >= HTTPStatus.BAD_REQUEST
    is_for_one = tk.current_user.is_authenticated or request.environ.get(pages.FOR_ONE)
    if is_error or is_for_one or session:
        # What one person gets, a shared cache must not give to the next; and what
        # is not there may be there in a moment.
        request.environ["__no_cache__"] = True
        response.cache_control.no_store = True
    else:
        pages.is_for_nobody()
    generations.repeat_bumps()
    response.vary.update(("Authorization", "Cookie"))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    if request.endpoint in DOWNLOADS and "Location" not in headers:
        # An uploaded page or drawing is a stranger's program: it is saved, not shown.
        headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        disposition = headers.get("Content-Disposition", "attachment")
        headers["Content-Disposition"] = disposition.replace("inline", "attachment", 1)
    else:
        headers.setdefault("Content-Security-Policy", config.content_security_policy())
    if request.path.startswith("/api/"):
        response.vary.add("Accept-Language")
    return response

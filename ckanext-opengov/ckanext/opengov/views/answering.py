"""What every answer of the site has: the caller's language, and headers that keep readers safe."""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.datastructures import LanguageAccept

from ckanext.opengov import config

answering = Blueprint("opengov_answering", __name__)

POLICY = "base-uri 'self'; form-action 'self'; frame-ancestors 'self'; object-src 'none'"
DOWNLOADS = ("dataset_resource.download", "resource.download", "opengov_revise.download")


@answering.before_app_request
def speak_the_callers_language() -> None:
    """Let API calls choose by ``lang`` or ``Accept-Language``, where the address does not say."""
    environ = request.environ
    if not request.path.startswith("/api/") or not environ.get("CKAN_LANG_IS_DEFAULT"):
        return
    offered = config.languages()
    wished = request.args.get("lang")
    accepted: LanguageAccept = request.accept_languages
    language = wished if wished in offered else accepted.best_match(offered)
    if language:
        environ["CKAN_LANG"] = language


@answering.after_app_request
def keep_readers_safe(response: Response) -> Response:
    """Keep other sites from framing ours, and uploaded files from running on it."""
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    if request.endpoint in DOWNLOADS and "Location" not in headers:
        # An uploaded page or drawing is a stranger's program: it is saved, not shown.
        headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        disposition = headers.get("Content-Disposition", "attachment")
        headers["Content-Disposition"] = disposition.replace("inline", "attachment", 1)
    else:
        headers.setdefault("Content-Security-Policy", POLICY)
    if request.path.startswith("/api/"):
        response.vary.add("Accept-Language")
    return response

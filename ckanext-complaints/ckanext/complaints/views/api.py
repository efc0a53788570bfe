"""Filing and following for programs: JSON in and out, the receipt in the body, and no cookie.

CKAN's action API logs what it is sent; these addresses log nothing. The actions are those of the
pages, with the same errors.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import flask_babel
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

import ckan.plugins.toolkit as tk
from ckan.config.middleware.flask_app import csrf

from ckanext.opengov.shared import readers
from ckanext.opengov.shared.web import pages

complaints_api = Blueprint("complaints_api", __name__, url_prefix="/complaints/api")
# A forged form gains nothing: no cookie counts here, only what its sender knows.
csrf.exempt(complaints_api)

ACTIONS = {
    "submit": "complaint_submit",
    "track": "complaint_case_show",
    "reply": "complaint_reply",
    "withdraw": "complaint_withdraw",
    "accept": "complaint_accept",
    "reopen": "complaint_reopen",
    "appeal": "complaint_appeal",
    "acknowledgement": "complaint_acknowledgement_show",
    "secret": "complaint_secret_change",
    "survey": "complaint_survey",
    "verify": "complaint_acknowledgement_verify",
}
"""By the last part of the address. Most take ``reference`` and ``secret``."""
MOST_BYTES = 256 << 10
MOST_DEEP = 8
OF_PAGES = frozenset({"draft", "visit", "came"})
"""What only pages give."""


@complaints_api.before_request
def speak_the_callers_language() -> None:
    """Choose by ``lang`` or ``Accept-Language``, where the address does not say."""
    if request.environ.get("CKAN_LANG_IS_DEFAULT"):
        offered = readers.languages()
        wished = request.args.get("lang")
        best = wished if wished in offered else request.accept_languages.best_match(offered)
        if best:
            request.environ["CKAN_LANG"] = best
            flask_babel.refresh()


@complaints_api.after_request
def leave_no_trace(response: Response) -> Response:
    """Keep answers out of every cache."""
    pages.is_for_one()
    response.headers["Referrer-Policy"] = "no-referrer"
    response.vary.add("Accept-Language")
    return response


@complaints_api.post(f"/<any({','.join(ACTIONS)}):name>")
def call(name: str) -> ResponseReturnValue:
    """Do what a page of citizens does."""
    try:
        given = body()
        found = tk.get_action(ACTIONS[name])({"user": "", "auth_user_obj": None}, given)
    except tk.ValidationError as error:
        return refused(status_of(error), dict(error.error_dict))
    except tk.ObjectNotFound as error:
        return refused(HTTPStatus.NOT_FOUND, {"message": str(error)})
    except HTTPException as error:
        return refused(error.code or 500, {"message": str(error.description)})
    return {"success": True, "result": found}


@complaints_api.get("/choices")
def choices() -> ResponseReturnValue:
    """Return what can be chosen: categories, public bodies, regions."""
    return {"success": True, "result": tk.get_action("complaint_choice_list")({}, {})}


@complaints_api.get("/keys")
def keys() -> ResponseReturnValue:
    """Return the public keys that acknowledgements are checked with, by id, in base 64."""
    found = tk.get_action("complaint_acknowledgement_keys")({}, {})
    return {"success": True, "result": found}


def body() -> dict[str, Any]:
    """Return the object that was sent.

    Raises:
        HTTPException: it is none, or too large, or of another kind.
    """
    if not request.is_json:
        tk.abort(415, tk._("Send a JSON object as application/json."))
    if (request.content_length or 0) > MOST_BYTES:
        tk.abort(413, tk._("This is too large."))
    try:
        given = json.loads(request.get_data(cache=False))
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict) or _depth(given) > MOST_DEEP:
        tk.abort(400, tk._("Send a JSON object as application/json."))
    return {name: value for name, value in given.items() if name not in OF_PAGES}


def _depth(value: object, at: int = 1) -> int:
    if at > MOST_DEEP or not isinstance(value, dict | list):
        return at
    inside = value.values() if isinstance(value, dict) else value
    return max((_depth(each, at + 1) for each in inside), default=at)


def status_of(error: tk.ValidationError) -> int:
    """Return the status of a broken rule."""
    codes: Any = error.error_dict.get("__codes") or {}
    is_locked = "change-secret-first" in codes.get("__all__", ())
    return HTTPStatus.CONFLICT if is_locked else HTTPStatus.UNPROCESSABLE_ENTITY


def refused(status: int, error: Mapping[str, Any]) -> ResponseReturnValue:
    """Return an answer that says what is wrong."""
    return {"success": False, "error": dict(error)}, status

"""The page to which the link in each mail leads: one button, no sign-in, no cookie."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, make_response, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk
from ckan.config.middleware.flask_app import csrf

leaving = Blueprint("opengov_leaving", __name__, url_prefix="/unsubscribe")


@leaving.get("/<token>")
def show(token: str) -> ResponseReturnValue:
    """Ask once more: programs that look for malware follow every link of a mail."""
    return _answer("opengov_unsubscribe_show", token)


@csrf.exempt
@leaving.post("/<token>")
def leave(token: str) -> ResponseReturnValue:
    """Stop the mail: by the button, or by a mail program for its owner (RFC 8058).

    The link itself is what a form's token would be: nobody else has it.
    """
    return _answer("opengov_unsubscribe", token)


def _answer(action: str, token: str) -> Response:
    try:
        found: dict[str, Any] = tk.get_action(action)({}, {"token": token})
    except tk.ObjectNotFound:
        return _page({"is_wrong": True}, HTTPStatus.NOT_FOUND)
    except tk.ValidationError as error:
        said = " ".join(str(each) for each in error.error_summary.values())
        return _page({"is_wrong": True, "said": said}, HTTPStatus.TOO_MANY_REQUESTS)
    return _page({**found, "is_done": request.method == "POST"}, HTTPStatus.OK)


def _page(values: dict[str, Any], status: HTTPStatus) -> Response:
    response = make_response(tk.render("opengov/leaving.html", values), status)
    # The address opens something: no other site and no search engine gets it.
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Cache-Control"] = "no-store"
    return response

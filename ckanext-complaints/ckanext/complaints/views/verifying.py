"""The page on which everyone can check a signed acknowledgement."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.complaints import intake
from ckanext.complaints.views import shell

complaints_verify = Blueprint("complaints_verify", __name__, url_prefix="/complaints")
shell.guard(complaints_verify)


@complaints_verify.route("/verify", methods=["GET", "POST"])
def show() -> ResponseReturnValue:
    """Ask for an acknowledgement; say whether it is ours, and what it says."""
    if request.method != "POST":
        return _page()
    given = {"document": request.form.get("document", ""), "text": request.form.get("text", "")}
    # A file is sealed as it comes, as all are here; an acknowledgement is no longer than its head.
    given["document"] = given["document"].strip() or _uploaded()
    try:
        found = tk.get_action("complaint_acknowledgement_verify")({}, given)
    except tk.ValidationError as error:
        return _page(shell.UNPROCESSABLE, errors=shell.sentences(error), typed=given)
    return _page(found=found)


def _uploaded() -> str:
    came = intake.received("file")
    return came[0].head.decode("utf-8-sig", errors="replace") if came else ""


def _page(status: int = 200, **values: object) -> ResponseReturnValue:
    shown = {"found": None, "errors": {}, "typed": {}, **values}
    return shell.answer("verify", status, **shown)

"""The page on which leads make and end tokens for programs of their unit."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.complaints.views import rooms, shell
from ckanext.opengov.shared.web import forms

complaints_programs = Blueprint(
    "complaints_programs", __name__, url_prefix="/dashboard/complaints/programs"
)
shell.guard(complaints_programs)

FIELDS = ("id", "unit_id", "name", "ends_on")


@complaints_programs.before_request
def sign_in() -> ResponseReturnValue | None:
    """Ask who is not signed in to do so."""
    return None if tk.current_user.is_authenticated else forms.sign_in()


@complaints_programs.errorhandler(tk.NotAuthorized)
def refuse(_error: tk.NotAuthorized) -> ResponseReturnValue:
    """Say for whom the page is."""
    return rooms.closed()


@complaints_programs.route("/", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """Show the tokens, or make one: it is shown in this answer and never again."""
    if request.method != "POST":
        return _page({}, {})
    given = {name: request.form.get(name, "") for name in FIELDS}
    try:
        made = tk.get_action("complaint_program_create")({}, given)
    except tk.ValidationError as error:
        return _page(given, shell.sentences(error)), shell.UNPROCESSABLE
    return _page({}, {}, made)


@complaints_programs.post("/revoke")
def revoke() -> ResponseReturnValue:
    """End a token."""
    try:
        tk.get_action("complaint_program_revoke")({}, {"id": request.form.get("id", "")})
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("This was not found."))
    tk.h.flash_success(tk._("The token opens nothing any more."))
    return tk.redirect_to("complaints_programs.index")


def _page(typed: dict[str, str], errors: dict[str, str], made: Any = None) -> Any:
    found = tk.get_action("complaint_program_list")({}, {})
    values = {"found": found, "data": typed, "errors": errors, "made": made}
    return tk.render("complaints/desk/programs.html", {**values, "fresh_id": str(uuid.uuid4())})

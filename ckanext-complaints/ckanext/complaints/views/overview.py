"""The board of those who watch over bodies: how they keep their dates, and no word of a case."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.complaints.views import rooms, shell

complaints_overview = Blueprint(
    "complaints_overview", __name__, url_prefix="/dashboard/complaints/overview"
)
# A supervisor writes a reason into a case: the pages keep nothing of it.
rooms.for_staff(complaints_overview, has_content=True)
complaints_overview.register_error_handler(tk.NotAuthorized, rooms.missing)

FILTERS = ("unit_id", "which", "number", "cursor")


@complaints_overview.get("/")
def index() -> ResponseReturnValue:
    """Show the bodies, the one with the most late cases first."""
    found = tk.get_action("complaint_dashboard")({}, {})
    return shell.answer("overview/index", found=found, roles=tk.g.complaints_roles)


@complaints_overview.get("/<org_id>")
def body(org_id: str) -> ResponseReturnValue:
    """Show a body: its units, its months and its cases, by what is known without opening them."""
    found = tk.get_action("complaint_dashboard")({}, {"org": org_id})
    asked = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    errors: dict[str, str] = {}
    try:
        listed = tk.get_action("complaint_dashboard_cases")({}, {"org": org_id, **asked})
    except tk.ValidationError as error:
        listed, errors = {"results": [], "next_cursor": None}, shell.sentences(error)
    values = {"body": found["results"][0], "as_of": found["as_of"], "cases": listed}
    shown = {**values, "chosen": asked, "errors": errors, "roles": tk.g.complaints_roles}
    return shell.answer("overview/body", shell.UNPROCESSABLE if errors else 200, **shown)


@complaints_overview.route("/<org_id>/<number>/reopen", methods=["GET", "POST"])
def reopen(org_id: str, number: str) -> ResponseReturnValue:
    """Say what it means to open a closed case again; then do it."""
    asked = {"org": org_id, "number": number}
    found = tk.get_action("complaint_dashboard_cases")({}, asked)["results"]
    # Stewards see the board and take no part in cases.
    if not found or not tk.g.complaints_roles.units("supervisor"):
        raise tk.ObjectNotFound
    if request.method != "POST":
        return _reopen_page(found[0], org_id, "", {})
    reason = request.form.get("reason", "")
    given = {"reference": number, "reason": reason, "version": request.form.get("version")}
    try:
        tk.get_action("complaint_oversight_reopen")({}, given)
    except tk.ValidationError as error:
        return _reopen_page(found[0], org_id, reason, shell.sentences(error))
    tk.h.flash_success(tk._("The case is open again. Citizen and unit read your reason."))
    return tk.redirect_to("complaints_overview.body", org_id=org_id, number=number)


def _reopen_page(
    case: dict[str, Any], org_id: str, typed: str, errors: dict[str, str]
) -> ResponseReturnValue:
    values = {"case": case, "org_id": org_id, "typed": typed, "errors": errors}
    return shell.answer("overview/reopen", shell.UNPROCESSABLE if errors else 200, **values)

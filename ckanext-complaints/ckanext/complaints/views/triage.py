"""The page of the slow queue: what came in a flood, many at a time."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.complaints.views import rooms, shell
from ckanext.opengov.shared.web import forms

complaints_triage = Blueprint(
    "complaints_triage", __name__, url_prefix="/dashboard/complaints/slow"
)
shell.guard(complaints_triage)


@complaints_triage.before_request
def sign_in() -> ResponseReturnValue | None:
    """Ask who is not signed in to do so."""
    return None if tk.current_user.is_authenticated else forms.sign_in()


@complaints_triage.errorhandler(tk.NotAuthorized)
def refuse(_error: tk.NotAuthorized) -> ResponseReturnValue:
    """Say for whom the page is."""
    return rooms.closed()


@complaints_triage.route("/", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """Show the slow queue, or do something with those that were chosen."""
    if request.method != "POST":
        return _page({}, {})
    given: dict[str, Any] = {"references": request.form.getlist("references")}
    verb = "close" if "close" in request.form else "release"
    if verb == "close":
        given |= {name: request.form.get(name, "") for name in ("duplicate_of", "reason")}
    try:
        done = tk.get_action(f"complaint_slow_{verb}")({}, given)
    except tk.ValidationError as error:
        return _page(shell.sentences(error), given), shell.UNPROCESSABLE
    except tk.ObjectNotFound as error:
        return _page({"duplicate_of": str(error)}, given), shell.UNPROCESSABLE
    number = tk.h.localised_number(sum(done.values()))
    tk.h.flash_success(tk._("Done: {number}.").format(number=number))
    return tk.redirect_to("complaints_triage.index")


def _page(errors: dict[str, str], typed: dict[str, Any]) -> Any:
    asked = {"queue": "slow", "limit": 100}
    if request.args.get("cursor"):
        asked["cursor"] = request.args["cursor"]
    found = tk.get_action("complaint_list")({}, asked)
    values = {"found": found, "errors": errors, "typed": typed, "chosen": asked}
    return tk.render("complaints/desk/slow.html", values)

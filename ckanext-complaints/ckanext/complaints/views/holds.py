"""The page of the orders that keep complaints past the day on which they would be deleted."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.complaints.views import rooms, shell
from ckanext.opengov.shared.web import forms

complaints_holds = Blueprint("complaints_holds", __name__, url_prefix="/dashboard/complaints/holds")
shell.guard(complaints_holds)

VERBS = {"set": "complaint_hold_set", "end": "complaint_hold_end"}
FIELDS = ("reference", "reason")


@complaints_holds.before_request
def sign_in() -> ResponseReturnValue | None:
    """Ask who is not signed in to do so."""
    return None if tk.current_user.is_authenticated else forms.sign_in()


@complaints_holds.get("/")
def index() -> ResponseReturnValue:
    """Show what is kept by order, and the form for another."""
    return _page({}, {})


@complaints_holds.post("/<any(set,end):verb>")
def act(verb: str) -> ResponseReturnValue:
    """Give an order, or end one."""
    given = {name: request.form[name] for name in FIELDS if name in request.form}
    try:
        tk.get_action(VERBS[verb])({}, given)
    except tk.NotAuthorized:
        return rooms.closed()
    except tk.ObjectNotFound:
        wrong = {"reference": tk._("None of the bodies over which you watch has this complaint.")}
        return _page(given, wrong)
    except tk.ValidationError as error:
        return _page(given, shell.sentences(error))
    tk.h.flash_success(tk._("Done."))
    return tk.redirect_to("complaints_holds.index")


def _page(typed: dict[str, str], errors: dict[str, str]) -> ResponseReturnValue:
    asked = {"cursor": request.args["cursor"]} if request.args.get("cursor") else {}
    try:
        found = tk.get_action("complaint_hold_list")({}, asked)
    except tk.NotAuthorized:
        return rooms.closed()
    status = shell.UNPROCESSABLE if errors else 200
    return shell.answer("desk/holds", status, found=found, typed=typed, errors=errors)

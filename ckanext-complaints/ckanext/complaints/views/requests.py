"""What other units ask: to take a case, to work on it too, to say what one knows."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.complaints.views import rooms, shell

complaints_requests = Blueprint(
    "complaints_requests", __name__, url_prefix="/dashboard/complaints/requests"
)
shell.guard(complaints_requests)
complaints_requests.before_request(shell.sign_in)

STEPS = {
    "accept": "complaint_referral_accept",
    "refuse": "complaint_referral_refuse",
    "say": "complaint_referral_say",
    "withdraw": "complaint_referral_withdraw",
    "end": "complaint_referral_end",
}


@complaints_requests.get("/")
def index() -> ResponseReturnValue:
    """Show what one's units are asked for, and on what they work with others."""
    asked = {"cursor": request.args["cursor"]} if request.args.get("cursor") else {}
    try:
        found = tk.get_action("complaint_referral_list")({}, asked)
    except tk.NotAuthorized:
        return rooms.closed()
    return shell.answer("desk/requests", found=found, chosen=asked)


@complaints_requests.get("/<id>")
def show(id: str) -> ResponseReturnValue:
    """Show what is asked, before anything of the case is opened."""
    return _page(id, {}, {})


@complaints_requests.post("/<id>/<any({}):step>".format(",".join(STEPS)))
def act(id: str, step: str) -> ResponseReturnValue:
    """Answer a request, or write to the other unit."""
    given = {name: request.form[name] for name in ("text", "reason") if name in request.form}
    try:
        done = tk.get_action(STEPS[step])({}, {"id": id, **given})
    except tk.ValidationError as error:
        return _page(id, shell.sentences(error), {step: given}), shell.UNPROCESSABLE
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return _missing()
    tk.h.flash_success(tk._("Done."))
    opens = done["is_owner"] or (done["state"] == "accepted" and done["mode"] != "opinion")
    if opens:
        return tk.redirect_to("complaints_desk.show", reference=done["case"]["number"])
    return tk.redirect_to("complaints_requests.index")


def _page(id: str, errors: dict[str, str], typed: dict[str, Any]) -> Any:
    try:
        shown = tk.get_action("complaint_referral_show")({}, {"id": id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return _missing()
    values = {"asked": shown, "errors": errors, "typed": typed}
    return tk.render("complaints/desk/request.html", values)


def _missing() -> Any:
    return tk.abort(404, tk._("This request was not found: it may have been withdrawn."))

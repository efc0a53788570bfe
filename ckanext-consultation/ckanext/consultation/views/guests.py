"""The pages by which people without an account confirm what they wrote, come back and leave."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.consultation.views import errors, guesting
from ckanext.opengov.shared.web import csrf, pages

consultation_guests = Blueprint(
    "consultation_guests", __name__, url_prefix="/consultation/<name>/guest"
)
consultation_guests.before_request(csrf.need_token)

UNPROCESSABLE = 422


@consultation_guests.after_request
def tell_nobody(response: Response) -> Response:
    """Keep addresses with a link out of what browsers tell other sites, and out of searches."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    pages.is_for_one()
    return response


@consultation_guests.get("/sent")
def sent(name: str) -> ResponseReturnValue:
    """Say that a mail is on its way, and what to do with it."""
    values = {"consultation": _show(name), "is_back": request.args.get("back") == "1"}
    return tk.render("consultation/guests/sent.html", values)


@consultation_guests.route("/return", methods=["GET", "POST"])
def back(name: str) -> ResponseReturnValue:
    """Mail somebody the way back to what they said."""
    shown = _show(name)
    page = "consultation/guests/back.html"
    token = tk.h.consultation_token()
    values = {"consultation": shown, "errors": {}, "data": {"client_token": token}}
    if request.method != "POST":
        return tk.render(page, values)
    try:
        return guesting.ask(shown, {"purpose": "return"})
    except tk.ValidationError as error:
        typed = {**guesting.typed("client_token")}
        wrong = {"errors": errors.sentences(error), "data": typed}
        return tk.render(page, {**values, **wrong}), UNPROCESSABLE


@consultation_guests.route("/confirm", methods=["GET", "POST"])
def confirm(name: str) -> ResponseReturnValue:
    """Show what a link is for; programs that follow links confirm nothing by that."""
    shown = _show(name)
    if request.method != "POST":
        return _link_page(shown, request.args.get("token", ""))
    token = request.form.get("token", "")
    is_discarded = request.form.get("choice") == "discard"
    try:
        if is_discarded:
            tk.get_action("consultation_guest_discard")({}, {"token": token})
            return tk.render("consultation/guests/discarded.html", {"consultation": shown})
        done = tk.get_action("consultation_guest_confirm")({}, {"token": token})
    except (tk.ValidationError, tk.ObjectNotFound) as error:
        return _link_page(shown, token, error), UNPROCESSABLE
    answer = tk.redirect_to(**_place_of(done))
    # Of its own consultation, on whosever page the button was.
    return guesting.put_key(answer, done["consultation"]["name"], done["guest_key"])


@consultation_guests.post("/leave")
def leave(name: str) -> ResponseReturnValue:
    """Let this browser act as a guest no more."""
    shown = _show(name)
    tk.get_action("consultation_guest_leave")({}, {"consultation_id": shown["id"]})
    tk.h.flash_success(tk._("You left. To come back, use a link that we mail you."))
    return guesting.drop_key(tk.redirect_to("consultation.read", name=name), name)


def _show(name: str) -> dict[str, Any]:
    return dict(tk.get_action("consultation_show")({}, {"id": name}))


def _link_page(
    shown: dict[str, Any], token: str, error: tk.ValidationError | tk.ObjectNotFound | None = None
) -> str:
    """Return the page with the one button, or the page of a link that opens nothing."""
    wrong = _said(error)
    try:
        found = tk.get_action("consultation_guest_show")({}, {"token": token})
    except (tk.ValidationError, tk.ObjectNotFound):
        found = None  # The page says it itself.
    if found is not None and found["consultation"]["id"] != shown["id"]:
        found = None
    values = {"consultation": shown, "found": found, "token": token, "errors": wrong}
    return tk.render("consultation/guests/confirm.html", values)


def _said(error: tk.ValidationError | tk.ObjectNotFound | None) -> dict[str, str]:
    if isinstance(error, tk.ValidationError):
        return errors.sentences(error)
    return {"__all__": str(error)} if error else {}


def _place_of(done: dict[str, Any]) -> dict[str, Any]:
    """Return where one sees what was confirmed."""
    made, votes = done["comment"], done["votes"]
    here = {"name": done["consultation"]["name"]}
    if made:
        return {
            "endpoint": "consultation.comment",
            **here,
            "seq": made["seq"],
            "said": made["state"],
        }
    if votes:
        return {"endpoint": "consultation.comment", **here, "seq": votes["seq"], "said": "voted"}
    return {"endpoint": "consultation_own.mine", **here}

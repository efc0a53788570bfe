"""The page on which clerks write down what somebody tells them, and the slip for the citizen."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_wtf.csrf import CSRFError
from markupsafe import Markup

import ckan.plugins.toolkit as tk

from ckanext.complaints import intake
from ckanext.complaints.argon import Busy
from ckanext.complaints.domain.counter import Channel
from ckanext.complaints.domain.filing_draft import TEXTS
from ckanext.complaints.views import rooms, shell
from ckanext.opengov.shared.web import forms

complaints_intake = Blueprint(
    "complaints_intake", __name__, url_prefix="/dashboard/complaints/intake"
)
shell.guard(complaints_intake)

DRAFT = "complaint_intake"
FIELDS = (*TEXTS, "channel", "consent")
RECEIPT = "complaints_intake.receipt"


@complaints_intake.before_request
def sign_in() -> ResponseReturnValue | None:
    """Ask who is not signed in to do so; what they typed meanwhile waits for them, sealed."""
    return None if tk.current_user.is_authenticated else _sign_in()


def _sign_in() -> ResponseReturnValue:
    _keep()
    answer: ResponseReturnValue = forms.sign_in()
    return answer


@complaints_intake.errorhandler(CSRFError)
def renew(_error: CSRFError) -> ResponseReturnValue:
    """Take a form that stood open for too long, and ask for it once more."""
    if not tk.current_user.is_authenticated:
        return _sign_in()
    _keep()
    tk.h.flash_notice(
        tk._("The page stood open for long. Look at what you typed and send it again.")
    )
    return tk.redirect_to("complaints_intake.index")


@complaints_intake.errorhandler(tk.NotAuthorized)
def refuse(_error: tk.NotAuthorized) -> ResponseReturnValue:
    """Say for whom the page is; who lacks the second step alone finds what they typed again."""
    _keep()
    return rooms.closed()


def _keep() -> None:
    if request.method == "POST" and shell.cookie(DRAFT):
        try:
            tk.get_action("complaint_intake_keep")({}, {**_given(), "draft": shell.cookie(DRAFT)})
        except (tk.ObjectNotFound, tk.ValidationError):
            return


@complaints_intake.route("/", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """Show the form, with what was typed before; or take it."""
    draft = _show(shell.cookie(DRAFT))
    if draft and draft["is_filed"] and (request.method == "POST" or not draft["is_shown"]):
        return tk.redirect_to(RECEIPT)
    if draft and not draft["is_filed"]:
        return make_response(_take(shell.cookie(DRAFT)))
    begun = tk.get_action("complaint_intake_begin")({}, {})["draft"]
    return shell.put_cookie(make_response(_take(begun)), DRAFT, begun)


def _take(ticket: str) -> ResponseReturnValue:
    if request.method != "POST":
        return _page(ticket, {}), 200
    is_for_later = "send" not in request.form
    files = {"came": intake.received(), "remove": request.form.get("remove")}
    given = {**_given(), **files, "draft": ticket, "is_for_later": is_for_later}
    try:
        tk.get_action("complaint_intake_record")({}, given)
    except tk.ValidationError as error:
        return _page(ticket, shell.sentences(error)), shell.UNPROCESSABLE
    except Busy as error:
        return _page(ticket, {"__all__": str(error.description)}), error.code or 503
    return tk.redirect_to("complaints_intake.index" if is_for_later else RECEIPT)


@complaints_intake.get("/receipt")
def receipt() -> ResponseReturnValue:
    """Show the two numbers once, on a slip in the citizen's language."""
    try:
        asked = {"draft": shell.cookie(DRAFT)}
        found = tk.get_action("complaint_intake_receipt_show")({}, asked)
    except tk.ObjectNotFound:
        return tk.redirect_to("complaints_intake.index")
    with force_locale(found["language"]):
        page = tk.render("complaints/desk/slip.html", {"receipt": found})
        slip = Markup(page)  # noqa: S704 - Jinja has escaped it
    return shell.answer("desk/taken", receipt=found, slip=slip)


@complaints_intake.post("/discard")
def discard() -> ResponseReturnValue:
    """Throw away what was written."""
    answer: Response = make_response(tk.redirect_to("complaints_intake.index"))
    return shell.drop_cookie(answer, DRAFT)


def _show(ticket: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = tk.get_action("complaint_intake_draft_show")({}, {"draft": ticket})
    except tk.ObjectNotFound:
        return None
    return found


def _given() -> dict[str, Any]:
    """Return the texts of the form."""
    texts = {name: request.form.get(name, "") for name in FIELDS}
    return {**texts, "form": shell.form_answers()}


def _page(ticket: str, errors: dict[str, str]) -> str:
    draft = _show(ticket) or {}
    values = {"draft": draft, "data": draft["filing"], "errors": errors, "channels": list(Channel)}
    return str(tk.render("complaints/desk/intake.html", values))

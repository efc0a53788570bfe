"""The pages on which citizens follow their case: no account, two numbers, one conversation."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.complaints import intake
from ckanext.complaints.views import sending, shell

complaints_case = Blueprint("complaints_case", __name__, url_prefix="/complaints")
shell.guard(complaints_case)

VISIT = "complaint_visit"
SAYING = ("reply", "reopen", "appeal")
STEPS = {
    "reply": "complaint_reply",
    "withdraw": "complaint_withdraw",
    "accept": "complaint_accept",
    "reopen": "complaint_reopen",
    "appeal": "complaint_appeal",
}


class SecretFirst(Exception):
    """A clerk knows the secret; the page on which it is changed comes first."""


@complaints_case.errorhandler(SecretFirst)
def change_first(_error: SecretFirst) -> ResponseReturnValue:
    """Lead to the page on which the secret is changed."""
    return tk.redirect_to("complaints_case.secret")


@complaints_case.route("/track", methods=["GET", "POST"])
def track() -> ResponseReturnValue:
    """Open a case by its two numbers."""
    if request.method != "POST":
        return shell.answer("track", data={}, errors={})
    given = {name: request.form.get(name, "") for name in ("reference", "secret")}
    try:
        opened = tk.get_action("complaint_track")({}, given)
    except tk.ValidationError as error:
        shown = {"reference": given["reference"]}
        return shell.answer("track", shell.UNPROCESSABLE, data=shown, errors=shell.sentences(error))
    there = "secret" if opened["must_change"] else "show"
    answer: Response = make_response(tk.redirect_to(f"complaints_case.{there}"))
    return shell.put_cookie(answer, VISIT, opened["visit"])


@complaints_case.get("/case")
def show() -> ResponseReturnValue:
    """Show the case of the visit."""
    return _page(_asked("complaint_case_show"))


@complaints_case.post("/case/<any(reply, withdraw, accept, reopen, appeal):step>")
def act(step: str) -> ResponseReturnValue:
    """Do something in the case; what cannot be done is said beside what was typed."""
    text = request.form.get("text", "")
    if step not in SAYING and "sure" not in request.form:
        return tk.redirect_to("complaints_case.confirm", step=step)
    try:
        came = intake.received() if step == "reply" else []
        shown = _asked(STEPS[step], text=text, came=came)
    except tk.ValidationError as error:
        found = shell.sentences(error)
        # Each of the forms has a text: what is wrong is said at the one that was sent.
        errors = {step if name == "text" else name: found[name] for name in found}
        values = {"errors": errors, "typed": {step: text}}
        return _page(_asked("complaint_case_show"), shell.UNPROCESSABLE, **values)
    if shown is not None:
        tk.h.flash_success(DONE[step]())
        return tk.redirect_to("complaints_case.show")
    return _page(shown)


@complaints_case.post("/case/rate")
def rate() -> ResponseReturnValue:
    """Rate what became of the complaint."""
    try:
        shown = _asked("complaint_survey", score=request.form.get("score", ""))
    except tk.ValidationError as error:
        values = {"errors": shell.sentences(error)}
        return _page(_asked("complaint_case_show"), shell.UNPROCESSABLE, **values)
    if shown is not None:
        tk.h.flash_success(tk._("Thank you. Your rating counts, and nobody sees it by itself."))
        return tk.redirect_to("complaints_case.show")
    return _page(shown)


DONE = {
    "reply": lambda: tk._("Your message is with the body."),
    "withdraw": lambda: tk._("Your complaint is withdrawn."),
    "accept": lambda: tk._("The complaint is closed. Thank you."),
    "reopen": lambda: tk._("The body works on your complaint again."),
    "appeal": lambda: tk._("Your appeal is with another body."),
}


@complaints_case.get("/case/<any(withdraw, accept):step>/confirm")
def confirm(step: str) -> ResponseReturnValue:
    """Ask once more before what cannot be undone."""
    shown = _asked("complaint_case_show")
    if shown is None:
        return _page(shown)
    return shell.answer("confirm", case=shown, step=step)


@complaints_case.get("/case/file/<file>")
def file(file: str) -> ResponseReturnValue:
    """Give out a file that the citizen sent."""
    try:
        found = _asked("complaint_file_open", file=file)
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("File not found"))
    if found is None:
        return _page(found)
    return sending.send(found["content"], found["name"], found["kind"], found["bytes"])


@complaints_case.route("/case/secret", methods=["GET", "POST"])
def secret() -> ResponseReturnValue:
    """Let the citizen have another secret code, which no clerk knows."""
    if request.method != "POST":
        shown = _asked("complaint_visit_show")
        return shell.answer("secret", case=shown) if shown is not None else _page(shown)
    changed = _asked("complaint_secret_change")
    if changed is None:
        return _page(changed)
    body = tk.render("complaints/secret_changed.html", {"receipt": changed})
    return shell.drop_cookie(make_response(body), VISIT)


@complaints_case.get("/case/acknowledgement.json")
def acknowledgement() -> ResponseReturnValue:
    """Give out the signed acknowledgement."""
    found = _asked("complaint_acknowledgement_show")
    if found is None:
        return _page(found)
    return paper(found["document"])


def paper(document: str) -> Response:
    """Return an acknowledgement as a file."""
    answer = make_response(document)
    answer.mimetype = "application/json"
    answer.headers["Content-Disposition"] = 'attachment; filename="acknowledgement.json"'
    return answer


@complaints_case.post("/case/leave")
def leave() -> ResponseReturnValue:
    """End the visit on this device."""
    tk.get_action("complaint_leave")({}, {"visit": shell.cookie(VISIT)})
    answer: Response = make_response(tk.redirect_to("complaints.index"))
    return shell.drop_cookie(answer, VISIT)


def _asked(action: str, **given: Any) -> dict[str, Any] | None:
    """Return what an action says of the case of the visit; None: the visit is over."""
    try:
        found: dict[str, Any] = tk.get_action(action)({}, {"visit": shell.cookie(VISIT), **given})
    except tk.ValidationError as error:
        codes: Any = error.error_dict.get("__codes") or {}
        if "visit-over" in codes.get("__all__", ()):
            return None
        if "change-secret-first" in codes.get("__all__", ()):
            raise SecretFirst from error
        raise
    return found


def _page(shown: dict[str, Any] | None, status: int = 200, **values: Any) -> ResponseReturnValue:
    """Return the page of a case, or that of the two numbers once the visit is over."""
    if shown is None:
        return shell.answer("track", shell.UNPROCESSABLE, data={}, errors={}, is_over=True)
    return shell.answer("case", status, **{"case": shown, "errors": {}, "typed": {}, **values})

"""The pages on which the staff of a unit works on its cases."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.complaints.domain.templates import added
from ckanext.complaints.views import rooms, sending, shell
from ckanext.opengov.shared import readers
from ckanext.opengov.shared.domain.texts import pick

complaints_desk = Blueprint("complaints_desk", __name__, url_prefix="/dashboard/complaints")
shell.guard(complaints_desk)
complaints_desk.before_request(shell.sign_in)

STEPS = {
    "claim": "complaint_claim",
    "assign": "complaint_assign",
    "acknowledge": "complaint_acknowledge",
    "message": "complaint_message_add",
    "note": "complaint_note_add",
    "ask": "complaint_request_info",
    "resume": "complaint_resume",
    "extend": "complaint_extend",
    "answer": "complaint_answer",
    "duplicate": "complaint_close_duplicate",
    "decide": "complaint_appeal_decide",
    "remand": "complaint_appeal_remand",
    "refer": "complaint_refer",
    "recuse": "complaint_recuse",
    "exclude": "complaint_exclude",
    "lift": "complaint_exclusion_lift",
    "link": "complaint_link",
    "unlink": "complaint_unlink",
}
FIELDS = (
    "text",
    "reason",
    "outcome",
    "user",
    "duplicate_of",
    "unit_id",
    "mode",
    "org_id",
    "id",
    "other",
    "version",
)
FILLED = ("answer", "decide", "ask", "message")
"""Forms whose text may begin with a template."""
FILTERS = ("unit_id", "state", "assigned", "cursor")


@complaints_desk.get("/")
def index() -> ResponseReturnValue:
    """Show the open cases of one's units, those due first."""
    asked = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    try:
        found = tk.get_action("complaint_list")({}, asked)
    except tk.NotAuthorized:
        return rooms.closed()
    return shell.answer("desk/index", found=found, chosen=asked)


@complaints_desk.get("/<reference>")
def show(reference: str) -> ResponseReturnValue:
    """Show a case; the citizen sees that it was opened."""
    return _page(reference, {}, {})


@complaints_desk.get("/<reference>/file/<file>")
def evidence(reference: str, file: str) -> ResponseReturnValue:
    """Give out a file of a case: the safe copy, or the original for who asks for it."""
    asked = {"reference": reference, "file": file, "original": "original" in request.args}
    try:
        found = tk.get_action("complaint_evidence_open")({}, asked)
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return tk.abort(404, tk._("File not found"))
    return sending.send(found["content"], found["name"], found["kind"], found["bytes"])


@complaints_desk.post("/<reference>/<any({}):step>".format(",".join(STEPS)))
def act(reference: str, step: str) -> ResponseReturnValue:
    """Take a step in a case; what cannot be done is said beside what was typed."""
    given = {name: request.form[name] for name in FIELDS if name in request.form}
    try:
        if "fill" in request.form and step in FILLED:
            return _fill(reference, step, given)
        done = tk.get_action(STEPS[step])({}, {"reference": reference, **given})
    except tk.ValidationError as error:
        return _page(reference, shell.sentences(error), {step: given}), shell.UNPROCESSABLE
    except tk.NotAuthorized:
        return rooms.closed()
    tk.h.flash_success(tk._("Done."))
    if step in ("decide", "remand", "recuse") or done.get("moved"):
        # The case is another unit's now, or not theirs.
        return tk.redirect_to("complaints_desk.index")
    return tk.redirect_to("complaints_desk.show", reference=reference)


def _fill(reference: str, step: str, given: dict[str, str]) -> ResponseReturnValue:
    """Show a form once more with a template below what was typed; nothing is sent."""
    offered = tk.get_action("complaint_template_list")({}, {})["results"]
    chosen = next((row for row in offered if row["id"] == request.form.get("template")), None)
    if chosen is None:
        errors = {"template": tk._("Choose a template first.")}
        return _page(reference, errors, {step: given}), shell.UNPROCESSABLE
    language = tk.get_action("complaint_show")({}, {"reference": reference})["lang"]
    text = pick(chosen["text_translated"], [language, *readers.languages()])
    typed = {**given, "text": added(given.get("text", ""), text)}
    return _page(reference, {}, {step: typed})


def _page(reference: str, errors: dict[str, str], typed: dict[str, Any]) -> Any:
    try:
        shown = tk.get_action("complaint_show")({}, {"reference": reference})
    except tk.NotAuthorized:
        return tk.abort(404, tk._("Complaint not found"))
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("Complaint not found"))
    asked = {"unit_id": shown["unit_id"]} if shown["part"] == "owner" else {}
    offered = tk.get_action("complaint_template_list")({}, asked)["results"]
    values = {"case": shown, "errors": errors, "typed": typed, "templates": offered}
    return tk.render("complaints/desk/case.html", values)

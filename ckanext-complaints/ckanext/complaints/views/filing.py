"""The pages by which a complaint is filed: one question each, and nothing typed is lost."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.complaints import intake
from ckanext.complaints.argon import Busy
from ckanext.complaints.domain.filing_draft import FIELDS, Question
from ckanext.complaints.views import citizens, shell

complaints_filing = Blueprint("complaints_filing", __name__, url_prefix="/complaints")
shell.guard(complaints_filing)

DRAFT = "complaint_draft"
RECEIPT = "complaints_filing.receipt"
ASKED = ",".join(each for each in Question if each is not Question.CHECK)
ONE = f"/new/<any({ASKED}):question>"


@complaints_filing.route("/new", methods=["GET", "POST"])
def begin() -> ResponseReturnValue:
    """Say what comes, and what is promised, before the first question."""
    if not tk.get_action("complaint_intake_show")({}, {})["is_open"]:
        return tk.redirect_to("complaints.index")
    if request.method != "POST":
        return shell.answer("begin", is_begun=bool(shell.cookie(DRAFT)))
    begun = tk.get_action("complaint_draft_begin")({}, {})
    answer: Response = make_response(_to(Question.ABOUT))
    return shell.put_cookie(answer, DRAFT, begun["draft"])


@complaints_filing.route(ONE, methods=["GET", "POST"])
def ask(question: str) -> ResponseReturnValue:
    """Ask one question, or take its answer and go on to the next."""
    draft = _show()
    if draft is None or draft["is_filed"]:
        return _over(draft)
    if question not in draft["questions"]:
        return _to(draft["next"])
    return _take(draft, question) if request.method == "POST" else _page(draft, question, {})


def _take(draft: dict[str, Any], question: str) -> ResponseReturnValue:
    given = _given(Question(question))
    asked = {"draft": shell.cookie(DRAFT), "question": question, **given}
    try:
        found = tk.get_action("complaint_draft_answer")({}, asked)
    except tk.ValidationError as error:
        typed = {**draft, "filing": {**draft["filing"], **given}}
        typed["filing"].pop("came", None)
        return _page(typed, question, shell.sentences(error)), shell.UNPROCESSABLE
    except tk.ObjectNotFound:
        return _over(None)
    if "add" in request.form or "remove" in request.form:
        return _to(question)
    # Whoever came back from the last page to change one answer goes there again.
    return _to(Question.CHECK if "back" in request.args else found["next"])


def _over(draft: dict[str, Any] | None) -> ResponseReturnValue:
    """Answer whoever has no draft, or has sent it."""
    return shell.answer("lost", 404) if draft is None else tk.redirect_to(RECEIPT)


@complaints_filing.route("/new/check", methods=["GET", "POST"])
def check() -> ResponseReturnValue:
    """Show all answers once more, then file them."""
    draft = _show()
    if draft is None or draft["is_filed"]:
        return _over(draft)
    if request.method != "POST":
        return shell.answer("check", draft=draft, errors={})
    try:
        tk.get_action("complaint_submit")({}, {"draft": shell.cookie(DRAFT)})
    except tk.ValidationError as error:
        return shell.answer(
            "check", shell.UNPROCESSABLE, draft=_show(), errors=shell.sentences(error)
        )
    except Busy as error:
        wrong = {"__all__": str(error.description)}
        return shell.answer("check", error.code or 503, draft=draft, errors=wrong)
    return tk.redirect_to(RECEIPT)


@complaints_filing.get("/receipt")
def receipt() -> ResponseReturnValue:
    """Show the two numbers once; afterwards the public one alone, and what to do now."""
    try:
        found = tk.get_action("complaint_receipt_show")({}, {"draft": shell.cookie(DRAFT)})
    except tk.ObjectNotFound:
        return shell.answer("receipt", receipt={})
    return shell.answer("receipt", receipt=found)


@complaints_filing.get("/receipt/acknowledgement.json")
def acknowledgement() -> ResponseReturnValue:
    """Give out the signed acknowledgement of what was just filed."""
    try:
        found = tk.get_action("complaint_receipt_show")({}, {"draft": shell.cookie(DRAFT)})
    except tk.ObjectNotFound:
        return _over(None)
    return citizens.paper(found.get("acknowledgement", ""))


@complaints_filing.post("/new/discard")
def discard() -> ResponseReturnValue:
    """Let this browser forget what was written."""
    answer: Response = make_response(tk.redirect_to("complaints.index"))
    return shell.drop_cookie(answer, DRAFT)


def _show() -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = tk.get_action("complaint_draft_show")(
            {}, {"draft": shell.cookie(DRAFT)}
        )
    except tk.ObjectNotFound:
        return None
    return found


def _given(question: Question) -> dict[str, Any]:
    """Return what the page of a question sent."""
    if question is Question.FORM:
        return {"form": shell.form_answers()}
    if question is Question.FILES:
        return {"came": intake.received(), "remove": request.form.get("remove")}
    return {name: request.form.get(name, "") for name in FIELDS[question]}


def _page(draft: dict[str, Any], question: str, errors: dict[str, str]) -> Any:
    pages = draft["questions"]
    at = pages.index(question)
    before = pages[at - 1] if at else None
    values = {"question": question, "number": at + 1, "total": len(pages), "before": before}
    return tk.render(
        f"complaints/questions/{question}.html",
        {**values, "draft": draft, "data": draft["filing"], "errors": errors},
    )


def _to(question: str) -> Any:
    if question == Question.CHECK:
        return tk.redirect_to("complaints_filing.check")
    return tk.redirect_to("complaints_filing.ask", question=question)

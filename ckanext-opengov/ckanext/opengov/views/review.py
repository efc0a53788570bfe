"""The pages on which a dataset is handed over, approved, returned, withdrawn."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk
from ckan.lib import helpers as core_helpers

from ckanext.opengov.shared.web import csrf, forms
from ckanext.opengov.views.hiding import only_its_people

review = Blueprint("opengov_review", __name__)
review.before_request(csrf.need_token)
review.before_request(only_its_people)

ACTIONS = {
    "submit": "opengov_dataset_submit",
    "return": "opengov_dataset_return",
    "publish": "opengov_dataset_publish",
    "schedule": "opengov_dataset_publish",
    "withdraw": "opengov_dataset_withdraw",
    "discard": "opengov_revision_discard",
}
DECISIONS = ("publish", "schedule", "return")
APPROVALS = ("publish", "schedule")
HARM = ("discard", "withdraw")
"""Steps that ask once more, on a page of their own."""
UNPUBLISHED = ("draft", "submitted", "returned", "scheduled")
FOLDED = ("edit", "upsert")
"""Steps of which several, one after the other, are told as one."""
FILTERS = ("owner_org", "state")


@review.get("/dataset/<id>/review")
def show(id: str) -> ResponseReturnValue:
    """Show where the dataset stands, what changes, and what the visitor may do next."""
    return _page(id)


@review.post("/dataset/<id>/review/decide")
def decide(id: str) -> ResponseReturnValue:
    """Take the step that the reviewer chose."""
    step = request.form.get("decision", "")
    if step not in DECISIONS:
        sentence = tk._("Choose what you decide.")
        missing = tk.ValidationError({"decision": [sentence]}, error_summary={"": sentence})
        return _page(id, "decide", missing), 422
    return take(id, step)


@review.post("/dataset/<id>/review/compare")
def compare(id: str) -> ResponseReturnValue:
    """Compare the rows once more."""
    try:
        tk.get_action("opengov_revision_compare")({}, {"id": id})
    except tk.ValidationError as error:
        return _page(id, "compare", error), 422
    return tk.redirect_to("opengov_review.show", id=id)


@review.post("/dataset/<id>/review/waive")
def waive(id: str) -> ResponseReturnValue:
    """Let findings about people pass, or take that back."""
    form = request.form
    try:
        if form.get("waiver"):
            tk.get_action("opengov_validation_waiver_revoke")({}, {"id": form["waiver"]})
        else:
            given = {name: form.get(name, "") for name in ("resource_id", "code", "field")}
            asked = {**given, "reason": form.get("waiver_reason", "")}
            tk.get_action("opengov_validation_waive")({}, asked)
    except tk.ValidationError as error:
        told = tk.ValidationError({"waiver_reason": [" ".join(errors_of(error).values())]})
        return _page(id, "waive", told), 422
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You may not do this."))
    except tk.ObjectNotFound as error:
        return tk.abort(404, str(error))
    return tk.redirect_to("opengov_review.show", id=id, _anchor="h-files")


@review.get("/dataset/<id>/review/<any(discard, withdraw):step>")
def confirm(id: str, step: str) -> ResponseReturnValue:
    """Say what a step that cannot be undone does, before it is taken."""
    return _confirmation(id, step)


@review.post("/dataset/<id>/review/<step>")
def take(id: str, step: str) -> ResponseReturnValue:
    """Take a step, and show what came of it."""
    if step not in ACTIONS:
        return tk.abort(404)
    form = request.form
    given: dict[str, Any] = {"id": id, "reason": form.get("reason", "")}
    # A form that does not say what it showed has shown nothing.
    given["seen"] = form.get("seen") or "-"
    if step == "return":
        given["reasons"] = form.getlist("reasons")
    if step in APPROVALS:
        given["without_comparison"] = "without_comparison" in form
        # Words that were typed and not ticked are no word.
        given["licence_word"] = form.get("licence_word", "") if "licence_approved" in form else ""
    if step == "schedule":
        given["publish_at"] = _as_utc(form.get("publish_at", ""))
        if given["publish_at"] is None:
            sentence = tk._("Say on which day and at what time it is to be published.")
            return _page(id, step, tk.ValidationError({"publish_at": [sentence]})), 422
    try:
        tk.get_action(ACTIONS[step])({}, given)
    except tk.ValidationError as error:
        page = _confirmation if step in HARM else _page
        return page(id, step, error), 422
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You may not do this."))
    return tk.redirect_to("opengov_review.show", id=id, taken=step)


@review.get("/dashboard/review")
def queue() -> ResponseReturnValue:
    """Show what waits for the visitor's review."""
    chosen = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    wanted = {"state": "submitted", **chosen, "cursor": request.args.get("cursor")}
    try:
        found = tk.get_action("opengov_review_list")({}, wanted)
    except tk.NotAuthorized:
        return forms.sign_in()
    except tk.ValidationError:
        return tk.redirect_to("opengov_review.queue")
    standing = tk.get_action("opengov_standing_list")({}, {"to_decide": True, "limit": 100})
    return tk.render("opengov/review_queue.html", {**found, "chosen": wanted, "standing": standing})


def _page(id: str, step: str = "", error: tk.ValidationError | None = None) -> str:
    """Render the page of one dataset; ``error`` is what kept ``step`` from being taken."""
    place = tk.get_action("opengov_review_show")({}, {"id": id})
    asked = {"id": id, "limit": 100, "cursor": request.args.get("history")}
    change = None
    if place["revision"] or place["state"] in UNPUBLISHED:
        change = tk.get_action("opengov_revision_diff")({}, {"id": id})
    taken = request.args.get("taken")
    values: dict[str, Any] = {
        "place": place,
        "change": change,
        "pkg_dict": tk.get_action("package_show")({}, {"id": id}),
        "history": _history(asked),
        "step": step,
        "errors": errors_of(error),
        "data": request.form,
        "taken": taken if taken in ACTIONS else "",
        "waiting": _waiting() if taken in DECISIONS else None,
    }
    return tk.render("opengov/review.html", values)


def _confirmation(id: str, step: str, error: tk.ValidationError | None = None) -> Any:
    """Render the page that asks once more; where the step is not possible, the dataset's own."""
    place = tk.get_action("opengov_review_show")({}, {"id": id})
    possible = {each["step"]: each for each in place["steps"]}
    if step not in possible:
        return _page(id, step, error)
    dataset = tk.get_action("package_show")({}, {"id": id})
    asked = {
        **(_withdrawal() if step == "withdraw" else _discarding()),
        "action": tk.url_for("opengov_review.take", id=dataset["name"], step=step),
        "back": tk.url_for("opengov_review.show", id=dataset["name"]),
        "back_title": tk._("Publication"),
        "seen": place["seen"],
        "obstacle": possible[step]["obstacle"],
    }
    values = {"asked": asked, "pkg_dict": dataset, "errors": errors_of(error)}
    return tk.render("opengov/confirm.html", {**values, "data": request.form})


def _withdrawal() -> dict[str, Any]:
    return {
        "title": tk._("Withdraw the dataset"),
        "effects": [
            tk._("Its files, tables and pages are taken from the public at once."),
            tk._("Its address then shows the title, your reason and the date."),
            tk._("A change that is being prepared is discarded."),
            tk._("This cannot be undone: to publish the data again, make a new dataset."),
        ],
        "why": tk._("Why is it withdrawn?"),
        "readers": tk._("The public reads this."),
    }


def _discarding() -> dict[str, Any]:
    return {
        "title": tk._("Discard this change"),
        "effects": [
            tk._("The prepared description and the new files go."),
            tk._("What is published stays as it is."),
            tk._("This cannot be undone."),
        ],
    }


def _history(asked: dict[str, Any]) -> dict[str, Any]:
    """Return a page of the history; changes by one person, one after the other, are one entry."""
    try:
        found = tk.get_action("opengov_dataset_history")({}, asked)
    except tk.ValidationError:
        found = tk.get_action("opengov_dataset_history")({}, {**asked, "cursor": None})
    runs = itertools.groupby(found["results"], key=_run_of)
    entries = [list(run) for _key, run in runs]
    return {**found, "results": [{**run[-1], "times": len(run)} for run in entries]}


def _run_of(entry: dict[str, Any]) -> tuple[Any, ...]:
    """Return what entries of the history have in common that are told as one."""
    if entry["step"] not in FOLDED:
        return (id(entry),)
    return (entry["step"], entry["actor_id"], entry.get("revision"))


def _waiting() -> dict[str, Any]:
    """Return what waits longest for the visitor, and how many wait."""
    return dict(tk.get_action("opengov_review_list")({}, {"state": "submitted", "limit": 1}))


def errors_of(error: tk.ValidationError | None) -> dict[str, str]:
    """Return what is wrong, a text for each field."""
    found = error.error_dict if error else {}
    return {
        str(field): " ".join(map(str, sentences)) if isinstance(sentences, list) else str(sentences)
        for field, sentences in found.items()
        if field != "__codes"
    }


def _as_utc(text: str) -> str | None:
    """Return the time of the form, which is local, with its zone; None if it is none."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return None
    zone = ZoneInfo(str(core_helpers.get_display_timezone()))
    return local.replace(tzinfo=zone).isoformat()

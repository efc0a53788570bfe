"""The pages on which standing approvals are asked for, given, looked at and ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.opengov.domain.standing import LONGEST, MOST_A_DAY, MOST_RECORDS, OPEN, Step
from ckanext.opengov.logic.reminders import day_of
from ckanext.opengov.shared.domain.moments import utc_now
from ckanext.opengov.shared.web import csrf
from ckanext.opengov.views.hiding import only_its_people
from ckanext.opengov.views.review import errors_of

standing = Blueprint("opengov_standing", __name__)
standing.before_request(csrf.need_token)
standing.before_request(only_its_people)

TERMS = ("resource_id", "reason", "mode", "most_rows", "most_rows_a_day")
DECISIONS = {Step.GRANT: "opengov_standing_grant", Step.DECLINE: "opengov_standing_decline"}


@standing.get("/dataset/<id>/standing")
def show(id: str) -> ResponseReturnValue:
    """Show the dataset's approvals, and what the visitor may do next."""
    return _page(id)


@standing.post("/dataset/<id>/standing")
def ask(id: str) -> ResponseReturnValue:
    """Ask for an approval."""
    given = {name: request.form.get(name, "") for name in TERMS}
    try:
        tk.get_action("opengov_standing_request")({}, given)
    except tk.ValidationError as error:
        return _page(id, "request", error), 422
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You may not do this."))
    return tk.redirect_to("opengov_standing.show", id=id, taken="request")


@standing.post("/dataset/<id>/standing/<standing_id>/decide")
def decide(id: str, standing_id: str) -> ResponseReturnValue:
    """Give the approval, or decline it."""
    step = request.form.get("decision", "")
    if step not in DECISIONS:
        sentence = tk._("Choose what you decide.")
        missing = tk.ValidationError({"decision": [sentence]}, error_summary={"": sentence})
        return _page(id, standing_id, missing), 422
    given = {
        "id": standing_id,
        **{name: request.form.get(name, "") for name in ("until", "reason")},
    }
    try:
        tk.get_action(DECISIONS[Step(step)])({}, given)
    except tk.ValidationError as error:
        return _page(id, standing_id, error), 422
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You may not do this."))
    return tk.redirect_to("opengov_standing.show", id=id, taken=step)


@standing.get("/dataset/<id>/standing/<standing_id>/end")
def confirm(id: str, standing_id: str) -> ResponseReturnValue:
    """Say what the end does, before it comes."""
    return _confirmation(id, standing_id)


@standing.post("/dataset/<id>/standing/<standing_id>/end")
def end(id: str, standing_id: str) -> ResponseReturnValue:
    """End an approval, or take a request back."""
    given = {"id": standing_id, "reason": request.form.get("reason", "")}
    try:
        tk.get_action("opengov_standing_end")({}, given)
    except tk.ValidationError as error:
        return _confirmation(id, standing_id, error), 422
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You may not do this."))
    return tk.redirect_to("opengov_standing.show", id=id, taken="end")


def _page(id: str, place: str = "", error: tk.ValidationError | None = None) -> str:
    """Render the approvals of a dataset; ``error`` is what kept a step at ``place`` back."""
    asked = {"dataset_id": id, "cursor": request.args.get("cursor")}
    try:
        found = tk.get_action("opengov_standing_list")({}, asked)
    except tk.ValidationError:
        found = tk.get_action("opengov_standing_list")({}, {**asked, "cursor": None})
    dataset = tk.get_action("package_show")({}, {"id": id})
    taken = {each["resource_id"] for each in found["results"] if each["state"] in OPEN}
    today = day_of(utc_now()).today
    values: dict[str, Any] = {
        "found": found,
        "pkg_dict": dataset,
        "files": [each for each in dataset["resources"] if _takes_rows(each, taken)],
        "is_published": dataset.get("publication_state") == "published",
        "place": place,
        "errors": errors_of(error),
        "data": request.form,
        "taken": request.args.get("taken"),
        "today": today.isoformat(),
        "proposed": (today + timedelta(days=180)).isoformat(),
        "latest": (today + LONGEST).isoformat(),
        "most_rows": MOST_RECORDS,
        "most_rows_a_day": MOST_A_DAY,
    }
    return tk.render("opengov/standing.html", values)


def _takes_rows(resource: dict[str, Any], taken: set[str]) -> bool:
    is_csv = (resource.get("format") or "").lower() == "csv"
    return is_csv and bool(resource.get("schema")) and resource["id"] not in taken


def _confirmation(id: str, standing_id: str, error: tk.ValidationError | None = None) -> Any:
    """Render the page that asks once more; where nothing is to be ended, the approvals."""
    approval = tk.get_action("opengov_standing_show")({}, {"id": standing_id})
    dataset = tk.get_action("package_show")({}, {"id": id})
    if approval["dataset_id"] != dataset["id"]:
        return tk.abort(404, tk._("This was not found."))
    if Step.END not in {each["step"] for each in approval["steps"]}:
        return _page(id, standing_id, error)
    is_request = approval["state"] == "requested"
    place = {"id": dataset["name"], "standing_id": approval["id"]}
    asked = {
        "title": tk._("Take the request back") if is_request else tk._("End this approval"),
        "effects": [
            *(
                [tk._("Nobody decides on it any more.")]
                if is_request
                else [
                    tk._("From now on no program adds rows to this file."),
                    tk._("The rows that came stay."),
                ]
            ),
            tk._("You can ask for a new one at any time."),
        ],
        "why": tk._("Why?"),
        "readers": tk._("Your colleagues read this."),
        "action": tk.url_for("opengov_standing.end", **place),
        "back": tk.url_for("opengov_standing.show", id=dataset["name"]),
        "back_title": tk._("Standing approvals"),
        "file": approval["resource_name"],
    }
    values = {"asked": asked, "pkg_dict": dataset, "errors": errors_of(error)}
    return tk.render("opengov/confirm.html", {**values, "data": request.form})

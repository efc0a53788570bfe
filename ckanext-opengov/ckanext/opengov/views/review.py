"""The pages on which a dataset is handed over, approved, returned, withdrawn."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk
from ckan.lib import helpers as core_helpers

from ckanext.opengov.shared.web import csrf
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


@review.get("/dataset/<id>/review")
def show(id: str) -> ResponseReturnValue:
    """Show where the dataset stands, and what the visitor may do next."""
    return _page(id)


@review.post("/dataset/<id>/review/<step>")
def take(id: str, step: str) -> ResponseReturnValue:
    """Take a step, and show what came of it."""
    if step not in ACTIONS:
        return tk.abort(404)
    given = {"id": id, "reason": request.form.get("reason", "")}
    if step == "schedule":
        given["publish_at"] = _as_utc(request.form.get("publish_at", "")) or "-"
    try:
        tk.get_action(ACTIONS[step])({}, given)
    except tk.ValidationError as error:
        return _page(id, step, error), 422
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You may not do this."))
    return tk.redirect_to("opengov_review.show", id=id)


@review.get("/dashboard/review")
def queue() -> ResponseReturnValue:
    """Show what waits for the visitor's review."""
    try:
        found = tk.get_action("opengov_review_list")({}, {"cursor": request.args.get("cursor")})
    except tk.NotAuthorized:
        return tk.redirect_to("user.login", came_from=request.path)
    return tk.render("opengov/review_queue.html", found)


def _page(id: str, step: str = "", error: tk.ValidationError | None = None) -> str:
    """Render the page of one dataset; ``error`` is what kept ``step`` from being taken."""
    place = tk.get_action("opengov_review_show")({}, {"id": id})
    dataset = tk.get_action("package_show")({}, {"id": id})
    history = tk.get_action("opengov_dataset_history")({}, {"id": id, "limit": 100})
    values: dict[str, Any] = {
        "place": place,
        "pkg_dict": dataset,
        "history": history["results"],
        "step": step,
        "errors": error.error_dict if error else {},
        "data": request.form,
    }
    return tk.render("opengov/review.html", values)


def _as_utc(text: str) -> str | None:
    """Return the time of the form, which is local, with its zone; None if it is none."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return None
    zone = ZoneInfo(str(core_helpers.get_display_timezone()))
    return local.replace(tzinfo=zone).isoformat()

"""The page on which a body publishes the results of a consultation as data."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.consultation.views import errors, moderating
from ckanext.opengov.shared.web import csrf, forms

consultation_data = Blueprint(
    "consultation_data", __name__, url_prefix="/consultation/<name>/manage/data"
)
forms.nothing_is_lost(consultation_data)
consultation_data.before_request(csrf.need_token)
consultation_data.before_request(moderating.only_for_the_signed_in)
consultation_data.register_error_handler(tk.NotAuthorized, moderating.refuse)

UNPROCESSABLE = 422


@consultation_data.get("")
def index(name: str) -> ResponseReturnValue:
    """Show how far the dataset is, what it would hold now, and the form that asks for it."""
    return _page(_its_people(name))


@consultation_data.post("")
def ask(name: str) -> ResponseReturnValue:
    """Have the dataset made, or its files made anew."""
    shown = _its_people(name)
    given = {"id": shown["id"], "license_id": request.form.get("license_id", "")}
    try:
        tk.get_action("consultation_export_create")({}, given)
    except tk.ValidationError as error:
        return _page(shown, error), UNPROCESSABLE
    return tk.redirect_to("consultation_data.index", name=shown["name"])


def _its_people(name: str) -> dict[str, Any]:
    """Return a consultation, to those who work in it; others learn nothing of this page."""
    shown = dict(tk.get_action("consultation_show")({}, {"id": name}))
    if "steps" not in shown:
        tk.abort(404)
    return shown


def _page(shown: dict[str, Any], error: tk.ValidationError | None = None) -> str:
    asked = {"id": shown["id"]}
    export = tk.get_action("consultation_export_show")({}, asked)
    obstacles: list[str] = []
    preview = None
    try:
        preview = tk.get_action("consultation_export_preview")({}, asked)
    except tk.NotAuthorized:
        obstacles = [tk._("Those who publish for the body have the data made.")]
    except tk.ValidationError as refused:
        obstacles = list(errors.sentences(refused).values())
    licences = tk.get_action("opengov_licence_list")({}, {})["results"]
    chosen = request.form.get("license_id") or export.get("license_id")
    values = {
        "consultation": shown,
        "export": export,
        "preview": preview,
        "obstacles": obstacles,
        "licences": [each for each in licences if each.get("status", "active") == "active"],
        "chosen": chosen or next((each["id"] for each in licences if each["is_recommended"]), ""),
        "errors": errors.sentences(error) if error else {},
    }
    return tk.render("consultation/data/index.html", values)

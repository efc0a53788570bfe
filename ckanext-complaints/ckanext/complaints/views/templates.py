"""The pages on which leads and stewards write the texts that answers begin with."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.complaints.views import rooms, shell

complaints_templates = Blueprint(
    "complaints_templates", __name__, url_prefix="/dashboard/complaints/templates"
)
rooms.for_staff(complaints_templates, has_content=True)
complaints_templates.register_error_handler(tk.NotAuthorized, rooms.missing)

TEXT = "text_translated-"


@complaints_templates.get("/")
def index() -> ResponseReturnValue:
    """Show the templates that one may use."""
    return shell.answer("templates/index", **_known())


@complaints_templates.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Write a template for a unit that one leads, or for all."""
    known = _known()
    if not known["writes_for"]:
        raise tk.NotAuthorized
    if request.method != "POST":
        return _form({"unit_id": request.args.get("unit", "")}, None, {}, known)
    typed = _typed()
    try:
        tk.get_action("complaint_template_create")({}, typed)
    except tk.ValidationError as error:
        return _form(typed, None, rooms.sentences(error), known)
    return _stored(tk._("The template is stored."))


@complaints_templates.route("/<template_id>/edit", methods=["GET", "POST"])
def edit(template_id: str) -> ResponseReturnValue:
    """Write a template otherwise."""
    found = _asked(template_id)
    if request.method != "POST":
        return _form(found, found, {}, _known())
    typed = {**_typed(), "id": template_id, "version": request.form.get("version")}
    try:
        tk.get_action("complaint_template_update")({}, typed)
    except tk.ValidationError as error:
        return _form(typed, found, rooms.sentences(error), _known())
    return _stored(tk._("The template is stored."))


@complaints_templates.route("/<template_id>/delete", methods=["GET", "POST"])
def delete(template_id: str) -> ResponseReturnValue:
    """Ask once more, then delete a template."""
    found = _asked(template_id)
    if request.method != "POST":
        return shell.answer("templates/delete", template=found)
    tk.get_action("complaint_template_delete")({}, {"id": template_id})
    return _stored(tk._("The template is deleted."))


def _known() -> dict[str, Any]:
    """Return the templates, the units by id, and for whom one writes: units, and all ("")."""
    here = tk.g.complaints_roles
    units = tk.get_action("complaint_unit_list")({}, {})["results"]
    led = [each for each in units if each["active"] and "lead" in here.in_unit(each["id"])]
    return {
        "templates": tk.get_action("complaint_template_list")({}, {})["results"],
        "units": {each["id"]: each for each in units},
        "writes_for": [*led, *([None] if here.is_steward else [])],
    }


def _asked(template_id: str) -> dict[str, Any]:
    """Return a template that one may change."""
    found: list[dict[str, Any]] = tk.get_action("complaint_template_list")({}, {})["results"]
    for each in found:
        if each["id"] == template_id and each["may_change"]:
            return each
    raise tk.ObjectNotFound


def _typed() -> dict[str, Any]:
    form = request.form
    texts = {name.removeprefix(TEXT): form[name] for name in form if name.startswith(TEXT)}
    kept = {name: form[name] for name in ("unit_id", "title") if name in form}
    return {**kept, "text_translated": texts}


def _form(
    data: dict[str, Any],
    template: dict[str, Any] | None,
    errors: dict[str, str],
    known: dict[str, Any],
) -> ResponseReturnValue:
    values = {**known, "data": data, "template": template, "errors": errors}
    return shell.answer("templates/form", shell.UNPROCESSABLE if errors else 200, **values)


def _stored(sentence: str) -> ResponseReturnValue:
    tk.h.flash_success(sentence)
    return tk.redirect_to("complaints_templates.index")

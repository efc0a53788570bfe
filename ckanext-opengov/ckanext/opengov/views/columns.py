"""Describing the columns of a file: some of them on each page, also of very wide tables."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.opengov.domain import columns as rules
from ckanext.opengov.shared.web import forms, kept
from ckanext.opengov.views.findings import labels_of
from ckanext.opengov.views.publish import UNPROCESSABLE, page_of, publish

PER_PAGE = 20
CONFLICT = 409


@publish.route("/dataset/<id>/publish/file/<resource_id>/columns", methods=["GET", "POST"])
def columns(id: str, resource_id: str) -> ResponseReturnValue:
    """Ask what the columns of a file are."""
    values = _values(id, resource_id)
    if request.method != "POST":
        return _form(values, rules.typed((kept.kept() or {}).items()))
    typed = rules.typed(request.form.items())
    if request.form.get("seen", values["seen"]) != values["seen"]:
        return _form({**values, "changed": True}, typed), CONFLICT
    try:
        asked = {"resource_id": resource_id, **_asked(values, typed)}
        tk.get_action("opengov_resource_schema_update")({}, asked)
    except tk.ValidationError as error:
        told = {"errors": error.error_dict, "error_summary": error.error_summary}
        return _form({**values, **told}, typed), UNPROCESSABLE
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You may not do this."))
    place = {"id": id, "resource_id": resource_id}
    if values["number"] < values["count"] and "next" in request.form:
        return tk.redirect_to("opengov_publish.columns", **place, page=values["number"] + 1)
    return tk.redirect_to("opengov_findings.show", **place)


def _values(id: str, resource_id: str) -> dict[str, Any]:
    """Return what the page shows, and all columns with the place of its first one."""
    page, found = page_of(id), _schema(resource_id)
    if found["schema"] is None or found["package_id"] != page["pkg_dict"]["id"]:
        return dict(tk.abort(404, tk._("This file has no table.")))
    fields, key = list(found["schema"]["fields"]), found["schema"].get("primaryKey") or []
    count = -(-len(fields) // PER_PAGE)
    number = min(max(request.values.get("page", 1, type=int), 1), count)
    return {
        **page,
        "found": found,
        "fields": fields,
        "key": [key] if isinstance(key, str) else list(key),
        "number": number,
        "count": count,
        "first": (number - 1) * PER_PAGE,
        "seen": forms.fingerprint(found["schema"]),
        "labels": _labels(resource_id),
        "resource": next(each for each in page["resources"] if each["id"] == resource_id),
    }


def _form(values: dict[str, Any], typed: dict[int, rules.Typed]) -> str:
    values["rows"] = _rows(values["fields"], values["key"], values["first"], typed)
    for row in values["rows"]:
        row["label"] = values["labels"].get(row["name"], row["name"])
    return tk.render("opengov/publish/columns.html", values)


def _labels(resource_id: str) -> dict[str, str]:
    asked = {"resource_id": resource_id}
    try:
        return labels_of(tk.get_action("opengov_validation_show")({}, asked))
    except tk.ObjectNotFound:
        return {}


def _schema(resource_id: str) -> dict[str, Any]:
    try:
        show = tk.get_action("opengov_resource_schema_show")
        return dict(show({}, {"resource_id": resource_id}))
    except tk.ObjectNotFound:
        return dict(tk.abort(404, tk._("Resource not found")))


def _rows(
    fields: list[rules.Column], key: list[str], first: int, typed: dict[int, rules.Typed]
) -> list[rules.Typed]:
    """Return what stands in the inputs of this page's columns: over it, what was typed."""
    rows = []
    for number, column in enumerate(fields[first : first + PER_PAGE], first):
        row = {**rules.as_form(column, tk.h.lang()), "is_key": column["name"] in key}
        if number in typed:
            boxes = {name: name in typed[number] for name in ("required", "unique")}
            row |= {**typed[number], **boxes, "is_key": "key" in typed[number]}
        rows.append({**row, "number": number, "name": column["name"]})
    return rows


def _asked(values: dict[str, Any], typed: dict[int, rules.Typed]) -> dict[str, Any]:
    """Return the whole schema with what was typed into this page."""
    fields, first = values["fields"], values["first"]
    shown = {n: typed[n] for n in range(first, first + PER_PAGE) if n in typed and n < len(fields)}
    wanted = [
        rules.from_form(column, shown[number]) if number in shown else column
        for number, column in enumerate(fields)
    ]
    ticked = [fields[number]["name"] for number, each in shown.items() if "key" in each]
    asked_about = {fields[number]["name"] for number in shown}
    stays = [name for name in values["key"] if name not in asked_about or name in ticked]
    return {
        "fields": wanted,
        "primary_key": [*stays, *(name for name in ticked if name not in stays)],
    }

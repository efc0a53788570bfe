"""The page on which people read what the check of a file found."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.opengov.shared.web import csrf
from ckanext.opengov.views.hiding import only_its_people

findings = Blueprint("opengov_findings", __name__)
findings.before_request(csrf.need_token)
findings.before_request(only_its_people)

CHOICES = ("code", "field", "cursor")


@findings.get("/dataset/<id>/review/check/<resource_id>")
def show(id: str, resource_id: str) -> ResponseReturnValue:
    """Show how far the check is, or what it found: by kind, and row by row."""
    place = tk.get_action("opengov_review_show")({}, {"id": id})
    file = next((each for each in place["files"] if each["resource_id"] == resource_id), None)
    if file is None:
        return tk.abort(404, tk._("Resource not found"))
    try:
        report = tk.get_action("opengov_validation_show")({}, {"resource_id": resource_id})
        chosen = {name: request.args[name] for name in CHOICES if request.args.get(name)}
        values: dict[str, Any] = {"report": report, "chosen": chosen, "file": file}
        if "verdict" in report:
            wanted = {"resource_id": resource_id, "limit": 100, **chosen}
            values["found"] = tk.get_action("opengov_validation_finding_list")({}, wanted)
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("This file has not been checked."))
    except tk.ValidationError:
        return tk.redirect_to("opengov_findings.show", id=id, resource_id=resource_id)
    values["pkg_dict"] = tk.get_action("package_show")({}, {"id": id})
    return tk.render("opengov/findings.html", values)


@findings.post("/dataset/<id>/review/check/<resource_id>")
def run(id: str, resource_id: str) -> ResponseReturnValue:
    """Check the file again."""
    try:
        tk.get_action("opengov_validation_run")({}, {"resource_id": resource_id})
    except (tk.ObjectNotFound, tk.ValidationError):
        return tk.abort(404, tk._("Resource not found"))
    return tk.redirect_to("opengov_findings.show", id=id, resource_id=resource_id)

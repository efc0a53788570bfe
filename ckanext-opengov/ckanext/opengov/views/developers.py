"""The page for developers, and the description of the API that it shows."""

from __future__ import annotations

import json

from flask import Blueprint, Response

import ckan.plugins.toolkit as tk
from ckan.plugins import plugin_loaded

from ckanext.opengov.logic.openapi import examples
from ckanext.opengov.logic.openapi.document import document as openapi_document
from ckanext.opengov.shared.web.conditional import conditional

LIMITS = {"search": "ckan.search.rows_max", "rows": "ckan.datastore.search.rows_max"}

developers = Blueprint("opengov_developers", __name__)


@developers.get("/api/openapi.json")
def document() -> Response:
    """Answer with the description of the public API."""
    described = openapi_document()
    response = conditional(
        described, lambda: json.dumps(described, ensure_ascii=False, indent=1), "application/json"
    )
    response.access_control_allow_origin = "*"
    return response


@developers.get("/developers")
def page() -> str:
    """Show how to use the data by program."""
    values = {
        "document": openapi_document(),
        "examples": examples.all_of_them(),
        "limits": {name: tk.config[option] for name, option in LIMITS.items()},
        "has_catalogue": plugin_loaded("dcat"),
    }
    return tk.render("opengov/developers.html", values)

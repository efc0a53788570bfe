"""The page for developers, and the description of the API that it shows."""

from __future__ import annotations

from flask import Blueprint, Response

import ckan.plugins.toolkit as tk

developers = Blueprint("opengov_developers", __name__)


@developers.get("/api/openapi.json")
def document() -> Response:
    """Answer with the description of the public API."""
    return tk.abort(404)

"""The one search over everything that is public."""

from __future__ import annotations

from flask import Blueprint, request

import ckan.plugins.toolkit as tk

from ckanext.opengov.shared import kinds

search = Blueprint("opengov_search", __name__)


@search.get("/search")
def show() -> str:
    """Show the best of each kind, and where there is more of it."""
    words = request.args.get("q", "").strip()
    found = tk.get_action("opengov_search")({}, {"q": words})
    values = {"q": words, "found": list(zip(kinds.registered(), found["kinds"], strict=True))}
    return tk.render("opengov/search.html", values)

"""What other pages show of consultations, asked for once in a request."""

from __future__ import annotations

from typing import Any

from flask import g

import ckan.plugins.toolkit as tk

ON_HOME = 4


def open_ones() -> dict[str, Any]:
    """Return the consultations that are open, those that close first on top, and their number."""
    if "consultation_open" not in g:
        asked = {"phase": "open", "limit": ON_HOME}
        g.consultation_open = tk.get_action("consultation_list")({}, asked)
    return dict(g.consultation_open)


def latest() -> dict[str, Any]:
    """Return what is open; where nothing is, what closed last."""
    found = open_ones()
    if found["results"]:
        return {**found, "phase": "open"}
    asked = {"phase": "closed", "limit": ON_HOME}
    return {**tk.get_action("consultation_list")({}, asked), "phase": "closed"}

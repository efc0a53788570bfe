"""Lists of consultations, as pages ask for them."""

from __future__ import annotations

from typing import Any

from flask import request

import ckan.plugins.toolkit as tk

FILTERS = ("phase", "body", "q", "overdue")
FEW = 5


def chosen() -> dict[str, str]:
    """Return what the address narrows the list by."""
    return {name: request.args[name] for name in FILTERS if request.args.get(name)}


def listed(body: str = "") -> dict[str, Any]:
    """Return the list that the address asks for, and beside its first page what is overdue.

    Raises:
        tk.ValidationError: the address asks for what there is not.
    """
    by = chosen()
    phase = by.get("phase") or ("" if by.get("q") or by.get("overdue") else "open")
    asked = {
        "phase": "" if phase == "all" else phase,
        "owner_org": body or by.get("body"),
        "q": by.get("q"),
        "overdue": by.get("overdue") == "1",
        "cursor": request.args.get("cursor"),
    }
    found = tk.get_action("consultation_list")({}, asked)
    return {**found, "chosen": by, "phase": asked["phase"], **_beside(found, asked)}


def _beside(found: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """Return what is shown beside the first page of those that are open."""
    if asked["phase"] != "open" or asked["cursor"] or asked["q"]:
        return {"late": None, "last": None, "soon": None}
    of_body = {"owner_org": asked["owner_org"]}
    show = tk.get_action("consultation_list")
    return {
        "late": show({}, {**of_body, "overdue": True, "limit": FEW}),
        "soon": show({}, {**of_body, "phase": "scheduled", "limit": FEW}),
        "last": None
        if found["results"]
        else show({}, {**of_body, "phase": "closed", "limit": FEW}),
    }

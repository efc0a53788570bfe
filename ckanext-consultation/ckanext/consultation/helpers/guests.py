"""What the templates ask about who reads: an account holder, a guest, or a visitor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g

import ckan.plugins.toolkit as tk

from ckanext.consultation.domain.guests import LINK_HOURS
from ckanext.consultation.logic import access

__all__ = [
    "consultation_asks_guests",
    "consultation_link_hours",
    "consultation_may_act",
    "consultation_me",
]


def consultation_me(consultation: Mapping[str, Any]) -> dict[str, Any]:
    """Return how others see the reader, if they are a guest here; else nothing.

    Costs nothing where no key of a guest came with the request.
    """
    if tk.current_user.is_authenticated or not access.page_key():
        return {}
    known: dict[str, dict[str, Any]] = g.setdefault("consultation_guest", {})
    if consultation["id"] not in known:
        asked = {"consultation_id": consultation["id"]}
        try:
            found = dict(tk.get_action("consultation_participant_show")({}, asked))
        except tk.NotAuthorized:
            found = {}
        known[consultation["id"]] = found
    return known[consultation["id"]]


def consultation_may_act(consultation: Mapping[str, Any]) -> bool:
    """Tell whether the reader writes and votes here without another step."""
    if tk.current_user.is_authenticated:
        return True
    return bool(consultation_me(consultation).get("may_act"))


def consultation_asks_guests(consultation: Mapping[str, Any]) -> bool:
    """Tell whether the reader may write here and confirm it by mail."""
    is_welcome = bool((consultation.get("settings") or {}).get("guests"))
    return is_welcome and not consultation_may_act(consultation)


def consultation_link_hours() -> int:
    """Return for how many hours a link holds that is mailed to a guest."""
    return LINK_HOURS

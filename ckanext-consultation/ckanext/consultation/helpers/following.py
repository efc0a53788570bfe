"""What the templates ask for about following."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

__all__ = [
    "consultation_follower_count",
    "consultation_follows",
    "consultation_has_any",
    "consultation_webcal",
]


def consultation_follows(consultation: Mapping[str, Any]) -> bool:
    """Tell whether the reader follows a consultation."""
    if not tk.current_user.is_authenticated:
        return False
    asked = {"consultation_id": consultation["id"]}
    return bool(tk.get_action("consultation_follow_show")({}, asked)["is_following"])


def consultation_follower_count(consultation: Mapping[str, Any]) -> int:
    """Return how many follow a consultation; its own people alone learn that."""
    asked = {"consultation_id": consultation["id"]}
    return int(tk.get_action("consultation_follow_show")({}, asked).get("follower_count", 0))


def consultation_has_any(body_id: str) -> bool:
    """Tell whether a body ever consulted the public."""
    return bool(tk.get_action("consultation_body_list")({}, {"owner_org": body_id}))


def consultation_webcal(endpoint: str, **values: str) -> str:
    """Return a calendar's address as calendar programs subscribe to it."""
    address = str(tk.h.url_for(endpoint, _external=True, **values))
    return f"webcal://{address.partition('://')[2]}"

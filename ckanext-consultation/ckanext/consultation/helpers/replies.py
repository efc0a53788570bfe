"""What the page of a paragraph asks about official replies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.consultation.domain.answers import CHANGES

__all__ = ["consultation_changes", "consultation_linkable"]

MOST = 100
WORDS = 10


def consultation_linkable(
    consultation: Mapping[str, Any], version_id: str, eid: str
) -> list[dict[str, Any]]:
    """Return the replies for which a paragraph may have changed, to those who write replies.

    Each has a ``label``, and ``is_linked``: whether the paragraph was changed for it.
    """
    asked = {"consultation_id": consultation["id"], "limit": MOST}
    lists = ({**asked, "drafts": True}, asked)
    try:
        found = [each for one in lists for each in _replies(one)]
    except tk.NotAuthorized:
        return []
    here = (version_id, eid)
    return [
        {
            "id": each["id"],
            "label": _label(each),
            "is_linked": here in {(row["version_id"], row["eid"]) for row in each["changes"]},
        }
        for each in found
    ]


def _replies(asked: dict[str, Any]) -> list[dict[str, Any]]:
    return list(tk.get_action("consultation_reply_list")({}, asked)["results"])


def _label(reply: Mapping[str, Any]) -> str:
    """Return what a reply decides, and how it begins."""
    words = tk.h.consultation_said_in(reply["text_translated"])["text"].split()
    first = " ".join(words[:WORDS]) + ("…" if len(words) > WORDS else "")
    return f"{tk.h.consultation_decision(reply['decision'])} · {first}"


def consultation_changes() -> dict[str, str]:
    """Return what may be done to a paragraph for a reply, by code, in the reader's language."""
    return {code: tk._(label) for code, label in CHANGES.items()}

"""What the pages of moderation ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup, escape

import ckan.plugins.toolkit as tk

from ckanext.consultation.domain.abuse import TRAP_FIELD
from ckanext.consultation.domain.moderation import REASONS
from ckanext.consultation.domain.queue import CAUSES, Cause
from ckanext.consultation.domain.reports import REPORTABLE
from ckanext.consultation.logic import guarding
from ckanext.opengov.shared.domain.moments import utc_now

__all__ = [
    "consultation_cause",
    "consultation_form_fields",
    "consultation_marked",
    "consultation_reasons",
]


def consultation_form_fields(purpose: str, consultation_id: str) -> dict[str, str]:
    """Return what a form carries beside what people type: ``purpose`` is ``comment``, ``report``.

    ``snippets/form_guard.html`` writes both fields.
    """
    user_id = tk.current_user.id if tk.current_user.is_authenticated else None
    token = guarding.token(purpose, consultation_id, user_id, utc_now())
    return {"token_field": guarding.TOKEN_FIELD, "token": token, "trap_field": TRAP_FIELD}


def consultation_cause(code: str) -> str:
    """Return why a comment waits for a moderator, in a sentence."""
    return str(tk._(CAUSES[Cause(code)]))


def consultation_reasons(reportable: bool = False) -> list[dict[str, str]]:
    """Return the reasons against a comment, in the reader's language; or those of reports."""
    return [
        {"code": reason, "label": tk._(wording.label), "sentence": tk._(wording.sentence)}
        for reason, wording in REASONS.items()
        if not reportable or reason in REPORTABLE
    ]


def consultation_marked(text: str, signals: Iterable[Mapping[str, Any]]) -> Markup:
    """Return a text with the places of its signals marked."""
    parts, end = [], 0
    for each in signals:
        parts += [escape(text[end : each["start"]]), Markup("<mark>")]
        parts += [escape(text[each["start"] : each["end"]]), Markup("</mark>")]
        end = each["end"]
    return Markup().join([*parts, escape(text[end:])])

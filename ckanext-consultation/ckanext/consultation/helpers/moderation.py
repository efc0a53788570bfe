"""What the pages of moderation ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup, escape

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.consultation.domain.abuse import TRAP_FIELD
from ckanext.consultation.domain.form_tokens import Purpose
from ckanext.consultation.domain.moderation import REASONS
from ckanext.consultation.domain.queue import CAUSES, Cause
from ckanext.consultation.domain.reports import REPORTABLE
from ckanext.consultation.logic import access, guarding
from ckanext.opengov.shared.domain.moments import utc_now

__all__ = [
    "consultation_cause",
    "consultation_form_fields",
    "consultation_marked",
    "consultation_reasons",
]


def consultation_form_fields(purpose: str, consultation_id: str) -> dict[str, str]:
    """Return what a form carries beside what people type.

    ``purpose`` is ``comment``, ``report``, or ``guest`` for those who are asked for an address.

    ``snippets/form_guard.html`` writes both fields.
    """
    holder = None if purpose == Purpose.GUEST else access.form_holder(_reader(), {})
    token = guarding.token(purpose, consultation_id, holder, utc_now())
    return {"token_field": guarding.TOKEN_FIELD, "token": token, "trap_field": TRAP_FIELD}


def _reader() -> Context:
    user = tk.current_user
    return Context(user=user.name if user.is_authenticated else "", auth_user_obj=user)


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

"""What pages say of a form's questions and of what was answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.complaints.domain import form_answers
from ckanext.complaints.domain.filing_draft import FORM_PREFIX
from ckanext.complaints.domain.forms import WITH_CHOICES, Kind
from ckanext.complaints.helpers.citizens import complaints_text
from ckanext.opengov.shared.domain.wording import N_

__all__ = ["complaints_answers", "complaints_offered", "complaints_typed"]

YES_NO = {form_answers.YES: N_("Yes"), form_answers.NO: N_("No")}


def complaints_typed(answer: object) -> list[str]:
    """Return an answer as its page has it: the codes of what was chosen, or the text."""
    return form_answers.typed(answer)


def complaints_offered(question: Mapping[str, Any]) -> dict[str, str]:
    """Return what can be chosen, by code, in the reader's language; of other kinds, nothing."""
    if question["kind"] == Kind.YES_NO:
        return {code: tk._(word) for code, word in YES_NO.items()}
    if question["kind"] not in WITH_CHOICES:
        return {}
    return {each["code"]: complaints_text(each["label"]) for each in question["choices"]}


def complaints_answers(
    questions: Iterable[Mapping[str, Any]], given: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    """Return all questions with what was answered, in the reader's language: never a code."""
    return [
        {
            "field": FORM_PREFIX + each["id"],
            "label": complaints_text(each["label"]),
            "texts": _texts(each, (given or {}).get(each["id"])),
        }
        for each in questions
    ]


def _texts(question: Mapping[str, Any], answer: object) -> list[str]:
    offered = complaints_offered(question)
    return [offered.get(each, each) for each in form_answers.typed(answer)]

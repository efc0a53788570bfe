"""Says what happened to a consultation, in the reader's language: for feeds and for notices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ckan.plugins.toolkit as tk

from ckanext.consultation.domain.occasions import WORDING, Kind
from ckanext.opengov.shared import readers
from ckanext.opengov.shared.domain.notices import isolated
from ckanext.opengov.shared.domain.texts import pick

BY_DAY = (Kind.CLOSED, Kind.OVERDUE)
"""What is due is due on a day; what opens and closes does at an hour."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is said."""

    sentence: str
    todo: str


def words(kind: Kind, title: str, day: str | None) -> Words:
    """Return what is said of a kind; ``day`` is the moment that it is about, as the API says it."""
    shown = tk.h.render_datetime(day, with_hours=kind not in BY_DAY) if day else ""
    wording = WORDING[kind]
    # Without its day a sentence that names one says nothing.
    todo = tk._(wording.todo) if day or "{day}" not in wording.todo else ""
    sentence = tk._(wording.sentence)
    return Words(sentence.format(title=title, day=shown), todo.format(day=shown))


def title_of(titles: Mapping[str, str], primary: str, language: str) -> str:
    """Return a title so that it may stand in a sentence of this language."""
    return isolated(pick(titles, [language, primary, *readers.languages()]), language)

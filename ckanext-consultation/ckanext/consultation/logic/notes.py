"""The public notes of moderators: in one language or in several."""

from __future__ import annotations

from collections.abc import Mapping

import ckan.plugins.toolkit as tk

from ckanext.consultation.domain.comment_text import comment_text
from ckanext.consultation.domain.language import language_of
from ckanext.consultation.domain.moderation import MOST_IN_NOTE
from ckanext.opengov.shared import readers
from ckanext.opengov.shared.domain.texts import NoTexts, Texts

FIELD = "public_note"


def read(value: object) -> Texts:
    """Return a note by language; a text alone is in the language that it is written in.

    Raises:
        DomainError: see ``comment_text``, or a language that the site does not speak.
    """
    known = readers.languages()
    if isinstance(value, Mapping):
        given = {str(lang): str(text) for lang, text in value.items() if text}
    else:
        text = str(value or "")
        given = {language_of(None, text, tk.h.lang() or known[0]): text}
    if not set(given) <= set(known):
        raise NoTexts(field=FIELD, wanted=", ".join(known))
    return {
        lang: comment_text(text, most=MOST_IN_NOTE, field=FIELD)
        for lang, text in given.items()
        if text.strip()
    }


def first(note: Texts) -> str:
    """Return the note in one of its languages; nothing where there is none."""
    return next(iter(note.values()), "")

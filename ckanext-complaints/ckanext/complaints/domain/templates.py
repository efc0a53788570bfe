"""Texts that answers begin with: a title, and the words in the languages of the site.

They stand in no case, and so have no blanks to be filled in: nothing of a person gets into one.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ckanext.complaints.domain.sayings import MOST_CHARACTERS
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.fields import Fields, needed
from ckanext.opengov.shared.domain.texts import Texts, check_text
from ckanext.opengov.shared.domain.wording import N_

MOST_IN_TITLE = 100


class TitleNeeded(DomainError):
    """Colleagues find it by that."""

    code = "required"
    template = N_("Say in a few words what this template is for.")


@dataclass(frozen=True, slots=True)
class Template:
    """What somebody gave."""

    title: str
    texts: Texts


def read(fields: Fields, languages: Collection[str]) -> Template:
    """Return a template that was given.

    Raises:
        Several: what is wrong with it, by field.
    """
    title = fields.take("title", _title, "")
    nothing: Texts = {}
    texts = fields.take(
        "text_translated", lambda value: needed(value, languages, MOST_CHARACTERS), nothing
    )
    fields.check()
    return Template(title, texts)


def _title(value: object) -> str:
    title = check_text(value or "", MOST_IN_TITLE)
    if not title:
        raise TitleNeeded
    return title


def added(typed: str, text: str) -> str:
    """Return what somebody typed with a template below it: nothing that was typed is lost."""
    before = typed.rstrip()
    return f"{before}\n\n{text}" if before else text

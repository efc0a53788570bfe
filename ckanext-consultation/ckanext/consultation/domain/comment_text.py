"""What a participant may write in a comment, an appeal or a note."""

from __future__ import annotations

from ckanext.opengov.shared.domain import characters
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_

MOST_CHARACTERS = 10_000
SIGNS_PER_CHARACTER = 4
"""A letter with vowel signs, or a family of emoji, is one character of several signs."""
MOST_SENT = 10
"""Times the allowed length beyond which a text is not even looked at."""


class TextRequired(DomainError):
    """There is nothing to read."""

    code = "required"
    field = "body"
    template = N_("Write something: there is no text that others could read.")


class TextTooLong(DomainError):
    """More than people read, or than is stored."""

    code = "too-long"
    field = "body"
    template = N_(
        "Your text is too long. Characters: {given}; allowed: {most}."
        " Shorten it, or divide it into several."
    )


class PrivateSigns(DomainError):
    """Signs that only the writer's fonts know."""

    code = "private-signs"
    field = "body"
    template = N_(
        "Your text has signs of a special font, which others cannot see: {count}."
        " The first is in line {line}. Remove them or write them in letters."
    )


def comment_text(text: str, *, most: int = MOST_CHARACTERS, field: str = "body") -> str:
    """Return the text as it is stored: see ``characters.cleaned``.

    ``most`` counts characters as people see them. Of the code points behind them, which a
    database counts, ``SIGNS_PER_CHARACTER`` times as many are stored.

    Raises:
        TextRequired: nothing visible is in it.
        TextTooLong: it has more characters than ``most``.
        PrivateSigns: it has signs that others cannot see.
    """
    if len(text) > most * MOST_SENT:
        raise TextTooLong(field=field, given=len(text), most=most)
    kept = characters.cleaned(text)
    if not characters.is_visible(kept):
        raise TextRequired(field=field)
    _check_length(kept, most, field)
    if count := characters.private_signs(kept):
        before = characters.PRIVATE.split(kept, maxsplit=1)[0]
        raise PrivateSigns(field=field, count=count, line=before.count("\n") + 1)
    return kept


def _check_length(text: str, most: int, field: str) -> None:
    signs = most * SIGNS_PER_CHARACTER
    given = len(text) if len(text) > signs else characters.length_of(text)
    if given > most:
        raise TextTooLong(field=field, given=given, most=most)

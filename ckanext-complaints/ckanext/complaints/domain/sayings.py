"""What is written into a case after its filing: by citizens and by staff."""

from __future__ import annotations

from ckanext.opengov.shared.domain.characters import cleaned, is_visible, length_of
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_

MOST_CHARACTERS = 5_000


class NothingSaid(DomainError):
    """There are no words."""

    code = "required"
    field = "text"
    template = N_("Write what you want to say.")


class TooMuchSaid(DomainError):
    """Nobody reads a book in a form."""

    code = "too-long"
    field = "text"
    template = N_("Write at most {most} characters; there are {count}.")


def said_text(text: object, field: str = "text") -> str:
    """Return what somebody wrote, without signs that hide or turn around what stands there.

    Raises:
        NothingSaid, TooMuchSaid: see there.
    """
    words = cleaned(str(text or "")).strip()
    if not is_visible(words):
        raise NothingSaid(field=field)
    count = length_of(words)
    if count > MOST_CHARACTERS:
        raise TooMuchSaid(field=field, most=MOST_CHARACTERS, count=count)
    return words

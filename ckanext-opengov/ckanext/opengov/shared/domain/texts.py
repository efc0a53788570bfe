"""Texts that people give, in one language or in several: ``title_translated`` beside ``title``."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_

Texts = dict[str, str]

SUFFIX = "_translated"

# Direction marks that open a run and need not close it turn the text around them;
# control characters show nothing; half a character cannot be stored.
HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

UNKEPT = re.compile("[\0\ud800-\udfff]")


class UnreadableText(DomainError):
    """A text holds what no database stores: half a character, or none."""

    code = "unreadable-text"
    template = N_("This text contains characters that cannot be stored. Type it again.")


class HiddenCharacters(DomainError):
    """What one reads would not be what is stored."""

    code = "hidden-characters"
    template = N_("This text contains hidden characters. Type it again.")


class TooLong(DomainError):
    """Nobody would read it."""

    code = "too-long"
    template = N_("Shorten this to {most} characters; it has {count}.")


class NoText(DomainError):
    """A list, a number or an object where a text belongs."""

    code = "no-text"
    template = N_("Give a text here.")


class TextNeeded(DomainError):
    """A text is needed in some language."""

    code = "required"
    template = N_("Fill this in, in at least one language.")


class NoTexts(DomainError):
    """Not an object with the site's languages."""

    code = "no-texts"
    template = N_("Give texts by language: {wanted}.")


def check_text(text: object, most: int) -> str:
    """Return the text without blanks around it.

    Raises:
        NoText: it is none.
        HiddenCharacters: it holds what nobody sees.
        TooLong: it has more than ``most`` characters.
    """
    if not isinstance(text, str):
        raise NoText
    if HIDDEN.search(text):
        raise HiddenCharacters
    text = text.strip()
    if len(text) > most:
        raise TooLong(most=most, count=len(text))
    return text


def check_texts(value: object, languages: Collection[str], most: int) -> Texts:
    """Return the texts by language, from an object or its JSON, each as ``check_text`` does.

    Raises:
        NoTexts: it is neither, or speaks other languages than the site.
        DomainError: see ``check_text``.
    """
    texts = as_texts(value)
    if texts is None or not set(texts) <= set(languages):
        raise NoTexts(wanted=", ".join(languages))
    return {language: check_text(text, most) for language, text in texts.items()}


def as_texts(value: object) -> Texts | None:
    """Return texts by language, from an object or its JSON; None: it is neither."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    if not isinstance(value, dict):
        return None
    if not all(isinstance(text, str) for text in value.values()):
        return None
    return value


def pick(texts: Mapping[str, str], languages: Sequence[str]) -> str:
    """Return the text in the first of the languages that has one."""
    return next((texts[each] for each in languages if texts.get(each)), "")


def is_storable(content: object) -> bool:
    """Tell whether all texts in a JSON value can be stored: no NUL, no half of a character."""
    return not any(isinstance(each, str) and UNKEPT.search(each) for each in leaves(content))


def leaves(content: object) -> Iterator[object]:
    """Yield what is in a JSON value, however deep: all but lists and objects, and the names."""
    left = [content]
    while left:
        each = left.pop()
        if isinstance(each, dict):
            left += [*each, *each.values()]
        elif isinstance(each, list):
            left += each
        else:
            yield each

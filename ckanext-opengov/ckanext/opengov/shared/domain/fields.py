"""Fields that a caller gave, read one by one; all that is wrong is said at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from ckanext.opengov.shared.domain.errors import DomainError, Several
from ckanext.opengov.shared.domain.texts import TextNeeded, Texts, check_texts
from ckanext.opengov.shared.domain.wording import N_

YES, NO = ("true", "yes", "on", "y", "t", "1"), ("false", "no", "off", "n", "f", "0")

T = TypeVar("T")


class NoSuchChoice(DomainError):
    """Not one of the list."""

    code = "unknown-choice"
    template = N_("Choose one of: {choices}.")


class OutOfRange(DomainError):
    """A number that is none, or too small or large."""

    code = "out-of-range"
    template = N_("Give a whole number from {least} to {most}.")


class NotTrueOrFalse(DomainError):
    """Neither yes nor no."""

    code = "not-true-or-false"
    template = N_("Say true or false.")


class Fields:
    """The fields that a caller gave, and what is wrong with them."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self.values = values
        self.wrong: list[DomainError] = []

    def take(self, name: str, check: Callable[[object], T], otherwise: T) -> T:
        """Return what a field says; note what is wrong with it."""
        try:
            return check(self.values.get(name))
        except DomainError as error:
            error.field = name
            self.wrong.append(error)
            return otherwise

    def check(self) -> None:
        """Raise all that was found wrong, at once.

        Raises:
            Several: each with its field.
        """
        if self.wrong:
            raise Several(*self.wrong)


def texts(value: object, languages: Collection[str], most: int) -> Texts:
    """Return the texts that were given, those that say something.

    Raises:
        DomainError: see ``check_texts``.
    """
    found = check_texts(value or {}, languages, most)
    return {code: text for code, text in found.items() if text}


def needed(value: object, languages: Collection[str], most: int) -> Texts:
    """Return the texts that were given, at least one.

    Raises:
        TextNeeded: there is none.
        DomainError: see ``check_texts``.
    """
    found = texts(value, languages, most)
    if not found:
        raise TextNeeded
    return found


def one_of(value: object, choices: Collection[str], field: str = "") -> str:
    """Return the choice.

    Raises:
        NoSuchChoice: it is not one of them.
    """
    if not isinstance(value, str) or value not in choices:
        raise NoSuchChoice(field=field, choices=", ".join(choices))
    return value


def wished(values: Mapping[str, object], name: str) -> bool:
    """Return whether a caller asks for something; what is not given is not asked for.

    Raises:
        NotTrueOrFalse: they say neither yes nor no, in CKAN's words for it.
    """
    text = str(values.get(name) or NO[0]).strip().lower()
    if text not in YES and text not in NO:
        raise NotTrueOrFalse(field=name)
    return text in YES


def whole(value: object, least: int, most: int) -> int:
    """Return a whole number, from itself or its digits.

    Raises:
        OutOfRange: it is none, or too small or large.
    """
    text = str(value)
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not is_number or not least <= int(text) <= most:
        raise OutOfRange(least=least, most=most)
    return int(text)


def truth(value: object) -> bool:
    """Return yes or no, as JSON and forms say them; nothing is no.

    Raises:
        NotTrueOrFalse: it is neither.
    """
    if isinstance(value, str) and value in ("true", "false", ""):
        return value == "true"
    if not isinstance(value, bool):
        raise NotTrueOrFalse
    return value

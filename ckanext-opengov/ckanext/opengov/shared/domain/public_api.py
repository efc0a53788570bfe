"""What the public may ask the API for, as the description, the page and the guard read it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.texts import is_storable
from ckanext.opengov.shared.domain.wording import N_

MAX_NUMBER = 1_000_000_000
"""Far beyond any list, and small enough for the numbers of Solr and PostgreSQL."""
TRUE_OR_FALSE = ("true", "false", "1", "0", "yes", "no", "on", "off", "t", "f", "y", "n")
"""As CKAN reads them."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value that an action takes."""

    name: str
    text: str
    """What it means, in English; the catalogues have the other languages."""
    kind: str = "string"
    """``string``, ``integer``, ``boolean``, ``strings`` (one or several), ``entries``
    (so too, or objects), JSON: ``list``, ``object`` or ``words`` (a string, or an object).
    """
    required: bool = False
    choices: tuple[str, ...] = ()
    default: str | int | bool | None = None
    minimum: int = 0
    cap: str = ""
    """The option of the site that larger numbers are cut down to."""
    example: str | None = None


@dataclass(frozen=True, slots=True)
class PublicAction:
    """An action that anyone may call to read."""

    name: str
    group: str
    title: str
    answer: str
    """The name of the shape of its ``result``."""
    parameters: tuple[Parameter, ...] = ()
    text: str = ""
    """More than the title says. Empty: the action's own documentation says it."""
    codes: tuple[int, ...] = field(default=())
    """Errors beside those of every action, as HTTP status."""


class Unreadable(DomainError):
    """A value is none of those that the action takes."""

    code = "unreadable-value"


class NotOnce(Unreadable):
    """A single value came several times."""

    template = N_("Give this value once.")


class NoPlainText(Unreadable):
    """A text is none, or holds what no database stores."""

    template = N_("Give text that can be stored: without the character NUL or half characters.")


class NoWholeNumber(Unreadable):
    """A number is none, or too large."""

    template = N_("Give a whole number from {minimum} to {maximum}.")


class NoTruth(Unreadable):
    """A value is neither true nor false."""

    template = N_("Give true or false.")


class NoChoice(Unreadable):
    """A value is not among the choices."""

    template = N_("Give one of these: {choices}.")


class NoList(Unreadable):
    """A value is no list of texts."""

    template = N_("Give a list of texts.")


class NoEntries(Unreadable):
    """A value is no list of texts or objects."""

    template = N_("Give a list of texts or objects.")


class NoObject(Unreadable):
    """A value is no JSON object."""

    template = N_("Give a JSON object.")


def faults(parameters: Sequence[Parameter], given: Mapping[str, object]) -> Iterator[Unreadable]:
    """Yield what is wrong with the values of a call, by its form alone.

    What a value means, the action judges. Empty and missing values are its business too.
    """
    by_name = {parameter.name: parameter for parameter in parameters}
    for name, value in given.items():
        parameter = by_name.get(name, Parameter(name, ""))
        if value in (None, ""):
            continue
        if not is_storable(value):
            yield NoPlainText(field=name)
        elif name in by_name:
            yield from _fault(parameter, value)


def _fault(parameter: Parameter, value: object) -> Iterator[Unreadable]:
    name, kind = parameter.name, parameter.kind
    if kind in ("list", "object"):
        value = _from_json(value)
    if isinstance(value, list) and kind not in ("list", "strings", "entries"):
        yield NotOnce(field=name)
    elif kind == "integer" and not _is_number(value, parameter.minimum):
        yield NoWholeNumber(field=name, minimum=parameter.minimum, maximum=MAX_NUMBER)
    elif not FITS[kind](value):
        yield WRONG[kind](field=name)
    elif parameter.choices and value not in parameter.choices:
        yield NoChoice(field=name, choices=", ".join(parameter.choices))


def _are_entries(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str | dict) for each in value)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


FITS: dict[str, Callable[[object], bool]] = {
    "entries": lambda value: isinstance(value, str) or _are_entries(value),
    "boolean": lambda value: str(value).strip().lower() in TRUE_OR_FALSE,
    "integer": lambda _value: True,
    "list": _are_texts,
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
    "strings": lambda value: isinstance(value, str) or _are_texts(value),
    "words": lambda value: isinstance(value, str | dict),
}
WRONG: dict[str, type[Unreadable]] = {
    "boolean": NoTruth,
    "entries": NoEntries,
    "list": NoList,
    "object": NoObject,
    "string": NoPlainText,
    "strings": NoList,
    "words": NoPlainText,
}


def _from_json(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        found: object = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return found if is_storable(found) else None


def _is_number(value: object, minimum: int) -> bool:
    text = str(value).removeprefix("-" if minimum < 0 else "")
    is_plain = isinstance(value, (int, str)) and not isinstance(value, bool)
    is_short = text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_NUMBER))
    return is_plain and is_short and minimum <= int(str(value)) <= MAX_NUMBER

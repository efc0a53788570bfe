"""The columns of a schema as people describe them in a form."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial

from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.texts import as_texts, check_text, check_texts, pick
from ckanext.opengov.shared.domain.wording import N_

TYPES = {
    "string": N_("Text"),
    "integer": N_("Whole number"),
    "number": N_("Decimal number"),
    "boolean": N_("Yes or no"),
    "date": N_("Day"),
    "datetime": N_("Day and time"),
    "time": N_("Time of day"),
    "year": N_("Year"),
    "yearmonth": N_("Month of a year"),
    "duration": N_("Length of time"),
    "geopoint": N_("Place on the map"),
    "geojson": N_("Shape on the map"),
    "object": N_("Object (JSON)"),
    "array": N_("List (JSON)"),
    "list": N_("List"),
    "any": N_("Anything"),
}
"""The types of Table Schema, as people call them.

Source: https://datapackage.org/standard/table-schema/
"""
BOUNDED = frozenset({"date", "datetime", "integer", "number", "time", "year", "yearmonth"})
WHOLE = frozenset({"integer", "year"})
TIMES = frozenset({"date", "datetime", "time"})
FORMATS = {
    "string": ("default", "email", "uri", "binary", "uuid", "wkt"),
    "geojson": ("default", "topojson"),
    "geopoint": ("default", "array", "object"),
}
TIME_FORMATS = ("default", "any")
TIME_PATTERN = re.compile(r"(?:[^%]*%[A-Za-z%])+[^%]*")
BOUNDS = ("minimum", "maximum")
TEXTS = {"title": 200, "description": 2000}
"""Characters, at most."""
MAX_COLUMNS, MAX_NAME, MAX_FORMAT, MAX_VALUE, MAX_VALUES = 2000, 500, 100, 500, 2000
PLACE = re.compile(r"fields__(\d{1,4})__([a-z_]+?)(?:-([a-z]{2,3}))?")

Column = dict[str, object]


class NoColumns(DomainError):
    """Not a list of columns."""

    code = "no-columns"
    field = "fields"
    template = N_("Describe 1 to {most} columns, each with a name of its own.")


class UnknownType(DomainError):
    """Not a type of Table Schema."""

    code = "unknown-type"
    template = N_("There is no such type. Choose one of the list.")


class UnknownFormat(DomainError):
    """The type has no such format."""

    code = "unknown-format"
    template = N_("Columns of this type have no such format. Leave it empty, or write: {formats}.")


class NoBounds(DomainError):
    """The type has no order."""

    code = "no-bounds"
    template = N_("Columns of this type have no smallest and largest value.")


class NoSuchValue(DomainError):
    """A bound is no value of the column."""

    code = "not-a-value"
    template = N_("Write it as the cells of this column are written.")


class BoundsReversed(DomainError):
    """No cell could be both."""

    code = "bounds-reversed"
    template = N_("The largest value is smaller than the smallest one.")


class TooManyValues(DomainError):
    """Nobody reads such a list."""

    code = "too-many-values"
    template = N_("List {most} values at most.")


class UnknownKey(DomainError):
    """A key of columns that are not there."""

    code = "unknown-key"
    field = "primary_key"
    template = N_("The key must be made of columns of this table.")


def described(given: object, languages: Sequence[str]) -> tuple[list[Column], list[DomainError]]:
    """Return the columns as fields of a Table Schema, and all that is wrong with them.

    ``given`` are such fields; what a form has no place for stays as it is.

    Raises:
        NoColumns: it is no list of columns.
    """
    if not isinstance(given, list) or not 0 < len(given) <= MAX_COLUMNS:
        raise NoColumns(most=MAX_COLUMNS)
    names = [each.get("name") if isinstance(each, dict) else None for each in given]
    if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        raise NoColumns(most=MAX_COLUMNS)
    columns, errors = [], []
    for number, each in enumerate(given):
        column, found = _described(each, languages)
        columns.append(column)
        errors += [_at(number, error) for error in found]
    called = [column["name"] for column in columns if "name" in column]
    if len(set(map(str, called))) < len(called):
        raise NoColumns(most=MAX_COLUMNS)
    return columns, errors


def _at(number: int, error: DomainError) -> DomainError:
    error.field = f"fields__{number}__{error.field}"
    return error


def _described(given: Column, languages: Sequence[str]) -> tuple[Column, list[DomainError]]:
    errors: list[DomainError] = []
    column = {key: value for key, value in given.items() if value not in (None, "")}

    def keep(name: str, check: Callable[[], object]) -> None:
        column.pop(name, None)
        try:
            found = check()
        except DomainError as error:
            errors.append(type(error)(field=name, **error.details))
        else:
            column.update({name: found} if found else {})

    keep("name", lambda: check_text(given["name"], MAX_NAME))
    keep("type", lambda: _type(given.get("type") or "string"))
    keep("format", lambda: _format(given.get("format") or "", str(column.get("type"))))
    for name, most in TEXTS.items():
        translated = f"{name}_translated"
        if translated in given:
            keep(translated, partial(_texts, given[translated], languages, most))
            texts = as_texts(column.get(translated)) or {}
            keep(name, partial(pick, texts, languages))
        elif name in column:
            keep(name, partial(check_text, column[name], most))
    rules, found = _rules(given.get("constraints"), str(column.get("type")))
    column["constraints"] = rules
    return column, [*errors, *found]


def _type(value: object) -> str:
    if not isinstance(value, str) or value not in TYPES:
        raise UnknownType
    return value


def _format(value: object, kind: str) -> str:
    text = check_text(value, MAX_FORMAT)
    known = TIME_FORMATS if kind in TIMES else FORMATS.get(kind, ("default",))
    if text and text not in known and not (kind in TIMES and TIME_PATTERN.fullmatch(text)):
        more = ["%d/%m/%Y"] if kind in TIMES else []
        raise UnknownFormat(formats=", ".join([*known, *more]))
    return text if text != "default" else ""


def _texts(value: object, languages: Collection[str], most: int) -> dict[str, str]:
    texts = check_texts(value, languages, most)
    return {language: text for language, text in texts.items() if text}


def _rules(given: object, kind: str) -> tuple[dict[str, object], list[DomainError]]:
    """Return the constraints of a column of this type, and what is wrong with them."""
    rules: dict[str, object] = dict(given) if isinstance(given, dict) else {}
    errors: list[DomainError] = []
    for name in ("required", "unique"):
        rules[name] = rules.get(name) in (True, "true", "on", "1")
    bounds: list[float] = []
    for name in BOUNDS:
        if rules.get(name) in (None, ""):
            continue
        try:
            rules[name] = found = _bound(rules[name], kind)
        except DomainError as error:
            errors.append(type(error)(field=name, **error.details))
        else:
            bounds += [] if isinstance(found, str) else [found]
    try:
        rules["enum"] = _values(rules.get("enum") or [])
    except DomainError as error:
        errors.append(type(error)(field="enum", **error.details))
    if bounds != sorted(bounds):
        errors.append(BoundsReversed(field="maximum"))
    # A bound of 0 stays.
    kept = {key: value for key, value in rules.items() if value not in (None, "", [])}
    return {key: value for key, value in kept.items() if value is not False}, errors


def _bound(value: object, kind: str) -> int | float | str:
    if kind not in BOUNDED:
        raise NoBounds
    text = check_text(str(value) if isinstance(value, (int, float)) else value, MAX_FORMAT)
    if kind not in WHOLE and kind != "number":
        return text
    try:
        number = float(text.replace(",", "."))
        whole = int(text) if kind in WHOLE else None
    except (ValueError, OverflowError) as error:
        raise NoSuchValue from error
    if not math.isfinite(number):
        raise NoSuchValue
    if whole is None and number.is_integer():
        whole = int(number)
    return number if whole is None else whole


def _values(given: object) -> list[object]:
    if not isinstance(given, list):
        raise TooManyValues(most=MAX_VALUES)
    values = [
        check_text(each, MAX_VALUE) if isinstance(each, str) else each
        for each in given
        if isinstance(each, str | int) or (isinstance(each, float) and math.isfinite(each))
    ]
    unique: list[object] = list(dict.fromkeys(each for each in values if each != ""))
    if len(unique) > MAX_VALUES or len(values) < len(given):
        raise TooManyValues(most=MAX_VALUES)
    return unique


def key(given: object, names: Collection[str]) -> list[str]:
    """Return the names of the columns that tell rows apart, in the order that was given.

    Raises:
        UnknownKey: some are no columns of the table.
    """
    wanted: object = [given] if isinstance(given, str) and given else given or []
    if not isinstance(wanted, list) or not all(isinstance(each, str) for each in wanted):
        raise UnknownKey
    if not set(wanted) <= set(names):
        raise UnknownKey
    return list(dict.fromkeys(wanted))


Typed = dict[str, object]
"""What stands in the inputs of one column, by their names; texts by language."""


def typed(form: Iterable[tuple[str, str]]) -> dict[int, Typed]:
    """Return what was typed into a form by the number of the column."""
    found: dict[int, Typed] = {}
    for name, value in form:
        place = PLACE.fullmatch(name)
        if place is None:
            continue
        column = found.setdefault(int(place[1]), {})
        if place[3]:
            column[place[2]] = {**(as_texts(column.get(place[2])) or {}), place[3]: value}
        else:
            column[place[2]] = value
    return found


def from_form(column: Column, filled_in: Typed) -> Column:
    """Return a column with what was typed over it; a box that was not ticked is not sent."""
    lines = [line.strip() for line in str(filled_in.get("enum", "")).splitlines()]
    return {
        **column,
        **{f"{name}_translated": filled_in.get(f"{name}_translated") or {} for name in TEXTS},
        "type": filled_in.get("type", column.get("type")),
        "format": filled_in.get("format", ""),
        "constraints": {
            **_given(column),
            **{name: name in filled_in for name in ("required", "unique")},
            **{name: str(filled_in.get(name, "")).strip() for name in BOUNDS},
            "enum": [line for line in lines if line],
        },
    }


def as_form(column: Column, language: str) -> Typed:
    """Return what stands in the inputs of a column; a text in no language is in this one."""
    rules = _given(column)
    values = rules.get("enum")
    form: Typed = {
        "name": column["name"],
        "type": column.get("type") or "string",
        "format": "" if column.get("format") == "default" else column.get("format") or "",
        "enum": "\n".join(map(str, values if isinstance(values, list) else [])),
        **{name: rules.get(name, "") for name in BOUNDS},
        **{name: bool(rules.get(name)) for name in ("required", "unique")},
    }
    for name in TEXTS:
        plain = {language: column[name]} if column.get(name) else {}
        form[f"{name}_translated"] = as_texts(column.get(f"{name}_translated")) or plain
    return form


def _given(column: Column) -> dict[str, object]:
    rules = column.get("constraints")
    return dict(rules) if isinstance(rules, dict) else {}

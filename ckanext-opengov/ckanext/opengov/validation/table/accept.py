"""Tests that tell which cells of a column are surely right under its field.

A test may refuse a good cell, which Frictionless' own reader then judges; it never
accepts a bad one. docs/validation.md says which rules it follows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from frictionless import Field
from frictionless.fields import BooleanField, NumberField

from ckanext.opengov.validation.table import times
from ckanext.opengov.validation.table.masks import (
    Accepted,
    Floats,
    Integers,
    Mask,
    Test,
    lengths,
    limits_of,
    matching,
    numpy_mask,
)

MAX_DIGITS = 18
"""Of a whole number that is held in 64 bits; longer ones are Frictionless'."""
FEW = 1000
"""Cells that are told from a number each by a pattern."""
MARGIN = 1e-9
"""Relative distance from a bound within which a binary fraction decides nothing."""

_DEGREES = r"-?[0-8]?[0-9](?:\.[0-9]{1,15})?"
_SAFE = re.compile(
    r"""(?x)(?:
        [^\\.\[\](){}?*+|^$]            # a character that means itself
      | \\[.\-+*?()\[\]{}/|^$dws]       # positive classes: RE2's are parts of Python's
      | \[(?:[^\\\[\]^&~|\-]|\\[.\-+*?()\[\]{}/|^$dws]|[0-9A-Za-z]-[0-9A-Za-z])+-?\]
      | \[\^(?:[^\\\[\]^&~|\-]|\\[.\-+*?()\[\]{}/|^$]|[0-9A-Za-z]-[0-9A-Za-z])+\]
      | \{[0-9]{1,3}(?:,[0-9]{0,3})?\} | \(\?: | \((?!\?) | [.?*+|)^$]
    )*"""
)
"""Patterns of which RE2 accepts nothing that Python would not."""
_POSSESSIVE = re.compile(r"(?<!\\)[*+?}]\+")


def test_for(field: Field) -> Test | None:
    """Return the test of a field; None: only Frictionless can tell."""
    makers = {
        "integer": _integer,
        "number": _number,
        "year": _year,
        "date": times.date,
        "datetime": times.datetime,
        "time": times.time,
        "yearmonth": times.yearmonth,
        "geopoint": _geopoint,
        "boolean": _boolean,
        "string": _string,
        "any": _any,
    }
    maker = makers.get(field.type)
    return maker(field) if maker else None


# Whole numbers


def _integer(field: Field) -> Test:
    signed = rf"\A-?[0-9]{{1,{MAX_DIGITS}}}\z"
    within = _within(field)

    def test(cells: pa.StringArray, _missing: Mask) -> Accepted:
        good = numpy_mask(pc.ascii_is_decimal(cells))
        good = good & (lengths(cells) <= MAX_DIGITS)
        if not good.all():
            rest = ~good
            matches = pc.match_substring_regex(cells.filter(pa.array(rest)), signed)
            good = good.copy()
            good[rest] = numpy_mask(matches)
        return within(good, _integers(cells, good))

    return test


def _year(field: Field) -> Test:
    within = _within(field)

    def test(cells: pa.StringArray, _missing: Mask) -> Accepted:
        good = numpy_mask(pc.ascii_is_decimal(cells)) & (lengths(cells) == 4)  # noqa: PLR2004
        return within(good, _integers(cells, good))

    return test


def _integers(cells: pa.StringArray, good: Mask) -> Integers:
    if not good.all():
        cells = pc.if_else(pa.array(good), cells, "0")
    return pc.cast(cells, pa.int64()).to_numpy()


def _within(field: Field) -> Callable[[Mask, Integers], Accepted]:
    """Return what narrows whole numbers to those within the bounds and in the list."""
    read, limits = field.create_value_reader(), field.constraints
    bounds = [
        (compare, int(read(limits[name])))
        for name, compare in _COMPARE.items()
        if limits.get(name) is not None
    ]
    listed = limits.get("enum")
    values = None if listed is None else [read(each) for each in listed]
    far = [abs(bound) >= 1 << 62 for _, bound in bounds]

    def within(good: Mask, found: Integers) -> Accepted:
        if any(far):
            return Accepted(np.zeros(len(found), bool), found)
        for compare, bound in bounds:
            good = good & compare(found, bound)
        if values is not None:
            known = [each for each in values if each is not None and abs(each) < 1 << 62]
            good = good & np.isin(found, np.array(known, np.int64))
        return Accepted(good, found)

    return within


_COMPARE: dict[str, Callable[..., Mask]] = {
    "minimum": np.greater_equal,
    "maximum": np.less_equal,
    "exclusiveMinimum": np.greater,
    "exclusiveMaximum": np.less,
}

# Numbers


def _number(field: Field) -> Test | None:
    if limits_of(field) - set(_COMPARE):
        return None
    read = field.create_value_reader()
    bounds = [
        (compare, float(read(field.constraints[name])))
        for name, compare in _COMPARE.items()
        if field.constraints.get(name) is not None
    ]
    written = _written(field)
    if written is None or not all(np.isfinite(bound) for _, bound in bounds):
        return None

    def test(cells: pa.StringArray, missing: Mask) -> Accepted:
        if written.is_plain:
            found = _plain_floats(written, cells, missing)
            return Accepted(_between(np.isfinite(found), found, bounds))
        good = numpy_mask(pc.match_substring_regex(cells, written.shape))
        if not bounds:
            return Accepted(good)
        return Accepted(_between(good, written.floats(cells, good), bounds))

    return test


def floats_of(field: Field) -> Callable[[pa.StringArray], tuple[Floats, Mask]] | None:
    """Return what reads cells as binary fractions, and tells which it could read."""
    written = _written(field)
    if written is None:
        return None

    def read(cells: pa.StringArray) -> tuple[Floats, Mask]:
        good = numpy_mask(pc.match_substring_regex(cells, written.shape))
        return written.floats(cells, good), good

    return read


@dataclass(frozen=True, slots=True)
class _Written:
    """How numbers are written."""

    group: str
    decimal: str
    shape: str
    is_plain: bool

    def floats(self, cells: pa.StringArray, good: Mask) -> Floats:
        """Return the good cells as binary fractions, 0 for the others."""
        plain = cells if good.all() else pc.if_else(pa.array(good), cells, "0")
        if self.group:
            plain = pc.replace_substring(plain, self.group, "")
        if self.decimal != ".":
            plain = pc.replace_substring(plain, self.decimal, ".")
        found: Floats = pc.cast(pc.utf8_ltrim(plain, "+"), pa.float64()).to_numpy()
        return found


def _written(field: Field) -> _Written | None:
    """Return how the numbers of a field are written; None: in a way of its own."""
    assert isinstance(field, NumberField)  # noqa: S101 - tells the type checker
    is_plain = not {"group_char", "decimal_char", "bare_number"} & set(field.list_defined())
    group, decimal = ("", ".") if is_plain else (field.group_char, field.decimal_char)
    reserved = set("0123456789+-eE\t")
    if len(decimal) != 1 or len(group) > 1 or group == decimal or {group, decimal} & reserved:
        return None
    if decimal == " " or (group and not field.bare_number):
        return None
    signed = "[-+]?" if field.bare_number else "-?"
    return _Written(group, decimal, _shape(group, decimal, signed), is_plain)


def _shape(group: str, decimal: str, signed: str) -> str:
    digits = f"[0-9{re.escape(group)}]" if group else "[0-9]"
    return rf"\A{signed}[0-9]{digits}{{0,16}}(?:{re.escape(decimal)}[0-9]{{1,12}})?\z"


def _plain_floats(written: _Written, cells: pa.StringArray, missing: Mask) -> Floats:
    """Return the cells as binary fractions, without number where they are none, or missing.

    What Arrow reads as a finite number, a decimal number reads as well.
    """
    read = pc.if_else(pa.array(missing), None, cells) if missing.any() else cells
    try:
        return pc.cast(read, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        half = len(cells) // 2
    if half > FEW:
        # Most of them are numbers, and the pattern takes several times as long.
        parts = (slice(half), slice(half, None))
        return np.concatenate([_plain_floats(written, cells[at], missing[at]) for at in parts])
    good = numpy_mask(pc.match_substring_regex(cells, written.shape))
    found = written.floats(cells, good)
    return np.where(good, found, np.nan)


def _between(
    good: Mask,
    found: Floats,
    bounds: list[tuple[Callable[..., Mask], float]],
) -> Mask:
    for compare, bound in bounds:
        margin = abs(bound) * MARGIN + MARGIN
        is_lower = compare in (np.greater_equal, np.greater)
        good = good & (found > bound + margin if is_lower else found < bound - margin)
    return good


# Texts and places


def _geopoint(field: Field) -> Test | None:
    if limits_of(field) or field.format != "default":
        return None
    return matching(rf"\A{_DEGREES}, ?{_DEGREES}\z")


def _boolean(field: Field) -> Test | None:
    if limits_of(field):
        return None
    assert isinstance(field, BooleanField)  # noqa: S101 - tells the type checker
    known = pa.array([*field.true_values, *field.false_values], pa.string())

    def test(cells: pa.StringArray, _missing: Mask) -> Accepted:
        return Accepted(numpy_mask(pc.is_in(cells, value_set=known)))

    return test


def _string(field: Field) -> Test | None:
    limits = {name: field.constraints[name] for name in limits_of(field)}
    pattern = safe_pattern(limits["pattern"]) if "pattern" in limits else None
    if field.format != "default" or ("pattern" in limits and pattern is None):
        return None
    known = pa.array(
        [each for each in limits.get("enum", ()) if isinstance(each, str)], pa.string()
    )
    makers: dict[str, Callable[[pa.StringArray], pa.BooleanArray]] = {
        "enum": lambda cells: pc.is_in(cells, value_set=known),
        "pattern": lambda cells: pc.match_substring_regex(cells, pattern),
        "minLength": lambda cells: pc.greater_equal(pc.utf8_length(cells), limits["minLength"]),
        "maxLength": lambda cells: pc.less_equal(pc.utf8_length(cells), limits["maxLength"]),
    }
    tests = [makers[name] for name in sorted(limits)]

    def test(cells: pa.StringArray, _missing: Mask) -> Accepted:
        good = None
        for each in tests:
            found = numpy_mask(each(cells))
            good = found if good is None else good & found
        return Accepted(good)

    return test


def safe_pattern(pattern: str) -> str | None:
    """Return the pattern for RE2, if RE2 accepts nothing under it that Python would not."""
    # Python anchors the first alternative at the start and the last at the end.
    anchored = rf"\A(?:^{pattern}$)"
    if not _SAFE.fullmatch(pattern) or _POSSESSIVE.search(pattern):
        return None
    try:
        pc.match_substring_regex(pa.array([""]), anchored)
    except pa.ArrowInvalid:
        return None
    return anchored


def _any(field: Field) -> Test | None:
    if limits_of(field):
        return None
    return lambda _cells, _missing: Accepted(None)

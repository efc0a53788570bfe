"""Tests that tell which cells of a column are surely right under its field.

A test may refuse a good cell, which Frictionless' own reader then judges; it never
accepts a bad one. docs/validation.md says which rules it follows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from frictionless import Field
from frictionless.fields import BooleanField, NumberField

Mask = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Signs = npt.NDArray[np.uint8]

MAX_DIGITS = 18
"""Of a whole number that is held in 64 bits; longer ones are Frictionless'."""
FEW = 1000
"""Cells that are told from a number each by a pattern."""
MARGIN = 1e-9
"""Relative distance from a bound within which a binary fraction decides nothing."""

_MONTH = r"(?:0[1-9]|1[0-2])"
_DAY_OF_MONTH = (
    r"(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
    r"|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
)
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_DATETIME = (
    rf"\A[1-9][0-9]{{3}}-{_DAY_OF_MONTH}[T ]{_TIME}(?:Z|[+-](?:0[0-9]|1[0-2]):[0-5][0-9])?\z"
)
_LAST_DAYS = np.zeros(256, np.uint8)
_LAST_DAYS[1:13] = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""Of each month; of the 29 February, Frictionless' reader knows in which years it is."""
_DEGREES = r"-?[0-8]?[0-9](?:\.[0-9]{1,15})?"
_DIRECTIVES = {
    "%Y": "[1-9][0-9]{3}",
    "%m": _MONTH,
    "%d": "(?:0[1-9]|1[0-9]|2[0-8])",
    "%H": "(?:[01][0-9]|2[0-3])",
    "%M": "[0-5][0-9]",
    "%S": "[0-5][0-9]",
}

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


@dataclass(slots=True)
class Accepted:
    """Which cells of a column are surely right."""

    good: Mask | None
    """None: all."""
    values: Integers | None = None
    """What the good cells are, where they are whole numbers; 0 elsewhere."""


Test = Callable[[pa.StringArray, Mask], Accepted]
"""Given the cells, and those of them that stand for nothing."""


def test_for(field: Field) -> Test | None:
    """Return the test of a field; None: only Frictionless can tell."""
    makers = {
        "integer": _integer,
        "number": _number,
        "year": _year,
        "date": _date,
        "datetime": _datetime,
        "time": _time,
        "yearmonth": _yearmonth,
        "geopoint": _geopoint,
        "boolean": _boolean,
        "string": _string,
        "any": _any,
    }
    maker = makers.get(field.type)
    return maker(field) if maker else None


def _limits(field: Field) -> set[str]:
    return {
        name
        for name, limit in field.constraints.items()
        if name not in ("required", "unique") and limit is not None
    }


def numpy_mask(found: pa.BooleanArray) -> Mask:
    """Return a mask of Arrow without gaps as numpy's."""
    mask: Mask = found.to_numpy(zero_copy_only=False)
    return mask


def lengths(cells: pa.StringArray) -> npt.NDArray[np.int32]:
    """Return the length of each cell, in bytes."""
    ends = np.frombuffer(cells.buffers()[1], np.int32)[cells.offset :][: len(cells) + 1]
    return np.diff(ends)


def _matching(pattern: str) -> Test:
    def test(cells: pa.StringArray, _missing: Mask) -> Accepted:
        return Accepted(numpy_mask(pc.match_substring_regex(cells, pattern)))

    return test


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
    if _limits(field) - set(_COMPARE):
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


# Times


def _date(field: Field) -> Test | None:
    limits = _limits(field)
    if field.format == "default":
        if limits - set(_COMPARE):
            return None
        return _dates_between(field)
    return None if limits or field.format == "any" else _formatted(field.format)


def _dates_between(field: Field) -> Test | None:
    read = field.create_value_reader()
    # Days as they are written sort as days do.
    bounds = [
        (name, read(field.constraints[name]).isoformat())
        for name in _COMPARE
        if field.constraints.get(name) is not None
    ]
    compare = {
        "minimum": pc.greater_equal,
        "maximum": pc.less_equal,
        "exclusiveMinimum": pc.greater,
        "exclusiveMaximum": pc.less,
    }

    def test(cells: pa.StringArray, _missing: Mask) -> Accepted:
        good = days(cells)
        for name, bound in bounds:
            good = good & numpy_mask(compare[name](cells, bound))
        return Accepted(good)

    return test


def _datetime(field: Field) -> Test | None:
    if _limits(field):
        return None
    return _moments if field.format in ("default", "any") else _formatted(field.format)


def _moments(cells: pa.StringArray, missing: Mask) -> Accepted:
    good = np.zeros(len(cells), bool)
    for ending in (b"", b"Z"):
        chosen, signs = _of_length(cells, len(b"2024-01-31T09:30:00" + ending))
        if not signs.size:
            continue
        is_moment = _is_between(signs[11:], b"00:00:00" + ending, b"29:59:59" + ending)
        is_moment &= _are_days(signs) & (_two_digits(signs, 11) < 24)  # noqa: PLR2004
        good[chosen] = is_moment & ((signs[10] == ord("T")) | (signs[10] == ord(" ")))
    rest = ~(good | missing)
    if rest.any():
        matches = pc.match_substring_regex(cells.filter(pa.array(rest)), _DATETIME)
        good[rest] = numpy_mask(matches)
    return Accepted(good)


# Days and moments are told from their signs: as a number for each, many times as fast as by
# a pattern.


def days(cells: pa.StringArray) -> Mask:
    """Return which cells are surely days, as ISO 8601 writes them."""
    good, signs = _of_length(cells, len("2024-01-31"))
    good[good] = _are_days(signs)
    return good


def _of_length(cells: pa.StringArray, length: int) -> tuple[Mask, Signs]:
    """Return which cells have so many bytes, and these, for each place of all such cells."""
    found = lengths(cells) == length
    chosen = cells if found.all() else cells.filter(pa.array(found))
    if not len(chosen):
        return found, np.empty((length, 0), np.uint8)
    start = np.frombuffer(chosen.buffers()[1], np.int32)[chosen.offset]
    text = np.frombuffer(chosen.buffers()[2], np.uint8)[start : start + length * len(chosen)]
    return found, np.ascontiguousarray(text.reshape(-1, length).T)


def _is_between(signs: Signs, low: bytes, high: bytes) -> Mask:
    """Tell which cells have, at each place, a sign between two."""
    first, last = (np.frombuffer(each, np.uint8)[:, None] for each in (low, high))
    # What is below the first is, without a sign, far above.
    within: Mask = np.logical_and.reduce(signs - first <= last - first)
    return within


def _two_digits(signs: Signs, place: int) -> Signs:
    """Return the number that two digits are."""
    return (signs[place] - ord("0")) * 10 + (signs[place + 1] - ord("0"))


def _are_days(signs: Signs) -> Mask:
    day = _two_digits(signs, 8)
    is_day = (day > 0) & (day <= _LAST_DAYS[_two_digits(signs, 5)])
    return _is_between(signs[:10], b"1000-00-00", b"9999-19-39") & is_day


def _time(field: Field) -> Test | None:
    return None if _limits(field) or field.format != "default" else _matching(rf"\A{_TIME}\z")


def _formatted(format: str) -> Test | None:
    """Return the test of what ``strptime`` reads under a format of plain directives."""
    parts = re.findall(r"%.|[^%]", format, re.DOTALL)
    # Blanks stand for any number of blanks, and a directive that comes twice is an error.
    marks = [part for part in parts if part.startswith("%")]
    if (
        "".join(parts) != format
        or not set(marks) <= _DIRECTIVES.keys()
        or len(marks) != len(set(marks))
    ):
        return None
    if not marks or ("%d" in marks and "%m" not in marks):
        return None
    return _matching(
        r"\A" + "".join(_DIRECTIVES.get(part, re.escape(part)) for part in parts) + r"\z"
    )


def _yearmonth(field: Field) -> Test | None:
    return None if _limits(field) else _matching(rf"\A[0-9]{{4}}-{_MONTH}\z")


def _geopoint(field: Field) -> Test | None:
    if _limits(field) or field.format != "default":
        return None
    return _matching(rf"\A{_DEGREES}, ?{_DEGREES}\z")


# Texts


def _boolean(field: Field) -> Test | None:
    if _limits(field):
        return None
    assert isinstance(field, BooleanField)  # noqa: S101 - tells the type checker
    known = pa.array([*field.true_values, *field.false_values], pa.string())

    def test(cells: pa.StringArray, _missing: Mask) -> Accepted:
        return Accepted(numpy_mask(pc.is_in(cells, value_set=known)))

    return test


def _string(field: Field) -> Test | None:
    limits = {name: field.constraints[name] for name in _limits(field)}
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
    if _limits(field):
        return None
    return lambda _cells, _missing: Accepted(None)

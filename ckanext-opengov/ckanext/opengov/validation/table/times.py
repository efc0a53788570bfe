"""Tests of days, moments and times: which cells are surely right.

Days and moments are told from their signs: as a number for each, many times as fast as by
a pattern.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from frictionless import Field

from ckanext.opengov.validation.table.masks import (
    Accepted,
    Mask,
    Signs,
    Test,
    lengths,
    limits_of,
    matching,
    numpy_mask,
)

COMPARE = {
    "minimum": pc.greater_equal,
    "maximum": pc.less_equal,
    "exclusiveMinimum": pc.greater,
    "exclusiveMaximum": pc.less,
}
"""How Arrow compares days as they are written: they sort as days do."""

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
_DIRECTIVES = {
    "%Y": "[1-9][0-9]{3}",
    "%m": _MONTH,
    "%d": "(?:0[1-9]|1[0-9]|2[0-8])",
    "%H": "(?:[01][0-9]|2[0-3])",
    "%M": "[0-5][0-9]",
    "%S": "[0-5][0-9]",
}


def date(field: Field) -> Test | None:
    """Return the test of a field of this type, if there is one."""
    limits = limits_of(field)
    if field.format == "default":
        if limits - set(COMPARE):
            return None
        return _dates_between(field)
    return None if limits or field.format == "any" else _formatted(field.format)


def _dates_between(field: Field) -> Test | None:
    read = field.create_value_reader()
    bounds = [
        (name, read(field.constraints[name]).isoformat())
        for name in COMPARE
        if field.constraints.get(name) is not None
    ]

    def test(cells: pa.StringArray, _missing: Mask) -> Accepted:
        good = days(cells)
        for name, bound in bounds:
            good = good & numpy_mask(COMPARE[name](cells, bound))
        return Accepted(good)

    return test


def datetime(field: Field) -> Test | None:
    """Return the test of a field of this type, if there is one."""
    if limits_of(field):
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


def time(field: Field) -> Test | None:
    """Return the test of a field of this type, if there is one."""
    return None if limits_of(field) or field.format != "default" else matching(rf"\A{_TIME}\z")


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
    return matching(
        r"\A" + "".join(_DIRECTIVES.get(part, re.escape(part)) for part in parts) + r"\z"
    )


def yearmonth(field: Field) -> Test | None:
    """Return the test of a field of this type, if there is one."""
    return None if limits_of(field) else matching(rf"\A[0-9]{{4}}-{_MONTH}\z")

"""Mends what Frictionless guesses of a column's type: a wrong guess would change the data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, time

from frictionless import Schema

DECIMAL = re.compile(r"[+-]?\d+(?:,\d+)?")
"""A number with a decimal comma, or a whole one."""
_D = "[0-9\u0660-\u0669\u06f0-\u06f9]"
SURE_COMMA, SURE_POINT = (
    rf"\A[ \t]*[+-]?(?:0|{_D}{{4,}}){mark}{_D}|{mark}(?:{_D}{{1,2}}|{_D}{{4,}}|{_D}+[eE].*)[ \t]*$"
    for mark in (",", r"\.")
)
"""A decimal mark beyond doubt: «1,234» is a thousand to some and one to others."""
_SURE_COMMA, _SURE_POINT = re.compile(SURE_COMMA), re.compile(SURE_POINT)
POINT = re.compile(r"\s*[+-]?\d+\.\d+\s*,\s*[+-]?\d+\.\d+\s*")
OF_PLACES = re.compile(
    r"(?:^|[\W_])(?:geo|gps|coord|latlon|latlng|lonlat|lnglat|إحداثي|الإحداثي|احداثي|الاحداثي)",
    re.IGNORECASE,
)
"""Starts of the words by which a column says that it holds coordinates."""

_OF_DEGREES = re.compile(
    r"(?:^|[\W_])(?:lat|latitude|long?|longitude|lng)(?:$|[\W_])|خط العرض|خط الطول|دائرة العرض",
    re.IGNORECASE,
)

Column = dict[str, str]
"""What a Table Schema says of a column beyond its name."""

NUMBER_WITH_COMMA: Column = {"type": "number", "decimalChar": ","}
TEXT: Column = {"type": "string"}
DATE: Column = {"type": "date"}
ANY: Column = {"type": "any"}


def mended(schema: Schema, rows: Sequence[Sequence[object]]) -> Iterator[tuple[str, Column]]:
    """Yield the columns that are something else than was guessed from these rows."""
    for position, field in enumerate(schema.fields):
        found = [row[position] for row in rows if position < len(row)]
        filled = [cell for cell in found if cell not in (None, "")]
        better = _better(field.name, field.type, filled) if filled else ANY
        if better:
            yield field.name, better


def _better(name: str, guessed: str, cells: list[object]) -> Column | None:
    if guessed in ("geopoint", "string") and all(_is(DECIMAL.fullmatch, cell) for cell in cells):
        # A comma with neither points nor a blank parts no coordinates.
        is_sure = any(_is(_SURE_COMMA.search, cell) for cell in cells)
        return NUMBER_WITH_COMMA if is_sure else TEXT
    if guessed == "geopoint" and not OF_PLACES.search(name):
        return None if all(POINT.fullmatch(str(cell)) for cell in cells) else TEXT
    if guessed == "number" and not (is_of_degrees(name) or any(map(_is_decimal, cells))):
        return TEXT
    if guessed == "datetime" and cells and all(is_day(cell) for cell in cells):
        return DATE
    return None


def is_of_degrees(name: str) -> bool:
    """Tell whether a column by its name holds coordinates: there are no thousands of them."""
    return bool(OF_PLACES.search(name) or _OF_DEGREES.search(name))


def _is(matches: Callable[[str], object], cell: object) -> bool:
    return isinstance(cell, str) and bool(matches(cell))


def _is_decimal(cell: object) -> bool:
    return not isinstance(cell, str | int) or _is(_SURE_POINT.search, cell)


def is_day(cell: object) -> bool:
    """Tell whether a cell of a workbook is a day, which workbooks keep as its midnight."""
    return isinstance(cell, datetime) and cell.time() == time()

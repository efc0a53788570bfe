"""Mends what Frictionless guesses of a column's type: a wrong guess would change the data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, time

from frictionless import Schema

DECIMAL = re.compile(r"[+-]?\d+(?:,(?P<part>\d+))?")
"""A number with a decimal comma, or a whole one."""
THOUSANDS = 3
"""Digits after the comma of «1,234», which is a thousand to some and one to others."""
POINT = re.compile(r"\s*[+-]?\d+\.\d+\s*,\s*[+-]?\d+\.\d+\s*")
OF_PLACES = re.compile(
    r"(?:^|[\W_])(?:geo|gps|coord|latlon|latlng|lonlat|lnglat|إحداثي|الإحداثي|احداثي|الاحداثي)",
    re.IGNORECASE,
)
"""Starts of the words by which a column says that it holds coordinates."""

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
    if guessed in ("geopoint", "string") and has_decimal_commas(cells):
        is_place = guessed == "geopoint" and OF_PLACES.search(name)
        return None if is_place else NUMBER_WITH_COMMA
    if guessed == "geopoint" and not OF_PLACES.search(name):
        return None if all(POINT.fullmatch(str(cell)) for cell in cells) else TEXT
    if guessed == "datetime" and cells and all(is_day(cell) for cell in cells):
        return DATE
    return None


def has_decimal_commas(cells: list[object]) -> bool:
    """Tell whether all cells are numbers, and their commas are beyond doubt decimal ones."""
    found = [DECIMAL.fullmatch(cell) if isinstance(cell, str) else None for cell in cells]
    parts = [match["part"] for match in found if match and match["part"]]
    return all(found) and any(len(part) != THOUSANDS for part in parts)


def is_day(cell: object) -> bool:
    """Tell whether a cell of a workbook is a day, which workbooks keep as its midnight."""
    return isinstance(cell, datetime) and cell.time() == time()

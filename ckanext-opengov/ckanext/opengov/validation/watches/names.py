"""Judges the names of the columns: damaged ones, and first rows that are no names."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from ckanext.opengov.validation.report import MAX_CELL, MAX_OF_A_KIND, Finding
from ckanext.opengov.validation.watches import letters, signs
from ckanext.opengov.validation.watches.sample import KIND, NUMBERS, Column

DAYS = ("day", "iso")
YEARS = range(1800, 2100)
STARTS_FORMULA = ("=", "@", "\t")
SEPARATORS = (";", "\t", "|", ",", "،", "؛", "^", "~", "¦", "\x1f", "#", ":")
"""What may part cells, the likelier first."""
FEW = 3
"""So many names that are numbers are steps of a scale: ages, hours, questions."""


def judge(names: Sequence[str]) -> Iterator[Finding]:
    """Yield the names with damage that is sought in cells as well."""
    for name in names:
        code = letters.damage_of(name) or signs.hidden_in(name)
        if code is None and name.startswith(STARTS_FORMULA):
            code = "formula-cell"
        if code:
            yield Finding(code, None, name, None, {"variant": "name"})


def of_data(columns: Sequence[Column], row: int) -> Iterator[Finding]:
    """Yield that the row of the names has values of its columns instead, if it has."""
    like = [each for each in columns if _is_a_value(each)]
    if 0 < len(like) < FEW or _has_decimals(like):
        cells = ", ".join(each.name for each in columns)
        yield Finding("header-data", row, like[0].name, cells[:MAX_CELL])


def of_one(columns: Sequence[Column]) -> Iterator[Finding]:
    """Yield that a table is read as one column whose cells have the same separators."""
    if len(columns) != 1:
        return
    cells = (columns[0].name, *columns[0].cells)
    for sign in (*SEPARATORS, "  "):
        counts = {len([each for each in cell.split(sign) if each]) - 1 for cell in cells}
        if len(cells) > 1 and len(counts) == 1 and counts != {0}:
            first = min(columns[0].cells.values(), key=lambda seen: seen.row).row
            cell = next(each for each, seen in columns[0].cells.items() if seen.row == first)
            yield Finding("one-column", first, columns[0].name, cell[:MAX_CELL], {"sign": sign})
            return


def _is_a_value(column: Column) -> bool:
    """Tell whether the name of a column is what its cells are: a number, or a day."""
    kind = _kind_of(column.name)
    if kind is None or (column.name.isdigit() and int(column.name) in YEARS):
        return False
    alike = column.of(*(NUMBERS if kind in NUMBERS else DAYS))
    return bool(alike) and 2 * column.share(alike) > 1


def _has_decimals(columns: Sequence[Column]) -> bool:
    return any(_kind_of(each.name) in ("point", "comma") for each in columns)


def _kind_of(text: str) -> str | None:
    match = KIND.fullmatch(text.strip())
    return match.lastgroup if match else None


class Again:
    """Finds rows in which the names of the columns stand again: tables that were put together."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.rows: list[int] = []

    def see(self, columns: Sequence[pa.Array], first_row: int) -> None:
        """Look at the next rows."""
        if len(self.names) < 2 or len(self.rows) >= MAX_OF_A_KIND:  # noqa: PLR2004 - may be a word
            return
        is_name = pc.equal(pc.utf8_trim_whitespace(columns[0]), self.names[0])
        if not pc.any(is_name).as_py():
            return
        pairs = zip(columns[1:], self.names[1:], strict=True)
        others = (pc.equal(pc.utf8_trim_whitespace(cells), name) for cells, name in pairs)
        is_name = functools.reduce(pc.and_, others, is_name)
        self.rows += [first_row + place for place in pc.indices_nonzero(is_name).to_pylist()]

    def findings(self) -> Iterator[Finding]:
        """Yield what was found."""
        for row in self.rows[:MAX_OF_A_KIND]:
            yield Finding("header-again", row)

"""Finds rows that are no data: totals, blank tails, rows that are there twice, cut tables."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.opengov.validation.report import MAX_CELL, Finding
from ckanext.opengov.validation.totals import is_total
from ckanext.opengov.validation.watches.sample import KIND, NUMBERS, Column, value_of

LIMITS = (65_536, 1_048_576)
"""Rows that the sheets of XLS and XLSX hold."""
PARTIAL = re.compile(
    r"(?:sous[ -]?)?total(?: (?:de|du|des|pour))? (.+)|(?:مجموع|إجمالي|جملة) (.+)",
    re.IGNORECASE,
)
"""The sum of a part, which the column names as well."""
COUNTED = frozenset({*NUMBERS, "arabic", "unit"})
FEW = 0.02
LEAST, ROUNDED = 4, 1e-4
"""Rows of which the last may be a sum, and by how much it may differ."""
_BETWEEN = "\x1f"
"""Stands between the cells of a row that is compared as one text."""
MOST_COPIES = 4
TELLING = 0.5
"""Share of different cells that a column needs for a row to be more than a combination."""


class Ends:
    """Watches where the table ends."""

    def __init__(self) -> None:
        self.last_row = self.last_filled = 0

    def see(self, columns: Sequence[pa.Array], first_row: int) -> None:
        """Look at the next rows."""
        length = max(map(len, columns), default=0)
        self.last_filled = self.last_filled or first_row - 1
        self.last_row = first_row + length - 1
        if any((each[-1].as_py() or "").strip() for each in columns if length):
            self.last_filled = self.last_row
            return
        filled = np.zeros(length, dtype=bool)
        for each in columns:
            filled |= np.array([bool(cell and cell.strip()) for cell in each.to_pylist()])
        if filled.any():
            self.last_filled = first_row + int(np.flatnonzero(filled)[-1])

    def findings(self) -> Iterator[Finding]:
        """Yield what was found."""
        if self.last_row in LIMITS:
            yield Finding("row-limit", self.last_row, params={"limit": self.last_row})
        blank = self.last_row - self.last_filled
        if blank > 1:
            yield Finding("blank-tail", self.last_filled + 1, params={"number": blank})


class Twins:
    """Finds rows that are there twice. Rows are compared by a hash of 64 bits."""

    def __init__(self, first_row: int) -> None:
        self.first_row = first_row
        self.hashes = array("q")

    def see(self, columns: Sequence[pa.StringArray]) -> None:
        """Remember rows. A blank one is no twin."""
        rows = pc.binary_join_element_wise(
            *columns, _BETWEEN, null_handling="replace", null_replacement=""
        )
        for row in rows.to_pylist():
            # What stands between cells is a blank too.
            self.hashes.append(hash(row) if row.strip() else -len(self.hashes) - 2)

    def findings(self, columns: Sequence[Column]) -> Iterator[Finding]:
        """Yield the rows that are like an earlier one, if one row says something of its own."""
        hashes = np.frombuffer(self.hashes, dtype=np.int64)
        # Rows that all have many twins are no copies, but counts of the same few things.
        different, firsts, places = np.unique(hashes, return_index=True, return_inverse=True)
        is_copied = len(different) < len(hashes) <= MOST_COPIES * len(different)
        if not is_copied or len(columns) < 2:  # noqa: PLR2004
            return
        rows = min(len(different), max((each.filled for each in columns), default=0))
        if max(len(each.cells) for each in columns) < TELLING * rows:
            return
        earlier = firsts[places]
        for row in np.flatnonzero(earlier != np.arange(len(hashes))):
            other = int(earlier[row]) + self.first_row
            yield Finding("duplicate-row", int(row) + self.first_row, params={"other": other})


def totals(
    columns: Sequence[Column], last: Sequence[tuple[int, tuple[str | None, ...]]]
) -> Iterator[Finding]:
    """Yield the sums among the last rows.

    Where «total» is a value like others (by sex: men, women, total), it is no such row.
    """
    for number, row in last:
        for place, cell in enumerate(row):
            text, column = (cell or "").strip(), columns[place]
            part = PARTIAL.fullmatch(text)
            is_part = part is not None and (part[1] or part[2]) in column.cells
            if not text or not (is_part or is_total(text)):
                continue
            has_number = any(_is_number(each) for each in row)
            if has_number and column.cells[text].times <= max(1, FEW * column.filled):
                yield Finding("total-row", number, column.name, text[:MAX_CELL])
            break


def unnamed_total(
    columns: Sequence[Column], last: Sequence[tuple[int, tuple[str | None, ...]]]
) -> Iterator[Finding]:
    """Yield the last row if it has nothing but the sums of its columns, all of them seen."""
    number, row = last[-1] if last else (0, ())
    filled = [place for place, cell in enumerate(row) if cell and cell.strip()]
    if not filled or filled[0] == 0 or len(last) < LEAST:
        return
    if all(_is_sum(columns[place], row[place] or "") for place in filled):
        yield Finding("total-row", number, columns[filled[0]].name, row[filled[0]])


def _is_sum(column: Column, cell: str) -> bool:
    value = value_of(cell)
    values = {each: value_of(each) for each in column.cells}
    if not value or not all(each is not None for each in values.values()):
        return False
    whole = sum((values[each] or 0) * seen.times for each, seen in column.cells.items())
    return abs(whole - 2 * value) <= ROUNDED * abs(value)


def _is_number(cell: str | None) -> bool:
    match = KIND.fullmatch((cell or "").strip())
    return match is not None and match.lastgroup in COUNTED

"""Rows that are too short or too long, many at once: in columns as wide as the table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

import numpy as np
import pyarrow as pa

from ckanext.opengov.validation.table.column import Checked, Column, Wrong
from ckanext.opengov.validation.table.masks import Mask
from ckanext.opengov.validation.table.tokens import Ragged, Rows

MANY = 32
"""Fewer are checked one by one: setting out by columns takes longer than that."""


class Block:
    """Some ragged rows, and what is known of their cells; a cell that is not there is empty."""

    def __init__(self, columns: Sequence[Column], found: Sequence[Ragged]) -> None:
        self.rows: Rows = np.array([row for row, _ in found], np.int64)
        self._cells = [cells for _, cells in found]
        self._lengths = np.fromiter(map(len, self._cells), np.int64, len(found))
        width = len(columns)
        texts = list(zip_longest(*(cells[:width] for cells in self._cells), fillvalue=""))
        texts += [("",) * len(found)] * (width - len(texts))
        self.checked = [
            self._checked(column, pa.array(each, pa.string()))
            for column, each in zip(columns, texts, strict=True)
        ]

    def absent(self, place: int) -> Mask:
        """Return which rows have no cell in a column."""
        return self._lengths <= place

    def count_beyond(self, width: int, kept: Mask) -> int:
        """Count the cells beyond the last column, of some rows."""
        return int(np.maximum(self._lengths[kept] - width, 0).sum())

    def beyond(self, width: int, kept: Mask) -> Iterator[tuple[int, int, str]]:
        """Yield row, place and text of the cells beyond the last column, of some rows."""
        for at in np.flatnonzero((self._lengths > width) & kept).tolist():
            row, cells = int(self.rows[at]), self._cells[at]
            yield from ((row, place, cells[place]) for place in range(width, len(cells)))

    def _checked(self, column: Column, cells: pa.StringArray) -> Checked:
        """Return what is known of the cells of a column, with nothing where there is none."""
        found, absent = column.check(cells), self.absent(column.place)
        if not absent.any():
            return found
        nothing = column.judge(None)
        missing = found.missing | absent
        known = None if found.known is None else found.known & ~absent
        wrong = found.wrong
        if wrong is not None:
            there = ~absent[wrong.places]
            wrong = Wrong(wrong.places[there], wrong.which[there], wrong.values, wrong.judged)
        if nothing.errors:
            before = wrong or Wrong(np.empty(0, np.int64), np.empty(0, np.int64), [], [])
            places = np.flatnonzero(absent)
            which = np.full(len(places), len(before.values), np.int64)
            wrong = Wrong(
                np.concatenate([before.places, places]),
                np.concatenate([before.which, which]),
                [*before.values, "None"],
                [*before.judged, nothing],
            )
        if wrong is not None and not len(wrong.places):
            wrong = None
        return Checked(cells, missing, wrong, found.values, known)

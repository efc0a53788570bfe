"""Shows a table to the watches while it is checked, whichever way it is read."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ckanext.opengov.validation.report import Finding
from ckanext.opengov.validation.watches import Watches
from ckanext.opengov.validation.watches.rows import Twins

ROWS_AT_ONCE = 4096
FIRST_ROW = 2
MOST_TWINS = 100_000
"""Rows among which twins are sought: a look at a whole row costs as much as its check."""


class Watching:
    """Shows rows to the watches, numbered without a gap; their findings get the file's numbers."""

    def __init__(self, labels: Sequence[object]) -> None:
        self._width = len(labels)
        self._watches = Watches([str(each or "") for each in labels])
        self._twins = Twins(FIRST_ROW)
        self._next = FIRST_ROW
        self._starts: list[int] = []
        self._real: list[int] = []
        """Where rows follow one another in the file: ours of the first, and the file's."""
        self._waiting: list[list[object]] = []
        self._waiting_rows: list[int] = []

    def see(self, columns: Sequence[pa.Array | list[object]], rows: NDArray[np.int64]) -> None:
        """Look at rows in columns; ``rows`` has their numbers in the file, rising."""
        if not len(rows) or not self._width:
            return
        texts = [_texts(each) for each in columns[: self._width]]
        self._watches.see(texts, self._next)
        left = MOST_TWINS - (self._next - FIRST_ROW)
        if left > 0:
            few = (each.slice(0, left).to_pylist() for each in texts)
            for row in zip(*few, strict=True):
                self._twins.see(row)
        gaps = np.flatnonzero(np.diff(rows) != 1) + 1
        for place in (0, *gaps.tolist()):
            self._starts.append(self._next + place)
            self._real.append(int(rows[place]))
        self._next += len(rows)

    def see_row(self, number: int, cells: Sequence[object]) -> None:
        """Look at one row."""
        kept = list(cells[: self._width])
        self._waiting.append(kept + [None] * (self._width - len(kept)))
        self._waiting_rows.append(number)
        if len(self._waiting) == ROWS_AT_ONCE:
            self._show_waiting()

    def _show_waiting(self) -> None:
        columns = [list(each) for each in zip(*self._waiting, strict=True)]
        self.see(columns, np.array(self._waiting_rows, np.int64))
        self._waiting, self._waiting_rows = [], []

    def findings(self) -> Iterator[Finding]:
        """Yield what was found, when all rows were seen."""
        if self._waiting:
            self._show_waiting()
        if self._next == FIRST_ROW:
            return
        twins = self._twins.findings(self._watches.sample.columns())
        for finding in (*self._watches.findings(), *twins):
            other = finding.params.get("other")
            params = dict(finding.params)
            if isinstance(other, int):
                params["other"] = self._in_file(other)
            row = None if finding.row is None else self._in_file(finding.row)
            yield replace(finding, row=row, params=params)

    def _in_file(self, row: int) -> int:
        place = max(bisect_right(self._starts, row) - 1, 0)
        return self._real[place] + row - self._starts[place]


def _texts(cells: pa.Array | list[object]) -> pa.Array:
    if isinstance(cells, list):
        return pa.array([None if each is None else str(each) for each in cells], pa.string())
    return cells

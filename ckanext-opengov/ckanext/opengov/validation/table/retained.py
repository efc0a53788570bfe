"""The cells of keys: kept while they are not too many, read once more otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pyarrow as pa

from ckanext.opengov.validation.table.keys import contains
from ckanext.opengov.validation.table.tokens import Batch, Cells, Rows

MAX_RETAINED = 32 << 20
"""Bytes of key columns that are kept, to need no second reading."""

Again = Callable[[Sequence[int]], Iterator[Batch]]
"""Reads the table again: only the columns at these places."""


class Retained:
    """The cells of some columns, while they are not too many."""

    def __init__(self, places: Sequence[int]) -> None:
        self.places = places
        self._batches: list[tuple[Rows, list[Cells]]] | None = []
        self._ragged: dict[int, list[str]] = {}
        self._bytes = 0

    def add(self, batch: Batch) -> None:
        """Keep the cells of a batch, unless there are too many by now."""
        if self._batches is None or not self.places:
            return
        columns = [batch.columns[place] for place in self.places] if batch.columns else []
        self._batches.append((batch.rows, columns))
        self._ragged.update(batch.ragged)
        self._bytes += batch.rows.nbytes + sum(map(_bytes, columns))
        self._bytes += sum(100 + 100 * len(cells) for _, cells in batch.ragged)
        if self._bytes > MAX_RETAINED:
            self._batches, self._ragged = None, {}

    def cells(self, rows: Rows, again: Again) -> dict[int, dict[int, object]]:
        """Return the cells of sorted rows, by row and place."""
        found: dict[int, dict[int, object]] = {}
        if self._batches is not None:
            for numbers, columns in self._batches:
                self._pick(numbers, columns, rows, found)
            ragged: Iterator[tuple[int, list[str]]] = iter(self._ragged.items())
            self._pick_ragged(ragged, rows, found)
            return found
        for batch in again(self.places):
            self._pick(batch.rows, batch.columns, rows, found)
            self._pick_ragged(iter(batch.ragged), rows, found)
        return found

    def _pick(
        self,
        numbers: Rows,
        columns: Sequence[Cells],
        rows: Rows,
        found: dict[int, dict[int, object]],
    ) -> None:
        if not len(numbers):
            return
        start, end = np.searchsorted(rows, (numbers[0], numbers[-1] + 1))
        wanted = rows[start:end]
        at = np.searchsorted(numbers, wanted)
        there = numbers[np.minimum(at, len(numbers) - 1)] == wanted
        if not there.any():
            return
        texts = [_taken(column, at[there]) for column in columns]
        for row, *cells in zip(wanted[there].tolist(), *texts, strict=True):
            found[row] = dict(zip(self.places, cells, strict=True))

    def _pick_ragged(
        self,
        ragged: Iterator[tuple[int, list[str]]],
        rows: Rows,
        found: dict[int, dict[int, object]],
    ) -> None:
        for row, cells in ragged:
            if contains(rows, row):
                found[row] = {
                    place: cells[place] if place < len(cells) else None for place in self.places
                }


def _bytes(cells: Cells) -> int:
    return 100 * len(cells) if isinstance(cells, list) else int(cells.nbytes)


def _taken(cells: Cells, places: Rows) -> list[object]:
    if isinstance(cells, list):
        return [cells[place] for place in places.tolist()]
    found: list[object] = cells.take(pa.array(places)).to_pylist()
    return found

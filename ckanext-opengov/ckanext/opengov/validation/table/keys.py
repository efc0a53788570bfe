"""Finds values that are there twice, or refer to nothing, in memory that does not grow.

A key is kept as 16 bytes per row: a number that is the same for equal values, and the
row. Beyond a bound they go to temporary files, one for each range of numbers.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO

import numpy as np
import numpy.typing as npt

from ckanext.opengov.validation.table.column import Codes
from ckanext.opengov.validation.table.tokens import Rows

MAX_IN_MEMORY = 2_000_000
"""Entries of one key."""
PARTS = 32
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_ENTRY = np.dtype([("code", np.uint64), ("row", np.int64)])


class Hashes:
    """The numbers of a key in all rows."""

    def __init__(self) -> None:
        self._codes: list[Codes] = []
        self._rows: list[Rows] = []
        self._held = 0
        self._files: list[IO[bytes]] = []

    def add(self, codes: Codes, rows: Rows) -> None:
        """Take the numbers of some rows."""
        if not len(codes):
            return
        self._codes.append(codes)
        self._rows.append(rows)
        self._held += len(codes)
        if self._held > MAX_IN_MEMORY:
            self._spill()

    def parts(self) -> Iterator[tuple[Codes, Rows]]:
        """Yield all entries; those of equal numbers come together."""
        if not self._files:
            yield self._all()
            return
        self._spill()
        for file in self._files:
            file.seek(0)
            found = np.frombuffer(file.read(), _ENTRY)
            yield found["code"].copy(), found["row"].copy()

    def repeats(self) -> tuple[Rows, Rows]:
        """Return the rows whose number an earlier row has, and the last such row of each."""
        found = [_repeats(codes, rows) for codes, rows in self.parts()]
        later, earlier = (np.concatenate(each) for each in zip(*found, strict=True))
        order = np.argsort(later)
        return later[order], earlier[order]

    def without_match(self, others: Hashes) -> Rows:
        """Return the rows whose number is not among the others."""
        # Both must lie in the same parts.
        if self._files or others._files:
            self._spill()
            others._spill()
        found = [
            rows[~np.isin(codes, known)]
            for (codes, rows), (known, _) in zip(self.parts(), others.parts(), strict=True)
        ]
        return np.sort(np.concatenate(found))

    def close(self) -> None:
        """Forget everything."""
        for file in self._files:
            file.close()
        self._files, self._codes, self._rows = [], [], []

    def _all(self) -> tuple[Codes, Rows]:
        if not self._codes:
            return np.empty(0, np.uint64), np.empty(0, np.int64)
        return np.concatenate(self._codes), np.concatenate(self._rows)

    def _spill(self) -> None:
        if not self._files:
            self._files = [tempfile.TemporaryFile() for _ in range(PARTS)]  # noqa: SIM115
        codes, rows = self._all()
        part = ((codes * _SPREAD) >> np.uint64(59)).astype(np.int8)
        order = np.argsort(part, kind="stable")
        entries = np.empty(len(codes), _ENTRY)
        entries["code"], entries["row"] = codes[order], rows[order]
        ends = np.cumsum(np.bincount(part, minlength=PARTS))
        for file, found in zip(self._files, np.split(entries, ends[:-1]), strict=True):
            file.write(found.tobytes())
        self._codes, self._rows, self._held = [], [], 0


def _repeats(codes: Codes, rows: Rows) -> tuple[Rows, Rows]:
    if bool(np.all(codes[1:] > codes[:-1])):
        # Numbers that rise from row to row.
        return np.empty(0, np.int64), np.empty(0, np.int64)
    ordered = np.sort(codes)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    del ordered
    if not len(twice):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    chosen = np.isin(codes, twice)
    codes, rows = codes[chosen], rows[chosen]
    order = np.lexsort((rows, codes))
    codes, rows = codes[order], rows[order]
    same = np.flatnonzero(codes[1:] == codes[:-1]) + 1
    return rows[same], rows[same - 1]


def contains(rows: npt.NDArray[np.int64], row: int) -> bool:
    """Tell whether a row is among sorted ones."""
    place = int(np.searchsorted(rows, row))
    return place < len(rows) and int(rows[place]) == row

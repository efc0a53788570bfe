"""Finds values that are there twice, or refer to nothing, in memory that does not grow.

A key is kept as 16 bytes per row: a number that is the same for equal values, and the
row. Beyond a bound they go to a temporary file, in pieces sorted by ranges of numbers.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

import numpy as np
import numpy.typing as npt

from ckanext.opengov.validation.table.column import Codes
from ckanext.opengov.validation.table.tokens import Rows

MAX_IN_MEMORY = 1 << 20
"""Entries of a key. Three and more share room for two of them."""
PARTS = 32
AT_ONCE = 1 << 20
"""Entries of a part that are looked at together."""
SORTED = 1 << 17
"""Entries that are put into parts together."""
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_ENTRY = np.dtype([("code", np.uint64), ("row", np.int64)])


@dataclass(slots=True)
class Broken:
    """Some of the rows with a broken key: the first, and those that were asked for."""

    wanted: Rows
    """Sorted rows of which it matters whether their key is broken."""
    most: int
    count: int = 0
    rows: Rows = field(default_factory=lambda: np.empty(0, np.int64))
    others: Rows = field(default_factory=lambda: np.empty(0, np.int64))
    """For each of the rows, the last before it that has the same key."""
    broken: Rows = field(default_factory=lambda: np.empty(0, np.int64))
    """Of the rows wanted, those with a broken key."""

    def add(self, rows: Rows, others: Rows) -> None:
        """Take more rows, in any order."""
        if not len(rows):
            return
        self.count += len(rows)
        self.broken = np.union1d(self.broken, self.wanted[np.isin(self.wanted, rows)])
        rows, others = np.concatenate([self.rows, rows]), np.concatenate([self.others, others])
        order = np.argsort(rows)[: self.most]
        self.rows, self.others = rows[order], others[order]


class Hashes:
    """The numbers of a key in all rows."""

    def __init__(self, keys: int = 1) -> None:
        """Begin one of so many keys of a table."""
        self._most = 2 * MAX_IN_MEMORY // max(keys, 2)
        self._codes, self._rows = _room(0)
        self._held = 0
        self._seen = 0
        self._file: IO[bytes] | None = None
        self._pieces: list[tuple[int, Rows]] = []
        """Where each piece begins in the file, and how many of its entries lie before each part."""

    def add(self, codes: Codes, rows: Rows) -> None:
        """Take the numbers of some rows of a batch."""
        start, self._held = self._held, self._held + len(codes)
        if self._held > len(self._codes):
            before, (self._codes, self._rows) = self._all(start), _room(2 * self._held)
            self._codes[:start], self._rows[:start] = before
        self._codes[start : self._held] = codes
        self._rows[start : self._held] = rows

    def end_batch(self) -> None:
        """Put the rows taken since the last batch in order: all to come are later ones."""
        codes, rows = (each[self._seen : self._held] for each in (self._codes, self._rows))
        if np.any(rows[1:] < rows[:-1]):
            order = np.argsort(rows, kind="stable")
            codes[:], rows[:] = codes[order], rows[order]
        self._seen = self._held
        if self._held > self._most:
            self._spill()

    def repeats(self, broken: Broken) -> None:
        """Find the rows whose number an earlier row has, and the last such row of each."""
        if self._file is None:
            _find_repeats(*self._all(self._held), broken)
            return
        for part in self._parts():
            known, last = np.empty(0, np.uint64), np.empty(0, np.int64)
            for numbers, places in part:
                order = np.argsort(numbers, kind="stable")
                codes, rows = numbers[order], places[order]
                same = np.flatnonzero(codes[1:] == codes[:-1]) + 1
                broken.add(rows[same], rows[same - 1])
                starts = np.setdiff1d(np.arange(len(codes)), same, assume_unique=True)
                at, found = _found(known, codes[starts])
                broken.add(rows[starts][found], last[at[found]])
                ends = np.append(starts[1:] - 1, len(codes) - 1)
                known, last = _merged(known, last, codes[ends], rows[ends])

    def without_match(self, others: Hashes, broken: Broken) -> None:
        """Find the rows whose number is not among the others."""
        # Both must lie in the same parts.
        if self._file or others._file:
            self._spill()
            others._spill()
        for part, other in zip(self._parts(), others._parts(), strict=True):
            known = np.empty(0, np.uint64)
            for codes, _ in other:
                known = np.union1d(known, codes)
            for codes, rows in part:
                _, found = _found(known, codes)
                broken.add(rows[~found], np.zeros(int((~found).sum()), np.int64))

    def close(self) -> None:
        """Forget everything."""
        if self._file is not None:
            self._file.close()
        self._file, self._held = None, 0
        self._codes, self._rows = _room(0)

    def _parts(self) -> Iterator[Iterator[tuple[Codes, Rows]]]:
        """Yield all entries; those of equal numbers are in one part, by rising rows."""
        if self._file is None:
            yield iter([self._all(self._held)])
            return
        self._spill()
        for part in range(PARTS):
            yield self._part(self._file, part)

    def _part(self, file: IO[bytes], part: int) -> Iterator[tuple[Codes, Rows]]:
        """Yield the entries of a part, many at once."""
        found, size = [], 0
        for start, before in self._pieces:
            file.seek(start + int(before[part]) * _ENTRY.itemsize)
            found.append(file.read(int(before[part + 1] - before[part]) * _ENTRY.itemsize))
            size += len(found[-1])
            if size >= AT_ONCE * _ENTRY.itemsize:
                yield _entries(found)
                found, size = [], 0
        if size:
            yield _entries(found)

    def _all(self, count: int) -> tuple[Codes, Rows]:
        return self._codes[:count], self._rows[:count]

    def _spill(self) -> None:
        file = self._file = self._file or tempfile.TemporaryFile()  # noqa: SIM115
        for start in range(0, self._held, SORTED):
            end = min(start + SORTED, self._held)
            self._write(file, self._codes[start:end], self._rows[start:end])
        self._held = self._seen = 0

    def _write(self, file: IO[bytes], codes: Codes, rows: Rows) -> None:
        part = ((codes * _SPREAD) >> np.uint64(59)).astype(np.int8)
        order = np.argsort(part, kind="stable")
        entries = np.empty(len(codes), _ENTRY)
        entries["code"], entries["row"] = codes[order], rows[order]
        before = np.append(0, np.cumsum(np.bincount(part, minlength=PARTS)))
        self._pieces.append((file.seek(0, os.SEEK_END), before))
        file.write(entries.tobytes())


def _room(entries: int) -> tuple[Codes, Rows]:
    """Return room for numbers and rows, which takes memory only as it is filled.

    Not from the heap: what stays there keeps the memory around it in use.
    """
    size = max(entries, 1)
    codes = np.frombuffer(mmap.mmap(-1, 8 * size), np.uint64)
    rows = np.frombuffer(mmap.mmap(-1, 8 * size), np.int64)
    return codes[:entries], rows[:entries]


def _find_repeats(codes: Codes, rows: Rows, broken: Broken) -> None:
    """Find the repeats among all entries, which are in the order of their rows."""
    if _is_rising(codes):
        return
    # Sorting numbers alone is fast; most files have few that are there twice.
    numbers = np.sort(codes)
    twice = numbers[1:][numbers[1:] == numbers[:-1]]
    is_marked = np.zeros(1 << 16, bool)
    is_marked[twice.astype(np.uint16)] = True
    maybe = is_marked[codes.astype(np.uint16)]
    codes, rows = codes[maybe], rows[maybe]
    order = np.argsort(codes, kind="stable")
    codes, rows = codes[order], rows[order]
    same = np.flatnonzero(codes[1:] == codes[:-1]) + 1
    broken.add(rows[same], rows[same - 1])


def _entries(pieces: Sequence[bytes]) -> tuple[Codes, Rows]:
    found = np.frombuffer(b"".join(pieces), _ENTRY)
    return found["code"].copy(), found["row"].copy()


def _is_rising(codes: Codes) -> bool:
    return bool(np.all(codes[1:] > codes[:-1]))


def _found(known: Codes, codes: Codes) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return where each number is among the sorted known ones, and whether it is."""
    if not len(known):
        return np.zeros(len(codes), np.int64), np.zeros(len(codes), bool)
    at = np.minimum(np.searchsorted(known, codes), len(known) - 1)
    return at, known[at] == codes


def _merged(known: Codes, last: Rows, codes: Codes, rows: Rows) -> tuple[Codes, Rows]:
    """Return each number once, with the last of its rows; ``rows`` are later than ``last``."""
    codes, rows = np.concatenate([known, codes]), np.concatenate([last, rows])
    order = np.argsort(codes, kind="stable")
    codes, rows = codes[order], rows[order]
    is_last = np.append(codes[1:] != codes[:-1], True)[: len(codes)]
    return codes[is_last], rows[is_last]


def contains(rows: npt.NDArray[np.int64], row: int) -> bool:
    """Tell whether a row is among sorted ones."""
    place = int(np.searchsorted(rows, row))
    return place < len(rows) and int(rows[place]) == row

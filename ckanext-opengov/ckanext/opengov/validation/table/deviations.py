"""Frictionless' checks for values and lengths that deviate from the others of their column."""

from __future__ import annotations

import os
import pickle
import statistics
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import IO

import numpy as np
import pyarrow.compute as pc
from frictionless import checks

from ckanext.opengov.validation.checks import ENDLESS, is_endless
from ckanext.opengov.validation.table.seen import WHOLE, OfTable, Seen, Told
from ckanext.opengov.validation.table.tokens import Rows

LONG = 5000
"""Characters of a cell that may be called a deviation."""
HELD = 1_000_000
"""Values that are kept in memory; beyond, they go to a temporary file."""
SORTED = 2_000_000
"""Values of which the middle one, or the most frequent one, is sought."""


@dataclass(slots=True)
class _Held:
    """Rows and their values in order, as often as they are asked for; many are kept in a file."""

    parts: list[tuple[Rows, list[object] | np.ndarray]] = field(default_factory=list)
    held: int = 0
    size: int = 0
    file: IO[bytes] | None = None

    def add(self, rows: Rows, values: list[object] | np.ndarray) -> None:
        self.parts.append((rows, values))
        self.held += len(rows)
        self.size += len(rows)
        if self.held > HELD:
            self.file = self.file or tempfile.TemporaryFile()  # noqa: SIM115 - closed at the end
            for part in self.parts:
                pickle.dump(part, self.file)
            self.parts, self.held = [], 0

    def all_parts(self) -> Iterator[tuple[Rows, list[object] | np.ndarray]]:
        if self.file is not None:
            end = self.file.seek(0, os.SEEK_END)
            self.file.seek(0)
            while self.file.tell() < end:
                # Nobody but us has written this file.
                yield pickle.load(self.file)  # noqa: S301
        yield from self.parts

    def pairs(self) -> Iterator[tuple[int, object]]:
        for rows, values in self.all_parts():
            yield from zip(rows.tolist(), _listed(values), strict=True)

    def __iter__(self) -> Iterator[object]:
        for _, values in self.all_parts():
            yield from _listed(values)


def _listed(values: list[object] | np.ndarray) -> list[object]:
    found: list[object] = values if isinstance(values, list) else values.tolist()
    return found


class Values(OfTable):
    """Finds numbers that are far from the others, with the exact arithmetic of ``statistics``."""

    def __init__(self, place: int | None, check: checks.deviated_value) -> None:
        self.place, self._check = place, check
        self._held = _Held()
        self._is_endless = False

    def see(self, seen: Seen) -> Iterator[Told]:
        """Hold the values."""
        yield from ()
        if seen.is_text(self.place) and not seen.ragged:
            found = seen.checked[self.place]
            # Those that are not known hold nothing, or numbers that do not fit.
            if (
                seen.columns[self.place].field.type == "integer"
                and found.values is not None
                and found.known is not None
                and (found.known | found.nulls).all()
            ):
                self._held.add(seen.rows[found.known], found.values[found.known])
                return
        pairs = [each for each in seen.values(self.place) if each[1] is not None]
        pairs.sort(key=lambda each: each[0])
        rows = np.array([row for row, _ in pairs], WHOLE)
        self._is_endless = self._is_endless or any(is_endless(value) for _, value in pairs)
        self._held.add(rows, [value for _, value in pairs])

    def end(self, rows: int) -> Iterator[str]:
        """Yield what deviates from the average."""
        held, check = self._held, self._check
        if self._is_endless:
            yield ENDLESS
            return
        if held.size < 2:  # noqa: PLR2004 - one value deviates from nothing
            return
        try:
            spread = statistics.stdev(held)  # type: ignore[type-var]
            average = self._average()
            minimum = average - spread * check.interval  # type: ignore[operator]
            maximum = average + spread * check.interval  # type: ignore[operator]
        except Exception as error:  # noqa: BLE001 - told as Frictionless does
            yield f'calculation issue "{error}"'
            return
        # Of decimal numbers, an f-string would write other digits.
        limits = "[%.2f, %.2f]" % (minimum, maximum)  # noqa: UP031
        for row, value in held.pairs():
            if not (minimum <= value <= maximum):  # type: ignore[operator]
                yield (
                    f'value "{value}" in row at position "{row}" and field "{check.field_name}"'
                    f' is deviated "{limits}"'
                )

    def _average(self) -> object:
        if self._check.average == "mean":
            return statistics.mean(self._held)  # type: ignore[type-var]
        if self._held.size > SORTED:
            raise ValueError(f"more than {SORTED} values")
        values = list(self._held)
        if self._check.average == "median":
            return statistics.median(values)  # type: ignore[type-var]
        return statistics.mode(values)

    def close(self) -> None:
        """Forget the values."""
        if self._held.file is not None:
            self._held.file.close()


@dataclass(slots=True)
class _Sizes:
    """How long the texts of a column are."""

    first: tuple[int, int]
    """Row and place of the first."""
    times: Counter[int] = field(default_factory=Counter)
    long: list[tuple[int, int]] = field(default_factory=list)
    """Rows and lengths of those that may be too long."""

    def __iter__(self) -> Iterator[int]:
        return chain.from_iterable(repeat(each, times) for each, times in self.times.items())


class Lengths(OfTable):
    """Finds texts that are far longer than the others of their column."""

    def __init__(self, check: checks.deviated_cell) -> None:
        self._check = check
        self._sizes: dict[int, _Sizes] = {}

    def see(self, seen: Seen) -> Iterator[Told]:
        """Count the lengths."""
        for column in seen.columns:
            if column.field.type == "string" and column.name not in self._check.ignore_fields:
                self._measure(seen, column.place)
        yield from ()

    def _measure(self, seen: Seen, place: int) -> None:
        rows, lengths = self._lengths(seen, place)
        if not len(rows):
            return
        first = (int(rows.min()), place)
        sizes = self._sizes.setdefault(place, _Sizes(first))
        for length, times in zip(*np.unique(lengths, return_counts=True), strict=True):
            sizes.times[int(length)] += int(times)
        is_long = lengths > LONG
        sizes.long += sorted(zip(rows[is_long].tolist(), lengths[is_long].tolist(), strict=True))

    def _lengths(self, seen: Seen, place: int) -> tuple[Rows, Rows]:
        found = seen.checked[place] if len(seen.rows) else None
        if found is None or isinstance(found.cells, list):
            pairs = [(row, len(each)) for row, each in seen.values(place) if isinstance(each, str)]
            whole = np.array(pairs, WHOLE).reshape(-1, 2)
        else:
            lengths = pc.utf8_length(found.cells).to_numpy().astype(WHOLE)
            lengths[found.nulls] = 0
            pairs = [
                (row, len(text))
                for row, judged in seen.ragged
                if isinstance(text := judged[place].value, str)
            ]
            ragged = np.array(pairs, WHOLE).reshape(-1, 2)
            whole = np.concatenate([np.stack([seen.rows, lengths], axis=1), ragged])
        whole = whole[whole[:, 1] > 0]
        return whole[:, 0], whole[:, 1]

    def end(self, rows: int) -> Iterator[str]:
        """Yield what is longer than the others."""
        for place, sizes in sorted(self._sizes.items(), key=lambda each: each[1].first):
            # Nothing shorter is ever told, whatever the others are like.
            if sizes.long and sizes.times.total() > 1:
                yield from self._deviating(place, sizes)

    def _deviating(self, place: int, sizes: _Sizes) -> Iterator[str]:
        spread = statistics.stdev(sizes)
        most = max(LONG, _median(sizes.times) + spread * self._check.interval)
        name = self._check.resource.header.get_expected_fields()[place].name  # type: ignore[attr-defined]
        for row, length in sizes.long:
            if length > most:
                yield f'cell at row "{row}" and field "{name}" has deviated size'


def _median(times: Counter[int]) -> float:
    """Return the middle of some numbers, given how often each is there."""
    total, seen = times.total(), 0
    middle: list[int] = []
    for each in sorted(times):
        seen += times[each]
        middle += [each] * (seen > (total - 1) // 2) + [each] * (seen > total // 2)
        if len(middle) > 1:
            break
    low, high = middle[0], middle[1]
    return low if low == high else (low + high) / 2

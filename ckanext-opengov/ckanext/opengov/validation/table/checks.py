"""Frictionless' own checks of tables, by columns: the same errors, in memory that is bounded.

Each is shown all rows of a batch at once. Where a cell may be of interest, Frictionless'
own reader says what it holds.
"""

from __future__ import annotations

import os
import pickle
import statistics
import tempfile
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import IO, TypeGuard

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from frictionless import Check, checks

from ckanext.opengov.validation.checks import ENDLESS, is_endless
from ckanext.opengov.validation.table import accept
from ckanext.opengov.validation.table.accept import Mask
from ckanext.opengov.validation.table.column import Checked, Column, Judged
from ckanext.opengov.validation.table.keys import Broken, Hashes
from ckanext.opengov.validation.table.tokens import Rows

CUT_LENGTH = 255
CUT_NUMBERS = (
    *(18446744073709551616, 9223372036854775807),
    *(4294967295, 2147483647, 2097152, 65535, 32767),
)
"""Of texts and whole numbers that a database has cut."""
LONG = 5000
"""Characters of a cell that may be called a deviation."""
HELD = 1_000_000
"""Values that are kept in memory; beyond, they go to a temporary file."""
SORTED = 2_000_000
"""Values of which the middle one, or the most frequent one, is sought."""

WHOLE = np.int64


@dataclass(frozen=True, slots=True)
class Seen:
    """All rows of a batch."""

    columns: Sequence[Column]
    checked: Sequence[Checked]
    rows: Rows
    ragged: Sequence[tuple[int, Sequence[Judged]]]
    """The rows that are too short or too long."""

    def values(self, place: int | None, chosen: Mask | None = None) -> Iterator[tuple[int, object]]:
        """Yield the rows of the batch with their values in a column, in no order.

        ``chosen``: those of the whole rows that are wanted. In a column that is not there (None),
        each row holds nothing.
        """
        if place is None:
            yield from ((row, None) for row in (*self.rows.tolist(), *dict(self.ragged)))
            return
        if len(self.rows):
            judged, which = self.judged(place, chosen)
            rows = self.rows if chosen is None else self.rows[chosen]
            for row, number in zip(rows.tolist(), which.tolist(), strict=True):
                yield row, judged[number].value
        for row, found in self.ragged:
            yield row, found[place].value

    def judged(self, place: int, chosen: Mask | None = None) -> tuple[Sequence[Judged], np.ndarray]:
        """Return the different cells of a column, and which of them each whole row has."""
        column, cells = self.columns[place], self.checked[place].cells
        if isinstance(cells, list):
            kept = cells if chosen is None else [cells[at] for at in np.flatnonzero(chosen)]
            return [column.judge(each) for each in kept], np.arange(len(kept))
        encoded = pc.dictionary_encode(cells if chosen is None else cells.filter(pa.array(chosen)))
        return (
            [column.judge(each) for each in encoded.dictionary.to_pylist()],
            encoded.indices.to_numpy(),
        )

    def is_text(self, place: int | None) -> TypeGuard[int]:
        """Tell whether the whole rows, if there are any, hold texts in this column."""
        return (
            place is not None
            and len(self.rows) > 0
            and not isinstance(self.checked[place].cells, list)
        )

    def maybe(
        self,
        place: int | None,
        texts: Callable[[pa.StringArray], pa.BooleanArray],
        whole: Sequence[int],
    ) -> Mask | None:
        """Return the whole rows that may hold one of some texts or numbers; None: any may."""
        if not self.is_text(place):
            return None
        found, kind = self.checked[place], self.columns[place].field.type
        if kind in ("string", "any"):
            return accept.numpy_mask(texts(found.cells))
        if kind == "integer" and found.values is not None and found.known is not None:
            wanted = np.array([each for each in whole if abs(each) < 1 << 62], WHOLE)
            return np.isin(found.values, wanted) | ~found.known
        return None


Told = tuple[int, int | None, object, str]
"""A row, and the place, value and note of an error in it; no place: it is about the row."""


class OfTable(ABC):
    """A check of one table."""

    @abstractmethod
    def see(self, seen: Seen) -> Iterator[Told]:
        """Look at the next rows; yield the errors in them, in no order."""

    def end(self, rows: int) -> Iterator[str]:
        """Yield the notes of errors of the whole table, which has so many rows."""
        yield from ()

    def repeats(self, _most: int) -> tuple[int, Sequence[Told]]:
        """Return how many errors there are in rows that needed to be compared, and the first."""
        return 0, ()

    def close(self) -> None:  # noqa: B027 - most keep nothing
        """Forget everything."""


def made(check: Check, places: Mapping[str, int]) -> OfTable:
    """Return a check that Frictionless would make, for the columns of a table."""
    place = places.get(getattr(check, "field_name", ""))
    if isinstance(check, checks.forbidden_value):
        return _Forbidden(place, check.values)
    if isinstance(check, checks.required_value):
        return _Required(place, check.values, check.field_name)
    if isinstance(check, checks.sequential_value) and place is not None:
        return _Sequence(place)
    if isinstance(check, checks.deviated_value):
        return _Values(place, check)
    if isinstance(check, checks.deviated_cell):
        return _Lengths(check)
    return _MAKERS[type(check)](check)


class _Dimensions(OfTable):
    def __init__(self, check: Check) -> None:
        self._check = check

    def see(self, seen: Seen) -> Iterator[Told]:
        yield from ()

    def end(self, rows: int) -> Iterator[str]:
        self._check.resource.stats.rows = rows
        return (each.note for each in self._check.validate_end())


class _Listed(OfTable):
    """Finds the cells of a column that hold one of some values."""

    def __init__(self, place: int | None, values: Sequence[object]) -> None:
        self.place, self.listed = place, list(values)
        self._texts = pa.array([each for each in values if isinstance(each, str)], pa.string())
        self._whole = [
            int(each)
            for each in values
            if isinstance(each, int | float) and abs(each) < 1 << 62 and each == int(each)
        ]
        # No value: a cell that stands for nothing, or is of another type.
        self._has_nothing = None in values

    def found_in(self, seen: Seen) -> Iterator[tuple[int, object]]:
        """Yield the rows and their values, in no order."""
        maybe = None
        if not self._has_nothing:
            maybe = seen.maybe(
                self.place, lambda cells: pc.is_in(cells, value_set=self._texts), self._whole
            )
        for row, value in seen.values(self.place, maybe):
            if _is_in(value, self.listed):
                yield row, value


class _Forbidden(_Listed):
    def see(self, seen: Seen) -> Iterator[Told]:
        note = f'forbidden values are "{self.listed}"'
        return ((row, self.place, value, note) for row, value in self.found_in(seen))


class _Required(_Listed):
    def __init__(self, place: int | None, values: Sequence[object], name: str) -> None:
        super().__init__(place, values)
        self._name, self._wanted = name, list(dict.fromkeys(values))

    def see(self, seen: Seen) -> Iterator[Told]:
        if self._wanted:
            there = {value for _, value in self.found_in(seen)}
            self._wanted = [each for each in self._wanted if each not in there]
        yield from ()

    def end(self, rows: int) -> Iterator[str]:
        for each in self._wanted:
            yield (
                f'The value "{each}" is required to be present in field "{self._name}"'
                " in at least one row."
            )


def _is_in(value: object, listed: Sequence[object]) -> bool:
    try:
        return value in listed
    except ArithmeticError:  # A signalling NaN cannot be compared with anything.
        return False


def _is_beyond_ascii(cells: pa.StringArray) -> pa.BooleanArray:
    return pc.invert(pc.string_is_ascii(cells))


def _is_cut(cells: pa.StringArray) -> pa.BooleanArray:
    return pc.equal(pc.utf8_length(cells), CUT_LENGTH)


class _Ascii(OfTable):
    def __init__(self, _check: Check) -> None:
        pass

    def see(self, seen: Seen) -> Iterator[Told]:
        for column in seen.columns:
            if column.field.type != "string":
                continue
            others = seen.maybe(column.place, _is_beyond_ascii, ())
            for row, value in seen.values(column.place, others):
                if isinstance(value, str) and not value.isascii():
                    yield row, column.place, value, "the cell contains non-ascii characters"


class _Cut(OfTable):
    def __init__(self, _check: Check) -> None:
        pass

    def see(self, seen: Seen) -> Iterator[Told]:
        for column in seen.columns:
            maybe = seen.maybe(column.place, _is_cut, CUT_NUMBERS)
            if column.field.type not in ("string", "any", "integer") and seen.is_text(column.place):
                continue  # Such values are neither texts nor whole numbers.
            for row, value in seen.values(column.place, maybe):
                is_cut = (isinstance(value, str) and len(value) == CUT_LENGTH) or (
                    isinstance(value, int) and value in CUT_NUMBERS
                )
                if is_cut:
                    yield row, column.place, value, "value  is probably truncated"


class _Sequence(OfTable):
    """Finds the first value that does not follow the one before it."""

    def __init__(self, place: int) -> None:
        self.place = place
        self._next: object = None
        self._is_over = False

    def see(self, seen: Seen) -> Iterator[Told]:
        if self._is_over or self._follows(seen):
            return
        for row, value in sorted(seen.values(self.place), key=lambda each: each[0]):
            try:
                # As in Frictionless, anything may follow what is 0.
                self._next = self._next or value
                if self._next != value:
                    raise ValueError  # noqa: TRY301 - as if it could not be counted up
                self._next += 1  # type: ignore[operator]
            except Exception:  # noqa: BLE001 - any value may come along
                self._is_over = True
                yield row, self.place, value, "the value is not sequential"
                return

    def _follows(self, seen: Seen) -> bool:
        """Tell whether all values of the batch are whole numbers that surely follow each other."""
        if seen.ragged or not len(seen.rows):
            return False
        found = seen.checked[self.place]
        if found.values is None or found.known is None or not found.known.all():
            return False
        first, last = int(found.values[0]), int(found.values[-1])
        is_next = first > 0 and (self._next is None or self._next == first)
        if not is_next or not np.array_equal(found.values, np.arange(first, last + 1)):
            return False
        self._next = last + 1
        return True


class _Twins(OfTable):
    """Finds rows of which the values are written like those of an earlier one.

    Of each row, 64 bits are kept.
    """

    def __init__(self, _check: Check) -> None:
        self._hashes = Hashes()

    def see(self, seen: Seen) -> Iterator[Told]:
        if len(seen.rows):
            columns = [self._written(seen, column.place) for column in seen.columns]
            lines = pc.binary_join_element_wise(*columns, ",").to_pylist()
            self._hashes.add(_hashed(lines), seen.rows)
        if seen.ragged:
            lines = [",".join(str(each.value) for each in found) for _, found in seen.ragged]
            self._hashes.add(_hashed(lines), np.array([row for row, _ in seen.ragged], WHOLE))
        self._hashes.end_batch()
        yield from ()

    def _written(self, seen: Seen, place: int) -> pa.StringArray:
        """Return the values of a column as Python writes them."""
        found, column = seen.checked[place], seen.columns[place].field
        if column.type == "string" and not isinstance(found.cells, list):
            return pc.if_else(pa.array(found.nulls), "None", found.cells)
        if column.type == "integer" and found.values is not None and found.known is not None:
            written = pc.cast(pa.array(found.values), pa.string())
            if found.known.all():
                return written
            others = pa.array(~found.known)
            judged, which = seen.judged(place, ~found.known)
            texts = pa.array([str(each.value) for each in judged], pa.string())
            return pc.replace_with_mask(written, others, texts.take(pa.array(which)))
        judged, which = seen.judged(place)
        return pa.array([str(each.value) for each in judged], pa.string()).take(pa.array(which))

    def repeats(self, most: int) -> tuple[int, Sequence[Told]]:
        found = Broken(np.empty(0, WHOLE), most)
        self._hashes.repeats(found)
        pairs = zip(found.rows.tolist(), found.others.tolist(), strict=True)
        note = 'the same as row at position "{}"'
        return found.count, [(row, None, None, note.format(other)) for row, other in pairs]

    def close(self) -> None:
        self._hashes.close()


def _hashed(lines: Sequence[str]) -> np.ndarray:
    return np.fromiter(map(hash, lines), WHOLE, len(lines)).view(np.uint64)


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


class _Values(OfTable):
    """Finds numbers that are far from the others, with the exact arithmetic of ``statistics``."""

    def __init__(self, place: int | None, check: checks.deviated_value) -> None:
        self.place, self._check = place, check
        self._held = _Held()
        self._is_endless = False

    def see(self, seen: Seen) -> Iterator[Told]:
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


class _Lengths(OfTable):
    """Finds texts that are far longer than the others of their column."""

    def __init__(self, check: checks.deviated_cell) -> None:
        self._check = check
        self._sizes: dict[int, _Sizes] = {}

    def see(self, seen: Seen) -> Iterator[Told]:
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


_MAKERS: dict[type[Check], Callable[[Check], OfTable]] = {
    checks.ascii_value: _Ascii,
    checks.duplicate_row: _Twins,
    checks.table_dimensions: _Dimensions,
    checks.truncated_value: _Cut,
}

"""Frictionless' own checks of tables, by columns: the same errors, in memory that is bounded.

Each is shown all rows of a batch at once. Where a cell may be of interest, Frictionless'
own reader says what it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from frictionless import Check, checks

from ckanext.opengov.validation.table.deviations import Lengths, Values
from ckanext.opengov.validation.table.keys import Broken, Hashes
from ckanext.opengov.validation.table.seen import WHOLE, OfTable, Seen, Told

CUT_LENGTH = 255
CUT_NUMBERS = (
    *(18446744073709551616, 9223372036854775807),
    *(4294967295, 2147483647, 2097152, 65535, 32767),
)
"""Of texts and whole numbers that a database has cut."""


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
        return Values(place, check)
    if isinstance(check, checks.deviated_cell):
        return Lengths(check)
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


_MAKERS: dict[type[Check], Callable[[Check], OfTable]] = {
    checks.ascii_value: _Ascii,
    checks.duplicate_row: _Twins,
    checks.table_dimensions: _Dimensions,
    checks.truncated_value: _Cut,
}

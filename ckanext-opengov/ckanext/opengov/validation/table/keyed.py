"""The keys of a table: which rows repeat one, have none, or refer to nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ckanext.opengov.validation.table import ledger
from ckanext.opengov.validation.table.column import (
    Checked,
    Codes,
    Judged,
    code_of,
    is_exact,
    mixed,
)
from ckanext.opengov.validation.table.keys import Broken, Hashes
from ckanext.opengov.validation.table.ledger import Ledger
from ckanext.opengov.validation.table.masks import Mask
from ckanext.opengov.validation.table.plan import Plan, Reference
from ckanext.opengov.validation.table.retained import Again, Retained
from ckanext.opengov.validation.table.tokens import Batch, Rows

MAX_VERIFIED = 200_000
"""Equal numbers of a key of which the values are compared; beyond, 64 equal bits do."""


@dataclass(slots=True, eq=False)
class _Key:
    """Columns whose values together are looked at, and the numbers of these."""

    places: tuple[int | None, ...]
    hashes: Hashes
    is_exact: bool = True
    """Equal numbers are equal values."""


class Keys:
    """All keys of a table, while its rows go by."""

    def __init__(self, plan: Plan, book: Ledger) -> None:
        self._plan, self._ledger = plan, book
        number = len(plan.unique) + bool(plan.primary) + 2 * len(plan.references)

        def key(places: tuple[int | None, ...]) -> _Key:
            return _Key(places, Hashes(number))

        self._unique = [key((place,)) for place in plan.unique]
        self._primary = key(plan.primary) if plan.primary else None
        self._targets = [key(each.places) for each in plan.references]
        self._sources = [key(each.source) for each in plan.references]
        self._all = [
            *self._unique,
            *([self._primary] if self._primary else []),
            *self._targets,
            *self._sources,
        ]
        # Rows without a key, and references with a value that equals nothing.
        self._keyless: list[Rows] = []
        self._lost: list[list[Rows]] = [[] for _ in plan.references]
        self._retained = Retained(
            sorted({place for key in self._all for place in key.places if place is not None})
        )

    def keep(self, batch: Batch) -> None:
        """Keep the cells of a batch that findings may need."""
        self._retained.add(batch)

    def end_batch(self) -> None:
        """Say that all rows of a batch were seen."""
        for key in self._all:
            key.hashes.end_batch()

    def forget(self) -> None:
        """Give back what the keys hold."""
        for key in self._all:
            key.hashes.close()

    def see(self, checked: Sequence[Checked], rows: Rows) -> None:
        """Take the keys of some rows of a batch."""
        codes: dict[int, tuple[Codes, Mask, Mask]] = {}
        for place in self._retained.places:
            column = self._plan.columns[place]
            codes[place] = (*column.codes(checked[place]), checked[place].nulls)
        for key in self._all:
            found = [codes[place] for place in key.places if place is not None]
            if not found:
                continue
            is_null = np.logical_and.reduce([nulls for _, _, nulls in found])
            # What equals nothing, not even itself.
            is_odd = np.logical_or.reduce([~known & ~nulls for _, known, nulls in found])
            chosen = ~is_null & ~is_odd
            self._note_keyless(key, rows, is_null, is_odd)
            if len(key.places) == 1:
                number = found[0][0]
                column = self._plan.columns[key.places[0]]  # type: ignore[index]
                key.is_exact = key.is_exact and not column.has_inexact_codes
            else:
                key.is_exact = False
                number = self._mixed(key, codes, len(rows))
            if chosen.all():
                key.hashes.add(number, rows)
            else:
                key.hashes.add(number[chosen], rows[chosen])

    def _mixed(self, key: _Key, codes: Mapping[int, tuple[Codes, Mask, Mask]], size: int) -> Codes:
        nothing = (np.zeros(size, np.uint64), np.zeros(size, bool))
        pairs = [
            nothing if place is None else (codes[place][0], ~codes[place][2])
            for place in key.places
        ]
        return mixed([each for each, _ in pairs], [known for _, known in pairs])

    def _note_keyless(self, key: _Key, rows: Rows, is_null: Mask, is_odd: Mask) -> None:
        if key is self._primary and is_null.any():
            self._without_key(rows[is_null])
        if is_odd.any() and key in self._targets:
            self._lost[self._targets.index(key)].append(rows[is_odd])

    def _without_key(self, rows: Rows) -> None:
        self._keyless.append(rows)
        room = max(self._ledger.room("primary-key", None), 0)
        note = 'cells composing the primary keys are all "None"'
        for row in rows[:room].tolist():
            self._ledger.add_error("primary-key", row, None, None, note, ledger.PRIMARY)
        if len(rows) > room:
            self._ledger.count(len(rows) - room, "primary-key", None)

    def see_ragged(self, row: int, judged: Sequence[Judged]) -> None:
        """Take the keys of a row that is too short or too long."""
        rows = np.array([row], np.int64)
        for key in self._all:
            values = [None if place is None else judged[place].value for place in key.places]
            if all(value is None for value in values):
                if key is self._primary:
                    self._without_key(rows)
                continue
            found = [code_of(value) for value in values]
            if any(
                code is None and value is not None
                for code, value in zip(found, values, strict=True)
            ):
                if key in self._targets:
                    self._lost[self._targets.index(key)].append(rows)
                continue
            codes = [np.array([code or 0], np.uint64) for code in found]
            known = [np.array([code is not None]) for code in found]
            if len(codes) > 1:
                key.hashes.add(mixed(codes, known), rows)
            else:
                key.is_exact = key.is_exact and is_exact(values[0])
                key.hashes.add(codes[0], rows)

    def close(self, again: Again) -> tuple[list[Rows], Rows, list[Rows]]:
        """Tell the broken keys; return their rows: of unique columns, primary, and foreign keys."""
        wanted = self._ledger.rows_of_cells()
        unique = []
        for key in self._unique:
            found = self._repeated(key, wanted, again)
            unique.append(found.broken)
            self._tell_unique(key, found, again)
        keyless = _sorted(self._keyless)
        if self._primary:
            found = self._repeated(self._primary, wanted, again)
            self._tell_repeats(found)
            keyless = _sorted([keyless, found.broken])
        lost = []
        for number, reference in enumerate(self._plan.references):
            found = Broken(wanted, min(self._ledger.most, MAX_VERIFIED))
            self._targets[number].hashes.without_match(self._sources[number].hashes, found)
            odd = _sorted(self._lost[number])
            found.add(odd, np.zeros(len(odd), np.int64))
            lost.append(found.broken)
            self._tell_lost(reference, found, number, again)
        return unique, keyless, lost

    def _repeated(self, key: _Key, wanted: Rows, again: Again) -> Broken:
        """Return the rows that repeat a key, and those that they repeat."""
        found = Broken(wanted, MAX_VERIFIED)
        key.hashes.repeats(found)
        if key.is_exact or not found.count:
            return found
        rows = np.unique(np.concatenate([found.rows, found.others]))
        cells = self._retained.cells(rows, again)
        pairs = zip(found.rows.tolist(), found.others.tolist(), strict=True)
        same = np.array(
            [self._values(key, cells[one]) == self._values(key, cells[two]) for one, two in pairs],
            bool,
        )
        found.count -= int((~same).sum())
        found.broken = np.setdiff1d(found.broken, found.rows[~same])
        found.rows, found.others = found.rows[same], found.others[same]
        return found

    def _values(self, key: _Key, cells: Mapping[int, object]) -> list[object]:
        return [
            None if place is None else self._plan.columns[place].judge(cells[place]).value
            for place in key.places
        ]

    def _tell_unique(self, key: _Key, found: Broken, again: Again) -> None:
        place = key.places[0]
        assert place is not None  # noqa: S101 - tells the type checker
        column, rows = self._plan.columns[place], found.rows[: self._ledger.most]
        cells = self._retained.cells(rows, again) if len(rows) else {}
        for row, before in zip(rows.tolist(), found.others.tolist(), strict=False):
            value, note = column.judge(cells[row][place]).value, _same_as(before)
            finding = self._plan.make("unique-error", row, column.name, str(value), note)
            self._ledger.keep(finding, ledger.UNIQUE, place)
        self._ledger.count(found.count, "unique-error", column.name)

    def _tell_repeats(self, found: Broken) -> None:
        rows = found.rows[: self._ledger.most].tolist()
        for row, before in zip(rows, found.others.tolist(), strict=False):
            finding = self._plan.make("primary-key", row, None, None, _same_as(before))
            self._ledger.keep(finding, ledger.PRIMARY)
        self._ledger.count(found.count, "primary-key", None)

    def _tell_lost(self, reference: Reference, found: Broken, number: int, again: Again) -> None:
        rows = found.rows[: self._ledger.most]
        cells = self._retained.cells(rows, again) if len(rows) else {}
        for row in rows.tolist():
            values = self._values(self._targets[number], cells[row])
            finding = self._plan.make("foreign-key", row, None, None, reference.note(values))
            self._ledger.keep(finding, ledger.FOREIGN, number)
        self._ledger.count(found.count, "foreign-key", None)


def _sorted(rows: Sequence[Rows]) -> Rows:
    return np.sort(np.concatenate(rows)) if rows else np.empty(0, np.int64)


def _same_as(row: int) -> str:
    return f"the same as in the row at position {row}"

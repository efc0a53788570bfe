"""One reading of a table by columns: the findings of Frictionless, and our own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.opengov.validation import schema as schemas
from ckanext.opengov.validation.checks import TableCheck
from ckanext.opengov.validation.report import MAX_CELL, Finding, Findings, Severity
from ckanext.opengov.validation.table import accept, ledger
from ckanext.opengov.validation.table.accept import Mask
from ckanext.opengov.validation.table.checks import OfTable, Seen, Told
from ckanext.opengov.validation.table.column import (
    Checked,
    Codes,
    Column,
    Judged,
    code_of,
    is_exact,
    mixed,
)
from ckanext.opengov.validation.table.keys import Broken, Hashes, contains
from ckanext.opengov.validation.table.ledger import Ledger, Make
from ckanext.opengov.validation.table.ragged import MANY, Block
from ckanext.opengov.validation.table.rules import ByColumns
from ckanext.opengov.validation.table.tokens import Batch, Cells, Rows

FORMULA = re.compile(r"[=@\t\r]|[+-].*[(!|]")
_FORMULA = r"\A(?:[=@\t\r]|[+-][^\n]*[(!|])"
_STARTS = np.zeros(256, bool)
_STARTS[list(b"=@\t\r+-")] = True
IDENTIFIER = r"\A[+-]?0\d"
MAX_VERIFIED = 200_000
"""Equal numbers of a key of which the values are compared; beyond, 64 equal bits do."""
MAX_RETAINED = 32 << 20
"""Bytes of key columns that are kept, to need no second reading."""

Read = Callable[[], Iterator[Batch]]
Again = Callable[[Sequence[int]], Iterator[Batch]]
"""Reads the table again: only the columns at these places."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key whose rows are in the same table."""

    places: tuple[int, ...]
    source: tuple[int | None, ...]
    """Of the columns referred to; None: the table has no such column."""
    names: tuple[str, ...]
    source_names: tuple[str, ...]
    table: str

    @property
    def all(self) -> tuple[int, ...]:
        """Return the columns on both sides."""
        return (*self.places, *(place for place in self.source if place is not None))

    def note(self, values: Sequence[object]) -> str:
        """Return what Frictionless says of values that are not there."""
        return (
            f'for "{", ".join(self.names)}": values "{", ".join(map(str, values))}" not found'
            f' in the lookup table "{self.table}" as "{", ".join(self.source_names)}"'
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What is checked."""

    columns: Sequence[Column]
    make: Make
    primary: tuple[int, ...] = ()
    references: tuple[Reference, ...] = ()
    rules: Mapping[int, ByColumns] = field(default_factory=dict)
    """By their places among the rules of the schema, as the checks."""
    checks: Mapping[int, tuple[TableCheck, OfTable]] = field(default_factory=dict)
    texts: tuple[int, ...] = ()
    """Columns in which a cell may be a formula."""
    guessed: bool = False
    """A cell of another type means that the type of its column was guessed wrong."""
    numbers: tuple[int, ...] = ()
    """Guessed columns of numbers, in which an identifier means the same."""

    @property
    def unique(self) -> tuple[int, ...]:
        """Return the columns without equal values."""
        return tuple(each.place for each in self.columns if each.field.constraints.get("unique"))


@dataclass(slots=True, eq=False)
class _Key:
    """Columns whose values together are looked at, and the numbers of these."""

    places: tuple[int | None, ...]
    hashes: Hashes
    is_exact: bool = True
    """Equal numbers are equal values."""


class _Retained:
    """The cells of some columns, while they are not too many."""

    def __init__(self, places: Sequence[int]) -> None:
        self.places = places
        self._batches: list[tuple[Rows, list[Cells]]] | None = []
        self._ragged: dict[int, list[str]] = {}
        self._bytes = 0

    def add(self, batch: Batch) -> None:
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


class Pass:
    """One reading of a table."""

    def __init__(self, plan: Plan, findings: Findings) -> None:
        self.plan = plan
        self.rows = 0
        self.guessed_wrong: set[str] = set()
        self._ledger = Ledger(findings, plan.make)
        number = len(plan.unique) + bool(plan.primary) + 2 * len(plan.references)

        def key(places: tuple[int | None, ...]) -> _Key:
            return _Key(places, Hashes(number))

        self._unique = [key((place,)) for place in plan.unique]
        self._primary = key(plan.primary) if plan.primary else None
        self._targets = [key(each.places) for each in plan.references]
        self._sources = [key(each.source) for each in plan.references]
        self._keys = [
            *self._unique,
            *([self._primary] if self._primary else []),
            *self._targets,
            *self._sources,
        ]
        # Rows without a key, and references with a value that equals nothing.
        self._keyless: list[Rows] = []
        self._lost: list[list[Rows]] = [[] for _ in plan.references]
        self._extra_kept = 0
        self._retained = _Retained(
            sorted({place for key in self._keys for place in key.places if place is not None})
        )

    def see(self, batch: Batch) -> None:
        """Look at some rows."""
        self._ledger.next_batch()
        self._extra_kept = 0
        self.rows += batch.size
        self._retained.add(batch)
        checked: Sequence[Checked] = ()
        if len(batch.rows):
            checked = [
                column.check(cells)
                for column, cells in zip(self.plan.columns, batch.columns, strict=True)
            ]
            self._see_cells(checked, batch.rows)
            self._see_rules(checked, batch.rows)
            self._see_keys(checked, batch.rows)
        judged: Sequence[tuple[int, Sequence[Judged]]] = ()
        if len(batch.ragged) >= MANY and not (self.plan.rules or self.plan.checks):
            self._see_block(Block(self.plan.columns, batch.ragged))
        else:
            judged = [(row, self._see_ragged(row, cells)) for row, cells in batch.ragged]
        for key in self._keys:
            key.hashes.end_batch()
        if self.plan.checks:
            seen = Seen(self.plan.columns, checked, _nulls, batch.rows, judged)
            for number, (rule, check) in self.plan.checks.items():
                for error in check.see(seen):
                    self._see_error(number, rule, error)

    # Whole rows

    def _see_cells(self, checked: Sequence[Checked], rows: Rows) -> None:
        blank = _blank(checked)
        for column, found in zip(self.plan.columns, checked, strict=True):
            self._see_wrong(column, found, blank, rows)
        if blank is not None:
            numbers, room = rows[blank], max(self._ledger.room("blank-row", None), 0)
            for row in numbers[:room].tolist():
                self._ledger.add(ledger.blank_row(self.plan.make, row), ledger.CELLS)
            self._ledger.count(max(len(numbers) - room, 0), "blank-row", None)
        for place in self.plan.numbers:
            if _has_identifiers(checked[place].cells):
                self.guessed_wrong.add(self.plan.columns[place].name)
        for place in self.plan.texts:
            self._see_formulas(place, checked[place], rows)

    def _see_rules(self, checked: Sequence[Checked], rows: Rows) -> None:
        for number, rule in self.plan.rules.items():
            for row in rows[rule.broken_in(checked, _nulls)].tolist():
                self._ledger.add(rule.rule.broken_in(row), ledger.RULE, number)

    def _see_error(self, number: int, rule: TableCheck, error: Told) -> None:
        row, place, value, note = error
        name = None if place is None else self.plan.columns[place].name
        if self._ledger.room(rule.type, name, rule.severity) > 0:
            cell = None if place is None else str(value)
            finding = rule.told(self.plan.make(rule.type, row, name, cell, note))
            self._ledger.add(finding, ledger.RULE, number, place or 0)
        else:
            self._ledger.count(1, rule.type, name, rule.severity)

    def _see_wrong(self, column: Column, found: Checked, blank: Mask | None, rows: Rows) -> None:
        wrong = found.wrong
        if wrong is None:
            return
        if blank is not None:
            kept = ~blank[wrong.places]
            wrong.places, wrong.which = wrong.places[kept], wrong.which[kept]
        if self.plan.guessed and len(wrong.places):
            self.guessed_wrong.add(column.name)
        else:
            self._ledger.add_wrong(column, wrong, rows)

    def _see_formulas(self, place: int, found: Checked, rows: Rows) -> None:
        if isinstance(found.cells, list):
            name, nulls = self.plan.columns[place].name, _nulls(found)
            for at, cell in enumerate(found.cells):
                if isinstance(cell, str) and FORMULA.match(cell) and not nulls[at]:
                    formula = _formula(int(rows[at]), name, cell)
                    self._ledger.add(formula, ledger.FORMULA, place)
            return
        cells = found.cells
        ends = np.frombuffer(cells.buffers()[1], np.int32)[cells.offset :][: len(cells) + 1]
        text = cells.buffers()[2]
        if text is None or ends[-1] == ends[0]:
            return
        starts = np.minimum(ends[:-1], len(text) - 1)
        maybe = _STARTS[np.frombuffer(text, np.uint8)[starts]] & (np.diff(ends) > 0)
        maybe &= ~_nulls(found)
        if not maybe.any():
            return
        chosen = cells.filter(pa.array(maybe))
        is_formula = accept.numpy_mask(pc.match_substring_regex(chosen, _FORMULA))
        name = self.plan.columns[place].name
        numbers = rows[maybe][is_formula]
        room = self._ledger.room("formula-cell", name, Severity.WARNING)
        shown = chosen.filter(pa.array(is_formula))[: max(room, 0)].to_pylist()
        for row, cell in zip(numbers.tolist(), shown, strict=False):
            self._ledger.add(_formula(row, name, cell), ledger.FORMULA, place)
        rest = len(numbers) - len(shown)
        if rest:
            self._ledger.count(rest, "formula-cell", name, Severity.WARNING)

    def _see_keys(self, checked: Sequence[Checked], rows: Rows) -> None:
        codes: dict[int, tuple[Codes, Mask, Mask]] = {}
        for place in self._retained.places:
            column = self.plan.columns[place]
            codes[place] = (*column.codes(checked[place]), _nulls(checked[place]))
        for key in self._keys:
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
                column = self.plan.columns[key.places[0]]  # type: ignore[index]
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

    # Rows that are too short or too long

    def _see_block(self, block: Block) -> None:
        self._see_cells(block.checked, block.rows)
        self._see_keys(block.checked, block.rows)
        blank = _blank(block.checked)
        filled = np.ones(len(block.rows), bool) if blank is None else ~blank
        columns = self.plan.columns
        room = max(self._ledger.room("extra-cell", None), 0)
        for row, place, cell in islice(block.beyond(len(columns), filled), room):
            self._ledger.add_error("extra-cell", row, None, cell, "", ledger.EXTRA, place)
        rest = block.count_beyond(len(columns), filled) - room
        self._ledger.count(max(rest, 0), "extra-cell", None)
        for column in columns:
            rows = block.rows[block.absent(column.place) & filled]
            room = max(self._ledger.room("missing-cell", column.name), 0)
            for row in rows[:room].tolist():
                order = (ledger.MISSING, column.place)
                self._ledger.add_error("missing-cell", row, column.name, "", "", *order)
            self._ledger.count(max(len(rows) - room, 0), "missing-cell", column.name)

    def _see_ragged(self, row: int, cells: Sequence[object]) -> Sequence[Judged]:
        columns = self.plan.columns
        judged = [
            column.judge(cells[place] if place < len(cells) else None)
            for place, column in enumerate(columns)
        ]
        if all(each.is_blank for each in judged):
            self._ledger.add(ledger.blank_row(self.plan.make, row), ledger.CELLS)
        else:
            self._see_ragged_cells(row, cells, judged)
        for place in self.plan.texts:
            value = judged[place].value
            if isinstance(value, str) and FORMULA.match(value):
                finding = _formula(row, columns[place].name, value)
                self._ledger.add(finding, ledger.FORMULA, place)
        for number, rule in self.plan.rules.items():
            used = [cells[each.place] if each.place < len(cells) else None for each in rule.used]
            if rule.is_broken_by(used):
                self._ledger.add(rule.rule.broken_in(row), ledger.RULE, number)
        self._see_ragged_keys(row, judged)
        return judged

    def _see_ragged_cells(
        self, row: int, cells: Sequence[object], judged: Sequence[Judged]
    ) -> None:
        columns = self.plan.columns
        for column, found in zip(columns, judged, strict=True):
            cell = cells[column.place] if column.place < len(cells) else None
            for part, (code, note) in enumerate(found.errors):
                if self.plan.guessed and code == "type-error":
                    self.guessed_wrong.add(column.name)
                else:
                    self._ledger.add_error(
                        code, row, column.name, str(cell), note, ledger.CELLS, column.place, part
                    )
        # These rows come in their order: the first cells are those that are kept.
        room = max(self._ledger.room("extra-cell", None) - self._extra_kept, 0)
        extra = cells[len(columns) : len(columns) + room]
        for place, cell in enumerate(extra, len(columns)):
            self._ledger.add_error("extra-cell", row, None, str(cell), "", ledger.EXTRA, place)
        self._extra_kept += len(extra)
        rest = len(cells) - len(columns) - len(extra)
        self._ledger.count(max(rest, 0), "extra-cell", None)
        for column in columns[len(cells) :]:
            self._ledger.add_error(
                "missing-cell", row, column.name, "", "", ledger.MISSING, column.place
            )

    def _see_ragged_keys(self, row: int, judged: Sequence[Judged]) -> None:
        rows = np.array([row], np.int64)
        for key in self._keys:
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

    # The end

    def close(self, again: Again) -> None:
        """Compare the keys, and hand over what was found."""
        try:
            broken = self._close_keys(again)
            for number, (rule, check) in self.plan.checks.items():
                count, first = check.repeats(self._ledger.most)
                for row, _, _, note in first:
                    finding = rule.told(self.plan.make(rule.type, row, None, None, note))
                    self._ledger.keep(finding, ledger.RULE, number)
                self._ledger.count(count, rule.type, None, rule.severity)
        finally:
            for key in self._keys:
                key.hashes.close()
        self._ledger.close(_Order(self.plan, *broken).of)

    def of_the_table(self) -> Iterator[Finding]:
        """Yield what is wrong with the table as a whole, when all rows were seen."""
        for rule, check in self.plan.checks.values():
            for note in check.end(self.rows):
                error = self.plan.make(rule.type, None, None, None, note)
                yield rule.told(error)
            check.close()

    def _close_keys(self, again: Again) -> tuple[list[Rows], Rows, list[Rows]]:
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
        for number, reference in enumerate(self.plan.references):
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
            None if place is None else self.plan.columns[place].judge(cells[place]).value
            for place in key.places
        ]

    def _tell_unique(self, key: _Key, found: Broken, again: Again) -> None:
        place = key.places[0]
        assert place is not None  # noqa: S101 - tells the type checker
        column, rows = self.plan.columns[place], found.rows[: self._ledger.most]
        cells = self._retained.cells(rows, again) if len(rows) else {}
        for row, before in zip(rows.tolist(), found.others.tolist(), strict=False):
            value, note = column.judge(cells[row][place]).value, _same_as(before)
            finding = self.plan.make("unique-error", row, column.name, str(value), note)
            self._ledger.keep(finding, ledger.UNIQUE, place)
        self._ledger.count(found.count, "unique-error", column.name)

    def _tell_repeats(self, found: Broken) -> None:
        rows = found.rows[: self._ledger.most].tolist()
        for row, before in zip(rows, found.others.tolist(), strict=False):
            finding = self.plan.make("primary-key", row, None, None, _same_as(before))
            self._ledger.keep(finding, ledger.PRIMARY)
        self._ledger.count(found.count, "primary-key", None)

    def _tell_lost(self, reference: Reference, found: Broken, number: int, again: Again) -> None:
        rows = found.rows[: self._ledger.most]
        cells = self._retained.cells(rows, again) if len(rows) else {}
        for row in rows.tolist():
            values = self._values(self._targets[number], cells[row])
            finding = self.plan.make("foreign-key", row, None, None, reference.note(values))
            self._ledger.keep(finding, ledger.FOREIGN, number)
        self._ledger.count(found.count, "foreign-key", None)


class _Order:
    """In which order Frictionless reads a row: first the cells of keys, until a key breaks."""

    def __init__(
        self, plan: Plan, unique: Sequence[Rows], primary: Rows, references: Sequence[Rows]
    ) -> None:
        self._broken = [*unique, primary, *references]
        groups = [
            *((place,) for place in plan.unique),
            plan.primary,
            *(each.places for each in plan.references),
        ]
        width = len(plan.columns)
        self._ranks = []
        for end in range(len(groups)):
            read = [place for group in groups[: end + 1] for place in group]
            places = list(dict.fromkeys([*read, *range(width)]))
            self._ranks.append(np.argsort(places).tolist())

    def of(self, row: int) -> Sequence[int]:
        """Return the rank of each column."""
        for rows, ranks in zip(self._broken, self._ranks, strict=True):
            if contains(rows, row):
                return ranks
        return self._ranks[-1]


def _bytes(cells: Cells) -> int:
    return 100 * len(cells) if isinstance(cells, list) else int(cells.nbytes)


def _taken(cells: Cells, places: Rows) -> list[object]:
    if isinstance(cells, list):
        return [cells[place] for place in places.tolist()]
    found: list[object] = cells.take(pa.array(places)).to_pylist()
    return found


def _sorted(rows: Sequence[Rows]) -> Rows:
    return np.sort(np.concatenate(rows)) if rows else np.empty(0, np.int64)


def _blank(checked: Sequence[Checked]) -> Mask | None:
    """Return which rows hold nothing; None: none does."""
    found: Mask | None = None
    for each in checked:
        found = each.missing if found is None else found & each.missing
        if not found.any():
            return None
    return found


def _nulls(found: Checked) -> Mask:
    """Return the cells without a value: nothing stands there, or nothing of the type."""
    wrong = found.wrong
    if wrong is None:
        return found.missing
    lost = np.array([each.value is None for each in wrong.judged], bool)[wrong.which]
    if not lost.any():
        return found.missing
    nulls = found.missing.copy()
    nulls[wrong.places[lost]] = True
    return nulls


def _has_identifiers(cells: Cells) -> bool:
    if isinstance(cells, list):
        return any(map(schemas.is_identifier, cells))
    return bool(pc.any(pc.match_substring_regex(cells, IDENTIFIER)).as_py())


def _formula(row: int, name: str, cell: str) -> Finding:
    return Finding("formula-cell", row, name, cell[:MAX_CELL], severity=Severity.WARNING)


def _same_as(row: int) -> str:
    return f"the same as in the row at position {row}"

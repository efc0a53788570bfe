"""One reading of a table by columns: the findings of Frictionless, and our own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.opengov.validation import schema as schemas
from ckanext.opengov.validation.checks import TableCheck
from ckanext.opengov.validation.formulas import FORMULA, PATTERN, STARTS
from ckanext.opengov.validation.report import MAX_CELL, Finding, Findings, Severity
from ckanext.opengov.validation.table import ledger, masks
from ckanext.opengov.validation.table.column import Checked, Column, Judged
from ckanext.opengov.validation.table.keyed import Keys
from ckanext.opengov.validation.table.keys import contains
from ckanext.opengov.validation.table.ledger import Ledger
from ckanext.opengov.validation.table.masks import Mask
from ckanext.opengov.validation.table.plan import Plan
from ckanext.opengov.validation.table.ragged import MANY, Block
from ckanext.opengov.validation.table.retained import Again
from ckanext.opengov.validation.table.seen import Seen, Told
from ckanext.opengov.validation.table.tokens import Batch, Cells, Rows

_STARTS = np.zeros(256, bool)
_STARTS[list(STARTS.encode())] = True


class Pass:
    """One reading of a table."""

    def __init__(self, plan: Plan, findings: Findings) -> None:
        self.plan = plan
        self.rows = 0
        self.guessed_wrong: set[str] = set()
        self._ledger = Ledger(findings, plan.make)
        self._keys = Keys(plan, self._ledger)
        self._extra_kept = 0

    def see(self, batch: Batch) -> None:
        """Look at some rows."""
        self._ledger.next_batch()
        self._extra_kept = 0
        self.rows += batch.size
        self._keys.keep(batch)
        checked: Sequence[Checked] = ()
        if len(batch.rows):
            checked = [
                column.check(cells)
                for column, cells in zip(self.plan.columns, batch.columns, strict=True)
            ]
            self._see_cells(checked, batch.rows)
            self._see_rules(checked, batch.rows)
            self._keys.see(checked, batch.rows)
        judged: Sequence[tuple[int, Sequence[Judged]]] = ()
        if len(batch.ragged) >= MANY and not (self.plan.rules or self.plan.checks):
            self._see_block(Block(self.plan.columns, batch.ragged))
        else:
            judged = [(row, self._see_ragged(row, cells)) for row, cells in batch.ragged]
        self._keys.end_batch()
        if self.plan.checks:
            seen = Seen(self.plan.columns, checked, batch.rows, judged)
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
            for row in rows[rule.broken_in(checked)].tolist():
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
            name, nulls = self.plan.columns[place].name, found.nulls
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
        maybe &= ~found.nulls
        if not maybe.any():
            return
        chosen = cells.filter(pa.array(maybe))
        is_formula = masks.numpy_mask(pc.match_substring_regex(chosen, PATTERN))
        name = self.plan.columns[place].name
        numbers = rows[maybe][is_formula]
        room = self._ledger.room("formula-cell", name, Severity.WARNING)
        shown = chosen.filter(pa.array(is_formula))[: max(room, 0)].to_pylist()
        for row, cell in zip(numbers.tolist(), shown, strict=False):
            self._ledger.add(_formula(row, name, cell), ledger.FORMULA, place)
        rest = len(numbers) - len(shown)
        if rest:
            self._ledger.count(rest, "formula-cell", name, Severity.WARNING)

    # Rows that are too short or too long

    def _see_block(self, block: Block) -> None:
        self._see_cells(block.checked, block.rows)
        self._keys.see(block.checked, block.rows)
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
        self._keys.see_ragged(row, judged)
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

    # The end

    def close(self, again: Again) -> None:
        """Compare the keys, and hand over what was found."""
        try:
            broken = self._keys.close(again)
            for number, (rule, check) in self.plan.checks.items():
                count, first = check.repeats(self._ledger.most)
                for row, _, _, note in first:
                    finding = rule.told(self.plan.make(rule.type, row, None, None, note))
                    self._ledger.keep(finding, ledger.RULE, number)
                self._ledger.count(count, rule.type, None, rule.severity)
        finally:
            self._keys.forget()
        self._ledger.close(_Order(self.plan, *broken).of)

    def of_the_table(self) -> Iterator[Finding]:
        """Yield what is wrong with the table as a whole, when all rows were seen."""
        for rule, check in self.plan.checks.values():
            for note in check.end(self.rows):
                error = self.plan.make(rule.type, None, None, None, note)
                yield rule.told(error)
            check.close()


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


def _blank(checked: Sequence[Checked]) -> Mask | None:
    """Return which rows hold nothing; None: none does."""
    found: Mask | None = None
    for each in checked:
        found = each.missing if found is None else found & each.missing
        if not found.any():
            return None
    return found


def _has_identifiers(cells: Cells) -> bool:
    if isinstance(cells, list):
        return any(map(schemas.is_identifier, cells))
    return bool(pc.any(pc.match_substring_regex(cells, schemas.IDENTIFIER)).as_py())


def _formula(row: int, name: str, cell: str) -> Finding:
    return Finding("formula-cell", row, name, cell[:MAX_CELL], severity=Severity.WARNING)

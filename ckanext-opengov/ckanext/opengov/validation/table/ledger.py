"""Counts what is found in a table, keeps the first of each kind and puts them in order.

Frictionless tells the faults of a row in an order of its own, which depends on the
keys of the row. Keys are known when the table has been read, so the order comes last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from ckanext.opengov.validation.report import Finding, Findings, Severity
from ckanext.opengov.validation.table.column import Column, Wrong
from ckanext.opengov.validation.table.tokens import Rows

CELLS, EXTRA, MISSING, UNIQUE, PRIMARY, FOREIGN, RULE, FORMULA = range(8)
"""Groups of faults of a row, in the order in which they are told."""

Kind = tuple[str, str | None, Severity]
Make = Callable[[str, int | None, str | None, str | None, str], Finding]
"""Makes a finding of code, row, column, cell and note."""


class _Entry(NamedTuple):
    row: int
    group: int
    place: int
    """Of the column, the key or the rule."""
    part: int
    finding: Finding


class Ledger:
    """The faults of the rows of one table."""

    def __init__(self, findings: Findings, make: Make) -> None:
        self._into, self._make = findings, make
        self._counts: dict[Kind, int] = {}
        self._counts_before: dict[Kind, int] = {}
        self._entries: list[_Entry] = []

    def room(self, code: str, column: str | None, severity: Severity = Severity.ERROR) -> int:
        """Return how many of this kind are kept of each part of a batch.

        The parts are looked at one after the other; their rows are mixed.
        """
        return self._into.of_a_kind - self._counts_before.get((code, column or None, severity), 0)

    def next_batch(self) -> None:
        """Note that all rows to come are later ones."""
        self._counts_before = dict(self._counts)

    def count(
        self, number: int, code: str, column: str | None, severity: Severity = Severity.ERROR
    ) -> None:
        """Count faults of which no more are kept."""
        kind = (code, column or None, severity)
        if number:
            self._counts[kind] = self._counts.get(kind, 0) + number

    @property
    def most(self) -> int:
        """Return how many are kept of a kind."""
        return self._into.of_a_kind

    def rows_of_cells(self) -> Rows:
        """Return the rows of which the order matters in which their cells are read."""
        return np.unique([each.row for each in self._entries if each.group == CELLS]).astype(
            np.int64
        )

    def keep(self, finding: Finding, group: int, place: int = 0) -> None:
        """Keep a fault that is counted elsewhere."""
        assert finding.row is not None  # noqa: S101 - tells the type checker
        self._entries.append(_Entry(finding.row, group, place, 0, finding))

    def add(self, finding: Finding, group: int, place: int = 0, part: int = 0) -> None:
        """Count a fault, and keep it while there are few of its kind."""
        assert finding.row is not None  # noqa: S101 - tells the type checker
        if self.room(finding.code, finding.field, finding.severity) > 0:
            self._entries.append(_Entry(finding.row, group, place, part, finding))
        self.count(1, finding.code, finding.field, finding.severity)

    def add_error(
        self, code: str, row: int, column: str | None, cell: str | None, note: str, *order: int
    ) -> None:
        """Count an error of Frictionless, and keep it while there are few of its kind."""
        if self.room(code, column) > 0:
            self.add(self._make(code, row, column, cell, note), *order)
        else:
            self.count(1, code, column)

    def add_wrong(self, column: Column, wrong: Wrong, rows: Rows) -> None:
        """Count the wrong cells of a column, and keep the first of each kind."""
        codes = {code for judged in wrong.judged for code, _ in judged.errors}
        for code in sorted(codes):
            each = [sum(code == found for found, _ in judged.errors) for judged in wrong.judged]
            numbers = np.array(each)[wrong.which]
            total, kept = int(numbers.sum()), 0
            room = self.room(code, column.name)
            for place in np.flatnonzero(numbers) if room > 0 else ():
                if kept >= room:
                    break
                kept += int(numbers[place])
                self._keep_cell(
                    code, column, int(rows[wrong.places[place]]), wrong, int(wrong.which[place])
                )
            self.count(total, code, column.name)

    def _keep_cell(self, code: str, column: Column, row: int, wrong: Wrong, which: int) -> None:
        for part, (found, note) in enumerate(wrong.judged[which].errors):
            if found == code:
                finding = self._make(code, row, column.name, wrong.values[which], note)
                self._entries.append(_Entry(row, CELLS, column.place, part, finding))

    def close(self, order: Callable[[int], Sequence[int]]) -> None:
        """Hand the faults over. ``order`` tells for a row in which order its columns are read."""

        def key(entry: _Entry) -> tuple[int, ...]:
            place = order(entry.row)[entry.place] if entry.group == CELLS else entry.place
            return (entry.row, entry.group, place, entry.part)

        self._into.take((entry.finding for entry in sorted(self._entries, key=key)), self._counts)


def blank_row(make: Make, row: int) -> Finding:
    """Return the finding that replaces all others in the cells of an empty row."""
    return make("blank-row", row, None, None, "")

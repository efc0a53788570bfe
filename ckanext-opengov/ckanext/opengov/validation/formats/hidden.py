"""Finds what a sheet of XLSX has beside values: hidden rows, formulas that were never computed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ckanext.opengov.validation.report import Finding, Severity

ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*\bhidden="(?:1|true)"[^>]*>')
COLUMNS = re.compile(rb'<(?:\w+:)?col\b[^>]*\bhidden="(?:1|true)"[^>]*>')
FIRST, LAST, NUMBER = (
    re.compile(rb'\b%s="([0-9]{1,7})"' % each) for each in (b"min", b"max", b"r")
)
EMPTY = re.compile(
    rb"<(?:\w+:)?c\b(?![^>]*\bt=.[^n])[^>]*>\s*<(?:\w+:)?f\b[^>]*(?:/>|>[^<]{0,8192}</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</"
)
"""A formula without a result. One whose result is an empty text says that it is a text."""
FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
ZERO = re.compile(
    rb"<(?:\w+:)?f\b[^>]*(?:/>|>[^<]{0,8192}</(?:\w+:)?f>)\s*<(?:\w+:)?v>0</(?:\w+:)?v>"
)
FEW = 2
"""Formulas that may all be nothing by chance."""


@dataclass(slots=True)
class Hidden:
    """Hidden rows and columns of a sheet, and formulas without results."""

    rows: set[int] = field(default_factory=set)
    columns: list[tuple[int, int]] = field(default_factory=list)
    """First and last of each range, from 1."""
    empty: int = 0
    formulas: int = 0
    zeros: int = 0
    """Formulas whose result is 0."""
    is_uncomputed: bool = False
    """Whether the workbook asks to be computed: no spreadsheet has saved it."""

    def see(self, text: bytes, known: int) -> None:
        """Look at the next XML, of which the first ``known`` bytes were seen before."""
        if b"hidden=" in text:
            self.rows |= {_number(NUMBER, found[0]) for found in ROW.finditer(text)}
            for found in COLUMNS.finditer(text):
                self.columns.append((_number(FIRST, found[0]), _number(LAST, found[0])))
        if b"<f" in text:
            self.empty += sum(found.end() > known for found in EMPTY.finditer(text))
            self.formulas += sum(found.end() > known for found in FORMULA.finditer(text))
            self.zeros += sum(found.end() > known for found in ZERO.finditer(text))

    def findings(self, end: tuple[int, int]) -> list[Finding]:
        """Return what there is; ``end`` is the last cell with a value, from 0."""
        found = [Finding("formula-empty", params={"number": self.empty})] if self.empty else []
        if self.is_uncomputed and FEW <= self.zeros == self.formulas:
            params = {"number": self.zeros, "variant": "zero"}
            found.append(Finding("formula-empty", params=params))
        # Many hide all that is beyond their table.
        rows = sum(0 < each <= end[0] + 1 for each in self.rows)
        columns = {
            column
            for first, last in self.columns
            for column in range(first, min(last, end[1] + 1) + 1)
        }
        if rows or columns:
            params = {"rows": rows, "columns": len(columns)}
            found.append(Finding("hidden-cells", params=params, severity=Severity.WARNING))
        return found


def _number(pattern: re.Pattern[bytes], tag: bytes) -> int:
    found = pattern.search(tag)
    return int(found[1]) if found else 0

"""The cells of a sheet, as Frictionless' own readers give them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ckanext.opengov.validation.dialects import MAX_CELL_BYTES
from ckanext.opengov.validation.formats.parts import Merged, Part
from ckanext.opengov.validation.formats.tables import Columns, in_columns
from ckanext.opengov.validation.reading import Unreadable
from ckanext.opengov.validation.report import Finding, Severity
from ckanext.opengov.validation.table.limits import too_long

MANY_ROWS, MANY_COLUMNS = 1000, 50
"""Empty ones at the end that are worth a word."""
EXPONENT_FROM = 1e16
ERRORS = frozenset(
    [
        "#REF!",
        "#N/A",
        "#DIV/0!",
        "#VALUE!",
        "#NAME?",
        "#NUM!",
        "#NULL!",
        "#CALC!",
        "#SPILL!",
        "#FIELD!",
        "#BLOCKED!",
        "#GETTING_DATA",
        "#BUSY!",
        "#CONNECT!",
        "#EXTERNAL!",
        "#UNKNOWN!",
    ]
)
LIBREOFFICE_ERROR = re.compile(r"Err:5\d\d|#(?:FEHLER|ERREUR|ERROR)!?")


class Grid:
    """The cells of a sheet as Frictionless' own readers give them; rows count from 0.

    Columns count from the first that is not empty.
    """

    def __init__(self, sheet: CalamineSheet, part: Part) -> None:
        self._sheet, self._part = sheet, part
        start, end = sheet.start or (0, 0), sheet.end or (0, 0)
        self.top, self.left = start
        self.height, self.width = end[0] + 1, end[1] - start[1] + 1
        self.merged: list[Merged] = [
            ((row, column - self.left), (last_row, last_column - self.left))
            for (row, column), (last_row, last_column) in sheet.merged_cell_ranges or part.merged
        ]
        self.errors = {
            (row, column - self.left): text for (row, column), text in part.errors.items()
        }

    def rows(self) -> Iterator[list[object]]:
        """Yield the rows, without the empty ones at the end."""
        with_errors = {row for row, _column in self.errors}
        blanks = 0
        for number, cells in enumerate(self._sheet.iter_rows()):
            row = [_plain(cell) for cell in cells]
            for place, cell in enumerate(row):
                if type(cell) is str and cell[:1] in ("#", "E") and _is_error(cell):
                    self.errors[number, place] = cell
                    row[place] = None
                    with_errors.add(number)
            if number in with_errors or any(cell is not None for cell in row):
                for _blank in range(blanks):
                    yield [None] * self.width
                blanks = 0
                yield row
            else:
                blanks += 1

    def batches(self, skipped: int, width: int) -> Iterator[Columns]:
        """Yield the rows of the table behind ``skipped`` ones."""
        rows = (row[:width] for row in islice(self.rows(), skipped, None))
        return in_columns(rows, width)

    def notes(self) -> list[Finding]:
        """Return what is to be said of the sheet's empty margins."""
        rows = self._part.rows - self.height
        columns = self._part.columns - self.left - self.width
        if rows >= MANY_ROWS or columns >= MANY_COLUMNS:
            return [warning("blank-area", rows=max(rows, 0), columns=max(columns, 0))]
        return []


def sheet_names(book: CalamineWorkbook, *, hidden: bool = False) -> list[str]:
    """Return the names of the sheets with cells that people see, or of those that are hidden."""
    return [
        each.name
        for each in book.sheets_metadata
        if each.typ is SheetTypeEnum.WorkSheet
        and (each.visible is not SheetVisibleEnum.Visible) is hidden
    ]


def _plain(cell: object) -> object:
    """Return a cell as Frictionless' reader gives it."""
    if isinstance(cell, str):
        if "\0" in cell:
            raise Unreadable(Finding("nul-character"))
        if len(cell) > MAX_CELL_BYTES:
            raise too_long(None)
        return cell or None
    if isinstance(cell, float):
        # Larger ones are written with an exponent, and so read as no whole numbers.
        return int(cell) if cell.is_integer() and abs(cell) < EXPONENT_FROM else cell
    if type(cell) is date:
        return datetime.combine(cell, time())
    return cell


def _is_error(cell: str) -> bool:
    return cell in ERRORS or LIBREOFFICE_ERROR.fullmatch(cell) is not None


def warning(code: str, **params: object) -> Finding:
    """Return what people should know of a sheet, and need not change."""
    return Finding(code, params=params, severity=Severity.WARNING)

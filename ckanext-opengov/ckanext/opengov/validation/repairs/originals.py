"""Reads originals: files as they were sent, row by row, as texts."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import chain, islice, repeat
from pathlib import Path

import isodate
import python_calamine
from lxml import etree

from ckanext.opengov.validation.dialects import MAX_CELL_BYTES
from ckanext.opengov.validation.formats import kinds
from ckanext.opengov.validation.formats.grids import Grid, sheet_names
from ckanext.opengov.validation.formats.heads import JOINT, over_merged
from ckanext.opengov.validation.formats.parts import Merged, Part
from ckanext.opengov.validation.reading import Unreadable
from ckanext.opengov.validation.repairs import values
from ckanext.opengov.validation.repairs.steps import Kind, Step
from ckanext.opengov.validation.repairs.values import Typed

BOOKS = ("xlsx", "xls", "ods")
REPAIRED = ("csv", *BOOKS)
"""Formats of the files that are written anew."""
BROKEN = (
    *(UnicodeError, csv.Error, OSError, Unreadable, python_calamine.CalamineError),
    *(etree.LxmlError, LookupError, *kinds.BROKEN_ARCHIVE),
)

Record = tuple[int, list[str]]
"""The number of a row in the original, counted from 1, and its cells."""


class CannotRepair(Exception):
    """The repairs do not fit the file."""


@dataclass(frozen=True, slots=True)
class Source:
    """How the original is read."""

    format: str
    encoding: str | None = None
    delimiter: str | None = None
    quote: str = '"'
    skips_blanks: bool = False
    """A blank follows each separator, and belongs to no cell."""
    named: bool = False
    """The first row names the separator."""
    sheet: str | None = None
    """Of a workbook; None: the first that is not hidden and not empty."""
    header: Sequence[int] | None = None
    """Its first row, and how many it has, as the check found it; None: not below the first."""

    def read_by(self, steps: Sequence[Step]) -> Source:
        """Return how it is read once its publisher has chosen."""
        source = self
        for step in steps:
            if step.kind is Kind.ENCODING:
                source = replace(source, encoding=step.params["encoding"])
            elif step.kind is Kind.DELIMITER:
                source = replace(source, delimiter=step.params["delimiter"])
            elif step.kind is Kind.SHEET:
                is_other = step.params["sheet"] != source.sheet
                header = None if is_other else source.header
                source = replace(source, sheet=step.params["sheet"], header=header)
        return source


class Original:
    """A file that is read in one way, as often as needed; a workbook is opened once."""

    def __init__(self, path: Path, source: Source) -> None:
        self.path, self.source = path, source

    def records(self) -> Iterator[Record]:
        """Yield the rows; of a workbook, those of one sheet.

        Raises:
            CannotRepair: it cannot be read so.
        """
        try:
            is_book = self.source.format in BOOKS
            yield from enumerate(_rows(*self._sheet) if is_book else self._text(), 1)
        except BROKEN as error:
            raise CannotRepair(type(error).__name__) from error

    def table(self, row: int, number: int) -> tuple[list[str], Iterator[Record]]:
        """Return the names that this many rows from this one on give, and the rows after them.

        Raises:
            CannotRepair: it has no such rows, or (also later) cannot be read.
        """
        rows = self.records()
        header = [cells for _, cells in islice(rows, row - 1, row - 1 + number)]
        if len(header) < number:
            raise CannotRepair("header")
        merged = self._sheet[0].merged if self.source.format in BOOKS else ()
        return joined(header, row, merged), rows

    def sheets(self) -> Iterator[tuple[str, Iterator[list[str]], Sequence[Merged]]]:
        """Yield the sheets of a workbook that are not hidden: name, rows and merged areas.

        Raises:
            CannotRepair: it cannot be read.
        """
        try:
            for name in sheet_names(self._book):
                is_read = name == self.source.sheet
                grid = (
                    self._sheet[0] if is_read else Grid(self._book.get_sheet_by_name(name), Part())
                )
                yield name, _rows(grid), grid.merged
        except BROKEN as error:
            raise CannotRepair(type(error).__name__) from error

    def _text(self) -> Iterator[list[str]]:
        csv.field_size_limit(MAX_CELL_BYTES)
        encoding = self.source.encoding or "utf-8"
        # The mark at the beginning is no part of the first name.
        encoding = "utf-8-sig" if encoding == "utf-8" else encoding
        with self.path.open(encoding=encoding, newline="") as stream:
            yield from cells_of(stream, self.source)

    @cached_property
    def _book(self) -> python_calamine.CalamineWorkbook:
        # Given a path, the library would judge the file by the end of its name.
        return python_calamine.load_workbook(io.BytesIO(self.path.read_bytes()))

    @cached_property
    def _sheet(self) -> tuple[Grid, frozenset[int]]:
        """The sheet that is read, and which of its columns have days with a time."""
        seen = (name for name, rows, _merged in self.sheets() if any(map(any, rows)))
        name = self.source.sheet or next(seen, None)
        if name is None:
            raise CannotRepair("sheet")
        part = Part.of(self.path, self.source.format, name, self._book.sheet_names.index(name))
        sheet = self._book.get_sheet_by_name(name)
        timed = {
            place
            for cells in sheet.iter_rows()
            for place, cell in enumerate(cells)
            if isinstance(cell, datetime) and cell.time() != time()
        }
        return Grid(sheet, part), frozenset(timed)


def cells_of(lines: Iterable[str], source: Source) -> Iterator[list[str]]:
    """Yield the rows of a text, cut as in the file."""
    yield from csv.reader(
        lines,
        delimiter=source.delimiter or ",",
        quotechar=source.quote,
        skipinitialspace=source.skips_blanks,
    )


def _rows(grid: Grid, timed: Collection[int] = frozenset()) -> Iterator[list[str]]:
    """Yield the rows of a sheet as texts, with the errors of its formulas."""
    for number, row in enumerate(grid.rows()):
        cells = [_as_text(cell, place in timed) for place, cell in enumerate(row)]
        for place in range(len(cells)) if grid.errors else ():
            cells[place] = grid.errors.get((number, place), cells[place])
        yield cells


def _as_text(cell: object, is_timed: bool) -> str:
    """Return a cell as CSV has it. ``is_timed``: days of its column have a time."""
    if cell is None or isinstance(cell, str):
        return cell or ""
    if isinstance(cell, bool):
        return Typed(str(cell).lower())
    if isinstance(cell, datetime) and cell.time() == time() and not is_timed:
        return Typed(cell.date().isoformat())
    if isinstance(cell, timedelta):
        return Typed(isodate.duration_isoformat(cell))  # type: ignore[no-untyped-call]
    return Typed(cell.isoformat() if isinstance(cell, date | time) else cell)


def joined(header: Sequence[Sequence[str]], at: int, merged: Iterable[Merged] = ()) -> list[str]:
    """Return the names that a header of several rows gives, each group over its columns.

    ``at`` is the number of the first of these rows, from 1. Where no cells are merged,
    a group goes on over the empty cells that follow it.
    """
    width = max(map(len, header))
    rows = [list(islice(chain(row, repeat("")), width)) for row in header]
    inside = [area for area in merged if at <= area[0][0] + 1 < at + len(rows)]
    if inside:
        rows = over_merged(rows, at - 1, inside)
    else:
        rows = [*(list(_spread(row)) for row in rows[:-1]), rows[-1]]
    return [JOINT.join(dict.fromkeys(filter(None, parts))) for parts in zip(*rows, strict=True)]


def _spread(row: Sequence[str]) -> Iterator[str]:
    """Yield the names of a row of groups, each also over the empty cells that follow it."""
    last = ""
    for cell in row:
        last = cell if not values.is_blank(cell) else last
        yield last

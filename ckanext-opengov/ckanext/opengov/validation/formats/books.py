"""Reads workbooks: XLSX, XLS, ODS. A child process does it, which may die of them.

The child writes the table into a temporary file, so that whoever checks or loads it
reads it as often as needed and never holds it in memory.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import pickle
import re
import resource
import tempfile
import weakref
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO

from lxml import etree
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    WorksheetNotFound,
)

from ckanext.opengov.validation import reading
from ckanext.opengov.validation.formats import hidden, kinds
from ckanext.opengov.validation.formats.tables import (
    Columns,
    Table,
    as_text,
    in_columns,
    refuse_many_columns,
)
from ckanext.opengov.validation.reading import MB, Unreadable
from ckanext.opengov.validation.report import MAX_CELL, Finding, Findings, Severity

MAX_MEMORY = 1 << 30
"""Bytes beyond what the parent uses."""
SECONDS = 90
"""Of processor time."""
MAX_SPOOL = 4 << 30
"""Bytes that the child may write."""
MAX_SHEETS = 50
"""Other sheets that are looked at, and named."""
MAX_HEADER_LINES = 3
MAX_TITLE_ROWS = 20
"""Rows above a table that may hold its title."""
LOOKED_AT = MAX_TITLE_ROWS + 20
MANY_ROWS, MANY_COLUMNS = 1000, 50
"""Empty ones at the end that are worth a word."""
JOINT = " / "
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
ERROR_CELL = re.compile(
    rb'<(?:\w+:)?c\b([^>]*\bt="e"[^>]*)>.{0,2000}?<(?:\w+:)?v>([^<]{1,40})<', re.DOTALL
)
PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
DIMENSION = re.compile(rb'<(?:\w+:)?dimension\b[^>]*\bref="[^":]*:([A-Z]{1,3})([0-9]{1,7})"')
RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
PURL = "{http://purl.oclc.org/ooxml/officeDocument/relationships}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
ODS_MARKS = (b'value-type="error"', b"-spanned=")
MACROS = ("xl/vbaProject.bin", "Basic/", "Scripts/")
OVERLAP = 4096

DAMAGED = {"variant": "damaged"}

Place = tuple[int, int]
"""Row and column of a cell, from 0."""
Merged = tuple[Place, Place]
"""First and last cell of a merged area."""
Errors = dict[Place, str]
Told = tuple[Table, int] | Finding
"""What the child says: a table still without rows and in how many batches they are, or why not."""


def open_book(path: Path, kind: str, sheet: str | None = None) -> Table:
    """Return the table of a workbook: of this sheet, or of the first visible one that has one.

    ``sheet``: a name, or a number from 1.

    Raises:
        Unreadable: it has none, is too large or is no workbook.
    """
    if kind != "xls":
        _refuse_bombs(path)
    spool: IO[bytes] = tempfile.TemporaryFile(prefix="opengov-book-")  # noqa: SIM115 - is kept
    ours, theirs = multiprocessing.Pipe(duplex=False)
    arguments = (theirs, spool, path, kind, sheet)
    child = multiprocessing.get_context("fork").Process(target=_work, args=arguments)
    child.start()
    theirs.close()
    try:
        told: Told = ours.recv()
    except EOFError:
        child.join()
        # What dies of an exception has run out of nothing.
        died = child.exitcode == 1
        told = Finding("source-error", params=DAMAGED) if died else Finding("check-aborted")
    finally:
        child.kill()
        child.join()
        ours.close()
    if isinstance(told, Finding):
        spool.close()
        raise Unreadable(told)
    table, batch_count = told
    return replace(table, batches=_Spooled(spool, batch_count))


def _refuse_bombs(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except kinds.BROKEN_ARCHIVE as error:
        raise Unreadable(Finding("format-error")) from error
    if unpacked > reading.MAX_UNPACKED:
        raise Unreadable(Finding("too-large-inside", params={"most": reading.MAX_UNPACKED // MB}))


def _unread() -> Iterator[Columns]:
    return iter(())


class _Spooled:
    """The rows that the child wrote down."""

    def __init__(self, stream: IO[bytes], count: int) -> None:
        self.stream, self.count = stream, count
        # The file has no name: it is gone when nobody can read it any more.
        weakref.finalize(self, stream.close)

    def __call__(self) -> Iterator[Columns]:
        at = 0
        for _batch in range(self.count):
            # Others may read the same rows at the same time.
            self.stream.seek(at)
            # Our own child wrote it, from objects of Python's alone.
            columns: Columns = pickle.load(self.stream)  # noqa: S301
            at = self.stream.tell()
            yield columns


def _work(
    out: Connection[Told, object], spool: IO[bytes], path: Path, kind: str, sheet: str | None
) -> None:
    _limit(resource.RLIMIT_AS, _memory() + MAX_MEMORY)
    _limit(resource.RLIMIT_CPU, SECONDS)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, MAX_SPOOL)
    # What a parser that dies of a file writes to the terminal is no news.
    faulthandler.disable()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    try:
        out.send(_read(spool, path, kind, sheet))
    except Unreadable as error:
        out.send(error.finding)
    except PasswordError:
        out.send(Finding("encrypted"))
    except WorksheetNotFound:
        out.send(Finding("no-such-sheet", params={"sheet": str(sheet)}))
    except (CalamineError, etree.LxmlError, LookupError, StopIteration, *kinds.BROKEN_ARCHIVE):
        out.send(Finding("format-error"))
    except MemoryError:
        out.send(Finding("check-aborted"))


def _memory() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def _limit(what: int, most: int) -> None:
    hard = resource.getrlimit(what)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, most))


def _read(spool: IO[bytes], path: Path, kind: str, wanted: str | None) -> tuple[Table, int]:
    """Write the rows of the table into ``spool``; return the table, and the number of batches."""
    # Given a path, the library would judge the file by the end of its name.
    with path.open("rb") as stream:
        book = CalamineWorkbook.from_filelike(stream)
        name, sheet, findings = _chosen(book, wanted)
        part = _Part.of(path, kind, name, book.sheet_names.index(name))
        findings += [_warning("macros")] if part.has_macros else []
        if kind == "xlsx":
            with zipfile.ZipFile(path) as archive:
                entry = _target(archive, book.sheet_names.index(name))
                with archive.open(entry) as part_of_sheet:
                    findings += hidden.of_sheet(part_of_sheet, sheet.end or (0, 0))
        grid = _Grid(sheet, part)
    findings += grid.notes()
    head = _Head.of(grid)
    findings += head.notes(name)
    refuse_many_columns(len(head.labels))
    rows, batch_count = 0, 0
    for columns in grid.batches(head.rows, len(head.labels)):
        pickle.dump(columns, spool, pickle.HIGHEST_PROTOCOL)
        rows, batch_count = rows + len(columns[0]), batch_count + 1
    spool.flush()
    kept = Findings()
    for finding in (*findings, *grid.error_cells(head)):
        kept.add(finding)
    return Table(head.labels, _unread, rows, kept, head.rows, name), batch_count


def _chosen(book: CalamineWorkbook, wanted: str | None) -> tuple[str, CalamineSheet, list[Finding]]:
    """Return the sheet that is read, and what is to be said of the others."""
    sheets = [each for each in book.sheets_metadata if each.typ is SheetTypeEnum.WorkSheet]
    visible = [each.name for each in sheets if each.visible is SheetVisibleEnum.Visible]
    hidden = [each.name for each in sheets if each.visible is not SheetVisibleEnum.Visible]
    if wanted is not None:
        names = [each.name for each in sheets]
        is_number = wanted.isdigit() and wanted not in names and 0 < int(wanted) <= len(names)
        name = names[int(wanted) - 1] if is_number else wanted
        return name, book.get_sheet_by_name(name), []
    found: tuple[str, CalamineSheet] | None = None
    others = []
    for name in visible[:MAX_SHEETS]:
        sheet = book.get_sheet_by_name(name)
        if sheet.height and found is None:
            found = name, sheet
        elif sheet.height:
            others.append(name)
    if found is None:
        raise Unreadable(Finding("source-error", params={"variant": "empty"}))
    findings = []
    for code, names in (("other-sheets", others), ("hidden-sheets", hidden)):
        if names:
            params = {"sheets": ", ".join(names[:MAX_SHEETS]), "sheet": found[0]}
            findings.append(_warning(code, **params))
    return (*found, findings)


def _warning(code: str, **params: object) -> Finding:
    return Finding(code, params=params, severity=Severity.WARNING)


@dataclass(slots=True)
class _Part:
    """What the XML of a sheet says that the library does not."""

    errors: Errors = field(default_factory=dict)
    rows: int = 0
    columns: int = 0
    merged: list[Merged] = field(default_factory=list)
    """Of ODS alone."""
    has_macros: bool = False

    @classmethod
    def of(cls, path: Path, kind: str, name: str, number: int) -> _Part:
        """Read the part of the sheet with this name, and number from 0."""
        part = cls()
        if kind == "xls":
            return part
        with zipfile.ZipFile(path) as archive:
            part.has_macros = any(each.startswith(MACROS) for each in archive.namelist())
            entry = "content.xml" if kind == "ods" else _target(archive, number)
            with archive.open(entry) as stream:
                is_odd = part._scan(stream)
            if kind == "ods" and is_odd:
                with archive.open(entry) as stream:
                    part._walk(stream, name)
        return part

    def _scan(self, stream: IO[bytes]) -> bool:
        """Find errors and the size of a sheet of XLSX; tell whether ODS needs a closer look."""
        before, is_odd = b"", False
        while chunk := stream.read(MB):
            text = before + chunk
            is_odd = is_odd or any(mark in text for mark in ODS_MARKS)
            if not before and (size := DIMENSION.search(text)):
                self.rows, self.columns = int(size[2]), _column(size[1]) + 1
            if b't="e"' in text:
                for found in ERROR_CELL.finditer(text):
                    if place := PLACE.search(found[1]):
                        at = int(place[2]) - 1, _column(place[1])
                        self.errors[at] = found[2].decode("utf-8", "replace")
            # Cells that a chunk cuts are whole in the next.
            before = chunk[-OVERLAP:]
        return is_odd

    def _walk(self, stream: IO[bytes], name: str) -> None:
        events = etree.iterparse(
            stream,
            events=("start", "end"),
            tag=(f"{TABLE}table", f"{TABLE}table-row"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
        )
        row, is_wanted = 0, False
        for event, element in events:
            if element.tag == f"{TABLE}table":
                is_wanted = event == "start" and element.get(f"{TABLE}name") == name
                row = 0
            elif event == "end":
                if is_wanted:
                    self._see_row(element, row)
                row += int(element.get(f"{TABLE}number-rows-repeated", 1))
                element.clear()

    def _see_row(self, element: etree._Element, row: int) -> None:
        column = 0
        for cell in element:
            if cell.get(f"{CALC}value-type") == "error":
                self.errors[row, column] = "".join(cell.itertext())[:MAX_CELL]
            down = int(cell.get(f"{TABLE}number-rows-spanned", 1)) - 1
            across = int(cell.get(f"{TABLE}number-columns-spanned", 1)) - 1
            if down or across:
                self.merged.append(((row, column), (row + down, column + across)))
            column += int(cell.get(f"{TABLE}number-columns-repeated", 1))


def _target(archive: zipfile.ZipFile, number: int) -> str:
    """Return the name of the part of a sheet; the library gives no way to it."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    with archive.open("xl/workbook.xml") as stream:
        sheets = etree.parse(stream, parser).findall(".//{*}sheets/{*}sheet")
    wanted = sheets[number].get(f"{OFFICE}id") or sheets[number].get(f"{PURL}id")
    with archive.open("xl/_rels/workbook.xml.rels") as stream:
        relations = etree.parse(stream, parser).findall(f"{RELATIONS}Relationship")
    target = next(str(each.get("Target")) for each in relations if each.get("Id") == wanted)
    return target[1:] if target.startswith("/") else f"xl/{target}"


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number - 1


class _Grid:
    """The cells of a sheet as Frictionless' own readers give them; rows count from 0.

    Columns count from the first that is not empty.
    """

    def __init__(self, sheet: CalamineSheet, part: _Part) -> None:
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
            return [_warning("blank-area", rows=max(rows, 0), columns=max(columns, 0))]
        return []

    def error_cells(self, head: _Head) -> list[Finding]:
        """Return the cells whose formula failed. To be asked when all rows have been read."""
        return [
            Finding("error-cell", row + 1, head.name(column), cell)
            for (row, column), cell in sorted(self.errors.items())
            if row >= head.rows
        ]


def _plain(cell: object) -> object:
    """Return a cell as Frictionless' reader gives it."""
    if isinstance(cell, str):
        if "\0" in cell:
            raise Unreadable(Finding("nul-character"))
        return cell or None
    if isinstance(cell, float):
        # Larger ones are written with an exponent, and so read as no whole numbers.
        return int(cell) if cell.is_integer() and abs(cell) < EXPONENT_FROM else cell
    if type(cell) is date:
        return datetime.combine(cell, time())
    return cell


def _is_error(cell: str) -> bool:
    return cell in ERRORS or LIBREOFFICE_ERROR.fullmatch(cell) is not None


@dataclass(slots=True)
class _Head:
    """Where the names of the columns stand, and what they are."""

    labels: list[object]
    rows: int
    """Of the sheet, down to the last line of names."""
    lines: int
    titles: list[str]
    merged_below: int
    """Merged areas among the rows."""

    @classmethod
    def of(cls, grid: _Grid) -> _Head:
        """Find the names: below empty rows and titles, in several lines if cells are merged."""
        first = list(islice(grid.rows(), grid.top, grid.top + LOOKED_AT))
        merged = [
            ((row - grid.top, column), (last_row - grid.top, last_column))
            for (row, column), (last_row, last_column) in grid.merged
        ]
        titles = list(_titles(first, merged))
        at = titles[-1][0] + 1 if titles else 0
        while at < len(first) - 1 and not _filled(first[at]):
            at += 1
        lines = _depth(first, at, merged)
        labels = _joined(first, at, lines, merged)
        rows = grid.top + at + lines
        below = sum(row + grid.top >= rows for (row, _column), _end in merged)
        if labels[-1] is None:
            labels = labels[: max(_width(grid, rows), max(_filled(labels), default=0) + 1)]
        return cls(labels, rows, lines, [text for _row, text in titles], below)

    def name(self, column: int) -> str:
        """Return the name of a column."""
        label = self.labels[column] if column < len(self.labels) else None
        return as_text(label) if label is not None else f"field{column + 1}"

    def notes(self, sheet: str) -> list[Finding]:
        """Return what people should know of how the head was read."""
        found = []
        if self.lines > 1:
            example = next((str(each) for each in self.labels if JOINT in str(each)), "")
            found.append(_warning("header-lines", lines=self.lines, example=example))
        if self.rows > self.lines:
            row = self.rows - self.lines + 1
            title = {"title": " ".join(self.titles)[:200]} if self.titles else {"variant": "blank"}
            found.append(_warning("table-below", position=row, **title))
        if self.merged_below:
            found.append(_warning("merged-cells", number=self.merged_below, sheet=sheet))
        return found


def _filled(row: Sequence[object]) -> list[int]:
    return [place for place, cell in enumerate(row) if cell is not None]


def _titles(first: list[list[object]], merged: Sequence[Merged]) -> Iterator[tuple[int, str]]:
    """Yield the rows above the names: each has one text, where a later row has more cells."""
    for number, row in enumerate(first[:MAX_TITLE_ROWS]):
        filled = _filled(row)
        if not filled:
            continue
        spans = (end[1] - start[1] for start, end in merged if start == (number, filled[0]))
        widest = max((len(_filled(each)) for each in first[number + 1 :]), default=0)
        # One of two columns may lack its name.
        is_above = widest > 2 or (widest > 1 and any(spans))  # noqa: PLR2004
        if len(filled) > 1 or not isinstance(row[filled[0]], str) or not is_above:
            return
        yield number, as_text(row[filled[0]])


def _depth(first: list[list[object]], at: int, merged: Sequence[Merged]) -> int:
    """Return how many lines the names take, told from the cells merged in them."""
    lines = 1
    for line in range(MAX_HEADER_LINES - 1):
        for (row, column), (last_row, last_column) in merged:
            if row != at + line or line >= lines:
                continue
            lines = max(lines, last_row - at + 1)
            below = (
                first[last_row + 1][column : last_column + 1] if last_row + 1 < len(first) else []
            )
            if last_column > column and below and all(isinstance(cell, str) for cell in below):
                lines = max(lines, last_row - at + 2)
    return min(lines, MAX_HEADER_LINES, len(first) - at)


def _joined(
    first: list[list[object]], at: int, lines: int, merged: Sequence[Merged]
) -> list[object]:
    rows = [list(row) for row in first[at : at + lines]]
    if lines == 1:
        return rows[0]
    for (row, column), (last_row, last_column) in merged:
        if at <= row < at + lines and column >= 0:
            for line in rows[row - at : last_row + 1 - at]:
                places = range(column, min(last_column + 1, len(line)))
                for place in places:
                    line[place] = rows[row - at][column]
    labels: list[object] = []
    for cells in zip(*rows, strict=True):
        parts = dict.fromkeys(as_text(cell) for cell in cells if cell is not None)
        labels.append(JOINT.join(parts) or None)
    return labels


def _width(grid: _Grid, skipped: int) -> int:
    """Return how many columns have cells below the names."""
    rows = islice(grid.rows(), skipped, None)
    found = max((filled[-1] + 1 for row in rows if (filled := _filled(row))), default=0)
    return max([found, *(column + 1 for row, column in grid.errors if row >= skipped)])

"""Reads workbooks: XLSX, XLS, ODS. A child process does it, which may die of them.

The child writes the table into a temporary file, so that whoever checks or loads it
reads it as often as needed and never holds it in memory.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import pickle
import resource
import tempfile
import weakref
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO

from lxml import etree
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    WorksheetNotFound,
)

from ckanext.opengov.validation import reading
from ckanext.opengov.validation.formats import biff, kinds
from ckanext.opengov.validation.formats.grids import Grid, sheet_names, warning
from ckanext.opengov.validation.formats.heads import Head
from ckanext.opengov.validation.formats.parts import Part
from ckanext.opengov.validation.formats.tables import Columns, Table, refuse_many_columns
from ckanext.opengov.validation.reading import MB, Unreadable
from ckanext.opengov.validation.report import Finding, Findings

MAX_MEMORY = 1 << 30
"""Bytes beyond what the parent uses."""
SECONDS = 90
"""Of processor time."""
MAX_SPOOL = 4 << 30
"""Bytes that the child may write."""
MAX_SHEETS = 50
"""Other sheets that are looked at, and named."""

DAMAGED = {"variant": "damaged"}
DAMAGED_BOOK = Finding("format-error")

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
        is_asked = sheet is not None
        found = Finding("no-such-sheet", params={"sheet": sheet}) if is_asked else DAMAGED_BOOK
        out.send(found)
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
    if kind == "xls" and biff.has_password(path):
        raise Unreadable(Finding("encrypted"))
    # Given a path, the library would judge the file by the end of its name.
    with path.open("rb") as stream:
        book = CalamineWorkbook.from_filelike(stream)
        name, sheet, findings = _chosen(book, wanted)
        part = Part.of(path, kind, name, book.sheet_names.index(name))
        findings += [warning("macros")] if part.has_macros else []
        findings += part.hidden.findings(sheet.end or (0, 0))
        grid = Grid(sheet, part)
    findings += grid.notes()
    head = Head.of(grid)
    findings += head.notes(name)
    refuse_many_columns(len(head.labels))
    rows, batch_count = 0, 0
    for columns in grid.batches(head.rows, len(head.labels)):
        pickle.dump(columns, spool, pickle.HIGHEST_PROTOCOL)
        rows, batch_count = rows + len(columns[0]), batch_count + 1
    spool.flush()
    kept = Findings()
    for finding in (*findings, *head.error_cells(grid)):
        kept.add(finding)
    return Table(head.labels, _unread, rows, kept, head.rows, grid.left, name), batch_count


def _chosen(book: CalamineWorkbook, wanted: str | None) -> tuple[str, CalamineSheet, list[Finding]]:
    """Return the sheet that is read, and what is to be said of the others."""
    visible, hidden = sheet_names(book), sheet_names(book, hidden=True)
    if wanted is not None:
        name = _wanted([each for each in book.sheet_names if each in {*visible, *hidden}], wanted)
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
            findings.append(warning(code, **params))
    return (*found, findings)


def _wanted(names: list[str], wanted: str) -> str:
    """Return the name of the sheet with this name, or this number from 1.

    Raises:
        WorksheetNotFound: there is none.
    """
    is_number = wanted.isascii() and wanted.isdigit() and wanted not in names
    if is_number and 0 < int(wanted) <= len(names):
        return names[int(wanted) - 1]
    if wanted not in names:
        raise WorksheetNotFound(wanted)
    return wanted

"""Makes repairs: one reading of the original, row by row, into a plain CSV file."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import cast

import isodate
import python_calamine
from lxml import etree

from ckanext.opengov.validation.dialects import MAX_CELL_BYTES
from ckanext.opengov.validation.formats import kinds
from ckanext.opengov.validation.formats.grids import EXPONENT_FROM, sheet_names
from ckanext.opengov.validation.formats.heads import JOINT
from ckanext.opengov.validation.formats.parts import Part
from ckanext.opengov.validation.repairs import values
from ckanext.opengov.validation.repairs.steps import Kind, Step
from ckanext.opengov.validation.repairs.values import Typed

BOOKS = ("xlsx", "xls", "ods")
REPAIRED = ("csv", *BOOKS)
"""Formats of the files that are written anew."""
BROKEN_BOOK = (
    *(python_calamine.CalamineError, etree.LxmlError, LookupError),
    *kinds.BROKEN_ARCHIVE,
)
ROWS_BETWEEN_REPORTS = 5_000
OF_NUMBERS = ("decimalChar", "groupChar", "bareNumber")
KEPT_CONSTRAINTS = frozenset({"required", "unique"})
"""They mean the same whatever the type is."""

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


@dataclass(frozen=True, slots=True)
class Table:
    """The file as the repairs make it."""

    labels: list[str]
    rows: Iterator[Record]


def records(path: Path, source: Source) -> Iterator[Record]:
    """Yield the rows of a file as texts; of a workbook, those of one sheet.

    Raises:
        CannotRepair: it cannot be read so.
    """
    try:
        if source.format in BOOKS:
            yield from enumerate(_sheet(path, source), 1)
        else:
            yield from enumerate(_text(path, source), 1)
    except (UnicodeError, csv.Error, OSError, *BROKEN_BOOK) as error:
        raise CannotRepair(type(error).__name__) from error


def _text(path: Path, source: Source) -> Iterator[list[str]]:
    csv.field_size_limit(MAX_CELL_BYTES)
    encoding = source.encoding or "utf-8"
    # The mark at the beginning is no part of the first name.
    encoding = "utf-8-sig" if encoding == "utf-8" else encoding
    with path.open(encoding=encoding, newline="") as stream:
        yield from cells_of(stream, source)


def cells_of(lines: Iterable[str], source: Source) -> Iterator[list[str]]:
    """Yield the rows of a text, cut as in the file."""
    yield from csv.reader(
        lines,
        delimiter=source.delimiter or ",",
        quotechar=source.quote,
        skipinitialspace=source.skips_blanks,
    )


def _sheet(path: Path, source: Source) -> Iterator[list[str]]:
    """Yield the rows of the sheet, with the errors that the library leaves out."""
    book = _book(path)
    seen = (name for name, rows in sheets(path) if any(map(any, rows)))
    name = source.sheet or next(seen, None)
    if name is None:
        raise CannotRepair("sheet")
    part = Part.of(path, source.format, name, book.sheet_names.index(name))
    sheet = book.get_sheet_by_name(name)
    left = (sheet.start or (0, 0))[1]
    errors: dict[int, list[tuple[int, str]]] = {}
    for (row, column), text in part.errors.items():
        errors.setdefault(row, []).append((column - left, text))
    for row, cells in enumerate(_rows(sheet)):
        for column, text in errors.get(row, ()):
            if 0 <= column < len(cells):
                cells[column] = text
        yield cells


def _book(path: Path) -> python_calamine.CalamineWorkbook:
    # Given a path, the library would judge the file by the end of its name.
    return python_calamine.load_workbook(io.BytesIO(path.read_bytes()))


def _rows(sheet: python_calamine.CalamineSheet) -> Iterator[list[str]]:
    return (list(map(_as_text, row)) for row in sheet.iter_rows())


def sheets(path: Path) -> Iterator[tuple[str, Iterator[list[str]]]]:
    """Yield the names of the sheets of a workbook that are not hidden, and their rows.

    Raises:
        CannotRepair: it cannot be read.
    """
    try:
        book = _book(path)
        for name in sheet_names(book):
            yield name, _rows(book.get_sheet_by_name(name))
    except (OSError, *BROKEN_BOOK) as error:
        raise CannotRepair(type(error).__name__) from error


def _as_text(cell: object) -> str:
    """Return a cell of a workbook as CSV has it: days and numbers without what Excel adds."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return Typed(str(cell).lower())
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < EXPONENT_FROM:
        return Typed(int(cell))
    if isinstance(cell, datetime) and cell.time() == time():
        return Typed(cell.date().isoformat())
    if isinstance(cell, timedelta):
        return Typed(isodate.duration_isoformat(cell))  # type: ignore[no-untyped-call]
    return Typed(cell.isoformat() if isinstance(cell, date | time) else cell)


def repaired(path: Path, source: Source, steps: Sequence[Step]) -> Table:
    """Return the file as these steps make it; without any, as it is.

    Raises:
        CannotRepair: it has no such header, or (while the rows are read) cannot be read.
    """
    source = source.read_by(steps)
    blank = _blank_columns(path, source, steps) if _has(steps, Kind.BLANK_COLUMNS) else frozenset()
    rows, header = records(path, source), header_of(source, steps)
    labels = [label for place, label in enumerate(_labels(rows, header)) if place not in blank]
    trims = [step for step in steps if step.kind is Kind.TRIM]
    if any(step.field is None for step in trims):
        labels = [values.trimmed(label) for label in labels]
    return Table(labels, _changed(rows, labels, blank, steps))


def _has(steps: Sequence[Step], kind: Kind) -> bool:
    return any(step.kind is kind for step in steps)


def header_of(source: Source, steps: Sequence[Step]) -> tuple[int, int]:
    """Return the first row of the header, and how many rows it has."""
    found = [step.params for step in steps if step.kind is Kind.HEADER]
    if found:
        return found[-1]["row"], found[-1]["rows"]
    if source.header:
        return source.header[0], source.header[1]
    return (2 if source.named else 1), 1


def _labels(rows: Iterator[Record], header: tuple[int, int]) -> list[str]:
    """Read the header off the rows; return the names of the columns."""
    row, number = header
    found = [cells for _, cells in itertools.islice(rows, row - 1, row - 1 + number)]
    if len(found) < number:
        raise CannotRepair("header")
    return joined(found)


def joined(header: Sequence[Sequence[str]]) -> list[str]:
    """Return the names that a header of several rows gives, each group over its columns."""
    *groups, names = header
    width = max(map(len, header))
    spread = [list(_spread(row, width)) for row in groups]
    return [
        JOINT.join(dict.fromkeys(filter(None, parts)))
        for parts in zip(*spread, [*names, *[""] * (width - len(names))], strict=True)
    ]


def _spread(row: Sequence[str], width: int) -> Iterator[str]:
    """Yield the names of a row of groups, each also over the empty cells that follow it."""
    last = ""
    for cell in itertools.islice(itertools.chain(row, itertools.repeat("")), width):
        last = cell if not values.is_blank(cell) else last
        yield last


def _blank_columns(path: Path, source: Source, steps: Sequence[Step]) -> frozenset[int]:
    """Return the places of the columns with neither a name nor a value."""
    rows, header = records(path, source), header_of(source, steps)
    left = {place for place, name in enumerate(_labels(rows, header)) if values.is_blank(name)}
    for _, cells in rows:
        if not left:
            break
        left -= {p for p in left if p < len(cells) and not values.is_blank(cells[p])}
    return frozenset(left)


def _changed(
    rows: Iterator[Record], labels: Sequence[str], blank: frozenset[int], steps: Sequence[Step]
) -> Iterator[Record]:
    totals = {step.params["row"] for step in steps if step.kind is Kind.TOTALS}
    without_blank = _has(steps, Kind.BLANK_ROWS)
    changes = list(changes_of(labels, steps).items())
    trims_all = any(step.kind is Kind.TRIM and step.field is None for step in steps)
    for number, cells in rows:
        if number in totals or (without_blank and all(map(values.is_blank, cells))):
            continue
        if blank:
            cells = [cell for place, cell in enumerate(cells) if place not in blank]  # noqa: PLW2901
        if trims_all:
            cells = [_trimmed(cell) for cell in cells]  # noqa: PLW2901
        for place, change in changes:
            if place < len(cells) and not isinstance(cells[place], Typed):
                cells[place] = change(cells[place])
        yield number, cells


def _trimmed(cell: str) -> str:
    return cell if isinstance(cell, Typed) else values.trimmed(cell)


def changes_of(labels: Sequence[str], steps: Sequence[Step]) -> dict[int, values.Change]:
    """Return what happens to the cells of single columns, by place."""
    found: dict[int, list[values.Change]] = {}
    names = [values.trimmed(label) for label in labels]
    for step in steps:
        change = change_of(step)
        if change and step.field in names:
            # Of two columns with one name nobody can tell which is meant: the first.
            found.setdefault(names.index(step.field), []).append(change)
    return {place: _one_after_the_other(each) for place, each in found.items()}


def change_of(step: Step) -> values.Change | None:
    """Return what the step does to a cell of its column; None: nothing."""
    if step.kind is Kind.TRIM and step.field is not None:
        return values.trimmed
    if step.kind is Kind.DIGITS:
        return values.in_plain_digits
    if step.kind is Kind.NUMBER:
        return values.number(step.params["decimal"], step.params["group"])
    if step.kind is Kind.DATE:
        return values.day(step.params["order"], step.params.get("pivot"))
    return None


def _one_after_the_other(changes: Sequence[values.Change]) -> values.Change:
    def change(cell: str) -> str:
        for each in changes:
            cell = each(cell)
        return cell

    return changes[0] if len(changes) == 1 else change


def make(
    path: Path,
    source: Source,
    steps: Sequence[Step],
    out: Path,
    progress: Callable[[int], None] = lambda _rows: None,
) -> list[str]:
    """Write the repaired file to ``out`` (UTF-8, RFC 4180); return the names of its columns.

    The same steps on the same original give the same bytes.

    Raises:
        CannotRepair: the steps do not fit the file.
    """
    table = repaired(path, source, steps)
    with out.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(table.labels)
        for count, (_, cells) in enumerate(table.rows, 1):
            writer.writerow(cells)
            if count % ROWS_BETWEEN_REPORTS == 0:
                progress(count)
    return table.labels


Schema = Mapping[str, object]
"""A Table Schema."""


def schema_after(schema: Schema | None, steps: Sequence[Step]) -> Schema | None:
    """Return the Table Schema of the repaired file: plain numbers and days need no marks."""
    fields = schema.get("fields") if schema else None
    if schema is None or not isinstance(fields, list):
        return schema
    by_column: dict[str, list[Step]] = {}
    for step in steps:
        by_column.setdefault(step.field or "", []).append(step)
    changed = [
        _column_after(each, by_column.get(str(each.get("name")), []))
        if isinstance(each, dict)
        else each
        for each in fields
    ]
    return {**schema, "fields": changed}


def _column_after(column: Mapping[str, object], steps: Sequence[Step]) -> dict[str, object]:
    gone: set[str] = set()
    changed = dict(column)
    for step in steps:
        if step.kind is Kind.NUMBER:
            gone.update(OF_NUMBERS)
        elif step.kind is Kind.DATE and column.get("type") in ("date", "datetime"):
            gone.add("format")
        elif step.kind is Kind.TYPE:
            gone.update((*OF_NUMBERS, "format"))
            kept = cast(Mapping[str, object], column.get("constraints") or {})
            changed["type"] = step.params["type"]
            changed["constraints"] = {
                name: value for name, value in kept.items() if name in KEPT_CONSTRAINTS
            }
    return {name: value for name, value in changed.items() if name not in gone}

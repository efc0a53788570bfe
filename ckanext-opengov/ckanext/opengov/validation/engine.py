"""Reads a file, holds it against a schema and reports what is wrong with it.

Frictionless does the checking: codes and row numbers are its own. Importing it takes
a third of a second: only jobs and the command import this module.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
from frictionless import Control, Detector, Dialect, FrictionlessException, Schema, formats
from frictionless import Field as SchemaField
from frictionless import errors as known
from frictionless.resources import TableResource
from frictionless.table import Row

from ckanext.opengov.validation import dialects, encodings, guesses, reading
from ckanext.opengov.validation import schema as schemas
from ckanext.opengov.validation.reading import Unreadable
from ckanext.opengov.validation.report import (
    MAX_CELL,
    SHOWN_COLUMNS,
    SHOWN_ROWS,
    WARNINGS,
    Field,
    File,
    Finding,
    Findings,
    Kept,
    Report,
    Severity,
    Shown,
)
from ckanext.opengov.validation.watches import Watches
from ckanext.opengov.validation.watches.rows import Twins

FORMATS = ("csv", "xlsx")
SAMPLE_ROWS = 10_000
ROWS_BETWEEN_REPORTS = 5_000
ROWS_AT_ONCE = 4096
FORMULA = re.compile(r"[=@\t\r]|[+-].*[(!|]")
NOTE = re.compile(r'constraint "(?P<constraint>\w+)" is "(?P<value>.*)"', re.DOTALL)
POSITION = re.compile(r"row at position (\d+)")

WIDER = {"date": "datetime"}
"""What a guessed type may still be where a row contradicts it; all others are texts."""
AS_WRITTEN = frozenset({"duration", "geopoint", "yearmonth"})
"""Types of which readers get the text of the file: a table has no such type."""

Progress = Callable[[float], None]
"""Told which share of the file has been checked, 0 to 1."""


@dataclass(slots=True)
class _Source:
    """A file, and how it is opened."""

    path: Path
    kind: str
    encoding: str | None = None
    rows: int = 0
    """About how many, for the progress."""
    others: tuple[str, ...] = ()
    """Encodings in which it may be as well."""

    def open(self, schema: Schema | None) -> TableResource:
        dialect = Dialect.from_descriptor({})
        if self.kind == "csv":
            found = dialects.detect(self.path, self.encoding or "utf-8")
            # Given a control, the library would still guess what is not in it.
            control: Control = formats.CsvControl(
                delimiter=found.delimiter,
                quote_char=found.quote,
                skip_initial_space=found.skips_blanks,
            )
            if found.named:
                dialect.header_rows = [2]
        else:
            control = formats.ExcelControl()
        dialect.add_control(control)
        return TableResource(
            path=self.path.name,
            basepath=str(self.path.parent),
            name="file",
            format=self.kind,
            encoding=self.encoding,
            schema=schema,  # type: ignore[arg-type]
            dialect=dialect,
            detector=Detector(field_confidence=1, sample_size=SAMPLE_ROWS),
        )


class Watch:
    """Shows the rows of a file to the watches, some thousands at a time."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.watches = Watches(names)
        self.twins: Twins | None = None
        self.rows: list[list[str | None]] = []
        self.first_row = 0

    def see(self, row: Row) -> None:
        """Look at a row."""
        if not self.rows:
            self.first_row = row.row_number
        self.twins = self.twins or Twins(row.row_number)
        cells = [None if each is None else str(each) for each in row.cells[: len(self.names)]]
        self.twins.see(tuple(cells))
        self.rows.append(cells + [None] * (len(self.names) - len(cells)))
        if len(self.rows) == ROWS_AT_ONCE:
            self._show()

    def _show(self) -> None:
        columns = [pa.array(each, pa.string()) for each in zip(*self.rows, strict=True)]
        self.watches.see(columns, self.first_row)
        self.rows = []

    def findings(self) -> Iterator[Finding]:
        """Yield what the watches found."""
        if self.rows and self.names:
            self._show()
        yield from self.watches.findings()
        if self.twins:
            yield from self.twins.findings(self.watches.sample.columns())


@dataclass(slots=True)
class _Pass:
    """What one reading of the file brought."""

    findings: Findings = field(default_factory=Findings)
    rows: int = 0
    delimiter: str | None = None
    guessed_wrong: set[str] = field(default_factory=set)
    """Columns whose inferred type a later row contradicts."""
    first: list[Shown] = field(default_factory=list)
    """The first rows, as they stand in the file."""
    watch: Watch | None = None

    def show(self, row: Row) -> None:
        """Count a row, and keep it if it is one of the first."""
        self.rows += 1
        if self.watch:
            self.watch.see(row)
        if self.rows <= SHOWN_ROWS:
            self.first.append(_shown(row))


def check_file(
    path: Path,
    *,
    name: str,
    format: str,
    schema: Mapping[str, object] | None = None,
    progress: Progress = lambda _share: None,
) -> Report:
    """Return what is wrong with the file. Whatever is in it, there is a report.

    ``schema`` is a Table Schema; None: it is inferred from the file.
    """
    kind = format.lower().lstrip(".")
    size, sha256 = path.stat().st_size, reading.digest(path)
    report = Report(File(name, kind, size, sha256), (), Findings())
    try:
        return _check(report, path, schema, progress)
    except Unreadable as error:
        finding = error.finding
    except FrictionlessException as error:
        finding = Finding(error.error.type, params={"note": error.error.note[:500]})
    except MemoryError:
        finding = Finding("check-aborted")
    except Exception as error:  # noqa: BLE001 - a broken file breaks its parser anywhere
        finding = Finding("source-error", params={"note": type(error).__name__})
    report.findings.add(_weighed(finding))
    return report


def _check(
    report: Report, path: Path, descriptor: Mapping[str, object] | None, progress: Progress
) -> Report:
    reading.refuse_program(path)
    source = _source(path, report.file.format)
    given = schemas.read(descriptor) if descriptor is not None else None
    schema = given.schema if given else _inferred(source)
    done = _read(source, schema, given, progress)
    # A guess that a later row contradicts was a bad guess, not a bad row.
    while done.guessed_wrong:
        for column in done.guessed_wrong:
            guess = schema.get_field(column).type
            is_book = source.kind == "xlsx"
            schema.set_field_type(column, (is_book and WIDER.get(guess)) or "string")
        done = _read(source, schema, given, progress)
    for finding in (*_unsure(source), *(done.watch.findings() if done.watch else ())):
        done.findings.add(_weighed(finding))
    facts = replace(
        report.file,
        encoding=source.encoding,
        delimiter=done.delimiter,
        sheet=_sheet(path) if source.kind == "xlsx" else None,
        rows=done.rows,
    )
    columns = tuple(
        Field(
            each.name,
            each.type,
            each.format or "default",
            dict(each.constraints),
            _decimal_char(each),
        )
        for each in schema.fields
    )
    return Report(facts, columns, done.findings, tuple(done.first))


def _source(path: Path, kind: str) -> _Source:
    if kind not in FORMATS:
        raise Unreadable(Finding("format-not-checked", params={"format": kind.upper()}))
    if kind == "xlsx":
        reading.look_at_workbook(path)
        return _Source(path, kind)
    text = reading.look_at_text(path)
    return _Source(path, kind, text.encoding, text.lines, text.others)


def _sheet(path: Path) -> str:
    # Given a path, the library would judge the file by the end of its name.
    with path.open("rb") as stream:
        workbook = openpyxl.load_workbook(stream, read_only=True)  # type: ignore[no-untyped-call]
        return str(workbook.sheetnames[0])


def _inferred(source: _Source) -> Schema:
    """Return the schema that the head of the file suggests."""
    with source.open(None) as resource:
        schema, rows = resource.schema, resource.fragment
    for name, better in guesses.mended(schema, rows):
        schema.update_field(name, dict(better))
    for name in schemas.identifiers(schema, rows):
        schema.set_field_type(name, "string")
    copy: Schema = schema.to_copy()
    return copy


def _read(
    source: _Source, schema: Schema, given: schemas.Given | None, progress: Progress
) -> _Pass:
    """Read the whole file once. With a schema that was guessed, note where the guess is wrong."""
    done = _Pass()
    types = {each.name: each.type for each in schema.fields}
    numbers = () if given else _of_type(types, "integer", "number")
    texts = _of_type(types, "string", "any")
    with source.open(schema.to_copy()) as resource:
        done.delimiter = _delimiter(resource)
        if not (resource.labels or resource.fragment):
            raise Unreadable(Finding("source-error", params={"variant": "empty"}))
        there = {each.name for each in resource.header.get_expected_fields()}
        texts = tuple(name for name in texts if name in there)
        done.watch = Watch([str(each or "") for each in resource.labels])
        for error in resource.header.errors:
            done.findings.add(_finding(error, types))
        for row in resource.row_stream:
            done.show(row)
            for error in row.errors:
                if given is None and isinstance(error, known.TypeError):
                    done.guessed_wrong.add(error.field_name)
                else:
                    done.findings.add(_finding(error, types))
            done.guessed_wrong |= _damaged(row, numbers)
            for finding in (*_broken_rules(row, given), *_formulas(row, texts)):
                done.findings.add(finding)
            if done.rows % ROWS_BETWEEN_REPORTS == 0 and source.rows:
                progress(min(done.rows / source.rows, 1.0))
    return done


def _unsure(source: _Source) -> Iterator[Finding]:
    if source.others:
        named = encodings.NAMES_OF_ENCODINGS
        others = ", ".join(named[each] for each in source.others)
        params = {"encoding": named[source.encoding or ""], "others": others}
        yield Finding("encoding-unsure", params=params)


def _shown(row: Row) -> Shown:
    """Return a row as people are shown it: long cells cut, without the last of many columns."""
    shown = [
        each.date() if isinstance(each, datetime) and guesses.is_day(each) else each
        for each in row.cells[:SHOWN_COLUMNS]
    ]
    cells = [None if each is None else str(each)[:MAX_CELL] for each in shown]
    return {"row": row.row_number, "cells": cells}


def _delimiter(resource: TableResource) -> str | None:
    control = resource.dialect.get_control("excel" if resource.format == "xlsx" else "csv")
    return getattr(control, "delimiter", None)


def _of_type(types: Mapping[str, str], *wanted: str) -> tuple[str, ...]:
    return tuple(name for name, kind in types.items() if kind in wanted)


def _decimal_char(field: SchemaField) -> str:
    """Return what parts the decimals of a number column; empty: no such column."""
    return str(getattr(field, "decimal_char", "")) if field.type == "number" else ""


def _damaged(row: Row, numbers: tuple[str, ...]) -> set[str]:
    """Return the number columns in which this row has an identifier."""
    if not numbers:
        return set()
    cells = dict(zip(row.field_names, row.cells, strict=False))
    return {name for name in numbers if schemas.is_identifier(cells.get(name))}


def _formulas(row: Row, texts: tuple[str, ...]) -> Iterator[Finding]:
    for name in texts:
        cell = row[name]
        if isinstance(cell, str) and FORMULA.match(cell):
            yield _weighed(Finding("formula-cell", row.row_number, name, cell[:MAX_CELL]))


def _broken_rules(row: Row, given: schemas.Given | None) -> Iterator[Finding]:
    for rule in given.rules if given else ():
        if not rule.holds_in(row):
            params = {"note": rule.formula, "rule": rule.id, "messages": rule.messages}
            yield Finding(
                "row-constraint", row=row.row_number, params=params, severity=rule.severity
            )


def typed_rows(
    path: Path, report: Mapping[str, Mapping[str, object]], given: Mapping[str, object] | None
) -> Iterator[list[object]]:
    """Yield the rows of a file without findings, cast to the fields of its report.

    ``report`` is what :meth:`Report.as_dict` gave for this very file under this schema.
    """
    facts = report["file"]
    source = _Source(path, str(facts["format"]), facts["encoding"])  # type: ignore[arg-type]
    if given is not None:
        schema = schemas.read(given).schema
    else:
        schema = Schema.from_descriptor({"fields": report["fields"]})
    kept = sorted({each.type for each in schema.fields} - AS_WRITTEN)
    with source.open(schema) as resource:
        for row in resource.row_stream:
            yield row.to_list(types=kept)


def cells(path: Path, report: Kept) -> Iterator[list[object]]:
    """Yield the rows as they stand in the file, the names of its columns first.

    ``report`` is what :meth:`Report.as_dict` gave for this very file.
    """
    facts = report["file"]
    source = _Source(path, str(facts["format"]), facts["encoding"])  # type: ignore[arg-type]
    with source.open(Schema.from_descriptor({"fields": report["fields"]})) as resource:
        yield from resource.cell_stream


def _finding(error: object, types: Mapping[str, str]) -> Finding:
    """Return a finding of Frictionless as ours."""
    code, note = str(getattr(error, "type", "")), str(getattr(error, "note", ""))
    column = getattr(error, "field_name", None) or getattr(error, "label", None) or None
    cell = getattr(error, "cell", None)
    params: dict[str, object] = {"note": note[:500]}
    constraint, other = NOTE.search(note), POSITION.search(note)
    if constraint:
        params |= constraint.groupdict() | {"variant": constraint["constraint"]}
    if other:
        params["other"] = int(other[1])
    if code == "type-error":
        params |= {"type": types.get(str(column), ""), "variant": types.get(str(column), "")}
    if code == "primary-key" and not other:
        params["variant"] = "empty"
    if isinstance(error, known.LabelError):
        params["position"] = error.field_number
        params["expected"] = error.field_name
        column = error.label or error.field_name
    return Finding(
        code=code,
        row=getattr(error, "row_number", None),
        field=column,
        cell=None if cell is None else str(cell)[:MAX_CELL],
        params=params,
    )


def _weighed(finding: Finding) -> Finding:
    is_warning = finding.code in WARNINGS
    return replace(finding, severity=Severity.WARNING) if is_warning else finding

"""Reads a file, holds it against a schema and reports what is wrong with it.

Frictionless does the checking: codes and row numbers are its own. Importing it takes
a third of a second: only jobs and the command import this module.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from frictionless import Detector, FrictionlessException, Schema, formats
from frictionless import Field as SchemaField
from frictionless import errors as known
from frictionless.resources import TableResource
from frictionless.table import Row

from ckanext.opengov.validation import guesses, reading
from ckanext.opengov.validation import schema as schemas
from ckanext.opengov.validation.formats import kinds, open_table
from ckanext.opengov.validation.formats.tables import Hints, Table
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

SAMPLE_ROWS = 10_000
ROWS_BETWEEN_REPORTS = 5_000
FORMULA = re.compile(r"[=@\t\r]|[+-].*[(!|]")
NOTE = re.compile(r'constraint "(?P<constraint>\w+)" is "(?P<value>.*)"', re.DOTALL)
POSITION = re.compile(r"row at position (\d+)")

WIDER = {"date": "datetime"}
"""What a guessed type may still be where a row contradicts it; all others are texts."""
AS_WRITTEN = frozenset({"duration", "geopoint", "yearmonth"})
"""Types of which readers get the text of the file: a table has no such type."""

NO_HINTS = Hints()

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
    table: Table | None = None
    """What is in the file, if it is none of text."""

    @classmethod
    def of_checked(cls, path: Path, report: Mapping[str, Mapping[str, object]]) -> _Source:
        """Open a file again as its report says that it was read."""
        facts = report["file"]
        kind, sheet = str(facts["format"]), facts["sheet"]
        if kind != "csv":
            hints = Hints(sheet=str(sheet) if sheet else None)
            return cls(path, kind, table=open_table(path, kind, hints))
        return cls(path, kind, facts["encoding"])  # type: ignore[arg-type]

    def open(self, schema: Schema | None) -> TableResource:
        detector = Detector(field_confidence=1, sample_size=SAMPLE_ROWS)
        if self.table:
            return TableResource(
                data=self.table,
                name="file",
                format="inline",
                schema=schema,  # type: ignore[arg-type]
                detector=detector,
            )
        return TableResource(
            path=self.path.name,
            basepath=str(self.path.parent),
            name="file",
            format=self.kind,
            encoding=self.encoding,
            schema=schema,  # type: ignore[arg-type]
            control=formats.CsvControl(),
            detector=detector,
        )

    def placed(self, finding: Finding) -> Finding:
        """Return a finding with the row of the file, where the table begins further down."""
        lower = self.table.header_rows - 1 if self.table else 0
        if not lower or finding.row is None:
            return finding
        params = dict(finding.params)
        if isinstance(other := params.get("other"), int):
            params["other"] = other + lower
        return replace(finding, row=finding.row + lower, params=params)


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

    def show(self, row: Row, source: _Source) -> None:
        """Count a row, and keep it if it is one of the first."""
        self.rows += 1
        if self.rows <= SHOWN_ROWS:
            lower = source.table.header_rows - 1 if source.table else 0
            self.first.append(_shown(row, lower))


def check_file(
    path: Path,
    *,
    name: str,
    format: str,
    schema: Mapping[str, object] | None = None,
    progress: Progress = lambda _share: None,
    hints: Hints = NO_HINTS,
) -> Report:
    """Return what is wrong with the file. Whatever is in it, there is a report.

    ``format`` is what people call it; what it is, its bytes say. ``schema`` is a
    Table Schema; None: it is inferred from the file.
    """
    declared, kind = kinds.plain(format), _kind(path, kinds.plain(format))
    size, sha256 = path.stat().st_size, reading.digest(path)
    report = Report(File(name, kind or declared, size, sha256), (), Findings())
    try:
        reading.refuse_program(path)
        noted = _noted(declared, kind)
        if kind not in kinds.TABLES:
            report.findings.include(noted)
            raise Unreadable(Finding("format-not-checked", params={"kind": kind}))  # noqa: TRY301
        source = _source(path, report.file.format, hints)
        report.findings.include(noted)
        return _check(report, source, schema, progress)
    except Unreadable as error:
        finding = error.finding
    except FrictionlessException as error:
        cause = error.__cause__ or error.__context__
        params = {"note": error.error.note[:500]}
        finding = Finding(error.error.type, params=params)
        finding = cause.finding if isinstance(cause, Unreadable) else finding
    except MemoryError:
        finding = Finding("check-aborted")
    except RecursionError:
        finding = Finding("too-deep")
    except Exception as error:  # noqa: BLE001 - a broken file breaks its parser anywhere
        finding = Finding("source-error", params={"note": type(error).__name__})
    if finding.code == "format-not-checked" and _is_misnamed(declared, kind):
        finding = replace(finding, code="wrong-format")
    report.findings.add(_weighed(finding))
    return report


def _kind(path: Path, declared: str) -> str | None:
    """Return what a file is, taking the word of those who sent it where its bytes say nothing."""
    found = kinds.kind_of(path)
    if found is None and (declared in kinds.CALLED_CSV or not path.stat().st_size):
        # The reader of text says best what is wrong with it.
        return "csv"
    if found == "json" and declared == "geojson":
        return declared
    is_called_a_table = declared in kinds.CALLED_TABLES
    return (
        "text" if found == "csv" and not is_called_a_table and not kinds.is_tabular(path) else found
    )


def _is_misnamed(declared: str, kind: str | None) -> bool:
    return declared in kinds.CALLED_TABLES and (kind is None or kinds.contradicts(declared, kind))


def _noted(declared: str, kind: str | None) -> Findings:
    """Return the remark that a file is something else than it is called, if it is.

    Raises:
        Unreadable: no table is to be had from such a file.
    """
    if kind is None and declared in kinds.CALLED_TABLES:
        raise Unreadable(Finding("format-error"))
    if kind is None:
        raise Unreadable(Finding("format-not-checked", params={"format": declared.upper()}))
    if kind == "encrypted":
        raise Unreadable(Finding("encrypted"))
    if kind not in kinds.TABLES and declared in kinds.CALLED_TABLES:
        raise Unreadable(Finding("wrong-format", params={"kind": kind}))
    found = Findings()
    if kinds.contradicts(declared, kind):
        params = {"kind": kind, "declared": declared.upper()}
        found.add(_weighed(Finding("format-mismatch", params=params)))
    return found


def _check(
    report: Report, source: _Source, descriptor: Mapping[str, object] | None, progress: Progress
) -> Report:
    table = source.table
    if table:
        report.findings.include(table.findings)
    given = schemas.read(descriptor) if descriptor is not None else None
    schema = given.schema if given else _inferred(source)
    done = _read(source, schema, given, progress)
    # A guess that a later row contradicts was a bad guess, not a bad row.
    while done.guessed_wrong:
        for column in done.guessed_wrong:
            guess = schema.get_field(column).type
            # Cells that are no texts are none by another name: they stay what they are.
            wider = WIDER.get(guess, "any") if table else "string"
            schema.set_field_type(column, wider)
        done = _read(source, schema, given, progress)
    facts = replace(
        report.file,
        encoding=source.encoding,
        delimiter=done.delimiter,
        sheet=table.sheet if table else None,
        header_rows=table.header_rows if table else 1,
        rows=done.rows,
    )
    report.findings.include(done.findings)
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
    return Report(facts, columns, report.findings, tuple(done.first))


def _source(path: Path, kind: str, hints: Hints) -> _Source:
    if kind != "csv":
        table = open_table(path, kind, hints)
        return _Source(path, kind, rows=table.rows, table=table)
    text = reading.look_at_text(path)
    return _Source(path, kind, text.encoding, text.lines)


def _inferred(source: _Source) -> Schema:
    """Return the schema that the head of the file suggests."""
    with source.open(None) as resource:
        schema, rows = resource.schema, resource.fragment
    types = source.table.types if source.table else ()
    for each, kind in zip(schema.fields, types, strict=False):
        if kind:
            schema.set_field_type(each.name, kind)
    if types and all(types):
        return _copy(schema)
    for name, better in guesses.mended(schema, rows):
        schema.update_field(name, dict(better))
    for name in schemas.identifiers(schema, rows):
        schema.set_field_type(name, "string")
    return _copy(schema)


def _copy(schema: Schema) -> Schema:
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
        for error in resource.header.errors:
            done.findings.add(source.placed(_finding(error, types)))
        for row in resource.row_stream:
            done.show(row, source)
            for error in row.errors:
                if given is None and isinstance(error, known.TypeError):
                    done.guessed_wrong.add(error.field_name)
                else:
                    done.findings.add(source.placed(_finding(error, types)))
            done.guessed_wrong |= _damaged(row, numbers)
            for finding in (*_broken_rules(row, given), *_formulas(row, texts)):
                done.findings.add(source.placed(finding))
            if done.rows % ROWS_BETWEEN_REPORTS == 0 and source.rows:
                progress(min(done.rows / source.rows, 1.0))
    return done


def _shown(row: Row, lower: int) -> Shown:
    """Return a row as people are shown it: long cells cut, without the last of many columns."""
    shown = [
        each.date() if isinstance(each, datetime) and guesses.is_day(each) else each
        for each in row.cells[:SHOWN_COLUMNS]
    ]
    cells = [None if each is None else str(each)[:MAX_CELL] for each in shown]
    return {"row": row.row_number + lower, "cells": cells}


def _delimiter(resource: TableResource) -> str | None:
    if resource.format == "inline":
        return None
    return getattr(resource.dialect.get_control("csv"), "delimiter", None)


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
    source = _Source.of_checked(path, report)
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
    source = _Source.of_checked(path, report)  # type: ignore[arg-type]
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

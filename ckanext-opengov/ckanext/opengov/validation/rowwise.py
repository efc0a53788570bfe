"""Checks a table through Frictionless itself, row by row: what :mod:`table` must equal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
from frictionless import Check, Schema
from frictionless import errors as known
from frictionless.table import Row

from ckanext.opengov.validation import checks
from ckanext.opengov.validation import schema as schemas
from ckanext.opengov.validation.formulas import FORMULA
from ckanext.opengov.validation.reading import Unreadable
from ckanext.opengov.validation.report import MAX_CELL, SHOWN_ROWS, Finding, Findings
from ckanext.opengov.validation.sources import (
    Done,
    Progress,
    Source,
    Watch,
    delimiter_of,
    finding_of,
    of_type,
    show,
    shown,
    watch_over,
    weighed,
)

ROWS_BETWEEN_REPORTS = 5_000
ROWS_AT_ONCE, BYTES_AT_ONCE = 4096, 1 << 20


def read(
    source: Source,
    schema: Schema,
    given: schemas.Given | None,
    findings: Findings,
    progress: Progress,
) -> Done:
    """Read the whole file once. With a schema that was guessed, note where the guess is wrong."""
    done = Done(findings)
    types = {each.name: each.type for each in schema.fields}
    numbers = () if given else of_type(types, "integer", "number")
    texts = of_type(types, "string", "any")
    rules = given.rules if given else ()
    with source.open(schema.to_copy()) as resource:
        done.delimiter = delimiter_of(resource)
        if not (resource.labels or resource.fragment):
            raise Unreadable(Finding("source-error", params={"variant": "empty"}))
        there = {each.name for each in resource.header.get_expected_fields()}
        texts = tuple(name for name in texts if name in there)
        started = checks.start(rules, resource)
        for finding in (
            *(finding_of(error, types) for error in resource.header.errors),
            *(rule.told(finding_of(error, types)) for rule, error in started.errors),
        ):
            done.findings.add(source.placed(finding))
        watch = watch_over(source, resource)
        passing = _Passing(watch, len(resource.labels))
        for row in resource.row_stream:
            done.rows += 1
            passing.see(row)
            if done.rows <= SHOWN_ROWS:
                lower = source.table.header_rows - 1 if source.table is not None else 0
                done.first.append(shown(row.cells, row.row_number + lower))
            done.guessed_wrong |= _damaged(row, numbers)
            done.guessed_wrong |= {
                error.field_name for error in row.errors if not _counts(error, given)
            }
            for finding in (
                *(finding_of(error, types) for error in row.errors if _counts(error, given)),
                *_broken_rules(row, rules, started.checks, types),
                *_formulas(row, texts),
            ):
                done.findings.add(source.placed(finding))
            if done.rows % ROWS_BETWEEN_REPORTS == 0 and source.rows:
                progress(min(done.rows / source.rows, 1.0))
        passing.show()
        for rule, error in checks.at_end(rules, started):
            done.findings.add(source.placed(rule.told(finding_of(error, types))))
        done.watched = tuple(watch.findings()) if watch else ()
    return done


class _Passing:
    """Shows rows to a watch, some thousands at once."""

    def __init__(self, watch: Watch | None, width: int) -> None:
        self.watch, self.width = watch, width
        self.rows: list[list[str | None]] = []
        self.first_row = self.size = 0

    def see(self, row: Row) -> None:
        """Take the next row."""
        if self.watch is None or not self.width:
            return
        if not self.rows:
            self.first_row = row.row_number
        cells = [None if each is None else str(each) for each in row.cells[: self.width]]
        self.rows.append(cells + [None] * (self.width - len(cells)))
        self.size += sum(len(each) for each in cells if each)
        if len(self.rows) == ROWS_AT_ONCE or self.size > BYTES_AT_ONCE:
            self.show()

    def show(self) -> None:
        """Show the rows taken."""
        if self.watch is not None and self.rows:
            columns = [pa.array(each, pa.string()) for each in zip(*self.rows, strict=True)]
            show(self.watch, columns, self.first_row)
            self.rows, self.size = [], 0


def _counts(error: object, given: schemas.Given | None) -> bool:
    """Tell whether an error is one of the row, and not of the guess of a type."""
    return given is not None or not isinstance(error, known.TypeError)


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
            yield weighed(Finding("formula-cell", row.row_number, name, cell[:MAX_CELL]))


def _broken_rules(
    row: Row,
    rules: Sequence[schemas.Rule | checks.TableCheck],
    started: Mapping[int, Check],
    types: Mapping[str, str],
) -> Iterator[Finding]:
    for place, rule in enumerate(rules):
        if isinstance(rule, checks.TableCheck):
            if place in started:
                for error in checks.errors_of(started[place], row):
                    yield rule.told(finding_of(error, types))
        elif not rule.holds_in(row):
            yield rule.broken_in(row.row_number)

"""Opens a table with Frictionless, and reads it by columns."""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np
from frictionless import Schema
from frictionless.formats import CsvControl
from frictionless.resources import TableResource
from frictionless.table import create_cell_handlers

from ckanext.opengov.validation import checks
from ckanext.opengov.validation import schema as schemas
from ckanext.opengov.validation.reading import Unreadable
from ckanext.opengov.validation.report import SHOWN_ROWS, Findings
from ckanext.opengov.validation.sources import (
    Done,
    Progress,
    Source,
    Table,
    Watch,
    delimiter_of,
    finding_of,
    made,
    of_type,
    show,
    shown,
    watch_over,
)
from ckanext.opengov.validation.table import checks as by_columns
from ckanext.opengov.validation.table import limits, tokens
from ckanext.opengov.validation.table.check import Pass
from ckanext.opengov.validation.table.column import MAX_REMEMBERED, UNHASHABLE, Column
from ckanext.opengov.validation.table.plan import Plan, Reference
from ckanext.opengov.validation.table.retained import Again
from ckanext.opengov.validation.table.rules import ByColumns

SAMPLE_ROWS = 20
ALL_REMEMBERED = 200_000
"""Values of all columns that are judged once."""


class NotByColumns(Exception):
    """Only Frictionless itself can check this table."""


def read(
    source: Source,
    schema: Schema,
    given: schemas.Given | None,
    findings: Findings,
    progress: Progress,
) -> Done | None:
    """Read the whole file once; None: only Frictionless itself can."""
    if source.kind != "csv" and source.table is None:
        return None
    for slowly in (False, True):
        into = Findings(findings.of_a_kind, findings.most)
        try:
            return read_once(source, schema, given, into, progress, slowly=slowly)
        except tokens.Unfit:
            continue
        except tokens.Endless as error:
            raise limits.too_long(None) from error
        except (MemoryError, Unreadable):
            raise
        except Exception:  # noqa: BLE001 - it fails in Frictionless as well, which says how
            return None
    return None


def read_once(
    source: Source,
    schema: Schema,
    given: schemas.Given | None,
    findings: Findings,
    progress: Progress,
    *,
    slowly: bool,
) -> Done:
    """Read the file once, with Arrow or slowly with Python.

    Raises:
        tokens.Unfit: it must be read slowly.
        NotByColumns: only Frictionless itself can check it.
    """
    done = Done(findings)
    bare = schema.to_copy()
    bare.foreign_keys = []
    with source.open(bare, SAMPLE_ROWS) as resource:
        started = checks.start(given.rules if given else (), resource)
        layout, plan = _planned(source, resource, schema, given, started)
        done.delimiter, watch = delimiter_of(resource), watch_over(source, resource)
        types = {each.name: each.type for each in schema.fields}
        for finding in (
            *(finding_of(error, types) for error in resource.header.errors),
            *(rule.told(finding_of(error, types)) for rule, error in started.errors),
        ):
            done.findings.add(finding)
        lower = source.table.header_rows - 1 if source.table is not None else 0
        first = layout.first if layout is not None else 2
        for row, cells in islice(enumerate(resource.fragment, first), SHOWN_ROWS):
            done.first.append(shown(cells, row + lower))
    again = _reader(source, layout, slowly=slowly)
    reading = Pass(plan, findings)
    for _ in _seen(again(()), reading, watch):
        if source.rows:
            progress(min(reading.rows / source.rows, 1.0))
    with ThreadPoolExecutor(1) as beside:
        # Keys are sorted without Python's lock. A table of wrong guesses is read once more.
        last = None if reading.guessed_wrong else watch
        watched = beside.submit(tuple, last.findings() if last else ())
        reading.close(again)
        done.watched = watched.result()
    deque(map(findings.add, reading.of_the_table()), 0)
    if lower:
        findings.kept = list(map(source.placed, findings.kept))
    done.rows, done.guessed_wrong = reading.rows, reading.guessed_wrong
    return done


def _seen(batches: Iterator[tokens.Batch], reading: Pass, watch: Watch | None) -> Iterator[None]:
    """Check rows and watch them, while the next ones are read: Arrow and numpy share no lock."""
    with ThreadPoolExecutor(2) as beside:
        coming = beside.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = beside.submit(next, batches, None)
            watched = beside.submit(_watch, watch, batch)
            try:
                reading.see(batch)
            finally:
                watched.result()
            yield


def _watch(watch: Watch | None, batch: tokens.Batch) -> None:
    if watch is not None and batch.size:
        show(watch, *batch.padded())


def _reader(source: Source, layout: tokens.Layout | None, *, slowly: bool) -> Again:
    """Return what reads the table, as often as it is asked."""
    if layout is None:
        return functools.partial(_batches, source.table)
    if not slowly and not layout.fits_arrow:
        raise tokens.Unfit
    return functools.partial(tokens.batches, layout, slowly=slowly)


def _planned(
    source: Source,
    resource: TableResource,
    schema: Schema,
    given: schemas.Given | None,
    started: checks.Started,
) -> tuple[tokens.Layout | None, Plan]:
    """Return how the open table is read, if it is text, and what is checked."""
    fields = resource.header.get_expected_fields()
    handlers = create_cell_handlers(fields)
    if not resource.labels or not (len(resource.labels) == len(fields) == len(handlers)):
        raise NotByColumns
    columns = [Column(place, each, handlers[each.name].reader) for place, each in enumerate(fields)]
    for column in columns:
        column.most_remembered = min(MAX_REMEMBERED, ALL_REMEMBERED // len(columns))
    is_blank = all(column.has_empty_as_missing for column in columns)
    layout = None
    if source.table is None:
        layout = layout_of(source, resource, len(fields), blank_lines=is_blank)
    types = {each.name: each.type for each in schema.fields}
    places = {each.name: place for place, each in enumerate(fields)}
    plan = Plan(
        columns,
        functools.partial(made, types),
        primary=_primary(schema, places),
        references=tuple(_references(schema, places)),
        texts=tuple(_places(of_type(types, "string", "any"), places)),
        rules={place: ByColumns(each, columns) for place, each in _formulas(given)},
        checks={
            place: (rule, by_columns.made(started.checks[place], places))
            for place, rule in _checks(given)
            if place in started.checks
        },
        guessed=given is None,
        numbers=tuple(_places(of_type(types, "integer", "number"), places))
        if given is None
        else (),
    )
    for place in (*plan.primary, *plan.unique, *(p for each in plan.references for p in each.all)):
        if fields[place].type in UNHASHABLE:
            raise NotByColumns
    return layout, plan


def _formulas(given: schemas.Given | None) -> Iterator[tuple[int, schemas.Rule]]:
    for place, rule in enumerate(given.rules if given else ()):
        if isinstance(rule, schemas.Rule):
            yield place, rule


def _checks(given: schemas.Given | None) -> Iterator[tuple[int, checks.TableCheck]]:
    for place, rule in enumerate(given.rules if given else ()):
        if isinstance(rule, checks.TableCheck):
            yield place, rule


def _batches(table: Table | None, only: Sequence[int] = ()) -> Iterator[tokens.Batch]:
    assert table is not None  # noqa: S101 - tells the type checker
    row = 2
    for columns in table.batches():
        kept = [columns[place] for place in only] if only else columns
        size = len(columns[0]) if columns else 0
        yield tokens.Batch(kept, np.arange(row, row + size, dtype=np.int64))
        row += size


def layout_of(
    source: Source, resource: TableResource, width: int, *, blank_lines: bool
) -> tokens.Layout:
    """Return how an open file is cut into cells."""
    control = resource.dialect.get_control("csv")
    assert isinstance(control, CsvControl)  # noqa: S101 - tells the type checker
    return tokens.Layout(
        path=source.path,
        encoding=source.encoding or "utf-8",
        dialect=control.to_python(),  # type: ignore[no-untyped-call]
        width=width,
        first=int(resource.dialect.create_first_content_row()),  # type: ignore[no-untyped-call]
        blank_lines=blank_lines,
    )


def _places(names: Sequence[str], places: dict[str, int]) -> Iterator[int]:
    return (places[name] for name in names if name in places)


def _primary(schema: Schema, places: dict[str, int]) -> tuple[int, ...]:
    names = schema.primary_key
    return tuple(places[name] for name in names) if set(names) <= places.keys() else ()


def _references(schema: Schema, places: dict[str, int]) -> Iterator[Reference]:
    for each in schema.foreign_keys:
        names, table = each["fields"], each["reference"]["resource"]
        if table not in ("", "file"):
            raise NotByColumns
        source_names = each["reference"]["fields"]
        if set(names) <= places.keys():
            yield Reference(
                tuple(places[name] for name in names),
                tuple(places.get(name) for name in source_names),
                tuple(names),
                tuple(source_names),
                table,
            )

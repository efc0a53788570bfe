"""What is checked and how Frictionless opens it; what one reading brings."""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc
from frictionless import Detector, Dialect, Schema, formats
from frictionless import errors as known
from frictionless.resources import TableResource

from ckanext.opengov.validation import checks, dialects, guesses
from ckanext.opengov.validation.dialects import MAX_CELL_BYTES
from ckanext.opengov.validation.formats.tables import Table
from ckanext.opengov.validation.report import (
    MAX_CELL,
    SHOWN_COLUMNS,
    WARNINGS,
    Finding,
    Findings,
    Severity,
    Shown,
)
from ckanext.opengov.validation.watching import Watching

SAMPLE_ROWS, SAMPLE_BYTES, SAMPLE_BATCHES = 10_000, 16 << 20, 3
MAX_WATCHED = 10_000
"""Characters of a cell that watches see."""
# Frictionless, when it is imported, lets a cell be of any size.
csv.field_size_limit(MAX_CELL_BYTES)
NOTE = re.compile(r'constraint "(?P<constraint>\w+)" is "(?P<value>.*)"', re.DOTALL)
POSITION = re.compile(r'row at position "?(\d+)')

Progress = Callable[[float], None]
"""Told which share of the file has been checked, 0 to 1."""


class Watch(Protocol):
    """Sees all rows of a table go by."""

    def see(self, columns: Sequence[pa.StringArray], first_row: int) -> None:
        """Look at the next rows: texts as they stand in the file, null where there is no cell.

        ``first_row`` is the number of the first of them; no row is left out.
        """

    def findings(self) -> Iterator[Finding]:
        """Yield what was found, when all rows were seen."""


@dataclass(slots=True)
class Source:
    """A file, and how it is opened."""

    path: Path
    kind: str
    encoding: str | None = None
    rows: int = 0
    """About how many, for the progress."""
    others: tuple[str, ...] = ()
    """Encodings in which it may be as well."""
    sample: int = 0
    """How many of the first rows may be held at once; 0: not found out yet."""
    table: Table | None = None
    """What is in the file, if it is none of text."""
    decimals: Collection[str] = ()
    """Columns of which somebody said that their points are decimal ones."""
    separators: dialects.Separators | None = None
    """How cells are parted; None: not found out yet."""
    watch: Callable[[Sequence[str], Sequence[str], str | None], Watch] = Watching
    """Makes what sees the rows of one reading go by, given the names of the columns, their labels
    in the file, and what parts cells."""

    def open(
        self, schema: Schema | None, sample_rows: int | None = None, field_type: str | None = None
    ) -> TableResource:
        """Return the file as a table of Frictionless.

        ``field_type``: of all fields, where no schema is given; None: it is guessed.
        """
        self.sample = self.sample or self._rows_in_sample()
        rows = min(sample_rows or SAMPLE_ROWS, self.sample)
        detector = Detector(field_confidence=1, sample_size=rows, field_type=field_type)
        if self.table is not None:
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
            dialect=self._dialect(),
            detector=detector,
        )

    def _rows_in_sample(self) -> int:
        """Return how many records may be held in memory at once; one is always."""
        if self.table is not None:
            first = islice(self.table.batches(), SAMPLE_BATCHES)
            found = sum(len(columns[0]) if columns else 0 for columns in first)
            # The names of the columns are one of them.
            return max(min(found + 1, SAMPLE_ROWS), 2)
        with self.path.open("rb") as stream:
            head = stream.read(SAMPLE_BYTES)
        if len(head) < SAMPLE_BYTES:
            return SAMPLE_ROWS
        return max(head.count(b"\n"), head.count(b"\r"), 1)

    def _dialect(self) -> Dialect:
        found = self.separators or dialects.detect(self.path, self.encoding or "utf-8")
        self.separators = found
        # Given a control, the library would still guess what is not in it.
        control = formats.CsvControl(
            delimiter=found.delimiter,
            quote_char=found.quote,
            skip_initial_space=found.skips_blanks,
        )
        return Dialect(header_rows=[2] if found.named else [1], controls=[control])

    def placed(self, finding: Finding) -> Finding:
        """Return a finding with the row of the file, where the table begins further down."""
        lower = self.table.header_rows - 1 if self.table is not None else 0
        left = self.table.left if self.table is not None else 0
        if not lower and not left:
            return finding
        params = dict(finding.params)
        if isinstance(position := params.get("position"), int):
            params["position"] = position + left
        if isinstance(other := params.get("other"), int):
            params["other"] = other + lower
        row = None if finding.row is None else finding.row + lower
        return replace(finding, row=row, params=params)


@dataclass(slots=True)
class Done:
    """What one reading of the file brought."""

    findings: Findings = field(default_factory=Findings)
    rows: int = 0
    delimiter: str | None = None
    guessed_wrong: set[str] = field(default_factory=set)
    """Columns whose inferred type a later row contradicts."""
    first: list[Shown] = field(default_factory=list)
    """The first rows, as they stand in the file."""
    watched: Sequence[Finding] = ()
    """What the watch found, which saw the rows go by."""


def watch_over(source: Source, resource: TableResource) -> Watch | None:
    """Return what sees the rows of an open table go by, if it has columns."""
    labels = [str(each or "") for each in resource.labels]
    if not labels:
        return None
    # Where a label names no column, or two, the field does.
    fields = dict(enumerate(resource.header.get_expected_fields()))
    names = [
        fields[place].name if place in fields and label in ("", *labels[:place]) else label
        for place, label in enumerate(labels)
    ]
    return source.watch(names, labels, delimiter_of(resource))


def show(watch: Watch, columns: Sequence[pa.StringArray], first_row: int) -> None:
    """Let a watch see rows, of endless cells their beginning: it may remember them."""
    watch.see([_beginning(each) for each in columns], first_row)


def _beginning(cells: pa.StringArray) -> pa.StringArray:
    longest = pc.max(pc.binary_length(cells)).as_py() or 0
    return pc.utf8_slice_codeunits(cells, 0, MAX_WATCHED) if longest > MAX_WATCHED else cells


def shown(cells: Sequence[object], row: int) -> Shown:
    """Return a row as people are shown it: long cells cut, without the last of many columns."""
    kept = [
        each.date() if isinstance(each, datetime) and guesses.is_day(each) else each
        for each in cells[:SHOWN_COLUMNS]
    ]
    return {"row": row, "cells": [None if each is None else str(each)[:MAX_CELL] for each in kept]}


def delimiter_of(resource: TableResource) -> str | None:
    """Return what parts the cells of an open table."""
    if resource.format == "inline":
        return None
    return getattr(resource.dialect.get_control("csv"), "delimiter", None)


def of_type(types: Mapping[str, str], *wanted: str) -> tuple[str, ...]:
    """Return the columns of some types."""
    return tuple(name for name, kind in types.items() if kind in wanted)


def finding_of(error: object, types: Mapping[str, str]) -> Finding:
    """Return a finding of Frictionless as ours."""
    code, note = str(getattr(error, "type", "")), str(getattr(error, "note", ""))
    column = getattr(error, "field_name", None) or getattr(error, "label", None) or None
    row = getattr(error, "row_number", None)
    found = made(types, code, row, column, getattr(error, "cell", None), note)
    if isinstance(error, known.LabelError):
        place = {"position": error.field_number, "expected": error.field_name}
        params = {**found.params, **place}
        return replace(found, field=error.label or error.field_name, params=params)
    return found


def made(
    types: Mapping[str, str],
    code: str,
    row: int | None,
    column: str | None,
    cell: str | None,
    note: str,
) -> Finding:
    """Return a finding of what Frictionless tells of an error."""
    kind = types.get(str(column), "") if code == "type-error" else ""
    cut = None if cell is None else str(cell)[:MAX_CELL]
    return Finding(code, row, column or None, cut, _params(code, kind, note))


@functools.lru_cache(1000)
def _params(code: str, kind: str, note: str) -> Mapping[str, object]:
    params: dict[str, object] = {"note": note[:500]}
    constraint, other = NOTE.search(note), POSITION.search(note)
    if constraint:
        params |= constraint.groupdict() | {"variant": constraint["constraint"]}
    if other:
        params["other"] = int(other[1])
    if code == "type-error":
        params |= {"type": kind, "variant": kind}
    params |= checks.words_in(code, note)
    if code == "primary-key" and not other:
        params["variant"] = "empty"
    return params


def weighed(finding: Finding) -> Finding:
    """Return the finding with its severity."""
    is_warning = finding.code in WARNINGS
    return replace(finding, severity=Severity.WARNING) if is_warning else finding

"""Makes repairs: one reading of the original, row by row, into a plain CSV file."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from ckanext.opengov.validation.repairs import values
from ckanext.opengov.validation.repairs.originals import Original, Record, Source
from ckanext.opengov.validation.repairs.steps import Kind, Step
from ckanext.opengov.validation.repairs.values import Typed

ROWS_BETWEEN_REPORTS = 5_000
OF_NUMBERS = ("decimalChar", "groupChar", "bareNumber")
KEPT_CONSTRAINTS = frozenset({"required", "unique"})
"""They mean the same whatever the type is."""


@dataclass(frozen=True, slots=True)
class Table:
    """The file as the repairs make it."""

    labels: list[str]
    rows: Iterator[Record]


def repaired(original: Original, steps: Sequence[Step]) -> Table:
    """Return the file as these steps make it; without any, as it is.

    Raises:
        CannotRepair: it has no such header, or (while the rows are read) cannot be read.
    """
    row, number = header_of(original.source, steps)
    names, rows = original.table(row, number)
    blank: frozenset[int] = frozenset()
    if _has(steps, Kind.BLANK_COLUMNS):
        blank = _blank_columns(names, _left(original.table(row, number)[1], steps))
    labels = [label for place, label in enumerate(names) if place not in blank]
    trims = [step for step in steps if step.kind is Kind.TRIM]
    if any(step.field is None for step in trims):
        labels = [values.trimmed(label) for label in labels]
    return Table(labels, _changed(_left(rows, steps), labels, blank, steps))


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


def _blank_columns(names: Sequence[str], rows: Iterator[Record]) -> frozenset[int]:
    """Return the places of the columns with neither a name nor a value."""
    left = {place for place, name in enumerate(names) if values.is_blank(name)}
    for _, cells in rows:
        if not left:
            break
        left -= filled(left, cells)
    return frozenset(left)


def filled(places: Collection[int], cells: Sequence[str]) -> set[int]:
    """Return at which of these places of a row there is something."""
    return {place for place in places if place < len(cells) and not values.is_blank(cells[place])}


def _left(rows: Iterator[Record], steps: Sequence[Step]) -> Iterator[Record]:
    """Yield the rows that no step leaves out."""
    totals = {step.params["row"] for step in steps if step.kind is Kind.TOTALS}
    without_blank = _has(steps, Kind.BLANK_ROWS)
    for number, cells in rows:
        if number not in totals and not (without_blank and all(map(values.is_blank, cells))):
            yield number, cells


def _changed(
    rows: Iterator[Record], labels: Sequence[str], blank: frozenset[int], steps: Sequence[Step]
) -> Iterator[Record]:
    changes = list(changes_of(labels, steps).items())
    trims_all = any(step.kind is Kind.TRIM and step.field is None for step in steps)
    for number, cells in rows:
        if blank:
            cells = [cell for place, cell in enumerate(cells) if place not in blank]  # noqa: PLW2901
        if trims_all:
            cells = [_trimmed(cell) for cell in cells]  # noqa: PLW2901
        for place, change in changes:
            if place < len(cells):
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
        return _inside(values.in_plain_digits)
    if step.kind is Kind.NUMBER:
        return _inside(values.number(step.params["decimal"], step.params["group"]))
    if step.kind is Kind.DATE:
        return _inside(values.day(step.params["order"], step.params.get("pivot")))
    return None


def _inside(change: values.Change) -> values.Change:
    """Return what changes cells whatever blanks are around them, as they were shown."""

    def changed(cell: str) -> str:
        bare = values.trimmed(cell)
        after = change(bare)
        return cell if after == bare else after

    return changed


def _one_after_the_other(changes: Sequence[values.Change]) -> values.Change:
    def change(cell: str) -> str:
        for each in changes:
            if not isinstance(cell, Typed):
                cell = each(cell)
        return cell

    return change


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
    table = repaired(Original(path, source.read_by(steps)), steps)
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

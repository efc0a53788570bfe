"""Reads tables of JSON: a list of objects or of lists, one under a name, or one in each line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from ckanext.opengov.validation.formats.members import (
    NESTED,
    Member,
    Nan,
    Record,
    as_json,
    names_twice,
    parts,
    plain,
    read_value,
    records,
)
from ckanext.opengov.validation.formats.tables import (
    Columns,
    Table,
    in_columns,
    refuse_many_columns,
)
from ckanext.opengov.validation.reading import MAX_COLUMNS, Unreadable
from ckanext.opengov.validation.report import MAX_CELL, Finding, Findings, Severity

PREFERRED = ("features", "records", "data", "rows", "results", "items", "value", "values")
"""Names under which tables are kept, the more telling first."""
OF_COLUMNS = ("columns", "fields")
BESIDE = frozenset({*OF_COLUMNS, "links", "meta"})
"""Names of lists that tell about the table."""
MAX_OTHERS = 50


def open_json(path: Path) -> Table:
    """Return the table of a JSON file.

    Raises:
        Unreadable: it has none, or is no JSON.
    """
    place = _place(path)
    params = {"variant": "lists", "sheet": place.name, "sheets": ", ".join(place.others)}
    others = [_warning("other-sheets", None, None, **params)] if place.others else []
    labels = [place.labels] if place.labels else []
    return _table(lambda: chain(labels, records(path, place.name)), others)


def open_lines(path: Path) -> Table:
    """Return the table of a file with a record in each line; one that stands alone is a row, too.

    Raises:
        Unreadable: it has none, or is no JSON.
    """
    try:
        return open_json(path)
    except Unreadable as error:
        record = read_value(path) if error.finding.code == "format-not-checked" else None
        if not isinstance(record, dict):
            raise
    return _table(lambda: iter([record]))


def _table(found: Callable[[], Iterator[Record]], warnings: Iterable[Finding] = ()) -> Table:
    scan = _Scan()
    for record in found():
        scan.see(record)
    if not scan.rows:
        raise Unreadable(Finding("source-error", params={"variant": "empty"}))
    is_headed = scan.is_headed
    labels: list[object] = list(scan.first if is_headed else scan.names)
    refuse_many_columns(len(labels))
    for warning in warnings:
        scan.odd.add(warning)

    def rows() -> Iterator[list[object]]:
        for record in islice(found(), int(is_headed), None):
            yield _row(record, labels)

    def batches() -> Iterator[Columns]:
        return in_columns(rows(), len(labels))

    return Table(labels, batches, scan.rows - is_headed, scan.findings())


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a file the table is."""

    name: str | None = None
    """Of the list; None: it is under none."""
    labels: list[object] = field(default_factory=list)
    """Names of the columns, where they stand beside the rows."""
    others: tuple[str, ...] = ()
    """Further lists, which are not read."""


def _labels(value: object) -> list[object]:
    """Return the names of columns in a list of names, or of objects that have one."""
    names = [
        each.get("name", each.get("id")) if isinstance(each, dict) else each
        for each in (value if isinstance(value, list) else [])
    ]
    return [*names] if all(isinstance(each, str) for each in names) else []


def _labels_in(member: Member) -> list[object]:
    """Return the names of columns that stand beside the rows, as pandas and Socrata write them."""
    if member.name != "meta":
        return _labels(member.value) if member.name in OF_COLUMNS else []
    view = member.value.get("view") if isinstance(member.value, dict) else None
    return _labels(view.get("columns")) if isinstance(view, dict) else []


def _place(path: Path) -> _Place:
    """Return the list that is the table.

    Raises:
        Unreadable: there is no table.
    """
    found: Counter[str] = Counter()
    now: list[str | None] = [None]
    asked = set[str | None]()
    labels: list[object] = []
    fields: list[object] = []
    first: dict[str, Record] = {}

    def note(name: str | None) -> bool:
        now[0] = name
        asked.add(name)
        return True

    for part in parts(path, note):
        if isinstance(part, Member):
            labels = labels or _labels_in(part)
            continue
        if now[0] is None:
            # The file is the list: there is no other.
            return _Place()
        found[now[0]] += 1
        first.setdefault(now[0], part)
        if now[0] in OF_COLUMNS and len(fields) < MAX_COLUMNS:
            fields.append(part)
    if not found and None in asked:
        raise Unreadable(Finding("source-error", params={"variant": "empty"}))
    if not found:
        raise Unreadable(Finding("format-not-checked", params={"kind": "json"}))
    known = [name for name in PREFERRED if name in found]
    name = known[0] if known else found.most_common(1)[0][0]
    labels = labels or _labels(fields)
    row = first[name]
    is_named = isinstance(row, list) and len(row) == len(labels) and name not in OF_COLUMNS
    others = tuple(each for each in found if each != name and each not in BESIDE)
    return _Place(name, labels if is_named else [], others[:MAX_OTHERS])


def _row(record: Record, names: Sequence[object]) -> list[object]:
    """Return the cells of a record. What is nested is text."""
    if isinstance(record, dict):
        return [plain(record.get(name)) for name in names]  # type: ignore[call-overload]
    cells = [plain(cell) for cell in record[: len(names)]] if isinstance(record, list) else []
    return cells + [None] * (len(names) - len(cells))


@dataclass(slots=True)
class _Column:
    """What was seen of one name."""

    there: int = 0
    missing_from: int | None = None
    """Row of the first record without it."""
    nested: int = 0


@dataclass(slots=True)
class _Scan:
    """Reads all records once: which names they have, and what is odd about them."""

    rows: int = 0
    first: dict[str, object] | list[object] = field(default_factory=list)
    names: dict[str, _Column] = field(default_factory=dict)
    objects: int = 0
    widest: int = 0
    odd: Findings = field(default_factory=Findings)

    @property
    def is_headed(self) -> bool:
        """Whether the records are lists, of which the first names the columns."""
        return not self.objects

    def see(self, record: Record) -> None:
        """Take note of a record."""
        self.rows += 1
        if self.rows == 1 and isinstance(record, dict | list):
            self.first = record
        if isinstance(record, dict):
            self.objects += 1
            cells = record.items()
            self._note_names(record)
        elif not isinstance(record, list):
            self.odd.add(Finding("record-differs", self.row, params={"variant": "value"}))
            return
        else:
            self._note_width(record)
            names = self.first if isinstance(self.first, list) else []
            cells = zip(map(str, names), record, strict=False)  # type: ignore[assignment]
        for name, value in cells:
            kind = type(value)
            if kind is Nan:
                self._add("not-a-number", name, str(value))
            elif (kind in NESTED) and (self.rows > 1 or self.objects):
                self.names.setdefault(name, _Column()).nested += 1

    @property
    def row(self) -> int:
        """The number of the record: the names of the columns are row 1."""
        return self.rows + (1 if self.objects else 0)

    def _note_names(self, record: dict[str, object]) -> None:
        for name in record:
            column = self.names.get(name)
            if column is None:
                refuse_many_columns(len(self.names) + 1)
                column = self.names[name] = _Column()
                if self.objects > 1:
                    column.missing_from = 2
            elif column.there < self.objects - 1 and column.missing_from is None:
                column.missing_from = column.there + 2
            column.there += 1
        for name in names_twice(record):
            self._add("duplicate-key", name, None)

    def _note_width(self, record: list[object]) -> None:
        if self.objects or self.rows == 1:
            self.widest = max(self.widest, len(record))
            if self.objects:
                self._add("record-differs", None, None)
        elif len(record) > self.widest:
            self._add("extra-cell", None, as_json(record[self.widest])[:MAX_CELL])
        elif len(record) < self.widest:
            self._add("missing-cell", str(self.first[len(record)]), None)  # type: ignore[index]

    def _add(self, code: str, name: str | None, cell: str | None) -> None:
        self.odd.add(Finding(code, self.row, name, cell))

    def findings(self) -> Findings:
        """Return what is to be said of the records, one by one and together."""
        for name, column in self.names.items():
            if self.objects and column.there < self.objects:
                row = column.missing_from or column.there + 2
                missing = self.objects - column.there
                self.odd.add(_warning("keys-differ", row, name, number=missing))
            if column.nested:
                self.odd.add(_warning("nested-value", None, name, number=column.nested))
        return self.odd


def _warning(code: str, row: int | None, name: str | None, **params: object) -> Finding:
    return Finding(code, row, name, params=params, severity=Severity.WARNING)

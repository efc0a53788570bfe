"""Reads tables of JSON: a list of objects or of lists, one under a name, or one in each line.

The file is read piece by piece, record by record: what is held is one record.
"""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, islice
from math import isinf
from pathlib import Path
from typing import IO

from ckanext.opengov.validation.formats.tables import (
    Columns,
    Table,
    in_columns,
    refuse_many_columns,
)
from ckanext.opengov.validation.reading import MAX_COLUMNS, MB, Unreadable
from ckanext.opengov.validation.report import MAX_CELL, Finding, Findings, Severity

CHUNK = 1 << 16
MAX_RECORD = 16 * MB
"""Characters of one record, or of what stands beside the table."""
MAX_FIRST = MB
"""Characters of the first of records that have a line each."""
BLANK = re.compile(r"[ \t\n\r]*")
ODD = re.compile(r"\\u(?:0000|[dD][89abAB])|\\ud[cf]", re.IGNORECASE)
"""What may be a NUL or half a character: no table can hold them."""
FLOAT_DIGITS, DECIMAL_DIGITS = 16, 28
PREFERRED = ("features", "records", "data", "rows", "results", "items", "value", "values")
"""Names under which tables are kept, the more telling first."""
OF_COLUMNS = ("columns", "fields")
BESIDE = frozenset({*OF_COLUMNS, "links", "meta"})
"""Names of lists that tell about the table."""
MAX_OTHERS = 50

Record = dict[str, object] | list[object] | str | float | Decimal | None
"""One that is neither an object nor a list is a mistake among others that are."""


class Twice(dict[str, object]):
    """An object of JSON in which names stood more than once."""

    names: tuple[str, ...] = ()


NESTED = frozenset({dict, Twice, list})


class Nan(str):
    """A number that JSON does not know: NaN, Infinity."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Member:
    """What stands beside a table, or around it."""

    name: str
    value: object


Part = Member | Record


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
        record = value(path) if error.finding.code == "format-not-checked" else None
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


def records(path: Path, name: str | None) -> Iterator[Record]:
    """Yield the records of the list under this name; None: the file is the list."""
    for part in parts(path, lambda found: found == name):
        if not isinstance(part, Member):
            yield part


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


def parts(path: Path, wants: Callable[[str | None], bool]) -> Iterator[Part]:
    """Yield the records of the lists that are wanted, and the members of the object around them.

    ``wants`` is asked with the name of each list, or None where there is none.

    Raises:
        Unreadable: it is no JSON, or has more than records can be.
    """
    with path.open("rb") as stream:
        yield from _Reader(stream).parts(wants)


def value(path: Path) -> object:
    """Return what is in a file, which is one value.

    Raises:
        Unreadable: it is no JSON, or larger than a record can be.
    """
    with path.open("rb") as stream:
        return _Reader(stream).value()


class _Reader:
    """Reads JSON from a stream. Its position is in the text that is held."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        start = stream.read(4)
        stream.seek(0)
        is_wide = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        self._decoder = codecs.getincrementaldecoder("utf-16" if is_wide else "utf-8-sig")()
        self._text, self._at, self._line, self._is_end = "", 0, 1, False
        self._json = json.JSONDecoder(
            object_pairs_hook=_pairs, parse_float=_float, parse_constant=Nan
        )

    def parts(self, wants: Callable[[str | None], bool]) -> Iterator[Part]:
        """Yield what is in the stream."""
        first = self._peek()
        if not first:
            raise Unreadable(Finding("source-error", params={"variant": "empty"}))
        if first == "[" and not self._is_lines("[") and wants(None):
            yield from self._list()
        elif first == "{" and not self._is_lines("{"):
            yield from self._object(wants)
        else:
            if not wants(None):
                return
            is_first = True
            while self._peek():
                yield self._record(is_first=is_first)
                is_first = False
        if self._peek():
            raise self._fault()

    def _is_lines(self, opening: str) -> bool:
        """Tell whether each line has a value of its own. Only the first is looked at."""
        if opening == "[" and self._is_of_records():
            return False
        while "\n" not in self._text[self._at :] and not self._is_end:
            if len(self._text) > MAX_FIRST:
                return False
            self._fill()
        try:
            _value, end = self._json.raw_decode(self._text, self._at)
        except (ValueError, RecursionError):
            return False
        while self._is_blank_from(end) and not self._is_end:
            self._fill()
        # Of a line that is no record, the reader says so.
        return self._text[BLANK.match(self._text, end).end() :][:1] in (opening, "n")  # type: ignore[union-attr]

    def _is_blank_from(self, at: int) -> bool:
        found = BLANK.match(self._text, at)
        return found is not None and found.end() == len(self._text)

    def _list(self) -> Iterator[Record]:
        self._expect("[")
        if self._peek() == "]":
            self._at += 1
            return
        is_first = True
        while True:
            yield self._record(is_first=is_first)
            is_first = False
            if self._peek() == "]":
                self._at += 1
                return
            self._expect(",")

    def _object(self, wants: Callable[[str | None], bool]) -> Iterator[Part]:
        self._expect("{")
        if self._peek() == "}":
            self._at += 1
            return
        while True:
            name = self._value()
            if not isinstance(name, str):
                raise self._fault()
            self._expect(":")
            if self._peek() != "[" or not self._is_of_records():
                yield Member(name, self._value())
            elif wants(name):
                yield from self._list()
            else:
                # A list that nobody wants may be as long as it likes, too.
                for _record in self._list():
                    pass
            if self._peek() == "}":
                self._at += 1
                return
            self._expect(",")

    def _is_of_records(self) -> bool:
        while self._is_blank_from(self._at + 1) and not self._is_end:
            self._fill()
        found = BLANK.match(self._text, self._at + 1)
        return found is not None and self._text[found.end() : found.end() + 1] in ("{", "[")

    def _record(self, *, is_first: bool) -> Record:
        value: Record = self._value()  # type: ignore[assignment]
        if is_first and not isinstance(value, dict | list):
            # A list of numbers or texts is no table.
            raise Unreadable(Finding("format-not-checked", params={"kind": "json"}))
        return value

    def value(self) -> object:
        """Return the one value of the stream."""
        value = self._value()
        if self._peek():
            raise self._fault()
        return value

    def _value(self) -> object:
        self._peek()
        while True:
            try:
                value, end = self._json.raw_decode(self._text, self._at)
            except RecursionError:
                raise Unreadable(Finding("too-deep", params={"line": self._line})) from None
            except ValueError as error:
                self._go_on_after(error)
                continue
            # A number may go on in the next piece.
            if end == len(self._text) and not self._is_end and not isinstance(value, dict | list):
                self._fill()
                continue
            if ODD.search(self._text, self._at, end) and _is_odd(value):
                raise Unreadable(Finding("nul-character", row=self._line))
            self._move(end)
            return value

    def _go_on_after(self, error: ValueError) -> None:
        """Read more, if it may be that a value has not ended yet."""
        if self._is_end or (
            isinstance(error, json.JSONDecodeError) and self._is_beyond_repair(error)
        ):
            raise self._fault(error) from None
        if len(self._text) - self._at > MAX_RECORD:
            params = {"most": MAX_RECORD // MB, "line": self._line}
            raise Unreadable(Finding("record-too-large", params=params)) from None
        self._fill()

    def _is_beyond_repair(self, error: json.JSONDecodeError) -> bool:
        """Tell whether an error is none that more text would mend: it is far from the end."""
        at = error.pos if not error.msg.startswith("Unterminated") else len(self._text)
        return len(self._text) - at > CHUNK

    def _peek(self) -> str:
        """Go to the next character that is not blank, and return it; empty: there is none."""
        sign = self._text[self._at : self._at + 1]
        if sign > " ":
            return sign
        while True:
            found = BLANK.match(self._text, self._at)
            self._move(found.end() if found else self._at)
            if self._at < len(self._text) or self._is_end:
                return self._text[self._at : self._at + 1]
            self._fill()

    def _expect(self, sign: str) -> None:
        if self._peek() != sign:
            raise self._fault()
        self._at += 1

    def _move(self, end: int) -> None:
        self._line += self._text.count("\n", self._at, end)
        self._at = end

    def _fill(self) -> None:
        # Twice as much each time: a long record is not parsed in vain very often.
        piece = self._stream.read(max(CHUNK, len(self._text) - self._at))
        self._is_end = not piece
        try:
            text = self._decoder.decode(piece, final=self._is_end)
        except UnicodeDecodeError as error:
            line = (
                self._line
                + self._text.count("\n", self._at)
                + error.object[: error.start].count(b"\n")
            )
            raise Unreadable(Finding("encoding-error", row=line)) from None
        self._text, self._at = self._text[self._at :] + text, 0

    def _fault(self, error: ValueError | None = None) -> Unreadable:
        at = error.pos if isinstance(error, json.JSONDecodeError) else self._at
        line = self._line + self._text.count("\n", self._at, at)
        return Unreadable(
            Finding("source-error", row=line, params={"variant": "json", "line": line})
        )


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    counts = Counter(name for name, _value in pairs)
    twice = Twice(found)
    twice.names = tuple(name for name, count in counts.items() if count > 1)
    return twice


def _float(text: str) -> object:
    """Return a number with all its digits, as far as those who check it can count."""
    value = float(text)
    if isinf(value):
        return Nan(text)
    is_long = FLOAT_DIGITS < len(text) <= DECIMAL_DIGITS and "e" not in text.lower()
    return Decimal(text) if is_long else value


def _is_odd(value: object) -> bool:
    """Tell whether there is a NUL or half a character in a value."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            if "\0" in each or any("\ud800" <= sign <= "\udfff" for sign in each):
                return True
        elif isinstance(each, dict):
            waiting += [*each, *each.values()]
        elif isinstance(each, list):
            waiting += each
    return False


def _row(record: Record, names: Sequence[object]) -> list[object]:
    """Return the cells of a record. What is nested is text."""
    if isinstance(record, dict):
        return [plain(record.get(name)) for name in names]  # type: ignore[call-overload]
    cells = [plain(cell) for cell in record[: len(names)]] if isinstance(record, list) else []
    return cells + [None] * (len(names) - len(cells))


def names_twice(record: dict[str, object]) -> tuple[str, ...]:
    """Return the names that an object had more than once."""
    return record.names if isinstance(record, Twice) else ()


def plain(value: object) -> object:
    """Return a value of JSON as a cell: what is nested as JSON, what is no number as nothing."""
    kind = type(value)
    if kind is Nan:
        return None
    return as_json(value) if kind in NESTED else value


def as_json(value: object) -> str:
    """Return what is nested as JSON on one line."""
    return json.dumps(value, ensure_ascii=False, default=float, separators=(", ", ": "))


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

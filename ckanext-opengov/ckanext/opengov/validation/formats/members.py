"""Reads JSON piece by piece: what is held is one record of a list, or what stands beside it."""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import isinf
from pathlib import Path
from typing import IO

from ckanext.opengov.shared.domain.texts import is_storable
from ckanext.opengov.validation.reading import MB, Unreadable
from ckanext.opengov.validation.report import Finding

CHUNK = 1 << 16
MAX_RECORD = 16 * MB
"""Characters of one record, or of what stands beside the table."""
MAX_FIRST = MB
"""Characters of the first of records that have a line each."""
BLANK = re.compile(r"[ \t\n\r]*")
ODD = re.compile(r"\\u(?:0000|[dD][89abAB])|\\ud[cf]", re.IGNORECASE)
"""What may be a NUL or half a character: no table can hold them."""
FLOAT_DIGITS, DECIMAL_DIGITS = 16, 28

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


def parts(path: Path, wants: Callable[[str | None], bool]) -> Iterator[Part]:
    """Yield the records of the lists that are wanted, and the members of the object around them.

    ``wants`` is asked with the name of each list, or None where there is none.

    Raises:
        Unreadable: it is no JSON, or has more than records can be.
    """
    with path.open("rb") as stream:
        yield from _Reader(stream).parts(wants)


def read_value(path: Path) -> object:
    """Return what is in a file, which is one value.

    Raises:
        Unreadable: it is no JSON, or larger than a record can be.
    """
    with path.open("rb") as stream:
        return _Reader(stream).value()


def records(path: Path, name: str | None) -> Iterator[Record]:
    """Yield the records of the list under this name; None: the file is the list."""
    for part in parts(path, lambda found: found == name):
        if not isinstance(part, Member):
            yield part


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
            if ODD.search(self._text, self._at, end) and not is_storable(value):
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

"""What a workbook of Excel 97 (XLS) says that the library does not: failed formulas, macros.

Sources: [MS-CFB], the file of streams; [MS-XLS], the records of the workbook's stream.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
END_OF_FILE, BOUND_SHEET, BOOL_OR_ERROR, FORMULA = 0x0A, 0x85, 0x205, 0x06
FILE_PASS, FIRST_RECORDS = 0x2F, 20
FAILED = re.compile(
    rb"\x05\x02\x08\x00.{6}[\x00\x07\x0f\x17\x1d\x24\x2a\x2b]\x01|\x06\x00.{8}\x02.{5}\xff\xff",
    re.DOTALL,
)
"""What looks like a cell with an error: a stream without it need not be read record by record."""
HEADER, ENTRY, IN_HEADER = 512, 128, 109
LAST = 0xFFFFFFFA
"""From here on, a number of a sector means an end, or none."""
STREAM, ROOT = 2, 5
WORKBOOK, MACROS = ("Workbook", "Book"), ("_VBA_PROJECT_CUR", "_VBA_PROJECT")
BROKEN = (IndexError, StopIteration, ValueError, struct.error)

Errors = dict[tuple[int, int], str]


def of_sheet(path: Path, number: int) -> tuple[Errors, bool]:
    """Return the errors by row and column of a sheet, all from 0, and whether there are macros.

    The library has read the file already: of what it forgives and this does not, nothing is said.
    """
    try:
        streams = _Streams(path.read_bytes())
        book = next(streams.content(name) for name in WORKBOOK if name in streams.entries)
        errors = dict(_errors(book, number)) if FAILED.search(book) else {}
        return errors, any(name in streams.entries for name in MACROS)
    except BROKEN:
        return {}, False


def has_password(path: Path) -> bool:
    """Tell whether a workbook says in its first records that a password hides the others."""
    try:
        streams = _Streams(path.read_bytes())
        book = next(streams.content(name) for name in WORKBOOK if name in streams.entries)
        first = islice(_records(book, 0), FIRST_RECORDS)
        return any(kind == FILE_PASS for kind, _at, _length in first)
    except BROKEN:
        return False


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Yield kind, place and length of the records from a place to the end of their part."""
    kind = None
    while kind != END_OF_FILE:
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, at + 4, length
        at += 4 + length


def _errors(stream: bytes, number: int) -> Iterator[tuple[tuple[int, int], str]]:
    sheets = [at for kind, at, _length in _records(stream, 0) if kind == BOUND_SHEET]
    (start,) = struct.unpack_from("<I", stream, sheets[number])
    for kind, at, _length in _records(stream, start):
        if kind == BOOL_OR_ERROR:
            row, column, code, is_error = struct.unpack_from("<HH2xBB", stream, at)
        elif kind == FORMULA:
            row, column, sort, code, mark = struct.unpack_from("<HH2xBxB3xH", stream, at)
            is_error = mark == 0xFFFF and sort == 2  # noqa: PLR2004 - the number of an error
        else:
            continue
        if is_error and code in ERRORS:
            yield (row, column), ERRORS[code]


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: int
    start: int
    size: int


class _Streams:
    """The streams of a compound file: chains of sectors, which may lead in circles."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        shift, small_shift = struct.unpack_from("<HH", raw, 30)
        self._size, self._small = 1 << min(shift, 16), 1 << min(small_shift, 16)
        first, self._cutoff, first_small, _many, more = struct.unpack_from("<I4xIIII", raw, 48)
        tables = list(struct.unpack_from(f"<{IN_HEADER}I", raw, 76))
        seen: set[int] = set()
        while more < LAST and more not in seen:
            seen.add(more)
            *found, more = self._numbers(self._sector(more))
            tables += found
        parts = (self._numbers(self._sector(each)) for each in tables if each < LAST)
        self._next = [number for part in parts for number in part]
        self._next_small = self._numbers(self._chain(first_small, self._next))
        self.entries = dict(self._entries(self._chain(first, self._next)))

    def content(self, name: str) -> bytes:
        """Return a stream; a small one is in small sectors, which the root's stream holds."""
        entry = self.entries[name]
        if entry.size >= self._cutoff:
            return self._chain(entry.start, self._next)[: entry.size]
        root, *_ = (each for each in self.entries.values() if each.kind == ROOT)
        small, size = self._chain(root.start, self._next), self._small
        places = (number * size for number in _links(entry.start, self._next_small))
        return b"".join(small[place : place + size] for place in places)[: entry.size]

    def _sector(self, number: int) -> bytes:
        # The header takes a whole sector.
        start = max(self._size, HEADER) + number * self._size
        return self._raw[start : start + self._size]

    def _chain(self, start: int, following: Sequence[int]) -> bytes:
        return b"".join(map(self._sector, _links(start, following)))

    @staticmethod
    def _numbers(part: bytes) -> tuple[int, ...]:
        return struct.unpack(f"<{len(part) // 4}I", part[: len(part) // 4 * 4])

    @staticmethod
    def _entries(directory: bytes) -> Iterator[tuple[str, _Entry]]:
        for at in range(0, len(directory) - ENTRY + 1, ENTRY):
            length, kind = struct.unpack_from("<HB", directory, at + 64)
            start, size = struct.unpack_from("<II", directory, at + 116)
            name = directory[at : at + max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace")
            yield name, _Entry(kind, start, size)


def _links(start: int, following: Sequence[int]) -> Iterator[int]:
    """Yield the numbers of a chain, each once."""
    number = start
    for _once in following:
        if number >= LAST:
            return
        yield number
        number = following[number]

"""A sample of each column: its different cells, how often each is there, and where first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import repeat
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

ALL, STEP, LAST, MOST = 5_000, 100, 20, 25_000
"""Rows of which all are looked at, one of how many after them, how many at the end, and at most."""
PIECES = 4
"""Of the sample of a column, before they are made one."""
MOST_CELLS = 300_000
"""Of a table of many columns, fewer rows are looked at: what is remembered is cells."""

_NUMBER = r"[+-]?[0-9]{1,3}(?:[ \xa0\u202f]?[0-9]{3})*(?:[.,][0-9]+)?|[+-]?[0-9]+(?:[.,][0-9]+)?"
_BETWEEN = " \xa0\u202f'\u2019"
"""What stands between thousands, beside point and comma."""
# A point and three digits alone may be decimals: «1.234» is no such number.
_GROUPED = (
    rf"[+-]?[0-9]{{1,3}}(?:(?:[{_BETWEEN}][0-9]{{3}})+(?:[.,][0-9]+)?"
    r"|(?:\.[0-9]{3})+,[0-9]+|(?:\.[0-9]{3}){2,}|(?:,[0-9]{3})+\.[0-9]+|(?:,[0-9]{3}){2,})"
)
_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|janv|févr|mars|avr|mai|juin|juil|août"
    r"|sept|déc)\.?"
)
_UNIT = (
    r"%|‰|°C|[kcm]?m[²³23]?|km/h|k?g|t|tonnes?|ha|hectares?|[mk]?l|litres?|h|min|s|[kMG]?Wh?|mg/l"
    r"|[µu]g/m[³3]|[kM]?DT|TND|dinars?|د\.?ت\.?|دينار|€|EUR|\$|USD|كم|كغ|هك|هكتار|طن"
)
_ARABIC = r"\u0660-\u0669\u06f0-\u06f9"
KIND = re.compile(
    rf"""
    (?P<digits>[0-9]+)
    |(?P<science>[0-9](?:[.,][0-9]{{0,5}})?E\+[0-9]{{2}})
    |(?P<point>[+-]?[0-9]+\.[0-9]+)
    |(?P<comma>[+-]?[0-9]+,[0-9]+)
    |(?P<grouped>{_GROUPED})
    |(?P<day>[0-9]{{1,2}}[/.-][0-9]{{1,2}}[/.-](?:[0-9]{{4}}|[0-9]{{2}})(?:\ [0-9:]+)?)
    |(?P<iso>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?:[T\ ][0-9:.]+)?)
    |(?P<month>[0-9]{{1,2}}-(?i:{_MONTH})|(?i:{_MONTH})-[0-9]{{2}})
    |(?P<arabic>[+-]?[{_ARABIC}][{_ARABIC}\ .,/:\u066b\u066c-]*)
    |(?P<unit>(?:{_NUMBER})\s?(?:{_UNIT}))
    """,
    re.VERBOSE,
)
"""What a cell looks like; a cell that is none of these is a text."""
TEXT = "text"
NUMBERS = ("digits", "point", "comma", "grouped")
THOUSANDS = 3
PLAIN = {
    # What begins with a letter that begins no month; moments.
    TEXT: r"\A(?:[^\x00-\x7f\x{660}-\x{669}\x{6f0}-\x{6f9}]|[BCEGHIKLPQRT-Zbceghiklpqrt-z]"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9:]+)\z)",
    "digits": r"\A[0-9]+\z",
    "point": r"\A[+-]?[0-9]+\.[0-9]+\z",
    "comma": r"\A[+-]?[0-9]+,[0-9]+\z",
    "grouped": rf"\A(?:{_GROUPED})\z",
    "iso": r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+)?\z",
}
"""The same for RE2, as far as it is told at a glance."""

Rows = npt.NDArray[np.int64]
_NO_CELLS = pa.array([], pa.string())


def cells_of(column: pa.Array) -> pa.Array:
    """Return the cells as texts, with offsets of 32 bits."""
    return column if pa.types.is_string(column.type) else column.cast(pa.string())


def bytes_of(column: pa.Array) -> bytes:
    """Return all cells of a column of texts, one behind the other."""
    _valid, offsets, content = column.buffers()
    if not len(column) or content is None:
        return b""
    ends = np.frombuffer(offsets, dtype=np.int32)[column.offset : column.offset + len(column) + 1]
    return bytes(content.slice(ends[0], ends[-1] - ends[0]).to_pybytes())


def _parted(cell: str) -> tuple[str, str, str]:
    at = max(cell.rfind("."), cell.rfind(","))
    # A mark that comes again stands between thousands.
    is_decimal = at >= 0 and cell[at] not in cell[:at]
    return (cell[:at], cell[at], cell[at + 1 :]) if is_decimal else (cell, "", "")


def decimal_mark(cell: str) -> str:
    """Return the comma or point before the decimals of a number; none where it may be another."""
    whole, mark, decimals = _parted(cell)
    is_plain = whole.lstrip("+-").isdigit()
    return "" if is_plain and len(decimals) == THOUSANDS else mark


def value_of(cell: str) -> float | None:
    """Return the number that a cell is; None: it is none."""
    whole, _, decimals = _parted(cell)
    try:
        return float(re.sub(rf"[{_BETWEEN}.,]", "", whole) + (decimals and f".{decimals}"))
    except ValueError:
        return None


class Seen(NamedTuple):
    """How often a cell is in the sample, and its first row."""

    times: int
    row: int


class Column:
    """The sample of one column."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._cells: list[pa.StringArray] = []
        self._rows: list[Rows] = []

    def add(self, cells: pa.StringArray, rows: Rows) -> None:
        """Take further cells, of later rows."""
        self._cells.append(cells)
        self._rows.append(rows)
        if len(self._cells) > PIECES:
            # Each takes a kilobyte, whatever it holds: of thousands of columns, that is much.
            self._cells = [pa.concat_arrays(self._cells)]
            self._rows = [np.concatenate(self._rows)]

    @cached_property
    def cells(self) -> dict[str, Seen]:
        """The different cells, without the blanks around them, when all were added."""
        texts = pc.utf8_trim_whitespace(pa.concat_arrays(self._cells or [_NO_CELLS]))
        encoded = pc.fill_null(texts, "").dictionary_encode()
        which = encoded.indices.to_numpy()
        firsts = np.zeros(len(encoded.dictionary), np.int64)
        # Of several rows with the same cell, the last that is written here stays.
        firsts[which[::-1]] = np.concatenate(self._rows or [which])[::-1]
        pairs = zip(np.bincount(which).tolist(), firsts.tolist(), strict=True)
        # A hundred thousand of them: its own __new__ is in Python.
        seen = map(tuple.__new__, repeat(Seen), pairs)
        found = dict(zip(encoded.dictionary.to_pylist(), seen, strict=True))
        found.pop("", None)
        return found

    @cached_property
    def filled(self) -> int:
        """How many cells of the sample are not blank."""
        return sum(seen.times for seen in self.cells.values())

    @cached_property
    def kinds(self) -> dict[str, dict[str, Seen]]:
        """The cells by what they look like, when all were added."""
        cells = self.cells
        found: dict[str, dict[str, Seen]] = {}
        rest = pa.array(cells, pa.string())
        for kind, pattern in PLAIN.items():
            is_one = pc.match_substring_regex(rest, pattern)
            texts = rest.filter(is_one).to_pylist()
            if texts:
                found[kind] = {text: cells[text] for text in texts}
                rest = rest.filter(pc.invert(is_one))
        for text in rest.to_pylist():
            match = KIND.fullmatch(text)
            found.setdefault((match and match.lastgroup) or TEXT, {})[text] = cells[text]
        return found

    def of(self, *kinds: str) -> dict[str, Seen]:
        """Return the cells of these kinds."""
        if len(kinds) == 1:
            return self.kinds.get(kinds[0], {})
        return {cell: seen for kind in kinds for cell, seen in self.kinds.get(kind, {}).items()}

    def texts_like(self, pattern: re.Pattern[str]) -> list[str]:
        """Return the texts that are this as a whole; RE2 must know the pattern too."""
        is_like = pc.match_substring_regex(self._texts, rf"\A(?:{pattern.pattern})\z")
        found: list[str] = self._texts.filter(is_like).to_pylist()
        return found

    @cached_property
    def _texts(self) -> pa.StringArray:
        return pa.array(self.of(TEXT), pa.string())

    def share(self, cells: Iterable[str]) -> float:
        """Return which share of the filled cells these are."""
        return sum(self.cells[cell].times for cell in cells) / max(self.filled, 1)


class Sample:
    """Takes a sample of the rows that go by."""

    def __init__(self, names: Sequence[str]) -> None:
        self._columns = [Column(name) for name in names]
        self._most = min(MOST, max(MOST_CELLS // max(len(names), 1), 2))
        self._all = min(ALL, self._most // 2)
        self._taken = 0
        self._step = STEP
        self._all_to = 0
        """Up to this row all were taken."""
        self._recent: list[tuple[Sequence[pa.Array], int, int]] = []
        """The last batches, with their first rows and their lengths."""
        self._is_done = False

    def see(self, columns: Sequence[pa.Array], first_row: int) -> None:
        """Take some of these rows."""
        length = max(map(len, columns), default=0)
        places = range(min(length, max(self._all - self._taken, 0)))
        if not places and length:
            if self._taken > self._most:
                self._taken, self._step = self._all, 10 * self._step
            places = range(-first_row % self._step, length, self._step)
        self._take(columns, places, first_row)
        self._recent.append((columns, first_row, length))
        while sum(each[2] for each in self._recent[1:]) >= LAST:
            self._recent.pop(0)

    def _take(self, columns: Sequence[pa.Array], places: range, first_row: int) -> None:
        if not places:
            return
        self._taken += len(places)
        wanted = np.arange(places.start, places.stop, places.step)
        if places.step == 1:
            self._all_to = first_row + places[-1]
        rows = first_row + wanted
        for column, cells in zip(self._columns, columns, strict=True):
            column.add(cells.take(wanted), rows)

    @cached_property
    def last(self) -> list[tuple[int, tuple[str | None, ...]]]:
        """The last rows, with their numbers, when all were seen."""
        found: list[tuple[int, tuple[str | None, ...]]] = []
        for columns, first_row, length in self._recent:
            start = max(length - LAST, 0)
            ends = [each.slice(start).to_pylist() for each in columns]
            found += enumerate(zip(*ends, strict=True), first_row + start)
        return found[-LAST:]

    @property
    def is_whole(self) -> bool:
        """Tell whether all rows are in the sample."""
        return not self.last or self.last[-1][0] <= self._all_to

    def columns(self) -> list[Column]:
        """Return the columns, the last rows among them."""
        if self._is_done:
            return self._columns
        self._is_done = True
        new = [(number, row) for number, row in self.last if number > self._all_to]
        numbers = np.array([number for number, _row in new], np.int64)
        for place, column in enumerate(self._columns):
            column.add(pa.array([row[place] for _number, row in new], pa.string()), numbers)
        return self._columns

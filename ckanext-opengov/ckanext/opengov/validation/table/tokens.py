"""Cuts a CSV file into columns: with Arrow where it reads as Python does, else with Python."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as arrow_csv

BLOCK = 3 << 19
"""Bytes that are read at once; no record may be larger, or Python reads the file."""
LOOK = 1 << 17
"""Bytes that are looked at together: they stay in the processor's cache."""
DECODED = 1 << 15
"""Bytes that are decoded together, for the same reason: as text they are several times as many."""
ROWS_AT_ONCE = 4096
MAX_PENDING, MAX_PENDING_BYTES = 50_000, 16 << 20
"""Ragged records that wait for their batch: in a file of nothing else, Python is faster."""

_FEED, _RETURN = b"\n\r"

Rows = npt.NDArray[np.int64]
Ragged = tuple[int, list[str]]
Cells: TypeAlias = pa.StringArray | list[object]
"""Of one column: as they stand in a text, or Python objects."""


class Unfit(Exception):
    """Arrow would cut this file otherwise than Python's parser does."""


class Endless(Exception):
    """A cell is longer than any may be; the argument is the line."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a CSV file is read."""

    path: Path
    encoding: str
    dialect: type[csv.Dialect] | csv.Dialect
    width: int
    """Columns that a record has."""
    first: int
    """Record in which the data starts, counted from 1."""
    blank_lines: bool
    """An empty line, which Arrow takes for empty cells, finds the same as no cells at all."""

    @property
    def fits_arrow(self) -> bool:
        """Tell whether Arrow knows such separators."""
        dialect = self.dialect
        return (
            not dialect.skipinitialspace
            and not dialect.escapechar
            and bool(dialect.doublequote)
            and dialect.quotechar == '"'
            and dialect.quoting == csv.QUOTE_MINIMAL
            and dialect.delimiter.isascii()
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records of a file."""

    columns: Sequence[Cells]
    """The records that have as many cells as there are columns."""
    rows: Rows
    """The number of each of them in the file."""
    ragged: list[Ragged] = field(default_factory=list)
    """The others, numbered."""
    width: int = 0
    """Columns of the table."""

    def padded(self) -> tuple[list[pa.StringArray], int]:
        """Return all records in order, null where no cell is, and the number of the first."""
        columns = [_texts(each) for each in self.columns]
        if not self.ragged:
            return columns, int(self.rows[0])
        numbers = np.array([number for number, _ in self.ragged], np.int64)
        # Between which of the others they stand: taking each cell by its place takes longer.
        before = np.searchsorted(self.rows, numbers)
        places = np.flatnonzero(np.diff(before, prepend=-1)).tolist()
        cuts = [0, *before[places].tolist(), len(self.rows)]
        runs = list(zip(places, [*places[1:], len(numbers)], strict=True))
        mixed = []
        for place in range(max(len(columns), self.width)):
            cells = columns[place] if columns else pa.array([], pa.string())
            odd = pa.array([_cell_at(each, place) for _, each in self.ragged], pa.string())
            parts = [cells[: cuts[1]]]
            for (first, end), (cut, next_cut) in zip(
                runs, itertools.pairwise(cuts[1:]), strict=True
            ):
                parts += odd[first:end], cells[cut:next_cut]
            mixed.append(pa.concat_arrays(parts))
        return mixed, min([*self.rows[:1].tolist(), int(numbers[0])])

    @property
    def size(self) -> int:
        """Count the records."""
        return len(self.rows) + len(self.ragged)


def _cell_at(cells: Sequence[str], place: int) -> str | None:
    return cells[place] if place < len(cells) else None


def _texts(cells: Cells) -> pa.StringArray:
    if isinstance(cells, list):
        return pa.array([None if each is None else str(each) for each in cells], pa.string())
    return cells


def batches(layout: Layout, only: Sequence[int] = (), *, slowly: bool = False) -> Iterator[Batch]:
    """Yield the records of the file; of the columns, those at the places of ``only`` (all).

    ``slowly``: with Python's own parser.

    Raises:
        Unfit: at some place of the file, Arrow cannot be trusted; read it slowly.
        UnicodeError: the text is not in the encoding.
        Endless: a cell is longer than any may be.
    """
    return _by_python(layout, only) if slowly else _by_arrow(layout, only)


class _Doubts:
    """Looks at the bytes of a text in UTF-8 for what Arrow reads otherwise than Python."""

    def __init__(self, layout: Layout) -> None:
        self._blank_lines = layout.blank_lines
        self._before = b"\n"

    def see(self, chunk: bytes) -> None:
        """Look at the next bytes.

        Raises:
            Unfit: there is something.
        """
        if b"\0" in chunk:
            raise Unfit
        for start in range(0, len(chunk), LOOK):
            seen = self._before + chunk[start : start + LOOK]
            signs = np.frombuffer(seen, np.uint8)
            if not self._blank_lines:
                is_return, is_feed = signs == _RETURN, signs == _FEED
                is_end = is_return | is_feed
                if (is_end[:-1] & is_end[1:] & ~(is_return[:-1] & is_feed[1:])).any():
                    raise Unfit
            self._before = seen[-1:]


class Blocks(io.RawIOBase):
    """The bytes of a text file, in blocks of which none ends between the two signs of a line end.

    Arrow takes these for one, and the line feed away: in quotation marks too.
    """

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._held = b""

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return some of the next bytes, at most ``size``; none: the file ends."""
        found = self._held
        while len(found) < min(LOOK, size // 2) and (more := self._more(size - len(found))):
            found += more
        end = min(len(found), size)
        end -= end > 1 and found[end - 1] == _RETURN
        found, self._held = found[:end], found[end:]
        return found

    def _more(self, size: int) -> bytes:
        return self._source.read(size)


class _Utf8(Blocks):
    """The bytes of a text file of another encoding as UTF-8."""

    def __init__(self, source: BinaryIO, layout: Layout) -> None:
        super().__init__(source)
        self._decoder = codecs.getincrementaldecoder(layout.encoding)()
        self._doubts = _Doubts(layout)
        self._is_start = True
        self.tail = (b"", b"")
        """The last bytes read."""

    def _more(self, size: int) -> bytes:
        found = b""
        while not found:
            chunk = self._source.read(max(3 * size // 4, 1))
            if not chunk:
                self._decoder.decode(b"", final=True)
                return b""
            # A character of several bytes may go on in the next piece.
            pieces = (chunk[at : at + DECODED] for at in range(0, len(chunk), DECODED))
            found = b"".join(self._decoder.decode(each).encode() for each in pieces)
            found = found.removeprefix(codecs.BOM_UTF8) if self._is_start else found
            self._doubts.see(found)
            self._is_start = self._is_start and not found
            self.tail = (self.tail[-1], found)
        return found


def _look_through(layout: Layout) -> bytes:
    """Look at a file in UTF-8 for what Arrow reads otherwise; return its last bytes."""
    doubts = _Doubts(layout)
    with layout.path.open("rb") as source:
        while chunk := source.read(BLOCK):
            doubts.see(chunk)
        source.seek(max(source.tell() - 2 * BLOCK, 0))
        return source.read()


def _ends_within(end: bytes, cell: str) -> bool:
    """Tell whether a text ends with this as a cell whose quotation mark is never closed.

    Of such a cell, Arrow drops the last line end.
    """
    start = b'"' + cell.encode().replace(b'"', b'""')
    stripped = end.removesuffix(b"\n").removesuffix(b"\r")
    if not cell:
        return stripped.endswith(b'"') and not stripped.endswith(b'""')
    return end.endswith(start) or stripped.endswith(start)


def _by_arrow(layout: Layout, only: Sequence[int]) -> Iterator[Batch]:
    """Read UTF-8 as it is, while another thread looks at its bytes; other texts through Python."""
    if layout.encoding in ("utf-8", "utf-8-sig"):
        with ThreadPoolExecutor(1) as beside, layout.path.open("rb", buffering=0) as source:
            end = beside.submit(_look_through, layout)
            yield from _parsed(layout, only, Blocks(source), end.result)
        return
    with layout.path.open("rb") as source:
        text = _Utf8(source, layout)
        yield from _parsed(layout, only, text, lambda: b"".join(text.tail))


def _parsed(
    layout: Layout, only: Sequence[int], text: Blocks, end: Callable[[], bytes]
) -> Iterator[Batch]:
    numbers = _Numbers(layout)
    names = [str(place) for place in range(layout.width)]
    last: Ragged = (0, [""])
    try:
        reader = arrow_csv.open_csv(
            text,
            arrow_csv.ReadOptions(
                block_size=BLOCK,
                column_names=names,
                skip_rows_after_names=layout.first - 1,
                use_threads=False,
            ),
            arrow_csv.ParseOptions(
                delimiter=layout.dialect.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=numbers.hold,
            ),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=False,
                include_columns=[names[place] for place in only],
            ),
        )
        for found in reader:
            if found.num_rows:
                batch = numbers.batch(found.columns, found.num_rows)
                last = (int(batch.rows[-1]), [found.columns[-1][-1].as_py()])
                yield batch
    except pa.ArrowInvalid as error:
        raise Unfit from error
    ragged = numbers.rest()
    _, cells = max([last, *ragged[-1:]])
    if _ends_within(end(), (cells or [""])[-1]) and not only:
        raise Unfit
    yield Batch([], np.empty(0, np.int64), ragged, layout.width)


class _Numbers:
    """Numbers the records that Arrow delivers, between those that it leaves out as ragged."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._held: list[tuple[int, str]] = []
        self._whole = self._ragged = self._bytes = 0

    def hold(self, row: arrow_csv.InvalidRow) -> str:
        self._bytes += len(row.text)
        if len(self._held) >= MAX_PENDING or self._bytes > MAX_PENDING_BYTES:
            return "error"
        if row.number >= self._layout.first:
            self._held.append((row.number, row.text))
        return "skip"

    def batch(self, columns: list[pa.StringArray], size: int) -> Batch:
        places = self._whole + np.arange(size, dtype=np.int64)
        rows = places + (self._layout.first + self._ragged)
        count = 0
        if self._held:
            held = np.array([number for number, _ in self._held], np.int64)
            before = held - (self._layout.first + self._ragged) - np.arange(len(held))
            rows += np.searchsorted(before, places, side="right")
            count = int(np.searchsorted(held, rows[-1]))
        self._whole += size
        return Batch(columns, rows, self._cut(count), self._layout.width)

    def rest(self) -> list[Ragged]:
        return self._cut(len(self._held))

    def _cut(self, count: int) -> list[Ragged]:
        found, self._held = self._held[:count], self._held[count:]
        self._ragged += count
        self._bytes = sum(len(text) for _, text in self._held)
        return [(number, _cells(text, self._layout)) for number, text in found]


def _cells(text: str, layout: Layout) -> list[str]:
    return next(csv.reader(io.StringIO(text, newline=""), dialect=layout.dialect), [])


def _some(numbered: Iterator[Ragged]) -> list[Ragged]:
    """Return the next records, few if they are long."""
    found: list[Ragged] = []
    size = 0
    for record in itertools.islice(numbered, ROWS_AT_ONCE):
        found.append(record)
        size += sum(map(len, record[1])) + len(record[1])
        if size > BLOCK:
            break
    return found


def _by_python(layout: Layout, only: Sequence[int]) -> Iterator[Batch]:
    kept = only or range(layout.width)
    try:
        with layout.path.open(encoding=layout.encoding, newline="") as source:
            records = csv.reader(source, dialect=layout.dialect)
            numbered = itertools.islice(enumerate(records, 1), layout.first - 1, None)
            while found := _some(numbered):
                whole = [each for each in found if len(each[1]) == layout.width]
                columns = list(zip(*(cells for _, cells in whole), strict=True))
                yield Batch(
                    [pa.array(columns[place], pa.string()) for place in kept] if columns else [],
                    np.array([number for number, _ in whole], np.int64),
                    [each for each in found if len(each[1]) != layout.width],
                    layout.width,
                )
    except csv.Error as error:
        if "field larger" in str(error):
            raise Endless(records.line_num) from error
        raise

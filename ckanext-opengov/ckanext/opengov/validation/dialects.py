"""Finds out how the cells of a text file are parted, from all of the file.

Each separator is tried on the head, on pieces spread over the file and on its end. The
right one gives rows of one width; in a tie the comma comes last, because it also stands
in numbers and sentences.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

HEAD = 1 << 17
PIECE = 1 << 14
PIECES = 24
"""Bytes of the head, bytes of each later piece, and how many of these."""
DELIMITERS = ("\t", "|", ";", ",")
"""In a tie, the first counts."""
EVEN = 0.8
"""Share of rows from which a separator counts though the first row has none."""
MAX_TITLES, FEW_ROWS = 20, 2
"""Lines above a table, which has so many rows at least, and as many as stand around it."""
NEAR = 0.02
"""Shares of rows that differ by no more are a tie."""
MAX_CELL_BYTES = 8 << 20
"""A longer cell is no cell: a quotation mark that swallows the file, or an attack."""
NAMED = re.compile(r"\ufeff?\"?sep=(.)\"?\r?\n?", re.IGNORECASE)
"""The line by which Excel is told the separator."""
SINGLE_QUOTED = re.compile(r"(?:^|[,;|\t])'[^'\r\n]*'(?=[,;|\t\r\n]|$)", re.MULTILINE)

Rows = list[list[str]]


@dataclass(frozen=True, slots=True)
class Separators:
    """How the cells of a text file are parted."""

    delimiter: str = ","
    quote: str = '"'
    skips_blanks: bool = False
    """A blank follows each separator, and belongs to no cell."""
    named: bool = False
    """The first record names the separator; the table begins with the second."""


def detect(path: Path, encoding: str) -> Separators:
    """Return the separators of a text file, whatever is in it."""
    pieces = [piece for piece in _pieces(path, encoding) if piece]
    if not pieces:
        return Separators()
    named = NAMED.match(pieces[0])
    if named:
        pieces[0] = pieces[0][named.end() :]
    quote = _quote(pieces)
    delimiter = named[1] if named else _delimiter(pieces, quote)
    return Separators(delimiter, quote, _skips_blanks(pieces, delimiter), named is not None)


def _pieces(path: Path, encoding: str) -> Iterator[str]:
    """Yield whole lines of the head, of places spread over the file and of its end."""
    width = 2 if encoding.startswith("utf-16") else 1
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(HEAD)
        if encoding == "utf-16":
            encoding = "utf-16-le" if head.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
        text = head.decode(encoding, "replace").removeprefix("\ufeff")
        end = "\n" if "\n" in text else "\r"
        yield text if size <= HEAD else text[: text.rfind(end) + 1]
        step = max((size - HEAD) // PIECES, PIECE)
        for start in range(HEAD, size, step):
            stream.seek(min(start, max(size - PIECE, HEAD)) // width * width)
            text = stream.read(PIECE).decode(encoding, "replace")
            yield text[text.find(end) + 1 : text.rfind(end) + 1]


def _rows(piece: str, delimiter: str, quote: str = '"') -> Rows:
    stream = io.StringIO(piece, newline="")
    try:
        rows = list(csv.reader(stream, delimiter=delimiter, quotechar=quote))
    except csv.Error:  # One cell is larger than any should be.
        rows = [line.split(delimiter) for line in piece.splitlines()]
    return [row for row in rows if row]


def _quote(pieces: Sequence[str]) -> str:
    text = "".join(pieces)
    return "'" if '"' not in text and len(SINGLE_QUOTED.findall(text)) > text.count("\n") else '"'


@dataclass(frozen=True, slots=True)
class _Trial:
    """What a separator makes of the file."""

    delimiter: str
    in_first: int = 1
    """Cells of the first row."""
    splits: int = 0
    """Rows in which it stands."""
    share: float = 0.0
    """Share of all rows that have the width of the table."""
    is_good: bool = False
    rank: tuple[bool, bool] = (False, False)
    """It stands not only where text has a comma; the first row is the header."""


def _try(pieces: Sequence[str], delimiter: str, quote: str) -> _Trial:
    rows = _rows(pieces[0], delimiter, quote)
    if not rows:
        return _Trial(delimiter)
    table = _table(rows)
    widths = Counter(map(len, table))
    for piece in pieces[1:]:
        # The first and the last row may be parts of one.
        widths.update(len(row) for row in _rows(piece, delimiter, quote)[1:-1])
    width, times = widths.most_common(1)[0]
    total, in_first = widths.total(), len(rows[0])
    splits, fits = total - widths[1], len(table[0]) == width
    is_text = delimiter == "," and all(map(_is_text, table))
    is_even = splits >= EVEN * total and (fits or times >= EVEN * total)
    return _Trial(
        delimiter,
        in_first,
        splits,
        times / (total + len(rows) - len(table)),
        width > 1 and (in_first == width or (is_even and not (is_text and in_first == 1))),
        # Below a title that has the sign by chance, the header has none.
        (not is_text, in_first == width and len(rows[:2][-1]) > 1),
    )


def _table(rows: Rows) -> Rows:
    """Return the rows without titles and notes, which are one cell by any separator."""
    wide = [at for at, row in enumerate(rows) if len(row) > 1]
    table = rows[wide[0] : wide[-1] + 1] if wide and wide[0] <= MAX_TITLES else []
    return table if len(table) >= max(FEW_ROWS, len(rows) - len(table)) else rows


def _is_text(row: Sequence[str]) -> bool:
    """Tell whether each comma of a row may be one of a sentence or of a number."""
    return all(
        after[:1].isspace() or (before[-1:].isdigit() and after[:1].isdigit())
        for before, after in itertools.pairwise(row)
    )


def _delimiter(pieces: Sequence[str], quote: str) -> str:
    trials = [_try(pieces, each, quote) for each in DELIMITERS]
    good = [each for each in trials if each.is_good]
    if not good:
        # What stands only below the header parts no cells: there is one column.
        return max(reversed(trials), key=lambda each: (each.in_first, -each.splits)).delimiter
    best = max((each.rank, each.share) for each in good)
    return next(
        each.delimiter for each in good if each.rank == best[0] and each.share >= best[1] - NEAR
    )


def _skips_blanks(pieces: Sequence[str], delimiter: str) -> bool:
    later = [cell for row in _rows(pieces[0], delimiter) for cell in row[1:] if cell]
    return delimiter != "\t" and bool(later) and all(cell.startswith(" ") for cell in later)

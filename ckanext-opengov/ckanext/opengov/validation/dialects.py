"""Finds out how the cells of a text file are parted, from all of the file.

Each separator is tried on the head, on pieces spread over the file and on its end. The
right one gives rows of one width; in a tie the comma comes last, because it also stands
in numbers and sentences.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

HEAD = 1 << 17
PIECE = 1 << 14
PIECES = 24
"""Bytes of the head, bytes of each later piece, and how many of these."""
DELIMITERS = ("\t", ";", "|", ",")
"""In a tie, the first counts."""
EVEN = 0.8
"""Share of rows of one width from which a separator counts though the first row has none."""
MAX_TITLES, FEW_ROWS = 20, 3
"""Lines above a table, which has so many rows at least, and twice as many as there are titles."""
NEAR = 0.02
"""Shares of rows that differ by no more are a tie."""
MAX_CELL_BYTES = 8 << 20
"""A longer cell is no cell: a quotation mark that swallows the file, or an attack."""
NAMED = re.compile(r"\ufeff?\"?sep=(.)\"?\r?\n?", re.IGNORECASE)
"""The line by which Excel is told the separator."""
SINGLE_QUOTED = re.compile(r"(?:^|[,;|\t])'[^'\r\n]*'(?=[,;|\t\r\n]|$)", re.MULTILINE)
NUMBERS = re.compile(r"[\d.,\s+-]*")

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
    width: int
    """Cells of most rows."""
    share: float
    """Share of rows of this width."""
    fits_first: bool
    is_numbers: bool
    """The second row is nothing but numbers: its commas may be decimal ones."""


def _try(pieces: Sequence[str], delimiter: str, quote: str) -> _Trial | None:
    rows = _rows(pieces[0], delimiter, quote)
    # Titles above a table are one cell by any separator.
    start = next((at for at, row in enumerate(rows[:MAX_TITLES]) if len(row) > 1), 0)
    if len(rows) - start < max(FEW_ROWS, 2 * start):
        start = 0
    widths = Counter(len(row) for row in rows[start:])
    for piece in pieces[1:]:
        # The first and the last row may be parts of one.
        widths.update(len(row) for row in _rows(piece, delimiter, quote)[1:-1])
    if not widths:
        return None
    width, times = widths.most_common(1)[0]
    second = delimiter.join(rows[1]) if len(rows) > 1 else ""
    is_numbers = bool(NUMBERS.fullmatch(second))
    return _Trial(delimiter, width, times / widths.total(), len(rows[0]) == width, is_numbers)


def _delimiter(pieces: Sequence[str], quote: str) -> str:
    trials = [_try(pieces, each, quote) for each in DELIMITERS]
    good = [each for each in trials if each and each.width > 1 and _counts(each)]
    if not good:
        first = _first(pieces[0])
        return max(reversed(DELIMITERS), key=first.count)
    best = max((each.fits_first, each.share) for each in good)
    return next(
        each.delimiter
        for each in good
        if each.fits_first == best[0] and each.share >= best[1] - NEAR
    )


def _counts(trial: _Trial) -> bool:
    if trial.fits_first:
        return True
    is_text = trial.delimiter == "," and (trial.width == 2 or trial.is_numbers)  # noqa: PLR2004
    return trial.share >= EVEN and not is_text


def _first(piece: str) -> str:
    return piece.lstrip().partition("\n")[0]


def _skips_blanks(pieces: Sequence[str], delimiter: str) -> bool:
    later = [cell for row in _rows(pieces[0], delimiter) for cell in row[1:] if cell]
    return delimiter != "\t" and bool(later) and all(cell.startswith(" ") for cell in later)

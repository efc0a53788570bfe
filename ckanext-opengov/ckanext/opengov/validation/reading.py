"""Looks at a file's bytes before anyone parses them: what it is, and in which encoding."""

from __future__ import annotations

import csv
import hashlib
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ckanext.opengov.validation import dialects, encodings
from ckanext.opengov.validation.dialects import Separators
from ckanext.opengov.validation.report import Finding

CHUNK = 1 << 20
MB = 1 << 20
MAX_UNPACKED = 300 * MB
MAX_COLUMNS = 4_000
"""Beyond them it is no table that anybody reads."""

PROGRAMS = (
    b"MZ",  # Windows
    b"\x7fELF",  # Linux
    b"\xfe\xed\xfa\xce",  # macOS, in both orders of bytes, of 32 and 64 bits
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"#!",  # scripts
)
"""First bytes of what a machine would run."""
PLAIN = re.compile(rb"[\t\n\r\x20-\xff]*")
ESCAPED, LOST = "[\udc80-\udcff]", "[\x80-\x9f\ufffd]"
"""What bytes that mean nothing are read as: a text in UTF-8 may have the others as such."""


class Unreadable(Exception):
    """The file cannot be checked; the finding says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


@dataclass(frozen=True, slots=True)
class Text:
    """What the bytes of a text file say."""

    encoding: str
    lines: int
    """Line feeds: about as many as rows."""
    separators: Separators
    others: tuple[str, ...] = ()
    """Encodings in which it may be as well: little in the text tells."""


def digest(path: Path) -> str:
    """Return the SHA-256 of the file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def refuse_program(path: Path) -> None:
    """See that a file, whatever its name says, is nothing that a machine would run.

    Raises:
        Unreadable: it is a program.
    """
    with path.open("rb") as stream:
        head = stream.read(MB)
    # A table may begin with a column «MZ»: a program of Windows is no text.
    is_text = head.startswith(b"MZ") and PLAIN.fullmatch(head)
    if head.startswith(PROGRAMS) and not is_text:
        raise Unreadable(Finding("program"))


def too_wide() -> Unreadable:
    """Return the error of a table with too many columns."""
    return Unreadable(Finding("too-many-columns", params={"most": MAX_COLUMNS}))


def look_at_text(path: Path) -> Text:
    """Find out the encoding of a CSV file, and how its cells are parted.

    Raises:
        Unreadable: it is a damaged one.
    """
    with path.open("rb") as stream:
        head = stream.read(CHUNK)
    if not head.strip():
        raise Unreadable(Finding("source-error", params={"variant": "empty"}))
    guess = encodings.detect(path)
    separators = dialects.detect(path, guess.encoding)
    text = Text(guess.encoding, guess.lines, separators, guess.others)
    if guess.has_nul:
        raise Unreadable(Finding("nul-character", row=_row_with("\0", path, text)))
    if guess.is_damaged:
        bad = ESCAPED if guess.encoding.startswith("utf-8") else LOST
        raise Unreadable(Finding("encoding-error", row=_row_with(bad, path, text)))
    if guess.quotes % 2:
        _refuse_open_quote(path, text)
    return text


def _refuse_open_quote(path: Path, text: Text) -> None:
    """See that no quotation mark swallows the rest of the file.

    Python's parser, and so Frictionless, takes everything after it for one cell.
    """
    # An empty line is a record of its own, but within quotation marks.
    row, last = _last_record(itertools.chain(_lines(path, text), [""]), text.separators)
    if last:
        raise Unreadable(Finding("source-error", row=row, params={"variant": "quote"}))


def _row_with(pattern: str, path: Path, text: Text) -> int:
    """Return which record has the first line in which this stands."""
    found = re.compile(pattern)

    def lines() -> Iterator[str]:
        for line in _lines(path, text):
            yield line
            if found.search(line):
                break

    return _last_record(lines(), text.separators)[0]


def _lines(path: Path, text: Text) -> Iterator[str]:
    errors = "surrogateescape" if text.encoding.startswith("utf-8") else "replace"
    with path.open(encoding=text.encoding, errors=errors, newline="") as stream:
        yield from stream


def _last_record(lines: Iterable[str], separators: Separators) -> tuple[int, list[str]]:
    """Return the number of the last record, and its cells."""
    row, cells = 0, list[str]()
    records = csv.reader(
        lines,
        delimiter=separators.delimiter,
        quotechar=separators.quote,
        skipinitialspace=separators.skips_blanks,
    )
    try:
        for row, cells in enumerate(records, 1):  # noqa: B007
            pass
    except csv.Error as error:
        params = {"most": csv.field_size_limit() // MB}
        raise Unreadable(Finding("too-long-row", row=row + 1, params=params)) from error
    return row, cells

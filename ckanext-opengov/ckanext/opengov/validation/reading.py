"""Looks at a file's bytes before anyone parses them: what it is, and in which encoding."""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from ckanext.opengov.validation import encodings
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
    """Find out the encoding of a CSV file.

    Raises:
        Unreadable: it is a damaged one.
    """
    with path.open("rb") as stream:
        head = stream.read(CHUNK)
    if not head.strip():
        raise Unreadable(Finding("source-error", params={"variant": "empty"}))
    guess = encodings.detect(path)
    if guess.nul_line is not None:
        raise Unreadable(Finding("nul-character", row=guess.nul_line))
    if guess.bad_line is not None:
        raise Unreadable(Finding("encoding-error", row=guess.bad_line))
    return _with_closed_quotes(path, Text(guess.encoding, guess.lines, guess.others), guess.quotes)


def _with_closed_quotes(path: Path, text: Text, quotes: int) -> Text:
    """Return the text, unless a quotation mark swallows the rest of the file.

    Python's parser, and so Frictionless, takes everything after it for one cell.
    """
    if quotes % 2:
        row = 0
        with path.open(encoding=text.encoding, errors="replace", newline="") as stream:
            try:
                for row, _cells in enumerate(csv.reader(stream, strict=True), 1):  # noqa: B007
                    pass
            except csv.Error as error:
                if "unexpected end" in str(error):
                    params = {"variant": "quote"}
                    raise Unreadable(Finding("source-error", row=row + 1, params=params)) from None
                if "field larger" in str(error):
                    most = csv.field_size_limit() // MB
                    finding = Finding("too-long-row", row=row + 1, params={"most": most})
                    raise Unreadable(finding) from None
    return text

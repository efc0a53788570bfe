"""Looks at a file's bytes before anyone parses them: what it is, and in which encoding."""

from __future__ import annotations

import codecs
import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ckanext.opengov.validation.report import Finding

CHUNK = 1 << 20
MB = 1 << 20
MAX_UNPACKED = 300 * MB
MAX_COLUMNS = 4_000
"""Beyond them it is no table that anybody reads."""
MAX_LINE = 16 * MB
SEPARATORS = (b",", b";", b"\t", b"|")
ARABIC = range(0x0621, 0x0653)

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

    Ministries' files that are not UTF-8 come from Windows: windows-1256 where
    most letters beyond ASCII read as Arabic, windows-1252 otherwise.

    Raises:
        Unreadable: it is a damaged one.
    """
    with path.open("rb") as stream:
        head = stream.read(CHUNK)
    if not head.strip():
        raise Unreadable(Finding("source-error", params={"variant": "empty"}))
    # A byte of a separator is one in all encodings that are read here.
    first = head.partition(b"\n")[0]
    if max(map(first.count, SEPARATORS)) >= MAX_COLUMNS:
        raise too_wide()
    encoding = _utf16(head)
    if encoding is None:
        facts = _scan(path)
        if facts.nul_line is not None:
            raise Unreadable(Finding("nul-character", row=facts.nul_line))
        if facts.bad_line is None:
            encoding = "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"
        elif facts.has_wide:
            raise Unreadable(Finding("encoding-error", row=facts.bad_line))
        else:
            encoding = _windows(head)
        return _with_closed_quotes(path, Text(encoding, facts.lines), facts.quotes)
    return Text(encoding, sum(chunk.count(b"\n") for chunk in _chunks(path)))


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _utf16(head: bytes) -> str | None:
    """Return which UTF-16 it is, with or without a mark; None: none."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # Latin text, separators and line ends have one zero byte of two.
    half = len(head) // 2
    for encoding, start, line_end in (("utf-16-le", 1, b"\n\0"), ("utf-16-be", 0, b"\0\n")):
        zeros, others = head[start::2].count(0), head[1 - start :: 2].count(0)
        if line_end in head and 10 * zeros > half and not others:
            return encoding
    return None


@dataclass(slots=True)
class _Scan:
    lines: int = 0
    quotes: int = 0
    nul_line: int | None = None
    bad_line: int | None = None
    has_wide: bool = False
    """There is UTF-8 beyond ASCII."""


def _scan(path: Path) -> _Scan:
    facts, decoder, since_line_end = _Scan(), codecs.getincrementaldecoder("utf-8")(), 0
    for chunk in _chunks(path):
        if facts.nul_line is None and b"\0" in chunk:
            facts.nul_line = facts.lines + chunk[: chunk.index(b"\0")].count(b"\n") + 1
        if facts.bad_line is None:
            try:
                text = decoder.decode(chunk)
                facts.has_wide = facts.has_wide or not text.isascii()
            except UnicodeDecodeError as error:
                good = error.object[: error.start]
                facts.has_wide = facts.has_wide or not good.isascii()
                facts.bad_line = facts.lines + good.count(b"\n") + 1
        last = chunk.rfind(b"\n")
        since_line_end = since_line_end + len(chunk) if last < 0 else len(chunk) - last - 1
        if since_line_end > MAX_LINE:
            params = {"most": MAX_LINE // MB, "line": facts.lines + 1}
            raise Unreadable(Finding("record-too-large", params=params))
        facts.lines += chunk.count(b"\n")
        facts.quotes += chunk.count(b'"')
    if facts.bad_line is None and decoder.getstate()[0]:
        facts.bad_line = facts.lines + 1
    return facts


def _windows(head: bytes) -> str:
    letters = [ord(sign) for sign in head.decode("cp1256", "replace") if sign > "\x7f"]
    arabic = sum(letter in ARABIC for letter in letters)
    return "cp1256" if 2 * arabic > len(letters) else "cp1252"


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
    return text

"""Looks at a file's bytes before anyone parses them: what it is, and in which encoding."""

from __future__ import annotations

import codecs
import csv
import hashlib
import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from ckanext.opengov.validation import encodings
from ckanext.opengov.validation.report import Finding

CHUNK = 1 << 20
MB = 1 << 20
MAX_UNPACKED = 300 * MB
MAX_JSON = 16 * MB
"""Larger files are not tried as JSON."""

SIGNATURES = {
    b"PK\x03\x04": "zip, xlsx, docx",
    b"%PDF": "PDF",
    b"\xd0\xcf\x11\xe0": "xls, doc",
    b"\x1f\x8b": "gzip",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"PAR1": "Parquet",
    b"<": "HTML, XML",
}
"""First bytes of what people take for CSV."""

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


def look_at_text(path: Path) -> Text:
    """Find out the encoding of a CSV file.

    Raises:
        Unreadable: it is no text, or a damaged one.
    """
    with path.open("rb") as stream:
        head = stream.read(CHUNK)
    if not head.strip():
        raise Unreadable(Finding("source-error", params={"variant": "empty"}))
    _refuse_other_kinds(path, head)
    guess = encodings.detect(path)
    if guess.nul_line is not None:
        raise Unreadable(Finding("nul-character", row=guess.nul_line))
    if guess.bad_line is not None:
        raise Unreadable(Finding("encoding-error", row=guess.bad_line))
    return _with_closed_quotes(path, Text(guess.encoding, guess.lines, guess.others), guess.quotes)


def look_at_workbook(path: Path) -> None:
    """See that an XLSX file is one, and of a size that can be read.

    Raises:
        Unreadable: it is not.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise Unreadable(Finding("format-error")) from error
    if "[Content_Types].xml" not in {entry.filename for entry in entries}:
        raise Unreadable(Finding("format-error"))
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise Unreadable(Finding("too-large-inside", params={"most": MAX_UNPACKED // MB}))


def _refuse_other_kinds(path: Path, head: bytes) -> None:
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    for signature, found in SIGNATURES.items():
        if start.startswith(signature):
            raise Unreadable(Finding("wrong-format", params={"found": found}))
    if start[:1] in (b"{", b"[") and path.stat().st_size <= MAX_JSON:
        try:
            json.loads(path.read_bytes())
        except (ValueError, RecursionError):
            return
        raise Unreadable(Finding("wrong-format", params={"found": "JSON"}))


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

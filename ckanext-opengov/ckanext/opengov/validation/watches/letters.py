"""Finds texts that were read in a wrong encoding, and letters that are lost already.

Every byte is looked at: a few marks are sought in the bytes of a whole batch, and only
where one is found are cells read one by one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pyarrow as pa

from ckanext.opengov.validation.report import MAX_CELL, MAX_OF_A_KIND, Finding

MARKS = tuple(
    mark.encode()
    for mark in (
        # UTF-8 read as windows-1252 …
        *(f"Ã{chr(sign)}" for sign in (0xA0, 0xA7, 0xA8, 0xA9, 0xAA, 0xAE, 0xB4, 0xB9, 0xBB)),
        *("Ã‰", "Ã€", "â€", "Â°", "Â«", "Â»", "Ø§", "Ù„", "Ù…", "Ùˆ", "ÙŠ"),
        # … and as windows-1256; windows-1256 as windows-1252.
        *("ط§", "ظ„", "ظ…", "ظˆ", "أ©", "ÇáÊ", "ÇáÓ", "Çáã", "ÇáÚ", "ÇáÃ", "Çá", "íÉ", "æä"),
    )
)
"""What stands in nearly every text that was read wrongly, and in no other."""
LOST = "\ufffd".encode()
QUESTIONS = b"???"
NO_LETTERS = re.compile(r"\?{5,}|\?{2,}(?:[ .,/-]+\?{2,})+|\?{3,}(?=\w)|(?<=\w)\?{3,}(?=\w)")
HIGH_LATIN = re.compile(r"[\u00c0-\u00ff]{2,}")
Code = tuple[str, str]
"""The code of a finding, and its variant."""
READ_AS = ("cp1252", "cp1256", "latin-1")


class Letters:
    """Looks for damaged letters in every cell."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.found: list[list[Finding]] = [[] for _ in names]
        self.questions: list[list[Finding]] = [[] for _ in names]

    def see(self, columns: Sequence[pa.Array], first_row: int) -> None:
        """Look at the next rows."""
        for place, column in enumerate(columns):
            content = _bytes_of(column)
            if QUESTIONS in content:
                kept = self.questions[place]
                kept += _look(column, first_row, self.names[place], _questions, len(kept))
            if LOST in content or any(mark in content for mark in _marks_for(content)):
                kept = self.found[place]
                kept += _look(column, first_row, self.names[place], _damage, len(kept))

    def findings(self) -> Iterator[Finding]:
        """Yield what was found."""
        for found, questions in zip(self.found, self.questions, strict=True):
            yield from found
            # Some write “?????” where they know nothing: damage has many faces.
            if len({finding.cell for finding in questions}) > 1:
                yield from questions


def _bytes_of(column: pa.Array) -> bytes:
    _valid, offsets, content = column.buffers()
    if not len(column) or content is None:
        return b""
    ends = np.frombuffer(offsets, dtype=np.int32)[column.offset : column.offset + len(column) + 1]
    return bytes(content.slice(ends[0], ends[-1] - ends[0]).to_pybytes())


def _marks_for(content: bytes) -> tuple[bytes, ...]:
    return () if content.isascii() else MARKS


def _look(
    column: pa.Array, first_row: int, name: str, judge: Callable[[str], Code | None], known: int
) -> Iterator[Finding]:
    """Yield the damaged cells of a batch, as long as fewer are ``known`` than are kept."""
    for row, cell in enumerate(column.to_pylist(), first_row):
        if cell and known < MAX_OF_A_KIND and (found := judge(cell)):
            known += 1
            code, variant = found
            params = {"variant": variant} if variant else {}
            yield Finding(code, row, name, cell[:MAX_CELL], params)


def _questions(cell: str) -> Code | None:
    return ("lost-letters", "questions") if NO_LETTERS.search(cell) else None


def _damage(cell: str) -> Code | None:
    if "\ufffd" in cell:
        return "lost-letters", ""
    return ("misread-text", "") if is_misread(cell) else None


def is_misread(text: str) -> bool:
    """Tell whether a text was read in a wrong encoding: in another one it is a better text."""
    if text.isascii():
        return False
    for encoding in READ_AS:
        try:
            better = text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
        if len(better) < len(text) and better.isprintable():
            return True
    return _is_arabic_as_latin(text)


def _is_arabic_as_latin(text: str) -> bool:
    """Tell whether these are Arabic letters of windows-1256, read as windows-1252."""
    runs = HIGH_LATIN.findall(text)
    letters = "".join(runs)
    plain = sum(sign.isascii() and sign.isalpha() for sign in text)
    if len(letters) < 3 or plain > len(letters):  # noqa: PLR2004 - fewer may be a name
        return False
    try:
        arabic = letters.encode("cp1252").decode("cp1256")
    except UnicodeError:
        return False
    return 10 * sum("\u0621" <= sign <= "\u0652" for sign in arabic) >= 9 * len(arabic)

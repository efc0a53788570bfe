"""Finds texts that were read in a wrong encoding, and letters that are lost already.

Every byte is looked at: a few marks are sought in the bytes of a whole batch, and only
where one is found are cells read one by one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa

from ckanext.opengov.validation.report import MAX_CELL, MAX_OF_A_KIND, Finding
from ckanext.opengov.validation.watches.sample import bytes_of

LATIN = ("Ã", "Â", "â€", "Ø§", "Ù", "Çá", "æä")
"""What stands in nearly every text that was read as windows-1252, and hardly in another."""
ARABIC = (b"\xd8\xb7\xc2", b"\xd8\xb8\xe2", b"\xd8\xb8\xcb", b"\xd8\xa3\xc2")
"""The same of UTF-8 that was read as windows-1256: «ط» or «ظ», and a sign of another script."""
FIRST = 1000
"""Rows by which it is told which columns have letters at all."""
LOST = "\ufffd".encode()
MARKS = {
    b"\xc3": tuple(mark.encode() for mark in LATIN),
    **{
        lead: tuple(mark for mark in ARABIC if lead in mark) for lead in (b"\xc2", b"\xe2", b"\xcb")
    },
    b"\xef": (LOST,),
}
"""All marks, by a byte without which none of them is there: it is sought many times as fast."""
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
        self.places: list[int] | None = None
        """The columns that have letters; in others a damaged cell is of a wrong type."""

    def see(self, columns: Sequence[pa.Array], first_row: int) -> None:
        """Look at the next rows."""
        if self.places is None:
            self.places = [place for place, each in enumerate(columns) if _has_letters(each)]
        for place in self.places:
            column = columns[place]
            content = bytes_of(column)
            if b"?" in content and QUESTIONS in content:
                kept = self.questions[place]
                kept += _look(column, first_row, self.names[place], _questions, len(kept))
            if not content.isascii() and _is_suspicious(content):
                kept = self.found[place]
                kept += _look(column, first_row, self.names[place], _damage, len(kept))

    def findings(self) -> Iterator[Finding]:
        """Yield what was found."""
        for found, questions in zip(self.found, self.questions, strict=True):
            yield from found
            # Some write “?????” where they know nothing: damage has many faces.
            if len({finding.cell for finding in questions}) > 1:
                yield from questions


def _has_letters(column: pa.Array) -> bool:
    cells = column.slice(0, FIRST).to_pylist()
    return any(sign.isalpha() or sign in "?\ufffd" for cell in cells if cell for sign in cell)


def _is_suspicious(content: bytes) -> bool:
    return any(
        mark in content for lead, marks in MARKS.items() if lead in content for mark in marks
    )


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


def damage_of(name: str) -> str | None:
    """Return the code of what happened to the letters of a name; None: nothing."""
    if "\ufffd" in name or (name and set(name) <= set("? ") and "??" in name):
        return "lost-letters"
    return "misread-text" if is_misread(name) else None


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

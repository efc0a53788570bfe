"""Finds texts that were read in a wrong encoding, and letters that are lost already.

Every byte is looked at: a few marks are sought in the bytes of a whole batch, and only
where one is found are cells read one by one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa

from ckanext.opengov.validation.report import MAX_CELL, MAX_OF_A_KIND, Finding

LATIN = ("Ã", "Â", "â€", "Ø§", "Ù", "Çá", "æä")
"""What stands in nearly every text that was read as windows-1252, and hardly in another."""
ELSEWHERE = ("√", "ÿ", "Ÿ", "\u201aÄ", "├", "┬", "┘", "ÔÇ")
"""The same of Mac Roman and DOS 850."""
ARABIC = (b"\xd8\xb7\xc2", b"\xd8\xb8\xe2", b"\xd8\xb8\xcb", b"\xd8\xa3\xc2")
"""The same of UTF-8 that was read as windows-1256: «ط» or «ظ», and a sign of another script."""
LOST = "\ufffd".encode()
_SOUGHT = [
    *((mark.encode()[:1], mark.encode()) for mark in (*LATIN, *ELSEWHERE)),
    *((mark[2:], mark) for mark in ARABIC),
    (LOST[:1], LOST),
]
MARKS = {first: tuple(mark for lead, mark in _SOUGHT if lead == first) for first, _ in _SOUGHT}
"""All marks, by a byte without which none of them is there: it is sought many times as fast."""
QUESTIONS = b"???"
NO_LETTERS = re.compile(r"\?{5,}|\?{2,}(?:[ .,/-]+\?{2,})+|\?{3,}(?=\w)|(?<=\w)\?{3,}(?=\w)")
HIGH_LATIN = re.compile(r"[\u00c0-\u00ff]{2,}")
Code = tuple[str, str]
"""The code of a finding, and its variant."""
_WINDOWS = {
    ord(sign): byte
    for byte in range(0x80, 0xA0)
    if (sign := bytes([byte]).decode("cp1252", "ignore"))
}
"""To Latin-1: what windows-1252 does not know is read as a control (C1)."""
_ANY = re.compile(".*", re.DOTALL)
_USUAL = re.compile("[ -~\xa0-\xff\u0152\u0153\u0178\u060c-\u066d\u2010-\u203a\u20ac\\s]*")
READ_AS: tuple[tuple[str, dict[int, int], re.Pattern[str]], ...] = (
    ("latin-1", _WINDOWS, _ANY),
    ("cp1256", {}, _ANY),
    # Their signs for the first byte of other letters are usual ones, such as a dash and «Ë».
    ("mac_roman", {}, _USUAL),
    ("cp850", {}, _USUAL),
)
"""What UTF-8 was read as, how its signs are others, and what it must be to have been UTF-8."""
_UNSEEN = dict.fromkeys(map(ord, "\t\n\r\xa0\u200e\u200f\u202f"))
"""They are not printable, and stand in texts."""


class Letters:
    """Looks for damaged letters in every cell."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.found: list[list[Finding]] = [[] for _ in names]
        self.questions: list[list[Finding]] = [[] for _ in names]

    def see(self, columns: Sequence[pa.Array], contents: Sequence[bytes], first_row: int) -> None:
        """Look at the next rows; ``contents`` are their cells as bytes."""
        for place, (column, content) in enumerate(zip(columns, contents, strict=True)):
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
    for encoding, others, usual in READ_AS:
        try:
            better = text.translate(others).encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
        is_text = usual.fullmatch(better) and better.translate(_UNSEEN).isprintable()
        if is_text and len(better) < len(text):
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

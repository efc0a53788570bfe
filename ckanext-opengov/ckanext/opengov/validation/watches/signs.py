"""Finds signs that nobody sees, and cells that a quotation mark has swallowed.

As for letters, marks are sought in the bytes of a whole batch, and cells are read only where
there are some.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.opengov.validation.report import MAX_CELL, MAX_OF_A_KIND, Finding
from ckanext.opengov.validation.watches import letters

BLANK = 32
"""What is below it is a control, a tab or a line end."""
MARKS = (b"\xe2\x80", b"\xe2\x81", b"\xef\xbb", b"\xef\xba", b"\xc2\xad", b"\xef\xad")
"""First bytes of what is sought here."""
ALWAYS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b\u202d\u202e\u2060\ufeff]")
_TURN = r"[\u061c\u200e\u200f\u202a-\u202c\u2066-\u2069]"
"""They turn the direction of a text, and have their place within one."""
AROUND = re.compile(rf"\A{_TURN}|{_TURN}\Z")
TURN, LETTER = re.compile(_TURN), re.compile(r"[^\W\d]")
FORMS = re.compile(r"[\ufb50-\ufdcf\ufe70-\ufefc]{2}")
"""Letters in the forms that they take within a word, as PDF files have them."""
LIKELY = (
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x{ad}\x{200b}\x{202a}-\x{202e}\x{2060}\x{feff}\x{61c}"
    r"\x{200e}\x{200f}\x{2066}-\x{2069}\x{fb50}-\x{fdcf}\x{fe70}-\x{fefc}]"
)
"""What every cell has in which something is hidden, for RE2."""
SURE = 2
"""Clues by which a cell has swallowed rows."""


class Signs:
    """Looks for them in every cell; for swallowed rows where it is told what parts cells."""

    def __init__(self, names: Sequence[str], delimiter: str | None = None) -> None:
        self.names, self.delimiter = names, delimiter
        self.found: list[list[Finding]] = [[] for _ in names]
        self.at_end: Finding | None = None
        """That the last cell of the last row so far has swallowed rows, if it is the very last."""

    def see(
        self, columns: Sequence[pa.StringArray], contents: Sequence[bytes], first_row: int
    ) -> None:
        """Look at the next rows; ``contents`` are their cells as bytes."""
        for place, (column, content) in enumerate(zip(columns, contents, strict=True)):
            kept = self.found[place]
            likely = self._likely(column, content) if len(kept) < MAX_OF_A_KIND else None
            if likely is None:
                continue
            rows = pc.indices_nonzero(likely)
            cells = column.take(rows).to_pylist()
            for row, cell in zip(pc.add(rows, first_row).to_pylist(), cells, strict=True):
                if found := self._judged(cell, place):
                    code, params = found
                    kept.append(Finding(code, row, self.names[place], cell[:MAX_CELL], params))
        self.at_end = self._at_end(columns, first_row) if columns else None

    def _judged(self, cell: str, place: int) -> tuple[str, dict[str, object]] | None:
        if self._clues(cell, place) >= SURE:
            return "swallowed-rows", {"number": cell.count("\n")}
        is_plain = (cell.isascii() and cell.isprintable()) or letters.is_misread(cell)
        code = None if is_plain else hidden_in(cell)
        return (code, {"variant": "forms"} if code == "misread-text" else {}) if code else None

    def _clues(self, cell: str, place: int) -> int:
        if self.delimiter is None or "\n" not in cell:
            return 0
        return clues_of_rows(cell, place, len(self.names), self.delimiter)

    def _at_end(self, columns: Sequence[pa.StringArray], first_row: int) -> Finding | None:
        # What runs out of a file with commas is no table at all: it is refused before.
        cell = columns[-1][-1].as_py() if len(columns[-1]) and self.delimiter != "," else None
        if not cell or self._clues(cell, len(columns) - 1) != SURE - 1:
            return None
        row, params = first_row + len(columns[-1]) - 1, {"number": cell.count("\n")}
        return Finding("swallowed-rows", row, self.names[-1], cell[:MAX_CELL], params)

    def findings(self) -> Iterator[Finding]:
        """Yield what was found."""
        for found in self.found:
            yield from found[:MAX_OF_A_KIND]
        if self.at_end:
            yield self.at_end

    def _likely(self, column: pa.StringArray, content: bytes) -> pa.BooleanArray | None:
        """Return which cells are worth a closer look; None: none is."""
        is_hiding = not content.isascii() and any(
            # A single byte is sought many times as fast as two.
            mark[:1] in content and mark in content
            for mark in MARKS
        )
        lines = 0
        signs = np.frombuffer(content, dtype=np.uint8)
        if content and signs.min() < BLANK:
            lines, *others = (content.count(sign) for sign in (b"\n", b"\r", b"\t"))
            controls = int(np.count_nonzero(signs < BLANK))
            is_hiding = is_hiding or controls > lines + sum(others)
        found = pc.match_substring_regex(column, LIKELY) if is_hiding else None
        if not lines or self.delimiter is None:
            return found
        # Those of a whole row at the least: texts of several lines are no rare thing.
        least = max(len(self.names) - 1, 1)
        many = pc.and_(
            pc.match_substring(column, "\n"),
            pc.greater_equal(pc.count_substring(column, self.delimiter), least),
        )
        return many if found is None else pc.or_(found, many)


def hidden_in(text: str) -> str | None:
    """Return the code of what is hidden in a text; None: nothing is."""
    if FORMS.search(text):
        return "misread-text"
    is_hidden = ALWAYS.search(text) or AROUND.search(text) or _turns_a_number(text)
    return "hidden-characters" if is_hidden else None


def _turns_a_number(text: str) -> bool:
    return bool(TURN.search(text)) and not LETTER.search(text)


def clues_of_rows(cell: str, place: int, width: int, delimiter: str) -> int:
    """Return how much tells that rows of a table are within this cell, which stands at this place.

    Each whole row within it does; so does a last line that ends where the cell stood, and a
    quotation mark at its end: the one before the next cell in quotation marks closed this one.
    """
    lines = cell.removesuffix("\n").split("\n")
    # In a text a blank follows the comma, in rows none does.
    if width < 2 or len(lines) < 2 or (delimiter == "," and ", " in cell):  # noqa: PLR2004
        return 0
    first, *inner, last = (line.count(delimiter) for line in lines)
    if first != width - 1 - place or any(each != width - 1 for each in inner):
        return 0
    is_marked = cell.endswith('"') and cell.count('"') % 2
    return len(inner) + (last == place) + bool(is_marked)

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
from ckanext.opengov.validation.watches.sample import bytes_of

BLANK = 32
"""What is below it is a control, a tab or a line end."""
MARKS = (b"\xe2\x80", b"\xe2\x81", b"\xef\xbb", b"\xef\xba", b"\xc2\xad", b"\xef\xad")
"""First bytes of what is sought here."""
ALWAYS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b\u202d\u202e\u2060\ufeff]")
_TURN = r"[\u061c\u200e\u200f\u202a-\u202c\u2066-\u2069]"
"""They turn the direction of a text, and have their place within one."""
AROUND = re.compile(rf"\A{_TURN}|{_TURN}\Z")
IN_NUMBER = re.compile(rf"[\d\W]*{_TURN}[\d\W]*")
FORMS = re.compile(r"[\ufb50-\ufdcf\ufe70-\ufefc]{2}")
"""Letters in the forms that they take within a word, as PDF files have them."""
LIKELY = (
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x{ad}\x{200b}\x{202a}-\x{202e}\x{2060}\x{feff}\x{61c}"
    r"\x{200e}\x{200f}\x{2066}-\x{2069}\x{fb50}-\x{fdcf}\x{fe70}-\x{fefc}]"
)
"""What every cell has in which something is hidden, for RE2."""
ROWS_WITHIN = 2
"""Line ends of a cell that may have swallowed rows."""
SEPARATORS = ",;\t|"


class Signs:
    """Looks for them in every cell."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.found: list[list[Finding]] = [[] for _ in names]

    def see(self, columns: Sequence[pa.Array], first_row: int) -> None:
        """Look at the next rows."""
        for place, column in enumerate(columns):
            kept = self.found[place]
            likely = _likely(column) if len(kept) < MAX_OF_A_KIND else None
            if likely is None:
                continue
            rows = pc.indices_nonzero(likely)
            cells = column.take(rows).to_pylist()
            for row, cell in zip(pc.add(rows, first_row).to_pylist(), cells, strict=True):
                if found := self._judged(cell, place):
                    code, params = found
                    kept.append(Finding(code, row, self.names[place], cell[:MAX_CELL], params))

    def _judged(self, cell: str, place: int) -> tuple[str, dict[str, object]] | None:
        if "\n" in cell and is_swallowed(cell, place, len(self.names)):
            return "swallowed-rows", {"number": cell.count("\n")}
        is_plain = (cell.isascii() and cell.isprintable()) or letters.is_misread(cell)
        code = None if is_plain else hidden_in(cell)
        return (code, {"variant": "forms"} if code == "misread-text" else {}) if code else None

    def findings(self) -> Iterator[Finding]:
        """Yield what was found."""
        for found in self.found:
            yield from found[:MAX_OF_A_KIND]


def _likely(column: pa.StringArray) -> pa.BooleanArray | None:
    """Return which cells are worth a closer look; None: none is."""
    content = bytes_of(column)
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
    if lines < ROWS_WITHIN:
        return found
    many = pc.greater_equal(pc.count_substring(column, "\n"), ROWS_WITHIN)
    return many if found is None else pc.or_(found, many)


def hidden_in(text: str) -> str | None:
    """Return the code of what is hidden in a text; None: nothing is."""
    if FORMS.search(text):
        return "misread-text"
    is_hidden = ALWAYS.search(text) or AROUND.search(text) or IN_NUMBER.fullmatch(text)
    return "hidden-characters" if is_hidden else None


def is_swallowed(cell: str, place: int, width: int) -> bool:
    """Tell whether whole rows of a table are within this cell, which stands at this place."""
    first, *inner = cell.splitlines()[:-1] or [""]
    if width < 2 or not inner or (width == 2 and len(inner) < 2):  # noqa: PLR2004 - may be a text
        return False
    return any(
        first.count(sign) == width - 1 - place
        and all(line.count(sign) == width - 1 for line in inner)
        for sign in SEPARATORS
    )

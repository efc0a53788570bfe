"""Where in a file its table begins."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ckanext.opengov.validation.repairs import values

HEAD_ROWS = 30
"""The table begins within these."""
VALUE = re.compile(rf"[0-9{values.INDIC}\s.,\u066b\u066c/:%+\-\u2212]+")
"""No name of a column, but a value; a year may be both."""
YEAR = re.compile(r"\s*(?:1[89]|20)[0-9]{2}\s*")


def header_of(head: Sequence[Sequence[str]]) -> tuple[int, int] | None:
    """Return the first row of the header and how many rows it has; None: it is the first row.

    Above a table there are titles and empty rows, which fill few of its columns. The header
    fills them; of two rows of a header the upper one names groups of columns.
    """
    filled = [[not values.is_blank(cell) for cell in row] for row in head[:HEAD_ROWS]]
    counts = [sum(row) for row in filled]
    wide = [count for count in counts if count > 1]
    if not wide:
        return None
    width, _ = Counter(wide).most_common(1)[0]
    # An empty cell in the last column of many rows does not make the table narrower.
    width = max(width, *(count for count, times in Counter(wide).items() if times > 1), 0)
    place = next((at for at, count in enumerate(counts) if count >= width), None)
    if place is None:
        return None
    has_groups = (
        place > 0
        and counts[place - 1] > 1
        and not filled[place - 1][-1]
        and _are_names(head[place - 1])
    )
    # Within groups the names repeat.
    if not _are_names(head[place], once=not has_groups):
        return _two_rows(head[:place], filled)
    if has_groups:
        return place, 2
    return (place + 1, 1) if place else None


def _two_rows(
    above: Sequence[Sequence[str]], filled: Sequence[Sequence[bool]]
) -> tuple[int, int] | None:
    """Return two rows, of those above the first whole one, that only together name all columns."""
    for at in range(len(above) - 1):
        upper, lower = filled[at : at + 2]
        is_whole = len(upper) == len(lower) and all(map(any, zip(upper, lower, strict=True)))
        if (
            is_whole
            and min(sum(upper), sum(lower)) > 1
            and all(map(_are_names, above[at : at + 2]))
        ):
            return at + 1, 2
    return None


def _are_names(row: Sequence[str], *, once: bool = False) -> bool:
    names = [values.trimmed(cell) for cell in row if not values.is_blank(cell)]
    if once and len(set(names)) < len(names):
        return False
    return all(not VALUE.fullmatch(name) or YEAR.fullmatch(name) for name in names)

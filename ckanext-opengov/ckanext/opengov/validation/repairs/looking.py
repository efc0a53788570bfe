"""Where in a file its table begins."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ckanext.opengov.validation.repairs import months, values

HEAD_ROWS = 30
"""The table begins within these."""
VALUE = re.compile(rf"[0-9{values.INDIC}\s.,\u066b\u066c/:%+\-\u2212]+")
"""No name of a column, but a value; a year may be both."""
MOST = 0.8
"""Share of the cells of a column that say what it holds: titles and notes may be among them."""
NOTHING = frozenset(
    (
        *("nd", "n.d", "na", "n.a", "n/a", "nc", "n.c", "null", "none", "nan", "neant", "inconnu"),
        *("غير متوفر", "غ.م", "لا شيء"),
    )
)
"""What people write where they have no value, folded."""
YEAR = re.compile(r"\s*(?:1[89]|20)[0-9]{2}\s*")


def header_of(head: Sequence[Sequence[str]]) -> tuple[int, int] | None:
    """Return the first row of the header and how many rows it has; None: it is the first row.

    Above a table there are titles and empty rows, which fill few of its columns. The header
    fills them; a row above it may name groups of columns, one below it the units of its numbers.
    """
    head = head[:HEAD_ROWS]
    filled = [[not values.is_blank(cell) for cell in row] for row in head]
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
    for at in range(place - 1):
        if _name_together(head, filled, at):
            return at + 1, 2
    has_groups = place > 0 and _are_groups(head[place - 1])
    # Within groups the names repeat.
    if not _are_names(head[place], once=not has_groups):
        return None
    first, number = place - has_groups, 1 + has_groups + _has_units(head, filled, place)
    if first and not _are_titles(head, first, place, first + number):
        return None
    return (first + 1, number) if (first, number) != (0, 1) else None


def _are_titles(head: Sequence[Sequence[str]], first: int, place: int, end: int) -> bool:
    """Tell whether the rows above the header are none of the table.

    They may be its names, of which some are missing: then what was taken for the header is the
    first row of values. Only what is below tells, or a title that leaves more names out than
    anybody forgets.
    """
    above = [_places(row) for row in head[:first]]
    told = [places for places in above if places]
    if not told:
        return True
    names, most = _places(head[place]), max(map(len, told))
    last = max(at for at, places in enumerate(above) if places)
    lacks_many = len(names) - most > 1
    is_single = all(places == names[:1] for places in told)
    is_header = _are_names(head[last]) and not any(
        values.trimmed(cell).endswith(":") for cell in head[last]
    )
    wanted = 1 if lacks_many or is_single or not is_header else 2
    if differing(head, place, end) >= wanted:
        return True
    is_padded = len(head[last]) >= len(head[place])
    return most == 1 and ((lacks_many and is_padded) or (is_single and last < first - 1))


def _places(row: Sequence[str]) -> list[int]:
    return [place for place, cell in enumerate(row) if not values.is_blank(cell)]


def differing(head: Sequence[Sequence[str]], at: int, end: int) -> int:
    """Return how many columns have a name in this row and nothing but values from ``end`` on."""
    count = 0
    for place in _places(head[at]):
        name = values.trimmed(head[at][place])
        if months.folded(name).strip(".") in NOTHING:
            continue
        below = [row[place] for row in head[end:] if place < len(row)]
        below = [cell for cell in below if not values.is_blank(cell)]
        fit = [cell for cell in below if VALUE.fullmatch(cell) or _in_words(cell) != cell]
        if YEAR.fullmatch(name):
            fit = [cell for cell in fit if not YEAR.fullmatch(cell)]
        count += bool(below) and len(fit) >= MOST * len(below)
    return count


def _in_words(cell: str) -> str:
    return values.day("dmy", values.PIVOT)(cell)


def _are_groups(row: Sequence[str]) -> bool:
    """Tell whether a row names groups of columns: over some of them its cells are empty."""
    places = _places(row)
    has_gap = len(places) > 1 and (places[0] > 0 or places[-1] - places[0] >= len(places))
    return has_gap and places[-1] < len(row) - 1 and _are_names(row)


def _name_together(
    head: Sequence[Sequence[str]], filled: Sequence[Sequence[bool]], at: int
) -> bool:
    """Tell whether only this row and the next, both above a whole one, name all columns."""
    upper, lower = filled[at : at + 2]
    return (
        len(upper) == len(lower)
        and all(map(any, zip(upper, lower, strict=True)))
        and sum(upper) > 1
        and (sum(lower) > 1 or _is_above_numbers(head, at + 1))
        and all(map(_are_names, head[at : at + 2]))
    )


def _has_units(head: Sequence[Sequence[str]], filled: Sequence[Sequence[bool]], at: int) -> bool:
    """Tell whether the row below this one says more of some columns than their names do."""
    lower = filled[at + 1] if at + 1 < len(head) else []
    return any(lower) and not lower[0] and _is_above_numbers(head, at + 1)


def _is_above_numbers(head: Sequence[Sequence[str]], at: int) -> bool:
    """Tell whether each cell of this row is a text with nothing but numbers below it."""
    rows = head[at + 1 :]
    for place, cell in enumerate(head[at]):
        if values.is_blank(cell):
            continue
        below = [row[place] for row in rows if place < len(row) and not values.is_blank(row[place])]
        is_text = not VALUE.fullmatch(cell) or values.trimmed(cell) == "%"
        if not (is_text and below and all(map(VALUE.fullmatch, below))):
            return False
    return True


def _are_names(row: Sequence[str], *, once: bool = False) -> bool:
    names = [values.trimmed(cell) for cell in row if not values.is_blank(cell)]
    if once and len(set(names)) < len(names):
        return False
    return all(not VALUE.fullmatch(name) or YEAR.fullmatch(name) for name in names)

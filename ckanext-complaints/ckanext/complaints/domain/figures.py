"""What is told to everyone of how bodies keep their dates, and what is not.

Counts below ten are not told, zero among them, and the others are rounded to the next five: the
10-5 rule of the United Kingdom's Office for National Statistics. A total is told only if it
leaves every count that is not told at least five values that it could have, whatever else is
told; so nothing can be had by subtracting. Shares are made from what is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

LEAST, STEP, SLACK = 10, 5, 2
"""The least count that is told, what it is rounded to, and how far it may be off."""
ENOUGH = 5
"""Values that a count must be able to have which is not told."""
ENDLESS = 10**9

MEASURES = ("received", "answered", "due", "in_time", "appeals", "ratings")
LINKED = ("due", "answered", "in_time")
"""In the order in which their totals are told as long as it harms nothing. A date that was kept
is one that was due, by an answer."""
Span = tuple[int, int]
ANYTHING: Span = (0, ENDLESS)


def told(count: int) -> int | None:
    """Return a count as it is told; None: fewer than ten."""
    return None if count < LEAST else (count + SLACK) // STEP * STEP


def span(shown: int | None) -> Span:
    """Return which counts are told so."""
    if shown is None:
        return 0, LEAST - 1
    return max(LEAST, shown - SLACK), shown + SLACK


def share(part: int | None, whole: int | None) -> int | None:
    """Return a part in percent, from counts as they are told; None: one of them is not."""
    if part is None or whole is None:
        return None
    return min(100 * part // whole, 100)


@dataclass(frozen=True, slots=True)
class Row:
    """What can be known of three counts of one body: ``kept`` is within the two others."""

    due: Span
    answered: Span
    kept: Span

    def tightened(self) -> Row:
        """Return the row without counts of kept dates that the other two rule out."""
        low, high = self.kept
        return replace(self, kept=(low, min(high, self.due[1], self.answered[1])))

    @property
    def lowest(self) -> tuple[int, int]:
        """Return the least of ``due`` and ``answered``, if as few were kept as can be."""
        return max(self.due[0], self.kept[0]), max(self.answered[0], self.kept[0])

    def room(self) -> tuple[int, int, int, int]:
        """Return how many more may have been kept.

        At no cost, at that of one more due each, of one more answered each, and of both.
        """
        low, high = self.kept
        due, answered = self.lowest
        free = max(min(high, due, answered) - low, 0)
        one = max(min(high, max(due, answered)) - max(low, min(due, answered)), 0)
        both = max(high - max(low, due, answered), 0)
        return (free, 0, one, both) if due > answered else (free, one, 0, both)


@dataclass(frozen=True, slots=True)
class Totals:
    """What is told of the totals."""

    due: Span = ANYTHING
    answered: Span = ANYTHING
    kept: Span = ANYTHING


def is_possible(rows: Sequence[Row], totals: Totals) -> bool:
    """Tell whether bodies could have such counts, and such totals together."""
    rows = [each.tightened() for each in rows]
    if any(low > high for row in rows for low, high in (row.due, row.answered, row.kept)):
        return False
    lowest = [row.lowest for row in rows]
    spare_due = totals.due[1] - sum(each[0] for each in lowest)
    spare_answered = totals.answered[1] - sum(each[1] for each in lowest)
    fewest = sum(row.kept[0] for row in rows)
    most_due, most_answered = sum(row.due[1] for row in rows), sum(row.answered[1] for row in rows)
    is_within = fewest <= totals.kept[1]
    is_within &= most_due >= totals.due[0] and most_answered >= totals.answered[0]
    if min(spare_due, spare_answered) < 0 or not is_within:
        return False
    free, due, answered, both = (
        sum(each) for each in zip(*(row.room() for row in rows), strict=True)
    )
    due, answered = min(due, spare_due), min(answered, spare_answered)
    both = min(both, spare_due - due, spare_answered - answered)
    return bool(fewest + free + due + answered + both >= totals.kept[0])


def is_safe(rows: Sequence[Row], totals: Totals) -> bool:
    """Tell whether every count that is not told keeps enough values that it could have."""
    hidden = span(None)

    @cache
    def keeps_enough(row: Row, name: str) -> bool:
        others = list(rows)
        others.remove(row)
        values = 0
        for value in range(LEAST):
            values += is_possible([*others, replace(row, **{name: (value, value)})], totals)
            if values >= ENOUGH:
                return True
        return False

    return all(
        keeps_enough(row, name)
        for row in rows
        for name in ("due", "answered", "kept")
        if getattr(row, name) == hidden
    )


def told_totals(counts: Sequence[Mapping[str, int]]) -> dict[str, int | None]:
    """Return by measure the sum over all bodies, as it is told; a measure that is missing is not.

    None: fewer than ten. ``counts`` are those of every body, as they are.
    """
    sums = {name: told(sum(each[name] for each in counts)) for name in MEASURES}
    found = _linked(counts, sums)
    for name in MEASURES:
        if name not in LINKED:
            nothing = Row(ANYTHING, ANYTHING, ANYTHING)
            rows = [replace(nothing, kept=span(told(each[name]))) for each in counts]
            if is_safe(rows, Totals(kept=span(sums[name]))):
                found[name] = sums[name]
    return found


def _linked(
    counts: Sequence[Mapping[str, int]], sums: Mapping[str, int | None]
) -> dict[str, int | None]:
    rows = [
        Row(*(span(told(each[name])) for name in ("due", "answered", "in_time"))) for each in counts
    ]
    totals, found = Totals(), {}
    for name in LINKED:
        field = "kept" if name == "in_time" else name
        wider = replace(totals, **{field: span(sums[name])})
        if is_safe(rows, wider):
            totals, found[name] = wider, sums[name]
    return found

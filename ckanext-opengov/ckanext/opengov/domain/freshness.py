"""When the next version of a dataset is due, by the frequency that its body promised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

DAYS = {
    "CONT": 1,
    "DAILY": 1,
    "WEEKLY": 7,
    "MONTHLY": 31,
    "QUARTERLY": 92,
    "ANNUAL_2": 184,
    "ANNUAL": 366,
    "BIENNIAL": 731,
}
"""Longest days between two versions, by frequency; the others promise none."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """When data was last changed, and when it should be again."""

    last: date
    due: date | None
    """None: nothing was promised."""
    days_late: int
    """0: in time."""


def freshness(frequency: str, last: date, today: date) -> Freshness:
    """Return how fresh data is that was last changed on ``last``. All are local days."""
    if frequency not in DAYS:
        return Freshness(last, None, 0)
    due = last + timedelta(days=DAYS[frequency])
    return Freshness(last, due, max((today - due).days, 0))

"""The months and quarters by which complaints are counted: local calendar days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

MONTHS_IN_YEAR, MONTHS_IN_QUARTER = 12, 3


def month_of(day: date) -> date:
    """Return the first day of the month."""
    return day.replace(day=1)


def months_before(day: date, months: int) -> date:
    """Return the first day of a month some months before that of ``day``."""
    count = day.year * MONTHS_IN_YEAR + day.month - 1 - months
    return date(count // MONTHS_IN_YEAR, count % MONTHS_IN_YEAR + 1, 1)


def last_months(today: date, months: int) -> list[date]:
    """Return the first days of the last months, the oldest first; the running one is the last."""
    return [months_before(today, back) for back in reversed(range(months))]


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """Three months."""

    since: date
    """The first day."""

    @classmethod
    def of(cls, day: date) -> Quarter:
        """Return the quarter in which a day lies."""
        return cls(months_before(day, (day.month - 1) % MONTHS_IN_QUARTER))

    @property
    def until(self) -> date:
        """Return the first day after it."""
        return months_before(self.since, -MONTHS_IN_QUARTER)

    @property
    def number(self) -> int:
        """Return which quarter of its year it is."""
        return (self.since.month - 1) // MONTHS_IN_QUARTER + 1

    @property
    def code(self) -> str:
        """Return how data call it."""
        return f"{self.since.year}-Q{self.number}"


def quarters_over(first: date, today: date) -> Iterator[Quarter]:
    """Yield the quarters that are over today, from that of a first day on."""
    here = Quarter.of(first)
    while here.until <= today:
        yield here
        here = Quarter(here.until)

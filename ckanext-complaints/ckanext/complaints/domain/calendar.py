"""Counts days as bodies work: weekends and holidays out, in local calendar days.

The day on which something happens is day zero. A period that would end on a day on which
nobody works ends on the next working day.

Source: no text was found for Tunisia. Both rules are those of Regulation (EEC, Euratom)
No 1182/71, article 3 (1) and (4), taken as a model: to be confirmed by the country.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

DAY = timedelta(days=1)
SATURDAY, SUNDAY = 5, 6
WEEKEND = frozenset({SATURDAY, SUNDAY})
"""As ``date.weekday`` counts: Monday is 0."""
WEEK = frozenset(range(7))
MOST_DAYS = 3660
"""No period of a complaint is longer than ten years."""


class DayType(StrEnum):
    """What a period is counted in."""

    CALENDAR = "calendar"
    WORKING = "working"


def local_day(now: datetime, zone: tzinfo) -> date:
    """Return the day that it is where the bodies work. A new one begins at local midnight.

    Raises:
        ValueError: ``now`` does not say which zone it is in.
    """
    if now.tzinfo is None:
        raise ValueError("now is not aware")
    return now.astimezone(zone).date()


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days on which a body does not work: the country's, and its own."""

    holidays: frozenset[date] = frozenset()
    weekend: frozenset[int] = WEEKEND

    def __post_init__(self) -> None:
        """Refuse a week in which nobody works: no period would ever end."""
        if not self.weekend < WEEK:
            raise ValueError("weekend")

    def with_holidays(self, days: Iterable[date]) -> Calendar:
        """Return the calendar of a body that is closed on these days too."""
        return Calendar(self.holidays | frozenset(days), self.weekend)

    def is_working(self, day: date) -> bool:
        """Tell whether bodies work on this day."""
        return day.weekday() not in self.weekend and day not in self.holidays

    def next_working(self, day: date) -> date:
        """Return the day itself, or the first working day after it."""
        while not self.is_working(day):
            day += DAY
        return day

    def add_working_days(self, day: date, days: int) -> date:
        """Return the working day with this number after ``day``, which is day zero.

        No days at all lead to ``day``, or to the next working day. A negative number counts
        backwards.

        Raises:
            ValueError: more than ten years.
        """
        _check(days)
        if days == 0:
            return self.next_working(day)
        step = DAY if days > 0 else -DAY
        left = abs(days)
        while left:
            day += step
            left -= self.is_working(day)
        return day

    def add_days(self, day: date, days: int) -> date:
        """Return the day so many calendar days after ``day``, or the next working day after it.

        Raises:
            ValueError: more than ten years.
        """
        _check(days)
        return self.next_working(day + days * DAY)

    def add(self, day: date, days: int, day_type: DayType) -> date:
        """Return the last day of a period that begins after ``day``."""
        count = self.add_working_days if day_type is DayType.WORKING else self.add_days
        return count(day, days)

    def days_between(self, start: date, end: date, day_type: DayType) -> int:
        """Return how many days of the kind come after ``start``, up to ``end``; none if before."""
        span = (end - start).days
        if day_type is DayType.CALENDAR:
            return max(span, 0)
        return sum(self.is_working(start + number * DAY) for number in range(1, span + 1))


def _check(days: int) -> None:
    if abs(days) > MOST_DAYS:
        raise ValueError("days")

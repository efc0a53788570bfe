"""The country's holidays of a year, from rules: for a person to confirm, then they count.

A feast of the Hijri calendar begins when the moon is seen, and its day is announced a day or
two before. What is computed here follows the Umm al-Qura calendar, which Tunisia does not: the
day is *expected*, may be another by one or two, and is confirmed each year by hand.

Source: ``data/holiday_rules.csv`` names the decree of each rule, as the press relayed it;
the text of the decree itself was not read.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from hijridate import Gregorian, Hijri

from ckanext.complaints.domain.calendar import DAY
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.texts import Texts
from ckanext.opengov.shared.domain.wording import N_

LANGUAGES = ("ar", "fr", "en")
FIXED, HIJRI = "fixed", "hijri"
EXPECTED = N_("Expected: the moon decides. Confirm the day once it is announced.")
"""Shown beside each day that was computed from the moon."""
FIRST_YEAR, LAST_YEAR = 1926, 2076
"""The years that the tables of Umm al-Qura cover whole."""


class YearOutOfRange(DomainError):
    """No rule reaches there."""

    code = "year-out-of-range"
    field = "year"
    template = N_("Choose a year from {least} to {most}.")


@dataclass(frozen=True, slots=True)
class Rule:
    """A holiday that comes every year."""

    key: str
    calendar: str
    month: int
    day: int
    days: int
    """How many in a row."""
    names: Texts
    in_force_from: date
    source: str


@dataclass(frozen=True, slots=True)
class Holiday:
    """One day off."""

    day: date
    key: str
    names: Texts
    source: str
    is_expected: bool
    """It depends on the moon: to be confirmed."""


def rules_from(rows: Iterable[Mapping[str, str]]) -> tuple[Rule, ...]:
    """Return the rules of a table.

    Raises:
        ValueError, KeyError: it is not one of holidays.
    """
    return tuple(map(_rule, rows))


def _rule(row: Mapping[str, str]) -> Rule:
    month, day = map(int, row["month_day"].split("-"))
    if row["calendar"] not in (FIXED, HIJRI):
        raise ValueError("calendar")
    return Rule(
        key=row["key"],
        calendar=row["calendar"],
        month=month,
        day=day,
        days=int(row["days"]),
        names={language: row[f"name_{language}"] for language in LANGUAGES},
        in_force_from=date.fromisoformat(row["in_force_from"]),
        source=row["source"],
    )


@cache
def rules_in(path: Path) -> tuple[Rule, ...]:
    """Return the rules of a file, each with its decree."""
    with path.open(encoding="utf-8", newline="") as table:
        return rules_from(csv.DictReader(table))


def holidays_of(year: int, rules: Sequence[Rule]) -> tuple[Holiday, ...]:
    """Return the days off of a year, in their order; a rule counts from its decree on.

    Raises:
        YearOutOfRange: the tables do not reach there.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise YearOutOfRange(least=FIRST_YEAR, most=LAST_YEAR)
    found = (
        Holiday(day, rule.key, rule.names, rule.source, rule.calendar == HIJRI)
        for rule in rules
        for first in _firsts(rule, year)
        for day in (first + number * DAY for number in range(rule.days))
        if day.year == year and day >= rule.in_force_from
    )
    return tuple(sorted(found, key=lambda each: (each.day, each.key)))


def _firsts(rule: Rule, year: int) -> Iterator[date]:
    """Yield the first days of a rule around a year: a Hijri one may come twice in it."""
    if rule.calendar == FIXED:
        yield from (date(each, rule.month, rule.day) for each in (year - 1, year))
        return
    started = Gregorian(year, 1, 1).to_hijri().year
    for each in range(started - 1, started + 2):
        found = Hijri(each, rule.month, rule.day).to_gregorian()
        yield date(found.year, found.month, found.day)

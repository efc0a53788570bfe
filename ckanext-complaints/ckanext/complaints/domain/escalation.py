"""Who is reminded of what, and when: a table, not a timer.

Each reminder is told once for each date it reminds of: ``(case, kind, due_on)`` is its key, so
running the sweep twice tells nobody twice, and a date that moves is reminded of anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ckanext.complaints.domain.calendar import DAY, Calendar
from ckanext.complaints.domain.clock import Due


class Whom(StrEnum):
    """Who is told."""

    HANDLER = "handler"
    """Whoever has the case; the lead, as long as nobody has."""
    LEAD = "lead"
    SUPERVISOR = "supervisor"
    """Of the body or of one above it: the fact, never the content."""
    APPEALS = "appeals"
    CITIZEN = "citizen"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: who is told of which date, so many working days before (or after) its end."""

    kind: str
    due: Due
    working_days: int
    """Before the last day; 0: on it. A negative number counts after the day that made it late."""
    whom: frozenset[Whom]
    is_late: bool = False

    def falls_on(self, due_on: date, calendar: Calendar) -> date:
        """Return the day on which it is told."""
        if not self.is_late:
            return calendar.add_working_days(due_on, -self.working_days)
        first_late_day = due_on + DAY
        return calendar.add_working_days(first_late_day, -self.working_days)


HANDLER, LEAD = frozenset({Whom.HANDLER}), frozenset({Whom.LEAD})
SUPERVISOR, APPEALS = frozenset({Whom.SUPERVISOR}), frozenset({Whom.APPEALS})

RULES: tuple[Rule, ...] = (
    Rule("ack-soon", Due.ACKNOWLEDGEMENT, 1, HANDLER),
    Rule("ack-late", Due.ACKNOWLEDGEMENT, 0, LEAD, is_late=True),
    Rule("answer-soon", Due.ANSWER, 5, HANDLER),
    Rule("answer-very-soon", Due.ANSWER, 2, HANDLER | LEAD),
    Rule("answer-late", Due.ANSWER, 0, LEAD | {Whom.CITIZEN}, is_late=True),
    Rule("answer-very-late", Due.ANSWER, -5, SUPERVISOR, is_late=True),
    Rule("reply-soon", Due.REPLY, 5, frozenset({Whom.CITIZEN})),
    Rule("decision-soon", Due.DECISION, 5, APPEALS),
    Rule("decision-late", Due.DECISION, 0, SUPERVISOR | {Whom.CITIZEN}, is_late=True),
)
"""In the order in which they fall. The citizen is told that silence can be appealed now."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """Something to tell, if its key was not told before."""

    kind: str
    due_on: date
    whom: frozenset[Whom]

    def key(self, case_id: str) -> tuple[str, str, date]:
        """Return by what it is told once."""
        return case_id, self.kind, self.due_on


def due_reminders(
    pending: Mapping[Due, date], today: date, calendar: Calendar
) -> tuple[Reminder, ...]:
    """Return what is to be told by now of the dates that are still open (``clock.pending``).

    Of several warnings before a date that were missed only the last is told, and none once the
    date has passed; what is told because it has passed is all told.
    """
    found: list[Reminder] = []
    for due, due_on in pending.items():
        fallen = list(_fallen(due, due_on, today, calendar))
        late = [rule for rule in fallen if rule.is_late]
        warnings = [rule for rule in fallen if not rule.is_late]
        told = late if today > due_on else warnings[-1:]
        found += [Reminder(rule.kind, due_on, rule.whom) for rule in told]
    return tuple(found)


def next_day(pending: Mapping[Due, date], today: date, calendar: Calendar) -> date | None:
    """Return the first day after today on which something is to be told of these dates."""
    falls = (rule.falls_on(pending[rule.due], calendar) for rule in RULES if rule.due in pending)
    return min((day for day in falls if day > today), default=None)


def _fallen(due: Due, due_on: date, today: date, calendar: Calendar) -> Iterator[Rule]:
    return (rule for rule in RULES if rule.due is due and rule.falls_on(due_on, calendar) <= today)

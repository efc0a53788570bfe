"""The deadlines of a case, computed from dates alone: no timer need have run.

Days are local calendar days (``calendar.local_day``). The day of filing is day zero; who is
late is late from the local midnight that ends the last day. A transfer changes no date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from ckanext.complaints.domain.calendar import MOST_DAYS, Calendar, DayType, local_day
from ckanext.opengov.shared.domain.errors import DomainError, Several
from ckanext.opengov.shared.domain.wording import N_

UNCONFIRMED = N_("To be confirmed by the country: no source was found for this period.")
"""Shown beside each period of a policy that names no source: it is a promise, not the law."""


class PeriodOutOfRange(DomainError):
    """A number of days that makes no sense."""

    code = "period-out-of-range"
    template = N_("Give a whole number of days from {least} to {most}.")


class UnknownDayType(DomainError):
    """Days are counted in one of two ways."""

    code = "unknown-day-type"
    field = "day_type"
    template = N_("Choose how days are counted: {choices}.")


@dataclass(frozen=True, slots=True)
class Policy:
    """The periods of a category; a case keeps those under which it was filed.

    ``sources`` names the law or norm of each period by its field; what it leaves out is to be
    confirmed by the country. Three working days are those of ISO 37002 for a personal message,
    a norm and no law; the thirty days of answer and appeal have no source.
    """

    ack_days: int = 3
    """Working days until a person writes to the citizen."""
    answer_days: int = 30
    day_type: DayType = DayType.CALENDAR
    """Of ``answer_days``, ``extension_days`` and ``again_days``."""
    extension_days: int = 15
    again_days: int = 15
    """For another answer after a reopening or a remand."""
    appeal_days: int = 30
    """Calendar days after an answer. After silence there is no end."""
    decision_days: int = 30
    """Calendar days within which an appeal is decided."""
    reopen_days: int = 15
    """Calendar days after an answer."""
    pause_days: int = 15
    """Calendar days for which a question to the citizen stops the clock, at most."""
    pause_wait_days: int = 30
    """Calendar days after which work goes on without the citizen's reply."""
    accept_days: int = 2
    """Working days to accept or refuse a referral."""
    sources: Mapping[str, str] = field(
        default_factory=lambda: {"ack_days": "ISO 37002:2021 (a standard, not a law)"}
    )

    def source_of(self, period: str) -> str | None:
        """Return where a period comes from; None: to be confirmed (``UNCONFIRMED``)."""
        return self.sources.get(period) or None


PERIODS = tuple(each.name for each in fields(Policy) if each.name.endswith("_days"))
MAY_BE_NONE = frozenset({"extension_days", "pause_days"})
"""A policy may do without an extension or a pause."""


def check_policy(policy: Policy) -> Policy:
    """Return a policy that people can rely on.

    Raises:
        Several: periods out of range, or days of an unknown kind.
    """
    wrong: list[DomainError] = []
    if policy.day_type not in list(DayType):
        wrong.append(UnknownDayType(choices=", ".join(DayType)))
    for name in PERIODS:
        days, least = getattr(policy, name), 0 if name in MAY_BE_NONE else 1
        if not isinstance(days, int) or isinstance(days, bool) or not least <= days <= MOST_DAYS:
            wrong.append(PeriodOutOfRange(field=name, least=least, most=MOST_DAYS))
    if wrong:
        raise Several(*wrong)
    return policy


@dataclass(frozen=True, slots=True)
class Dates:
    """What happened to a case, and on which local day."""

    received_on: date
    acknowledged_on: date | None = None
    extended_on: date | None = None
    paused_on: date | None = None
    """When the citizen was asked; the clock stops once in the life of a case."""
    resumed_on: date | None = None
    """When the citizen replied, or work went on without."""
    answered_on: date | None = None
    """The answer that stands, or the closing as a duplicate; None again once reopened."""
    reopened_on: date | None = None
    """The last reopening or remand."""
    appealed_on: date | None = None
    """The appeal that is not decided yet."""


class Due(StrEnum):
    """What has a date, by the names of the fields of ``Deadlines``."""

    ACKNOWLEDGEMENT = "ack_due"
    ANSWER = "answer_due"
    APPEAL = "appeal_until"
    REOPENING = "reopen_until"
    REPLY = "wait_until"
    DECISION = "decision_due"


DUTIES = frozenset({Due.ACKNOWLEDGEMENT, Due.ANSWER, Due.DECISION})
"""What bodies owe the citizen. The other dates are the citizen's own: until when they may act."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The dates of a case; None: there is no such date now."""

    ack_due: date
    answer_due: date
    appeal_until: date | None = None
    reopen_until: date | None = None
    wait_until: date | None = None
    """Until when the citizen is waited for."""
    decision_due: date | None = None

    def of(self, due: Due) -> date | None:
        """Return one of the dates."""
        found: date | None = getattr(self, due.value)
        return found


@dataclass(frozen=True, slots=True)
class Terms:
    """What the dates of a case are counted by."""

    policy: Policy
    calendar: Calendar

    def deadlines(self, dates: Dates) -> Deadlines:
        """Return every date of a case."""
        policy, add = self.policy, self.calendar.add_days
        answered, paused, appealed = dates.answered_on, dates.paused_on, dates.appealed_on
        is_waiting = paused is not None and dates.resumed_on is None
        return Deadlines(
            ack_due=self.calendar.add_working_days(dates.received_on, policy.ack_days),
            answer_due=self._answer_due(dates),
            appeal_until=add(answered, policy.appeal_days) if answered else None,
            reopen_until=add(answered, policy.reopen_days) if answered else None,
            wait_until=add(paused, policy.pause_wait_days) if paused and is_waiting else None,
            decision_due=add(appealed, policy.decision_days) if appealed else None,
        )

    def referral_due(self, proposed_on: date) -> date:
        """Return the last day on which a referral can be accepted or refused."""
        return self.calendar.add_working_days(proposed_on, self.policy.accept_days)

    def _answer_due(self, dates: Dates) -> date:
        """Return the later of two dates: the first one, and that of work that was taken up anew."""
        first = self._run(dates.received_on, self.policy.answer_days, dates)
        if dates.reopened_on is None:
            return first
        return max(first, self._run(dates.reopened_on, self.policy.again_days, dates))

    def _run(self, start: date, days: int, dates: Dates) -> date:
        if dates.extended_on and dates.extended_on >= start:
            days += self.policy.extension_days
        if dates.paused_on and dates.paused_on >= start:
            days += self._paused_for(dates.paused_on, dates.resumed_on)
        return self.calendar.add(start, days, self.policy.day_type)

    def _paused_for(self, paused_on: date, resumed_on: date | None) -> int:
        """Return for how many days the clock stood.

        As long as the citizen has not replied, the longest pause is counted: so the date is known
        on the day of the question and needs no timer; a reply brings it forward.
        """
        latest = paused_on + timedelta(days=self.policy.pause_days)
        end = min(resumed_on, latest) if resumed_on else latest
        return self.calendar.days_between(paused_on, end, self.policy.day_type)


@dataclass(frozen=True, slots=True)
class Move:
    """A date that is another one than people were told."""

    due: Due
    before: date | None
    after: date | None


def renewed(told: Deadlines, dates: Dates, terms: Terms, today: date) -> Deadlines:
    """Return the dates that stand from today on, after a step or a correction of the calendar.

    People planned by the dates that they were told (``told``), so a new count does not simply
    win:

    - A duty that is done keeps its date: whether it was kept is history.
    - A duty whose date has passed keeps it. Silence past it was a refusal that may have been
      appealed; a holiday entered later takes that right from nobody. Only work that is taken
      up anew has a new date.
    - A duty whose date is to come moves both ways: a holiday gives the body its day back, a
      day that turns out to be none is in the citizen's favour. It never moves into the past: nobody
      was late on a day on which they had time. Today, or the next working day, is the earliest.
    - What the citizen may do until a date can be done until then at least: such a date moves
      forward only.
    """
    fresh = terms.deadlines(dates)
    kept: dict[str, date] = {}
    for due in Due:
        before, after = told.of(due), fresh.of(due)
        if before is not None and after is not None:
            kept[due.value] = _standing(due, (before, after), dates, today)
    stands = replace(fresh, **kept)
    return replace(stands, **_not_in_the_past(told, stands, terms.calendar.next_working(today)))


def _standing(due: Due, told_and_fresh: tuple[date, date], dates: Dates, today: date) -> date:
    """Return which of two dates stands; see ``renewed``."""
    before, after = told_and_fresh
    if due not in DUTIES:
        return before if max(before, after) < today else max(before, after)
    if due is Due.ANSWER and dates.reopened_on == today:
        return after
    done = {Due.ACKNOWLEDGEMENT: dates.acknowledged_on, Due.ANSWER: dates.answered_on}
    return before if before < today or done.get(due) else after


def _not_in_the_past(told: Deadlines, stands: Deadlines, earliest: date) -> dict[str, date]:
    """Return the duties that would come too soon, each with the first day that it can have."""
    raised: dict[str, date] = {}
    for due in DUTIES:
        before, after = told.of(due), stands.of(due)
        if before and after and after < min(before, earliest):
            raised[due.value] = min(before, earliest)
    return raised


def moved(told: Deadlines, dates: Dates, terms: Terms, today: date) -> tuple[Move, ...]:
    """Return the dates that change for those concerned, as ``renewed`` counts them."""
    now = renewed(told, dates, terms, today)
    pairs = ((due, told.of(due), now.of(due)) for due in Due)
    return tuple(Move(due, before, after) for due, before, after in pairs if before != after)


def days_left(due: date, today: date) -> int:
    """Return how many days are left; a negative number says how late it is."""
    return (due - today).days


def is_late(due: date | None, now: datetime, zone: tzinfo) -> bool:
    """Tell whether the local day after the last one has begun."""
    return due is not None and local_day(now, zone) > due


def is_refused_by_silence(dates: Dates, deadlines: Deadlines, today: date) -> bool:
    """Tell whether the body let the date pass without an answer: a refusal that can be appealed."""
    return dates.answered_on is None and today > deadlines.answer_due


def pending(dates: Dates, deadlines: Deadlines) -> dict[Due, date]:
    """Return what someone still has to do by a date: for lists and reminders."""
    is_open = dates.answered_on is None and dates.appealed_on is None
    found: dict[Due, date] = {}
    if dates.acknowledged_on is None and is_open:
        found[Due.ACKNOWLEDGEMENT] = deadlines.ack_due
    if is_open:
        found[Due.ANSWER] = deadlines.answer_due
    if deadlines.wait_until and is_open:
        found[Due.REPLY] = deadlines.wait_until
    if deadlines.decision_due:
        found[Due.DECISION] = deadlines.decision_due
    return found

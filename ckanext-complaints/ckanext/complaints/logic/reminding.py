"""What happens because a day has come: reminders, lateness that is told, steps by date.

Nothing depends on it having run: whether a case is late, and what its citizen may do, follows
from its dates wherever it is looked at. Each batch is one transaction: what is told, that it was
told, and when to look again are committed together.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import sqlalchemy as sa

from ckan.types import AlchemySession

from ckanext.complaints.domain import clock, escalation
from ckanext.complaints.domain.calendar import DAY, Calendar
from ckanext.complaints.domain.clock import Due
from ckanext.complaints.domain.escalation import Reminder, Whom
from ckanext.complaints.domain.life import ENDED, State, Step
from ckanext.complaints.logic import noticing, stepping, telling, terms
from ckanext.complaints.logic.noticing import Notice
from ckanext.complaints.logic.staffing import Staff
from ckanext.complaints.logic.stepping import SYSTEM
from ckanext.complaints.model import network, reminders, sealed
from ckanext.complaints.model.cases import Case
from ckanext.complaints.model.sealed import Contact
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.keyring import Unreadable

log = logging.getLogger(__name__)

BATCH = 200
LOCK = "complaints-deadlines"
IN_THE_LOG = {
    "ack-late": "staff",
    "answer-late": "all",
    "answer-very-late": "all",
    "reply-soon": "all",
    "decision-late": "all",
}
"""Reminders of which the timeline of the case tells, and to whom."""


def remind(session: AlchemySession, now: datetime, most: int = sys.maxsize) -> int:
    """Do all that is due, in so many batches at most; return how many cases were looked at."""
    done = 0
    for _ in range(most):
        some = remind_some(session, now)
        if not some:
            break
        done += some
    return done


def remind_some(session: AlchemySession, now: datetime) -> int:
    """Do what is due in a batch of cases, and commit; return how many. One at a time does it."""
    lock = sa.func.pg_try_advisory_xact_lock(sa.func.hashtextextended(LOCK, 0))
    if not session.execute(sa.select(lock)).scalar():
        session.rollback()
        return 0
    found = reminders.to_look_at(session, terms.today(now), BATCH)
    if found:
        network.forget(session)
        _look(session, found, now)
    session.commit()
    return len(found)


def _look(session: AlchemySession, found: Sequence[Case], now: datetime) -> None:
    today, counting = terms.today(now), terms.Counting(session)
    staff, days = Staff(session, found), dict[str, date | None]()
    contacts = sealed.contacts_of(session, [case.id for case in found])
    fallen: list[tuple[Case, Reminder]] = []
    for case in found:
        try:
            _step(session, case, staff, now)
            calendar, pending = counting.of(case).calendar, _pending(case)
            days[case.id] = _next(case, pending, today, calendar)
            fallen += [(case, each) for each in escalation.due_reminders(pending, today, calendar)]
        except (DomainError, LookupError, Unreadable) as error:
            # The others go on; this one is tried again tomorrow.
            log.error("Complaint %s: %s", case.id, type(error).__name__)  # noqa: TRY400
            days[case.id] = today + DAY
    fresh = reminders.note(session, [each.key(case.id) for case, each in fallen], now)
    told = [(case, each) for case, each in fallen if each.key(case.id) in fresh]
    _tell_staff(session, told, staff, now)
    for case, each in told:
        _tell_citizen(session, case, each, contacts, now)
    session.flush()
    reminders.look_next(session, days)


def _step(session: AlchemySession, case: Case, staff: Staff, now: datetime) -> None:
    """Take the step whose day has come, if any, and tell of it."""
    step = _step_due(case, terms.today(now))
    if step is None:
        return
    with session.begin_nested():
        stepping.take(session, case, step, SYSTEM, now)
        telling.soon(session, case, now, not_before=noticing.morning(now))
        if step is Step.RESUME:
            people = staff.whom(case, frozenset({Whom.HANDLER}), is_of_appeal=False)
            noticing.to_people(session, people, Notice.RESUMED, now)


def _step_due(case: Case, today: date) -> Step | None:
    if case.state == State.ANSWERED and case.appeal_until and case.appeal_until < today:
        return Step.LAPSE
    if case.state == State.WAITING_CITIZEN and case.wait_until and case.wait_until < today:
        return Step.RESUME
    return None


def _pending(case: Case) -> dict[Due, date]:
    """Return what someone still has to do by a date; nothing in a case that is over."""
    if State(case.state) in ENDED:
        return {}
    return clock.pending(terms.dates_of(case), terms.deadlines_of(case))


def _next(case: Case, pending: Mapping[Due, date], today: date, calendar: Calendar) -> date | None:
    """Return when something falls in a case next."""
    ends = {State.ANSWERED: case.appeal_until, State.WAITING_CITIZEN: case.wait_until}
    until = ends.get(State(case.state))
    days = (escalation.next_day(pending, today, calendar), until + DAY if until else None)
    return min((day for day in days if day is not None), default=None)


def next_look(case: Case, today: date, calendar: Calendar) -> date | None:
    """Return when to look at a case whose dates were counted anew: today, if anything is due."""
    pending = _pending(case)
    is_due = _step_due(case, today) or escalation.due_reminders(pending, today, calendar)
    return today if is_due else _next(case, pending, today, calendar)


def _tell_staff(
    session: AlchemySession,
    told: Sequence[tuple[Case, Reminder]],
    staff: Staff,
    now: datetime,
) -> None:
    by_kind: dict[Notice, set[str]] = {}
    for case, each in told:
        whom = each.whom - {Whom.CITIZEN}
        if whom:
            is_of_appeal = each.kind.startswith("decision")
            concerned = staff.whom(case, whom, is_of_appeal=is_of_appeal)
            by_kind.setdefault(Notice(f"complaints-{each.kind}"), set()).update(concerned)
    for kind, people in by_kind.items():
        noticing.to_people(session, people, kind, now)


def _tell_citizen(
    session: AlchemySession,
    case: Case,
    told: Reminder,
    contacts: Mapping[str, Contact],
    now: datetime,
) -> None:
    """Note it in the log of the case, and let the citizen know that there is news."""
    if told.kind in IN_THE_LOG:
        stepping.note(session, case, told.kind, SYSTEM, now, **{"for": IN_THE_LOG[told.kind]})
    if Whom.CITIZEN in told.whom and case.id in contacts:
        telling.soon(session, case, now, not_before=noticing.morning(now))

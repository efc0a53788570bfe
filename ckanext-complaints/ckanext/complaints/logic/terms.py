"""The dates of a case: counted by its policy and the calendar of its body, stored with it."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.complaints.domain.calendar import Calendar, DayType, local_day
from ckanext.complaints.domain.clock import Dates, Deadlines, Policy, Terms, renewed
from ckanext.complaints.model import catalogue
from ckanext.complaints.model.cases import Case

LOOK_BACK = timedelta(days=400)
PERIODS = tuple(each.name for each in fields(Policy) if each.name not in ("day_type", "sources"))


def zone() -> ZoneInfo:
    """Return where days begin and end."""
    return ZoneInfo(str(tk.h.get_display_timezone()))


def today(now: datetime) -> date:
    """Return the local day."""
    return local_day(now, zone())


def terms(session: AlchemySession, policy_id: str, org_id: str, since: date) -> Terms:
    """Return what the dates of a case are counted by in a body."""
    row = catalogue.policy(session, policy_id)
    if row is None:
        raise LookupError("a case has a policy that is not there")
    periods = {name: getattr(row, name) for name in PERIODS if hasattr(row, name)}
    policy = Policy(**periods, day_type=DayType(row.day_type), sources=row.source)
    holidays = catalogue.holiday_days(session, org_id, since - LOOK_BACK)
    return Terms(policy, Calendar(frozenset(holidays)))


CALENDAR = "complaints-calendar"


def keep_calendar(session: AlchemySession) -> None:
    """Let a change of the calendar be carried through the open cases only after this transaction.

    For what makes a case open: the job that moves open dates would not see it yet.
    """
    lock = sa.func.pg_advisory_xact_lock_shared(sa.func.hashtextextended(CALENDAR, 0))
    session.execute(sa.select(lock))


def wait_for_cases(session: AlchemySession) -> None:
    """Wait for all that ``keep_calendar``; what begins later reads the new one."""
    key = sa.func.hashtextextended(CALENDAR, 0)
    session.execute(sa.select(sa.func.pg_advisory_lock(key)))
    session.execute(sa.select(sa.func.pg_advisory_unlock(key)))


def terms_of(session: AlchemySession, case: Case) -> Terms:
    """Return what the dates of this case are counted by."""
    return terms(session, case.policy_id, case.calendar_org_id, case.received_on)


FIRST_DAY = date(2000, 1, 1)


class Counting:
    """What many cases are counted by: policies and calendars are read once each."""

    def __init__(self, session: AlchemySession) -> None:
        self._session = session
        self._known: dict[tuple[str, str], Terms] = {}

    def of(self, case: Case) -> Terms:
        """Return what the dates of a case are counted by."""
        key = (case.policy_id, case.calendar_org_id)
        if key not in self._known:
            self._known[key] = terms(self._session, *key, FIRST_DAY)
        return self._known[key]


def dates_of(case: Case) -> Dates:
    """Return what happened in a case, by day."""
    return Dates(**_named(Dates, case))


def deadlines_of(case: Case) -> Deadlines:
    """Return the dates that the citizen was told."""
    return Deadlines(**_named(Deadlines, case))


def renew(session: AlchemySession, case: Case, day: date) -> None:
    """Count the dates of a case anew, after a step; what was promised is kept."""
    stand = renewed(deadlines_of(case), dates_of(case), terms_of(session, case), day)
    put(case, stand)


def recount(case: Case, counted: Terms, day: date) -> bool:
    """Count the dates of a case anew as ``renew`` does; tell whether one moved."""
    before = deadlines_of(case)
    put(case, renewed(before, dates_of(case), counted, day))
    return deadlines_of(case) != before


def put(case: Case, deadlines: Deadlines) -> None:
    """Store the dates of a case."""
    for each in fields(Deadlines):
        setattr(case, each.name, getattr(deadlines, each.name))


def _named(kind: type[Any], case: Case) -> dict[str, Any]:
    return {each.name: getattr(case, each.name) for each in fields(kind)}

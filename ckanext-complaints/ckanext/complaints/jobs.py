"""The long work of complaints."""

from __future__ import annotations

from datetime import datetime

from ckan.types import AlchemySession

from ckanext.complaints import evidence
from ckanext.complaints.logic import (
    attaching,
    clock_changes,
    preparing,
    purging,
    referring,
    releasing,
    reminding,
    tallying,
    telling,
)
from ckanext.opengov.shared import jobs
from ckanext.opengov.shared.domain.moments import utc_now

SWEEP = "complaints.sweep-evidence"
REMINDED_AT_ONCE = 10
"""Batches of one sweep, which has more to do."""
preparing.keep_with(attaching.CaseKeeper())


@jobs.kind(preparing.PREPARE, queue=jobs.LONG)
def prepare_file(session: AlchemySession, job: jobs.Job) -> None:
    """Scan a file and make its clean copy."""
    preparing.prepare(session, job)


@jobs.kind(telling.TELL, queue=jobs.SHORT)
def tell_citizen(session: AlchemySession, job: jobs.Job) -> None:
    """Tell a citizen that there is news."""
    telling.tell(session, job)


@jobs.kind(clock_changes.MOVE, queue=jobs.LONG)
def move_dates(session: AlchemySession, _job: jobs.Job) -> None:
    """Move the dates of open cases with the calendar."""
    clock_changes.move(session, utc_now())


@jobs.sweeper
def ask_the_scanner_again(session: AlchemySession, now: datetime) -> int:
    """Ask for files that a scanner has not seen."""
    return preparing.ask_again(session, now)


@jobs.sweeper
def keep_cases_in_hands(session: AlchemySession, now: datetime) -> int:
    """End requests that nobody answered, and move cases that are with nobody who may have them."""
    return referring.sweep(session, now)


@jobs.sweeper
def remind(session: AlchemySession, now: datetime) -> int:
    """Remind of dates, and take the steps whose day has come: some; the next sweep goes on."""
    return reminding.remind(session, now, REMINDED_AT_ONCE)


@jobs.sweeper
def delete_on_the_day(session: AlchemySession, now: datetime) -> int:
    """Delete what cases say whose day has come: a batch; the next sweep goes on."""
    return purging.purge_some(session, now)


@jobs.sweeper
def begin_to_sweep(session: AlchemySession, now: datetime) -> int:
    """Ask once a day for a look at what lies in the store without a row."""
    today = now.date().isoformat()
    if jobs.latest(session, SWEEP, today):
        return 0
    jobs.enqueue(session, SWEEP, today, now=now)
    session.commit()
    return 1


@jobs.kind(SWEEP, queue=jobs.LONG)
def sweep_evidence(_session: AlchemySession, _job: jobs.Job) -> None:
    """Remove evidence that no row tells of."""
    evidence.sweep(utc_now())


@jobs.sweeper
def begin_to_tally(session: AlchemySession, now: datetime) -> int:
    """Ask once an hour for the figures of the supervisors' board."""
    return tallying.begin(session, now)


@jobs.kind(tallying.TALLY, queue=jobs.LONG)
def tally(session: AlchemySession, _job: jobs.Job) -> None:
    """Count the last twelve months anew."""
    tallying.tally(session, utc_now())


@jobs.sweeper
def begin_to_release(session: AlchemySession, now: datetime) -> int:
    """Ask once a day for the figures of quarters that are over."""
    return releasing.begin(session, now)


@jobs.kind(releasing.RELEASE, queue=jobs.LONG)
def release(session: AlchemySession, _job: jobs.Job) -> None:
    """Count the quarters that are over and were not released."""
    releasing.release(session, utc_now())

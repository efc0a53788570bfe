"""What becomes of the dates of open cases when the calendar changes.

A job counts them anew: there may be a million. Each batch is a transaction that also notes how
far it came, so whoever is killed goes on from there, and a second run finds nothing to do.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from datetime import date, datetime

import sqlalchemy as sa

from ckan.types import AlchemySession

from ckanext.complaints.logic import noticing, reminding, telling, terms
from ckanext.complaints.model import cases, moves, network, reminders, sealed
from ckanext.complaints.model.moves import Move
from ckanext.opengov.shared import jobs

MOVE, SUBJECT = "complaints.move-dates", "calendar"
BATCH = 500
MOST_SECONDS = 60
"""Of one job: a worker that is stopped for taking too long would begin anew for nothing."""


def calendar_changed(session: AlchemySession, org_id: str | None, _days: Collection[date]) -> None:
    """Let the dates of open cases of a body, or of all, move: these days became holidays or none.

    In the caller's transaction, which has changed the calendar already.
    """
    now = cases.now(session)
    moves.ask(session, org_id, now)
    jobs.enqueue(session, MOVE, SUBJECT, now=now)


def is_moving(session: AlchemySession, org_id: str | None = None) -> bool:
    """Tell whether dates are being moved at this moment, in a body or everywhere."""
    return moves.is_any_open(session, org_id)


def move(session: AlchemySession, now: datetime) -> None:
    """Move dates batch by batch, each committed; what is left after a minute is another job.

    A job must not commit, but this one may: what is done stands in the rows of ``moves``, which
    are held, so a runner that was overtaken repeats and loses nothing.
    """
    end = time.monotonic() + MOST_SECONDS
    while move_some(session, now):
        session.commit()
        if time.monotonic() > end:
            jobs.enqueue(session, MOVE, SUBJECT, now=cases.now(session))
            return


def move_some(session: AlchemySession, now: datetime) -> bool:
    """Move the dates of a batch, in the caller's transaction; False: no change is left."""
    lock = sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(MOVE, 0))
    session.execute(sa.select(lock))
    change = moves.first_open(session)
    if change is None:
        return False
    network.forget(session)
    if not change.last_id:
        terms.wait_for_cases(session)
    _move_batch(session, change, now)
    return True


def _move_batch(session: AlchemySession, change: Move, now: datetime) -> None:
    """Count the next cases of a change anew.

    What was promised to citizens is kept (``clock.renewed``), and those are told whose dates move.
    """
    found = moves.next_cases(session, change.org_id, change.last_id, BATCH)
    contacts = sealed.contacts_of(session, [case.id for case in found])
    counting, today, days = terms.Counting(session), terms.today(now), dict[str, date | None]()
    for case in found:
        counted = counting.of(case)
        is_moved = terms.recount(case, counted, today)
        # Warnings count back by working days: they may fall earlier though no date moves.
        days[case.id] = reminding.next_look(case, today, counted.calendar)
        if is_moved:
            case.version += 1
            if case.id in contacts:
                telling.soon(session, case, now, not_before=noticing.morning(now))
    session.flush()
    reminders.look_next(session, days)
    if len(found) < BATCH:
        change.done_at = now
    else:
        change.last_id = found[-1].id
    session.flush()

"""What is counted of cases: what is open now, by index alone, and what happened, in tables.

Sealed reports of corruption are in none of these numbers.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.complaints.domain.catalogue import Track
from ckanext.complaints.domain.life import OPEN, Outcome
from ckanext.complaints.domain.periods import last_months
from ckanext.complaints.model.cases import APPEALED, MOMENT, OVER, Assignment, Case
from ckanext.complaints.model.network import Unit

YEAR, MONTH = 12, 1
OWED = tuple(sorted(OPEN))
"""States in which a body owes an answer."""
COUNTS = ("open", "late", "soon", "unassigned", "appeals")
TRACK = str(Track.ORDINARY)
ORDINARY = Case.track == TRACK
IS_COUNTED = sa.and_(ORDINARY, Case.state.not_in(OVER))
"""As the index of the board has it."""


class Tally(tk.BaseModel):
    """What a body or a unit did in a month, or in the twelve months that end with this one."""

    __tablename__ = "complaints_tally"

    holder_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    """Of a body, or of a unit."""
    since: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    months: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    received: Mapped[int] = mapped_column(sa.Integer)
    answered: Mapped[int] = mapped_column(sa.Integer)
    due: Mapped[int] = mapped_column(sa.Integer)
    """Cases of which it showed whether their date was kept: answered, or the date passed."""
    in_time: Mapped[int] = mapped_column(sa.Integer)
    median_days: Mapped[int | None] = mapped_column(sa.Integer)


class Tallied(tk.BaseModel):
    """When that was counted."""

    __tablename__ = "complaints_tallied"

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(MOMENT)


def open_counts(
    session: AlchemySession,
    unit_ids: Collection[str],
    days: tuple[date, date],
    kept_from: sa.ColumnElement[bool],
) -> dict[str, dict[str, int]]:
    """Return by unit how many cases are ``open``, ``late``, due ``soon``, ``unassigned``.

    ``appeals`` are those against its answers, or its silence, that are not decided. ``days``:
    today, and the last that is soon; ``kept_from``: of which the caller must not know.
    """
    today, soon = days
    is_owed = Case.state.in_(OWED)
    count = sa.func.count
    query = (
        sa.select(
            Case.owner_unit_id,
            count().filter(is_owed).label("open"),
            count().filter(is_owed, Case.answer_due < today).label("late"),
            count().filter(is_owed, Case.answer_due.between(today, soon)).label("soon"),
            count().filter(is_owed, Assignment.user_id.is_(None)).label("unassigned"),
            count().filter(Case.state == APPEALED).label("appeals"),
        )
        .outerjoin(
            Assignment, sa.and_(Assignment.case_id == Case.id, Assignment.ended_at.is_(None))
        )
        .where(IS_COUNTED, Case.owner_unit_id.in_(unit_ids), sa.not_(kept_from))
        .group_by(Case.owner_unit_id)
    )
    return {
        row.owner_unit_id: {name: row._mapping[name] for name in COUNTS}
        for row in session.execute(query)
    }


def happened(since: date, until: date, today: date) -> sa.Subquery:
    """Select what happened from a day to that before another, a row for each fact of a case.

    ``kind`` is ``received``, ``answered`` (``days`` after it was received) or ``due`` (``is_kept``:
    in time). A case is due on the day of an answer in time, else on its last day. One that repeats
    another has no answer of its own; one that was withdrawn unanswered has no date to be kept.
    """
    nothing = sa.cast(sa.null(), sa.Integer), sa.cast(sa.null(), sa.Boolean)
    is_original = sa.and_(
        Case.dup_of.is_(None), Case.standing.is_distinct_from(Outcome.DUPLICATE.value)
    )
    kept = sa.func.coalesce(Case.answered_on <= Case.answer_due, sa.false())
    came_on = sa.case((kept, Case.answered_on), else_=Case.answer_due)
    is_answered = Case.answered_on.is_not(None)
    was_awaited = sa.or_(is_answered, Case.outcome.is_distinct_from(Outcome.WITHDRAWN.value))
    parts = [
        _facts("received", Case.received_on, *nothing),
        _facts("answered", Case.answered_on, Case.answered_on - Case.received_on, nothing[1]).where(
            is_original, is_answered
        ),
        _facts("due", came_on, nothing[0], kept).where(
            is_original, was_awaited, sa.or_(kept, Case.answer_due < today)
        ),
    ]
    whole = sa.union_all(*parts).subquery()
    return sa.select(whole).where(whole.c.day >= since, whole.c.day < until).subquery("happened")


def _facts(kind: str, day: Any, days: Any, is_kept: Any) -> sa.Select[Any]:
    return (
        sa.select(
            Unit.org_id,
            Unit.id.label("unit_id"),
            sa.literal(kind).label("kind"),
            sa.type_coerce(day, sa.Date).label("day"),
            sa.type_coerce(days, sa.Integer).label("days"),
            is_kept.label("is_kept"),
        )
        .join(Unit, Unit.id == Case.owner_unit_id)
        .where(ORDINARY)
    )


def sums(facts: sa.Subquery) -> list[sa.Label[Any]]:
    """Return the columns that count facts."""
    count = sa.func.count
    return [
        count().filter(facts.c.kind == "received").label("received"),
        count().filter(facts.c.kind == "answered").label("answered"),
        count().filter(facts.c.kind == "due").label("due"),
        count().filter(facts.c.is_kept).label("in_time"),
        sa.func.percentile_disc(0.5).within_group(facts.c.days).label("median_days"),
    ]


def tally(session: AlchemySession, today: date, now: datetime) -> None:
    """Count the last twelve months anew; who reads meanwhile, reads the numbers before."""
    months = last_months(today, YEAR)
    facts = happened(months[0], today + timedelta(days=1), today)
    month = sa.cast(sa.func.date_trunc("month", facts.c.day), sa.Date)
    year = sa.literal(months[0], sa.Date)
    session.execute(lock("complaints-tally"))
    session.execute(sa.delete(Tally))
    names = ["holder_id", "since", "months", "received", "answered", "due", "in_time"]
    for holder in (facts.c.org_id, facts.c.unit_id):
        for since, length in ((month, MONTH), (year, YEAR)):
            rows = sa.select(holder, since, sa.literal(length), *sums(facts))
            rows = rows.group_by(holder, since)
            session.execute(sa.insert(Tally).from_select([*names, "median_days"], rows))
    done = insert(Tallied).values(id=1, at=now)
    session.execute(done.on_conflict_do_update(index_elements=["id"], set_={"at": now}))


def lock(name: str) -> sa.Select[Any]:
    """Select nothing; another transaction that does so waits for the end of this one."""
    return sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(name, 0)))


def tallies(
    session: AlchemySession, holder_ids: Collection[str]
) -> tuple[dict[str, list[Tally]], datetime | None]:
    """Return what was counted of bodies or units, by id: the year before its months; and when.

    None: never yet.
    """
    query = sa.select(Tallied.at, Tally).outerjoin(Tally, Tally.holder_id.in_(holder_ids))
    rows = session.execute(query.order_by(Tally.months.desc(), Tally.since)).all()
    found: dict[str, list[Tally]] = {}
    for _at, row in rows:
        if row is not None:
            found.setdefault(row.holder_id, []).append(row)
    return found, rows[0][0] if rows else None

"""Cases, and what is known of them without any key: body, category, state and dates."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, aliased, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.opengov.shared.pager import Branch

MOMENT = sa.DateTime(timezone=True)
OPEN = ("received", "registered", "in-progress", "waiting-citizen")
"""States in which the body owes an answer."""
OVER, APPEALED = ("closed", "purged"), "appealed"
"""States in which nothing is due any more."""
SAME_OPENING = timedelta(minutes=15)
"""Whoever looks again within this has not left."""


class Case(tk.BaseModel):
    """One complaint, from its filing to its end."""

    __tablename__ = "complaints_case"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    reference: Mapped[str] = mapped_column(sa.CHAR(9))
    """Eight random digits and a check digit: nobody can tell from one how many there are."""
    track: Mapped[str] = mapped_column(sa.Text)
    mode: Mapped[str] = mapped_column(sa.Text)
    channel: Mapped[str] = mapped_column(sa.Text)
    lang: Mapped[str] = mapped_column(sa.Text)
    category_id: Mapped[str | None] = mapped_column(sa.Text)
    policy_id: Mapped[str] = mapped_column(sa.Text)
    form_id: Mapped[str | None] = mapped_column(sa.Text)
    region: Mapped[str | None] = mapped_column(sa.Text)
    owner_unit_id: Mapped[str] = mapped_column(sa.Text)
    appeal_unit_id: Mapped[str | None] = mapped_column(sa.Text)
    """Who decides on the appeal that is open; it reads the case as long as that takes."""
    calendar_org_id: Mapped[str] = mapped_column(sa.Text)
    """By whose calendar its dates are counted: of the body that got it first, whoever has it."""
    excluded: Mapped[str] = mapped_column(sa.Text, default="")
    """Digest of who must not know of it (``exclusions.digest``); empty: everyone may."""
    accused_org_id: Mapped[str | None] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text)
    outcome: Mapped[str | None] = mapped_column(sa.Text)
    """How it ended."""
    standing: Mapped[str | None] = mapped_column(sa.Text)
    """What the answer says that stands, while it can be appealed."""
    received_at: Mapped[datetime] = mapped_column(MOMENT)
    received_on: Mapped[date] = mapped_column(sa.Date)
    """The local day on which it came; day zero of every period."""
    acknowledged_on: Mapped[date | None] = mapped_column(sa.Date)
    extended_on: Mapped[date | None] = mapped_column(sa.Date)
    paused_on: Mapped[date | None] = mapped_column(sa.Date)
    resumed_on: Mapped[date | None] = mapped_column(sa.Date)
    answered_on: Mapped[date | None] = mapped_column(sa.Date)
    reopened_on: Mapped[date | None] = mapped_column(sa.Date)
    was_reopened: Mapped[bool] = mapped_column(sa.Boolean)
    """By the citizen, who may once."""
    appealed_on: Mapped[date | None] = mapped_column(sa.Date)
    ack_due: Mapped[date] = mapped_column(sa.Date)
    """This and the days below follow from those above; the clock alone sets them."""
    answer_due: Mapped[date] = mapped_column(sa.Date)
    reopen_until: Mapped[date | None] = mapped_column(sa.Date)
    appeal_until: Mapped[date | None] = mapped_column(sa.Date)
    wait_until: Mapped[date | None] = mapped_column(sa.Date)
    decision_due: Mapped[date | None] = mapped_column(sa.Date)
    closed_at: Mapped[datetime | None] = mapped_column(MOMENT)
    purge_on: Mapped[date | None] = mapped_column(sa.Date)
    dup_of: Mapped[str | None] = mapped_column(sa.Text)
    legal_hold: Mapped[bool] = mapped_column(sa.Boolean)
    is_slow: Mapped[bool] = mapped_column(sa.Boolean)
    """It came in a flood, and is looked at after those that did not."""
    epoch: Mapped[int] = mapped_column(sa.Integer)
    """Of its keys: raised when somebody may read it no more."""
    version: Mapped[int] = mapped_column(sa.Integer)
    look_on: Mapped[date | None] = mapped_column(
        sa.Date, server_default=sa.FetchedValue(), server_onupdate=sa.FetchedValue()
    )
    """When the next reminder or step by date falls, if any; the database sets it back to look at
    once wherever a date or the state changes, and the sweep alone sets it forward."""
    key_id: Mapped[str] = mapped_column(sa.Text)
    mac: Mapped[str] = mapped_column(sa.Text)


class Assignment(tk.BaseModel):
    """Who works on a case; the last one has no end."""

    __tablename__ = "complaints_assignment"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    case_id: Mapped[str] = mapped_column(sa.Text)
    user_id: Mapped[str] = mapped_column(sa.Text)
    by_user_id: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[datetime] = mapped_column(MOMENT)
    ended_at: Mapped[datetime | None] = mapped_column(MOMENT)


class Opening(tk.BaseModel):
    """Somebody on the staff opened a case; the citizen is shown it."""

    __tablename__ = "complaints_opening"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    case_id: Mapped[str] = mapped_column(sa.Text)
    user_id: Mapped[str] = mapped_column(sa.Text)
    unit_id: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[datetime] = mapped_column(MOMENT)


def now(session: AlchemySession) -> datetime:
    """Return this moment by the database's clock, the one for all machines."""
    return session.execute(sa.select(sa.func.clock_timestamp())).scalar_one()


def find(session: AlchemySession, id: str, *, lock: bool = False) -> Case | None:
    """Return a case; ``lock`` holds it against every other change."""
    return session.execute(_found(lock), {"id": id}).scalar_one_or_none()


@cache
def _found(lock: bool) -> sa.Select[Any]:
    query = sa.select(Case).where(Case.id == sa.bindparam("id"))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return query


def is_taken(session: AlchemySession, reference: str) -> bool:
    """Tell whether a case has this number already."""
    query = sa.select(Case.id).where(Case.reference == reference)
    return session.execute(query).first() is not None


def by_reference(session: AlchemySession, reference: str, *, lock: bool = False) -> Case | None:
    """Return the case with this number."""
    query = sa.select(Case).where(Case.reference == reference)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.execute(query).scalar_one_or_none()


def worklists(
    unit_ids: Collection[str],
    kept_from: sa.ColumnElement[bool],
    had_part: sa.ColumnElement[bool],
    state: str = "",
    *,
    is_slow: bool = False,
) -> list[Branch]:
    """Select ids of the cases that units have to answer, and of the appeals before them.

    With who works on each; by the day that is due. ``state``: only cases in this one; ``is_slow``:
    those of floods instead. Not those that are to be kept from the caller, nor appeals against
    what they had a part in.
    """
    now = sa.and_(Assignment.case_id == Case.id, Assignment.ended_at.is_(None))
    every = sa.select(Case.id, Assignment.user_id).outerjoin(Assignment, now)
    queue = Case.is_slow if is_slow else sa.not_(Case.is_slow)
    every = every.where(sa.not_(kept_from), queue)
    is_wanted = Case.state == state if state else Case.state.in_(OPEN)
    found = [
        Branch(every.where(Case.owner_unit_id == id, is_wanted), BY_DUE) for id in sorted(unit_ids)
    ]
    if state not in ("", APPEALED):
        return found
    appeals = every.where(Case.state == APPEALED, sa.not_(had_part))
    appeals = appeals.where(Case.owner_unit_id.not_in(unit_ids))
    return found + [
        Branch(appeals.where(Case.appeal_unit_id == id), BY_DECISION) for id in sorted(unit_ids)
    ]


def count_open(session: AlchemySession, unit_id: str) -> int:
    """Return how many open cases a unit has."""
    mine = (Case.owner_unit_id == unit_id, Case.state.not_in(OVER))
    query = sa.select(sa.func.count()).select_from(Case).where(*mine)
    return int(session.execute(query).scalar_one())


def open_of(session: AlchemySession, unit_id: str) -> list[Case]:
    """Return the open cases of a unit, held against every other change."""
    mine = (Case.owner_unit_id == unit_id, Case.state.not_in(OVER))
    query = sa.select(Case).where(*mine).order_by(Case.id).with_for_update()
    return list(session.execute(query.execution_options(populate_existing=True)).scalars())


def unjudged(session: AlchemySession, most: int) -> list[Case]:
    """Return appeals that nobody is there to decide on."""
    query = sa.select(Case).where(Case.state == APPEALED, Case.appeal_unit_id.is_(None))
    return list(session.execute(query.order_by(Case.id).limit(most)).scalars())


BY_DUE: tuple[sa.ColumnElement[Any], ...] = (
    sa.type_coerce(Case.answer_due, sa.Date),
    sa.type_coerce(Case.id, sa.Text),
)
BY_DECISION: tuple[sa.ColumnElement[Any], ...] = (
    sa.type_coerce(Case.decision_due, sa.Date),
    sa.type_coerce(Case.id, sa.Text),
)
"""What orders worklists: those of bodies, and those of who decides on appeals."""
MOST_COUNTED = 1_000
NOTHING = sa.select(sa.literal(1)).where(sa.false())
Condition = Callable[[sa.ColumnElement[Any]], sa.ColumnElement[bool]]
"""Of the day that is due."""


def counts(
    session: AlchemySession,
    branches: Sequence[Branch],
    days: tuple[date, date],
    **others: sa.ScalarSelect[Any],
) -> dict[str, int]:
    """Return how many a worklist has: ``all``, ``late``, due ``soon``, ``unassigned``.

    No more than ``MOST_COUNTED`` are counted. ``days``: today, and the last that is soon;
    ``others``: what else to count in the same statement.
    """
    today, soon = days
    asked: dict[str, Condition] = {
        "all": lambda _due: sa.true(),
        "late": lambda due: due < today,
        "soon": lambda due: due.between(today, soon),
        "unassigned": lambda _due: nobody_has(),
    }
    numbers = {name: counted(branches, is_one) for name, is_one in asked.items()} | others
    if not branches:
        return dict.fromkeys(numbers, 0)
    columns = [each.label(name) for name, each in numbers.items()]
    return dict(session.execute(sa.select(*columns)).one()._mapping)


def nobody_has() -> sa.ColumnElement[bool]:
    """Tell, of a case in a query, whether nobody works on it.

    Not by what an outer join has not found: PostgreSQL takes that to be rare, and reads all.
    """
    other = aliased(Assignment)
    found = sa.exists().where(other.case_id == Case.id, other.ended_at.is_(None))
    return sa.not_(found.correlate(Case))


def counted(
    branches: Sequence[Branch], is_one: Condition = lambda _due: sa.true()
) -> sa.ScalarSelect[Any]:
    """Count, in a query, what some lists have, ``MOST_COUNTED`` at most; of no lists, nothing."""
    parts = [
        each.query.where(is_one(each.by[0]))
        .with_only_columns(sa.literal(1).label("one"), maintain_column_froms=True)
        .limit(MOST_COUNTED)
        for each in branches
    ]
    some = sa.union_all(*(sa.select(each.subquery()) for each in parts)) if parts else NOTHING
    numbers = some.limit(MOST_COUNTED).subquery()
    return sa.select(sa.func.count()).select_from(numbers).scalar_subquery()


def assigned_to(session: AlchemySession, case_id: str) -> Assignment | None:
    """Return who works on a case."""
    query = sa.select(Assignment).where(
        Assignment.case_id == case_id, Assignment.ended_at.is_(None)
    )
    return session.execute(query).scalar_one_or_none()


def assign(
    session: AlchemySession, case_id: str, user_id: str | None, by_user_id: str, now: datetime
) -> None:
    """Let somebody work on a case that is held, and nobody else; None: nobody."""
    ended = sa.update(Assignment).where(
        Assignment.case_id == case_id, Assignment.ended_at.is_(None)
    )
    session.execute(ended.values(ended_at=now))
    if user_id:
        ids = {"id": str(uuid.uuid4()), "case_id": case_id, "user_id": user_id}
        session.add(Assignment(**ids, by_user_id=by_user_id, at=now))
    session.flush()


def end_assignments(
    session: AlchemySession, unit_id: str, user_id: str, now: datetime
) -> list[str]:
    """Let somebody work on no case of a unit any more; return the cases."""
    of_unit = sa.select(Case.id).where(Case.owner_unit_id == unit_id)
    ended = sa.update(Assignment).where(
        Assignment.user_id == user_id,
        Assignment.ended_at.is_(None),
        Assignment.case_id.in_(of_unit),
    )
    found = session.execute(
        ended.values(ended_at=now).returning(Assignment.case_id),
        execution_options={"synchronize_session": False},
    )
    return list(found.scalars())


def note_opening(
    session: AlchemySession, case_id: str, user_id: str, unit_id: str, now: datetime
) -> None:
    """Note that somebody opened a case; again only after a while."""
    query = sa.select(Opening.id).where(
        Opening.case_id == case_id, Opening.user_id == user_id, Opening.at > now - SAME_OPENING
    )
    if session.execute(query.limit(1)).first() is None:
        ids = {"id": str(uuid.uuid4()), "case_id": case_id, "user_id": user_id}
        session.add(Opening(**ids, unit_id=unit_id, at=now))
        session.flush()


def openings(session: AlchemySession, case_id: str, most: int) -> list[Opening]:
    """Return who opened a case, the newest first."""
    query = sa.select(Opening).where(Opening.case_id == case_id)
    return list(session.execute(query.order_by(Opening.at.desc()).limit(most)).scalars())

"""What was told to everyone of each quarter: written once, never changed, and never more than that.

And how citizens rated what became of their complaint, which nobody is shown by itself.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.complaints.domain.periods import Quarter
from ckanext.complaints.model.cases import MOMENT, Case
from ckanext.complaints.model.counting import ORDINARY, happened, lock, sums
from ckanext.complaints.model.network import Unit
from ckanext.opengov.shared.audit import AuditRow


class Release(tk.BaseModel):
    """The figures of a quarter that is over, and the totals that may be told with them."""

    __tablename__ = "complaints_release"

    since: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    at: Mapped[datetime] = mapped_column(MOMENT)
    totals: Mapped[dict[str, int | None]] = mapped_column(JSONB)
    """By measure; none: fewer than ten. One that is missing would give others away."""


class Figure(tk.BaseModel):
    """The figures of a body in a quarter, as they are told; None: fewer than ten."""

    __tablename__ = "complaints_figure"

    since: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    org_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    received: Mapped[int | None] = mapped_column(sa.Integer)
    answered: Mapped[int | None] = mapped_column(sa.Integer)
    due: Mapped[int | None] = mapped_column(sa.Integer)
    in_time: Mapped[int | None] = mapped_column(sa.Integer)
    appeals: Mapped[int | None] = mapped_column(sa.Integer)
    ratings: Mapped[int | None] = mapped_column(sa.Integer)
    median_days: Mapped[int | None] = mapped_column(sa.Integer)
    score: Mapped[int | None] = mapped_column(sa.Integer)
    """The mean of the ratings, in tenths."""


class Survey(tk.BaseModel):
    """How a citizen rated what became of their complaint."""

    __tablename__ = "complaints_survey"

    case_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    score: Mapped[int] = mapped_column(sa.Integer)
    at: Mapped[datetime] = mapped_column(MOMENT)
    """When it was rated first: a rating counts once, however often it is changed."""


def rate(session: AlchemySession, case_id: str, score: int, now: datetime) -> None:
    """Keep a rating in place of the one before."""
    row = insert(Survey).values(case_id=case_id, score=score, at=now)
    session.execute(row.on_conflict_do_update(index_elements=["case_id"], set_={"score": score}))


def rating_of(session: AlchemySession, case_id: str) -> int | None:
    """Return how the citizen rated their case; None: not at all."""
    return session.execute(sa.select(Survey.score).where(Survey.case_id == case_id)).scalar()


def first_day(session: AlchemySession) -> date | None:
    """Return the day of the first complaint; None: there is none."""
    return session.execute(sa.select(sa.func.min(Case.received_on)).where(ORDINARY)).scalar()


def released(session: AlchemySession) -> list[Release]:
    """Return the releases, the newest first."""
    query = sa.select(Release).order_by(Release.since.desc())
    return list(session.execute(query).scalars())


def figures_of(session: AlchemySession, since: date) -> list[Figure]:
    """Return the figures of all bodies in a quarter."""
    return list(session.execute(sa.select(Figure).where(Figure.since == since)).scalars())


def hold(session: AlchemySession) -> None:
    """Let nobody else release figures before the transaction ends."""
    session.execute(lock("complaints-release"))


def counted(
    session: AlchemySession, quarter: Quarter, begin: datetime, end: datetime
) -> dict[str | None, dict[str, Any]]:
    """Return by body what happened in a quarter, as it was; bodies of which nothing did are not in.

    ``begin`` and ``end`` are the moments of its first midnight and of that after it. Under None
    stands what happened in all bodies together.
    """
    facts = happened(quarter.since, quarter.until, quarter.until)
    by_body = sa.select(facts.c.org_id, *sums(facts)).group_by(facts.c.org_id)
    everybody = sa.select(sa.cast(sa.null(), sa.Text).label("org_id"), *sums(facts))
    found: dict[str | None, dict[str, Any]] = {}
    for query in (by_body, everybody, _appeals(begin, end), _ratings(begin, end)):
        for row in session.execute(query):
            values = dict(row._mapping)
            found.setdefault(values.pop("org_id"), {}).update(values)
    return found


def _by_body(*columns: Any) -> sa.Select[Any]:
    return (
        sa.select(Unit.org_id, *columns)
        .select_from(Case)
        .join(Unit, Unit.id == Case.owner_unit_id)
        .where(ORDINARY)
        .group_by(Unit.org_id)
    )


def _appeals(begin: datetime, end: datetime) -> sa.Select[Any]:
    """Select how often citizens appealed, from the log: a case forgets it once it is decided."""
    is_of = AuditRow.subject == sa.literal("complaint:").concat(Case.id)
    query = _by_body(sa.func.count().label("appeals")).join(AuditRow, is_of)
    return query.where(AuditRow.step == "appeal", AuditRow.at >= begin, AuditRow.at < end)


def _ratings(begin: datetime, end: datetime) -> sa.Select[Any]:
    columns = (sa.func.count().label("ratings"), sa.func.sum(Survey.score).label("score_sum"))
    query = _by_body(*columns).join(Survey, Survey.case_id == Case.id)
    return query.where(Survey.at >= begin, Survey.at < end)

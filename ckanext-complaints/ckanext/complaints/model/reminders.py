"""Cases in which something falls today, and what was told of them already."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.complaints.model.cases import MOMENT, OVER, Assignment, Case

Key = tuple[str, str, date]
"""Case, kind and date: by what something is told once."""


class Told(tk.BaseModel):
    """Something that was told of a date of a case."""

    __tablename__ = "complaints_reminder"

    case_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    due_on: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    told_at: Mapped[datetime] = mapped_column(MOMENT)


def to_look_at(session: AlchemySession, today: date, most: int) -> list[Case]:
    """Return open cases in which something may fall today, held: those that wait longest first."""
    query = (
        sa.select(Case)
        .where(Case.look_on <= today, Case.state.not_in(OVER))
        .order_by(Case.look_on, Case.id)
        .limit(most)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return list(session.execute(query).scalars())


def look_next(session: AlchemySession, days: Mapping[str, date | None]) -> None:
    """Note when to look at cases again, by their ids; None: not before one of its dates moves."""
    by_day: dict[date | None, list[str]] = {}
    for case_id, day in days.items():
        by_day.setdefault(day, []).append(case_id)
    for day, ids in by_day.items():
        session.execute(
            sa.update(Case).where(Case.id.in_(ids)).values(look_on=day),
            execution_options={"synchronize_session": False},
        )


def note(session: AlchemySession, keys: Sequence[Key], now: datetime) -> set[Key]:
    """Note what is told now, in the caller's transaction; return what was not told before."""
    if not keys:
        return set()
    names = ("case_id", "kind", "due_on")
    rows = [{**dict(zip(names, key, strict=True)), "told_at": now} for key in keys]
    fresh = insert(Told).values(rows).on_conflict_do_nothing()
    found = session.execute(fresh.returning(Told.case_id, Told.kind, Told.due_on))
    return {(row[0], row[1], row[2]) for row in found}


def assigned(session: AlchemySession, case_ids: Collection[str]) -> dict[str, str]:
    """Return who works on these cases, by their ids."""
    query = sa.select(Assignment.case_id, Assignment.user_id).where(
        Assignment.case_id.in_(case_ids), Assignment.ended_at.is_(None)
    )
    return {row[0]: row[1] for row in session.execute(query)}

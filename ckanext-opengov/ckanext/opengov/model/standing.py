"""Standing approvals, and how much came by each on each day."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.opengov.domain.standing import OPEN, State

MOMENT = sa.DateTime(timezone=True)


class Standing(tk.BaseModel):
    """One approval for one file, from the request to its end."""

    __tablename__ = "opengov_standing"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    package_id: Mapped[str] = mapped_column(sa.Text)
    resource_id: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text)
    mode: Mapped[str] = mapped_column(sa.Text)
    reason: Mapped[str] = mapped_column(sa.Text)
    """What it is for, in the words of who asked."""
    most_rows: Mapped[int] = mapped_column(sa.Integer)
    """In one call."""
    most_rows_a_day: Mapped[int] = mapped_column(sa.Integer)
    terms: Mapped[str] = mapped_column(sa.Text)
    """The schema, as JSON, under which it was asked for."""
    asked_by: Mapped[str] = mapped_column(sa.Text)
    asked_at: Mapped[datetime] = mapped_column(MOMENT)
    decided_by: Mapped[str | None] = mapped_column(sa.Text)
    decided_at: Mapped[datetime | None] = mapped_column(MOMENT)
    until: Mapped[date | None] = mapped_column(sa.Date)
    """The last day on which it holds."""
    ended_by: Mapped[str | None] = mapped_column(sa.Text)
    ended_at: Mapped[datetime | None] = mapped_column(MOMENT)
    end_code: Mapped[str | None] = mapped_column(sa.Text)
    end_reason: Mapped[str | None] = mapped_column(sa.Text)
    """Why it was declined or ended, in the words of who did so."""


class Use(tk.BaseModel):
    """What came by an approval on a local day."""

    __tablename__ = "opengov_standing_use"

    standing_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    day: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    calls: Mapped[int] = mapped_column(sa.Integer)
    rows: Mapped[int] = mapped_column(sa.Integer)


def find(session: AlchemySession, standing_id: str, *, lock: bool = False) -> Standing | None:
    """Return an approval by its id."""
    query = sa.select(Standing).where(Standing.id == standing_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.execute(query).scalar_one_or_none()


def open_of(session: AlchemySession, resource_id: str, *, lock: bool = False) -> Standing | None:
    """Return what is asked for or granted for a file."""
    query = sa.select(Standing).where(Standing.resource_id == resource_id, Standing.state.in_(OPEN))
    if lock:
        query = query.with_for_update()
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def open_of_dataset(session: AlchemySession, package_id: str) -> list[Standing]:
    """Return what is asked for or granted for the files of a dataset, locked."""
    query = sa.select(Standing).where(Standing.package_id == package_id, Standing.state.in_(OPEN))
    return list(session.execute(query.order_by(Standing.id).with_for_update()).scalars())


def past(session: AlchemySession, today: date, limit: int) -> list[Standing]:
    """Return granted approvals whose last day has passed, locked."""
    query = (
        sa.select(Standing)
        .where(Standing.state == State.GRANTED, Standing.until < today)
        .order_by(Standing.until, Standing.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.execute(query).scalars())


def listed(
    body_ids: Collection[str] | None, package_id: str | None, states: Collection[str]
) -> tuple[sa.Select[Any], Any, Any]:
    """Select approvals of these bodies (None: of all) or of one dataset; the caller pages it.

    Returns:
        the query, and the columns that order it: since when, and the id
    """
    package = ckan_model.Package
    query = (
        sa.select(Standing)
        .join(package, package.id == Standing.package_id)
        .where(package.state != "deleted")
    )
    if body_ids is not None:
        query = query.where(package.owner_org.in_(list(body_ids)))
    if package_id is not None:
        query = query.where(Standing.package_id == package_id)
    if states:
        query = query.where(Standing.state.in_(list(states)))
    return query, Standing.asked_at, Standing.id


def count_use(session: AlchemySession, standing_id: str, day: date, rows: int) -> None:
    """Count a call and its rows."""
    row = insert(Use).values(standing_id=standing_id, day=day, calls=1, rows=rows)
    more = {"calls": Use.calls + 1, "rows": Use.rows + rows}
    session.execute(row.on_conflict_do_update(index_elements=["standing_id", "day"], set_=more))


def rows_on(session: AlchemySession, standing_id: str, day: date) -> int:
    """Return how many rows came on this day."""
    query = sa.select(Use.rows).where(Use.standing_id == standing_id, Use.day == day)
    return session.execute(query).scalar() or 0


def uses_of(
    session: AlchemySession, standing_ids: Iterable[str], days: int
) -> dict[str, list[Use]]:
    """Return the last days of use of each approval, the newest first."""
    place = sa.func.row_number().over(partition_by=Use.standing_id, order_by=Use.day.desc())
    ranked = (
        sa.select(Use.standing_id, Use.day, place.label("place"))
        .where(Use.standing_id.in_(list(standing_ids)))
        .subquery()
    )
    query = (
        sa.select(Use)
        .join(ranked, sa.and_(ranked.c.standing_id == Use.standing_id, ranked.c.day == Use.day))
        .where(ranked.c.place <= days)
        .order_by(Use.day.desc())
    )
    found: dict[str, list[Use]] = {}
    for row in session.scalars(query.execution_options(populate_existing=True)):
        found.setdefault(row.standing_id, []).append(row)
    return found

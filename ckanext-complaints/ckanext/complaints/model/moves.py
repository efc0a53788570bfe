"""Changes of the calendar after which the dates of open cases are counted anew."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.complaints.model.cases import MOMENT, OVER, Case


class Move(tk.BaseModel):
    """One change, and how far its cases are counted."""

    __tablename__ = "complaints_calendar_move"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    org_id: Mapped[str | None] = mapped_column(sa.Text)
    """The body whose calendar changed; None: the country's."""
    asked_at: Mapped[datetime] = mapped_column(MOMENT)
    last_id: Mapped[str] = mapped_column(sa.Text)
    """The last case that is counted anew: they come by their ids."""
    done_at: Mapped[datetime | None] = mapped_column(MOMENT)


def ask(session: AlchemySession, org_id: str | None, now: datetime) -> None:
    """Note that the calendar of a body, or of all, changed."""
    session.add(Move(id=str(uuid.uuid4()), org_id=org_id, asked_at=now, last_id=""))
    session.flush()


def first_open(session: AlchemySession) -> Move | None:
    """Return the oldest change that is not through yet, held."""
    query = (
        sa.select(Move)
        .where(Move.done_at.is_(None))
        .order_by(Move.asked_at, Move.id)
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.execute(query).scalar_one_or_none()


def is_any_open(session: AlchemySession, org_id: str | None) -> bool:
    """Tell whether dates are being moved in a body, or everywhere."""
    concerned = sa.or_(Move.org_id.is_(None), Move.org_id == org_id)
    query = sa.select(Move.id).where(Move.done_at.is_(None), concerned).limit(1)
    return session.execute(query).first() is not None


def next_cases(session: AlchemySession, org_id: str | None, after: str, most: int) -> list[Case]:
    """Return the open cases that are counted by a body's calendar, or all, after one, held."""
    is_concerned = Case.calendar_org_id == org_id if org_id else sa.true()
    query = (
        sa.select(Case)
        .where(Case.id > after, is_concerned, Case.state.not_in(OVER))
        .order_by(Case.id)
        .limit(most)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(session.execute(query).scalars())

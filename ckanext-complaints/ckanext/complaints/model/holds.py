"""Cases that a court or the law forbids to delete."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.complaints.model.cases import MOMENT, Case


class Hold(tk.BaseModel):
    """One order to keep a case; that which is in force has no end."""

    __tablename__ = "complaints_hold"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    case_id: Mapped[str] = mapped_column(sa.Text)
    reason: Mapped[str] = mapped_column(sa.Text)
    """Which court or law asks for it: nothing of what the case says."""
    set_by: Mapped[str] = mapped_column(sa.Text)
    set_at: Mapped[datetime] = mapped_column(MOMENT)
    ended_by: Mapped[str | None] = mapped_column(sa.Text)
    ended_at: Mapped[datetime | None] = mapped_column(MOMENT)


def in_force(session: AlchemySession, case_id: str) -> Hold | None:
    """Return the order that keeps a case now."""
    query = sa.select(Hold).where(Hold.case_id == case_id, Hold.ended_at.is_(None))
    return session.execute(query).scalar_one_or_none()


def held_in(unit_ids: Collection[str]) -> sa.Select[Any]:
    """Select the cases of units that are held, each with its order; the caller pages them."""
    in_force_now = sa.and_(Hold.case_id == Case.id, Hold.ended_at.is_(None))
    return sa.select(Hold, Case).join(Case, in_force_now).where(Case.owner_unit_id.in_(unit_ids))

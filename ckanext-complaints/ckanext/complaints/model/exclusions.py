"""Who must not know of a case, and which cases belong together.

Exclusions are not signed one by one: the case's own signature covers all of them together
(``Case.excluded``), so that one which was deleted past the application is missed.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.complaints.model.cases import OVER, Assignment, Case, Opening
from ckanext.complaints.model.sealed import Message

MOMENT = sa.DateTime(timezone=True)


class Exclusion(tk.BaseModel):
    """A person, or a body with all below it, that must not know of a case."""

    __tablename__ = "complaints_exclusion"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    case_id: Mapped[str] = mapped_column(sa.Text)
    org_id: Mapped[str | None] = mapped_column(sa.Text)
    user_id: Mapped[str | None] = mapped_column(sa.Text)
    source: Mapped[str] = mapped_column(sa.Text)
    """``lead`` or ``recusal``."""
    made_at: Mapped[datetime] = mapped_column(MOMENT)
    made_by: Mapped[str] = mapped_column(sa.Text)


class Link(tk.BaseModel):
    """Two cases that belong together."""

    __tablename__ = "complaints_link"

    low_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    high_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    made_at: Mapped[datetime] = mapped_column(MOMENT)
    made_by: Mapped[str] = mapped_column(sa.Text)


def of_case(session: AlchemySession, case_id: str) -> list[Exclusion]:
    """Return who must not know of a case."""
    query = sa.select(Exclusion).where(Exclusion.case_id == case_id)
    return list(session.execute(query.order_by(Exclusion.made_at, Exclusion.id)).scalars())


def digest(rows: Iterable[Exclusion]) -> str:
    """Return what a case's signature covers of its exclusions; of none, nothing."""
    named = sorted(f"org {row.org_id}" if row.org_id else f"user {row.user_id}" for row in rows)
    return sha256("\n".join(named).encode()).hexdigest() if named else ""


def add(session: AlchemySession, **values: Any) -> bool:
    """Exclude somebody; False: they were already."""
    known = sa.select(Exclusion.id).where(
        *(getattr(Exclusion, name) == values[name] for name in ("case_id", "org_id", "user_id"))
    )
    if session.execute(known).first() is not None:
        return False
    session.add(Exclusion(id=str(uuid.uuid4()), **values))
    session.flush()
    return True


def concerns(
    user_id: str | None, org_ids: Collection[str] | sa.Select[tuple[str]]
) -> sa.ColumnElement[bool]:
    """Tell, of a case in a query, whether somebody is excluded: themselves, or with a body."""
    either = sa.or_(Exclusion.user_id == user_id, Exclusion.org_id.in_(org_ids))
    return sa.exists().where(Exclusion.case_id == Case.id, either).correlate(Case)


def had_part(user_id: str | None) -> sa.ColumnElement[bool]:
    """Tell, of a case in a query, whether somebody worked on it for those who answered it."""
    worked = sa.exists().where(Assignment.case_id == Case.id, Assignment.user_id == user_id)
    wrote = sa.exists().where(
        Message.case_id == Case.id,
        Message.user_id == user_id,
        Message.unit_id != Case.appeal_unit_id,
    )
    # Whoever works on it for another unit opens it as whose member.
    opened = sa.exists().where(
        Opening.case_id == Case.id,
        Opening.user_id == user_id,
        Opening.unit_id != Case.appeal_unit_id,
    )
    return sa.or_(*(each.correlate(Case) for each in (worked, wrote, opened)))


def judged_by_its_own(session: AlchemySession, case_id: str, user_id: str | None) -> bool:
    """Tell whether somebody worked on a case whose appeal they would decide on."""
    query = sa.select(Case.id).where(Case.id == case_id, had_part(user_id))
    return session.execute(query).first() is not None


def open_with_bodies(session: AlchemySession) -> list[tuple[Case, str]]:
    """Return the open cases of which bodies must not know, each with such a body."""
    query = (
        sa.select(Case, Exclusion.org_id)
        .join(Exclusion, Exclusion.case_id == Case.id)
        .where(Exclusion.org_id.is_not(None), Case.state.not_in(OVER))
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def link(session: AlchemySession, one: str, other: str, by: str, at: datetime) -> None:
    """Note that two cases belong together."""
    low, high = sorted((one, other))
    if session.get(Link, (low, high)) is None:
        session.add(Link(low_id=low, high_id=high, made_by=by, made_at=at))
        session.flush()


def unlink(session: AlchemySession, one: str, other: str) -> None:
    """Note that two cases do not belong together."""
    low, high = sorted((one, other))
    session.execute(sa.delete(Link).where(Link.low_id == low, Link.high_id == high))


def linked(session: AlchemySession, case_id: str, most: int, *but: Any) -> list[Case]:
    """Return the cases that belong to one, and are as the conditions say."""
    beside = sa.union(
        sa.select(Link.high_id).where(Link.low_id == case_id),
        sa.select(Link.low_id).where(Link.high_id == case_id),
    )
    query = sa.select(Case).where(Case.id.in_(beside), *but).order_by(Case.received_at, Case.id)
    return list(session.execute(query.limit(most)).scalars())

"""What units ask of each other in a case: to take it, to work on it too, to say what they know."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.complaints.domain import referrals as rules
from ckanext.complaints.domain.referrals import Mode, State
from ckanext.complaints.model.cases import OVER, Case

MOMENT = sa.DateTime(timezone=True)
STANDS = (State.PROPOSED, State.ACCEPTED)


class Referral(tk.BaseModel):
    """One unit asks another; signed, since an accepted one lets people read."""

    __tablename__ = "complaints_referral"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    case_id: Mapped[str] = mapped_column(sa.Text)
    from_unit: Mapped[str] = mapped_column(sa.Text)
    to_unit: Mapped[str] = mapped_column(sa.Text)
    mode: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text)
    is_by_coordinator: Mapped[bool] = mapped_column(sa.Boolean)
    made_at: Mapped[datetime] = mapped_column(MOMENT)
    made_by: Mapped[str | None] = mapped_column(sa.Text)
    """None: two units refused, and the case went to the coordinator."""
    expires_on: Mapped[date] = mapped_column(sa.Date)
    decided_at: Mapped[datetime | None] = mapped_column(MOMENT)
    key_id: Mapped[str] = mapped_column(sa.Text)
    mac: Mapped[str] = mapped_column(sa.Text)

    def rule(self) -> rules.Referral:
        """Return it as the rules look at it."""
        return rules.Referral(
            self.from_unit,
            self.to_unit,
            Mode(self.mode),
            State(self.state),
            self.expires_on,
            self.is_by_coordinator,
        )


class Word(tk.BaseModel):
    """What a unit says in a referral, sealed to both units alone: the citizen reads none of it."""

    __tablename__ = "complaints_referral_word"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    referral_id: Mapped[str] = mapped_column(sa.Text)
    unit_id: Mapped[str] = mapped_column(sa.Text)
    user_id: Mapped[str] = mapped_column(sa.Text)
    kind: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[datetime] = mapped_column(MOMENT)
    service_key_id: Mapped[str] = mapped_column(sa.Text)
    """Of the key pair to which it is sealed."""
    blob: Mapped[bytes] = mapped_column(sa.LargeBinary)
    key_id: Mapped[str] = mapped_column(sa.Text)
    mac: Mapped[str] = mapped_column(sa.Text)


def make(**values: Any) -> Referral:
    """Return a new row, unsigned."""
    return Referral(id=str(uuid.uuid4()), decided_at=None, **values)


def find(session: AlchemySession, id: str) -> Referral | None:
    """Return a referral as it stands now."""
    return session.get(Referral, id, populate_existing=True)


def of_case(session: AlchemySession, case_id: str) -> list[Referral]:
    """Return all referrals of a case, the oldest first."""
    query = sa.select(Referral).where(Referral.case_id == case_id)
    return list(session.execute(query.order_by(Referral.made_at, Referral.id)).scalars())


def words_of(session: AlchemySession, referral_ids: Collection[str]) -> list[Word]:
    """Return what was said in referrals, the oldest first."""
    query = sa.select(Word).where(Word.referral_id.in_(referral_ids))
    return list(session.execute(query.order_by(Word.at, Word.id)).scalars())


def joint(session: AlchemySession, case_id: str, unit_ids: Collection[str]) -> list[Referral]:
    """Return by what units of these work on a case that another one has."""
    query = sa.select(Referral).where(
        Referral.case_id == case_id,
        Referral.to_unit.in_(unit_ids),
        Referral.mode == Mode.JOINT,
        Referral.state == State.ACCEPTED,
    )
    return list(session.execute(query).scalars())


def before(unit_ids: Collection[str]) -> sa.Select[Any]:
    """Select what is asked of units and what they work on with others, with the case."""
    answered = sa.and_(Referral.mode != Mode.JOINT, Referral.state == State.ACCEPTED)
    return (
        sa.select(Referral, Case)
        .join(Case, Case.id == Referral.case_id)
        .where(
            Referral.to_unit.in_(unit_ids),
            Referral.state.in_(STANDS),
            sa.not_(answered),
            Case.state.not_in(OVER),
        )
    )


BY_DUE: tuple[sa.ColumnElement[Any], ...] = (
    sa.type_coerce(Referral.expires_on, sa.Date),
    sa.type_coerce(Referral.id, sa.Text),
)
"""What orders them."""


def count_asked(unit_ids: Collection[str], today: date, *but: Any) -> sa.ScalarSelect[Any]:
    """Count, in a query, the requests that wait for an answer of these units."""
    query = before(unit_ids).where(
        Referral.state == State.PROPOSED, Referral.expires_on >= today, *but
    )
    counted = query.with_only_columns(sa.func.count(), maintain_column_froms=True)
    return counted.scalar_subquery()


def expired(session: AlchemySession, today: date, most: int) -> list[Referral]:
    """Return requests that nobody answered in time."""
    query = sa.select(Referral).where(Referral.state == State.PROPOSED, Referral.expires_on < today)
    return list(session.execute(query.order_by(Referral.expires_on).limit(most)).scalars())

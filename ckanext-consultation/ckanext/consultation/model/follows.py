"""Who follows a consultation, and of what its followers are told."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.consultation.domain.life import PUBLIC, State
from ckanext.consultation.domain.occasions import Kind
from ckanext.consultation.model.comments import RECIPIENT, Participant
from ckanext.consultation.model.consultations import Consultation

MOMENT = sa.DateTime(timezone=True)


class Follow(tk.BaseModel):
    """That somebody is told what becomes of a consultation, or wanted no more to be."""

    __tablename__ = "consultation_follow"

    consultation_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    recipient_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    """As the outbox knows people."""
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    left_at: Mapped[datetime | None] = mapped_column(MOMENT)
    """Who left stays so, whatever they say there later, until they follow again themselves."""


class Occasion(tk.BaseModel):
    """Something of which followers are told, and how far that has come."""

    __tablename__ = "consultation_occasion"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    consultation_id: Mapped[str] = mapped_column(sa.Text)
    kind: Mapped[str] = mapped_column(sa.Text)
    subject: Mapped[str] = mapped_column(sa.Text)
    """What it is about, of many of a kind."""
    at: Mapped[datetime] = mapped_column(MOMENT)
    told_to: Mapped[str] = mapped_column(sa.Text)
    """The last person who was told: they are told in the order of their ids."""
    told_at: Mapped[datetime | None] = mapped_column(MOMENT)
    """When everybody had been told, or there was no longer a reason to."""


# As text: SQLAlchemy compiles ON CONFLICT anew each time.
_FOLLOWED = sa.text(
    "INSERT INTO consultation_follow (consultation_id, recipient_id, created_at)"
    " VALUES (:consultation_id, :recipient_id, :created_at) ON CONFLICT DO NOTHING"
)


def follow(session: AlchemySession, consultation_id: str, recipient_id: str, now: datetime) -> None:
    """Let somebody follow from now on."""
    row = insert(Follow).values(
        consultation_id=consultation_id, recipient_id=recipient_id, created_at=now
    )
    session.execute(
        row.on_conflict_do_update(
            index_elements=["consultation_id", "recipient_id"],
            set_={"created_at": now, "left_at": None},
            where=Follow.left_at.is_not(None),
        )
    )


def follow_by_taking_part(
    session: AlchemySession, consultation_id: str, recipient_id: str, now: datetime
) -> None:
    """Let somebody follow because they said something, unless they left before."""
    row = {"consultation_id": consultation_id, "recipient_id": recipient_id, "created_at": now}
    session.execute(_FOLLOWED, row)


def leave(session: AlchemySession, consultation_id: str, recipient_id: str, now: datetime) -> None:
    """Note that somebody follows no more, or never wants to."""
    row = insert(Follow).values(
        consultation_id=consultation_id, recipient_id=recipient_id, created_at=now, left_at=now
    )
    session.execute(
        row.on_conflict_do_update(
            index_elements=["consultation_id", "recipient_id"],
            set_={"left_at": now},
            where=Follow.left_at.is_(None),
        )
    )


def forget(session: AlchemySession, consultation_id: str, recipient_id: str) -> None:
    """Forget that somebody followed a consultation, or left it."""
    mine = (Follow.consultation_id == consultation_id, Follow.recipient_id == recipient_id)
    session.execute(sa.delete(Follow).where(*mine))


def follows(session: AlchemySession, consultation_id: str, recipient_id: str) -> bool:
    """Tell whether somebody follows a consultation."""
    row = session.get(Follow, (consultation_id, recipient_id), populate_existing=True)
    return row is not None and row.left_at is None


def follows_any(recipient_id: str) -> sa.ColumnElement[bool]:
    """Tell in a query whether somebody follows something."""
    return followed_by(recipient_id).with_only_columns(sa.literal(1)).exists()


def count(session: AlchemySession, consultation_id: str) -> int:
    """Return how many follow a consultation."""
    query = sa.select(sa.func.count()).where(
        Follow.consultation_id == consultation_id, Follow.left_at.is_(None)
    )
    return int(session.execute(query).scalar_one())


SINCE = sa.type_coerce(Follow.created_at, MOMENT)
OF = sa.type_coerce(Follow.consultation_id, sa.Text)
"""What orders what somebody follows."""


def followed_by(recipient_id: str) -> sa.Select[Any]:
    """Select the public consultations that somebody follows; the caller pages them."""
    return (
        sa.select(Consultation, Follow.created_at)
        .join(Follow, Follow.consultation_id == Consultation.id)
        .where(Follow.recipient_id == recipient_id, Follow.left_at.is_(None))
        .where(Consultation.published_at.is_not(None))
        .where(Consultation.state.in_(map(str, PUBLIC)))
    )


def note(
    session: AlchemySession, consultation_id: str, kind: Kind, subject: str, at: datetime
) -> str | None:
    """Note that followers are to be told of something; return its id, or None: it was noted."""
    row = insert(Occasion).values(
        id=str(uuid.uuid4()),
        consultation_id=consultation_id,
        kind=str(kind),
        subject=subject,
        at=at,
        told_to="",
    )
    done = session.execute(row.on_conflict_do_nothing().returning(Occasion.id))
    found = done.scalar_one_or_none()
    return str(found) if found else None


def occasion(session: AlchemySession, id: str) -> Occasion | None:
    """Return what followers are told of, held against others."""
    return session.get(Occasion, id, with_for_update=True, populate_existing=True)


def followers(row: Occasion) -> sa.Select[Any]:
    """Select those who followed before it happened and have not left."""
    return sa.select(Follow.recipient_id.label("who")).where(
        Follow.consultation_id == row.consultation_id,
        Follow.left_at.is_(None),
        Follow.created_at <= row.at,
    )


def took_part(row: Occasion) -> sa.Select[Any]:
    """Select those who took part in whatever way, voters too, and have not left."""
    has_left = sa.exists().where(
        Follow.consultation_id == row.consultation_id,
        Follow.recipient_id == RECIPIENT,
        Follow.left_at.is_not(None),
    )
    return sa.select(RECIPIENT.label("who")).where(
        Participant.consultation_id == row.consultation_id, RECIPIENT.is_not(None), ~has_left
    )


def next_of(
    session: AlchemySession, row: Occasion, groups: Sequence[sa.Select[Any]], most: int
) -> list[str]:
    """Return who is to be told next, each once, in whichever groups they are."""
    all_of_them = sa.union(*groups).subquery()
    who = sa.cast(all_of_them.c.who, sa.Text)
    query = sa.select(who).where(who > row.told_to).order_by(who).limit(most)
    return list(session.execute(query).scalars())


def among(session: AlchemySession, group: sa.Select[Any], people: Sequence[str]) -> set[str]:
    """Return which of these people are in a group."""
    who = group.subquery().c.who
    return set(session.execute(sa.select(who).where(who.in_(people))).scalars())


def left(consultation_id: str) -> sa.Select[Any]:
    """Select who follows no more."""
    return sa.select(Follow.recipient_id.label("who")).where(
        Follow.consultation_id == consultation_id, Follow.left_at.is_not(None)
    )


def due(now: datetime, reminder: timedelta) -> sa.Select[Any]:
    """Select consultations of whose dates followers may be told now and were not."""
    opens, closes, answer = (
        Consultation.opens_at,
        Consultation.closes_at,
        Consultation.response_due_at,
    )
    is_open = sa.and_(opens <= now, closes > now)
    return sa.select(Consultation).where(
        Consultation.state == State.PUBLISHED,
        sa.or_(
            sa.and_(is_open, ~_noted(Kind.OPENED, opens)),
            sa.and_(
                is_open,
                closes <= now + reminder,
                # Who is told that it opens is told when it closes.
                opens < closes - reminder,
                ~_noted(Kind.CLOSING, closes),
            ),
            sa.and_(answer <= now, ~_noted(Kind.OVERDUE, answer)),
        ),
    )


def _noted(kind: Kind, moment: sa.orm.InstrumentedAttribute[Any]) -> sa.ColumnElement[bool]:
    """Return whether a date was noted: another date, put off, is another occasion."""
    seconds = sa.func.trunc(sa.func.extract("epoch", moment))
    return sa.exists().where(
        Occasion.consultation_id == Consultation.id,
        Occasion.kind == str(kind),
        Occasion.subject == sa.cast(sa.cast(seconds, sa.BigInteger), sa.Text),
    )

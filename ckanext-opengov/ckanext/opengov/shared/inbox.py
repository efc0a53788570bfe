"""The inbox of a signed-in person: what they were told, the newest first."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ckan.types import AlchemySession

from ckanext.opengov.shared.outbox import SETTLED, Mail, Message

MOST_COUNTED = 100
"""Above this many people read «more than», so that counting stays cheap on every page."""

BATCH = 1000
"""Messages that one transaction forgets."""


def of_person(
    user_id: str, *, unread_only: bool = False
) -> tuple[sa.Select[Any], sa.ColumnElement[datetime], sa.ColumnElement[str]]:
    """Select what a person was told, and the columns that order it; the caller pages it."""
    query = sa.select(Message).where(Message.recipient_id == user_id)
    if unread_only:
        query = query.where(Message.read_at.is_(None))
    moment = sa.type_coerce(Message.created_at, sa.DateTime(timezone=True))
    return query, moment, sa.type_coerce(Message.id, sa.Text)


def unread(session: AlchemySession, user_id: str) -> int:
    """Return how many messages a person has not read; above a hundred, just that many."""
    some = (
        sa.select(sa.literal(1))
        .where(Message.recipient_id == user_id, Message.read_at.is_(None))
        .limit(MOST_COUNTED + 1)
    )
    counted = sa.select(sa.func.count()).select_from(some.subquery())
    return int(session.execute(counted).scalar_one())


def mark_read(session: AlchemySession, user_id: str, message_id: str, now: datetime) -> bool:
    """Note that a person read a message, in the caller's transaction; False: they have no such."""
    theirs = (Message.recipient_id == user_id, Message.id == message_id)
    first = sa.func.coalesce(Message.read_at, now)
    found = sa.update(Message).where(*theirs).values(read_at=first).returning(Message.id)
    return session.execute(found).first() is not None


def mark_all_read(session: AlchemySession, user_id: str, until: datetime, now: datetime) -> None:
    """Note that a person read all that came up to a moment, in the caller's transaction."""
    unread_ones = (Message.recipient_id == user_id, Message.read_at.is_(None))
    session.execute(
        sa.update(Message).where(*unread_ones, Message.created_at <= until).values(read_at=now)
    )


def forget_about(
    session: AlchemySession, user_id: str, param: str, values: Collection[str]
) -> None:
    """Delete what a person was told of these, by a parameter of the messages."""
    theirs = (Message.recipient_id == user_id, Message.params[param].astext.in_(values))
    session.execute(
        sa.delete(Message).where(*theirs), execution_options={"synchronize_session": False}
    )


def forget_read(session: AlchemySession, now: datetime, days: int) -> int:
    """Delete messages that were read more than so many days ago, and mails that carry none.

    In the caller's transaction, the oldest of them, at most ``BATCH``; return how many
    messages. 0 days: nothing is forgotten.
    """
    if not days:
        return 0
    before = now - timedelta(days=days)
    old = sa.select(Message.id).where(Message.read_at < before).order_by(Message.read_at)
    gone = sa.delete(Message).where(Message.id.in_(old.limit(BATCH))).returning(Message.id)
    found = len(session.execute(gone).all())
    carries = sa.exists().where(Message.mail_id == Mail.id)
    empty = sa.select(Mail.id).where(Mail.created_at < before, Mail.state.in_(SETTLED), ~carries)
    session.execute(
        sa.delete(Mail).where(Mail.id.in_(empty.order_by(Mail.created_at).limit(BATCH))),
        execution_options={"synchronize_session": False},
    )
    return found

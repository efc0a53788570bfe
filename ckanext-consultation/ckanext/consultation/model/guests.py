"""Guests of a consultation: what they wrote until they confirm it, and the keys of browsers."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.consultation.model import comments
from ckanext.consultation.model.comments import Participant

MOMENT = sa.DateTime(timezone=True)
BATCH = 1000
"""Rows that one transaction forgets."""
LOCK_BYTES = 8


class Draft(tk.BaseModel):
    """What somebody without an account wrote, until the owner of the address confirms it."""

    __tablename__ = "consultation_guest_draft"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    consultation_id: Mapped[str] = mapped_column(sa.Text)
    email_hmac: Mapped[bytes] = mapped_column(sa.LargeBinary)
    correspondent_id: Mapped[str] = mapped_column(sa.Text)
    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary)
    purpose: Mapped[str] = mapped_column(sa.Text)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """What the form has: words and a name, or a vote."""
    client_token: Mapped[uuid.UUID] = mapped_column(sa.Uuid)
    is_trapped: Mapped[bool] = mapped_column(sa.Boolean)
    written_at: Mapped[datetime] = mapped_column(MOMENT)
    expires_at: Mapped[datetime] = mapped_column(MOMENT)


class Key(tk.BaseModel):
    """What lets a browser, or a program, act as a guest."""

    __tablename__ = "consultation_guest_key"

    hash: Mapped[bytes] = mapped_column(sa.LargeBinary, primary_key=True)
    consultation_id: Mapped[str] = mapped_column(sa.Text)
    participant_id: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    expires_at: Mapped[datetime] = mapped_column(MOMENT)


def keep(session: AlchemySession, draft: Draft) -> Draft | None:
    """Keep a draft; None: the same form was sent before."""
    names = [column.name for column in Draft.__table__.columns]
    values = {name: getattr(draft, name) for name in names}
    row = insert(Draft).values(values).on_conflict_do_nothing().returning(Draft.id)
    kept = session.execute(row).scalar()
    return session.get(Draft, kept) if kept else None


def sent_before(
    session: AlchemySession, consultation_id: str, digests: Collection[bytes], token: uuid.UUID
) -> Draft | None:
    """Return what a form made when it was sent the first time."""
    query = _drafts(consultation_id, digests).where(Draft.client_token == token)
    return session.execute(query).scalars().first()


def draft(session: AlchemySession, token_hash: bytes, *, lock: bool = False) -> Draft | None:
    """Return what a link is for."""
    query = sa.select(Draft).where(Draft.token_hash == token_hash)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.execute(query).scalar_one_or_none()


def hold(session: AlchemySession, email_hmac: bytes) -> None:
    """Let those who write with one address at once do it one by one, until the commit."""
    key = int.from_bytes(email_hmac[:LOCK_BYTES], "big", signed=True)
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def owner_of(
    session: AlchemySession, consultation_id: str, digests: Collection[bytes]
) -> tuple[bytes, str | None] | None:
    """Return the digest and the correspondent by whom an address is known in a consultation."""
    found = participant_by_mail(session, consultation_id, digests)
    if found is not None and found.email_hmac is not None:
        return found.email_hmac, found.correspondent_id
    draft = session.execute(_drafts(consultation_id, digests).limit(1)).scalar()
    return (draft.email_hmac, draft.correspondent_id) if draft else None


def participant_by_mail(
    session: AlchemySession, consultation_id: str, digests: Collection[bytes]
) -> Participant | None:
    """Return the guest with this address; ``digests`` are those under all keys."""
    query = sa.select(Participant).where(
        Participant.consultation_id == consultation_id, Participant.email_hmac.in_(digests)
    )
    return session.execute(query).scalars().first()


def take_part(
    session: AlchemySession, draft: Draft, digests: Sequence[bytes], now: datetime
) -> Participant:
    """Return who confirmed a draft, from now on a participant if not before."""
    found = participant_by_mail(session, draft.consultation_id, digests)
    while found is None:
        values = {"email_hmac": draft.email_hmac, "kind": "guest"}
        comments.add_participant(session, draft.consultation_id, now, **values)
        found = participant_by_mail(session, draft.consultation_id, digests)
    found.correspondent_id = draft.correspondent_id
    session.flush()
    return found


def add_key(
    session: AlchemySession, hashed: bytes, participant: Participant, now: datetime, until: datetime
) -> None:
    """Let whoever has this key act as the participant."""
    place = {"consultation_id": participant.consultation_id, "participant_id": participant.id}
    session.add(Key(hash=hashed, **place, created_at=now, expires_at=until))
    session.flush()


def participant_by_key(
    session: AlchemySession, consultation_id: str, hashed: bytes
) -> Participant | None:
    """Return whose key this is in a consultation; None: nobody's, or no more."""
    query = (
        sa.select(Participant)
        .join(Key, Key.participant_id == Participant.id)
        .where(
            Key.hash == hashed,
            Key.consultation_id == consultation_id,
            Key.expires_at > sa.func.clock_timestamp(),
            Participant.erased_at.is_(None),
        )
    )
    return session.execute(query).scalar_one_or_none()


def drop_key(session: AlchemySession, hashed: bytes) -> None:
    """Let a key open nothing any more."""
    session.execute(sa.delete(Key).where(Key.hash == hashed))


def forget(session: AlchemySession, participant: Participant) -> None:
    """Delete the keys of a participant and what they wrote without confirming it."""
    session.execute(sa.delete(Key).where(Key.participant_id == participant.id))
    if participant.email_hmac is not None:
        mine = _drafts(participant.consultation_id, [participant.email_hmac])
        ids = mine.with_only_columns(Draft.id)
        session.execute(sa.delete(Draft).where(Draft.id.in_(ids)))


def forget_drafts(session: AlchemySession, participant_id: str) -> None:
    """Delete what a participant wrote without confirming it; waits for who confirms it just now."""
    mine = sa.exists().where(
        Participant.id == participant_id,
        Participant.consultation_id == Draft.consultation_id,
        Participant.email_hmac == Draft.email_hmac,
    )
    session.execute(sa.delete(Draft).where(mine), execution_options=_ANYHOW)


def forget_expired(session: AlchemySession, now: datetime) -> int:
    """Delete drafts that nobody confirmed, and keys whose time is over; return how many."""
    gone = 0
    for table, primary in ((Draft, Draft.id), (Key, Key.hash)):
        old = sa.select(primary).where(table.expires_at <= now).limit(BATCH)
        found = sa.delete(table).where(primary.in_(old)).returning(primary)
        gone += len(session.execute(found, execution_options=_ANYHOW).all())
    return gone


def _drafts(consultation_id: str, digests: Collection[bytes]) -> sa.Select[Any]:
    return sa.select(Draft).where(
        Draft.consultation_id == consultation_id, Draft.email_hmac.in_(digests)
    )


_ANYHOW = {"synchronize_session": False}

"""What a case says, and the keys to it: nothing here can be read without one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.complaints.model.cases import Case

MOMENT = sa.DateTime(timezone=True)
CITIZEN, SERVICE = "citizen", "service"
"""Who holds a grant."""


class Access(tk.BaseModel):
    """What the citizen's secret is checked against, and what it unwraps."""

    __tablename__ = "complaints_access"

    case_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    salt: Mapped[bytes] = mapped_column(sa.LargeBinary)
    kdf: Mapped[dict[str, Any]] = mapped_column(JSONB)
    pepper_id: Mapped[str] = mapped_column(sa.Text)
    verifier: Mapped[bytes] = mapped_column(sa.LargeBinary)
    citizen_pk: Mapped[bytes] = mapped_column(sa.LargeBinary)
    wrapped_sk: Mapped[bytes] = mapped_column(sa.LargeBinary)
    must_change: Mapped[bool] = mapped_column(sa.Boolean)
    """A clerk knows the secret."""
    changed_at: Mapped[datetime] = mapped_column(MOMENT)
    key_id: Mapped[str] = mapped_column(sa.Text)
    mac: Mapped[str] = mapped_column(sa.Text)


class CaseKey(tk.BaseModel):
    """A public key of a case: ``talk`` is the citizen's and the staff's, ``staff`` theirs alone."""

    __tablename__ = "complaints_case_key"

    case_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    epoch: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    pk: Mapped[bytes] = mapped_column(sa.LargeBinary)
    key_id: Mapped[str] = mapped_column(sa.Text)
    mac: Mapped[str] = mapped_column(sa.Text)


class Grant(tk.BaseModel):
    """A secret key of a case, sealed to who may read with it."""

    __tablename__ = "complaints_grant"

    case_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    epoch: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    holder_kind: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    holder_key_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    state: Mapped[str] = mapped_column(sa.Text)
    blob: Mapped[bytes] = mapped_column(sa.LargeBinary)
    server_share: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    reason: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(MOMENT)


class Message(tk.BaseModel):
    """Something that was said in a case."""

    __tablename__ = "complaints_message"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    case_id: Mapped[str] = mapped_column(sa.Text)
    seq: Mapped[int] = mapped_column(sa.Integer)
    kind: Mapped[str] = mapped_column(sa.Text)
    key_kind: Mapped[str] = mapped_column(sa.Text)
    author: Mapped[str] = mapped_column(sa.Text)
    user_id: Mapped[str | None] = mapped_column(sa.Text)
    unit_id: Mapped[str | None] = mapped_column(sa.Text)
    epoch: Mapped[int] = mapped_column(sa.Integer)
    blob: Mapped[bytes] = mapped_column(sa.LargeBinary)
    at: Mapped[datetime] = mapped_column(MOMENT)
    key_id: Mapped[str] = mapped_column(sa.Text)
    mac: Mapped[str] = mapped_column(sa.Text)


class Identity(tk.BaseModel):
    """Who filed a case, sealed apart from what they said."""

    __tablename__ = "complaints_identity"

    case_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    key_id: Mapped[str] = mapped_column(sa.Text)
    blob: Mapped[bytes] = mapped_column(sa.LargeBinary)


class Contact(tk.BaseModel):
    """Where the citizen is told that there is news, sealed to what sends it."""

    __tablename__ = "complaints_contact"

    case_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    key_id: Mapped[str] = mapped_column(sa.Text)
    blob: Mapped[bytes] = mapped_column(sa.LargeBinary)
    told_at: Mapped[datetime | None] = mapped_column(MOMENT)
    """When the last notice went, or the next one goes."""


def access_to(session: AlchemySession, case_id: str) -> Access | None:
    """Return what the secret of a case is checked against now; None: the case was emptied."""
    return session.get(Access, case_id, populate_existing=True)


def access_of(session: AlchemySession, reference: str) -> tuple[Case, Access] | None:
    """Return the case with this number and what its secret is checked against: one statement."""
    query = sa.select(Case, Access).join(Access, Access.case_id == Case.id)
    found = session.execute(query.where(Case.reference == reference)).first()
    return (found[0], found[1]) if found else None


def keys_of(session: AlchemySession, case_id: str) -> list[CaseKey]:
    """Return a case's public keys, of every epoch."""
    return list(session.execute(sa.select(CaseKey).where(CaseKey.case_id == case_id)).scalars())


def grants_to(session: AlchemySession, case_id: str, holder_kind: str) -> list[Grant]:
    """Return every grant in use of a kind of holder, whatever its epoch."""
    query = sa.select(Grant).where(
        Grant.case_id == case_id, Grant.holder_kind == holder_kind, Grant.state == "active"
    )
    return list(session.execute(query).scalars())


def messages_of(session: AlchemySession, case_id: str, *, staff: bool = False) -> list[Message]:
    """Return what was said, the oldest first; ``staff``: with what is for the staff alone."""
    query = sa.select(Message).where(Message.case_id == case_id)
    if not staff:
        query = query.where(Message.key_kind == "talk")
    return list(session.execute(query.order_by(Message.seq)).scalars())


def contacts_of(session: AlchemySession, case_ids: Collection[str]) -> dict[str, Contact]:
    """Return where the citizens of these cases are told, by case: of those who want it."""
    query = sa.select(Contact).where(Contact.case_id.in_(case_ids))
    return {row.case_id: row for row in session.execute(query).scalars()}


def next_number(session: AlchemySession, case_id: str) -> int:
    """Return the number of the next message of a case, which the caller holds."""
    query = sa.select(sa.func.max(Message.seq)).where(Message.case_id == case_id)
    return (session.execute(query).scalar() or 0) + 1

"""Tokens with which programs of a unit read and answer its cases, past all doubt.

As with members (see there): a row is trusted only if its signature holds, made with a key
outside the database, and if its serial stands in the register beside the keys. Whoever writes
to the database makes no token, and brings none back that was revoked. Besides, a token is that
of the person who made it, as the lead they were then: it ends when they leave, and another
admission does not bring it back.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.complaints import config, keys
from ckanext.complaints.domain.network import Role
from ckanext.complaints.domain.programs import State
from ckanext.complaints.model import members
from ckanext.complaints.model.members import LARGEST, Held
from ckanext.complaints.model.network import MOMENT
from ckanext.opengov.shared import register

PURPOSE = "program"
"""What the rows are signed for."""
PREFIX = "ogcp_"
"""So that a token is known as one where it should not lie."""
SECRET_BYTES = 32
SAME_USE = timedelta(minutes=1)


class Program(tk.BaseModel):
    """A token of a unit. A row alone says nothing: ask ``lead_of`` and ``state``."""

    __tablename__ = "complaints_program"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    unit_id: Mapped[str] = mapped_column(sa.Text)
    user_id: Mapped[str] = mapped_column(sa.Text)
    """Who made it, and answers for what it does."""
    name: Mapped[str] = mapped_column(sa.Text)
    hash: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """Of the token, which is nowhere."""
    made_at: Mapped[datetime] = mapped_column(MOMENT)
    ends_on: Mapped[date] = mapped_column(sa.Date)
    """The last local day on which it opens anything."""
    member_since: Mapped[datetime] = mapped_column(MOMENT)
    """Since when its maker led the unit."""
    serial: Mapped[int] = mapped_column(sa.BigInteger)
    revoked_at: Mapped[datetime | None] = mapped_column(MOMENT)
    last_used_at: Mapped[datetime | None] = mapped_column(MOMENT)
    key_id: Mapped[str] = mapped_column(sa.Text)
    mac: Mapped[str] = mapped_column(sa.Text)


def _folder() -> Path:
    return config.keys_folder() / "programs"


def _content(row: Program) -> dict[str, Any]:
    """Return what a token's signature covers."""
    made, since = (
        each.astimezone(UTC).isoformat(timespec="microseconds")
        for each in (row.made_at, row.member_since)
    )
    return {
        **{name: getattr(row, name) for name in ("id", "unit_id", "user_id", "name", "serial")},
        "hash": row.hash.hex(),
        "made_at": made,
        "ends_on": row.ends_on.isoformat(),
        "member_since": since,
    }


def _is_listed(row: Program) -> bool:
    try:
        entry = register.find(_folder(), row.id)
    except (OSError, ValueError):
        return False
    return entry is not None and row.serial in entry.generations


def new_token() -> str:
    """Return a token that nobody has."""
    return PREFIX + secrets.token_urlsafe(SECRET_BYTES)


def hash_of(token: str) -> bytes:
    """Return under what a token is stored."""
    return sha256(token.encode(errors="replace")).digest()


def make(session: AlchemySession, lead: Held, token: str, values: Mapping[str, Any]) -> Program:
    """Make a token of a lead's, in the caller's transaction.

    Should that fail, the register names a serial that no row bears. ``values``: ``id``, ``name``,
    ``made_at``, ``ends_on``.
    """
    serial = secrets.randbelow(LARGEST - 1) + 1
    row = Program(
        **values,
        unit_id=lead.unit_id,
        user_id=lead.user_id,
        hash=hash_of(token),
        member_since=lead.since,
        serial=serial,
    )
    row.key_id, row.mac = keys.ring().sign(PURPOSE, _content(row))
    session.add(row)
    session.flush()
    register.put(_folder(), row.id, [serial], ())
    return row


def revoke(session: AlchemySession, row: Program, at: datetime) -> None:
    """End a token that is held; it ends here, whether the transaction is committed or not."""
    register.put(_folder(), row.id, (), ())
    row.revoked_at = at
    session.flush()


def by_token(session: AlchemySession, token: str) -> Program | None:
    """Return the row of a token, sound or not."""
    query = sa.select(Program).where(Program.hash == hash_of(token))
    return session.execute(query).scalar_one_or_none()


def find(session: AlchemySession, id: str, *, lock: bool = False) -> Program | None:
    """Return a token's row; ``lock`` holds it against every other change."""
    query = sa.select(Program).where(Program.id == id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.execute(query).scalar_one_or_none()


def of_units(session: AlchemySession, unit_ids: Collection[str], most: int) -> list[Program]:
    """Return the tokens of units, the newest first."""
    query = sa.select(Program).where(Program.unit_id.in_(unit_ids))
    newest = query.order_by(Program.made_at.desc(), Program.id).limit(most)
    return list(session.execute(newest).scalars())


def lead_of(row: Program, held: Collection[Held]) -> Held | None:
    """Return its maker as the lead they were when they made it, of those who hold roles now."""
    same = (row.user_id, row.unit_id, Role.LEAD, row.member_since)
    return next((e for e in held if (e.user_id, e.unit_id, e.role, e.since) == same), None)


def state(row: Program, held: Collection[Held], today: date) -> State:
    """Return what becomes of a token; ``held``: the roles of its maker, or of its unit."""
    if row.revoked_at:
        return State.REVOKED
    is_ours = keys.ring().holds(PURPOSE, _content(row), row.key_id, row.mac)
    if not (is_ours and _is_listed(row) and lead_of(row, held)):
        return State.ENDED
    return State.ACTIVE if today <= row.ends_on else State.EXPIRED


def acting(session: AlchemySession, token: str, today: date) -> tuple[Program, Held] | None:
    """Return the row of a token that holds, and its maker's role; None: it opens nothing."""
    row = by_token(session, token) if token.startswith(PREFIX) else None
    if row is None:
        return None
    held = members.held_by(session, row.user_id)
    lead = lead_of(row, held)
    if lead is None or state(row, held, today) is not State.ACTIVE:
        return None
    return row, lead


def note_use(session: AlchemySession, row: Program, now: datetime) -> None:
    """Note that a token was used; again only after a while."""
    if row.last_used_at is None or row.last_used_at < now - SAME_USE:
        row.last_used_at = now
        session.flush()

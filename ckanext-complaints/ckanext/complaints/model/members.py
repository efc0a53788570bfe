"""Who works in which unit, past all doubt.

What a unit may read is decided by its members, so a row of a member is trusted only if
both of these hold, whoever may have written to the database:

- its signature, made with a key outside the database, over all of the row and over what
  its unit is: kind and body, which never change;
- its serial number, drawn anew for each admission, stands in the person's entry of the
  register, which lies beside the keys and not in the database (``shared.register``).

The second is what makes an old row worthless. Whoever leaves a unit is struck from the
register before the row is deleted; put back from a backup, or copied while it held, the row
is signed and still grants nothing. Whoever comes again gets another serial. A database
restored from a backup so brings nobody back who has left since; the register lost, nobody
has power until the operator appoints again. Only both put back together, keys and database,
are what they were.

A row that was deleted by other hands takes power away, which nothing can prevent, and
gives none.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.complaints import config, keys
from ckanext.complaints.model.network import MOMENT, Unit
from ckanext.opengov.shared import register

PURPOSE = "member"
"""What the rows are signed for."""
LARGEST = 2**63


class Member(tk.BaseModel):
    """What someone is in a unit. Read them by ``standing``: a row alone says nothing."""

    __tablename__ = "complaints_member"

    unit_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    user_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    role: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    since: Mapped[datetime] = mapped_column(MOMENT)
    serial: Mapped[int] = mapped_column(sa.BigInteger)
    key_id: Mapped[str] = mapped_column(sa.Text)
    mac: Mapped[str] = mapped_column(sa.Text)


@dataclass(frozen=True, slots=True)
class Held:
    """A role that someone holds, past all doubt."""

    user_id: str
    unit_id: str
    org_id: str
    kind: str
    role: str
    since: datetime


def _folder() -> Path:
    return config.keys_folder() / "members"


def _content(row: Any, unit: Any) -> dict[str, Any]:
    """Return what a member's signature covers."""
    return {
        "unit_id": row.unit_id,
        "org_id": unit.org_id,
        "kind": unit.kind,
        "user_id": row.user_id,
        "role": row.role,
        "since": row.since.astimezone(UTC).isoformat(timespec="microseconds"),
        "serial": row.serial,
    }


def _serials(user_id: str) -> frozenset[int]:
    """Return the serials of the person's rows that count; of an entry that is broken, none."""
    try:
        entry = register.find(_folder(), user_id)
    except (OSError, ValueError):
        return frozenset()
    return frozenset(entry.generations) if entry else frozenset()


def _hold_person(session: AlchemySession, user_id: str) -> None:
    """Let nobody else change what the person is anywhere, before the transaction ends."""
    lock = sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"complaints:{user_id}", 0))
    session.execute(sa.select(lock))


def keep(session: AlchemySession, user_ids: Collection[str]) -> None:
    """Let nobody change what these people are, before the transaction ends: others may keep it too.

    Who decides by it asks afterwards. Always in the same order, so that two do not wait for each
    other.
    """
    for user_id in sorted(user_ids):
        key = sa.func.hashtextextended(f"complaints:{user_id}", 0)
        session.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(key)))


def _standing(rows: Iterable[Any]) -> list[Held]:
    ring, known, found = keys.ring(), {}, []
    for member, unit in rows:
        if member.user_id not in known:
            known[member.user_id] = _serials(member.user_id)
        is_listed = member.serial in known[member.user_id]
        if is_listed and ring.holds(PURPOSE, _content(member, unit), member.key_id, member.mac):
            held = (member.user_id, unit.id, unit.org_id, unit.kind, member.role, member.since)
            found.append(Held(*held))
    return found


def _rows() -> sa.Select[Any]:
    """Select members' rows with their units: of those in use, and of accounts that exist."""
    user = ckan_model.User
    return (
        sa.select(Member, Unit)
        .join(Unit, Unit.id == Member.unit_id)
        .join(user, user.id == Member.user_id)
        .where(Unit.active, user.state == "active")
        .order_by(Member.since, Member.user_id, Member.role)
        .execution_options(populate_existing=True)
    )


def held_by(session: AlchemySession, user_id: str) -> list[Held]:
    """Return what a person is, in all units. Who acts is asked by ``logic.roles``."""
    return _standing(session.execute(_rows().where(Member.user_id == user_id)))


def members_of(session: AlchemySession, unit_ids: Collection[str]) -> list[Held]:
    """Return who works in these units, the longest there first."""
    return _standing(session.execute(_rows().where(Member.unit_id.in_(unit_ids))))


def noted(session: AlchemySession, unit_id: str, user_id: str, role: str = "") -> list[str]:
    """Return what rows say that someone is in a unit, sound or not: for taking it from them."""
    query = sa.select(Member.role).where(Member.unit_id == unit_id, Member.user_id == user_id)
    if role:
        query = query.where(Member.role == role)
    return list(session.execute(query.order_by(Member.role)).scalars())


def is_noted(user_id: str, *roles: str) -> sa.ColumnElement[bool]:
    """Tell in a query whether rows say, sound or not, that somebody works in the network.

    As one of these roles, if any is named. For ways to its pages, which look closer.
    """
    wanted = [Member.role.in_(roles)] if roles else []
    return sa.exists().where(
        Member.user_id == user_id, Unit.id == Member.unit_id, Unit.active, *wanted
    )


def holders(session: AlchemySession, role: str) -> list[Held]:
    """Return who holds a role, anywhere."""
    return _standing(session.execute(_rows().where(Member.role == role)))


def admit(session: AlchemySession, unit: Unit, user_id: str, role: str, at: datetime) -> bool:
    """Give someone a role in a unit that is held, in the caller's transaction; False: they have it.

    Should the transaction fail, the register names a serial that no row bears.
    """
    _hold_person(session, user_id)
    row = session.get(Member, (unit.id, user_id, role), populate_existing=True)
    if row is not None:
        if _standing([(row, unit)]):
            return False
        # Not to be trusted: it gives way to one of ours.
        session.delete(row)
        session.flush()
    serial = secrets.randbelow(LARGEST - 1) + 1
    values = {"unit_id": unit.id, "user_id": user_id, "role": role, "since": at, "serial": serial}
    row = Member(**values)
    row.key_id, row.mac = keys.ring().sign(PURPOSE, _content(row, unit))
    session.add(row)
    session.flush()
    register.put(_folder(), user_id, _serials(user_id) | {serial}, ())
    return True


def remove(session: AlchemySession, unit_id: str, user_id: str, role: str = "") -> list[str]:
    """Take a role from someone, or all that they have in a unit that is held; return what it was.

    In the caller's transaction; the power ends here, whether that is committed or not.
    """
    _hold_person(session, user_id)
    query = sa.select(Member).where(Member.unit_id == unit_id, Member.user_id == user_id)
    if role:
        query = query.where(Member.role == role)
    rows = list(session.execute(query.execution_options(populate_existing=True)).scalars())
    serials = _serials(user_id)
    if serials & {row.serial for row in rows}:
        register.put(_folder(), user_id, serials - {row.serial for row in rows}, ())
    for row in rows:
        session.delete(row)
    session.flush()
    return sorted(row.role for row in rows)


def remove_all(session: AlchemySession, unit_id: str) -> None:
    """Take everything from everyone in a unit that is held, as ``remove`` does."""
    query = sa.select(Member.user_id).where(Member.unit_id == unit_id).distinct()
    for user_id in session.execute(query.order_by(Member.user_id)).scalars().all():
        remove(session, unit_id, user_id)

"""Bodies that answer complaints, their hierarchy and their units."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.complaints.model import seals
from ckanext.complaints.model.seals import Seal
from ckanext.opengov.shared.domain.texts import Texts, as_texts

MOMENT = sa.DateTime(timezone=True)
READ = "complaints-network"
"""Where a session keeps the network that it read: one page asks for it several times."""
SEALED = "network"
"""What its seal is about."""


class Body(tk.BaseModel):
    """A public body of the network: an organization of CKAN that answers complaints."""

    __tablename__ = "complaints_body"

    org_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    parent_org_id: Mapped[str | None] = mapped_column(sa.Text)
    intake_open: Mapped[bool] = mapped_column(sa.Boolean)
    coordinator_unit_id: Mapped[str | None] = mapped_column(sa.Text)
    """Who gets what two units refused or nobody holds; None: the nearest above that has one."""
    version: Mapped[int] = mapped_column(sa.Integer)


class Unit(tk.BaseModel):
    """People of a body who do one kind of work. Kind and body never change."""

    __tablename__ = "complaints_unit"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    org_id: Mapped[str] = mapped_column(sa.Text)
    kind: Mapped[str] = mapped_column(sa.Text)
    labels: Mapped[Texts] = mapped_column(JSONB)
    active: Mapped[bool] = mapped_column(sa.Boolean)
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    version: Mapped[int] = mapped_column(sa.Integer)


def now(session: AlchemySession) -> datetime:
    """Return this moment by the database's clock, the one for all machines."""
    return session.execute(sa.select(sa.func.clock_timestamp())).scalar_one()


def organization(session: AlchemySession, id_or_name: str) -> str | None:
    """Return the id of an organization of CKAN that is not deleted."""
    group: Any = ckan_model.Group
    either = sa.or_(group.id == id_or_name, group.name == id_or_name)
    query = sa.select(group.id).where(either, group.is_organization, group.state == "active")
    # A body may call its own by the id of another: an id is never taken for a name.
    return session.execute(query.order_by(sa.desc(group.id == id_or_name))).scalars().first()


def employers(session: AlchemySession, user_id: str | None) -> frozenset[str]:
    """Return the organizations of CKAN to which somebody belongs."""
    member: Any = ckan_model.Member
    query = sa.select(member.group_id).where(
        member.table_name == "user", member.table_id == user_id, member.state == "active"
    )
    return frozenset(session.execute(query).scalars())


def bodies_around(user_id: str | None, org_ids: Collection[str]) -> sa.Select[tuple[str]]:
    """Select these bodies, those to which somebody belongs in CKAN, and all that stand above."""
    member: Any = ckan_model.Member
    own = sa.select(member.group_id.label("org_id")).where(
        member.table_name == "user", member.table_id == user_id, member.state == "active"
    )
    units = sa.select(Body.org_id).where(Body.org_id.in_(org_ids))
    around = sa.select(sa.union(own, units).subquery().c.org_id).cte("around", recursive=True)
    above = sa.select(Body.parent_org_id).join(around, around.c.org_id == Body.org_id)
    around = around.union(above.where(Body.parent_org_id.is_not(None)))
    return sa.select(around.c.org_id)


def body(session: AlchemySession, org_id: str, *, lock: bool = False) -> Body | None:
    """Return a body of the network."""
    query = sa.select(Body).where(Body.org_id == org_id)
    return session.execute(_locked(query) if lock else query).scalar_one_or_none()


def unit(session: AlchemySession, id: str, *, lock: bool = False) -> Unit | None:
    """Return a unit; ``lock`` holds it, and who works in it, against every other change."""
    query = sa.select(Unit).where(Unit.id == id)
    return session.execute(_locked(query) if lock else query).scalar_one_or_none()


def active_unit(session: AlchemySession, org_id: str, kind: str) -> Unit | None:
    """Return the unit of a body that does this now; the oldest where there are several."""
    query = sa.select(Unit).where(Unit.org_id == org_id, Unit.kind == kind, Unit.active)
    return session.execute(query.order_by(Unit.created_at, Unit.id).limit(1)).scalar_one_or_none()


def _locked(query: sa.Select[Any]) -> sa.Select[Any]:
    return query.with_for_update().execution_options(populate_existing=True)


def make_body(session: AlchemySession, org_id: str) -> Body:
    """Take an organization into the network, which the caller holds; its intake is closed."""
    row = Body(org_id=org_id, parent_org_id=None, intake_open=False, version=1)
    session.add(row)
    _held(session).bodies[org_id] = row
    return row


def make_unit(
    session: AlchemySession, org_id: str, kind: str, labels: Mapping[str, str], at: datetime
) -> Unit:
    """Make a unit of a body of the network that the caller holds."""
    row = Unit(
        id=str(uuid.uuid4()),
        org_id=org_id,
        kind=kind,
        labels=dict(labels),
        active=True,
        created_at=at,
        version=1,
    )
    session.add(row)
    session.flush()
    _held(session).units[row.id] = row
    return row


@dataclass(frozen=True, slots=True)
class Network:
    """All bodies and their units, as they were read: two statements, however many there are."""

    bodies: dict[str, Body]
    """By the id of the organization."""
    units: dict[str, Unit]
    names: Mapping[str, dict[str, Any]]
    """How the bodies are called, by id; those whose organization is deleted have none."""

    def units_of(self, org_id: str) -> list[Unit]:
        """Return a body's units, those in use first."""
        mine = (each for each in self.units.values() if each.org_id == org_id)
        return sorted(mine, key=lambda each: (not each.active, each.kind, each.created_at))

    def working(self, org_id: str, kind: str) -> Unit | None:
        """Return the body's unit that does this now."""
        mine = (each for each in self.units_of(org_id) if each.active and each.kind == kind)
        return next(mine, None)

    def above(self, org_id: str) -> list[str]:
        """Return the body and those above it, the nearest first; a ring ends where it closes."""
        found: list[str] = []
        here: str | None = org_id
        while here is not None and here in self.bodies and here not in found:
            found.append(here)
            here = self.bodies[here].parent_org_id
        return found

    def below(self, org_id: str) -> frozenset[str]:
        """Return the body and those below it, however deep."""
        under, found, waiting = self.under(), set(), [org_id]
        while waiting:
            here = waiting.pop()
            if here not in found:
                found.add(here)
                waiting += under.get(here, [])
        return frozenset(found)

    def coordinator(self, org_id: str) -> Unit | None:
        """Return who gets what nobody in the body holds: its own, or the nearest above it."""
        for each in self.above(org_id):
            found = self.units.get(self.bodies[each].coordinator_unit_id or "")
            if found is not None and found.active:
                return found
        return None

    def under(self) -> dict[str | None, list[str]]:
        """Return the bodies by that above them."""
        found: dict[str | None, list[str]] = {}
        for each, row in self.bodies.items():
            found.setdefault(row.parent_org_id, []).append(each)
        return found


def names_of(session: AlchemySession, org_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return how these bodies are called, by id; none of an organization that is deleted."""
    group: Any = ckan_model.Group
    texts = group.extras["title_translated"].astext
    query = sa.select(group.id, group.name, group.title, texts).where(
        group.id.in_(set(org_ids)), group.is_organization, group.state == "active"
    )
    return {
        row.id: {
            "name": row.name,
            "title": row.title or row.name,
            "title_translated": as_texts(row[3]) or {},
        }
        for row in session.execute(query)
    }


def whole(session: AlchemySession) -> Network:
    """Return the network as this session first read it: two statements, however large it is.

    Raises:
        Altered: it is not what was signed.
    """
    known = session.info.get(READ)
    if isinstance(known, Network):
        return known
    found, signed = _read(session)
    if not seals.holds(SEALED, _content(found), *signed):
        raise seals.Altered
    session.info[READ] = found
    return found


def _read(session: AlchemySession) -> tuple[Network, tuple[str | None, str | None]]:
    """Return the network as the database has it, with its signature."""
    query = (
        sa.select(Body, Unit, Seal.key_id, Seal.mac)
        .outerjoin(Unit, Unit.org_id == Body.org_id)
        .outerjoin(Seal, Seal.about == SEALED)
    )
    rows = session.execute(query).all()
    bodies = {row.org_id: row for row, *_rest in rows}
    units = {row.id: row for _body, row, *_signed in rows if row is not None}
    signed = (rows[0].key_id, rows[0].mac) if rows else (None, None)
    return Network(bodies, units, names_of(session, bodies)), signed


def _content(found: Network) -> list[list[Any]]:
    """Return what the signature covers: who stands where, and what is open."""
    bodies = [
        [row.org_id, row.parent_org_id, row.coordinator_unit_id, row.intake_open]
        for row in found.bodies.values()
    ]
    units = [[row.id, row.org_id, row.kind, row.active] for row in found.units.values()]
    return [*sorted(bodies, key=itemgetter(0)), *sorted(units, key=itemgetter(0))]


def hold(session: AlchemySession) -> Network:
    """Return the network as it stands, and let nobody else change it in this transaction.

    Raises:
        Altered: it is not what was signed.
    """
    _lock(session)
    return whole(session)


def _lock(session: AlchemySession) -> None:
    lock = sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(READ, 0))
    session.execute(sa.select(lock))
    forget(session)
    session.expire_all()


def seal(session: AlchemySession) -> None:
    """Sign the network that the caller holds, as this transaction has changed it."""
    session.flush()
    seals.put(session, SEALED, _content(_held(session)))
    forget(session)


def seal_anew(session: AlchemySession) -> Network:
    """Sign the network as the database has it, and return it. For operators, who look at it."""
    _lock(session)
    found = session.info[READ] = _read(session)[0]
    seal(session)
    return found


def _held(session: AlchemySession) -> Network:
    found: Network = session.info[READ]
    return found


def forget(session: AlchemySession) -> None:
    """Let the network be read anew: it was changed."""
    session.info.pop(READ, None)

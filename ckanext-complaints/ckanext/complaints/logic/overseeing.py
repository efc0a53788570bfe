"""Which bodies somebody watches over, and which of their cases: by what is known without opening.

A supervisor sees their body and those below it, a steward all. Neither reads a case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession, Context

from ckanext.complaints.domain import life, receipts
from ckanext.complaints.domain.network import Kind, Role
from ckanext.complaints.logic import excluding
from ckanext.complaints.logic.roles import Roles, actor, kept_actor
from ckanext.complaints.model import cases, counting, network, signing
from ckanext.complaints.model.cases import Case
from ckanext.complaints.model.network import Network, Unit
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError

SEALED = (Kind.INTEGRITY, Kind.CUSTODIAN)
"""Units of which nothing is counted: they work on reports of corruption, and keep names."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody watches over."""

    session: AlchemySession
    whole: Network
    org_ids: frozenset[str]
    roles: Roles

    @property
    def kept_from(self) -> sa.ColumnElement[bool]:
        """Tell, of a case in a query, whether the caller must not know of it."""
        return excluding.concerns(excluding.among(self.session, self.roles))

    def units(self, org_id: str | None = None) -> list[Unit]:
        """Return the units that are counted, of all these bodies or of one of them."""
        wanted = self.org_ids if org_id is None else self.org_ids & {org_id}
        units = self.whole.units.values()
        return [each for each in units if each.org_id in wanted and each.kind not in SEALED]

    def seat_over(self, org_id: str) -> str | None:
        """Return the unit as whose supervisor they act in a body: the nearest; None: as none."""
        own = {each.org_id: each.unit_id for each in self.roles.held if _supervises(each.role)}
        return next((own[each] for each in self.whole.above(org_id) if each in own), None)


def _supervises(role: str) -> bool:
    return role == Role.SUPERVISOR


def sight(context: Context) -> Sight:
    """Return what the caller watches over."""
    return _sight(context["session"], actor(context))


def _sight(session: AlchemySession, roles: Roles) -> Sight:
    whole = network.whole(session)
    if roles.is_steward:
        return Sight(session, whole, frozenset(whole.bodies), roles)
    own = roles.bodies(Role.SUPERVISOR)
    return Sight(session, whole, frozenset().union(*(whole.below(each) for each in own)), roles)


def asked_body(seen: Sight, value: object) -> str:
    """Return the id of a body that the caller names, by id or name.

    Raises:
        tk.ObjectNotFound: there is none, or they do not watch over it.
    """
    for org_id in seen.org_ids:
        called = seen.whole.names.get(org_id)
        if value == org_id or (called and value == called["name"]):
            return org_id
    raise tk.ObjectNotFound(tk._("This was not found."))


@dataclass(frozen=True, slots=True)
class Overseen:
    """A supervisor with a case before them, which stays closed to them."""

    session: AlchemySession
    case: Case
    actor: Actor
    unit_id: str
    """As whose member they act."""
    now: datetime


def overseen(context: Context, reference: object, *, lock: bool = False) -> Overseen:
    """Return the caller with a case of a body that they supervise.

    Raises:
        tk.ObjectNotFound: there is none, or they may not know of it, or they are no supervisor.
        Unreadable: the case was altered past the application.
    """
    session = context["session"]
    case = _case(session, reference, lock=lock)
    seen = _sight(session, kept_actor(context) if lock else actor(context))
    unit = seen.whole.units.get(case.owner_unit_id) if case else None
    seat = seen.seat_over(unit.org_id) if unit else None
    if case is None or seat is None or unit not in seen.units() or not _is_counted(case):
        raise tk.ObjectNotFound(tk._("Complaint not found"))
    signing.check(case)
    if excluding.covers(excluding.known(session, case), excluding.who(session, seen.roles)):
        raise tk.ObjectNotFound(tk._("Complaint not found"))
    acting = Actor(seen.roles.user_id, frozenset({life.Role.SUPERVISOR}))
    return Overseen(session, case, acting, seat, cases.now(session))


def _is_counted(case: Case) -> bool:
    return case.track == counting.TRACK


def _case(session: AlchemySession, reference: object, *, lock: bool) -> Case | None:
    number = number_of(reference)
    return cases.by_reference(session, number, lock=lock) if number else None


def number_of(reference: object) -> str | None:
    """Return the number of a case as it is stored; None: it is no such number."""
    try:
        return receipts.read_reference(str(reference or ""))
    except DomainError:
        return None

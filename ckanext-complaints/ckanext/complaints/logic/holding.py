"""Which cases somebody may keep from being deleted: they learn nothing else of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession, Context

from ckanext.complaints.domain import receipts
from ckanext.complaints.domain.life import State
from ckanext.complaints.domain.network import Role
from ckanext.complaints.logic import excluding
from ckanext.complaints.logic.roles import Roles, kept_actor
from ckanext.complaints.model import cases, network
from ckanext.complaints.model.cases import Case
from ckanext.opengov.shared.domain.errors import DomainError


@dataclass(frozen=True, slots=True)
class Watched:
    """A case before somebody who watches over its body."""

    session: AlchemySession
    case: Case
    user_id: str
    now: datetime


def watched_units(session: AlchemySession, roles: Roles) -> frozenset[str]:
    """Return the units over which somebody watches: those of their bodies and of those below.

    All, if they run the network.
    """
    whole = network.whole(session)
    if roles.is_steward:
        return frozenset(whole.units)
    bodies = {each for org in roles.bodies(Role.SUPERVISOR) for each in whole.below(org)}
    return frozenset(id for id, unit in whole.units.items() if unit.org_id in bodies)


def watched(context: Context, reference: object) -> Watched:
    """Return the caller with a case over which they watch, held against every other change.

    Raises:
        tk.ObjectNotFound: there is none, or they may not know of it.
    """
    session = context["session"]
    try:
        case = cases.by_reference(session, receipts.read_reference(str(reference or "")), lock=True)
    except DomainError:
        case = None
    roles = kept_actor(context)
    if (
        case is None
        or case.state == State.PURGED
        or case.owner_unit_id not in watched_units(session, roles)
        or excluding.covers(excluding.known(session, case), excluding.who(session, roles))
    ):
        raise tk.ObjectNotFound(tk._("Complaint not found"))
    return Watched(session, case, str(roles.user_id), cases.now(session))

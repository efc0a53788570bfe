"""Which cases somebody on the staff may know of, and as what they act in them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession, Context

from ckanext.complaints.domain import life, receipts
from ckanext.complaints.domain.network import WORKERS, Role
from ckanext.complaints.domain.referrals import Mode, State
from ckanext.complaints.logic import excluding, stepping
from ckanext.complaints.logic.excluding import Who
from ckanext.complaints.logic.referring import By
from ckanext.complaints.logic.roles import Roles, actor, kept_actor
from ckanext.complaints.model import cases, exclusions, referrals, signing
from ckanext.complaints.model.cases import Case
from ckanext.complaints.model.referrals import Referral
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError, NotPermitted
from ckanext.opengov.shared.domain.versions import check_version

IN_CASE = {Role.HANDLER: life.Role.HANDLER, Role.LEAD: life.Role.LEAD}


class Part(StrEnum):
    """What the unit is to a case, as whose member somebody has it before them."""

    OWNER = "owner"
    JUDGE = "judge"
    """It decides on the appeal, and so reads what the citizen reads alone."""
    JOINT = "joint"
    """It works on the case too: it reads what the citizen reads, and answers the owner alone."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Somebody on the staff with a case before them."""

    session: AlchemySession
    case: Case
    actor: Actor
    unit_id: str
    """As whose member they act."""
    part: Part
    who: Who
    """As exclusions see them."""
    now: datetime

    @property
    def user_id(self) -> str:
        """Return who it is."""
        return str(self.actor.user_id)

    @property
    def by(self) -> By:
        """Return who acts, for referrals."""
        return By(self.user_id, self.unit_id, self.now)


def at_desk(context: Context, reference: object, *, lock: bool = False) -> Desk:
    """Return the caller with a case of one of their units.

    ``lock`` holds the case, and what the caller is.

    Raises:
        tk.ObjectNotFound: there is none, or they may not know of it.
        Unreadable: the case was altered past the application.
    """
    session = context["session"]
    case = _case(session, reference, lock=lock)
    roles = kept_actor(context) if lock else actor(context)
    who = excluding.who(session, roles)
    found = _place(session, case, roles, who) if case else None
    if case is None or found is None:
        raise tk.ObjectNotFound(tk._("Complaint not found"))
    unit_id, part = found
    acting = _acting(part, unit_id, roles)
    desk = Desk(session, case, acting, unit_id, part, who, cases.now(session))
    if lock and roles.program_id:
        # What follows was done by a program in their name.
        noted = {"unit_id": unit_id, "program": roles.program_id, "for": "staff"}
        stepping.note(session, case, "program", acting, desk.now, **noted)
    return desk


def at_work(context: Context, reference: object, version: object) -> Desk:
    """Return the caller with a case of their unit that is held, and unchanged since it was read.

    Raises:
        NotPermitted: another unit answers it.
    """
    desk = at_desk(context, reference, lock=True)
    if desk.part is not Part.OWNER:
        raise NotPermitted
    check_version(desk.case.version, version)
    return desk


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody with a request of one unit to another before them."""

    desk: Desk
    row: Referral

    @property
    def is_owner(self) -> bool:
        """Whether they are of the unit that has the case."""
        return self.desk.unit_id == self.desk.case.owner_unit_id


def at_request(context: Context, id: object, *, lock: bool = False) -> Asked:
    """Return the caller with a request to, or by, one of their units, as long as it stands.

    ``lock`` holds the case, and what the caller is. What is asked opens nothing of the case.

    Raises:
        tk.ObjectNotFound: there is none, or they may not know of it.
    """
    session = context["session"]
    row = referrals.find(session, str(id or ""))
    case = cases.find(session, row.case_id, lock=lock) if row else None
    roles = kept_actor(context) if lock else actor(context)
    row = referrals.find(session, row.id) if row else None
    if row is None or case is None or not _is_there(row, case):
        raise tk.ObjectNotFound(tk._("This request was not found: it may have been withdrawn."))
    units = roles.units(*WORKERS)
    unit_id = next((each for each in (row.to_unit, case.owner_unit_id) if each in units), None)
    signing.check(case)
    who = excluding.who(session, roles)
    if unit_id is None or excluding.covers(excluding.known(session, case), who):
        raise tk.ObjectNotFound(tk._("This request was not found: it may have been withdrawn."))
    signing.check(row)
    part = Part.OWNER if unit_id == case.owner_unit_id else Part.JOINT
    acting = _acting(part, unit_id, roles)
    return Asked(Desk(session, case, acting, unit_id, part, who, cases.now(session)), row)


def _is_there(row: Referral, case: Case) -> bool:
    """Tell whether a request stands; by a transfer the unit that has the case alone goes on."""
    is_done = row.mode == Mode.TRANSFER and row.state == State.ACCEPTED
    return row.state in referrals.STANDS and not (is_done and row.to_unit != case.owner_unit_id)


def _acting(part: Part, unit_id: str, roles: Roles) -> Actor:
    held = [each for each in WORKERS if each in roles.in_unit(unit_id)]
    acts: Collection[str] = {
        Part.OWNER: [IN_CASE[each] for each in held],
        Part.JUDGE: [life.Role.APPEALS],
        Part.JOINT: [],
    }[part]
    return Actor(roles.user_id, frozenset(acts))


def _case(session: AlchemySession, reference: object, *, lock: bool) -> Case | None:
    try:
        number = receipts.read_reference(str(reference or ""))
    except DomainError:
        return None
    return cases.by_reference(session, number, lock=lock)


def _place(session: AlchemySession, case: Case, roles: Roles, who: Who) -> tuple[str, Part] | None:
    """Return the unit as whose member somebody comes to a case, and what it is to the case."""
    found = _part(session, case, roles)
    if found is None or (roles.program_id and found[1] is not Part.OWNER):
        # Programs open the cases of their unit, and of no other.
        return None
    signing.check(case)
    if excluding.covers(excluding.known(session, case), who):
        return None
    is_judge = found[1] is Part.JUDGE
    if is_judge and exclusions.judged_by_its_own(session, case.id, roles.user_id):
        return None
    return found


def _part(session: AlchemySession, case: Case, roles: Roles) -> tuple[str, Part] | None:
    if case.state == life.State.PURGED:
        return None
    units = roles.units(*WORKERS)
    if case.owner_unit_id in units:
        return case.owner_unit_id, Part.OWNER
    if case.state == life.State.APPEALED and case.appeal_unit_id in units:
        return str(case.appeal_unit_id), Part.JUDGE
    if case.state in life.ENDED or not units:
        return None
    for row in referrals.joint(session, case.id, units):
        signing.check(row)
        return row.to_unit, Part.JOINT
    return None

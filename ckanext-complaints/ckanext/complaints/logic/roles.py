"""What the caller is in the network. Only a browser's session with a second factor gives power.

A sysadmin as such has no part, and neither has an API token, whoever it belongs to: CKAN's
sysadmins make tokens in anybody's name.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import g, has_request_context, request

from ckan import model as ckan_model
from ckan.types import AlchemySession, Context

from ckanext.complaints.domain.network import LED, Role
from ckanext.complaints.domain.programs import State
from ckanext.complaints.logic import terms
from ckanext.complaints.model import cases, members, programs
from ckanext.complaints.model.members import Held
from ckanext.opengov.shared import second_factor

SAFE = ("GET", "HEAD")
TAKERS = (Role.CLERK, Role.LEAD)
"""Who takes complaints at the counter and by telephone."""


PROGRAM = "complaints_program"
"""Where a context has the program that calls: an ``Acting``, which no input is."""


@dataclass(frozen=True, slots=True)
class Acting:
    """A program whose token holds, made by ``logic.action.programs`` alone."""

    id: str
    held: Held
    """What it may act as: a handler of one unit, in the name of who made the token."""


@dataclass(frozen=True, slots=True)
class Roles:
    """What somebody is, here and now."""

    user_id: str | None
    held: tuple[Held, ...] = ()
    program_id: str | None = None
    """Of the program that acts in their name."""

    def in_unit(self, unit_id: str) -> frozenset[str]:
        """Return what they are in a unit."""
        return frozenset(each.role for each in self.held if each.unit_id == unit_id)

    def units(self, *roles: str) -> frozenset[str]:
        """Return the units in which they are one of these; with none named, whatever they are."""
        return frozenset(each.unit_id for each in self.held if not roles or each.role in roles)

    def bodies(self, *roles: str) -> frozenset[str]:
        """Return the bodies in whose units they are one of these, or whatever they are."""
        return frozenset(each.org_id for each in self.held if not roles or each.role in roles)

    @property
    def is_staff(self) -> bool:
        """Whether they work anywhere in the network."""
        return bool(self.held)

    @property
    def is_steward(self) -> bool:
        """Whether they run the network."""
        return any(each.role == Role.STEWARD for each in self.held)

    def may_admit(self, unit_id: str, role: str) -> bool:
        """Tell whether they give and take this role in this unit."""
        return self.is_steward or (role in LED and Role.LEAD in self.in_unit(unit_id))


def user_id_of(context: Context) -> str | None:
    """Return the caller's id; None: nobody is signed in."""
    user, name = context.get("auth_user_obj"), context.get("user")
    if not user and name:
        user = ckan_model.User.get(name)
    # CKAN's visitor is an object too, whose id is empty.
    return getattr(user, "id", None) or None


def roles_of(session: AlchemySession, user_id: str | None) -> Roles:
    """Return what a person may act as in this request: nothing without their second factor."""
    if not has_request_context() or request.method not in SAFE:
        return _roles_now(session, user_id)
    # A page that changes nothing asks several times.
    known: dict[str | None, Roles] = g.setdefault("complaints_roles_of", {})
    if user_id not in known:
        known[user_id] = _roles_now(session, user_id)
    return known[user_id]


def _roles_now(session: AlchemySession, user_id: str | None) -> Roles:
    if not user_id or not second_factor.is_verified(session, user_id):
        return Roles(user_id)
    return Roles(user_id, tuple(members.held_by(session, user_id)))


def actor(context: Context) -> Roles:
    """Return the caller with what they may act as."""
    program = context.get(PROGRAM)
    if isinstance(program, Acting):
        return Roles(program.held.user_id, (program.held,), program.id)
    return roles_of(context["session"], user_id_of(context))


def kept_actor(context: Context) -> Roles:
    """Return the caller with what they may act as, which nobody takes before they are through.

    Asked once what they change is held: they may have waited for it while somebody removed them.
    """
    session, user_id = context["session"], user_id_of(context)
    if user_id:
        members.keep(session, [user_id])
    roles = actor(context)
    if roles.program_id and not _acts_still(session, roles):
        return Roles(user_id)
    return roles


def _acts_still(session: AlchemySession, roles: Roles) -> bool:
    """Tell whether the token of a program holds, and who made it is what they were."""
    row = programs.find(session, str(roles.program_id))
    held = members.held_by(session, str(roles.user_id))
    day = terms.today(cases.now(session))
    return row is not None and programs.state(row, held, day) is State.ACTIVE


def works_here(session: AlchemySession, user_id: str) -> bool:
    """Tell whether a person works in the network, however they signed in: for ways to its pages."""
    return bool(members.held_by(session, user_id))

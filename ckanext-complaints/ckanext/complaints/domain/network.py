"""Who works where in the network of bodies, and who may change that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_


class Kind(StrEnum):
    """What a unit does in its body."""

    GENERAL = "general"
    INTEGRITY = "integrity"
    OVERSIGHT = "oversight"
    APPEAL = "appeal"
    CUSTODIAN = "custodian"


class Role(StrEnum):
    """What someone is in a unit."""

    HANDLER = "handler"
    LEAD = "lead"
    CLERK = "clerk"
    SUPERVISOR = "supervisor"
    STEWARD = "steward"


ROLES_IN: Mapping[Kind, tuple[Role, ...]] = {
    Kind.GENERAL: (Role.HANDLER, Role.LEAD, Role.CLERK),
    Kind.INTEGRITY: (Role.HANDLER, Role.LEAD, Role.CLERK),
    Kind.OVERSIGHT: (Role.SUPERVISOR, Role.STEWARD),
    Kind.APPEAL: (Role.HANDLER, Role.LEAD),
    Kind.CUSTODIAN: (Role.HANDLER, Role.LEAD),
}
"""What someone can be in a unit of which kind. The first is what most are."""
LED = frozenset({Role.HANDLER, Role.CLERK})
"""Whom a lead admits to their own unit, and removes from it."""
ONE_OF_EACH = frozenset({Kind.GENERAL, Kind.INTEGRITY})
"""Kinds of which a body has at most one unit in use."""


WORKERS = (Role.HANDLER, Role.LEAD)
"""Who reads and answers the cases of a unit."""


class RoleNotThere(DomainError):
    """A handler of an oversight unit, say."""

    code = "role-not-there"
    field = "role"
    template = N_("A unit of this kind has no such role.")


class NotOneself(DomainError):
    """Nobody gives themselves a role: there are always two who know of it."""

    code = "not-oneself"
    field = "user"
    template = N_("Nobody gives a role to themselves. Ask a colleague.")


class StewardsAtTheTop(DomainError):
    """The network is run by the body that has none above it."""

    code = "stewards-at-the-top"
    template = N_("Stewards belong to a body that has none above it.")


class LastLead(DomainError):
    """Cases would be left with nobody to assign them."""

    code = "last-lead"
    template = N_("This unit has open cases. First say that its coordinator takes them over.")


class LastSteward(DomainError):
    """Nobody could change the network any more."""

    code = "last-steward"
    template = N_("This is the last steward. First admit another one.")


class NobodyTakesOver(DomainError):
    """There is no coordinator, or nobody works there."""

    code = "nobody-takes-over"
    template = N_("No coordinator could take over: none is named, or nobody leads that unit.")


class InACircle(DomainError):
    """A body would stand above itself."""

    code = "in-a-circle"
    field = "parent"
    template = N_("This body stands below the other one already.")


class NotInNetwork(DomainError):
    """Not an organization, or one that answers no complaints."""

    code = "not-in-network"
    template = N_("This public body is not in the network.")


class NoSuchUnit(DomainError):
    """No unit has this id, or it is not in use."""

    code = "no-such-unit"
    field = "unit"
    template = N_("There is no such unit.")


class CannotCoordinate(DomainError):
    """Who runs the network reads no cases."""

    code = "cannot-coordinate"
    field = "coordinator_unit_id"
    template = N_("Nobody in a unit of this kind handles complaints. Choose another one.")


class OneIsEnough(DomainError):
    """Complaints would not know which of the two to go to."""

    code = "one-is-enough"
    field = "kind"
    template = N_("This body has a unit of this kind already.")


class StillCoordinates(DomainError):
    """Bodies rely on it."""

    code = "still-coordinates"
    template = N_("Other bodies rely on this unit as their coordinator. First name another one.")


class NobodyThere(DomainError):
    """Complaints would reach nobody."""

    code = "nobody-there"
    field = "intake_open"
    template = N_("Nobody would get the complaints: make a general unit or name a coordinator.")


class UserNotFound(DomainError):
    """There is no such account."""

    code = "user-not-found"
    field = "user"
    template = N_("There is no account of this name.")


@dataclass(frozen=True, slots=True)
class Departure:
    """What a unit is left with when somebody goes, or when it is closed."""

    open_cases: int
    leads_left: int
    is_taken_over: bool
    """By the coordinator, as whoever does this says."""
    can_be_taken_over: bool


def check_role(kind: str, role: str, *, is_top: bool) -> None:
    """Refuse a role that a unit of this kind does not have.

    Raises:
        RoleNotThere: it has none such.
        StewardsAtTheTop: a steward, in a body below another.
    """
    if role not in ROLES_IN[Kind(kind)]:
        raise RoleNotThere
    if role == Role.STEWARD and not is_top:
        raise StewardsAtTheTop


def check_departure(departure: Departure) -> bool:
    """Tell whether the coordinator takes the cases over.

    Raises:
        LastLead: somebody must, and nobody said so.
        NobodyTakesOver: nobody can.
    """
    if not departure.open_cases or departure.leads_left:
        return False
    if not departure.is_taken_over:
        raise LastLead
    if not departure.can_be_taken_over:
        raise NobodyTakesOver
    return True

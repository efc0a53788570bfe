"""Programs of the staff: what may be in the way of making one."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_

LONGEST = timedelta(days=365)
MOST_IN_USE = 20
LEAST_NAME, MOST_NAME = 2, 100


class State(StrEnum):
    """What becomes of a token."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"
    ENDED = "ended"
    """Who made it leads the unit no more, or it is not to be trusted."""


class EndsTooLate(DomainError):
    """A token that nobody renews is one that nobody remembers."""

    code = "ends-too-late"
    field = "ends_on"
    template = N_("Choose a day from today on, at most a year ahead.")


class ProgramNotThere(DomainError):
    """Offices that answer complaints have programs; those that guard others have none."""

    code = "no-programs-there"
    field = "unit_id"
    template = N_("A unit of this kind has no programs.")


class TooManyPrograms(DomainError):
    """More than anybody watches over."""

    code = "too-many-programs"
    field = "name"
    template = N_("This unit has {most} programs. First end one of them.")


class MadeBefore(DomainError):
    """The page was sent twice: the token was shown, once."""

    code = "made-before"
    template = N_("This token was made already, and is not shown again.")


def check_end(ends_on: date, today: date) -> None:
    """Refuse an end in the past, and one too far ahead.

    Raises:
        EndsTooLate: it is one of these.
    """
    if not today <= ends_on <= today + LONGEST:
        raise EndsTooLate

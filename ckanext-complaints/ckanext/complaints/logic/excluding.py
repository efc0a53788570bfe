"""Who must not know of a case: persons, and bodies with all below them and all who work there.

Asked at every read, by what the hierarchy and the memberships are now.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from ckan.types import AlchemySession

from ckanext.complaints.logic.roles import Roles
from ckanext.complaints.model import cases, exclusions, members, network
from ckanext.complaints.model.cases import Case
from ckanext.complaints.model.exclusions import Exclusion
from ckanext.opengov.shared.keyring import Unreadable
from ckanext.opengov.shared.pager import Branch


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody, with the bodies to which they belong and all above these."""

    user_id: str | None
    org_ids: frozenset[str]


def who(session: AlchemySession, roles: Roles) -> Who:
    """Return the caller with every body to which they belong, in the network or in CKAN."""
    whole = network.whole(session)
    mine = _bodies(session, roles) | network.employers(session, roles.user_id)
    return Who(roles.user_id, mine | {each for org_id in mine for each in whole.above(org_id)})


def known(session: AlchemySession, case: Case) -> list[Exclusion]:
    """Return who must not know of a case.

    Raises:
        Unreadable: a row came or went past the application.
    """
    rows = exclusions.of_case(session, case.id)
    if exclusions.digest(rows) != case.excluded:
        raise Unreadable
    return rows


def covers(rows: Sequence[Exclusion], person: Who) -> bool:
    """Tell whether somebody is among them."""
    return any(
        row.org_id in person.org_ids if row.org_id else row.user_id == person.user_id
        for row in rows
    )


def those_who_may_know(
    session: AlchemySession, case: Case, user_ids: Collection[str]
) -> frozenset[str]:
    """Return those of these people from whom a case is not kept; of an altered one, nobody."""
    try:
        rows = known(session, case)
    except Unreadable:
        return frozenset()
    people = (Roles(id, tuple(members.held_by(session, id))) for id in user_ids)
    return frozenset(str(each.user_id) for each in people if not covers(rows, who(session, each)))


@dataclass(frozen=True, slots=True)
class Among:
    """Somebody as lists ask for them: their bodies, and those above, the database finds itself."""

    user_id: str | None
    org_ids: sa.Select[tuple[str]]
    is_program: bool
    """It has the cases of its unit, and no appeals of others."""


def among(session: AlchemySession, roles: Roles) -> Among:
    """Return the caller as lists ask for them, of a network that holds."""
    network.whole(session)
    around = network.bodies_around(roles.user_id, _bodies(session, roles))
    return Among(roles.user_id, around, roles.program_id is not None)


def _bodies(session: AlchemySession, roles: Roles) -> frozenset[str]:
    """Return the bodies in which somebody works; a program's are all of who made it."""
    if roles.program_id is None or roles.user_id is None:
        return roles.bodies()
    return frozenset(each.org_id for each in members.held_by(session, roles.user_id))


def concerns(person: Among) -> sa.ColumnElement[bool]:
    """Tell, of a case in a query, whether somebody must not know of it."""
    return exclusions.concerns(person.user_id, person.org_ids)


def worklists(
    person: Among, unit_ids: Collection[str], state: str = "", *, is_slow: bool = False
) -> list[Branch]:
    """Return the worklists of these units, without what the person must not see in them."""
    had_part = sa.true() if person.is_program else exclusions.had_part(person.user_id)
    return cases.worklists(unit_ids, concerns(person), had_part, state, is_slow=is_slow)


def of_units(session: AlchemySession, rows: Sequence[Exclusion]) -> Callable[[str], bool]:
    """Return what tells of a unit whether its body is excluded, or stands below one that is."""
    whole = network.whole(session)
    bodies = {row.org_id for row in rows if row.org_id}

    def is_excluded(unit_id: str) -> bool:
        return not bodies.isdisjoint(whole.above(whole.units[unit_id].org_id))

    return is_excluded

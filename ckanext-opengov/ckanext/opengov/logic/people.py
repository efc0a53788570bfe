"""Names of those who acted, for the people of the body."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.opengov.model import publication
from ckanext.opengov.shared.audit import AuditRow

ROLES = {"admin": "reviewer", "editor": "author", "member": "member"}
OPERATOR, FORMER, CLOCK = "operator", "former", "clock"
"""A sysadmin who is no member; someone who is no member any more; the site itself."""


def people_of(
    session: AlchemySession, body_id: str | None, user_ids: Iterable[str | None]
) -> dict[str | None, dict[str, Any]]:
    """Return ``{"name", "role"}`` by user id, for readers who are members of the body.

    ``role`` is what the person is to the body now. Sysadmins from outside act for the
    site: they have no name here.
    """
    roles = publication.roles_in(session, body_id)
    found: dict[str | None, dict[str, Any]] = {None: {"name": None, "role": CLOCK}}
    found |= {each.id: _person(each, roles.get(each.id)) for each in _users(session, user_ids)}
    return found


def people_in(
    session: AlchemySession, pairs: Collection[tuple[str | None, str | None]]
) -> dict[tuple[str | None, str | None], dict[str, Any]]:
    """Return what :func:`people_of` says of people in several bodies, by body and user id."""
    roles = publication.roles_of(session, pairs)
    users = {each.id: each for each in _users(session, (user_id for _body, user_id in pairs))}
    return {pair: _person(users[pair[1]], roles.get(pair)) for pair in pairs if pair[1] in users}


def _users(session: AlchemySession, user_ids: Iterable[str | None]) -> Sequence[ckan_model.User]:
    user, wanted = ckan_model.User, {user_id for user_id in user_ids if user_id}
    return session.scalars(sa.select(user).where(user.id.in_(wanted))).all()


def _person(user: ckan_model.User, role_in_body: str | None) -> dict[str, Any]:
    role = ROLES.get(role_in_body or "", OPERATOR if user.sysadmin else FORMER)
    return {"name": None if role == OPERATOR else user.display_name, "role": role}


def submissions(session: AlchemySession, package_ids: Iterable[str]) -> dict[str, AuditRow]:
    """Return who submitted each dataset last, and when, by dataset id."""
    subjects = [f"dataset:{package_id}" for package_id in package_ids]
    query = (
        sa.select(AuditRow)
        .distinct(AuditRow.subject)
        .where(AuditRow.subject.in_(subjects), AuditRow.step == "submit")
        .order_by(AuditRow.subject, AuditRow.seq.desc())
    )
    return {row.subject.removeprefix("dataset:"): row for row in session.execute(query).scalars()}

"""Names of those who acted, for the people of the body."""

from __future__ import annotations

from collections.abc import Iterable
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
    wanted = {user_id for user_id in user_ids if user_id}
    roles = publication.roles_in(session, body_id)
    user = ckan_model.User
    query = sa.select(user).where(user.id.in_(wanted))
    found: dict[str | None, dict[str, Any]] = {None: {"name": None, "role": CLOCK}}
    for each in session.execute(query).scalars():
        role = ROLES.get(roles.get(each.id, ""), OPERATOR if each.sysadmin else FORMER)
        name = None if role == OPERATOR else each.display_name
        found[each.id] = {"name": name, "role": role}
    return found


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

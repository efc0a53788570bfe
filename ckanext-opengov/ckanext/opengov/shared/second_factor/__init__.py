"""Two-step sign-in: the password, then a code. What other plugins ask of it stands here."""

from __future__ import annotations

import sqlalchemy as sa
from flask import has_request_context, session

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.opengov.shared.domain.second_factor import Policy, State
from ckanext.opengov.shared.second_factor import rows

__all__ = ["PASSED", "bodies_of", "is_needed", "is_required", "is_verified", "policy", "standing"]

PASSED = "opengov_second_factor"
"""Where a browser's session says who passed, and what their code belonged to."""

standing = rows.standing


def is_verified(db: AlchemySession, user_id: str) -> bool:
    """Tell whether the person acts in a browser's session that passed their second factor.

    Never with an API token, whoever it belongs to, and not after a reset.
    """
    if not has_request_context():
        return False
    passed_by, enrolment = session.get(PASSED) or (None, "")
    # The session may be one person's and the token in the same request another's.
    if not user_id or passed_by != user_id or session.get("_user_id") != user_id:
        return False
    found = standing(db, user_id)
    return found.state is State.ON and found.enrolment == enrolment


def policy() -> Policy:
    """Return who needs a second factor on this site."""
    return Policy(tk.config["ckanext.opengov.two_factor"])


def bodies_of(db: AlchemySession, user_id: str) -> frozenset[str]:
    """Return the ids of the active public bodies of which the person is a member."""
    member, group = ckan_model.Member, ckan_model.Group
    query = (
        sa.select(member.group_id)
        .join(group, group.id == member.group_id)
        .where(member.table_id == user_id, member.table_name == "user", member.state == "active")
        .where(group.is_organization, group.state == "active")
    )
    return frozenset(str(body) for body in db.execute(query).scalars())


def is_required(db: AlchemySession, user: ckan_model.User) -> bool:
    """Tell whether this person must have a second factor: staff, where the site asks it of them."""
    if policy() is not Policy.STAFF:
        return False
    return bool(user.sysadmin or bodies_of(db, user.id))


def is_needed(db: AlchemySession, user: ckan_model.User) -> bool:
    """Tell whether the password alone does not sign this person in.

    Also where what is stored is not to be trusted: it may have been an enrolment.
    """
    if policy() is Policy.OFF:
        return False
    return standing(db, user.id).state is not State.OFF or is_required(db, user)

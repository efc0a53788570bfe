"""Who works in one consultation, whatever they are in its body."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import Context, DataDict

from ckanext.consultation.domain.life import Role
from ckanext.consultation.logic import reviewing
from ckanext.consultation.logic.access import consultation_of
from ckanext.consultation.model import consultations
from ckanext.consultation.model.consultations import Consultation
from ckanext.opengov.shared import audit
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError, NotPermitted
from ckanext.opengov.shared.domain.fields import one_of
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["consultation_member_add", "consultation_member_list", "consultation_member_remove"]

ROLES = (Role.MODERATOR, Role.ANALYST, Role.RESPONDER, Role.PUBLISHER)
"""What someone can be to one consultation alone."""


class UserNotFound(DomainError):
    """There is no such account."""

    code = "user-not-found"
    field = "user"
    template = N_("There is no account of this name.")


@domain_action
def consultation_member_add(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Give someone a role in one consultation; return its people as ``_member_list`` does.

    Args:
        id (str): id or name of the consultation
        user (str): name or id of the account
        role (str): ``moderator``, ``analyst``, ``responder`` or ``publisher``
    """
    return _change(context, data_dict, "add")


@domain_action
def consultation_member_remove(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Take a role from someone, at once; return the people as ``_member_list`` does.

    Args:
        id (str): id or name of the consultation
        user (str): name or id of the account
        role (str): ``moderator``, ``analyst``, ``responder`` or ``publisher``
    """
    return _change(context, data_dict, "remove")


@tk.side_effect_free
@domain_action
def consultation_member_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return who works in a consultation beside the people of its body, for those who run it.

    Each of ``results`` is ``{"user_id", "name", "title", "roles"}``.

    Args:
        id (str): id or name of the consultation
    """
    row, _actor = _run_by_caller(context, data_dict)
    return _listed(context, row)


def _change(context: Context, data_dict: DataDict, verb: str) -> dict[str, Any]:
    row, actor = _run_by_caller(context, data_dict)
    session = context["session"]
    role = one_of(data_dict.get("role"), list(ROLES), "role")
    user = ckan_model.User.get(str(data_dict.get("user") or ""))
    if user is None or (verb == "add" and user.state != "active"):
        raise UserNotFound
    change = consultations.add_member if verb == "add" else consultations.remove_member
    if change(session, row.id, user.id, role):
        audit.record(
            session,
            subject=f"consultation:{row.id}",
            step=f"member-{verb}",
            actor_id=actor.user_id,
            at=consultations.now(session),
            details={"user": user.id, "role": role},
        )
    session.commit()
    return _listed(context, row)


def _run_by_caller(context: Context, data_dict: DataDict) -> tuple[Consultation, Actor]:
    """Return the consultation, if the caller runs it.

    Raises:
        NotPermitted: they may know of it, no more.
    """
    row, actor = consultation_of(context, tk.get_or_bust(data_dict, "id"))
    tk.check_access("consultation_update", context, {"roles": actor.roles})
    if Role.PUBLISHER not in actor.roles:
        raise NotPermitted
    return row, actor


def _listed(context: Context, row: Consultation) -> dict[str, Any]:
    session = context["session"]
    roles: dict[str, list[str]] = {}
    for member in consultations.members(session, row.id):
        roles.setdefault(member.user_id, []).append(member.role)
    people = reviewing.people_of(session, roles) if roles else {}
    return {
        "results": [
            {
                "user_id": user_id,
                "name": people[user_id].name if user_id in people else None,
                "title": people[user_id].display_name if user_id in people else None,
                "roles": held,
            }
            for user_id, held in roles.items()
        ]
    }

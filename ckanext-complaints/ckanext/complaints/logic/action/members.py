"""Who works in which unit: admitted and removed by stewards and leads, never by sysadmins."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession, Context, DataDict

from ckanext.complaints.domain.network import (
    LastSteward,
    NoSuchUnit,
    NotOneself,
    Role,
    UserNotFound,
    check_role,
)
from ckanext.complaints.logic import changing, leaving
from ckanext.complaints.logic.roles import user_id_of
from ckanext.complaints.model import members, network
from ckanext.complaints.model.members import Held
from ckanext.complaints.model.network import Unit
from ckanext.opengov.shared import second_factor
from ckanext.opengov.shared.domain.fields import one_of, wished
from ckanext.opengov.shared.domain.moments import as_utc
from ckanext.opengov.shared.domain.second_factor import State
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["complaint_member_admit", "complaint_member_list", "complaint_member_remove"]


@tk.side_effect_free
@domain_action
def complaint_member_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return who works in a unit, the longest there first: for its members and for stewards.

    Each of ``results`` is ``{"user_id", "name", "title", "roles", "has_second_factor"}``, the
    roles as ``{"role", "since"}``. Without a second factor nobody can act as what they are.

    Args:
        unit_id (str): id of the unit
    """
    session = context["session"]
    tk.check_access("complaint_staff", context, data_dict)
    unit = changing.asked_unit(session, data_dict.get("unit_id"))
    tk.check_access("complaint_member_list", context, {"unit_id": unit.id})
    return _listed(session, unit)


@domain_action
def complaint_member_admit(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Give someone a role in a unit; return its people as ``_member_list`` does.

    For stewards, and for leads who admit handlers and clerks to their own unit; nobody admits
    themselves. In a browser's session with a second factor alone.

    Args:
        unit_id (str): id of the unit
        user (str): name or id of the account
        role (str): ``handler``, ``lead``, ``clerk``, ``supervisor`` or ``steward``
    """
    session = context["session"]
    tk.check_access("complaint_staff", context, data_dict)
    unit = changing.asked_unit(session, data_dict.get("unit_id"), lock=True)
    role = one_of(data_dict.get("role"), list(Role), "role")
    tk.check_access("complaint_member_admit", context, {"unit_id": unit.id, "role": role})
    if not unit.active:
        raise NoSuchUnit(field="unit_id")
    user, actor_id = changing.asked_user(data_dict.get("user")), user_id_of(context)
    body = network.body(session, unit.org_id)
    check_role(unit.kind, role, is_top=body is not None and body.parent_org_id is None)
    if user.id == actor_id:
        raise NotOneself
    at = network.now(session)
    if members.admit(session, unit, user.id, role, at):
        changing.note(session, unit.id, "member-admit", actor_id, at, user=user.id, role=role)
    session.commit()
    return _listed(session, unit)


@domain_action
def complaint_member_remove(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Take a role from someone, or all in a unit, at once; return the people who are left.

    For those who may admit to the role, and for everyone who leaves. Cases given to who works
    there no more are given to nobody, and the leads are told. The last lead of a unit
    with open cases goes only if its coordinator takes them over.

    Args:
        unit_id (str): id of the unit
        user (str): name or id of the account, also of one that is deleted
        role (str, optional): the one to take; all by default
        coordinator_takes_over (bool, optional): let the coordinator get the open cases
    """
    session = context["session"]
    tk.check_access("complaint_staff", context, data_dict)
    unit = changing.asked_unit(session, data_dict.get("unit_id"), lock=True)
    role = one_of(data_dict["role"], list(Role), "role") if data_dict.get("role") else ""
    user_id = _id_of(data_dict.get("user"))
    roles = members.noted(session, unit.id, user_id, role)
    asked = {"unit_id": unit.id, "user_id": user_id, "roles": roles}
    tk.check_access("complaint_member_remove", context, asked)
    if not roles:
        raise UserNotFound
    actor_id = user_id_of(context)
    _check_last(session, unit, user_id, roles, data_dict, actor_id)
    at = network.now(session)
    for gone in members.remove(session, unit.id, user_id, role):
        changing.note(session, unit.id, "member-remove", actor_id, at, user=user_id, role=gone)
    leaving.end_work(session, unit, user_id, at)
    session.commit()
    if user_id == actor_id:
        return {"results": []}
    return _listed(session, unit)


def _id_of(asked: object) -> str:
    """Return the id of an account, though it be gone: what is no name is an id."""
    try:
        return str(changing.asked_user(asked, was_once=True).id)
    except UserNotFound:
        return str(asked or "")


def _check_last(
    session: AlchemySession,
    unit: Unit,
    user_id: str,
    roles: list[str],
    asked: DataDict,
    actor_id: str | None,
) -> None:
    if Role.STEWARD in roles:
        others = members.holders(session, Role.STEWARD)
        if all((each.user_id, each.unit_id) == (user_id, unit.id) for each in others):
            raise LastSteward
    leads = leaving.leads_of(session, unit.id)
    if Role.LEAD in roles and user_id in leads:
        is_taken_over = wished(asked, "coordinator_takes_over")
        leaving.check(session, unit, leads - {user_id}, actor_id, is_taken_over=is_taken_over)


def _listed(session: AlchemySession, unit: Unit) -> dict[str, Any]:
    people: dict[str, list[Held]] = {}
    for each in members.members_of(session, [unit.id]):
        people.setdefault(each.user_id, []).append(each)
    return {"results": [_person(session, user_id, held) for user_id, held in people.items()]}


def _person(session: AlchemySession, user_id: str, held: list[Held]) -> dict[str, Any]:
    user = ckan_model.User.get(user_id)
    return {
        "user_id": user_id,
        "name": user.name if user else None,
        "title": user.display_name if user else None,
        "roles": [{"role": each.role, "since": as_utc(each.since)} for each in held],
        "has_second_factor": second_factor.standing(session, user_id).state is State.ON,
    }

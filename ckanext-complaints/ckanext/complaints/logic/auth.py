"""Who may call the actions of complaints. Each says that a sysadmin as such has no part.

An action finds the case first, and says "not found" of what the caller may not know of.
"""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context, DataDict

from ckanext.complaints.domain.network import WORKERS, Role
from ckanext.complaints.logic.roles import TAKERS, actor


@tk.auth_sysadmins_check
@tk.auth_allow_anonymous_access
def complaint_body_list(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone see which bodies answer complaints."""
    return {"success": True}


@tk.auth_sysadmins_check
@tk.auth_allow_anonymous_access
def complaint_category_list(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone see what one can complain about, by which questions and in what time."""
    return {"success": True}


@tk.auth_sysadmins_check
def complaint_staff(context: Context, _data_dict: DataDict) -> AuthResult:
    """Let those who work in the network see its units, and who works there."""
    return {"success": actor(context).is_staff}


@tk.auth_sysadmins_check
def complaint_steward(context: Context, _data_dict: DataDict) -> AuthResult:
    """Let stewards change the network."""
    return {"success": actor(context).is_steward}


@tk.auth_sysadmins_check
def complaint_member_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Let stewards see the members of all units, and others those of their own."""
    roles = actor(context)
    return {"success": roles.is_steward or bool(roles.in_unit(data_dict["unit_id"]))}


@tk.auth_sysadmins_check
def complaint_member_admit(context: Context, data_dict: DataDict) -> AuthResult:
    """Let stewards give all roles, and leads those of the people whom they lead."""
    return {"success": actor(context).may_admit(data_dict["unit_id"], data_dict["role"])}


@tk.auth_sysadmins_check
def complaint_member_remove(context: Context, data_dict: DataDict) -> AuthResult:
    """Let those remove who may admit, and everyone leave."""
    roles = actor(context)
    unit_id, held = data_dict["unit_id"], data_dict["roles"]
    is_leaving = data_dict["user_id"] == roles.user_id and bool(roles.in_unit(unit_id))
    may = bool(held) and all(roles.may_admit(unit_id, role) for role in held)
    return {"success": is_leaving or may}


@tk.auth_sysadmins_check
def complaint_calendar(context: Context, data_dict: DataDict) -> AuthResult:
    """Let stewards change the calendar, and leads that of their own body."""
    roles = actor(context)
    is_own = data_dict.get("org_id") in roles.bodies(Role.LEAD)
    return {"success": roles.is_steward or is_own}


@tk.auth_sysadmins_check
@tk.auth_allow_anonymous_access
def complaint_submit(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone file a complaint: nobody is asked who they are."""
    return {"success": True}


@tk.auth_sysadmins_check
def complaint_intake_record(context: Context, _data_dict: DataDict) -> AuthResult:
    """Let clerks and leads write down what somebody complains about."""
    return {"success": bool(actor(context).units(*TAKERS))}


@tk.auth_sysadmins_check
@tk.auth_allow_anonymous_access
def complaint_track(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone try; the action looks at the two numbers."""
    return {"success": True}


@tk.auth_sysadmins_check
def complaint_program(context: Context, data_dict: DataDict) -> AuthResult:
    """Let leads make and end tokens for programs of their own units; programs make none."""
    units = actor(context).units(Role.LEAD)
    return {"success": data_dict["unit_id"] in units if "unit_id" in data_dict else bool(units)}


@tk.auth_sysadmins_check
def complaint_list(context: Context, _data_dict: DataDict) -> AuthResult:
    """Let those list and open cases who work on some; which, their units say."""
    return {"success": bool(actor(context).units(*WORKERS))}


@tk.auth_sysadmins_check
def complaint_hold(context: Context, _data_dict: DataDict) -> AuthResult:
    """Let supervisors and stewards keep cases from being deleted; which, the action says."""
    roles = actor(context)
    return {"success": roles.is_steward or bool(roles.units(Role.SUPERVISOR))}


@tk.auth_sysadmins_check
def complaint_template(context: Context, _data_dict: DataDict) -> AuthResult:
    """Let those use templates who answer, and stewards; who writes which, the action asks."""
    roles = actor(context)
    return {"success": roles.is_steward or bool(roles.units(*WORKERS))}


@tk.auth_sysadmins_check
def complaint_oversee(context: Context, _data_dict: DataDict) -> AuthResult:
    """Let supervisors and stewards see how dates are kept; of which bodies, their units say."""
    roles = actor(context)
    return {"success": roles.is_steward or bool(roles.units(Role.SUPERVISOR))}


@tk.auth_sysadmins_check
@tk.auth_allow_anonymous_access
def complaint_statistics(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone see how public bodies keep their dates."""
    return {"success": True}

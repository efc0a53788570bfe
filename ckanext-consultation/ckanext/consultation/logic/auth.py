"""Who may call the actions of consultations. Which step is possible when, the table says.

An action finds the consultation first, and says "not found" of what the caller may not know of.
"""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context, DataDict

from ckanext.consultation.logic.access import may_try, user_id_of
from ckanext.consultation.model import moderation


@tk.auth_allow_anonymous_access
def consultation_show(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone read what is public."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def consultation_list(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone list what is public."""
    return {"success": True}


def consultation_create(context: Context, data_dict: DataDict) -> AuthResult:
    """Let whoever writes datasets of the body draft its consultations."""
    try:
        tk.check_access("package_create", context, {"owner_org": data_dict["owner_org"]})
    except tk.NotAuthorized:
        return {"success": False}
    return {"success": True}


def consultation_work_list(context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone with an account see what waits for them."""
    return {"success": user_id_of(context) is not None}


def consultation_update(_context: Context, data_dict: DataDict) -> AuthResult:
    """Let those who work in the consultation try; the table asks for their role."""
    return {"success": bool(data_dict["roles"])}


@tk.auth_allow_anonymous_access
def consultation_comment_show(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone read what is public."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def consultation_comment_list(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone read what is public."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def consultation_comment_create(context: Context, data_dict: DataDict) -> AuthResult:
    """Let account holders and guests take part; the clock says when."""
    return {"success": may_try(context, data_dict)}


@tk.auth_allow_anonymous_access
def consultation_comment_update(context: Context, data_dict: DataDict) -> AuthResult:
    """Let account holders and guests try; a comment belongs to its author."""
    return {"success": may_try(context, data_dict)}


@tk.auth_allow_anonymous_access
def consultation_comment_vote(context: Context, data_dict: DataDict) -> AuthResult:
    """Let account holders and guests take part; the clock says when."""
    return {"success": may_try(context, data_dict)}


@tk.auth_allow_anonymous_access
def consultation_comment_report(context: Context, data_dict: DataDict) -> AuthResult:
    """Let account holders and guests report what they read."""
    return {"success": may_try(context, data_dict)}


def consultation_follow_create(context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone with an account follow what is public."""
    return {"success": user_id_of(context) is not None}


def consultation_follow_list(context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone with an account see what they follow."""
    return {"success": user_id_of(context) is not None}


@tk.auth_allow_anonymous_access
def consultation_follow_show(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone ask; visitors follow nothing."""
    return {"success": True}


@tk.auth_sysadmins_check
def consultation_review_list(context: Context, _data_dict: DataDict) -> AuthResult:
    """Let whoever moderates some consultation in; of others they learn nothing there."""
    user_id = user_id_of(context)
    may = bool(user_id) and moderation.moderates(context["session"], str(user_id))
    return {"success": may}


@tk.auth_allow_anonymous_access
def consultation_appeal_create(context: Context, data_dict: DataDict) -> AuthResult:
    """Let account holders and guests try; a decision is appealed against by the author."""
    return {"success": may_try(context, data_dict)}


@tk.auth_allow_anonymous_access
def consultation_comment_mine_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Let account holders and guests read what they said themselves."""
    return {"success": may_try(context, data_dict)}


def consultation_participation_list(context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone with an account see where they took part."""
    return {"success": user_id_of(context) is not None}


@tk.auth_allow_anonymous_access
def consultation_participant_export(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone try: who took no part finds nothing."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def consultation_participant_erase(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone try: who took no part has nothing to erase."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def consultation_moderation_log_list(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone read how is moderated."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def consultation_transparency_show(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone read how is moderated."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def consultation_participant_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Let account holders and guests see how others see them."""
    return {"success": may_try(context, data_dict)}


@tk.auth_allow_anonymous_access
def consultation_participant_update(context: Context, data_dict: DataDict) -> AuthResult:
    """Let account holders and guests choose how they are called."""
    return {"success": may_try(context, data_dict)}


@tk.auth_allow_anonymous_access
def consultation_guest_ask(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone try; the consultation says whether it takes guests."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def consultation_guest_confirm(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone try who has a link: it is the permission."""
    return {"success": True}


def consultation_export_create(context: Context, data_dict: DataDict) -> AuthResult:
    """Let whoever writes datasets of the body; the rules ask that they publish for it too."""
    try:
        tk.check_access("package_create", context, {"owner_org": data_dict["owner_org"]})
    except tk.NotAuthorized:
        return {"success": False}
    return {"success": True}

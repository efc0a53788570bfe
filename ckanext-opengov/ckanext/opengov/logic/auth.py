"""Who may call the suite's actions. Which step is possible when, the transition table says."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AuthFunction, AuthResult, Context, DataDict

from ckanext.opengov.model import publication
from ckanext.opengov.shared import second_factor


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def package_show(up: AuthFunction, context: Context, data_dict: DataDict | None) -> AuthResult:
    """Say "not found" of what the caller may not see: "not allowed" would give it away."""
    answer = up(context, data_dict or {})
    if not answer["success"]:
        raise tk.ObjectNotFound(tk._("Dataset not found"))
    return answer


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def resource_show(up: AuthFunction, context: Context, data_dict: DataDict | None) -> AuthResult:
    """Say "not found" of a file that was taken away: its table may still be there for a moment."""
    # While it is held here, CKAN gets it without a query.
    resource = ckan_model.Resource.get((data_dict or {}).get("id") or "")
    answer = up(context, data_dict or {})
    if resource is not None and resource.state != "active":
        raise tk.ObjectNotFound(tk._("Resource not found"))
    return answer


def _by_package_update(context: Context, data_dict: DataDict) -> AuthResult:
    try:
        tk.check_access("package_update", context, {"id": data_dict["id"]})
    except tk.NotAuthorized:
        return {"success": False}
    return {"success": True}


def opengov_dataset_start(context: Context, data_dict: DataDict) -> AuthResult:
    """Let whoever may create datasets begin one."""
    given = {"owner_org": data_dict["owner_org"]} if data_dict.get("owner_org") else None
    try:
        tk.check_access("package_create", context, given)
    except tk.NotAuthorized:
        return {"success": False}
    return {"success": True}


def opengov_dataset_tasks(context: Context, data_dict: DataDict) -> AuthResult:
    """Show what is left to do to the body's own people."""
    return _by_package_update(context, data_dict)


def opengov_dataset_submit(context: Context, data_dict: DataDict) -> AuthResult:
    """Let whoever may edit the dataset submit it."""
    return _by_package_update(context, data_dict)


def opengov_dataset_return(context: Context, data_dict: DataDict) -> AuthResult:
    """Let the body's people try; the table asks for a reviewer."""
    return _by_package_update(context, data_dict)


def opengov_dataset_publish(context: Context, data_dict: DataDict) -> AuthResult:
    """Let the body's people try; the table asks for a reviewer who is no author."""
    return _by_package_update(context, data_dict)


def opengov_dataset_withdraw(context: Context, data_dict: DataDict) -> AuthResult:
    """Let the body's people try; the table asks for a reviewer."""
    return _by_package_update(context, data_dict)


def opengov_dataset_history(context: Context, data_dict: DataDict) -> AuthResult:
    """Show who did what to the body's own people."""
    return _by_package_update(context, data_dict)


def opengov_revision_create(context: Context, data_dict: DataDict) -> AuthResult:
    """Let whoever may edit the dataset prepare a change to it."""
    return _by_package_update(context, data_dict)


def opengov_revision_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Show changes to the body's own people."""
    return _by_package_update(context, data_dict)


def opengov_revision_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Show changes to the body's own people."""
    return _by_package_update(context, data_dict)


def opengov_revision_discard(context: Context, data_dict: DataDict) -> AuthResult:
    """Let whoever may edit the dataset give up a change to it."""
    return _by_package_update(context, data_dict)


def opengov_revision_diff(context: Context, data_dict: DataDict) -> AuthResult:
    """Show what a change brings to the body's own people."""
    return _by_package_update(context, data_dict)


def opengov_revision_compare(context: Context, data_dict: DataDict) -> AuthResult:
    """Let whoever may edit the dataset have files compared."""
    return _by_package_update(context, data_dict)


@tk.auth_allow_anonymous_access
def opengov_review_reason_list(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone read the list."""
    return {"success": True}


def opengov_review_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Show the state of the review to the body's own people."""
    return _by_package_update(context, data_dict)


def opengov_review_list(context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone who is signed in see what waits for them."""
    return {"success": bool(context.get("user"))}


def opengov_standing_request(context: Context, data_dict: DataDict) -> AuthResult:
    """Let whoever may edit the dataset ask; the action asks for a member of the body."""
    return _by_package_update(context, data_dict)


def opengov_standing_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Show approvals, and let try to decide or end them, the body's own people."""
    return _by_package_update(context, data_dict)


def opengov_standing_list(context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone who is signed in see those of their bodies."""
    return {"success": bool(context.get("user"))}


def opengov_table_upsert(context: Context, data_dict: DataDict) -> AuthResult:
    """Let whoever may edit the dataset try; the approval asks for a member of the body."""
    return _by_package_update(context, data_dict)


def opengov_upload_create(context: Context, data_dict: DataDict) -> AuthResult:
    """Let whoever may edit the dataset send files to it."""
    return _by_package_update(context, data_dict)


def opengov_validation_run(context: Context, data_dict: DataDict) -> AuthResult:
    """Let whoever may edit the dataset check its files."""
    return _by_package_update(context, data_dict)


def opengov_validation_waive(context: Context, data_dict: DataDict) -> AuthResult:
    """Let the body's people try; the rule asks for a reviewer who is no author."""
    return _by_package_update(context, data_dict)


def opengov_validation_waiver_revoke(context: Context, data_dict: DataDict) -> AuthResult:
    """Let the body's people try; the rule asks for a reviewer."""
    return _by_package_update(context, data_dict)


def opengov_validation_waiver_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Show waivers to the body's own people."""
    return _by_package_update(context, data_dict)


def opengov_repair_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Show repairs to the body's own people."""
    return _by_package_update(context, data_dict)


def opengov_repair_apply(context: Context, data_dict: DataDict) -> AuthResult:
    """Let whoever may edit the dataset repair its files."""
    return _by_package_update(context, data_dict)


def opengov_repair_undo(context: Context, data_dict: DataDict) -> AuthResult:
    """Let whoever may edit the dataset take repairs back."""
    return _by_package_update(context, data_dict)


def opengov_validation_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Show findings to the body's own people."""
    return _by_package_update(context, data_dict)


@tk.auth_allow_anonymous_access
def opengov_row_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Let whoever may see the resource read its table, as CKAN's DataStore does."""
    tk.check_access("resource_show", context, {"id": data_dict["resource_id"]})
    return {"success": True}


@tk.auth_allow_anonymous_access
def opengov_table_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Let whoever may see the resource know its table."""
    tk.check_access("resource_show", context, {"id": data_dict["resource_id"]})
    return {"success": True}


@tk.auth_allow_anonymous_access
def opengov_dataset_list(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone list what is public."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def opengov_search(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone search; each kind shows what the caller may see."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def opengov_version_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Let whoever may see the dataset read when it was published."""
    tk.check_access("package_show", context, {"id": data_dict["id"]})
    return {"success": True}


@tk.auth_allow_anonymous_access
def opengov_sitemap_show(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone find what is public."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def opengov_licence_list(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone read the register."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def opengov_licence_check(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone ask."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def opengov_schema_list(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone read the catalogue of schemas."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def opengov_schema_show(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone read the catalogue of schemas."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def opengov_schema_match(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone ask with names of columns; the action asks whose a file is."""
    return {"success": True}


def opengov_schema_publish(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let sysadmins alone change the catalogue of schemas."""
    return {"success": False}


opengov_schema_deprecate = opengov_schema_restore = opengov_schema_publish


def opengov_validation_finding_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Show findings to the body's own people."""
    return _by_package_update(context, data_dict)


def _own_account(context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone who is signed in act on their own account."""
    return {"success": bool(context.get("user"))}


def opengov_two_factor_begin(context: Context, data_dict: DataDict) -> AuthResult:
    """Let everyone who is signed in prepare a key for their app."""
    return _own_account(context, data_dict)


def opengov_two_factor_confirm(context: Context, data_dict: DataDict) -> AuthResult:
    """Let everyone who is signed in turn on their second factor."""
    return _own_account(context, data_dict)


def opengov_two_factor_disable(context: Context, data_dict: DataDict) -> AuthResult:
    """Let everyone who is signed in turn off their own."""
    return _own_account(context, data_dict)


def opengov_two_factor_recovery(context: Context, data_dict: DataDict) -> AuthResult:
    """Let everyone who is signed in make recovery codes of their own."""
    return _own_account(context, data_dict)


def opengov_two_factor_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Let everyone who is signed in see where their own stands."""
    return _own_account(context, data_dict)


def opengov_two_factor_trust(context: Context, data_dict: DataDict) -> AuthResult:
    """Let everyone who is signed in choose who may help them."""
    return _own_account(context, data_dict)


def _as_admin(context: Context, data_dict: DataDict) -> AuthResult:
    """Let the administrators of the body, and no sysadmin who is none."""
    user = context.get("auth_user_obj") or ckan_model.User.get(context.get("user"))
    roles = publication.roles_in(context["session"], data_dict["id"])
    return {"success": roles.get(getattr(user, "id", "")) == "admin"}


def opengov_resource_schema_update(context: Context, data_dict: DataDict) -> AuthResult:
    """Let whoever may edit the dataset describe the columns of its files."""
    return _by_package_update(context, data_dict)


@tk.auth_sysadmins_check
def opengov_policy_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Show a body's policy to its members and sysadmins; the country's to all signed in."""
    user = ckan_model.User.get(context.get("user"))
    if user is None or not data_dict["id"] or user.sysadmin:
        return {"success": user is not None}
    return {"success": user.id in publication.roles_in(context["session"], data_dict["id"])}


@tk.auth_sysadmins_check
def opengov_policy_update(context: Context, data_dict: DataDict) -> AuthResult:
    """Let the administrators of the body; of the country's, sysadmins."""
    if data_dict["id"]:
        return _as_admin(context, data_dict)
    user = ckan_model.User.get(context.get("user"))
    return {"success": user is not None and user.sysadmin}


@tk.auth_sysadmins_check
def opengov_two_factor_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Show who has a second factor to the administrators of the body."""
    return _as_admin(context, data_dict)


@tk.auth_sysadmins_check
def opengov_two_factor_reset(context: Context, data_dict: DataDict) -> AuthResult:
    """Let the administrators of the body help; the action asks who made them so."""
    return _as_admin(context, data_dict)


@tk.chained_auth_function
@tk.auth_sysadmins_check
def api_token_create(up: AuthFunction, context: Context, data_dict: DataDict | None) -> AuthResult:
    """Make tokens of people with a second factor a matter of their own verified sessions."""
    data_dict = data_dict or {}
    session, owner = context["session"], ckan_model.User.get(data_dict["user"])
    caller = ckan_model.User.get(context.get("user"))
    if owner is None or not second_factor.is_needed(session, owner):
        is_sysadmin = caller is not None and caller.sysadmin
        return {"success": True} if is_sysadmin else up(context, data_dict)
    answer = up(context, data_dict)
    if answer["success"] and not second_factor.is_verified(session, owner.id):
        message = tk._("Sign in with your second step in a browser to make a token.")
        return {"success": False, "msg": message}
    return answer


def opengov_notice_list(context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone who is signed in read what they were told."""
    return {"success": bool(context.get("user"))}


def opengov_notice_read(context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone who is signed in mark what they read."""
    return {"success": bool(context.get("user"))}


def opengov_notice_settings_show(context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone who is signed in see how they are told of things."""
    return {"success": bool(context.get("user"))}


def opengov_notice_settings_update(context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone who is signed in choose how they are told of things."""
    return {"success": bool(context.get("user"))}


@tk.auth_allow_anonymous_access
def opengov_unsubscribe(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let whoever has the link of a mail use it."""
    return {"success": True}


def opengov_work_list(context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone who is signed in see what is to do in their bodies."""
    return {"success": bool(context.get("user"))}

"""Who may call the suite's actions. Which step is possible when, the transition table says."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan.types import AuthFunction, AuthResult, Context, DataDict


@tk.chained_auth_function
@tk.auth_allow_anonymous_access
def package_show(up: AuthFunction, context: Context, data_dict: DataDict | None) -> AuthResult:
    """Say "not found" of what the caller may not see: "not allowed" would give it away."""
    answer = up(context, data_dict or {})
    if not answer["success"]:
        raise tk.ObjectNotFound(tk._("Dataset not found"))
    return answer


def _by_package_update(context: Context, data_dict: DataDict) -> AuthResult:
    try:
        tk.check_access("package_update", context, {"id": data_dict["id"]})
    except tk.NotAuthorized:
        return {"success": False}
    return {"success": True}


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


def opengov_validation_run(context: Context, data_dict: DataDict) -> AuthResult:
    """Let whoever may edit the dataset check its files."""
    return _by_package_update(context, data_dict)


def opengov_validation_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Show findings to the body's own people."""
    return _by_package_update(context, data_dict)


@tk.auth_allow_anonymous_access
def opengov_body_search(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone look for a body."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def opengov_row_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Let whoever may see the resource read its table, as CKAN's DataStore does."""
    tk.check_access("resource_show", context, {"id": data_dict["resource_id"]})
    return {"success": True}


@tk.auth_allow_anonymous_access
def opengov_version_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Let whoever may see the dataset read when it was published."""
    tk.check_access("package_show", context, {"id": data_dict["id"]})
    return {"success": True}


@tk.auth_allow_anonymous_access
def opengov_licence_list(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone read the register."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def opengov_licence_check(_context: Context, _data_dict: DataDict) -> AuthResult:
    """Let everyone ask."""
    return {"success": True}


def opengov_validation_finding_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Show findings to the body's own people."""
    return _by_package_update(context, data_dict)

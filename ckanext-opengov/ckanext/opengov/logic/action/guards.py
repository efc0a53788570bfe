"""CKAN's own write actions, held to the review: only the suite's steps move a dataset's state.

A published dataset is changed by an approved revision alone. Whoever calls one
of these actions on it, a sysadmin included, is told which way to go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import Action, Context, DataDict

from ckanext.opengov.domain.membership import RoleGiven
from ckanext.opengov.domain.publication import (
    State,
    StateMovedElsewhere,
    check_editable,
)
from ckanext.opengov.logic import described
from ckanext.opengov.logic.changes import DROP
from ckanext.opengov.logic.steps import is_by_the_suite, package_of, state_of
from ckanext.opengov.logic.visibility import masked
from ckanext.opengov.model import publication
from ckanext.opengov.shared import jobs
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.moments import utc_now
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = [
    "dataset_purge",
    "datastore_create",
    "datastore_delete",
    "datastore_records_delete",
    "datastore_upsert",
    "member_create",
    "member_delete",
    "organization_update",
    "package_collaborator_create",
    "package_create",
    "package_delete",
    "package_owner_org_update",
    "package_update",
    "resource_delete",
    "resource_view_create",
    "resource_view_delete",
    "resource_view_reorder",
    "resource_view_update",
]


class NotResources(DomainError):
    """The files of a dataset are a list of objects."""

    code = "no-list"
    field = "resources"
    template = N_("Give a list of files, each an object.")


class TableComesFromFile(DomainError):
    """Nobody writes rows past the check of the file."""

    code = "table-comes-from-file"
    field = "resource_id"
    template = N_(
        "This table is made from the checked file of the dataset."
        " Upload a corrected file instead (opengov_revision_create)."
    )


def _refuse_foreign_state(data_dict: DataDict, stored: str) -> None:
    if data_dict.get("state") not in (None, "", stored):
        raise StateMovedElsewhere


def _refuse_what_is_no_list(data_dict: DataDict) -> None:
    """Refuse what CKAN would stumble over."""
    resources = data_dict.get("resources") or []
    if not isinstance(resources, list) or not all(isinstance(each, dict) for each in resources):
        raise NotResources


def _check_editable(context: Context, package: ckan_model.Package) -> None:
    """Refuse a change to what is under review, published or withdrawn; hold the row's lock."""
    row = publication.find(context["session"], package.id, lock=True)
    check_editable(state_of(row))


@tk.chained_action
@domain_action
def package_create(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Create a draft. It is published by review: see ``opengov_dataset_submit``."""
    _refuse_foreign_state(data_dict, "draft")
    _refuse_what_is_no_list(data_dict)
    described.fill_in(data_dict, None)
    context["allow_state_change"] = True
    data_dict["state"] = "draft"
    return up(context, data_dict)


@tk.chained_action
@domain_action
def package_update(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Change a draft or returned dataset; ``state`` follows the review.

    ``package_patch``, ``package_revise``, the resource actions, the bulk
    actions and CKAN's forms all end here.
    """
    if is_by_the_suite():
        described.fill_in(data_dict, ckan_model.Package.get(data_dict["id"]))
        return up(context, data_dict)
    package = package_of(context, data_dict.get("id") or data_dict.get("name") or "")
    tk.check_access("package_update", context, {"id": package.id})
    _check_editable(context, package)
    # CKAN's own form buttons ask for a state by this key, and cannot show an error.
    if not context.pop("allow_state_change", False):
        _refuse_foreign_state(data_dict, package.state)
    data_dict["state"] = package.state
    _refuse_what_is_no_list(data_dict)
    for resource in data_dict.get("resources") or []:
        if "upload_id" in resource:
            # An upload in pieces serves the dataset that it was sent to.
            resource["package_id"] = package.id
    described.fill_in(data_dict, package)
    return up(context, data_dict)


@tk.chained_action
@domain_action
def package_delete(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Throw away a draft. A published dataset is withdrawn: see ``opengov_dataset_withdraw``."""
    package = package_of(context, tk.get_or_bust(data_dict, "id"))
    tk.check_access("package_delete", context, {"id": package.id})
    _check_editable(context, package)
    return up(context, data_dict)


@tk.chained_action
@domain_action
def dataset_purge(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Erase a draft, or what was withdrawn."""
    package = ckan_model.Package.get(tk.get_or_bust(data_dict, "id"))
    tk.check_access("dataset_purge", context, data_dict)
    if package is not None:
        state = state_of(publication.find(context["session"], package.id, lock=True))
        if state is not State.WITHDRAWN:
            check_editable(state)
        for resource in package.resources_all:
            jobs.enqueue(context["session"], DROP, resource.id, now=utc_now())
    return up(context, data_dict)


@tk.chained_action
@domain_action
def package_owner_org_update(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Give a draft to another body."""
    package = ckan_model.Package.get(tk.get_or_bust(data_dict, "id"))
    moves = package is not None and package.owner_org != data_dict.get("organization_id")
    if package is not None and moves:
        tk.check_access("package_owner_org_update", context, data_dict)
        _check_editable(context, package)
    return up(context, data_dict)


def _checked(
    context: Context, data_dict: DataDict, package_id_of: Callable[[DataDict], str | None]
) -> DataDict:
    """Refuse a dataset that may not be edited now; return the input, what is hidden left out."""
    if is_by_the_suite():
        return data_dict
    data_dict = masked(context, data_dict)
    package_id = package_id_of(data_dict)
    if package_id:
        package = package_of(context, package_id)
        tk.check_access("package_update", context, {"id": package.id})
        _check_editable(context, package)
    return data_dict


def _guarded(name: str, package_id_of: Callable[[DataDict], str | None]) -> Any:
    """Wrap the action ``name`` so that it refuses datasets that may not be edited now."""

    @tk.chained_action
    @domain_action
    def guard(up: Action, context: Context, data_dict: DataDict) -> Any:
        return up(context, _checked(context, data_dict, package_id_of))

    guard.__name__ = guard.__qualname__ = name
    guard.__doc__ = f"Let CKAN's ``{name}`` change drafts and returned datasets only."
    return guard


def _package_of_resource(resource_id: str | None) -> str | None:
    resource = ckan_model.Resource.get(resource_id) if resource_id else None
    return None if resource is None else resource.package_id


def _by_resource(data_dict: DataDict) -> str | None:
    return _package_of_resource(data_dict.get("resource_id") or data_dict.get("id"))


def _by_view(data_dict: DataDict) -> str | None:
    view = ckan_model.ResourceView.get(data_dict.get("id") or "")
    return None if view is None else _package_of_resource(view.resource_id)


def _by_member(data_dict: DataDict) -> str | None:
    is_package = data_dict.get("object_type") == "package"
    package = ckan_model.Package.get(data_dict.get("object")) if is_package else None
    return None if package is None else package.id


def _by_dataset(data_dict: DataDict) -> str:
    package = ckan_model.Package.get(tk.get_or_bust(data_dict, "id"))
    if package is None:
        raise tk.ObjectNotFound(tk._("Dataset not found"))
    return str(package.id)


# The other resource actions end in package_update; this one stumbles over its error.
resource_delete = _guarded("resource_delete", _by_resource)
resource_view_create = _guarded("resource_view_create", _by_resource)
resource_view_reorder = _guarded("resource_view_reorder", _by_resource)
resource_view_delete = _guarded("resource_view_delete", _by_view)
member_delete = _guarded("member_delete", _by_member)
package_collaborator_create = _guarded("package_collaborator_create", _by_dataset)


@tk.chained_action
@domain_action
def resource_view_update(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Change a view of a draft's file. It stays on that file: another may be published."""
    data_dict = _checked(context, data_dict, _by_view)
    view = ckan_model.ResourceView.get(data_dict.get("id") or "")
    return up(context, {**data_dict, "resource_id": view.resource_id} if view else data_dict)


def _no_table_writes(name: str) -> Any:
    """Wrap the DataStore action ``name`` so that only the suite writes tables."""

    @tk.chained_action
    @domain_action
    def guard(up: Action, context: Context, data_dict: DataDict) -> Any:
        if not is_by_the_suite():
            raise TableComesFromFile
        return up(context, data_dict)

    guard.__name__ = guard.__qualname__ = name
    guard.__doc__ = f"Keep CKAN's ``{name}`` for the suite: tables are made from checked files."
    return guard


datastore_create = _no_table_writes("datastore_create")
datastore_upsert = _no_table_writes("datastore_upsert")
datastore_delete = _no_table_writes("datastore_delete")
datastore_records_delete = _no_table_writes("datastore_records_delete")


def _remember_roles(up: Action, context: Context, data_dict: DataDict, body: str | None) -> Any:
    """Call ``up`` and note, in the same transaction, who gave which roles in the body."""
    session, commits_itself = context["session"], not context.get("defer_commit")
    group = ckan_model.Group.get(body) if body else None
    before = publication.roles_in(session, group.id) if group else {}
    answer = up({**context, "defer_commit": True}, data_dict)
    session.flush()
    if group is not None:
        maker = ckan_model.User.get(context["user"])
        for user_id, role in publication.roles_in(session, group.id).items():
            if before.get(user_id) != role:
                given = RoleGiven(
                    user_id=user_id,
                    maker_id=maker.id if maker else None,
                    by_operator=bool(maker and maker.sysadmin),
                )
                publication.add_role_event(session, group.id, given, role, utc_now())
    if commits_itself:
        session.commit()
    return answer


@tk.chained_action
@domain_action
def member_create(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Add a member, and remember who did: an author must not choose the reviewer."""
    package_id = _by_member(data_dict)
    if package_id:
        _check_editable(context, package_of(context, package_id))
        return up(context, data_dict)
    return _remember_roles(up, context, data_dict, data_dict.get("id"))


@tk.chained_action
@domain_action
def organization_update(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Change a body, and remember who gave roles in it: the form may carry ``users``.

    The search index of its datasets follows, which shows its texts.
    """
    group = ckan_model.Group.get(data_dict.get("id"))
    if group is not None:
        tk.check_access("organization_update", context, data_dict)
        described.fill_in_body(data_dict, group)
        jobs.enqueue(context["session"], "opengov.index-body", group.id, now=utc_now())
    return _remember_roles(up, context, data_dict, data_dict.get("id"))

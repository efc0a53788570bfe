"""CKAN's own actions that would tell outsiders of what is not published."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import Action, Context, DataDict

from ckanext.opengov.domain.keywords import plain
from ckanext.opengov.logic.visibility import is_public, masked, may_see
from ckanext.opengov.model import tags
from ckanext.opengov.model.activities import VIEWS
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = [
    "activity_create",
    "dataset_follower_count",
    "member_list",
    "package_collaborator_list",
    "package_patch",
    "package_relationship_create",
    "package_relationship_update",
    "package_resource_reorder",
    "package_revise",
    "resource_create",
    "resource_patch",
    "resource_update",
    "tag_autocomplete",
    "tag_delete",
    "tag_list",
    "tag_show",
    "unfollow_dataset",
]


def _masking(name: str, *, reads: bool = False) -> Any:
    """Wrap the action ``name`` so that it takes hidden datasets for missing ones."""

    @tk.chained_action
    @domain_action
    def action(up: Action, context: Context, data_dict: DataDict) -> Any:
        return up(context, masked(context, data_dict))

    action.__name__ = action.__qualname__ = name
    action.__doc__ = f"CKAN's ``{name}``, to which hidden datasets do not exist."
    return tk.side_effect_free(action) if reads else action


dataset_follower_count = _masking("dataset_follower_count", reads=True)
package_collaborator_list = _masking("package_collaborator_list", reads=True)
package_patch = _masking("package_patch")
package_relationship_create = _masking("package_relationship_create")
package_relationship_update = _masking("package_relationship_update")
package_resource_reorder = _masking("package_resource_reorder")
package_revise = _masking("package_revise")
resource_create = _masking("resource_create")
resource_patch = _masking("resource_patch")
resource_update = _masking("resource_update")
unfollow_dataset = _masking("unfollow_dataset")


@tk.chained_action
def activity_create(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Note an activity, but not about a view of what is not public: everyone would read it."""
    if str(data_dict.get("activity_type", "")).endswith(VIEWS):
        package = ckan_model.Package.get(data_dict.get("object_id"))
        if package is None or not is_public(package):
            tk.check_access("activity_create", context, data_dict)
            return {}
    return up(context, data_dict)


@tk.chained_action
@tk.side_effect_free
def member_list(up: Action, context: Context, data_dict: DataDict) -> Any:
    """List the members of a body or group: of datasets, those that the caller may know of."""
    found = up(context, data_dict)
    ids = [id_ for id_, kind, _capacity in found if kind == "package"]
    of_ids = sa.select(ckan_model.Package).where(ckan_model.Package.id.in_(ids))
    hidden = {
        package.id
        for package in context["session"].scalars(of_ids)
        if not is_public(package) and not may_see(context, package.id)
    }
    return [member for member in found if member[0] not in hidden]


@tk.chained_action
@tk.side_effect_free
def tag_list(up: Action, context: Context, data_dict: DataDict) -> Any:
    """List the tags that stand on something public, and those of vocabularies."""
    found = up(context, data_dict)
    public = tags.public(
        context["session"], [tag["name"] if isinstance(tag, dict) else tag for tag in found]
    )
    return [tag for tag in found if (tag["name"] if isinstance(tag, dict) else tag) in public]


@tk.chained_action
@tk.side_effect_free
def tag_autocomplete(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Offer the tags that stand on something public, and those of vocabularies."""
    typed = {name: plain(data_dict[name]) for name in ("q", "query") if _is_text(data_dict, name)}
    found = up(context, {**data_dict, **typed})
    public = tags.public(context["session"], found)
    return [tag for tag in found if tag in public]


def _is_text(data_dict: DataDict, name: str) -> bool:
    return isinstance(data_dict.get(name), str)


def _check_public(context: Context, data_dict: DataDict) -> None:
    tag = tags.name_of(context["session"], tk.get_or_bust(data_dict, "id"))
    if tag is not None and tag not in tags.public(context["session"], [tag]):
        raise tk.ObjectNotFound(tk._("Tag not found"))


@tk.chained_action
@tk.side_effect_free
def tag_show(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Show a tag that stands on something public, or belongs to a vocabulary."""
    _check_public(context, data_dict)
    return up(context, data_dict)


@tk.chained_action
def tag_delete(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Delete a tag of a vocabulary."""
    _check_public(context, data_dict)
    return up(context, data_dict)

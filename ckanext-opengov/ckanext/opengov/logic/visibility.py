"""What an outsider may not see is treated as if it were not there."""

from __future__ import annotations

import uuid
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import Context, DataDict

from ckanext.opengov import config
from ckanext.opengov.domain.publication import State
from ckanext.opengov.model import publication
from ckanext.opengov.shared.domain.moments import as_utc
from ckanext.opengov.shared.domain.texts import as_texts, pick

ID_KEYS = ("id", "resource_id", "package_id", "object", "subject")


def is_public(package: ckan_model.Package) -> bool:
    """Tell whether everyone may see the dataset."""
    return package.state == "active" and not package.private


def may_see(context: Context, package_id: str) -> bool:
    """Tell whether the caller may know that the dataset exists."""
    try:
        tk.check_access("package_show", context, {"id": package_id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False
    return True


def may_see_by_name(context: Any, id_or_name: str) -> bool:
    """Tell whether there is such a dataset, and the caller may know it."""
    package = ckan_model.Package.get(id_or_name)
    return package is not None and may_see(context, package.id)


def is_hidden(context: Any, id_or_name: str) -> bool:
    """Tell whether this names a dataset or a file that the caller may not know of."""
    package = _package_of(id_or_name)
    # What is public needs no query on who is asking.
    return package is not None and not is_public(package) and not may_see(context, package.id)


def is_gone(resource_id: str) -> bool:
    """Tell whether this is a file that was taken out of its dataset."""
    resource = ckan_model.Resource.get(resource_id)
    return resource is not None and resource.state != "active"


def withdrawal_of(id_or_name: str) -> dict[str, Any] | None:
    """Return what the public reads in the place of a withdrawn dataset; None: it is none."""
    package = ckan_model.Package.get(id_or_name) if id_or_name.isprintable() else None
    session = ckan_model.Session  # noqa: TID251 - a page has no context
    row = publication.find(session, package.id) if package else None
    if package is None or row is None or row.state != State.WITHDRAWN:
        return None
    texts = as_texts((package.extras or {}).get("title_translated")) or {}
    title = pick(texts, [tk.h.lang(), *config.languages()])
    return {"title": title or package.title, "reason": row.reason, "at": as_utc(row.changed_at)}


def masked(context: Context, data_dict: DataDict) -> DataDict:
    """Return the input with a made-up id for each dataset or file that the caller may not see.

    So an action answers exactly as it does for what does not exist.
    """
    seen: dict[str, Any] = {}
    for key in ID_KEYS:
        value = data_dict.get(key)
        if isinstance(value, str) and is_hidden(context, value):
            seen[key] = str(uuid.uuid4())
    return {**data_dict, **seen} if seen else data_dict


def _package_of(id_or_name: str) -> ckan_model.Package | None:
    """Return the dataset that this names, itself or by one of its files."""
    package = ckan_model.Package.get(id_or_name)
    if package is not None:
        return package
    resource = ckan_model.Resource.get(id_or_name)
    return None if resource is None else ckan_model.Package.get(resource.package_id)

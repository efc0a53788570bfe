"""A dataset's texts and name, filled in where the caller left them to the site."""

from __future__ import annotations

import uuid
from types import NoneType
from typing import Any

from ckan import model as ckan_model
from ckan.lib.munge import munge_title_to_name
from ckan.types import DataDict

from ckanext.opengov import config
from ckanext.opengov.domain.translated import DATASET_TEXTS, complete
from ckanext.opengov.logic.validators import NoText

MIN_NAME, MAX_NAME = 3, 80
IDS = ("id", "name", "owner_org", "type")
"""Where CKAN would look up whatever it is given."""


def fill_in(data_dict: DataDict, package: ckan_model.Package | None) -> None:
    """Make the texts agree, and name a dataset that has no name yet."""
    for field in IDS:
        if not isinstance(data_dict.get(field), (str, NoneType)):
            raise NoText(field=field)
    complete(data_dict, _stored(package) if package else {}, config.languages())
    if not data_dict.get("name"):
        data_dict["name"] = package.name if package else _name_for(data_dict.get("title"))


def _stored(package: ckan_model.Package) -> dict[str, Any]:
    texts = {name: getattr(package, name) for name in DATASET_TEXTS}
    resources = [
        {**(each.extras or {}), "id": each.id, "name": each.name} for each in package.resources
    ]
    return {**(package.extras or {}), **texts, "resources": resources}


def _name_for(title: object) -> str:
    """Return a name that no dataset has, like the title where Latin letters allow it."""
    name = munge_title_to_name(title)[:MAX_NAME].strip("-_") if isinstance(title, str) else ""
    suffix = uuid.uuid4().hex[:8]
    if sum(sign.isalnum() for sign in name) < MIN_NAME:
        return f"dataset-{suffix}"
    return f"{name}-{suffix}" if ckan_model.Package.by_name(name) else name

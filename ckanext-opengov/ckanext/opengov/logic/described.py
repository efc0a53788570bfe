"""The texts and name of a dataset or body, filled in where the caller left them to the site."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from types import NoneType
from typing import Any

from ckan import model as ckan_model
from ckan.lib.munge import munge_title_to_name
from ckan.types import DataDict

from ckanext.opengov import config
from ckanext.opengov.domain.keywords import tidy
from ckanext.opengov.domain.translated import (
    BODY_TEXTS,
    DATASET_TEXTS,
    complete,
    keep_unsaid,
)
from ckanext.opengov.model import bodies
from ckanext.opengov.shared.domain.texts import SUFFIX, NoText

MIN_NAME, MAX_NAME = 3, 80
IDS = ("id", "name", "owner_org", "type")
"""Where CKAN would look up whatever it is given."""


def fill_in(data_dict: DataDict, package: ckan_model.Package | None) -> None:
    """Make the texts of a dataset agree, and name one that has no name yet."""
    _refuse_no_text(data_dict)
    tidy(data_dict)
    complete(data_dict, _stored(package) if package else {}, config.languages())
    if not data_dict.get("name"):
        name = _name_for("dataset", data_dict.get("title"), ckan_model.Package.by_name)
        data_dict["name"] = package.name if package else name


def fill_in_body(data_dict: DataDict, group: ckan_model.Group | None) -> None:
    """Make the texts of a body agree, and name one that has no name yet."""
    _refuse_no_text(data_dict)
    stored = _stored_body(group) if group else {}
    is_titled = any(field.startswith("title" + SUFFIX) for field in data_dict)
    if not data_dict.get("title") and not is_titled and "title" not in stored:
        # CKAN shows a body without a title by its name.
        data_dict["title"] = group.title or group.name if group else data_dict.get("name")
    keep_unsaid(data_dict, stored, BODY_TEXTS)
    complete(data_dict, stored, config.languages(), BODY_TEXTS)
    if not data_dict.get("name"):
        name = _name_for("body", data_dict.get("title"), ckan_model.Group.by_name)
        data_dict["name"] = group.name if group else name


def _refuse_no_text(data_dict: DataDict) -> None:
    for field in IDS:
        if not isinstance(data_dict.get(field), (str, NoneType)):
            raise NoText(field=field)


def _stored(package: ckan_model.Package) -> dict[str, Any]:
    texts = {name: getattr(package, name) for name in DATASET_TEXTS}
    resources = [
        {**(each.extras or {}), "id": each.id, "name": each.name} for each in package.resources
    ]
    return {**(package.extras or {}), **texts, "resources": resources}


def _stored_body(group: ckan_model.Group) -> dict[str, Any]:
    """Return what is stored. The texts of a body older than the suite count as new ones."""
    extras = bodies.extras_of(group)
    texts = {name: getattr(group, name) for name in BODY_TEXTS if name + SUFFIX in extras}
    return {**extras, **texts}


def _name_for(kind: str, title: object, find: Callable[[str], Any]) -> str:
    """Return a name that nothing of the kind has, like the title where Latin letters allow it."""
    name = munge_title_to_name(title)[:MAX_NAME].strip("-_") if isinstance(title, str) else ""
    suffix = uuid.uuid4().hex[:8]
    if not any(map(str.isalpha, name)):
        # Of «طرقات 2025» the year is left, which says nothing alone.
        return "-".join(filter(None, (kind, name, suffix)))
    if sum(sign.isalnum() for sign in name) < MIN_NAME:
        return f"{kind}-{suffix}"
    return f"{name}-{suffix}" if find(name) else name

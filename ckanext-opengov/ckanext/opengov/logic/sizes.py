"""How large what waits for a review is: for a whole list, by as many queries as for one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.opengov.logic.candidates import Candidate, candidate
from ckanext.opengov.logic.change import ROWS, size_of, status_of
from ckanext.opengov.logic.comparing import Replacement
from ckanext.opengov.logic.descriptions import compared, described, reordered
from ckanext.opengov.model import differences, files, listed, revisions

CORE = ("title", "notes", "name", "owner_org", "license_id", "type", "url", "version")
PEOPLE = ("author", "author_email", "maintainer", "maintainer_email")
CORE_OF_FILES = ("id", "name", "description", "format", "url", "url_type")

Dataset = dict[str, Any]
Size = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database says of all datasets of the list."""

    datasets: dict[str, Dataset]
    stored: Mapping[str, Any]
    staged: Mapping[str, Mapping[str, Any]]
    counts: Mapping[tuple[str, str, str], Mapping[str, int]]


def sizes(session: AlchemySession, packages: Mapping[str, ckan_model.Package]) -> dict[str, Size]:
    """Return, by dataset id, what :func:`~ckanext.opengov.logic.change.size_of` says of each."""
    open_ones = revisions.open_by_dataset(session, packages)
    datasets = _datasets(session, packages)
    ids = [each["id"] for dataset in datasets.values() for each in dataset["resources"]]
    revision_ids = [revision.id for revision in open_ones.values()]
    known = _Known(
        datasets,
        files.files_of(session, ids),
        revisions.files_by_revision(session, revision_ids),
        {tuple(row[:3]): row.rows or {} for row in differences.counts_of(session, revision_ids)},
    )
    return {each: size_of(_change(known, each, open_ones.get(each))) for each in packages}


def _change(known: _Known, package_id: str, revision: revisions.Revision | None) -> dict[str, Any]:
    live = known.datasets[package_id]
    if revision is None:
        new = [_file("added", {}) for _each in live["resources"]]
        return {"fields": compared({}, described(live)), "files": new}
    proposed = {**live, **_plain(revision.changes)}
    staged = known.staged.get(revision.id, {})
    before = _files(package_id, live["resources"], known.stored)
    after = _files(package_id, proposed["resources"], {**known.stored, **staged})
    found = []
    for resource_id in dict.fromkeys([*after, *before]):
        old, new_one = before.get(resource_id), after.get(resource_id)
        status = status_of(old and old[0], new_one and new_one[0])
        replaced = _replaced(old, new_one)
        key = (revision.id, resource_id, replaced.fingerprint if replaced else "")
        found.append(_file(status, known.counts.get(key), is_compared=replaced is not None))
    fields = compared(described(live), described(proposed)) + reordered(live, proposed)
    return {"fields": fields, "files": found}


_Side = tuple[dict[str, Any], Candidate]


def _files(
    package_id: str, resources: list[dict[str, Any]], stored: Mapping[str, Any]
) -> dict[str, _Side]:
    found = {}
    for each in resources:
        file = stored.get(each["id"])
        facts = {"sha256": file.sha256 if file else each.get("sha256"), "url": each.get("url")}
        found[each["id"]] = (facts, candidate(package_id, each, stored))
    return found


def _replaced(old: _Side | None, new: _Side | None) -> Replacement | None:
    """Return the two files if they are to be compared."""
    if old is None or new is None:
        return None
    return Replacement.of(old[1], new[1])


def _file(
    status: str, rows: Mapping[str, int] | None, *, is_compared: bool = False
) -> dict[str, Any]:
    done = {"status": "done"} if rows is not None or not is_compared else {"status": "waiting"}
    counted = {f"rows_{name}": (rows or {}).get(name) for name in ROWS}
    return {"status": status, "comparison": done, **counted}


def _datasets(
    session: AlchemySession, packages: Mapping[str, ckan_model.Package]
) -> dict[str, Dataset]:
    """Return the datasets in the shape of ``package_show``, as far as descriptions go."""
    resources = listed.resources_of(session, packages)
    keywords, groups = (
        listed.keywords_of(session, packages),
        listed.groups_of(session, packages),
    )
    found = {}
    for package_id, package in packages.items():
        own = {name: getattr(package, name) for name in (*CORE, *PEOPLE)}
        named, others = _by_schema(package)
        found[package_id] = _plain(
            {
                **own,
                **named,
                "extras": others,
                "tags": [{"name": name} for name in keywords.get(package_id, [])],
                "groups": [{"name": name} for name in groups.get(package_id, [])],
                "resources": [_resource(each) for each in resources.get(package_id, [])],
            }
        )
    return found


def _by_schema(package: Any) -> tuple[Dataset, list[dict[str, Any]]]:
    """Return the dataset's further fields that the schema knows, and the others."""
    schema = tk.h.scheming_get_dataset_schema(package.type)
    names = {field["field_name"] for field in schema["dataset_fields"]}
    extras = dict(package.extras or {})
    others = [{"key": key, "value": value} for key, value in extras.items() if key not in names]
    return {key: value for key, value in extras.items() if key in names}, others


def _resource(resource: Any) -> dict[str, Any]:
    return {**{name: getattr(resource, name) for name in CORE_OF_FILES}, **(resource.extras or {})}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values with lists and objects in the place of their JSON.

    A schema stays as it was typed: its text is part of what was checked and compared.
    """
    found = {name: _parsed(value) for name, value in values.items()}
    if isinstance(found.get("resources"), list):
        found["resources"] = [
            {name: value if name == "schema" else _parsed(value) for name, value in each.items()}
            for each in found["resources"]
        ]
    return found


def _parsed(value: Any) -> Any:
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value

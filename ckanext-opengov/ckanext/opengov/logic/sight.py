"""What a reviewer sees of a dataset or a change, so that they decide on that and nothing else."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import Context

from ckanext.opengov.domain.seen import ChangedSinceSeen, moved_since, token_of
from ckanext.opengov.logic.candidates import candidates
from ckanext.opengov.logic.changes import live_dataset
from ckanext.opengov.logic.descriptions import Place, described
from ckanext.opengov.model import publication, revisions

STATE, ORDER = "state", "order"


def sight_of(context: Context, package: ckan_model.Package) -> str:
    """Return what stands for the dataset, or the change under way, as it is shown now."""
    return token_of(_parts(context, package)[0])


def check_seen(context: Context, package: ckan_model.Package, token: object) -> None:
    """Refuse a decision on something else than was seen. No token: nothing is checked.

    Raises:
        ChangedSinceSeen: it moved meanwhile.
    """
    if token in (None, ""):
        return
    parts, names = _parts(context, package)
    moved = moved_since(str(token), parts)
    if moved is not None:
        # A file that came or went moves the others: that it did says enough.
        told = [name for name in moved if name != ORDER] or moved
        found = dict.fromkeys(names.get(name, tk._("what was taken away")) for name in told)
        raise ChangedSinceSeen(what=", ".join(found) or tk._("something in it"))


def _parts(context: Context, package: ckan_model.Package) -> tuple[dict[str, str], dict[str, str]]:
    """Return everything that is shown, and what people call each part."""
    session = context["session"]
    row, revision = publication.find(session, package.id), revisions.open_of(session, package.id)
    place = revision or row
    standing = [row.state, place.state, place.number, str(place.publish_at)]
    parts, names = {STATE: json.dumps(standing)}, {STATE: tk._("its state")}
    changes: dict[str, Any] = revision.changes if revision else {}
    found = described({**live_dataset(context, package.id), **changes})
    for where, value in found.items():
        parts[_name(where)] = json.dumps(value.value, sort_keys=True, default=str)
        names[_name(where)] = value.label
    under_review = candidates(session, package, revision)
    parts[ORDER] = json.dumps([file.resource_id for file in under_review])
    names[ORDER] = tk._("Order of the files")
    for file in under_review:
        parts[file.resource_id], names[file.resource_id] = file.fingerprint, file.name
    return parts, names


def _name(place: Place) -> str:
    return f"{place.resource_id or ''}/{place.field}/{place.language or ''}"

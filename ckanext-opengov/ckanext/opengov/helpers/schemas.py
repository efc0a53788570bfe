"""What the pages about schemas ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.opengov.domain.columns import TYPES
from ckanext.opengov.domain.schema_states import STATES, State
from ckanext.opengov.logic import schemas

LEAST_SCORE = 0.5
"""From which a schema is proposed."""


def opengov_schema_text(described: Mapping[str, Any], name: str = "title") -> str:
    """Return a text of a schema, a column or a rule in the reader's language."""
    return schemas.in_readers_language(described, name)


def opengov_column_type(name: str | None) -> str:
    """Return what people call a type of columns."""
    return str(tk._(TYPES[name])) if name in TYPES else str(name or "")


def opengov_column_types() -> list[str]:
    """Return the types of columns that one may choose."""
    return list(TYPES)


def opengov_schema(ref: str) -> dict[str, str] | None:
    """Return a version of the catalogue as ``{"title", "version", "url"}``; None: it has gone."""
    found = schemas.on_disk(ref)
    if found is None:
        return None
    place = {"name": found.name, "version": found.version}
    url = tk.url_for("opengov_schemas.show", **place)
    return {"title": schemas.title_of(found), "version": found.version, "url": str(url)}


def opengov_schema_state(state: str) -> str:
    """Return the state of a version in words."""
    return str(tk._(STATES[State(state)]))


def opengov_schema_newer(ref: str) -> dict[str, str] | None:
    """Return what a file should declare instead of a version, as ``opengov_schema`` with ``ref``.

    None: nothing, or it cannot be told.
    """
    name, _, version = ref.partition("@")
    try:
        shown = tk.get_action("opengov_schema_show")({}, {"name": name, "version": version or "-"})
    except tk.ObjectNotFound:
        return None
    newer = opengov_schema(shown["newer"]) if shown["newer"] else None
    is_old = shown["state"] == State.DEPRECATED
    return {**newer, "ref": shown["newer"], "is_old": is_old} if newer else None


def opengov_conforms(resource: Mapping[str, Any]) -> dict[str, str] | None:
    """Return the schema that a file keeps to, as it was checked; None: to none."""
    ref = str(resource.get("conforms_to") or "")
    return opengov_schema(ref) if ref else None


def opengov_schema_proposal(resource_id: str) -> dict[str, Any] | None:
    """Return the schema that a checked file looks like: as ``opengov_schema_match`` does.

    ``renamed`` has the columns that are called otherwise there. None: it looks like none.
    """
    try:
        found = tk.get_action("opengov_schema_match")({}, {"resource_id": resource_id})["results"]
    except tk.ObjectNotFound:
        return None
    if not found or found[0]["score"] < LEAST_SCORE:
        return None
    renamed = [pair for pair in found[0]["mapping"].items() if pair[0] != pair[1]]
    return {**found[0], "renamed": renamed}

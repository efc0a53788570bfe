"""The catalogue of schemas, and which of them a file looks like."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.opengov.domain.schemas import Match, Version, best, newest
from ckanext.opengov.domain.words import folded
from ckanext.opengov.logic import schemas
from ckanext.opengov.logic.candidates import candidate_of, checked
from ckanext.opengov.logic.steps import package_of
from ckanext.opengov.shared import pager
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["opengov_schema_list", "opengov_schema_match", "opengov_schema_show"]

MAX_LABELS, MAX_LABEL = 2000, 500
LEAST_SCORE, MOST_MATCHES = 0.3, 5


class NoLabels(DomainError):
    """Nothing to look for."""

    code = "no-labels"
    field = "labels"
    template = N_("Give the names of the columns as a list of texts.")


@tk.side_effect_free
@domain_action
def opengov_schema_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the schemas of the catalogue in their newest versions, by name.

    Each is ``{"name", "version", "title", "title_translated", "description", "columns"}``;
    ``title`` and ``description`` are in the caller's language, ``columns`` counts them.

    Args:
        q (str, optional): words in its name, its title or the titles of its columns
        cursor (str, optional): ``next_cursor`` of the page before
        limit (int, optional): 1 to 100, 20 by default
    """
    tk.check_access("opengov_schema_list", context, data_dict)
    words = folded(str(data_dict.get("q") or "")).split()
    found = (
        ((name,), each)
        for name, each in newest(schemas.catalogue(context["session"]).values()).items()
        if all(word in _texts(each) for word in words)
    )
    page, following = pager.within(found, [str], data_dict)
    return {"results": [_in_short(each) for each in page], "next_cursor": following}


def _texts(version: Version) -> str:
    parts = (version.descriptor, *version.fields)
    texts = (text for part in parts for text in (part.get("title_translated") or {}).values())
    return folded("\n".join((version.name, *texts)))


def _in_short(version: Version) -> dict[str, Any]:
    return {
        "name": version.name,
        "version": version.version,
        "ref": version.ref,
        "title": schemas.title_of(version),
        "title_translated": version.descriptor.get("title_translated") or {},
        "description": schemas.in_readers_language(version.descriptor, "description"),
        "columns": len(version.fields),
    }


@tk.side_effect_free
@domain_action
def opengov_schema_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return a version of a schema, as ``opengov_schema_list`` does and with more.

    ``schema`` is its Table Schema: it never changes, and ``sha256`` stands for it. ``versions``
    are all there are, the newest first. ``maps_to`` names the standards that its columns come
    from, each ``{"title", "licence"}``: the licence of what it owes to them, where one is known.

    Args:
        name (str): name of the schema
        version (str, optional): the newest, if none is given
    """
    tk.check_access("opengov_schema_show", context, data_dict)
    session = context["session"]
    found = schemas.checked_version(session, data_dict.get("name"), data_dict.get("version"))
    of_it = [each for each in schemas.catalogue(session).values() if each.name == found.name]
    of_it.sort(key=lambda each: each.order, reverse=True)
    maps_to = found.descriptor.get("maps_to")
    return {
        **_in_short(found),
        "sha256": found.sha256,
        "versions": [each.version for each in of_it],
        "maps_to": maps_to if isinstance(maps_to, list) else [],
        "schema": found.descriptor,
    }


@tk.side_effect_free
@domain_action
def opengov_schema_match(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the schemas that the columns of a file fit best, five at most.

    ``results`` has for each ``{"name", "version", "ref", "title", "score", "found", "columns",
    "mapping", "missing", "extra"}``: ``found`` of its ``columns`` are in the file, ``mapping``
    leads from the file's names to the schema's, ``missing`` and ``extra`` name the others.
    Names are compared with the schema's names, titles and aliases, without case, accents,
    vowel marks and ways to write the same letter.

    Args:
        resource_id (str, optional): a file that was checked
        labels (list of str, optional): names of columns, in the place of a file
    """
    session = context["session"]
    if data_dict.get("resource_id"):
        labels = _labels_of(context, data_dict["resource_id"])
    else:
        tk.check_access("opengov_schema_match", context, data_dict)
        labels = _labels_given(data_dict.get("labels"))
    found = best(schemas.catalogue(session).values(), labels, LEAST_SCORE)
    return {"results": [_shown(each) for each in found[:MOST_MATCHES]]}


def _labels_of(context: Context, resource_id: object) -> list[str]:
    """Return the names of the columns of a file, as they stand in it."""
    candidate = candidate_of(context["session"], str(resource_id))
    if candidate is None:
        raise tk.ObjectNotFound(tk._("Resource not found"))
    package_of(context, candidate.package_id)
    tk.check_access("opengov_validation_show", context, {"id": candidate.package_id})
    check = checked(context["session"], [candidate]).get(candidate.resource_id)
    if check is None:
        raise tk.ObjectNotFound(tk._("This file has not been checked."))
    return [str(each["name"]) for each in check.report["fields"]]


def _labels_given(given: object) -> list[str]:
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            given = [given]
    if not isinstance(given, list) or not 0 < len(given) <= MAX_LABELS:
        raise NoLabels
    if not all(isinstance(each, str) for each in given):
        raise NoLabels
    return [each[:MAX_LABEL] for each in given]


def _shown(found: Match) -> dict[str, Any]:
    return {
        **{
            key: value
            for key, value in _in_short(found.version).items()
            if key in ("name", "version", "ref", "title", "columns")
        },
        "score": round(found.score, 3),
        "found": len(found.mapping),
        "mapping": found.mapping,
        "missing": list(found.missing),
        "extra": list(found.extra),
    }

"""Licences to choose from, and whether sources allow one."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.opengov.domain.licences import MAX_SOURCES, TooManySources, UnknownLicence
from ckanext.opengov.logic import licences, sources
from ckanext.opengov.logic.steps import package_of
from ckanext.opengov.model import revisions
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["opengov_licence_check", "opengov_licence_list"]


@tk.side_effect_free
def opengov_licence_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the register: CKAN's fields, ``title`` in the reader's language, ``is_open``.

    ``is_recommended`` is true for the licence that new datasets get. ``status`` is ``active``
    for what new datasets may choose, ``retired`` for the rest. The register comes in one page.
    ``flows_into`` has the ids of the licences under which the data may be passed on, beside its
    own, and ``flows_into_source`` the clause that says so. ``register`` is the version of the
    suite's register and its changes, ``{"version", "changes"}``; null where the operator has
    another.
    """
    tk.check_access("opengov_licence_list", context, data_dict)
    recommended = licences.recommended()
    found = [
        {
            **entry,
            "title": licences.title_of(entry),
            "is_open": licences.is_open(entry),
            "is_recommended": key == recommended,
        }
        for key, entry in licences.register().items()
    ]
    return {"results": found, "next_cursor": None, "register": licences.history()}


@tk.side_effect_free
@domain_action
def opengov_licence_check(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return whether data from these sources may be published under the candidate.

    ``{"compatible", "answer", "reasons", "basis", "ask", "attribution"}``. ``answer`` is
    ``yes``, ``no`` or ``not-sure``; ``compatible`` is true for a yes alone. ``reasons`` has what
    stands against it: ``{"source", "title", "candidate", "code", "answer", "message"}``;
    ``basis`` the clauses that speak of each source's licence, ``{"source", "text"}``; ``ask``
    whom to ask where it is not sure, or null; ``attribution`` the words to name each source by.
    It helps to choose; it is no legal advice.

    Args:
        sources (list, optional): the licence ids of the sources; or objects, as in the field
            ``sources`` of a dataset; needed without ``id``
        candidate (str, optional): the id of the licence to publish under; needed without ``id``
        id (str, optional): instead of both, a dataset: what it says of its sources and licences,
            those of its files and the change under way included, is checked
    """
    tk.check_access("opengov_licence_check", context, data_dict)
    if data_dict.get("id"):
        package = package_of(context, str(data_dict["id"]))
        tk.check_access("opengov_review_show", context, {"id": package.id})
        revision = revisions.open_of(context["session"], package.id)
        return sources.verdict(sources.used_by(package, revision.changes if revision else {}))
    candidate, given = tk.get_or_bust(data_dict, ["candidate", "sources"])
    if str(candidate) not in licences.register():
        raise UnknownLicence
    return sources.verdict(sources.Used(_sources(given), [str(candidate)]))


def _sources(given: object) -> list[dict[str, Any]]:
    """Return sources as a dataset names them, out of those or of licence ids alone."""
    found = [given] if isinstance(given, str) else given
    if not isinstance(found, list) or not all(isinstance(each, str | dict) for each in found):
        raise tk.ValidationError({"sources": [tk._("Give a list of licence ids.")]})
    if len(found) > MAX_SOURCES:
        raise TooManySources(most=MAX_SOURCES, count=len(found))
    return [{"license_id": each} if isinstance(each, str) else _as_texts(each) for each in found]


def _as_texts(source: dict[str, Any]) -> dict[str, Any]:
    return {key: str(value) for key, value in source.items() if value not in (None, "")}

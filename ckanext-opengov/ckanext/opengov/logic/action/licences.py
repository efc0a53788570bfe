"""Licences to choose from, and whether sources allow one."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.opengov.domain.licences import reasons_against
from ckanext.opengov.logic import licences
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["opengov_licence_check", "opengov_licence_list"]


@tk.side_effect_free
def opengov_licence_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the register: CKAN's fields, ``title`` in the reader's language, ``is_open``.

    ``is_recommended`` is true for the licence that new datasets get. ``status`` is ``active``
    for what new datasets may choose, ``retired`` for the rest. The register comes in one page.
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
    return {"results": found, "next_cursor": None}


@tk.side_effect_free
@domain_action
def opengov_licence_check(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return whether data from these sources may be published under the candidate.

    ``{"compatible", "reasons": [{"source", "code", "message"}]}``. It helps to choose;
    it is no legal advice.

    Args:
        sources (list of str): the licence ids of the sources
        candidate (str): the id of the licence to publish under
    """
    tk.check_access("opengov_licence_check", context, data_dict)
    candidate, given = tk.get_or_bust(data_dict, ["candidate", "sources"])
    sources = [given] if isinstance(given, str) else given
    if not isinstance(sources, list) or not all(isinstance(each, str) for each in sources):
        raise tk.ValidationError({"sources": [tk._("Give a list of licence ids.")]})
    found = reasons_against(licences.terms(), sources, str(candidate))
    return {
        "compatible": not found,
        "reasons": [
            {"source": each.source, "code": each.code, "message": tk._(each.template)}
            for each in found
        ],
    }

"""A further language of a draft: paragraphs that a person pairs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.consultation.domain.texts import publishing
from ckanext.consultation.domain.texts.revising import join_language
from ckanext.consultation.logic import importing, texts
from ckanext.consultation.logic.text_steps import count, draft
from ckanext.consultation.logic.versions import version_shown
from ckanext.consultation.model import texts as stored
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.texts import as_texts
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["consultation_misfit_list", "consultation_node_pair"]


class NotPairs(DomainError):
    """Answers are ids by ids."""

    code = "no-pairs"
    field = "pairs"
    template = N_("Say for each paragraph of the further language which one it is, or none.")


@domain_action
def consultation_node_pair(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Say which nodes of a further language are which, where structure did not; return the version.

    Args:
        version_id (str): id of the draft
        import_id (str): id of the import of the further language
        pairs (dict): for ids of that import (``found.misfits``, ``second``) the id of the
            draft's node, or null: it stands in that language only
    """
    found = draft(context, data_dict)
    session = context["session"]
    row = stored.find_import(session, str(data_dict.get("import_id") or ""), lock=True)
    if row is None or row.version_id != found.version.id or row.other_text is None:
        raise publishing.DocumentNotFound
    before = stored.text_of(session, found.version.id)
    other = importing.other_text(row)
    answers = {**row.settled, **_pairs(data_dict.get("pairs"))}
    used = stored.used_eids(session, found.document.id)
    joined = join_language(before, other, row.language, answers, used)
    stored.store_text(session, found.version.id, before, joined.text)
    importing.note_joined(row, joined, other)
    count(context, found, "language-pair", len(answers))
    return version_shown(context, texts.version_of(context, found.version.id))


@tk.side_effect_free
@domain_action
def consultation_misfit_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the nodes of a further language that have no partner, beside those that have none.

    ``results`` are ``{"parent", "first", "second"}``: the division, the nodes of the draft and
    those of the import, as ``consultation_node_list`` has them.

    Args:
        version_id (str): id of the draft
        import_id (str): id of the import of the further language
    """
    found = texts.version_of(context, data_dict.get("version_id"))
    tk.check_access("consultation_update", context, {"roles": found.actor.roles})
    row = stored.find_import(context["session"], str(data_dict.get("import_id") or ""))
    if row is None or row.version_id != found.version.id:
        raise publishing.DocumentNotFound
    first = {
        node.eid: texts.node(node) for node in stored.text_of(context["session"], row.version_id)
    }
    second = {node.eid: texts.node(node) for node in importing.other_text(row)}
    sides = [
        {
            "parent": first.get(each["parent_eid"]),
            "first": [first[eid] for eid in each["first"] if eid in first],
            "second": [second[eid] for eid in each["second"] if eid in second],
        }
        for each in row.found.get("misfits", [])
    ]
    return {"results": [each for each in sides if each["second"]]}


def _pairs(given: object) -> dict[str, str | None]:
    if isinstance(given, str):
        given = as_texts(given)
    if not isinstance(given, Mapping):
        raise NotPairs
    return {str(eid): str(partner) if partner else None for eid, partner in given.items()}

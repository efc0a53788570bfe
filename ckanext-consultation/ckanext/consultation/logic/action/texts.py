"""Texts of a consultation: documents, their versions, and the files that these are read from."""

from __future__ import annotations

import uuid
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.consultation.domain.description import MOST_TITLE
from ckanext.consultation.domain.life import State
from ckanext.consultation.domain.texts import publishing
from ckanext.consultation.logic import texts
from ckanext.consultation.logic.access import consultation_of
from ckanext.consultation.logic.text_steps import check_writes, note
from ckanext.consultation.model import texts as stored
from ckanext.consultation.model.consultations import Consultation
from ckanext.consultation.model.texts import Document
from ckanext.opengov.shared import readers
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.texts import TextNeeded, check_texts
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = [
    "consultation_document_create",
    "consultation_document_delete",
    "consultation_document_show",
    "consultation_document_update",
]


@domain_action
def consultation_document_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Add a text to a consultation that is being drafted; return it.

    Args:
        consultation_id (str): id or name of the consultation
        title_translated (dict, optional): title by language, where there are several texts
    """
    row, actor = consultation_of(context, tk.get_or_bust(data_dict, "consultation_id"), lock=True)
    check_writes(context, actor)
    publishing.check_drafting(State(row.state), is_first=True)
    session = context["session"]
    document = Document(
        id=str(uuid.uuid4()),
        consultation_id=row.id,
        position=stored.next_position(session, row.id),
        title_translated=_titles(data_dict, is_needed=False),
    )
    session.add(document)
    session.flush()
    note(session, row, actor, "text-create", {"document": document.id})
    session.commit()
    return texts.document(row, document, [])


@domain_action
def consultation_document_update(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Change the title of a text in a draft; return the text.

    Args:
        id (str): id of the text
        title_translated (dict): title by language
    """
    row, actor, document = texts.document_of(context, data_dict.get("id"), lock=True)
    check_writes(context, actor)
    publishing.check_drafting(State(row.state), is_first=True)
    document.title_translated = _titles(data_dict, is_needed=True)
    note(context["session"], row, actor, "text-edit", {"document": document.id})
    context["session"].commit()
    return _shown(context, row, actor, document)


@domain_action
def consultation_document_delete(context: Context, data_dict: DataDict) -> None:
    """Take a text out of a draft, with all that was written in it.

    Args:
        id (str): id of the text
    """
    row, actor, document = texts.document_of(context, data_dict.get("id"), lock=True)
    check_writes(context, actor)
    publishing.check_drafting(State(row.state), is_first=True)
    note(context["session"], row, actor, "text-delete", {"document": document.id})
    context["session"].delete(document)
    context["session"].commit()


@tk.side_effect_free
@domain_action
def consultation_document_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return a text with its ``versions``; drafts are shown to those who work on it.

    Args:
        id (str): id of the text
    """
    tk.check_access("consultation_show", context, data_dict)
    row, actor, document = texts.document_of(context, data_dict.get("id"))
    return _shown(context, row, actor, document)


def _titles(data_dict: DataDict, *, is_needed: bool) -> dict[str, str]:
    given = data_dict.get("title_translated") or {}
    try:
        found = check_texts(given, readers.languages(), MOST_TITLE)
    except TextNeeded as error:
        raise TextNeeded(field="title_translated") from error
    found = {language: said for language, said in found.items() if said}
    if is_needed and not found:
        raise TextNeeded(field="title_translated")
    return found


def _shown(context: Context, row: Consultation, actor: Actor, document: Document) -> dict[str, Any]:
    versions = stored.versions_of(context["session"], document.id)
    return texts.document(row, document, texts.visible(row, actor, versions))

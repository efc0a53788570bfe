"""The versions of a text: read from files, copied, published and thrown away."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession, Context, DataDict

from ckanext.consultation.domain.life import Role, State
from ckanext.consultation.domain.occasions import Kind
from ckanext.consultation.domain.texts import publishing
from ckanext.consultation.domain.texts.publishing import (
    DraftExists,
    LanguageNeeded,
    LanguageThere,
    NothingToCopy,
    SourceNeeded,
    VersionState,
)
from ckanext.consultation.logic import carry, following, importing, texts
from ckanext.consultation.logic.text_steps import check_revision, check_writes, note
from ckanext.consultation.logic.versions import version_shown
from ckanext.consultation.model import consultations
from ckanext.consultation.model import texts as stored
from ckanext.consultation.model.consultations import Consultation
from ckanext.consultation.model.texts import Document, Version
from ckanext.opengov.shared import jobs, readers
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import NotPermitted
from ckanext.opengov.shared.domain.fields import wished
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = [
    "consultation_document_version_create",
    "consultation_document_version_discard",
    "consultation_document_version_publish",
    "consultation_document_version_show",
]


@domain_action
def consultation_document_version_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Begin the next version of a text, or add a language to its draft; return the version.

    A file or a typed text is read by a job: ``imports`` says how far it is and what was found.

    Args:
        document_id (str): id of the text
        upload (file, optional): a Word (.docx), HTML or Markdown file of at most 40 MB; or else
        text (str, optional): the text itself in Markdown; or else
        copy (bool, optional): begin with the words of the newest published version
        language (str): the language of the file or text
    """
    row, actor, document = texts.document_of(context, data_dict.get("document_id"), lock=True)
    check_writes(context, actor)
    session = context["session"]
    versions = stored.versions_of(session, document.id)
    is_first = not texts.public(versions)
    publishing.check_drafting(State(row.state), is_first=is_first)
    draft = next((each for each in versions if each.state == VersionState.DRAFT), None)
    is_copy = wished(data_dict, "copy")
    if is_copy:
        version = _copied(session, document, draft, versions)
    else:
        source = _source(data_dict)
        version = _draft_for(session, document, draft, versions, source.language)
        now = consultations.now(session)
        importing.begin(session, version, source, str(actor.user_id), now)
    step = "version-copy" if is_copy else "version-import"
    note(session, row, actor, step, {"document": document.id, "number": version.number})
    session.commit()
    return version_shown(context, texts.version_of(context, version.id))


@tk.side_effect_free
@domain_action
def consultation_document_version_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return a version, and to those who work on it what was imported and what is to be settled.

    ``imports`` are ``{"id", "language", "name", "status", "progress", "error", "found"}``;
    ``questions`` counts the paragraphs of the version before of which nobody knows what they
    became, ``comments`` the comments that stand nowhere yet.

    Args:
        version_id (str): id of the version; or else
        consultation_id (str): id or name of the consultation, and
        version (str, optional): the version's name in addresses ("2", of a second text "2-1")
    """
    tk.check_access("consultation_show", context, data_dict)
    return version_shown(context, texts.asked_version(context, data_dict))


@domain_action
def consultation_document_version_discard(context: Context, data_dict: DataDict) -> None:
    """Throw the draft of a version away. What is published stays as it is.

    Args:
        version_id (str): id of the version
    """
    found = texts.version_of(context, data_dict.get("version_id"), lock=True)
    check_writes(context, found.actor)
    if found.version.state != VersionState.DRAFT:
        raise publishing.NotDraft
    publishing.check_drafting(State(found.row.state), is_first=not texts.public(found.versions))
    session = context["session"]
    details = {"document": found.document.id, "number": found.version.number}
    note(session, found.row, found.actor, "version-discard", details)
    session.delete(found.version)
    session.commit()


@domain_action
def consultation_document_version_publish(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Publish a later version of a text, as someone who did not write it; return it.

    A job brings the comments to it. What is sure goes by itself; the rest waits for a person
    (``consultation_node_remap``). Everyone who took part is told. After the consultation has
    closed the version is the final one.

    Args:
        version_id (str): id of the version
        revision (int, optional): the one that was looked at; refused if the draft changed since
    """
    found = texts.version_of(context, data_dict.get("version_id"), lock=True)
    session, version = context["session"], found.version
    if Role.PUBLISHER not in found.actor.roles:
        raise NotPermitted
    check_revision(version, data_dict)
    version.state = publishing.published_as(texts.standing(session, found), found.actor)
    now = version.published_at = consultations.now(session)
    details = {"document": found.document.id, "number": version.number}
    note(session, found.row, found.actor, "version-publish", details)
    jobs.enqueue(session, carry.CARRY, version.id, now=now)
    following.note(session, found.row, Kind.VERSION, now, version.id)
    session.commit()
    return version_shown(context, texts.version_of(context, version.id))


def publish_first(session: AlchemySession, row: Consultation, actor: Actor, now: datetime) -> None:
    """Publish the first versions with their consultation, in the caller's transaction.

    Raises:
        DomainError: a text is empty, or still being read.
    """
    for found in _drafts(session, row, actor):
        publishing.check_ready(texts.standing(session, found))
        found.version.state = VersionState.PUBLISHED
        found.version.published_at = found.version.carried_at = now


def check_first(session: AlchemySession, row: Consultation, actor: Actor) -> None:
    """Refuse to hand over texts that are empty or still being read.

    Raises:
        DomainError: the first of them.
    """
    for found in _drafts(session, row, actor):
        publishing.check_ready(texts.standing(session, found))


def _drafts(session: AlchemySession, row: Consultation, actor: Actor) -> list[texts.Found]:
    """Return each text's draft.

    Raises:
        NoWords: a text has not even that.
    """
    found: list[texts.Found] = []
    for document, version in stored.documents_of(session, row.id, with_drafts=True):
        if version is None:
            raise publishing.NoWords(title=texts.title_of(row, document))
        if version.state == VersionState.DRAFT:
            found.append(texts.Found(row, actor, document, [version], version))
    return found


def _source(data_dict: DataDict) -> importing.Source:
    """Return what was sent."""
    languages = readers.languages()
    language = str(data_dict.get("language") or "")
    if language not in languages:
        raise LanguageNeeded(choices=", ".join(languages))
    upload, typed = data_dict.get("upload"), data_dict.get("text")
    if upload is not None and hasattr(upload, "stream") and upload.filename:
        # One byte more than is allowed tells a file that is too large.
        content = upload.stream.read(importing.MOST_BYTES + 1)
        return importing.Source(language, str(upload.filename), content)
    if isinstance(typed, str) and typed.strip():
        return importing.Source(language, "text.md", typed.encode("utf-8", "replace"))
    raise SourceNeeded


def _draft_for(
    session: AlchemySession, document: Document, draft: Version | None,
    versions: list[Version], language: str,
) -> Version:  # fmt: skip
    """Return the draft into which a file of a language is read."""
    if draft is None:
        return _new_draft(session, document, versions)
    if stored.unread(session, [draft.id]):
        raise publishing.ImportUnderWay
    if language in stored.languages_of(session, draft.id):
        raise LanguageThere
    draft.revision += 1
    return draft


def _copied(
    session: AlchemySession, document: Document, draft: Version | None, versions: list[Version]
) -> Version:
    newest = texts.current_of(versions)
    if newest is None:
        raise NothingToCopy
    if draft is not None:
        raise DraftExists
    made = _new_draft(session, document, versions)
    stored.store_text(session, made.id, (), stored.text_of(session, newest.id))
    return made


def _new_draft(session: AlchemySession, document: Document, versions: list[Version]) -> Version:
    made = Version(
        id=str(uuid.uuid4()),
        document_id=document.id,
        number=1 + max((each.number for each in versions), default=0),
        state=VersionState.DRAFT,
        revision=1,
        created_at=consultations.now(session),
    )
    session.add(made)
    session.flush()
    return made

"""Finding texts, versions and nodes for whoever asks, and what the API says of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession, Context, DataDict

from ckanext.consultation.domain.life import State
from ckanext.consultation.domain.texts import plain, publishing
from ckanext.consultation.domain.texts.nodes import Node, languages_of
from ckanext.consultation.domain.texts.publishing import (
    DocumentNeeded,
    DocumentNotFound,
    Standing,
    VersionState,
    label_of,
)
from ckanext.consultation.logic.access import consultation_of
from ckanext.consultation.model import consultations, texts
from ckanext.consultation.model.consultations import BY_THE_CLOCK, Consultation
from ckanext.consultation.model.texts import PUBLIC, Document, Version
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.moments import as_utc

CONTENT = "body"


@dataclass(frozen=True, slots=True)
class Found:
    """A version of a text, with all that is around it."""

    row: Consultation
    actor: Actor
    document: Document
    versions: Sequence[Version]
    """Those that the caller may know of."""
    version: Version

    @property
    def is_current(self) -> bool:
        """Whether people comment on this version: it is the newest public one."""
        current = current_of(self.versions)
        return current is not None and current.id == self.version.id

    @property
    def before(self) -> Version | None:
        """The public version that comes before this one."""
        older = [each for each in public(self.versions) if each.number < self.version.number]
        return older[-1] if older else None


def public(versions: Iterable[Version]) -> list[Version]:
    """Return what everyone may read."""
    return [each for each in versions if each.state in PUBLIC]


def current_of(versions: Iterable[Version]) -> Version | None:
    """Return the version that counts now."""
    found = public(versions)
    return found[-1] if found else None


def visible(row: Consultation, actor: Actor, versions: Iterable[Version]) -> list[Version]:
    """Return the versions that someone may know of."""
    if actor.roles:
        return list(versions)
    return public(versions) if row.is_public else []


def document_of(
    context: Context, document_id: object, *, lock: bool = False
) -> tuple[Consultation, Actor, Document]:
    """Return a text, if the caller may know of its consultation.

    Raises:
        DocumentNotFound: there is none, or the caller may not know of it.
    """
    document = texts.find_document(context["session"], str(document_id or ""))
    if document is None:
        raise DocumentNotFound
    try:
        row, actor = consultation_of(context, document.consultation_id, lock=lock)
    except tk.ObjectNotFound as error:
        raise DocumentNotFound from error
    return row, actor, document


def version_of(context: Context, version_id: object, *, lock: bool = False) -> Found:
    """Return a version by its id, if the caller may know of it. ``lock`` holds the consultation.

    Raises:
        DocumentNotFound: there is none, or the caller may not know of it.
    """
    session = context["session"]
    known = texts.find_version(session, str(version_id or ""))
    if known is None:
        raise DocumentNotFound
    row, actor, document = document_of(context, known[0].id, lock=lock)
    versions = visible(row, actor, texts.versions_of(session, document.id))
    for each in versions:
        if each.id == str(version_id):
            return Found(row, actor, document, versions, each)
    raise DocumentNotFound


def asked_version(context: Context, data_dict: DataDict) -> Found:
    """Return the version that a request names by ``version_id`` or by its label.

    Raises:
        DocumentNotFound: there is none, or the caller may not know of it.
    """
    if data_dict.get("version_id"):
        return version_of(context, data_dict["version_id"])
    row, actor = consultation_of(context, tk.get_or_bust(data_dict, "consultation_id"))
    return labelled(context["session"], row, actor, str(data_dict.get("version") or ""))


def labelled(session: AlchemySession, row: Consultation, actor: Actor, label: str) -> Found:
    """Return the version with this label; without one, the current one of the first text."""
    position, number = publishing.read_label(label) if label else (1, 0)
    listed = texts.documents_of(session, row.id, with_drafts=bool(actor.roles))
    document = next((each for each, _version in listed if each.position == position), None)
    if document is None:
        raise DocumentNotFound
    own = [version for each, version in listed if each.id == document.id and version]
    versions = visible(row, actor, own)
    wanted = current_of(versions) if not number else None
    wanted = wanted or next((each for each in versions if each.number == number), None)
    if wanted is None:
        raise DocumentNotFound
    return Found(row, actor, document, versions, wanted)


def current_text(
    session: AlchemySession, row: Consultation, document_id: object
) -> tuple[Document, Version]:
    """Return the text on which people comment; its id is needed where there are several.

    Raises:
        DocumentNeeded: there are several.
        DocumentNotFound: none is public.
    """
    listed = texts.documents_of(session, row.id, with_drafts=False)
    newest = {document.id: (document, version) for document, version in listed if version}
    if document_id:
        newest = {key: pair for key, pair in newest.items() if key == str(document_id)}
    if not newest:
        raise DocumentNotFound
    if len(newest) > 1:
        raise DocumentNeeded
    return next(iter(newest.values()))


def standing(session: AlchemySession, found: Found) -> Standing:
    """Return what the rules of publishing look at."""
    row, version = found.row, found.version
    state = State(row.state)
    return Standing(
        consultation=state,
        phase=row.window.phase(consultations.now(session)) if state in BY_THE_CLOCK else None,
        version=VersionState(version.state),
        number=1 if not public(found.versions) else version.number,
        is_read=not texts.unread(session, [version.id]),
        has_words=texts.has_nodes(session, version.id),
        has_final=any(each.state == VersionState.FINAL for each in found.versions),
        title=title_of(row, found.document),
        barred=consultations.authors(session, row.id),
    )


def title_of(row: Consultation, document: Document) -> str:
    """Return a text's title in the consultation's language."""
    titles = document.title_translated or row.title_translated
    return titles.get(row.primary_lang) or next(iter(titles.values()), "")


def document(row: Consultation, found: Document, versions: Sequence[Version]) -> dict[str, Any]:
    """Return what the API says of a text."""
    current = current_of(versions)
    return {
        "id": found.id,
        "consultation_id": row.id,
        "position": found.position,
        "title_translated": found.title_translated or row.title_translated,
        "current": label_of(found.position, current.number) if current else None,
        "versions": [version(found, each) for each in versions],
    }


def version(found: Document, each: Version) -> dict[str, Any]:
    """Return what the API says of a version."""
    return {
        "id": each.id,
        "document_id": found.id,
        "number": each.number,
        "label": label_of(found.position, each.number),
        "state": each.state,
        "revision": each.revision,
        "created_at": as_utc(each.created_at),
        "published_at": as_utc(each.published_at),
        "is_carried": each.carried_at is not None,
    }


def documents(session: AlchemySession, row: Consultation, actor: Actor) -> list[dict[str, Any]]:
    """Return all texts of a consultation, in one query."""
    listed = texts.documents_of(session, row.id, with_drafts=bool(actor.roles))
    by_document: dict[str, tuple[Document, list[Version]]] = {}
    for found, each in listed:
        versions = by_document.setdefault(found.id, (found, []))[1]
        if each is not None:
            versions.append(each)
    shown = ((found, visible(row, actor, some)) for found, some in by_document.values())
    # What has no version yet is nothing to read.
    return [document(row, found, some) for found, some in shown if some or actor.roles]


def node(found: Node, language: str | None = None) -> dict[str, Any]:
    """Return what the API says of a node."""
    return {
        "eid": found.eid,
        "parent_eid": found.parent_eid,
        "position": found.position,
        "kind": found.kind,
        "languages": sorted(languages_of((found,))),
        "fingerprint": plain.fingerprint(found),
        **{
            f"{name}_translated": plain.in_language(getattr(found, name), language)
            for name in plain.WORDS
        },
    }

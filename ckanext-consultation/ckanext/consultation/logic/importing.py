"""Reads files into versions of texts; the worker's side of an import."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa

from ckan.types import AlchemySession

from ckanext.consultation.domain.texts import errors
from ckanext.consultation.domain.texts.carrying import KEEP_THEIR_EID, carry_eids
from ckanext.consultation.domain.texts.matching import Certainty, Relation
from ckanext.consultation.domain.texts.nodes import Kind, Text, languages_of
from ckanext.consultation.domain.texts.plain import PlainNode, as_plain, from_plain
from ckanext.consultation.domain.texts.publishing import VersionState
from ckanext.consultation.domain.texts.reading import text_of_file
from ckanext.consultation.domain.texts.revising import Joined, join_language
from ckanext.consultation.model import anchors, texts
from ckanext.consultation.model.texts import PUBLIC, Document, Import, Version
from ckanext.opengov.shared import jobs
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.moments import utc_now

IMPORT = "consultation.import"
READ, MATCHED = 0.3, 0.8
"""How far an import is when the file was read, and when its nodes have their ids."""
MOST_BYTES = 40_000_000
MOST_MEGABYTES = 40
MOST_NAME = 200


@dataclass(frozen=True, slots=True)
class Source:
    """What somebody sent: a file, or a text that was typed."""

    language: str
    name: str
    content: bytes


def begin(
    session: AlchemySession, version: Version, source: Source, by: str, now: datetime
) -> Import:
    """Ask for a file to be read into a draft, in the caller's transaction.

    Raises:
        FileTooLarge: it is larger than a text can be.
        EmptyText: there is nothing in it.
    """
    if len(source.content) > MOST_BYTES:
        raise errors.FileTooLarge(most=MOST_MEGABYTES)
    if not source.content.strip():
        raise errors.EmptyText
    row = Import(
        id=str(uuid.uuid4()),
        version_id=version.id,
        language=source.language,
        name=source.name[-MOST_NAME:],
        content=source.content,
        found={},
        settled={},
        created_by=by,
        created_at=now,
    )
    session.add(row)
    session.flush()
    jobs.enqueue(session, IMPORT, row.id, now=now)
    return row


def read(session: AlchemySession, job: jobs.Job) -> None:
    """Read a file into its draft; whatever is wrong with the file is noted for its sender."""
    row = texts.find_import(session, job.subject)
    if row is None or row.finished_at is not None:
        return
    found = texts.find_version(session, row.version_id)
    if found is None:
        return
    try:
        text = text_of_file(row.name, row.content or b"", row.language)
        jobs.report_progress(session, job, READ)
        with session.begin_nested():
            if _store(session, row, *found, text) is None:
                return
        jobs.report_progress(session, job, MATCHED)
    except DomainError as error:
        row.error = {"code": error.code, "template": error.template, "details": _plain(error)}
    row.content, row.finished_at = None, utc_now()


def _plain(error: DomainError) -> dict[str, Any]:
    return {
        name: each if isinstance(each, int) else str(each) for name, each in error.details.items()
    }


def _store(
    session: AlchemySession, row: Import, document: Document, version: Version, text: Text
) -> Text | None:
    """Store what was read; None: the draft is gone or public by now."""
    before = texts.text_of(session, version.id)
    used = texts.used_eids(session, document.id)
    if before:
        joined = join_language(before, text, row.language, {}, used)
        if _held(session, version) is None:
            return None
        texts.store_text(session, version.id, before, joined.text)
        note_joined(row, joined, text)
        return joined.text
    older = [each for each in texts.versions_of(session, document.id) if each.state in PUBLIC]
    relations: tuple[Relation, ...] = ()
    if older:
        carried = carry_eids(texts.text_of(session, older[-1].id), text, used)
        text, relations = carried.text, carried.relations
    if _held(session, version) is None:
        return None
    texts.store_text(session, version.id, (), text)
    if older:
        note_relations(session, older[-1].id, version.id, relations)
    row.found = {**_counted(text), **_carried(relations, is_later=bool(older))}
    return text


def _held(session: AlchemySession, version: Version) -> str | None:
    """Hold the draft against those who would discard it; None: it is no draft any more."""
    query = sa.select(Version.id).where(
        Version.id == version.id, Version.state == VersionState.DRAFT
    )
    return session.execute(query.with_for_update()).scalar_one_or_none()


def note_joined(row: Import, joined: Joined, other: Text) -> None:
    """Note what of a further language a person must still pair."""
    misfits = [
        {"parent_eid": each.parent_eid, "first": list(each.first), "second": list(each.second)}
        for each in joined.misfits
    ]
    row.found = {**_counted(other), "misfits": misfits, "doubts": list(joined.doubts)}
    row.settled = joined.settled
    row.other_text = [dict(node) for node in as_plain(other)] if misfits else None


def other_text(row: Import) -> Text:
    """Return the nodes of a further language that were set aside."""
    return from_plain(cast(list[PlainNode], row.other_text or []))


def note_relations(
    session: AlchemySession, older: str, newer: str, relations: tuple[Relation, ...]
) -> None:
    """Store what is sure of the nodes of the version before, and ask a person for the rest."""
    sure = [each for each in relations if each.certainty is Certainty.SURE]
    anchors.store_relations(session, older, newer, sure)
    said = {row.from_eid for row in anchors.confirmed(session, older, newer)}
    asked = [
        each
        for each in relations
        if each.certainty is Certainty.UNCERTAIN and each.from_eid not in said
    ]
    anchors.ask(session, older, newer, asked)


def _counted(text: Text) -> dict[str, Any]:
    kinds = Counter(str(node.kind) for node in text)
    has_articles = any(node.kind is Kind.ARTICLE for node in text)
    return {
        "nodes": len(text),
        "kinds": dict(kinds),
        "languages": sorted(languages_of(text)),
        "has_articles": has_articles,
    }


def _carried(relations: tuple[Relation, ...], *, is_later: bool) -> dict[str, Any]:
    if not is_later:
        return {}
    sure = [each for each in relations if each.certainty is Certainty.SURE]
    return {
        "kept": sum(each.relation in KEEP_THEIR_EID for each in sure),
        "deleted": sum(each.to_eid is None for each in sure),
        "questions": len(relations) - len(sure),
    }

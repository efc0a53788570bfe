"""Comments on paragraphs: where they are made, and where they stand now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from ckan.types import AlchemySession, DataDict

from ckanext.consultation.domain.texts.plain import fingerprint
from ckanext.consultation.domain.texts.publishing import (
    DocumentNotFound,
    ParagraphUnknown,
    TextChanged,
    label_of,
)
from ckanext.consultation.logic import texts
from ckanext.consultation.model import anchors
from ckanext.consultation.model import texts as stored
from ckanext.consultation.model.comments import Comment
from ckanext.consultation.model.consultations import Consultation
from ckanext.opengov.shared.domain.actors import Actor


def place(session: AlchemySession, row: Consultation, comment: Comment, asked: DataDict) -> None:
    """Put a new comment at the paragraph that it is on, if it is on one.

    The caller holds the consultation, so that no new version comes in between. An answer stands
    where the comment stands that it answers.

    Raises:
        ParagraphUnknown: the current public version has no such paragraph.
        TextChanged: another version was read.
    """
    eid = str(asked.get("eid") or "")
    if not eid or comment.parent_id:
        return
    try:
        document, version = texts.current_text(session, row, asked.get("document_id"))
    except DocumentNotFound as error:
        raise ParagraphUnknown(eid=eid) from error
    label = label_of(document.position, version.number)
    if asked.get("text_version") not in (None, "", label):
        raise TextChanged
    if stored.node(session, version.id, eid) is None:
        raise ParagraphUnknown(eid=eid)
    comment.version_id, comment.eid = version.id, eid


def read_now(session: AlchemySession, row: Consultation, asked: DataDict) -> str:
    """Return the label of the version on whose paragraph somebody writes; none: on no paragraph."""
    if not asked.get("eid") or asked.get("parent_id"):
        return ""
    document, version = texts.current_text(session, row, asked.get("document_id"))
    return label_of(document.position, version.number)


def renewed(session: AlchemySession, row: Consultation, asked: DataDict) -> DataDict:
    """Return what was asked for of an older version, as of the current one.

    Only where the paragraph says just what it said; else ``place`` refuses it, and a person looks.
    """
    label, eid = str(asked.get("text_version") or ""), str(asked.get("eid") or "")
    now = read_now(session, row, asked)
    if not label or label in ("", now):
        return asked
    nobody = Actor(None, frozenset())
    found = [texts.labelled(session, row, nobody, each).version for each in (label, now)]
    before, after = (stored.node(session, each.id, eid) for each in found)
    if before is None or after is None or fingerprint(before) != fingerprint(after):
        return asked
    return {**asked, "text_version": now}


def thread(
    session: AlchemySession, row: Consultation, actor: Actor, asked: DataDict
) -> sa.Select[Any]:
    """Select the comments that stand at a paragraph of a version, the current one by default.

    Raises:
        ParagraphUnknown: the version has no such paragraph.
        DocumentNotFound: there is no such version.
    """
    eid = str(asked["eid"])
    if asked.get("text_version"):
        found = texts.labelled(session, row, actor, str(asked["text_version"])).version
    else:
        found = texts.current_text(session, row, asked.get("document_id"))[1]
    if stored.node(session, found.id, eid) is None:
        raise ParagraphUnknown(eid=eid)
    return anchors.thread_at(found.id, eid)


def standing(session: AlchemySession, comments: Sequence[Comment]) -> dict[str, dict[str, Any]]:
    """Return where comments on paragraphs were made and stand now, by comment id.

    One query whatever their number, and none where no comment is on a paragraph.
    """
    if not any(comment.version_id for comment in comments):
        return {}
    return {row.id: _said(row) for row in anchors.standing(session, comments)}


def _said(row: sa.Row[Any]) -> dict[str, Any]:
    """Return where a comment was made; ``state`` is null until it came to the new version."""
    anchor = row.CommentAnchor
    return {
        "eid": row.eid,
        "version": label_of(row.position, row.number),
        "state": anchor.state if anchor else None,
        "now": anchor.eid if anchor else None,
        "now_in": label_of(row.position, row.now_number) if anchor else None,
        "is_confirmed": bool(anchor and anchor.confirmed_at),
    }

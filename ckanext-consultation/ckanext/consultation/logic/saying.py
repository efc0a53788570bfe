"""How words become a comment: they are checked when written, and stored when they count."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ckan.types import AlchemySession, DataDict

from ckanext.consultation.domain import comments, threads
from ckanext.consultation.domain.comment_text import comment_text
from ckanext.consultation.domain.comments import State
from ckanext.consultation.domain.duplicates import exact_key
from ckanext.consultation.domain.language import language_of
from ckanext.consultation.domain.schedule import check_open
from ckanext.consultation.domain.search_text import search_text
from ckanext.consultation.logic import entering, paragraphs, spoken
from ckanext.consultation.model import anchors, follows
from ckanext.consultation.model import comments as stored
from ckanext.consultation.model.comments import Comment, Participant
from ckanext.consultation.model.consultations import Consultation


@dataclass(frozen=True, slots=True)
class Origin:
    """How and when something was said."""

    channel: str
    """``web`` or ``api``."""
    written_at: datetime
    is_trapped: bool


def check_takes_part(row: Consultation, now: datetime) -> None:
    """Refuse whoever comes too early or too late, or to what was never published."""
    check_open(row.window, now)
    if row.state != "published":
        raise comments.ConsultationClosed


def check_words(given: DataDict) -> None:
    """Refuse words and a position that no comment has.

    Raises:
        DomainError: see ``comment_text`` and ``position_of``.
    """
    comment_text(str(given.get("body") or ""))
    threads.position_of(given.get("position"))


def say(
    session: AlchemySession,
    row: Consultation,
    participant: Participant,
    given: DataDict,
    origin: Origin,
    now: datetime,
) -> Comment:
    """Store what a participant says, in the caller's transaction.

    What is sent twice with one ``client_token`` is one comment.
    """
    token = token_of(given.get("client_token"))
    known = stored.by_token(session, participant.id, token)
    if known is not None:
        return known
    comment = composed(session, row, participant.id, given, origin)
    comment.client_token = token
    stored.said_by(comment, participant)
    entering.begin(session, row, comment, now, is_trapped=origin.is_trapped)
    if comment.eid:
        anchors.add(session, comment)
    if participant.recipient_id:
        follows.follow_by_taking_part(session, row.id, participant.recipient_id, now)
    return comment


def composed(
    session: AlchemySession, row: Consultation, participant_id: str, given: DataDict, origin: Origin
) -> Comment:
    """Return a comment at its place, which is not stored yet.

    Raises:
        DomainError: it has no words, or there is no such place.
    """
    comment = Comment(
        id=str(uuid.uuid4()),
        consultation_id=row.id,
        participant_id=participant_id,
        position=threads.position_of(given.get("position")),
        channel=origin.channel,
        created_at=origin.written_at,
        **_counted_from_nothing(),
    )
    body = comment_text(str(given.get("body") or ""))
    _place(session, comment, given.get("parent_id"), participant_id)
    paragraphs.place(session, row, comment, given)
    write(comment, body, given.get("lang"), row)
    return comment


def write(comment: Comment, body: str, lang: object, row: Consultation) -> None:
    """Let a comment say this."""
    comment.body, comment.search_text = body, search_text(body)
    comment.lang = language_of(str(lang) if lang else None, body, row.primary_lang)
    comment.norm_sha256 = exact_key(body)


def token_of(given: object) -> uuid.UUID:
    """Return the mark of a form; what gives none is never the same twice."""
    try:
        return uuid.UUID(str(given))
    except ValueError:
        return uuid.uuid4()


def _counted_from_nothing() -> dict[str, Any]:
    counts = ("for_count", "neutral_count", "against_count", "reply_count", "score")
    return {**dict.fromkeys(counts, 0), "version": 1}


def _place(
    session: AlchemySession, comment: Comment, parent_id: object, participant_id: str
) -> None:
    """Put a comment under what it answers."""
    comment.depth, comment.root_id = 0, comment.id
    if not parent_id:
        return
    parent = stored.find(session, str(parent_id))
    if parent is None:
        raise threads.ParentNotFound
    is_own = parent.participant_id == participant_id
    reader = comments.Reader.AUTHOR if is_own else comments.Reader.OUTSIDER
    view = comments.view_of(State(parent.state), reader, was_public=parent.published_at is not None)
    place = threads.place_under(spoken.place_of(parent), view, comment.consultation_id, comment.id)
    comment.parent_id, comment.root_id, comment.depth = place.parent_id, place.root_id, place.depth

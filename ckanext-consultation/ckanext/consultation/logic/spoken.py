"""What the API says of comments, each as its reader may see it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.consultation.domain import comments
from ckanext.consultation.domain.comments import WITH_WORDS, Facts, Reader, State, Step, View
from ckanext.consultation.domain.description import Settings
from ckanext.consultation.domain.language import direction_of
from ckanext.consultation.domain.markup import rendered
from ckanext.consultation.domain.schedule import Phase
from ckanext.consultation.domain.threads import Place
from ckanext.consultation.logic import answering, paragraphs
from ckanext.consultation.model import answers, moderation
from ckanext.consultation.model import comments as stored
from ckanext.consultation.model.comments import Comment, Participant
from ckanext.consultation.model.consultations import Consultation
from ckanext.consultation.model.moderation import Decision
from ckanext.opengov.shared import readers
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.lifecycle import outlook
from ckanext.opengov.shared.domain.moments import as_utc
from ckanext.opengov.shared.domain.texts import pick

OWN_STEPS = (Step.EDIT, Step.WITHDRAW)


def view_of(comment: Comment, reader: Participant | None) -> View:
    """Return what a participant, or anyone, sees of a comment."""
    is_own = reader is not None and comment.participant_id == reader.id
    whom = Reader.AUTHOR if is_own else Reader.OUTSIDER
    return comments.view_of(State(comment.state), whom, was_public=comment.published_at is not None)


def facts_of(row: Consultation, comment: Comment, now: datetime) -> Facts:
    """Return what the rules look at when an author changes a comment."""
    is_open = row.state == "published" and row.window.phase(now) is Phase.OPEN
    minutes = Settings.read(row.settings).edit_minutes
    return Facts(now, comment.created_at, is_open, minutes)


def former(session: AlchemySession, comment: Comment) -> list[dict[str, Any]]:
    """Return the former wordings that stay in sight."""
    return [
        {
            "body": each.body,
            "html": rendered(each.body).html,
            "dir": direction_of(each.body, comment.lang),
            "replaced_at": as_utc(each.replaced_at),
        }
        for each in stored.former(session, comment)
    ]


def place_of(comment: Comment) -> Place:
    """Return where a comment stands."""
    return Place(
        comment.id, comment.consultation_id, comment.root_id, comment.parent_id, comment.depth
    )


def one(
    session: AlchemySession,
    row: Consultation,
    comment: Comment,
    reader: Participant | None,
    *,
    is_new: bool = False,
) -> dict[str, Any]:
    """Return one comment; ``is_new``: nobody can have replied to it yet."""
    return many(session, row, [comment], reader, is_new=is_new)[0]


def many(
    session: AlchemySession,
    row: Consultation,
    found: Sequence[Comment],
    reader: Participant | None,
    *,
    is_new: bool = False,
) -> list[dict[str, Any]]:
    """Return comments: as many queries, whatever their number."""
    people = stored.people_of(session, found)
    mine = stored.votes_of(session, reader.id, found) if reader else {}
    is_author = reader is not None and any(each.participant_id == reader.id for each in found)
    now = row.read_at if is_author else None
    # A reply may quote what was hidden since.
    public = [each for each in found if each.state == State.PUBLISHED and not is_new]
    told = _replies_to(session, public)
    places = paragraphs.standing(session, found)
    why = decided_against(session, found)
    said = [
        {
            **_said(row, each, people[each.participant_id], reader, mine),
            "paragraph": places.get(each.id),
            "decision": why.get(each.id),
            "official_replies": told.get(each.id, []),
        }
        for each in found
    ]
    return [
        {**each, "steps": _steps(row, comment, now)} if now and each["is_mine"] else each
        for each, comment in zip(said, found, strict=True)
    ]


def _steps(row: Consultation, comment: Comment, now: datetime) -> dict[str, str | None]:
    """Return what its author may do to a comment, and what is in the way of it."""
    author = Actor(None, frozenset({comments.Role.AUTHOR}))
    facts = facts_of(row, comment, now)
    ahead = outlook(comments.TRANSITIONS, State(comment.state), author, facts)
    return {step: each.code if each else None for step, each in ahead.items() if step in OWN_STEPS}


def _replies_to(
    session: AlchemySession, found: Sequence[Comment]
) -> dict[str, list[dict[str, Any]]]:
    """Return what the body replied to each comment and to its themes: at most two queries."""
    by_comment = answers.replies_to(session, [each.id for each in found])
    rows = {reply.id: reply for each in by_comment.values() for reply in each}
    shown = {each["id"]: each for each in answering.shown_replies(session, list(rows.values()))}
    return {of: [shown[reply.id] for reply in each] for of, each in by_comment.items()}


def decided_against(session: AlchemySession, found: Sequence[Comment]) -> dict[str, dict[str, Any]]:
    """Return why those of these that were hidden or rejected were, as everyone may read it."""
    ids = [each.id for each in found if each.state in (State.HIDDEN, State.REJECTED)]
    known = moderation.last_against(session, ids) if ids else {}
    return {id: decided(decision) for id, (decision, _appeal) in known.items()}


def decided(row: Decision) -> dict[str, Any]:
    """Return a decision of a moderator: its reason, and the note in the reader's language."""
    notes = row.note_translated
    return {
        "decision": row.decision,
        "reason": row.reason,
        "note": pick(notes, [tk.h.lang() or "", *readers.languages()]),
        "note_translated": notes,
        "decided_at": as_utc(row.decided_at),
    }


def with_replies(
    session: AlchemySession,
    row: Consultation,
    found: Sequence[Comment],
    reader: Participant | None,
) -> list[dict[str, Any]]:
    """Return comments, each with its first replies."""
    answered = [each.id for each in found if each.reply_count]
    replies = stored.replies_of(session, answered) if answered else {}
    flat = [*found, *(reply for each in replies.values() for reply in each)]
    said = {each["id"]: each for each in many(session, row, flat, reader)}
    return [
        {**said[each.id], "replies": [said[reply.id] for reply in replies.get(each.id, [])]}
        for each in found
    ]


def _said(
    row: Consultation,
    comment: Comment,
    participant: Participant,
    reader: Participant | None,
    mine: dict[str, int],
) -> dict[str, Any]:
    view = view_of(comment, reader)
    has_words = view in WITH_WORDS
    counts = {"for": comment.for_count, "neutral": comment.neutral_count}
    return {
        "id": comment.id,
        "seq": comment.seq,
        "consultation_id": row.id,
        "parent_id": comment.parent_id,
        "depth": comment.depth,
        "eid": comment.eid,
        "state": comment.state,
        "view": view,
        "body": comment.body if has_words else None,
        "html": rendered(comment.body).html if has_words else None,
        "lang": comment.lang if has_words else None,
        "dir": direction_of(comment.body, comment.lang) if has_words else None,
        "position": comment.position if has_words else None,
        "participant": named(participant) if has_words else None,
        "is_mine": reader is not None and participant.id == reader.id,
        "votes": {**counts, "against": comment.against_count, "mine": mine.get(comment.id)},
        "reply_count": comment.reply_count,
        "created_at": as_utc(comment.created_at),
        "edited_at": as_utc(comment.edited_at),
        "version": comment.version,
    }


def named(participant: Participant) -> dict[str, Any]:
    """Return how a participant is called: by a number, unless they want to be named."""
    return {
        "number": participant.number,
        "kind": participant.kind,
        "name": participant.shown_name,
    }

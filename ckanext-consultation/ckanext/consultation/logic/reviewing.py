"""What moderators are shown of a comment: its words, what it answers, and what speaks for what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.consultation.domain import comments
from ckanext.consultation.domain.comments import WITH_WORDS, Facts, Reader, Role, State
from ckanext.consultation.domain.duplicates import NEAR, similarity
from ckanext.consultation.domain.language import direction_of
from ckanext.consultation.domain.markup import rendered
from ckanext.consultation.domain.moderation import DECISIONS, Claim
from ckanext.consultation.domain.signals import signals_in
from ckanext.consultation.logic import spoken
from ckanext.consultation.model import comments as stored
from ckanext.consultation.model import duplicates, moderation
from ckanext.consultation.model.comments import Comment, Participant
from ckanext.consultation.model.consultations import Consultation
from ckanext.consultation.model.moderation import Decision, Item
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.lifecycle import outlook
from ckanext.opengov.shared.domain.moments import as_utc

MOST_NEAR = 5
"""Near copies that a moderator sees of each comment."""
WHOLE = 100
"""Per cent."""


class Entry(NamedTuple):
    """An entry of the queue with what it is about."""

    item: Item
    comment: Comment
    participant: Participant
    consultation: Consultation


class _Beside(NamedTuple):
    """What stands beside the comments of a page, each by comment id unless it says otherwise."""

    parents: dict[str, Comment]
    paragraphs: dict[tuple[str, str], Any]
    decisions: dict[str, list[Decision]]
    reports: dict[str, dict[str, int]]
    copies: dict[str, int]
    near: dict[str, list[Comment]]
    public: dict[str, int]
    """Public comments by participant id."""
    people: dict[str, Any]
    """Those who are reading one, by user id."""


def items(
    session: AlchemySession, found: Iterable[Sequence[Any]], user_id: str, now: datetime
) -> list[dict[str, Any]]:
    """Return entries as a moderator reads them: as many queries, whatever their number."""
    entries = [Entry(*row[:4]) for row in found]
    beside = _beside(session, entries) if entries else None
    return [_item(entry, beside, user_id, now) for entry in entries if beside]


def moderating(user_id: str, participant: Participant) -> Actor:
    """Return a moderator as the rules on one comment see them."""
    own = {Role.AUTHOR} if participant.user_id == user_id else set()
    return Actor(user_id, frozenset({Role.MODERATOR, *own}))


def words(comment: Comment) -> dict[str, Any]:
    """Return a comment as moderators read it; nobody reads what was taken back."""
    view = comments.view_of(State(comment.state), Reader.MODERATOR)
    has_words = view in WITH_WORDS
    return {
        "id": comment.id,
        "seq": comment.seq,
        "state": comment.state,
        "view": view,
        "body": comment.body if has_words else None,
        "html": rendered(comment.body).html if has_words else None,
        "lang": comment.lang if has_words else None,
        "dir": direction_of(comment.body, comment.lang) if has_words else None,
        "position": comment.position if has_words else None,
        "created_at": as_utc(comment.created_at),
        "edited_at": as_utc(comment.edited_at),
    }


def titled(row: Consultation) -> dict[str, Any]:
    """Return a consultation as lists name it."""
    return {
        "id": row.id,
        "name": row.name,
        "title_translated": row.title_translated,
        "primary_lang": row.primary_lang,
    }


def _beside(session: AlchemySession, entries: Sequence[Entry]) -> _Beside:
    found = [entry.comment for entry in entries]
    ids = [each.id for each in found]
    readers = {entry.item.claimed_by for entry in entries if entry.item.claimed_by}
    return _Beside(
        parents=stored.by_ids(session, {each.parent_id for each in found if each.parent_id}),
        paragraphs=moderation.paragraphs_of(session, found),
        decisions=moderation.decisions_on(session, ids),
        reports=moderation.reports_on(session, ids),
        copies=duplicates.copies_of(session, found),
        near=duplicates.candidates_of(session, found, MOST_NEAR),
        public=moderation.published_by(session, {each.participant_id for each in found}),
        people=people_of(session, readers) if readers else {},
    )


def people_of(session: AlchemySession, user_ids: Iterable[str]) -> dict[str, Any]:
    """Return accounts by user id."""
    user = ckan_model.User
    found = session.query(user).filter(user.id.in_(list(user_ids)))
    return {each.id: each for each in found}


def _item(entry: Entry, beside: _Beside, user_id: str, now: datetime) -> dict[str, Any]:
    item, comment, participant, row = entry
    parent = beside.parents.get(comment.parent_id or "")
    actor = moderating(user_id, participant)
    facts = Facts(now, comment.created_at, is_open=False)
    ahead = outlook(comments.TRANSITIONS, State(comment.state), actor, facts)
    said = {**words(comment), "participant": spoken.named(participant)}
    return {
        "id": item.id,
        "version": item.version,
        "state": item.state,
        "causes": item.causes,
        "waiting_since": as_utc(item.since),
        "look_by": as_utc(item.look_by),
        "is_late": now > item.look_by,
        "claim": _claim(item.claim, beside.people, user_id, now),
        "consultation": titled(row),
        "comment": said,
        "parent": words(parent) if parent else None,
        "paragraph": _paragraph(
            beside.paragraphs.get((comment.version_id or "", comment.eid or ""))
        ),
        "signals": _signals(said["body"]),
        "public_before": beside.public.get(participant.id, 0),
        "copies": beside.copies.get(comment.id, 0),
        "near": _near(comment, beside.near.get(comment.id, [])),
        "reports": beside.reports.get(comment.id, {}),
        "history": [spoken.decided(each) for each in beside.decisions.get(comment.id, [])],
        "decisions": [each for each in DECISIONS if each in ahead and ahead[each] is None],
    }


def _claim(
    claim: Claim | None, people: dict[str, Any], user_id: str, now: datetime
) -> dict[str, Any] | None:
    if claim is None or now >= claim.until():
        return None
    reader = people.get(claim.moderator_id)
    return {
        "by": reader.display_name if reader else None,
        "is_mine": claim.moderator_id == user_id,
        "until": as_utc(claim.until()),
    }


def _paragraph(node: Any) -> dict[str, Any] | None:
    if node is None:
        return None
    names = ("version_id", "eid", "kind", "number")
    texts = {"heading_translated": node.heading, "body_translated": node.body}
    return {**{name: getattr(node, name) for name in names}, **texts}


def _signals(body: str | None) -> list[dict[str, Any]]:
    """Return what in the words a moderator should look at, with places in code points."""
    return [
        {"signal": each.signal, "start": each.start, "end": each.end}
        for each in signals_in(body or "")
    ]


def _near(comment: Comment, candidates: Sequence[Comment]) -> list[dict[str, Any]]:
    shares = [(similarity(comment.body, each.body), each) for each in candidates]
    return [
        {
            "id": each.id,
            "seq": each.seq,
            "state": each.state,
            "per_cent": round(WHOLE * share),
            "is_same_participant": each.participant_id == comment.participant_id,
        }
        for share, each in sorted(shares, key=lambda pair: -pair[0])
        if share >= NEAR
    ]

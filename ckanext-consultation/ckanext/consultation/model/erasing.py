"""Takes a person out of a consultation: the words go, the places in the threads stay."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from ckan.types import AlchemySession

from ckanext.consultation.model.comments import (
    COUNTS,
    Comment,
    CommentRevision,
    Participant,
    Vote,
    VoteEvent,
)
from ckanext.consultation.model.duplicates import Band
from ckanext.consultation.model.moderation import (
    DECIDED,
    PENDING,
    Appeal,
    Decision,
    Item,
    ReportRow,
)

TOGETHER = {"synchronize_session": False}
"""What was loaded before is stale afterwards: the caller commits."""


def held(session: AlchemySession, participant_id: str) -> Participant | None:
    """Return a participant, held: what they were just sending is stored before, or refused."""
    query = sa.select(Participant).where(
        Participant.id == participant_id, Participant.erased_at.is_(None)
    )
    held_alone = query.with_for_update().execution_options(populate_existing=True)
    return session.execute(held_alone).scalar_one_or_none()


def comments(session: AlchemySession, participant_id: str, states: Collection[str]) -> list[str]:
    """Empty what someone said, in whatever of these states; return the ids of the comments."""
    _hold(session, Comment.participant_id == participant_id)
    query = (
        sa.update(Comment)
        .where(Comment.participant_id == participant_id, Comment.state.in_(states))
        .values(
            state="erased",
            body="",
            search_text="",
            norm_sha256=None,
            position=None,
            version=Comment.version + 1,
        )
        .returning(Comment.id)
    )
    ids = list(session.execute(query, execution_options=TOGETHER).scalars())
    _with_them(session, ids)
    return ids


def _with_them(session: AlchemySession, ids: list[str]) -> None:
    """Take away what was made of these comments: wordings, likenesses, notes and appeals."""
    decided = sa.select(Decision.id).where(Decision.comment_id.in_(ids))
    appeals = Appeal.decision_id.in_(decided)
    settled = {"state": DECIDED, "claimed_by": None, "claimed_at": None}
    statements: list[Any] = [
        sa.delete(CommentRevision).where(CommentRevision.comment_id.in_(ids)),
        sa.delete(Band).where(Band.comment_id.in_(ids)),
        sa.delete(Appeal).where(appeals, Appeal.state == "open"),
        sa.update(Appeal).where(appeals).values(text="", note_translated={}),
        # A moderator's note may quote what it is about.
        sa.update(Decision).where(Decision.comment_id.in_(ids)).values(note_translated={}),
        sa.update(Item)
        .where(Item.comment_id.in_(ids), Item.state == PENDING)
        .values(version=Item.version + 1, **settled),
    ]
    for each in statements:
        session.execute(each, execution_options=TOGETHER)


def votes(session: AlchemySession, participant_id: str) -> int:
    """Take back what someone thought of comments, and count it no more; return how many."""
    given = sa.select(Vote.comment_id).where(Vote.participant_id == participant_id)
    _hold(session, Comment.id.in_(given))
    own = (Vote.participant_id == participant_id, Vote.comment_id == Comment.id)
    counted = {
        name: getattr(Comment, name) - sa.case((Vote.value == value, 1), else_=0)
        for value, name in COUNTS.items()
    }
    session.execute(sa.update(Comment).where(*own).values(counted), execution_options=TOGETHER)
    of_person = VoteEvent.participant_id == participant_id
    session.execute(sa.delete(VoteEvent).where(of_person), execution_options=TOGETHER)
    gone = sa.delete(Vote).where(Vote.participant_id == participant_id).returning(Vote.comment_id)
    return len(session.execute(gone, execution_options=TOGETHER).all())


def reports(session: AlchemySession, participant_id: str) -> None:
    """Take back what someone reported and no moderator judged: they may come and report again."""
    waiting = (ReportRow.participant_id == participant_id, ReportRow.outcome.is_(None))
    session.execute(sa.delete(ReportRow).where(*waiting), execution_options=TOGETHER)


def _hold(session: AlchemySession, which: sa.ColumnElement[bool]) -> None:
    """Hold comments in one order, so that nobody who does so waits for another who does."""
    session.execute(sa.select(Comment.id).where(which).order_by(Comment.id).with_for_update())

"""What the suite holds about one person who took part: for them alone."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from ckan.types import AlchemySession

from ckanext.consultation.model.comments import Comment, CommentRevision, Participant, Vote
from ckanext.consultation.model.consultations import Consultation
from ckanext.consultation.model.moderation import MOMENT, ReportRow

SINCE = sa.type_coerce(Participant.created_at, MOMENT)
PARTICIPANT_ID = sa.type_coerce(Participant.id, sa.Text)
VOTED_ON = sa.type_coerce(Vote.comment_id, sa.Text)
REPORTED = sa.type_coerce(ReportRow.comment_id, sa.Text)
"""What orders the lists."""


def of_user(user_id: str) -> sa.Select[Any]:
    """Select where an account holder took part, and how much they said; the caller pages it."""
    said = sa.select(sa.func.count()).where(Comment.participant_id == Participant.id)
    voted = sa.select(sa.func.count()).where(Vote.participant_id == Participant.id)
    return (
        sa.select(Participant, Consultation, said.scalar_subquery(), voted.scalar_subquery())
        .join(Consultation, Consultation.id == Participant.consultation_id)
        .where(Participant.user_id == user_id)
    )


def has_any(user_id: str) -> sa.ColumnElement[bool]:
    """Tell in a query whether an account holder took part anywhere."""
    return sa.exists().where(Participant.user_id == user_id)


def votes_of(participant_id: str) -> sa.Select[Any]:
    """Select what someone thinks of which comment, by its number; the caller pages it."""
    return (
        sa.select(Vote, Comment.seq)
        .join(Comment, Comment.id == Vote.comment_id)
        .where(Vote.participant_id == participant_id)
    )


def reports_of(participant_id: str) -> sa.Select[Any]:
    """Select what someone reported, by the comment's number; the caller pages it."""
    return (
        sa.select(ReportRow, Comment.seq)
        .join(Comment, Comment.id == ReportRow.comment_id)
        .where(ReportRow.participant_id == participant_id)
    )


def wordings_of(
    session: AlchemySession, comment_ids: Collection[str]
) -> dict[str, list[CommentRevision]]:
    """Return the former wordings of comments, all of them, the oldest first."""
    query = sa.select(CommentRevision).where(CommentRevision.comment_id.in_(comment_ids))
    found: dict[str, list[CommentRevision]] = {}
    for row in session.execute(query.order_by(CommentRevision.version)).scalars():
        found.setdefault(row.comment_id, []).append(row)
    return found

"""What happened to public consultations, gathered from where it is written down."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm

from ckan.types import AlchemySession

from ckanext.consultation.domain.comments import State as CommentState
from ckanext.consultation.domain.life import PUBLIC, State
from ckanext.consultation.domain.occasions import Kind
from ckanext.consultation.model import texts
from ckanext.consultation.model.answers import Reply
from ckanext.consultation.model.comments import Comment
from ckanext.consultation.model.consultations import BY_THE_CLOCK, Consultation
from ckanext.consultation.model.texts import Document, Version
from ckanext.opengov.shared.audit import AuditRow

MOMENT = sa.DateTime(timezone=True)
NONE = sa.literal("", sa.Text)
Column = sa.ColumnElement[Any] | sa.orm.InstrumentedAttribute[Any]


def of_public(
    now: datetime,
    kinds: Collection[Kind],
    *,
    consultation_id: str | None = None,
    body_id: str | None = None,
) -> tuple[sa.Select[Any], list[sa.ColumnElement[Any]]]:
    """Select what happened until now, and the columns that order it; the caller pages it.

    Columns: ``kind``, ``at``, ``consultation_id``, ``subject`` (what it is about, of many of a
    kind) and ``key``, which no other has.
    """
    here: list[sa.ColumnElement[bool]] = [
        Consultation.published_at.is_not(None),
        Consultation.state.in_(map(str, PUBLIC)),
    ]
    if consultation_id is not None:
        here.append(Consultation.id == consultation_id)
    if body_id is not None:
        here.append(Consultation.owner_org == body_id)
    all_of_them = {**_by_the_clock(now), **_steps(), **_work()}
    # ``sa.false()`` keeps the union whole where nothing is asked for.
    wanted = [query.where(*here) for kind, query in all_of_them.items() if kind in kinds]
    one = sa.union_all(*(wanted or [all_of_them[Kind.RESULTS].where(sa.false())])).subquery()
    order: list[sa.ColumnElement[Any]] = [
        sa.type_coerce(one.c.at, MOMENT),
        sa.type_coerce(one.c.key, sa.Text),
    ]
    return sa.select(one), order


def _select(kind: Kind, at: Column, subject: Column = NONE) -> sa.Select[Any]:
    key = sa.func.concat_ws(":", Consultation.id, str(kind), sa.cast(subject, sa.Text))
    return sa.select(
        sa.literal(str(kind)).label("kind"),
        at.label("at"),
        Consultation.id.label("consultation_id"),
        sa.cast(subject, sa.Text).label("subject"),
        key.label("key"),
    )


def _by_the_clock(now: datetime) -> dict[Kind, sa.Select[Any]]:
    opens, closes, due = (
        Consultation.opens_at,
        Consultation.closes_at,
        Consultation.response_due_at,
    )
    is_given_up = Consultation.state == State.CANCELLED

    def reached(moment: Column) -> sa.ColumnElement[bool]:
        # What was cancelled before did not open, or close.
        return sa.and_(moment <= now, sa.or_(~is_given_up, moment < Consultation.changed_at))

    late = sa.or_(Consultation.answered_at.is_(None), Consultation.answered_at > due)
    by_clock = Consultation.state.in_(map(str, BY_THE_CLOCK))
    opened_at = sa.func.greatest(opens, Consultation.published_at)
    return {
        Kind.OPENED: _select(Kind.OPENED, opened_at).where(reached(opens)),
        Kind.CLOSED: _select(Kind.CLOSED, closes).where(reached(closes)),
        Kind.OVERDUE: _select(Kind.OVERDUE, due).where(due <= now, late, by_clock),
    }


def _steps() -> dict[Kind, sa.Select[Any]]:
    published = Consultation.published_at
    extended = _select(Kind.EXTENDED, AuditRow.at, AuditRow.seq).join(
        AuditRow, AuditRow.subject == sa.literal("consultation:") + Consultation.id
    )
    return {
        Kind.ANNOUNCED: _select(Kind.ANNOUNCED, published).where(Consultation.opens_at > published),
        Kind.EXTENDED: extended.where(AuditRow.step == "extend"),
        Kind.RESULTS: _select(Kind.RESULTS, Consultation.answered_at).where(
            Consultation.answered_at.is_not(None)
        ),
        Kind.CANCELLED: _select(Kind.CANCELLED, Consultation.changed_at).where(
            Consultation.state == State.CANCELLED
        ),
    }


def _work() -> dict[Kind, sa.Select[Any]]:
    """Return what the body wrote: new versions of texts, and replies to what is public."""
    version = (
        _select(Kind.VERSION, Version.published_at, Version.id)
        .join(Document, Document.consultation_id == Consultation.id)
        .join(Version, Version.document_id == Document.id)
        .where(Version.state.in_(texts.PUBLIC), Version.published_at > Consultation.published_at)
    )
    replied = (
        _select(Kind.REPLIED, Reply.published_at, Reply.id)
        .join(Reply, Reply.consultation_id == Consultation.id)
        .outerjoin(Comment, Comment.id == Reply.comment_id)
        .where(Reply.published_at.is_not(None))
        # A reply may quote what was hidden since.
        .where(sa.or_(Reply.comment_id.is_(None), Comment.state == CommentState.PUBLISHED))
    )
    return {Kind.VERSION: version, Kind.REPLIED: replied}


def consultations_of(session: AlchemySession, ids: Collection[str]) -> dict[str, Consultation]:
    """Return consultations by id."""
    query = sa.select(Consultation).where(Consultation.id.in_(ids))
    return {row.id: row for row in session.execute(query).scalars()}


def labels_of(session: AlchemySession, version_ids: Collection[str]) -> dict[str, tuple[int, int]]:
    """Return the place of its text and the number of each version, by version id."""
    query = (
        sa.select(Version.id, Document.position, Version.number)
        .join(Document, Document.id == Version.document_id)
        .where(Version.id.in_(version_ids))
    )
    return {row.id: (row.position, row.number) for row in session.execute(query)}


def replies_of(session: AlchemySession, reply_ids: Collection[str]) -> list[Reply]:
    """Return replies by their ids."""
    return list(session.execute(sa.select(Reply).where(Reply.id.in_(reply_ids))).scalars())


PUBLISHED = sa.type_coerce(Comment.published_at, MOMENT)
COMMENT_ID = sa.type_coerce(Comment.id, sa.Text)
"""What orders the latest comments."""


def latest_comments(consultation_id: str) -> sa.Select[Any]:
    """Select what is public in a consultation, answers too; the caller pages it."""
    return sa.select(Comment).where(
        Comment.consultation_id == consultation_id,
        Comment.state == CommentState.PUBLISHED,
        Comment.published_at.is_not(None),
    )


def dated(since: datetime, body_id: str | None, consultation_id: str | None) -> sa.Select[Any]:
    """Select public consultations that have a date after a moment, the next to close last."""
    query = sa.select(Consultation).where(
        Consultation.published_at.is_not(None),
        Consultation.state.in_(map(str, PUBLIC)),
        sa.or_(
            Consultation.closes_at >= since,
            Consultation.response_due_at >= since,
            Consultation.answered_at >= since,
        ),
    )
    if body_id is not None:
        query = query.where(Consultation.owner_org == body_id)
    if consultation_id is not None:
        query = query.where(Consultation.id == consultation_id)
    return query.order_by(Consultation.closes_at.desc(), Consultation.id)

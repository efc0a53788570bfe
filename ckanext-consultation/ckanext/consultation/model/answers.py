"""Themes of comments, what the body replies, and which paragraphs it changed for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.consultation.domain.comments import State
from ckanext.consultation.domain.texts.publishing import label_of
from ckanext.consultation.model.comments import RECIPIENT, Comment, Participant
from ckanext.consultation.model.texts import COLUMNS, NodeRow, node_of_row

MOMENT = sa.DateTime(timezone=True)


class Theme(tk.BaseModel):
    """What many comments have in common."""

    __tablename__ = "consultation_theme"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    consultation_id: Mapped[str] = mapped_column(sa.Text)
    title_translated: Mapped[dict[str, str]] = mapped_column(JSONB)
    summary_translated: Mapped[dict[str, str]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    changed_at: Mapped[datetime] = mapped_column(MOMENT)
    version: Mapped[int] = mapped_column(sa.Integer)


class ThemeComment(tk.BaseModel):
    """A comment in a theme; it may be in several."""

    __tablename__ = "consultation_theme_comment"

    consultation_id: Mapped[str] = mapped_column(sa.Text)
    theme_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    comment_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    seq: Mapped[int] = mapped_column(sa.BigInteger)
    """The comment's number, so that a theme is paged by its own index."""


class Reply(tk.BaseModel):
    """What the body answers: to a comment, to a theme, or with neither to everyone."""

    __tablename__ = "consultation_reply"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    consultation_id: Mapped[str] = mapped_column(sa.Text)
    theme_id: Mapped[str | None] = mapped_column(sa.Text)
    comment_id: Mapped[str | None] = mapped_column(sa.Text)
    decision: Mapped[str] = mapped_column(sa.Text)
    text_translated: Mapped[dict[str, str]] = mapped_column(JSONB)
    written_by: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    changed_at: Mapped[datetime] = mapped_column(MOMENT)
    published_at: Mapped[datetime | None] = mapped_column(MOMENT)
    version: Mapped[int] = mapped_column(sa.Integer)


class ChangeLink(tk.BaseModel):
    """A paragraph that was changed because of a reply."""

    __tablename__ = "consultation_change_link"

    reply_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    version_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    eid: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    change: Mapped[str] = mapped_column(sa.Text)


VERSIONS = sa.table(
    "consultation_document_version",
    *(sa.column(name) for name in ("id", "document_id", "number", "state")),
)
NODES = sa.table("consultation_node", sa.column("version_id"), sa.column("eid"))
DOCUMENTS = sa.table(
    "consultation_document", *(sa.column(name) for name in ("id", "consultation_id", "position"))
)
CREATED = sa.type_coerce(Reply.created_at, MOMENT)
PUBLISHED = sa.type_coerce(Reply.published_at, MOMENT)
REPLY_ID = sa.type_coerce(Reply.id, sa.Text)
"""What orders replies."""
THEME_SEQ = sa.type_coerce(ThemeComment.seq, sa.BigInteger)


def theme(session: AlchemySession, id: str, *, lock: bool = False) -> Theme | None:
    """Return a theme by its id."""
    return session.get(Theme, id, with_for_update=lock or None, populate_existing=True)


def reply(session: AlchemySession, id: str, *, lock: bool = False) -> Reply | None:
    """Return a reply by its id."""
    return session.get(Reply, id, with_for_update=lock or None, populate_existing=True)


def themes(session: AlchemySession, consultation_id: str) -> list[Theme]:
    """Return the themes of a consultation, as they were made."""
    query = sa.select(Theme).where(Theme.consultation_id == consultation_id)
    return list(session.execute(query.order_by(Theme.created_at, Theme.id)).scalars())


def counts_of_themes(session: AlchemySession, consultation_id: str) -> dict[str, dict[str, int]]:
    """Return, by theme, how many public comments it has, and how many of them think what."""
    position = Comment.position
    counted = {
        "comments": sa.func.count(),
        "participants": sa.func.count(Comment.participant_id.distinct()),
        "for": sa.func.count().filter(position == 1),
        "neutral": sa.func.count().filter(position == 0),
        "against": sa.func.count().filter(position == -1),
    }
    query = (
        sa.select(ThemeComment.theme_id, *(each.label(name) for name, each in counted.items()))
        .join(Comment, Comment.id == ThemeComment.comment_id)
        .where(ThemeComment.consultation_id == consultation_id, Comment.state == State.PUBLISHED)
        .group_by(ThemeComment.theme_id)
    )
    rows = session.execute(query).mappings()
    return {row["theme_id"]: {name: row[name] for name in counted} for row in rows}


def gather(session: AlchemySession, row: Theme, comment_ids: Collection[str]) -> int:
    """Put public comments of the consultation into a theme; return how many of these it has."""
    known = (
        sa.select(Comment.consultation_id, sa.literal(row.id), Comment.id, Comment.seq)
        .where(Comment.consultation_id == row.consultation_id, Comment.id.in_(comment_ids))
        .where(Comment.state == State.PUBLISHED)
    )
    columns = ["consultation_id", "theme_id", "comment_id", "seq"]
    session.execute(insert(ThemeComment).from_select(columns, known).on_conflict_do_nothing())
    mine = sa.select(sa.func.count()).where(
        ThemeComment.theme_id == row.id, ThemeComment.comment_id.in_(comment_ids)
    )
    return int(session.execute(mine).scalar_one())


def scatter(session: AlchemySession, row: Theme, comment_ids: Collection[str]) -> None:
    """Take comments out of a theme."""
    mine = sa.and_(ThemeComment.theme_id == row.id, ThemeComment.comment_id.in_(comment_ids))
    session.execute(
        sa.delete(ThemeComment).where(mine), execution_options={"synchronize_session": False}
    )


def in_theme(consultation_id: str, theme_id: str) -> sa.Select[Any]:
    """Select the public comments of a theme; the caller pages it by ``THEME_SEQ``."""
    return (
        sa.select(Comment)
        .join(ThemeComment, ThemeComment.comment_id == Comment.id)
        .where(ThemeComment.theme_id == theme_id, Comment.consultation_id == consultation_id)
        .where(Comment.state == State.PUBLISHED)
    )


def without_theme(consultation_id: str) -> sa.Select[Any]:
    """Select the public comments that are in no theme yet; the caller pages it by ``seq``."""
    themed = sa.exists().where(ThemeComment.comment_id == Comment.id)
    return sa.select(Comment).where(
        Comment.consultation_id == consultation_id, Comment.state == State.PUBLISHED, ~themed
    )


def replies(consultation_id: str, *, theme_id: object, comment_id: object) -> sa.Select[Any]:
    """Select what the body replied; the caller asks for what is public and pages it."""
    query = sa.select(Reply).where(Reply.consultation_id == consultation_id)
    if theme_id:
        query = query.where(Reply.theme_id == str(theme_id))
    if comment_id:
        query = query.where(Reply.comment_id == str(comment_id))
    return query


def is_read() -> sa.ColumnElement[bool]:
    """Return what holds of the replies that everyone reads: one may quote words that are gone."""
    is_gone = sa.exists().where(Comment.id == Reply.comment_id, Comment.state != State.PUBLISHED)
    return sa.and_(Reply.published_at.is_not(None), ~is_gone)


def public_replies(session: AlchemySession, consultation_id: str) -> list[Reply]:
    """Return what the body told everyone and each theme, in the order in which it did."""
    query = sa.select(Reply).where(
        Reply.consultation_id == consultation_id,
        Reply.published_at.is_not(None),
        Reply.comment_id.is_(None),
    )
    return list(session.execute(query.order_by(Reply.published_at, Reply.id)).scalars())


def decisions(session: AlchemySession, consultation_id: str) -> dict[str, int]:
    """Return how many published replies decided what."""
    query = (
        sa.select(Reply.decision, sa.func.count())
        .where(Reply.consultation_id == consultation_id, Reply.published_at.is_not(None))
        .group_by(Reply.decision)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def replies_to(session: AlchemySession, comment_ids: Collection[str]) -> dict[str, list[Reply]]:
    """Return the public replies to each of these comments, and to the themes that it is in.

    At most one query, whatever the number of comments.
    """
    found: dict[str, list[Reply]] = {}
    if not comment_ids:
        return found
    for of, row in session.execute(_replies_to(), {"ids": list(comment_ids)}):
        found.setdefault(of, []).append(row)
    return found


@cache
def _replies_to() -> sa.Select[Any]:
    ids: sa.BindParameter[str] = sa.bindparam("ids", expanding=True)
    is_public = Reply.published_at.is_not(None)
    direct = sa.select(Reply.id, Reply.comment_id.label("of")).where(
        Reply.comment_id.in_(ids), is_public
    )
    by_theme = (
        sa.select(Reply.id, ThemeComment.comment_id.label("of"))
        .join(ThemeComment, ThemeComment.theme_id == Reply.theme_id)
        .where(ThemeComment.comment_id.in_(ids), is_public)
    )
    both = sa.union_all(direct, by_theme).subquery()
    query = sa.select(both.c.of, Reply).join(Reply, Reply.id == both.c.id)
    return query.order_by(Reply.published_at, Reply.id)


def changes_of(session: AlchemySession, found: Iterable[Reply]) -> dict[str, list[dict[str, Any]]]:
    """Return the paragraphs of public versions that were changed for these replies, by reply.

    In one query; ``node`` is the paragraph itself.
    """
    ids = [each.id for each in found]
    if not ids:
        return {}
    linked: dict[str, list[dict[str, Any]]] = {}
    for row in session.execute(_changes_of(), {"ids": ids}):
        link = row.ChangeLink
        linked.setdefault(link.reply_id, []).append(
            {
                "version_id": link.version_id,
                "version": label_of(row.text_position, row.version_number),
                "eid": link.eid,
                "change": link.change,
                "node": node_of_row(row),
            }
        )
    return linked


@cache
def _changes_of() -> sa.Select[Any]:
    text, version = DOCUMENTS.c.position, VERSIONS.c.number
    named = (text.label("text_position"), version.label("version_number"))
    at_node = (NodeRow.version_id == ChangeLink.version_id, NodeRow.eid == ChangeLink.eid)
    return (
        sa.select(ChangeLink, *named, *COLUMNS)
        .join(VERSIONS, VERSIONS.c.id == ChangeLink.version_id)
        .join(DOCUMENTS, DOCUMENTS.c.id == VERSIONS.c.document_id)
        .join(NodeRow, sa.and_(*at_node))
        .where(ChangeLink.reply_id.in_(sa.bindparam("ids", expanding=True)))
        .where(VERSIONS.c.state != "draft")
        .order_by(text, version, ChangeLink.eid)
    )


def has_paragraph(session: AlchemySession, consultation_id: str, version_id: str, eid: str) -> bool:
    """Tell whether a version of a text of this consultation has the paragraph."""
    query = (
        sa.select(sa.literal(1))
        .select_from(NODES)
        .join(VERSIONS, VERSIONS.c.id == NODES.c.version_id)
        .join(DOCUMENTS, DOCUMENTS.c.id == VERSIONS.c.document_id)
        .where(NODES.c.version_id == version_id, NODES.c.eid == eid)
        .where(DOCUMENTS.c.consultation_id == consultation_id)
    )
    return session.execute(query).first() is not None


def link(session: AlchemySession, reply_id: str, version_id: str, eid: str, change: str) -> None:
    """Note that a paragraph was changed for a reply; said again, it says what is new."""
    row = insert(ChangeLink).values(
        reply_id=reply_id, version_id=version_id, eid=eid, change=change
    )
    keys = ["reply_id", "version_id", "eid"]
    session.execute(row.on_conflict_do_update(index_elements=keys, set_={"change": change}))


def unlink(session: AlchemySession, reply_id: str, version_id: str, eid: str) -> None:
    """Take such a note back."""
    found = session.get(ChangeLink, (reply_id, version_id, eid))
    if found is not None:
        session.delete(found)


def reasons_for(
    session: AlchemySession, consultation_id: str, version_id: str
) -> dict[str, list[tuple[Reply, str]]]:
    """Return, by paragraph of a public version, the public replies that changed it, and how."""
    query = (
        sa.select(ChangeLink.eid, Reply, ChangeLink.change)
        .join(Reply, Reply.id == ChangeLink.reply_id)
        .join(VERSIONS, VERSIONS.c.id == ChangeLink.version_id)
        .where(ChangeLink.version_id == version_id, VERSIONS.c.state != "draft")
        .where(Reply.consultation_id == consultation_id, is_read())
        .order_by(ChangeLink.eid, Reply.published_at, Reply.id)
    )
    found: dict[str, list[tuple[Reply, str]]] = {}
    for eid, row, change in session.execute(query):
        found.setdefault(eid, []).append((row, change))
    return found


def concerned(row: Reply) -> sa.Select[Any]:
    """Select those whom a reply answers: who wrote its comment, one in its theme, or any."""
    query = (
        sa.select(RECIPIENT.label("who"))
        .distinct()
        .join(Comment, Comment.participant_id == Participant.id)
        .where(Participant.consultation_id == row.consultation_id)
        .where(RECIPIENT.is_not(None), Comment.state == State.PUBLISHED)
    )
    if row.comment_id:
        return query.where(Comment.id == row.comment_id)
    if row.theme_id:
        mine = sa.select(ThemeComment.comment_id).where(ThemeComment.theme_id == row.theme_id)
        return query.where(Comment.id.in_(mine))
    return query

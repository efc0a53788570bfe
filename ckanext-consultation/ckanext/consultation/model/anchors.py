"""Where each comment stands in each version of a text, and what became of each node."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Mapped, aliased, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.consultation.domain.texts.matching import Anchor, Certainty, Kinship, Relation
from ckanext.consultation.domain.texts.revising import Whereabouts
from ckanext.consultation.model.comments import Comment, with_people
from ckanext.consultation.model.texts import PUBLIC, Document, Version

MOMENT = sa.DateTime(timezone=True)
WITH_WORDS = ("published", "pending")
"""States of comments whose place matters to the staff; the public knows of the first alone."""
OPEN = (Anchor.AMBIGUOUS, Anchor.ORPHANED)
"""States in which a comment stands nowhere."""


class NodeMap(tk.BaseModel):
    """What a node of one version is in the next: sure, or confirmed by a person."""

    __tablename__ = "consultation_node_map"

    from_version: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    from_eid: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    to_version: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    # Not null in the database only where it was not deleted; the identity map needs all four.
    to_eid: Mapped[str | None] = mapped_column(sa.Text, primary_key=True)
    relation: Mapped[str] = mapped_column(sa.Text)
    confirmed_by: Mapped[str | None] = mapped_column(sa.Text)
    confirmed_at: Mapped[datetime | None] = mapped_column(MOMENT)


class NodeQuestion(tk.BaseModel):
    """A node of which nobody knows yet what it became."""

    __tablename__ = "consultation_node_question"

    to_version: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    from_version: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    from_eid: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    relation: Mapped[str] = mapped_column(sa.Text)
    candidates: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))


class CommentAnchor(tk.BaseModel):
    """Where one comment stands in one version."""

    __tablename__ = "consultation_anchor"

    comment_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    version_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    eid: Mapped[str | None] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text)
    seq: Mapped[int] = mapped_column(sa.BigInteger)
    """The comment's number, which orders a paragraph's comments without looking at these."""
    candidates: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    confirmed_by: Mapped[str | None] = mapped_column(sa.Text)
    confirmed_at: Mapped[datetime | None] = mapped_column(MOMENT)


SEQ = sa.type_coerce(CommentAnchor.seq, sa.BigInteger)


def add(session: AlchemySession, comment: Comment) -> None:
    """Put a new comment at the paragraph on which it was made."""
    session.add(
        CommentAnchor(
            comment_id=comment.id,
            version_id=comment.version_id,
            eid=comment.eid,
            state=Anchor.SAME,
            seq=comment.seq,
            candidates=[],
        )
    )


def counts(session: AlchemySession, version_id: str, eids: Sequence[str]) -> dict[str, int]:
    """Return how many public comments stand at each of these paragraphs, in one query."""
    query = (
        sa.select(CommentAnchor.eid, sa.func.count())
        .join(Comment, Comment.id == CommentAnchor.comment_id)
        .where(
            CommentAnchor.version_id == version_id,
            CommentAnchor.eid.in_(list(eids)),
            Comment.state == "published",
        )
        .group_by(CommentAnchor.eid)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def standing_open(
    session: AlchemySession, version_id: str, states: Sequence[str]
) -> dict[str, int]:
    """Return how many comments of a version, of those in these states, stand nowhere."""
    query = (
        sa.select(CommentAnchor.state, sa.func.count())
        .join(Comment, Comment.id == CommentAnchor.comment_id)
        .where(CommentAnchor.version_id == version_id, CommentAnchor.eid.is_(None))
        .where(Comment.state.in_(states))
        .group_by(CommentAnchor.state)
    )
    found = {row[0]: row[1] for row in session.execute(query)}
    return {str(state): found.get(state, 0) for state in OPEN}


def first_at(
    session: AlchemySession, version_id: str, eids: Sequence[str], most: int
) -> dict[str, list[Comment]]:
    """Return the newest comments at each of these paragraphs, in one query."""
    given = sa.func.unnest(sa.cast(list(eids), ARRAY(sa.Text)))
    wanted = given.table_valued("eid").render_derived()
    comment = aliased(Comment)
    first = (
        sa.select(comment)
        .join(CommentAnchor, CommentAnchor.comment_id == comment.id)
        .where(
            CommentAnchor.version_id == version_id,
            CommentAnchor.eid == wanted.c.eid,
            comment.state == "published",
        )
        .order_by(CommentAnchor.seq.desc())
        .limit(most)
        .lateral("first")
    )
    entity = aliased(Comment, first)
    query = with_people(sa.select(wanted.c.eid, entity), entity).select_from(wanted)
    found: dict[str, list[Comment]] = {}
    for row in session.execute(query.join(first, sa.true())):
        found.setdefault(row[0], []).append(row[1])
    return found


def thread_at(version_id: str, eid: str) -> sa.Select[Any]:
    """Select the comments at a paragraph of a version; the caller pages it by ``SEQ``."""
    return (
        with_people(sa.select(Comment))
        .join(CommentAnchor, CommentAnchor.comment_id == Comment.id)
        .where(CommentAnchor.version_id == version_id, CommentAnchor.eid == eid)
        .where(Comment.published_at.is_not(None))
    )


def open_ones(version_id: str, state: Anchor, shown: Sequence[str]) -> sa.Select[Any]:
    """Select the comments of a version that stand nowhere; the caller pages it by ``SEQ``."""
    return (
        sa.select(Comment, CommentAnchor)
        .join(CommentAnchor, CommentAnchor.comment_id == Comment.id)
        .where(
            CommentAnchor.version_id == version_id,
            CommentAnchor.eid.is_(None),
            CommentAnchor.state == state,
            Comment.state.in_(shown),
        )
    )


def anchor_of(
    session: AlchemySession, comment_id: str, version_id: str, *, lock: bool = False
) -> CommentAnchor | None:
    """Return where a comment stands in a version."""
    query = sa.select(CommentAnchor).where(
        CommentAnchor.comment_id == comment_id, CommentAnchor.version_id == version_id
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.execute(query).scalar_one_or_none()


def standing(session: AlchemySession, comments: Iterable[Comment]) -> list[sa.Row[Any]]:
    """Return where comments on paragraphs were made and stand in the newest version of their text.

    In one query, rows of ``id``, ``eid``, ``position`` of the text, ``number`` of the version,
    ``now_number`` of the newest public one, and their anchor in that, if they came there.
    """
    ids = [comment.id for comment in comments if comment.version_id]
    return list(session.execute(_standing(), {"ids": ids}))


@cache
def _standing() -> sa.Select[Any]:
    made, newest = aliased(Version), aliased(Version)
    last = sa.select(sa.func.max(newest.number)).where(
        newest.document_id == made.document_id, newest.state.in_(PUBLIC)
    )
    now = aliased(Version)
    return (
        sa.select(
            *(Comment.id, Comment.eid, Document.position, made.number),
            *(now.number.label("now_number"), CommentAnchor),
        )
        .join(made, made.id == Comment.version_id)
        .join(Document, Document.id == made.document_id)
        .outerjoin(
            now,
            sa.and_(now.document_id == Document.id, now.number == last.scalar_subquery()),
        )
        .outerjoin(
            CommentAnchor,
            sa.and_(CommentAnchor.comment_id == Comment.id, CommentAnchor.version_id == now.id),
        )
        .where(Comment.id.in_(sa.bindparam("ids", expanding=True)))
    )


# -- what became of the nodes


def relations(session: AlchemySession, from_version: str, to_version: str) -> list[Relation]:
    """Return what became of the nodes of a version in another, questions included."""
    mapped = sa.select(NodeMap.from_eid, NodeMap.to_eid, NodeMap.relation).where(
        NodeMap.from_version == from_version, NodeMap.to_version == to_version
    )
    asked = sa.select(NodeQuestion.from_eid, NodeQuestion.relation, NodeQuestion.candidates).where(
        NodeQuestion.from_version == from_version, NodeQuestion.to_version == to_version
    )
    sure = [
        Relation(row.from_eid, row.to_eid, Kinship(row.relation)) for row in session.execute(mapped)
    ]
    open_ = [
        Relation(
            row.from_eid,
            row.candidates[0] if row.candidates else None,
            Kinship(row.relation),
            Certainty.UNCERTAIN,
            tuple(row.candidates),
        )
        for row in session.execute(asked)
    ]
    return [*sure, *open_]


def confirmed(session: AlchemySession, from_version: str, to_version: str) -> list[NodeMap]:
    """Return what a person said of the nodes."""
    query = sa.select(NodeMap).where(
        NodeMap.from_version == from_version,
        NodeMap.to_version == to_version,
        NodeMap.confirmed_at.is_not(None),
    )
    return list(session.execute(query).scalars())


def questions(session: AlchemySession, from_version: str, to_version: str) -> list[NodeQuestion]:
    """Return the nodes of which nobody knows what they became."""
    query = sa.select(NodeQuestion).where(
        NodeQuestion.from_version == from_version, NodeQuestion.to_version == to_version
    )
    return list(session.execute(query.execution_options(populate_existing=True)).scalars())


def ask(
    session: AlchemySession, from_version: str, to_version: str, found: Iterable[Relation]
) -> None:
    """Store what nobody knows, in the place of what was asked before."""
    pair = {"from_version": from_version, "to_version": to_version}
    session.execute(sa.delete(NodeQuestion).filter_by(**pair), execution_options=QUIET)
    rows = [
        {**pair, "from_eid": each.from_eid, "relation": str(each.relation),
         "candidates": list(each.candidates)}
        for each in found
    ]  # fmt: skip
    if rows:
        session.execute(insert(NodeQuestion), rows)


def store_relations(
    session: AlchemySession, from_version: str, to_version: str, found: Iterable[Relation]
) -> None:
    """Store what is sure; what a person said stays."""
    pair = {"from_version": from_version, "to_version": to_version}
    said = {row.from_eid for row in confirmed(session, from_version, to_version)}
    by_rule = sa.delete(NodeMap).filter_by(**pair).where(NodeMap.confirmed_at.is_(None))
    session.execute(by_rule, execution_options=QUIET)
    rows = [
        {**pair, "from_eid": each.from_eid, "to_eid": each.to_eid, "relation": str(each.relation)}
        for each in found
        if each.from_eid not in said
    ]
    if rows:
        session.execute(insert(NodeMap.__table__), rows)


def confirm(
    session: AlchemySession, question: NodeQuestion, relation: Relation, by: str, now: datetime
) -> None:
    """Store what a person said of a node, and ask no more."""
    pair = {"from_version": question.from_version, "to_version": question.to_version}
    own = sa.delete(NodeMap).filter_by(**pair, from_eid=question.from_eid)
    session.execute(own, execution_options=QUIET)
    values = {"to_eid": relation.to_eid, "relation": str(relation.relation)}
    row = {**pair, "from_eid": question.from_eid, **values, "confirmed_by": by}
    session.execute(insert(NodeMap.__table__), [{**row, "confirmed_at": now}])
    session.delete(question)
    session.flush()


QUIET: Any = {"synchronize_session": False}


# -- bringing comments to the next version

CARRY = sa.text(
    """
    INSERT INTO consultation_anchor
        (comment_id, version_id, eid, state, seq, candidates, confirmed_by, confirmed_at)
    SELECT a.comment_id, :to_version, w.to_eid,
        CASE
            WHEN a.eid IS NULL THEN a.state
            WHEN w.eid IS NULL THEN 'orphaned'
            WHEN w.state IN ('ambiguous', 'orphaned') THEN w.state
            WHEN 'edited' IN (a.state, w.state) THEN 'edited'
            WHEN 'moved' IN (a.state, w.state) THEN 'moved'
            ELSE 'same'
        END,
        a.seq,
        CASE WHEN a.eid IS NULL THEN ARRAY(
            SELECT DISTINCT each.value FROM unnest(a.candidates) known(eid)
            JOIN jsonb_to_recordset(CAST(:where AS jsonb)) c(eid text, reached jsonb)
                ON c.eid = known.eid
            CROSS JOIN jsonb_array_elements_text(c.reached) each(value)
        ) ELSE ARRAY(SELECT jsonb_array_elements_text(coalesce(w.candidates, '[]'))) END,
        CASE WHEN a.eid IS NULL THEN NULL ELSE a.confirmed_by END,
        CASE WHEN a.eid IS NULL THEN NULL ELSE a.confirmed_at END
    FROM consultation_anchor a
    LEFT JOIN jsonb_to_recordset(CAST(:where AS jsonb))
        w(eid text, to_eid text, state text, candidates jsonb) ON w.eid = a.eid
    WHERE a.version_id = :from_version
    ON CONFLICT (comment_id, version_id) DO NOTHING
    """
)


def carry(
    session: AlchemySession,
    from_version: str,
    to_version: str,
    where: Mapping[str, Whereabouts],
) -> int:
    """Bring all comments of a version to the next one, in one statement; return how many.

    ``where`` says of each node ``to_eid``, ``state`` and ``candidates``, and which nodes it
    ``reached``. What stood nowhere stands nowhere; an edited paragraph stays an edited one.
    """
    rows = [{"eid": eid, **each} for eid, each in where.items()]
    given = {"from_version": from_version, "to_version": to_version, "where": json.dumps(rows)}
    done: Any = session.execute(CARRY, given)
    return int(done.rowcount)


def settle(
    session: AlchemySession, anchors: sa.Select[Any], *, eid: str | None, state: Anchor,
    by: str, now: datetime,
) -> int:  # fmt: skip
    """Say of comments that stand nowhere where they stand; return how many."""
    values: dict[str, Any] = {"eid": eid, "state": str(state), "candidates": []}
    statement = (
        sa.update(CommentAnchor)
        .where(sa.tuple_(CommentAnchor.comment_id, CommentAnchor.version_id).in_(anchors))
        .values(**values, confirmed_by=by, confirmed_at=now)
    )
    done: Any = session.execute(statement, execution_options=QUIET)
    return int(done.rowcount)


def ambiguous_from(from_version: str, from_eid: str, to_version: str) -> sa.Select[Any]:
    """Select the open anchors, in a version, of the comments that stood at a node before."""
    before = aliased(CommentAnchor)
    return (
        sa.select(CommentAnchor.comment_id, CommentAnchor.version_id)
        .join(before, before.comment_id == CommentAnchor.comment_id)
        .where(
            before.version_id == from_version,
            before.eid == from_eid,
            CommentAnchor.version_id == to_version,
            CommentAnchor.state == Anchor.AMBIGUOUS,
        )
    )

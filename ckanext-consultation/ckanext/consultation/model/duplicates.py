"""Which comments say the same, or nearly: kept when they are written, shown to moderators."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, aliased, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.consultation.domain.duplicates import bands
from ckanext.consultation.model.comments import Comment

MOST_PER_BAND = 20
"""Of a campaign of a hundred thousand copies a moderator needs to see a few."""
MOST_COUNTED = 1_000
READ = ("pending", "published", "hidden", "rejected")
"""Nobody reads what was taken back."""


class Band(tk.BaseModel):
    """A part of a comment's MinHash: two comments that share one are worth comparing."""

    __tablename__ = "consultation_minhash_band"

    consultation_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    band: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    key: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    comment_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)


def keep(session: AlchemySession, comment: Comment, *, is_changed: bool = False) -> None:
    """Keep the bands of a comment's words, in place of those of its former words."""
    if is_changed:
        session.execute(sa.delete(Band).where(Band.comment_id == comment.id))
    found = list(bands(comment.body))
    if found:
        numbers, keys = zip(*found, strict=True)
        place = {"of": comment.consultation_id, "id": comment.id}
        session.execute(_kept(), {**place, "bands": list(numbers), "keys": list(keys)})


@cache
def _kept() -> Any:
    numbers = sa.bindparam("bands", type_=sa.ARRAY(sa.SmallInteger))
    keys = sa.bindparam("keys", type_=sa.ARRAY(sa.BigInteger))
    each = sa.func.unnest(numbers, keys).table_valued("band", "key").render_derived()
    row = sa.select(sa.bindparam("of"), each.c.band, each.c.key, sa.bindparam("id"))
    table: Any = Band.__table__
    return sa.insert(table).from_select(["consultation_id", "band", "key", "comment_id"], row)


def is_repeated(session: AlchemySession, comment: Comment) -> bool:
    """Tell whether its participant has said it before, word for word."""
    if comment.norm_sha256 is None:
        return False
    names = ("consultation_id", "norm_sha256", "participant_id", "id")
    asked = {name: getattr(comment, name) for name in names}
    return session.execute(_repeated(), asked).first() is not None


@cache
def _repeated() -> sa.Select[Any]:
    names = ("consultation_id", "norm_sha256", "participant_id")
    same = (getattr(Comment, name) == sa.bindparam(name) for name in names)
    query = sa.select(Comment.id).where(
        *same, Comment.id != sa.bindparam("id"), Comment.state.in_(READ)
    )
    return query.limit(1)


def copies_of(session: AlchemySession, comments: Sequence[Comment]) -> dict[str, int]:
    """Return how many others say the same as each of these; above a thousand, one more."""
    asked = aliased(Comment)
    other = (
        sa.select(Comment.id)
        .where(
            Comment.consultation_id == asked.consultation_id,
            Comment.norm_sha256 == asked.norm_sha256,
            Comment.id != asked.id,
            Comment.state.in_(READ),
        )
        .limit(MOST_COUNTED + 1)
        .lateral()
    )
    query = (
        sa.select(asked.id, sa.func.count(other.c.id))
        .join(other, sa.true())
        .where(asked.id.in_([each.id for each in comments]))
        .group_by(asked.id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def candidates_of(
    session: AlchemySession, comments: Sequence[Comment], most: int
) -> dict[str, list[Comment]]:
    """Return the comments that share the most bands with each of these, in two queries."""
    asked, other = aliased(Band), aliased(Band)
    sharing = (
        sa.select(other.comment_id)
        .where(
            other.consultation_id == asked.consultation_id,
            other.band == asked.band,
            other.key == asked.key,
            other.comment_id != asked.comment_id,
        )
        .limit(MOST_PER_BAND)
        .lateral()
    )
    query = (
        sa.select(asked.comment_id, sharing.c.comment_id.label("other"))
        .join(sharing, sa.true())
        .where(asked.comment_id.in_([each.id for each in comments]))
        .group_by(asked.comment_id, sharing.c.comment_id)
        .order_by(asked.comment_id, sa.func.count().desc(), sharing.c.comment_id)
    )
    pairs: dict[str, list[str]] = {}
    for row in session.execute(query):
        near = pairs.setdefault(row.comment_id, [])
        if len(near) < most:
            near.append(row.other)
    return _read(session, pairs)


def _read(session: AlchemySession, pairs: dict[str, list[str]]) -> dict[str, list[Comment]]:
    wanted = {each for near in pairs.values() for each in near}
    if not wanted:
        return {}
    query = sa.select(Comment).where(Comment.id.in_(wanted), Comment.state.in_(READ))
    found = {row.id: row for row in session.execute(query).scalars()}
    return {id: [found[each] for each in near if each in found] for id, near in pairs.items()}

"""What the data of a consultation's results are made from, and what was asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, aliased, mapped_column

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.consultation.domain.comments import State
from ckanext.consultation.model.answers import Reply, ThemeComment
from ckanext.consultation.model.comments import Comment, Participant
from ckanext.consultation.model.consultations import Consultation

MOMENT = sa.DateTime(timezone=True)
AT_ONCE = 1000
"""Rows that are in memory at once."""


class Export(tk.BaseModel):
    """What was asked for last, and what came of it. Its row is the lock of whoever makes it."""

    __tablename__ = "consultation_export"

    consultation_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    asked_by: Mapped[str | None] = mapped_column(sa.Text)
    """None: the portal itself, because what is public changed."""
    license_id: Mapped[str] = mapped_column(sa.Text)
    asked_at: Mapped[datetime] = mapped_column(MOMENT)
    finished_at: Mapped[datetime | None] = mapped_column(MOMENT)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    files: Mapped[dict[str, str]] = mapped_column(JSONB)
    """Which resource of the dataset has which file, by the file's name."""
    figures: Mapped[dict[str, int]] = mapped_column(JSONB)


def export_of(
    session: AlchemySession, consultation_id: str, *, lock: bool = False
) -> Export | None:
    """Return what was asked for last."""
    query = sa.select(Export).where(Export.consultation_id == consultation_id)
    if lock:
        query = query.with_for_update()
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def ask(
    session: AlchemySession, consultation_id: str, user_id: str, license_id: str, now: datetime
) -> None:
    """Note who asked for the data, and under which licence."""
    wish = {"asked_by": user_id, "license_id": license_id, "asked_at": now}
    fresh = {**wish, "finished_at": None, "error": None}
    row = insert(Export).values(consultation_id=consultation_id, files={}, figures={}, **fresh)
    session.execute(row.on_conflict_do_update(index_elements=["consultation_id"], set_=fresh))


def of_dataset(session: AlchemySession, dataset_id: str) -> Consultation | None:
    """Return the consultation whose results a dataset has."""
    query = sa.select(Consultation).where(Consultation.dataset_id == dataset_id)
    return session.execute(query).scalar_one_or_none()


def publishers_of(session: AlchemySession, body_id: str) -> list[str]:
    """Return the ids of those who administer a body."""
    member, user = ckan_model.Member, ckan_model.User
    query = (
        sa.select(user.id)
        .join(member, member.table_id == user.id)
        .where(member.group_id == body_id, member.table_name == "user", member.state == "active")
        .where(member.capacity == "admin", user.state == "active")
        .order_by(user.id)
    )
    return list(session.execute(query).scalars())


def public_datasets(session: AlchemySession, ids: Collection[str]) -> frozenset[str]:
    """Return those of these datasets that everyone may see; no query where there are none."""
    if not ids:
        return frozenset()
    package: Any = ckan_model.Package
    query = sa.select(package.id).where(
        package.id.in_(list(ids)), package.state == "active", ~package.private
    )
    return frozenset(session.execute(query).scalars())


def counted(session: AlchemySession, consultation_id: str) -> dict[str, int]:
    """Return how many comments there are in all, by state."""
    query = (
        sa.select(Comment.state, sa.func.count())
        .where(Comment.consultation_id == consultation_id)
        .group_by(Comment.state)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _needed(consultation_id: str) -> sa.Select[Any]:
    """Select the ids of comments that are not public, above one that is."""
    child, above = aliased(Comment), aliased(Comment)
    found = (
        sa.select(above.id, above.parent_id)
        .join(child, child.parent_id == above.id)
        .where(child.consultation_id == consultation_id, child.state == State.PUBLISHED)
        .where(above.state != State.PUBLISHED)
        .cte("needed", recursive=True)
    )
    higher = aliased(Comment)
    found = found.union(
        sa.select(higher.id, higher.parent_id)
        .join(found, higher.id == found.c.parent_id)
        .where(higher.state != State.PUBLISHED)
    )
    return sa.select(found.c.id)


def comments(session: AlchemySession, consultation_id: str) -> Iterator[sa.Row[Any]]:
    """Yield the public comments, and the stones that their threads need, by number.

    By a cursor of the server: as much memory whatever their number.
    """
    parent, root = aliased(Comment), aliased(Comment)
    named = sa.case(
        (Participant.kind == "organization", Participant.org_name),
        (Participant.may_be_named, Participant.display_name),
    )
    columns = [
        *(Comment.seq, Comment.depth, Comment.state, Comment.version_id, Comment.eid),
        *(Comment.lang, Comment.position, Comment.channel, Comment.body),
        *(Comment.for_count, Comment.neutral_count, Comment.against_count),
        *(Comment.created_at, Comment.edited_at),
        parent.seq.label("parent"),
        root.seq.label("root"),
        Participant.number.label("participant"),
        Participant.kind.label("kind"),
        named.label("name"),
    ]
    shown = sa.or_(Comment.state == State.PUBLISHED, Comment.id.in_(_needed(consultation_id)))
    query = (
        sa.select(*columns)
        .join(Participant, Participant.id == Comment.participant_id)
        .outerjoin(parent, parent.id == Comment.parent_id)
        .join(root, root.id == Comment.root_id)
        .where(Comment.consultation_id == consultation_id, shown)
        .order_by(Comment.seq)
    )
    yield from session.execute(query.execution_options(yield_per=AT_ONCE))


def replies(session: AlchemySession, consultation_id: str) -> Iterator[list[tuple[Reply, Any]]]:
    """Yield batches of public replies with the numbers of their comments, the oldest first.

    A reply to a comment that is no longer public may quote it: it is left out.
    """
    query = (
        sa.select(Reply, Comment.seq)
        .outerjoin(Comment, Comment.id == Reply.comment_id)
        .where(Reply.consultation_id == consultation_id, Reply.published_at.is_not(None))
        .where(sa.or_(Reply.comment_id.is_(None), Comment.state == State.PUBLISHED))
        .order_by(Reply.published_at, Reply.id)
    )
    last: tuple[Any, ...] | None = None
    while True:
        page = query.where(sa.tuple_(Reply.published_at, Reply.id) > last) if last else query
        batch = [(row[0], row[1]) for row in session.execute(page.limit(AT_ONCE))]
        if not batch:
            return
        yield batch
        last = (batch[-1][0].published_at, batch[-1][0].id)
        session.expunge_all()


def in_themes(session: AlchemySession, consultation_id: str) -> Iterator[sa.Row[Any]]:
    """Yield each theme's id with the numbers of its public comments."""
    query = (
        sa.select(ThemeComment.theme_id, ThemeComment.seq)
        .join(Comment, Comment.id == ThemeComment.comment_id)
        .where(ThemeComment.consultation_id == consultation_id, Comment.state == State.PUBLISHED)
        .order_by(ThemeComment.theme_id, ThemeComment.seq)
    )
    yield from session.execute(query.execution_options(yield_per=AT_ONCE))


def public_people(
    session: AlchemySession, consultation_id: str, numbers: Collection[int]
) -> dict[int, bool]:
    """Return, of these comments, those that are public, and whether their authors may be named."""
    may = sa.case(
        (Participant.kind == "organization", Participant.org_name.is_not(None)),
        else_=sa.and_(Participant.may_be_named, Participant.display_name.is_not(None)),
    )
    query = (
        sa.select(Comment.seq, may)
        .join(Participant, Participant.id == Comment.participant_id)
        .where(Comment.consultation_id == consultation_id, Comment.seq.in_(numbers))
        .where(Comment.state == State.PUBLISHED, Participant.erased_at.is_(None))
    )
    return {row[0]: bool(row[1]) for row in session.execute(query)}

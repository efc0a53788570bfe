"""What people say in a consultation, who they are there, and how they vote."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, aliased, joinedload, mapped_column, relationship
from sqlalchemy.orm.attributes import set_committed_value

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.consultation.domain.threads import support
from ckanext.consultation.model.consultations import Consultation

MOMENT = sa.DateTime(timezone=True)
FIRST_REPLIES = 3
"""Shown under each comment; the rest has an address of its own."""
NUMBERS = 9_000_000
"""So many pseudonyms has a consultation: nobody can tell from one how many took part."""


class Participant(tk.BaseModel):
    """Someone in one consultation. Nobody finds them again in another by this row."""

    __tablename__ = "consultation_participant"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    consultation_id: Mapped[str] = mapped_column(sa.Text)
    number: Mapped[int] = mapped_column(sa.Integer)
    """Under which others read what they say, unless they want to be named."""
    user_id: Mapped[str | None] = mapped_column(sa.Text)
    email_hmac: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    kind: Mapped[str] = mapped_column(sa.Text)
    display_name: Mapped[str | None] = mapped_column(sa.Text)
    org_name: Mapped[str | None] = mapped_column(sa.Text)
    may_be_named: Mapped[bool] = mapped_column(sa.Boolean)
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    erased_at: Mapped[datetime | None] = mapped_column(MOMENT)
    correspondent_id: Mapped[str | None] = mapped_column(sa.Text)
    """Where a guest is written to; None: nowhere."""

    @property
    def recipient_id(self) -> str | None:
        """Whom the outbox tells: the account, or the correspondent."""
        return self.user_id or self.correspondent_id

    @property
    def shown_name(self) -> str | None:
        """Under which others read them; None: under their number."""
        if self.kind == "organization":
            return self.org_name
        return self.display_name if self.may_be_named else None


RECIPIENT = sa.func.coalesce(Participant.user_id, Participant.correspondent_id)
"""Whom the outbox tells, in queries."""


class Comment(tk.BaseModel):
    """What one participant said: on the consultation, on a paragraph, or to another comment."""

    __tablename__ = "consultation_comment"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    seq: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True))
    """Its number in addresses."""
    consultation_id: Mapped[str] = mapped_column(sa.Text)
    participant_id: Mapped[str] = mapped_column(sa.Text)
    parent_id: Mapped[str | None] = mapped_column(sa.Text)
    root_id: Mapped[str] = mapped_column(sa.Text)
    depth: Mapped[int] = mapped_column(sa.SmallInteger)
    version_id: Mapped[str | None] = mapped_column(sa.Text)
    eid: Mapped[str | None] = mapped_column(sa.Text)
    lang: Mapped[str] = mapped_column(sa.Text)
    body: Mapped[str] = mapped_column(sa.Text)
    search_text: Mapped[str] = mapped_column(sa.Text)
    position: Mapped[int | None] = mapped_column(sa.SmallInteger)
    state: Mapped[str] = mapped_column(sa.Text)
    channel: Mapped[str] = mapped_column(sa.Text)
    client_token: Mapped[uuid.UUID] = mapped_column(sa.Uuid)
    norm_sha256: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    for_count: Mapped[int] = mapped_column(sa.Integer)
    neutral_count: Mapped[int] = mapped_column(sa.Integer)
    against_count: Mapped[int] = mapped_column(sa.Integer)
    reply_count: Mapped[int] = mapped_column(sa.Integer)
    score: Mapped[int] = mapped_column(sa.BigInteger)
    """What «most supported» goes by, in millionths. A job sets it, so that pages stand still."""
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    published_at: Mapped[datetime | None] = mapped_column(MOMENT)
    """When everyone could read it first. From then on it keeps its place in the thread."""
    edited_at: Mapped[datetime | None] = mapped_column(MOMENT)
    version: Mapped[int] = mapped_column(sa.Integer)
    participant: Mapped[Participant] = relationship(
        primaryjoin=lambda: sa.orm.foreign(Comment.participant_id) == Participant.id,
        viewonly=True,
        lazy="raise_on_sql",
    )
    """Who said it, where the query brought them along: see ``with_people``."""


class CommentRevision(tk.BaseModel):
    """What a comment said before its author changed it."""

    __tablename__ = "consultation_comment_revision"

    comment_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    version: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    body: Mapped[str] = mapped_column(sa.Text)
    replaced_at: Mapped[datetime] = mapped_column(MOMENT)


class Vote(tk.BaseModel):
    """What a participant thinks of a comment now."""

    __tablename__ = "consultation_vote"

    comment_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    participant_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    consultation_id: Mapped[str] = mapped_column(sa.Text)
    value: Mapped[int] = mapped_column(sa.SmallInteger)
    changed_at: Mapped[datetime] = mapped_column(MOMENT)


class VoteEvent(tk.BaseModel):
    """Each vote that was given, in its order."""

    __tablename__ = "consultation_vote_event"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    comment_id: Mapped[str] = mapped_column(sa.Text)
    participant_id: Mapped[str] = mapped_column(sa.Text)
    value: Mapped[int] = mapped_column(sa.SmallInteger)
    at: Mapped[datetime] = mapped_column(MOMENT)


def participant_of(
    session: AlchemySession, consultation_id: str, user_id: str, *, acts: bool = False
) -> Participant | None:
    """Return who an account holder is in a consultation; None: they took no part yet.

    ``acts``: until the caller commits, nobody erases them.
    """
    asked = {"of": consultation_id, "user": user_id}
    return session.execute(_participant_of(acts), asked).scalar_one_or_none()


@cache
def _participant_of(acts: bool) -> sa.Select[Any]:
    query = sa.select(Participant).where(
        Participant.consultation_id == sa.bindparam("of"),
        Participant.user_id == sa.bindparam("user"),
    )
    if acts:
        query = query.with_for_update(read=True, key_share=True)
        query = query.execution_options(populate_existing=True)
    return query


def still_there(session: AlchemySession, participant_id: str) -> Participant | None:
    """Return a participant whom nobody erases until the caller commits; None: they are gone."""
    query = sa.select(Participant).where(
        Participant.id == participant_id, Participant.erased_at.is_(None)
    )
    held = query.with_for_update(read=True, key_share=True)
    return session.execute(held.execution_options(populate_existing=True)).scalar_one_or_none()


def take_part(
    session: AlchemySession, consultation_id: str, user_id: str, now: datetime
) -> Participant:
    """Return who an account holder is in a consultation, from now on if not before."""
    values = {"user_id": user_id, "kind": "account"}
    found = participant_of(session, consultation_id, user_id, acts=True)
    while found is None:
        add_participant(session, consultation_id, now, **values)
        found = participant_of(session, consultation_id, user_id, acts=True)
    return found


def add_participant(
    session: AlchemySession, consultation_id: str, now: datetime, **values: object
) -> None:
    """Add a participant, unless another request of the same person was first.

    Or another person has their number: the caller looks whether they are there, and else again.
    """
    row = insert(Participant).values(
        id=str(uuid.uuid4()),
        consultation_id=consultation_id,
        number=1 + secrets.randbelow(NUMBERS),
        may_be_named=False,
        created_at=now,
        **values,
    )
    session.execute(row.on_conflict_do_nothing())


def find(session: AlchemySession, id: str, *, lock: bool = False) -> Comment | None:
    """Return a comment by its id."""
    query = sa.select(Comment).where(Comment.id == id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.execute(query).scalar_one_or_none()


def by_ids(session: AlchemySession, ids: Collection[str]) -> dict[str, Comment]:
    """Return comments by their ids."""
    if not ids:
        return {}
    query = sa.select(Comment).where(Comment.id.in_(ids))
    return {row.id: row for row in session.execute(query).scalars()}


def by_number(session: AlchemySession, consultation_id: str, seq: int) -> Comment | None:
    """Return a comment by its number in addresses."""
    there = (Comment.consultation_id == consultation_id, Comment.seq == seq)
    query = with_people(sa.select(Comment)).where(*there)
    return session.execute(query).scalar_one_or_none()


def by_token(session: AlchemySession, participant_id: str, token: uuid.UUID) -> Comment | None:
    """Return the comment that a form made when it was sent the first time."""
    asked = {"who": participant_id, "token": token}
    return session.execute(_by_token(), asked).scalar_one_or_none()


@cache
def _by_token() -> sa.Select[Any]:
    return sa.select(Comment).where(
        Comment.participant_id == sa.bindparam("who"), Comment.client_token == sa.bindparam("token")
    )


def publish(session: AlchemySession, comment: Comment, now: datetime) -> None:
    """Let everyone read a comment; the first time it is counted as an answer too."""
    comment.state = "published"
    if comment.published_at is None:
        comment.published_at = now
        if comment.parent_id:
            add_reply(session, comment.parent_id, 1)


def add_reply(session: AlchemySession, parent_id: str, change: int) -> None:
    """Count a reply more or less, in the caller's transaction."""
    counted = sa.update(Comment).where(Comment.id == parent_id)
    session.execute(
        counted.values(reply_count=Comment.reply_count + change),
        execution_options={"synchronize_session": False},
    )


def ancestors(session: AlchemySession, comment: Comment) -> list[Comment]:
    """Return what a comment replies to, the root first: at most one query, whatever its depth."""
    if comment.parent_id is None:
        return []
    above = (
        sa.select(Comment.id, Comment.parent_id)
        .where(Comment.id == comment.parent_id)
        .cte("above", recursive=True)
    )
    parent = aliased(Comment)
    above = above.union_all(
        sa.select(parent.id, parent.parent_id).join(above, parent.id == above.c.parent_id)
    )
    query = sa.select(Comment).join(above, Comment.id == above.c.id).order_by(Comment.depth)
    return list(session.execute(query).scalars())


def replies_of(
    session: AlchemySession, parent_ids: Collection[str], most: int = FIRST_REPLIES
) -> dict[str, list[Comment]]:
    """Return the first replies to each of these comments, in one query."""
    found: dict[str, list[Comment]] = {}
    for row in session.execute(_replies_of(most), {"parents": list(parent_ids)}).scalars():
        found.setdefault(str(row.parent_id), []).append(row)
    return found


@cache
def _replies_of(most: int) -> sa.Select[Any]:
    given = sa.func.unnest(sa.bindparam("parents", type_=sa.ARRAY(sa.Text)))
    parents = given.table_valued("id").render_derived()
    reply = aliased(Comment)
    first = (
        sa.select(reply)
        .where(reply.parent_id == parents.c.id, reply.published_at.is_not(None))
        .order_by(reply.seq)
        .limit(most)
        .lateral("first")
    )
    entity = aliased(Comment, first)
    return with_people(sa.select(entity).select_from(parents).join(first, sa.true()), entity)


def with_people(query: sa.Select[Any], comment: Any = Comment) -> sa.Select[Any]:
    """Let a query of comments bring along who said them."""
    return query.options(joinedload(comment.participant, innerjoin=True))


def said_by(comment: Comment, participant: Participant) -> None:
    """Note who says this, so that nobody asks for them again."""
    set_committed_value(comment, "participant", participant)


def people_of(session: AlchemySession, found: Iterable[Comment]) -> dict[str, Participant]:
    """Return who said these, by participant id; asks for those whom no query brought along."""
    known, ids = {}, set()
    for each in found:
        if "participant" in sa.inspect(each).unloaded:
            ids.add(each.participant_id)
        else:
            known[each.participant_id] = each.participant
    if not ids:
        return known
    query = sa.select(Participant).where(Participant.id.in_(ids))
    return known | {row.id: row for row in session.execute(query).scalars()}


def author_of(session: AlchemySession, comment: Comment) -> Participant:
    """Return who said this."""
    return session.get_one(Participant, comment.participant_id)


def has_reactions(session: AlchemySession, participant_id: str) -> bool:
    """Tell whether anybody answered or voted on what a participant said."""
    reply = aliased(Comment)
    answered = sa.exists().where(
        reply.parent_id == Comment.id,
        reply.participant_id != participant_id,
        reply.published_at.is_not(None),
    )
    voted = sa.exists().where(VoteEvent.comment_id == Comment.id)
    query = sa.select(Comment.id).where(
        Comment.participant_id == participant_id, sa.or_(answered, voted)
    )
    return session.execute(query.limit(1)).first() is not None


def newest_public(session: AlchemySession, participant_id: str) -> Comment | None:
    """Return the newest public comment of a participant, held against others."""
    query = of_participant(participant_id).where(Comment.state == "published")
    query = query.order_by(Comment.seq.desc()).limit(1).with_for_update()
    return session.execute(query).scalar_one_or_none()


def votes_of(
    session: AlchemySession, participant_id: str, found: Iterable[Comment]
) -> dict[str, int]:
    """Return what a participant thinks of these, by comment id."""
    ids = [each.id for each in found if any(getattr(each, name) for name in COUNTS.values())]
    if not ids:
        return {}
    query = sa.select(Vote.comment_id, Vote.value).where(
        Vote.participant_id == participant_id, Vote.comment_id.in_(ids)
    )
    return {row.comment_id: row.value for row in session.execute(query)}


SEQ = sa.type_coerce(Comment.seq, sa.BigInteger)
SCORE = sa.type_coerce(Comment.score, sa.BigInteger)
"""What orders threads."""


def thread(consultation_id: str, *, parent_id: object, words: Iterable[str]) -> sa.Select[Any]:
    """Select what stands in a thread; the caller pages it."""
    query = with_people(sa.select(Comment)).where(Comment.consultation_id == consultation_id)
    if words := list(words):
        # Only what is public is found by its words.
        vector = sa.func.to_tsvector("simple", Comment.search_text)
        asked = sa.func.plainto_tsquery("simple", " ".join(words))
        return query.where(Comment.state == "published", vector.op("@@")(asked))
    query = query.where(Comment.published_at.is_not(None))
    parent = str(parent_id) if parent_id else None
    return query.where(Comment.parent_id == parent if parent else Comment.parent_id.is_(None))


def count(session: AlchemySession, query: sa.Select[Any], most: int) -> int:
    """Return how many rows a query selects; above ``most``, one more than that."""
    some = query.with_only_columns(Comment.id).order_by(None).limit(most + 1).subquery()
    return int(session.execute(sa.select(sa.func.count()).select_from(some)).scalar_one())


def count_public(session: AlchemySession, consultation_id: str, most: int) -> int:
    """Return how much is public in a consultation, answers too; above ``most``, one more."""
    asked = {"of": consultation_id}
    return int(session.execute(_count_public(most), asked).scalar_one())


@cache
def _count_public(most: int) -> sa.Select[Any]:
    public = (Comment.consultation_id == sa.bindparam("of"), Comment.state == "published")
    some = sa.select(Comment.id).where(*public).limit(most + 1).subquery()
    return sa.select(sa.func.count()).select_from(some)


def of_participant(participant_id: str) -> sa.Select[Any]:
    """Select all that one participant said, in whatever state; the caller pages it."""
    return sa.select(Comment).where(Comment.participant_id == participant_id)


def former(session: AlchemySession, comment: Comment) -> list[CommentRevision]:
    """Return the former wordings that others had answered or voted on, the newest first."""
    reply, revision = aliased(Comment), CommentRevision
    was_answered = sa.exists().where(
        reply.parent_id == revision.comment_id,
        reply.created_at < revision.replaced_at,
        reply.published_at.is_not(None),
    )
    had_votes = sa.exists().where(
        VoteEvent.comment_id == revision.comment_id, VoteEvent.at < revision.replaced_at
    )
    query = (
        sa.select(revision)
        .where(revision.comment_id == comment.id, sa.or_(was_answered, had_votes))
        .order_by(revision.version.desc())
    )
    return list(session.execute(query).scalars())


def keep_revision(session: AlchemySession, comment: Comment, now: datetime) -> None:
    """Keep what a comment says before it says something else."""
    session.add(
        CommentRevision(
            comment_id=comment.id, version=comment.version, body=comment.body, replaced_at=now
        )
    )


COUNTS = {1: "for_count", 0: "neutral_count", -1: "against_count"}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many think what of a comment."""

    in_favour: int
    neutral: int
    against: int

    def as_dict(self) -> dict[str, int]:
        """Return it as the API says it."""
        return {"for": self.in_favour, "neutral": self.neutral, "against": self.against}


def vote(
    session: AlchemySession, comment: Comment, participant: Participant, value: int, now: datetime
) -> Tally:
    """Note what a participant thinks, and count it, in the caller's transaction.

    The caller holds the comment's row, so that those who vote at once count one by one.
    """
    before = session.get(Vote, (comment.id, participant.id), populate_existing=True)
    if before is None or before.value != value:
        if before is None:
            place = {"comment_id": comment.id, "participant_id": participant.id}
            row = Vote(**place, consultation_id=comment.consultation_id)
            session.add(row)
        else:
            row, name = before, COUNTS[before.value]
            setattr(comment, name, getattr(comment, name) - 1)
        row.value, row.changed_at = value, now
        setattr(comment, COUNTS[value], getattr(comment, COUNTS[value]) + 1)
        session.add(
            VoteEvent(comment_id=comment.id, participant_id=participant.id, value=value, at=now)
        )
        session.flush()
    return Tally(comment.for_count, comment.neutral_count, comment.against_count)


def recounted(session: AlchemySession, consultation_id: str) -> list[str]:
    """Set the counters of a consultation's comments to what a recount gives.

    Returns the ids of the comments whose counters were wrong.
    """
    votes = (
        sa.select(
            Vote.comment_id,
            *(sa.func.count().filter(Vote.value == each).label(name) for each, name in _COUNTED),
        )
        .where(Vote.consultation_id == consultation_id)
        .group_by(Vote.comment_id)
        .subquery()
    )
    child = aliased(Comment)
    replies = (
        sa.select(child.parent_id, sa.func.count().label("replies"))
        .where(child.consultation_id == consultation_id, child.published_at.is_not(None))
        .group_by(child.parent_id)
        .subquery()
    )
    right: dict[str, Any] = {
        **{name: sa.func.coalesce(votes.c[name], 0) for _each, name in _COUNTED},
        "reply_count": sa.func.coalesce(replies.c.replies, 0),
    }
    counted = (
        sa.select(Comment.id, *(value.label(name) for name, value in right.items()))
        .outerjoin(votes, votes.c.comment_id == Comment.id)
        .outerjoin(replies, replies.c.parent_id == Comment.id)
        .where(Comment.consultation_id == consultation_id)
        .subquery()
    )
    is_wrong = sa.or_(*(getattr(Comment, name) != counted.c[name] for name in right))
    query = (
        sa.update(Comment)
        .where(Comment.id == counted.c.id, is_wrong)
        .values({name: counted.c[name] for name in right})
        .returning(Comment.id)
    )
    return list(session.execute(query, execution_options={"synchronize_session": False}).scalars())


def ranked(session: AlchemySession, since: datetime) -> int:
    """Set what «most supported» goes by, in consultations that were open since then.

    Returns how many comments have another place now.
    """
    in_reach = sa.select(Consultation.id).where(
        Consultation.state == "published", Consultation.closes_at > since
    )
    query = sa.select(Comment.id, Comment.for_count, Comment.against_count, Comment.score).where(
        Comment.consultation_id.in_(in_reach), Comment.for_count + Comment.against_count > 0
    )
    query = query.order_by(Comment.id)  # As all do who hold many: see ``model.erasing``.
    changed = [
        {"id": row.id, "score": score}
        for row in session.execute(query)
        if (score := support(row.for_count, row.against_count)) != row.score
    ]
    if changed:
        session.execute(sa.update(Comment), changed)
    return len(changed)


_COUNTED = list(COUNTS.items())

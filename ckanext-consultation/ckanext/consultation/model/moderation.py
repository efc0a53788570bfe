"""What moderators read and decide, what readers report, and what authors appeal against."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.consultation.domain.moderation import AGAINST, Claim, Reason, Record
from ckanext.consultation.domain.queue import Cause, look_by
from ckanext.consultation.domain.reports import Report, priority
from ckanext.consultation.model.comments import Comment, Participant
from ckanext.consultation.model.consultations import Consultation, Member

MOMENT = sa.DateTime(timezone=True)
PENDING, DECIDED = "pending", "decided"
UPHELD, DISMISSED = "upheld", "dismissed"


class Item(tk.BaseModel):
    """The entry of a comment in the queue of moderators: one for each, whatever became of it."""

    __tablename__ = "consultation_review_item"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    consultation_id: Mapped[str] = mapped_column(sa.Text)
    comment_id: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text)
    causes: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    since: Mapped[datetime] = mapped_column(MOMENT)
    look_by: Mapped[datetime] = mapped_column(MOMENT)
    version: Mapped[int] = mapped_column(sa.Integer)
    """Counts what a moderator must have seen: decisions, and changes of the words."""
    claimed_by: Mapped[str | None] = mapped_column(sa.Text)
    claimed_at: Mapped[datetime | None] = mapped_column(MOMENT)

    @property
    def claim(self) -> Claim | None:
        """Who is reading it, or was until their time ended."""
        if self.claimed_by is None or self.claimed_at is None:
            return None
        return Claim(self.claimed_by, self.claimed_at)


class Decision(tk.BaseModel):
    """What a moderator decided: codes, and a note for everyone. Never the comment's words."""

    __tablename__ = "consultation_decision"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    consultation_id: Mapped[str] = mapped_column(sa.Text)
    comment_id: Mapped[str] = mapped_column(sa.Text)
    decision: Mapped[str] = mapped_column(sa.Text)
    reason: Mapped[str | None] = mapped_column(sa.Text)
    note_translated: Mapped[dict[str, str]] = mapped_column(JSONB)
    decided_by: Mapped[str | None] = mapped_column(sa.Text)
    decided_at: Mapped[datetime] = mapped_column(MOMENT)
    waited_since: Mapped[datetime] = mapped_column(MOMENT)


class ReportRow(tk.BaseModel):
    """What one participant thinks is wrong with a comment."""

    __tablename__ = "consultation_report"

    comment_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    participant_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    reason: Mapped[str] = mapped_column(sa.Text)
    outcome: Mapped[str | None] = mapped_column(sa.Text)
    """Whether a moderator agreed; None: nobody has looked yet."""
    created_at: Mapped[datetime] = mapped_column(MOMENT)


class Appeal(tk.BaseModel):
    """An author's wish that another person looks at a decision again."""

    __tablename__ = "consultation_appeal"

    decision_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    text: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text)
    note_translated: Mapped[dict[str, str]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    decided_by: Mapped[str | None] = mapped_column(sa.Text)
    decided_at: Mapped[datetime | None] = mapped_column(MOMENT)


LOOK_BY = sa.type_coerce(Item.look_by, MOMENT)
ITEM_ID = sa.type_coerce(Item.id, sa.Text)
"""What orders the queue."""


def moderated_by(user_id: str) -> sa.Select[Any]:
    """Select the ids of the consultations that someone moderates, through the body or by name."""
    member = ckan_model.Member
    bodies = sa.select(member.group_id).where(
        member.table_id == user_id,
        member.table_name == "user",
        member.capacity == "admin",
        member.state == "active",
    )
    here = sa.select(Member.consultation_id).where(
        Member.user_id == user_id, Member.role == "moderator"
    )
    return sa.select(Consultation.id).where(
        sa.or_(Consultation.owner_org.in_(bodies), Consultation.id.in_(here))
    )


def moderates(session: AlchemySession, user_id: str) -> bool:
    """Tell whether someone moderates any consultation."""
    return session.execute(moderated_by(user_id).limit(1)).first() is not None


def moderators_of(session: AlchemySession, row: Consultation) -> frozenset[str]:
    """Return the ids of those who moderate a consultation."""
    member = ckan_model.Member
    in_body = sa.select(member.table_id).where(
        member.group_id == row.owner_org,
        member.table_name == "user",
        member.capacity == "admin",
        member.state == "active",
    )
    here = sa.select(Member.user_id).where(
        Member.consultation_id == row.id, Member.role == "moderator"
    )
    return frozenset(str(each) for each in session.execute(in_body.union(here)).scalars())


def entries(consultations: sa.Select[Any], user_id: str) -> sa.Select[Any]:
    """Select the entries of comments in these consultations, but nobody's own."""
    return (
        sa.select(Item, Comment, Participant, Consultation)
        .join(Comment, Comment.id == Item.comment_id)
        .join(Participant, Participant.id == Comment.participant_id)
        .join(Consultation, Consultation.id == Item.consultation_id)
        .where(Item.consultation_id.in_(consultations))
        .where(Participant.user_id.is_distinct_from(user_id))
    )


def queue(consultations: sa.Select[Any], user_id: str) -> sa.Select[Any]:
    """Select of these what waits; the caller pages it."""
    return entries(consultations, user_id).where(Item.state == PENDING)


def saying_the_same(query: sa.Select[Any], item_id: str) -> sa.Select[Any]:
    """Narrow entries to those whose comments say the same as that of an entry, itself included."""
    asked, entry = sa.orm.aliased(Comment), sa.orm.aliased(Item)
    same = sa.exists().where(
        entry.id == item_id,
        entry.comment_id == asked.id,
        asked.consultation_id == Comment.consultation_id,
        asked.norm_sha256 == Comment.norm_sha256,
    )
    return query.where(same)


def item(session: AlchemySession, id: str) -> Item | None:
    """Return an entry by its id."""
    return session.get(Item, id)


def item_of(session: AlchemySession, comment_id: str, *, lock: bool = False) -> Item | None:
    """Return the entry of a comment. Whoever locks it has locked the comment before."""
    query = sa.select(Item).where(Item.comment_id == comment_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.execute(query).scalar_one_or_none()


def counts(session: AlchemySession, user_id: str) -> list[sa.Row[Any]]:
    """Return each consultation in which something waits for a moderator, and how many."""
    is_reported = Item.causes.contains([str(Cause.REPORTED)])
    columns: list[Any] = [
        Consultation,
        sa.func.count().label("waiting"),
        sa.func.count().filter(is_reported).label("reported"),
        sa.func.min(Item.since).label("since"),
    ]
    query = queue(moderated_by(user_id), user_id).group_by(Consultation.id)
    query = query.with_only_columns(*columns, maintain_column_froms=True)
    return list(session.execute(query.order_by(sa.func.min(Item.look_by))))


def enter(
    session: AlchemySession,
    comment: Comment,
    causes: Iterable[Cause],
    now: datetime,
    *,
    by: datetime | None = None,
) -> Item:
    """Put a comment into the queue that was never there."""
    ids = {"consultation_id": comment.consultation_id, "comment_id": comment.id}
    row = Item(id=str(uuid.uuid4()), version=1, **ids)
    _let_wait(row, causes, now, by)
    session.add(row)
    session.flush()
    return row


def put(
    session: AlchemySession,
    comment: Comment,
    causes: Iterable[Cause],
    now: datetime,
    *,
    by: datetime | None = None,
    has_changed: bool = False,
) -> Item:
    """Put a comment, which the caller holds, into the queue; or note why else it waits there."""
    found = item_of(session, comment.id, lock=True)
    if found is None:
        return enter(session, comment, causes, now, by=by)
    if found.state == PENDING:
        found.causes = sorted({*found.causes, *map(str, causes)})
        found.look_by = min(found.look_by, by or look_by(now))
        found.version += has_changed
        return found
    found.version += 1
    _let_wait(found, causes, now, by)
    session.flush()
    return found


def _let_wait(row: Item, causes: Iterable[Cause], now: datetime, by: datetime | None) -> None:
    row.state, row.causes = PENDING, sorted(map(str, causes))
    row.since, row.look_by = now, by or look_by(now)
    row.claimed_by = row.claimed_at = None


def note_change(session: AlchemySession, comment_id: str) -> None:
    """Note that the words are not those that a moderator may be reading."""
    session.execute(
        sa.update(Item).where(Item.comment_id == comment_id).values(version=Item.version + 1)
    )


def settle(session: AlchemySession, comment_id: str) -> None:
    """Take a comment out of the queue: there is nothing left to decide."""
    free = {"claimed_by": None, "claimed_at": None}
    session.execute(
        sa.update(Item)
        .where(Item.comment_id == comment_id, Item.state == PENDING)
        .values(state=DECIDED, version=Item.version + 1, **free)
    )


def decide(
    session: AlchemySession,
    found: Item,
    decision: str,
    reason: Reason | None,
    note: Mapping[str, str],
    by: tuple[str, datetime],
) -> Decision:
    """Note what was decided, and what that says of the reports, in the caller's transaction."""
    user_id, now = by
    row = Decision(
        id=str(uuid.uuid4()),
        consultation_id=found.consultation_id,
        comment_id=found.comment_id,
        decision=decision,
        reason=reason,
        note_translated=dict(note),
        decided_by=user_id,
        decided_at=now,
        waited_since=found.since,
    )
    session.add(row)
    found.state, found.version = DECIDED, found.version + 1
    found.claimed_by = found.claimed_at = None
    judge_reports(session, found.comment_id, is_upheld=decision in AGAINST)
    session.flush()
    return row


def judge_reports(
    session: AlchemySession, comment_id: str, *, is_upheld: bool, again: bool = False
) -> None:
    """Note whether a moderator agreed with the reports; ``again``: an appeal ended otherwise."""
    query = sa.update(ReportRow).where(ReportRow.comment_id == comment_id)
    if not again:
        query = query.where(ReportRow.outcome.is_(None))
    session.execute(
        query.values(outcome=UPHELD if is_upheld else DISMISSED),
        execution_options={"synchronize_session": False},
    )


def report(
    session: AlchemySession,
    comment: Comment,
    participant: Participant,
    reason: Reason,
    at: datetime,
) -> bool:
    """Note a report; False: this participant has reported the comment before."""
    row = insert(ReportRow).values(
        comment_id=comment.id, participant_id=participant.id, reason=reason, created_at=at
    )
    done = session.execute(row.on_conflict_do_nothing().returning(ReportRow.reason))
    return done.first() is not None


def urgency(session: AlchemySession, comment_id: str, now: datetime) -> float:
    """Return how soon the reports that nobody judged yet ask for a moderator."""
    user, earlier = ckan_model.User, sa.orm.aliased(ReportRow)
    judged = (
        sa.select(
            earlier.participant_id,
            sa.func.count().filter(earlier.outcome == UPHELD).label("upheld"),
            sa.func.count().filter(earlier.outcome == DISMISSED).label("dismissed"),
        )
        .where(earlier.participant_id == ReportRow.participant_id)
        .group_by(earlier.participant_id)
        .lateral()
    )
    query = (
        sa.select(
            ReportRow.participant_id,
            ReportRow.reason,
            user.created,
            judged.c.upheld,
            judged.c.dismissed,
        )
        .join(Participant, Participant.id == ReportRow.participant_id)
        .outerjoin(user, user.id == Participant.user_id)
        .join(judged, sa.true())
        .where(ReportRow.comment_id == comment_id, ReportRow.outcome.is_(None))
    )
    # CKAN stores when accounts were made in UTC, without saying so.
    return priority(
        Report(
            row.participant_id,
            Reason(row.reason),
            (now.replace(tzinfo=None) - row.created).days if row.created else 0,
            row.upheld,
            row.dismissed,
        )
        for row in session.execute(query)
    )


def record_of(session: AlchemySession, participant_id: str) -> Record:
    """Return what became of a participant's comments so far."""
    published = sa.select(sa.func.count()).where(
        Comment.participant_id == participant_id, Comment.state == "published"
    )
    # What an appeal gave back is public again, and counts for the participant.
    refused = (
        sa.select(sa.func.max(Decision.decided_at))
        .join(Comment, Comment.id == Decision.comment_id)
        .where(
            Comment.participant_id == participant_id,
            Comment.state.in_(("hidden", "rejected")),
            Decision.decision.in_(AGAINST),
        )
    )
    both = sa.select(published.scalar_subquery(), refused.scalar_subquery())
    return Record(*session.execute(both).one())


def reports_on(session: AlchemySession, comment_ids: Collection[str]) -> dict[str, dict[str, int]]:
    """Return how many reports of which reason nobody judged yet, by comment."""
    query = (
        sa.select(ReportRow.comment_id, ReportRow.reason, sa.func.count().label("number"))
        .where(ReportRow.comment_id.in_(comment_ids), ReportRow.outcome.is_(None))
        .group_by(ReportRow.comment_id, ReportRow.reason)
        .order_by(sa.func.count().desc(), ReportRow.reason)
    )
    found: dict[str, dict[str, int]] = {}
    for row in session.execute(query):
        found.setdefault(row.comment_id, {})[row.reason] = row.number
    return found


def last_against(
    session: AlchemySession, comment_ids: Collection[str]
) -> dict[str, tuple[Decision, Appeal | None]]:
    """Return the newest decision against each of these comments, with its appeal."""
    rows = session.execute(_last_against(), {"ids": list(comment_ids)})
    return {row[0].comment_id: (row[0], row[1]) for row in rows}


@cache
def _last_against() -> sa.Select[Any]:
    is_asked = Decision.comment_id.in_(sa.bindparam("ids", expanding=True))
    return (
        sa.select(Decision, Appeal)
        .outerjoin(Appeal, Appeal.decision_id == Decision.id)
        .where(is_asked, Decision.decision.in_(AGAINST))
        .distinct(Decision.comment_id)
        .order_by(Decision.comment_id, Decision.decided_at.desc())
    )


def decisions_on(
    session: AlchemySession, comment_ids: Collection[str]
) -> dict[str, list[Decision]]:
    """Return what was decided on each of these comments, the newest first."""
    query = sa.select(Decision).where(Decision.comment_id.in_(comment_ids))
    found: dict[str, list[Decision]] = {}
    for row in session.execute(query.order_by(Decision.decided_at.desc(), Decision.id)).scalars():
        found.setdefault(row.comment_id, []).append(row)
    return found


def appeals_on(session: AlchemySession, comment_ids: Collection[str]) -> dict[str, list[Appeal]]:
    """Return the appeals against decisions on each of these comments, the oldest first."""
    query = (
        sa.select(Decision.comment_id, Appeal)
        .join(Appeal, Appeal.decision_id == Decision.id)
        .where(Decision.comment_id.in_(comment_ids))
    )
    found: dict[str, list[Appeal]] = {}
    for row in session.execute(query.order_by(Appeal.created_at, Appeal.decision_id)):
        found.setdefault(row.comment_id, []).append(row.Appeal)
    return found


def published_by(session: AlchemySession, participant_ids: Collection[str]) -> dict[str, int]:
    """Return how many public comments each of these participants has."""
    query = (
        sa.select(Comment.participant_id, sa.func.count())
        .where(Comment.participant_id.in_(participant_ids), Comment.state == "published")
        .group_by(Comment.participant_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


_node = sa.table(
    "consultation_node",
    *(sa.column(name) for name in ("version_id", "eid", "kind", "number")),
    *(sa.column(name, JSONB) for name in ("heading", "body")),
)


def paragraphs_of(
    session: AlchemySession, comments: Sequence[Comment]
) -> dict[tuple[str, str], sa.Row[Any]]:
    """Return the paragraphs on which these comments hang, by version and id."""
    places = {(each.version_id, each.eid) for each in comments if each.version_id and each.eid}
    if not places:
        return {}
    key = sa.tuple_(_node.c.version_id, _node.c.eid)
    rows = session.execute(sa.select(_node).where(key.in_(places)))
    return {(row.version_id, row.eid): row for row in rows}


def appeals_in(consultations: sa.Select[Any]) -> sa.Select[Any]:
    """Select the appeals in these consultations that nobody has decided; the caller pages it."""
    return (
        sa.select(Appeal, Decision, Comment, Participant, Consultation)
        .join(Decision, Decision.id == Appeal.decision_id)
        .join(Comment, Comment.id == Decision.comment_id)
        .join(Participant, Participant.id == Comment.participant_id)
        .join(Consultation, Consultation.id == Decision.consultation_id)
        .where(Appeal.state == "open", Decision.consultation_id.in_(consultations))
    )


APPEALED_AT = sa.type_coerce(Appeal.created_at, MOMENT)
APPEAL_ID = sa.type_coerce(Appeal.decision_id, sa.Text)
"""What orders appeals."""


def for_another(query: sa.Select[Any], user_id: str) -> sa.Select[Any]:
    """Narrow appeals to those that this moderator may decide on: not theirs in any way."""
    return query.where(
        Participant.user_id.is_distinct_from(user_id),
        Decision.decided_by.is_distinct_from(user_id),
    )


def count(session: AlchemySession, query: sa.Select[Any]) -> int:
    """Return how many rows a query of appeals selects."""
    only = query.with_only_columns(sa.func.count(), maintain_column_froms=True)
    return int(session.execute(only).scalar_one())


def appeal(session: AlchemySession, decision_id: str, *, lock: bool = False) -> Appeal | None:
    """Return the appeal against a decision. Whoever locks it has locked the comment before."""
    query = sa.select(Appeal).where(Appeal.decision_id == decision_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.execute(query).scalar_one_or_none()


def log(consultation_id: str) -> sa.Select[Any]:
    """Select what was decided in a consultation, with the appeals; the caller pages it."""
    return (
        sa.select(Decision, Comment.seq, Comment.published_at, Appeal.state)
        .join(Comment, Comment.id == Decision.comment_id)
        .outerjoin(Appeal, Appeal.decision_id == Decision.id)
        .where(Decision.consultation_id == consultation_id)
    )


DECIDED_AT = sa.type_coerce(Decision.decided_at, MOMENT)
DECISION_ID = sa.type_coerce(Decision.id, sa.Text)
"""What orders the log."""


def ids_in(consultation_id: str) -> sa.Select[Any]:
    """Select the ids of what was decided in a consultation."""
    return sa.select(Decision.id).where(Decision.consultation_id == consultation_id)


def tally(session: AlchemySession, column: Any, *where: sa.ColumnElement[bool]) -> dict[str, int]:
    """Return how many rows have which value in a column, the most frequent first."""
    query = sa.select(column, sa.func.count()).where(*where, column.is_not(None)).group_by(column)
    return {row[0]: row[1] for row in session.execute(query.order_by(sa.func.count().desc()))}


def median_wait(session: AlchemySession, consultation_id: str) -> float | None:
    """Return the median of the seconds for which comments waited for a decision."""
    waited = sa.func.extract("epoch", Decision.decided_at - Decision.waited_since)
    middle = sa.func.percentile_cont(0.5).within_group(waited)
    query = sa.select(middle).where(Decision.consultation_id == consultation_id)
    return session.execute(query).scalar()

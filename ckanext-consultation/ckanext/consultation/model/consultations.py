"""Consultations, who wrote them and who works in them."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, column_property, mapped_column

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.consultation.domain.life import PUBLIC, State
from ckanext.consultation.domain.schedule import Phase, Window
from ckanext.consultation.domain.search_text import search_text
from ckanext.opengov.shared.domain.texts import Texts

MOMENT = sa.DateTime(timezone=True)
BY_THE_CLOCK = (State.PUBLISHED, State.RESULTS, State.ARCHIVED)
"""States in which a consultation is scheduled, open or closed."""


READ, MOMENT_READ = "consultations", "consultations-at"
"""Where a session keeps those that it read: a page asks for one by its name, then by its id."""


class Consultation(tk.BaseModel):
    """One text, or one question, on which a public body asks the public."""

    __tablename__ = "consultation"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text)
    owner_org: Mapped[str] = mapped_column(sa.Text)
    kind: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text)
    title_translated: Mapped[dict[str, str]] = mapped_column(JSONB)
    summary_translated: Mapped[dict[str, str]] = mapped_column(JSONB)
    search_text: Mapped[str] = mapped_column(sa.Text)
    """Title and summary in all languages, as searches are normalised."""
    primary_lang: Mapped[str] = mapped_column(sa.Text)
    opens_at: Mapped[datetime | None] = mapped_column(MOMENT)
    closes_at: Mapped[datetime | None] = mapped_column(MOMENT)
    response_due_at: Mapped[datetime | None] = mapped_column(MOMENT)
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB)
    reason: Mapped[str | None] = mapped_column(sa.Text)
    """Why it was last returned or cancelled, in the words of who did so."""
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    changed_at: Mapped[datetime] = mapped_column(MOMENT)
    published_at: Mapped[datetime | None] = mapped_column(MOMENT)
    answered_at: Mapped[datetime | None] = mapped_column(MOMENT)
    """When its results were published."""
    version: Mapped[int] = mapped_column(sa.Integer)
    dataset_id: Mapped[str | None] = mapped_column(sa.Text)
    """Of its results in the catalogue."""
    read_at: Mapped[datetime] = column_property(sa.func.clock_timestamp())
    """When this row was read, by the clock of ``now``. What is written asks ``now``."""

    @property
    def window(self) -> Window:
        """From when to when people take part."""
        return Window(self.opens_at, self.closes_at, self.response_due_at)

    @property
    def is_public(self) -> bool:
        """Whether everyone may know of it. A draft that was cancelled never was."""
        return State(self.state) in PUBLIC and self.published_at is not None


class Author(tk.BaseModel):
    """Someone who wrote in a consultation or submitted it, and so may not approve it."""

    __tablename__ = "consultation_author"

    consultation_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    user_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)


class Member(tk.BaseModel):
    """Someone who works in one consultation, whatever they are in its body."""

    __tablename__ = "consultation_member"

    consultation_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    user_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    role: Mapped[str] = mapped_column(sa.Text, primary_key=True)


def now(session: AlchemySession) -> datetime:
    """Return this moment by the database's clock, the one for all machines.

    Not the moment at which the transaction began: a lock may have been waited for.
    """
    return session.execute(sa.select(sa.func.clock_timestamp())).scalar_one()


def now_for_readers(session: AlchemySession) -> datetime:
    """Return the moment at which a page reads: asked for once, so that its parts agree."""
    moment: datetime = session.info.get(MOMENT_READ) or now(session)
    session.info[MOMENT_READ] = moment
    return moment


def find(
    session: AlchemySession, id_or_name: str, *, lock: bool = False, share: bool = False
) -> Consultation | None:
    """Return the consultation.

    ``lock`` holds it against every other change; ``share`` against a change of its state or end,
    while others may share it too: so a comment is written in a consultation that is still open.
    """
    known: dict[str, Consultation] = session.info.setdefault(READ, {})
    row = known.get(id_or_name)
    if row is not None and row in session and not lock and not share:
        return row
    row = session.execute(_called(lock, share), {"called": id_or_name}).scalars().first()
    if row is not None:
        known[row.id] = row
    return row


@cache
def _called(lock: bool, share: bool) -> sa.Select[Any]:
    called: sa.BindParameter[str] = sa.bindparam("called")
    either = sa.or_(Consultation.id == called, Consultation.name == called)
    # A body may call its own by the id of another: an id is never taken for a name.
    by_id = sa.desc(Consultation.id == called)
    query = sa.select(Consultation).where(either).order_by(by_id).limit(1)
    if lock or share:
        query = query.with_for_update(read=share).execution_options(populate_existing=True)
    return query


def add_author(session: AlchemySession, consultation_id: str, user_id: str) -> None:
    """Note that this person wrote in the consultation or submitted it."""
    row = insert(Author).values(consultation_id=consultation_id, user_id=user_id)
    session.execute(row.on_conflict_do_nothing())


def authors(session: AlchemySession, consultation_id: str) -> frozenset[str]:
    """Return everyone who wrote in the consultation or submitted it."""
    query = sa.select(Author.user_id).where(Author.consultation_id == consultation_id)
    return frozenset(session.execute(query).scalars())


def roles_of(session: AlchemySession, row: Consultation, user_id: str) -> tuple[str, list[str]]:
    """Return what someone is in the body, as CKAN names it, and in the consultation itself."""
    member = ckan_model.Member
    in_body = sa.select(sa.true(), member.capacity).where(
        member.group_id == row.owner_org,
        member.table_id == user_id,
        member.table_name == "user",
        member.state == "active",
    )
    here = sa.select(sa.false(), Member.role).where(
        Member.consultation_id == row.id, Member.user_id == user_id
    )
    found = session.execute(in_body.limit(1).union_all(here)).all()
    capacity = next((name for is_in_body, name in found if is_in_body), "")
    return capacity, [name for is_in_body, name in found if not is_in_body]


def members(session: AlchemySession, consultation_id: str) -> list[Member]:
    """Return who works in a consultation by name, and as what."""
    query = sa.select(Member).where(Member.consultation_id == consultation_id)
    return list(session.execute(query.order_by(Member.user_id, Member.role)).scalars())


def add_member(session: AlchemySession, consultation_id: str, user_id: str, role: str) -> bool:
    """Give someone a role; False: they have it."""
    row = insert(Member).values(consultation_id=consultation_id, user_id=user_id, role=role)
    done = session.execute(row.on_conflict_do_nothing().returning(Member.role))
    return done.first() is not None


def remove_member(session: AlchemySession, consultation_id: str, user_id: str, role: str) -> bool:
    """Take a role from someone; False: they have it not."""
    gone = sa.delete(Member).where(
        Member.consultation_id == consultation_id, Member.user_id == user_id, Member.role == role
    )
    return session.execute(gone.returning(Member.role)).first() is not None


def public(phase: Phase | None, now: datetime) -> sa.Select[Any]:
    """Select what everyone may know of, in a phase; the caller pages it.

    Raises:
        KeyError: there is no such phase.
    """
    query = sa.select(Consultation).where(Consultation.published_at.is_not(None))
    if phase is None:
        return query.where(Consultation.state.in_([str(state) for state in PUBLIC]))
    when = {
        Phase.SCHEDULED: Consultation.opens_at > now,
        Phase.OPEN: sa.and_(Consultation.opens_at <= now, Consultation.closes_at > now),
        Phase.CLOSED: Consultation.closes_at <= now,
    }
    by_clock = [str(state) for state in BY_THE_CLOCK]
    return query.where(Consultation.state.in_(by_clock), when[phase])


def count(session: AlchemySession, query: sa.Select[Any]) -> int:
    """Return how many rows a query selects."""
    counted = sa.select(sa.func.count()).select_from(query.order_by(None).subquery())
    return int(session.execute(counted).scalar_one())


CLOCK = (Consultation.opens_at, Consultation.closes_at, Consultation.response_due_at)


def until_next_change(session: AlchemySession, now: datetime) -> timedelta | None:
    """Return for how long the clock changes nothing that everyone reads of any consultation."""
    soonest = (sa.func.min(moment).filter(moment > now) for moment in CLOCK)
    query = sa.select(sa.func.clock_timestamp(), *soonest)
    found = session.execute(query.where(Consultation.published_at.is_not(None))).one()
    moment = min((each for each in found[1:] if each), default=None)
    return moment - found[0] if moment else None


def counts_of(session: AlchemySession, now: datetime, body_id: str = "") -> list[sa.Row[Any]]:
    """Return, for each body that consulted the public: its id, how many, of them open, overdue."""
    is_open = (
        Consultation.state == State.PUBLISHED,
        Consultation.opens_at <= now,
        Consultation.closes_at > now,
    )
    query = (
        public(None, now)
        .with_only_columns(
            Consultation.owner_org,
            sa.func.count().label("count"),
            sa.func.count().filter(*is_open).label("open"),
            sa.func.count().filter(*overdue(now)).label("overdue"),
        )
        .group_by(Consultation.owner_org)
    )
    if body_id:
        query = query.where(Consultation.owner_org == body_id)
    return list(session.execute(query))


END = sa.type_coerce(sa.func.coalesce(Consultation.closes_at, Consultation.created_at), MOMENT)
ID = sa.type_coerce(Consultation.id, sa.Text)
"""What orders lists."""


def overdue(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Return what holds of those that should have been answered by now."""
    return (Consultation.state == State.PUBLISHED, Consultation.response_due_at <= now)


def with_words(text: str) -> list[sa.ColumnElement[bool]]:
    """Return what holds of those with all these words, in any of their languages."""
    return [
        Consultation.search_text.contains(word, autoescape=True)
        for word in search_text(text).split()
    ]


def searchable(*texts: Texts) -> str:
    """Return what searches look in."""
    return " ".join(search_text(text) for each in texts for text in each.values())

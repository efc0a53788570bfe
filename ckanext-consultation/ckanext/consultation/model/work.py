"""The consultations in which somebody works, by what is to do next."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.consultation.domain.life import State
from ckanext.consultation.domain.work import RANKS, Work
from ckanext.consultation.model.consultations import Author, Consultation, Member, with_words

CAPACITIES = ("admin", "editor")


def bodies_of(session: AlchemySession, user_id: str) -> dict[str, str]:
    """Return what somebody is in the bodies of which they are an editor or an admin, by body."""
    query = sa.select(ckan_model.Member.group_id, ckan_model.Member.capacity).where(_is_in(user_id))
    return {row.group_id: row.capacity for row in session.execute(query)}


def has_any(user_id: str) -> sa.ColumnElement[bool]:
    """Tell in a query whether somebody works in a body, or in a consultation."""
    return sa.or_(sa.exists().where(_is_in(user_id)), sa.exists().where(Member.user_id == user_id))


def of(
    user_id: str, body_ids: list[str], now: datetime, text: str = "", *, in_all: bool = True
) -> sa.Subquery:
    """Select the consultations of these bodies; ``in_all``: and those in which one has a role."""
    here = sa.select(Member.consultation_id).where(Member.user_id == user_id, sa.literal(in_all))
    work = _work(now)
    moment = sa.case(
        (work == Work.OVERDUE, Consultation.response_due_at),
        (work == Work.CLOSED, Consultation.response_due_at),
        (work == Work.OPEN, Consultation.closes_at),
        (work == Work.SCHEDULED, Consultation.opens_at),
        else_=Consultation.changed_at,
    )
    epoch = sa.cast(sa.extract("epoch", moment), sa.BigInteger)
    is_done = work.in_((Work.RESULTS, Work.ARCHIVED, Work.CANCELLED))
    wrote = sa.exists().where(Author.consultation_id == Consultation.id, Author.user_id == user_id)
    rank = sa.case({str(each): rank for each, rank in RANKS.items()}, value=work, else_=len(RANKS))
    query = sa.select(
        Consultation.id,
        work.label("work"),
        wrote.label("wrote"),
        sa.type_coerce(rank, sa.Integer).label("rank"),
        sa.type_coerce(sa.case((is_done, -epoch), else_=epoch), sa.BigInteger).label("key"),
    ).where(sa.or_(Consultation.owner_org.in_(body_ids), Consultation.id.in_(here)))
    return query.where(*with_words(text)).subquery()


def counts(session: AlchemySession, rows: sa.Subquery) -> dict[str, int]:
    """Return how many of the rows wait for what."""
    query = sa.select(rows.c.work, sa.func.count()).group_by(rows.c.work)
    found = {row[0]: row[1] for row in session.execute(query)}
    return {str(work): found.get(work, 0) for work in Work}


def roles_in(
    session: AlchemySession, user_id: str, consultation_ids: list[str]
) -> dict[str, list[str]]:
    """Return the roles that somebody has in consultations themselves, by consultation."""
    query = sa.select(Member.consultation_id, Member.role).where(
        Member.user_id == user_id, Member.consultation_id.in_(consultation_ids)
    )
    found: dict[str, list[str]] = {}
    for row in session.execute(query):
        found.setdefault(row.consultation_id, []).append(row.role)
    return found


def _work(now: datetime) -> sa.ColumnElement[Any]:
    """Return what a consultation waits for at this moment."""
    is_public = Consultation.state == State.PUBLISHED
    return sa.case(
        (sa.and_(is_public, Consultation.response_due_at <= now), Work.OVERDUE),
        (sa.and_(is_public, Consultation.closes_at <= now), Work.CLOSED),
        (sa.and_(is_public, Consultation.opens_at <= now), Work.OPEN),
        (is_public, Work.SCHEDULED),
        (
            sa.and_(Consultation.state == State.DRAFT, Consultation.reason.is_not(None)),
            Work.RETURNED,
        ),
        else_=Consultation.state,
    )


def _is_in(user_id: str) -> sa.ColumnElement[bool]:
    member, group = ckan_model.Member, ckan_model.Group
    return sa.and_(
        member.table_id == user_id,
        member.table_name == "user",
        member.state == "active",
        member.capacity.in_(CAPACITIES),
        member.group_id.in_(sa.select(group.id).where(group.is_organization)),
    )

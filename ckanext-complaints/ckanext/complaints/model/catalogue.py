"""What people complain about, by which rules it is answered, and on which days nobody works."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.complaints import keys
from ckanext.complaints.model import seals
from ckanext.complaints.model.seals import Seal
from ckanext.opengov.shared.domain.texts import Texts

MOMENT = sa.DateTime(timezone=True)
TRACK = "category-track"
"""What categories are signed for."""


class Policy(tk.BaseModel):
    """The periods by which complaints are answered. Its numbers stay: they were promised."""

    __tablename__ = "complaints_policy"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    code: Mapped[str] = mapped_column(sa.Text)
    labels: Mapped[Texts] = mapped_column(JSONB)
    ack_days: Mapped[int] = mapped_column(sa.Integer)
    """Working days until a person acknowledges."""
    answer_days: Mapped[int] = mapped_column(sa.Integer)
    day_type: Mapped[str] = mapped_column(sa.Text)
    """Of ``answer_days``, ``extension_days`` and ``again_days``."""
    extension_days: Mapped[int] = mapped_column(sa.Integer)
    again_days: Mapped[int] = mapped_column(sa.Integer)
    """For another answer after a reopening or a remand."""
    appeal_days: Mapped[int] = mapped_column(sa.Integer)
    """After an answer; after silence there is no end."""
    decision_days: Mapped[int] = mapped_column(sa.Integer)
    """Within which an appeal is decided."""
    reopen_days: Mapped[int] = mapped_column(sa.Integer)
    pause_days: Mapped[int] = mapped_column(sa.Integer)
    """For so many days at most the clock waits for the citizen."""
    pause_wait_days: Mapped[int] = mapped_column(sa.Integer)
    """After which work goes on without the citizen's reply."""
    accept_days: Mapped[int] = mapped_column(sa.Integer)
    """Working days until a unit accepts what is referred to it."""
    retention_days: Mapped[int] = mapped_column(sa.Integer)
    """From the end of a case until it is erased."""
    source: Mapped[dict[str, str]] = mapped_column(JSONB)
    """By field, where its number comes from; none: to be confirmed by the country."""
    active: Mapped[bool] = mapped_column(sa.Boolean)
    version: Mapped[int] = mapped_column(sa.Integer)


class Category(tk.BaseModel):
    """What a complaint is about. Its track is signed, and never changes.

    So a row that was copied at another time says the same of the track.
    """

    __tablename__ = "complaints_category"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    code: Mapped[str] = mapped_column(sa.Text)
    parent_id: Mapped[str | None] = mapped_column(sa.Text)
    track: Mapped[str] = mapped_column(sa.Text)
    policy_id: Mapped[str] = mapped_column(sa.Text)
    labels: Mapped[Texts] = mapped_column(JSONB)
    active: Mapped[bool] = mapped_column(sa.Boolean)
    position: Mapped[int] = mapped_column(sa.Integer)
    version: Mapped[int] = mapped_column(sa.Integer)
    key_id: Mapped[str] = mapped_column(sa.Text)
    mac: Mapped[str] = mapped_column(sa.Text)


class Route(tk.BaseModel):
    """To which body the complaints of a category go, in a region or wherever none is named."""

    __tablename__ = "complaints_route"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    category_id: Mapped[str] = mapped_column(sa.Text)
    region: Mapped[str | None] = mapped_column(sa.Text)
    org_id: Mapped[str] = mapped_column(sa.Text)


class Form(tk.BaseModel):
    """The questions of a category, for all bodies or for one; another version is another row."""

    __tablename__ = "complaints_form"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    category_id: Mapped[str] = mapped_column(sa.Text)
    org_id: Mapped[str | None] = mapped_column(sa.Text)
    version: Mapped[int] = mapped_column(sa.Integer)
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(MOMENT)


class Holiday(tk.BaseModel):
    """A day on which a body does not work, or none in the country."""

    __tablename__ = "complaints_holiday"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    day: Mapped[date] = mapped_column(sa.Date)
    org_id: Mapped[str | None] = mapped_column(sa.Text)
    labels: Mapped[Texts] = mapped_column(JSONB)
    source: Mapped[str] = mapped_column(sa.Text)
    added_by: Mapped[str | None] = mapped_column(sa.Text)
    added_at: Mapped[datetime] = mapped_column(MOMENT)


def _content(row: Category) -> dict[str, str]:
    return {"id": row.id, "code": row.code, "track": row.track}


def is_signed(row: Category) -> bool:
    """Tell whether the category's track is what it was made with."""
    return keys.ring().holds(TRACK, _content(row), row.key_id, row.mac)


def make_category(session: AlchemySession, **values: Any) -> Category:
    """Make a category and sign its track."""
    row = Category(id=str(uuid.uuid4()), version=1, **values)
    row.key_id, row.mac = keys.ring().sign(TRACK, _content(row))
    session.add(row)
    session.flush()
    set_routes(session, row.id, {})
    return row


def categories(session: AlchemySession, *, only_active: bool = True) -> list[Category]:
    """Return the categories in the order in which people see them.

    One whose track does not hold takes no complaint: nobody could say who may read it.
    """
    query = sa.select(Category).order_by(Category.position, Category.code)
    if only_active:
        query = query.where(Category.active)
    return [row for row in session.execute(query).scalars() if not only_active or is_signed(row)]


def category(session: AlchemySession, id_or_code: str, *, lock: bool = False) -> Category | None:
    """Return a category by its id or code."""
    either = sa.or_(Category.id == id_or_code, Category.code == id_or_code)
    query = sa.select(Category).where(either)
    return session.execute(_locked(query) if lock else query).scalars().first()


def routes(session: AlchemySession, category_ids: Collection[str]) -> dict[str, list[Route]]:
    """Return the ways of complaints by category: that for all regions first.

    Raises:
        Altered: one of them has others than were signed.
    """
    query = (
        sa.select(Seal, Route)
        .outerjoin(Route, Route.category_id == Seal.about)
        .where(Seal.about.in_(category_ids))
        .order_by(Route.region.nulls_first())
    )
    found: dict[str, list[Route]] = {}
    signed = {}
    for seal, row in session.execute(query):
        signed[seal.about] = seal
        found.setdefault(seal.about, []).extend([row] if row is not None else [])
    for id in category_ids:
        seal = signed.get(id)
        if seal is None or not seals.holds(id, _ways(found[id]), seal.key_id, seal.mac):
            raise seals.Altered
    return found


def _ways(rows: Iterable[Route]) -> list[list[str]]:
    """Return what the signature over a category's routes covers."""
    return sorted([row.region or "", row.org_id] for row in rows)


def seal_anew(session: AlchemySession) -> None:
    """Sign all routes as the database has them. For operators alone, who looked at them."""
    rows = list(session.execute(sa.select(Route)).scalars())
    for id in session.execute(sa.select(Category.id)).scalars():
        seals.put(session, id, _ways(row for row in rows if row.category_id == id))


def set_routes(session: AlchemySession, category_id: str, wanted: Mapping[str | None, str]) -> None:
    """Let the complaints of a category go these ways alone: bodies by region."""
    session.execute(sa.delete(Route).where(Route.category_id == category_id))
    rows = [
        {"id": str(uuid.uuid4()), "category_id": category_id, "region": region, "org_id": org_id}
        for region, org_id in wanted.items()
    ]
    if rows:
        session.execute(insert(Route), rows)
    seals.put(session, category_id, _ways(Route(**row) for row in rows))


def policy(session: AlchemySession, id_or_code: str, *, lock: bool = False) -> Policy | None:
    """Return a policy by its id or code."""
    query = sa.select(Policy).where(sa.or_(Policy.id == id_or_code, Policy.code == id_or_code))
    return session.execute(_locked(query) if lock else query).scalars().first()


def policies(session: AlchemySession) -> list[Policy]:
    """Return all policies, those in use first."""
    return list(
        session.execute(sa.select(Policy).order_by(sa.desc(Policy.active), Policy.code)).scalars()
    )


def make_policy(session: AlchemySession, **values: Any) -> Policy:
    """Make a policy."""
    row = Policy(id=str(uuid.uuid4()), version=1, **values)
    session.add(row)
    session.flush()
    return row


def form(session: AlchemySession, id: str) -> Form | None:
    """Return a form by its id: what a complaint answers stays readable."""
    return session.get(Form, id)


def newest_form(session: AlchemySession, category_id: str, org_id: str | None) -> Form | None:
    """Return the form that asks now: the body's own, or else that for all bodies."""
    query = (
        sa.select(Form)
        .where(Form.category_id == category_id)
        .where(sa.or_(Form.org_id == org_id, Form.org_id.is_(None)))
        .order_by(Form.org_id.nulls_last(), Form.version.desc())
    )
    return session.execute(query.limit(1)).scalar_one_or_none()


def forms_of(session: AlchemySession, category_id: str) -> list[Form]:
    """Return the newest form of a category for each body that has its own, and that for all."""
    query = (
        sa.select(Form)
        .where(Form.category_id == category_id)
        .distinct(Form.org_id)
        .order_by(Form.org_id.nulls_first(), Form.version.desc())
    )
    return list(session.execute(query).scalars())


def make_form(
    session: AlchemySession,
    category: Category,
    org_id: str | None,
    questions: list[dict[str, Any]],
    at: datetime,
) -> Form:
    """Make the next version of a form; the caller holds its category."""
    mine = (Form.category_id == category.id, Form.org_id.is_not_distinct_from(org_id))
    last = session.execute(sa.select(sa.func.max(Form.version)).where(*mine)).scalar() or 0
    row = Form(
        id=str(uuid.uuid4()),
        category_id=category.id,
        org_id=org_id,
        version=last + 1,
        questions=questions,
        created_at=at,
    )
    session.add(row)
    session.flush()
    return row


def holidays(
    session: AlchemySession, first: date, last: date, org_ids: Collection[str] = ()
) -> list[Holiday]:
    """Return the holidays of the country and of these bodies from one day to another."""
    whose = sa.or_(Holiday.org_id.is_(None), Holiday.org_id.in_(org_ids))
    query = sa.select(Holiday).where(whose, Holiday.day.between(first, last))
    ordered = query.order_by(Holiday.day, Holiday.org_id.nulls_first())
    return list(session.execute(ordered).scalars())


def holiday_days(session: AlchemySession, org_id: str | None, since: date) -> frozenset[date]:
    """Return the days from ``since`` on which a body does not work: the country's, and its own."""
    whose = sa.or_(Holiday.org_id.is_(None), Holiday.org_id == org_id)
    query = sa.select(Holiday.day).where(whose, Holiday.day >= since)
    return frozenset(session.execute(query).scalars())


def holiday(session: AlchemySession, id: str, *, lock: bool = False) -> Holiday | None:
    """Return a holiday."""
    query = sa.select(Holiday).where(Holiday.id == id)
    return session.execute(_locked(query) if lock else query).scalar_one_or_none()


def add_holiday(session: AlchemySession, **values: Any) -> Holiday | None:
    """Add a holiday; None: the day is one already."""
    id_ = str(uuid.uuid4())
    done = session.execute(
        insert(Holiday).values(id=id_, **values).on_conflict_do_nothing().returning(Holiday.id)
    )
    return holiday(session, id_) if done.first() else None


def delete_holiday(session: AlchemySession, id: str) -> None:
    """Take a holiday out of the calendar."""
    session.execute(sa.delete(Holiday).where(Holiday.id == id))


def _locked(query: sa.Select[Any]) -> sa.Select[Any]:
    return query.with_for_update().execution_options(populate_existing=True)

"""Findings that a second person let pass: for one file, under one schema, with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

MOMENT = sa.DateTime(timezone=True)


class Waiver(tk.BaseModel):
    """One kind of findings in one file. It ends with the file, or with what was found in it."""

    __tablename__ = "opengov_waiver"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    package_id: Mapped[str] = mapped_column(sa.Text)
    resource_id: Mapped[str] = mapped_column(sa.Text)
    fingerprint: Mapped[str] = mapped_column(sa.Text)
    """Of the bytes and the schema that were checked."""
    evidence: Mapped[str] = mapped_column(sa.Text)
    """Hash of the findings."""
    code: Mapped[str] = mapped_column(sa.Text)
    field: Mapped[str] = mapped_column(sa.Text)
    """Name of the column; empty: the file."""
    reason: Mapped[str] = mapped_column(sa.Text)
    waived_by: Mapped[str] = mapped_column(sa.Text)
    waived_at: Mapped[datetime] = mapped_column(MOMENT)
    revoked_by: Mapped[str | None] = mapped_column(sa.Text)
    revoked_at: Mapped[datetime | None] = mapped_column(MOMENT)


def kept_of(session: AlchemySession, fingerprints: Mapping[str, str]) -> list[Waiver]:
    """Return the waivers that nobody revoked. ``fingerprints``: of the checks, by resource id."""
    keys = sa.tuple_(Waiver.resource_id, Waiver.fingerprint)
    query = sa.select(Waiver).where(
        keys.in_(list(fingerprints.items())), Waiver.revoked_at.is_(None)
    )
    return list(session.execute(query.order_by(Waiver.id)).scalars())


def of_resource(resource_id: str) -> tuple[sa.Select[Any], sa.ColumnElement[Any]]:
    """Return the query for all waivers of a resource, and the column that orders them."""
    query = sa.select(Waiver).where(Waiver.resource_id == resource_id)
    return query, sa.type_coerce(Waiver.id, sa.BigInteger)


def find(session: AlchemySession, waiver_id: int) -> Waiver | None:
    """Return one, locked until the end of the transaction."""
    query = sa.select(Waiver).where(Waiver.id == waiver_id).with_for_update()
    return session.execute(query).scalar_one_or_none()


def revoke_kind(session: AlchemySession, like: Waiver, user_id: str | None, now: datetime) -> None:
    """End whatever stands in the place of a new waiver."""
    query = sa.update(Waiver).where(
        Waiver.resource_id == like.resource_id,
        Waiver.fingerprint == like.fingerprint,
        Waiver.code == like.code,
        Waiver.field == like.field,
        Waiver.revoked_at.is_(None),
    )
    session.execute(query.values(revoked_by=user_id, revoked_at=now))

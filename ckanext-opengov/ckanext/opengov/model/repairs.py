"""Which repairs of a file were accepted, and the file as it was sent."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.opengov.model.publication import MOMENT


class Repair(tk.BaseModel):
    """The repairs of the file that a resource has, or will have once a change is published.

    It is about the bytes ``sha256`` alone: once somebody sends another file, it means nothing.
    """

    __tablename__ = "opengov_repair"

    resource_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.Text)
    """The file with ``steps``."""
    original_sha256: Mapped[str] = mapped_column(sa.Text, index=True)
    original_size: Mapped[int] = mapped_column(sa.BigInteger)
    """In bytes."""
    original: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """What the resource said of the original: fields of ``resource_patch``."""
    source: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """How the original is read: ``format``, ``encoding``, ``delimiter``."""
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    wanted: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    """The steps to be made instead, until a job has made them."""
    version: Mapped[int] = mapped_column(sa.Integer)
    """One more with each wish."""
    error: Mapped[str | None] = mapped_column(sa.Text)
    """Why the last wish came to nothing."""
    changed_at: Mapped[datetime] = mapped_column(MOMENT)


def find(session: AlchemySession, resource_id: str, *, lock: bool = False) -> Repair | None:
    """Return the repairs of a resource's file, as they stand now."""
    query = sa.select(Repair).where(Repair.resource_id == resource_id)
    query = query.execution_options(populate_existing=True)
    if lock:
        query = query.with_for_update()
    return session.execute(query).scalar_one_or_none()


def put(session: AlchemySession, values: Mapping[str, Any]) -> None:
    """Keep a wish in the place of whatever was known of the resource. ``values``: all columns."""
    session.merge(Repair(**values))
    session.flush()


def forget(session: AlchemySession, resource_ids: Collection[str]) -> frozenset[str]:
    """Forget the repairs of these resources; return which originals are lost with them."""
    gone = sa.delete(Repair).where(Repair.resource_id.in_(list(resource_ids)))
    return frozenset(session.scalars(gone.returning(Repair.original_sha256)))


def is_original(session: AlchemySession, sha256: str) -> bool:
    """Tell whether somebody may want these bytes back."""
    query = sa.select(Repair.resource_id).where(Repair.original_sha256 == sha256).limit(1)
    return session.execute(query).first() is not None

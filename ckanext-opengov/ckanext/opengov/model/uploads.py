"""Files on their way: how much of each has come."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession


class Upload(tk.BaseModel):
    """One file that is sent in pieces. Its bytes lie in the storage folder under its id."""

    __tablename__ = "opengov_upload"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    package_id: Mapped[str] = mapped_column(sa.Text)
    user_id: Mapped[str] = mapped_column(sa.Text)
    name: Mapped[str] = mapped_column(sa.Text)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    received: Mapped[int] = mapped_column(sa.BigInteger)
    """Bytes that are safely on disk; more may lie behind them after a crash."""
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


def find(session: AlchemySession, upload_id: str, *, lock: bool = False) -> Upload | None:
    """Return an upload; with ``lock``, once nobody else adds to it."""
    query = sa.select(Upload).where(Upload.id == upload_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.execute(query).scalar_one_or_none()


def count_of(session: AlchemySession, user_id: str) -> int:
    """Return how many uploads of this person are under way."""
    query = sa.select(sa.func.count()).where(Upload.user_id == user_id)
    return int(session.execute(query).scalar_one())


def older_than(session: AlchemySession, moment: datetime) -> list[str]:
    """Return the uploads that began before this moment."""
    return list(session.execute(sa.select(Upload.id).where(Upload.created_at < moment)).scalars())


def forget(session: AlchemySession, upload_ids: Iterable[str]) -> None:
    """Delete the rows of these uploads."""
    session.execute(sa.delete(Upload).where(Upload.id.in_(list(upload_ids))))

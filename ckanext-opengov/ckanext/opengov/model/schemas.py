"""What the versions of schemas looked like when they were first used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession


class SchemaVersion(tk.BaseModel):
    """The hash of a version; it never changes."""

    __tablename__ = "opengov_schema_version"

    ref: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    """``NAME@VERSION``"""
    sha256: Mapped[str] = mapped_column(sa.Text)
    noted_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


def known(session: AlchemySession) -> dict[str, str]:
    """Return the hashes by reference."""
    rows = session.execute(sa.select(SchemaVersion.ref, SchemaVersion.sha256))
    return {row.ref: row.sha256 for row in rows}


def note(session: AlchemySession, hashes: Mapping[str, str], now: datetime) -> None:
    """Note the hashes of versions that are not known yet."""
    values = [{"ref": ref, "sha256": sha256, "noted_at": now} for ref, sha256 in hashes.items()]
    if values:
        session.execute(insert(SchemaVersion).on_conflict_do_nothing(), values)

"""What the versions of schemas looked like when they were published, and which are deprecated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.opengov.shared.outbox import Message


class SchemaVersion(tk.BaseModel):
    """A version that was published; its hash never changes."""

    __tablename__ = "opengov_schema_version"

    ref: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    """``NAME@VERSION``"""
    sha256: Mapped[str] = mapped_column(sa.Text)
    noted_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    deprecated_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    """Since when it is no longer proposed."""
    successor: Mapped[str | None] = mapped_column(sa.Text)
    """The reference of what is to be declared instead."""


def known(session: AlchemySession) -> dict[str, str]:
    """Return the hashes by reference."""
    rows = session.execute(sa.select(SchemaVersion.ref, SchemaVersion.sha256))
    return {row.ref: row.sha256 for row in rows}


def note(session: AlchemySession, hashes: Mapping[str, str], now: datetime) -> None:
    """Note the hashes of versions that are not known yet."""
    values = [{"ref": ref, "sha256": sha256, "noted_at": now} for ref, sha256 in hashes.items()]
    if values:
        session.execute(insert(SchemaVersion).on_conflict_do_nothing(), values)


def deprecated(session: AlchemySession) -> dict[str, str | None]:
    """Return the successors of the deprecated versions by reference; None: there is none."""
    rows = sa.select(SchemaVersion.ref, SchemaVersion.successor)
    found = session.execute(rows.where(SchemaVersion.deprecated_at.is_not(None)))
    return {row.ref: row.successor for row in found}


def deprecate(
    session: AlchemySession, ref: str, at: datetime | None, successor: str | None
) -> None:
    """Note since when a version that is known is deprecated; None: it is not."""
    found = sa.update(SchemaVersion).where(SchemaVersion.ref == ref)
    session.execute(found.values(deprecated_at=at, successor=successor))


# CKAN keeps what it does not know of a file as text.
_EXTRAS = sa.cast(sa.func.nullif(sa.cast(ckan_model.Resource.extras, sa.Text), ""), JSONB)


def declaring(session: AlchemySession, ref: str, kind: str) -> list[sa.Row[Any]]:
    """Return ``package_id`` and ``owner_org`` of the published datasets that declare a version.

    Those of which a message of this kind, which names it in ``ref``, tells already are left out.
    """
    resource, package = ckan_model.Resource, ckan_model.Package
    told = sa.exists().where(
        Message.kind == kind,
        Message.params["package_id"].astext == resource.package_id,
        Message.params["ref"].astext == ref,
    )
    query = (
        sa.select(resource.package_id, package.owner_org)
        .join(package, package.id == resource.package_id)
        .where(resource.state == "active", package.state == "active", ~told)
        .where(_EXTRAS["schema_ref"].astext == ref)
    )
    return list(session.execute(query.distinct()))


def take_turns(session: AlchemySession) -> None:
    """Let others who change what stands in the catalogue wait until the end of the transaction."""
    lock = sa.func.hashtextextended("opengov.schemas", 0)
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))

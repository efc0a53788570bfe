"""Which bytes belong to which resource, and what the check of them found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.opengov.validation.report import Kept

MOMENT = sa.DateTime(timezone=True)


class ResourceFile(tk.BaseModel):
    """The bytes that a resource serves now, named by their SHA-256."""

    __tablename__ = "opengov_resource_file"

    resource_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.Text, index=True)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    """In bytes."""
    stored_at: Mapped[datetime] = mapped_column(MOMENT)


class Check(tk.BaseModel):
    """The report on one file under one schema. Others about the same resource may exist."""

    __tablename__ = "opengov_check"

    resource_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    fingerprint: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    """Of the bytes and the schema that were checked."""
    verdict: Mapped[str] = mapped_column(sa.Text)
    blocking: Mapped[int] = mapped_column(sa.Integer)
    report: Mapped[Any] = mapped_column(JSONB)
    """:class:`ckanext.opengov.validation.report.Kept`"""
    checked_at: Mapped[datetime] = mapped_column(MOMENT)


def put_file(
    session: AlchemySession, resource_id: str, sha256: str, size: int, now: datetime
) -> None:
    """Let the resource serve these bytes from the commit on."""
    values = {"sha256": sha256, "size": size, "stored_at": now}
    row = insert(ResourceFile).values(resource_id=resource_id, **values)
    session.execute(row.on_conflict_do_update(index_elements=["resource_id"], set_=values))


def forget_file(session: AlchemySession, resource_id: str) -> None:
    """Let a resource that goes serve nothing from the commit on."""
    session.execute(sa.delete(ResourceFile).where(ResourceFile.resource_id == resource_id))


def file_of(session: AlchemySession, resource_id: str) -> ResourceFile | None:
    """Return the bytes that the resource serves; None: a link, or nothing yet."""
    return session.get(ResourceFile, resource_id)


def served(session: AlchemySession, resource_ids: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 of what published resources serve by now, by resource id.

    What was withdrawn, taken away, purged or made a link serves nothing.
    """
    query = (
        sa.select(ResourceFile.resource_id, ResourceFile.sha256)
        .join(ckan_model.Resource, ckan_model.Resource.id == ResourceFile.resource_id)
        .join(ckan_model.Package, ckan_model.Package.id == ckan_model.Resource.package_id)
        .where(ckan_model.Resource.state == "active", ckan_model.Resource.url_type == "upload")
        .where(ckan_model.Package.state == "active", ResourceFile.resource_id.in_(resource_ids))
    )
    return {row.resource_id: row.sha256 for row in session.execute(query)}


def files_of(session: AlchemySession, resource_ids: Iterable[str]) -> dict[str, ResourceFile]:
    """Return the files of several resources by resource id."""
    query = sa.select(ResourceFile).where(ResourceFile.resource_id.in_(list(resource_ids)))
    return {row.resource_id: row for row in session.execute(query).scalars()}


def put_check(session: AlchemySession | sa.Connection, values: dict[str, Any]) -> None:
    """Keep a report, instead of an older one about the same. ``values``: columns of Check."""
    row = insert(Check).values(**values)
    keys = ("resource_id", "fingerprint")
    changes = {name: value for name, value in values.items() if name not in keys}
    session.execute(row.on_conflict_do_update(index_elements=keys, set_=changes))


def checks_of(session: AlchemySession, wanted: Mapping[str, str]) -> dict[str, Check]:
    """Return reports by resource id. ``wanted`` has the fingerprint that each must be about."""
    keys = sa.tuple_(Check.resource_id, Check.fingerprint)
    query = sa.select(Check).where(keys.in_(list(wanted.items())))
    return {row.resource_id: row for row in session.execute(query).scalars()}


def forget_check(session: AlchemySession, resource_id: str, fingerprint: str) -> None:
    """Delete one report."""
    one = (Check.resource_id == resource_id, Check.fingerprint == fingerprint)
    session.execute(sa.delete(Check).where(*one))


def forget_checks(session: AlchemySession, current: Mapping[str, str]) -> None:
    """Delete the reports on these resources that are about other bytes or another schema."""
    keys = sa.tuple_(Check.resource_id, Check.fingerprint)
    session.execute(
        sa.delete(Check).where(
            Check.resource_id.in_(list(current)), keys.not_in(list(current.items()))
        )
    )


def forget_checks_of(session: AlchemySession, resource_ids: Iterable[str]) -> None:
    """Delete all reports on these resources, whatever they are about: they quote cells."""
    session.execute(sa.delete(Check).where(Check.resource_id.in_(list(resource_ids))))


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check of a file found, as it counts under the policy of its body now."""

    resource_id: str
    fingerprint: str
    """Of the bytes and the schema that were checked."""
    report: Kept
    found: Kept
    """The same as the check left it."""

    @property
    def verdict(self) -> str:
        """The sum of it."""
        return self.report["verdict"]

    @property
    def blocking(self) -> int:
        """Count the findings that keep the file from being published."""
        return self.report["blocking"]

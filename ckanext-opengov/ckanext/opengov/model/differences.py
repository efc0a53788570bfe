"""What changes in the rows of a file that a revision replaces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.opengov.domain.publication import State
from ckanext.opengov.model.publication import MOMENT
from ckanext.opengov.model.revisions import Revision


class Difference(tk.BaseModel):
    """The comparison of the published file of a resource with the one that a revision brings."""

    __tablename__ = "opengov_difference"

    revision_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    resource_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    fingerprint: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    """Of the bytes and the schemas that were compared."""
    result: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """What :func:`ckanext.opengov.validation.comparison.compare` returned; empty: no tables."""
    compared_at: Mapped[datetime] = mapped_column(MOMENT)


def put(session: AlchemySession, values: dict[str, Any]) -> None:
    """Keep a comparison, instead of an older one of the same. ``values``: columns."""
    row = insert(Difference).values(**values)
    keys = ("revision_id", "resource_id", "fingerprint")
    changes = {name: value for name, value in values.items() if name not in keys}
    session.execute(row.on_conflict_do_update(index_elements=keys, set_=changes))


def of_revision(session: AlchemySession, revision_id: str) -> list[Difference]:
    """Return the comparisons that were made for a revision."""
    query = sa.select(Difference).where(Difference.revision_id == revision_id)
    return list(session.execute(query).scalars())


def counts_of(session: AlchemySession, revision_ids: Iterable[str]) -> list[sa.Row[Any]]:
    """Return revision, resource, fingerprint and ``rows`` of comparisons, without the samples."""
    found = Difference
    query = sa.select(
        found.revision_id, found.resource_id, found.fingerprint, found.result["rows"].label("rows")
    ).where(found.revision_id.in_(list(revision_ids)))
    return list(session.execute(query).all())


def keep(session: AlchemySession, revision_id: str, current: Mapping[str, str]) -> None:
    """Delete the revision's other comparisons. ``current`` has fingerprints by resource id."""
    keys = sa.tuple_(Difference.resource_id, Difference.fingerprint)
    old = sa.delete(Difference).where(Difference.revision_id == revision_id)
    session.execute(old.where(keys.not_in(list(current.items()))))


def shorten_older(session: AlchemySession, package_id: str, revision_id: str) -> None:
    """Keep the counts alone of what earlier revisions of the dataset changed."""
    older = sa.select(Revision.id).where(
        Revision.package_id == package_id,
        Revision.state == State.PUBLISHED,
        Revision.id != revision_id,
    )
    shorter = Difference.result.op("-", return_type=JSONB())(sa.literal("sample", sa.Text))
    session.execute(
        sa.update(Difference).where(Difference.revision_id.in_(older)).values(result=shorter),
        execution_options={"synchronize_session": False},
    )

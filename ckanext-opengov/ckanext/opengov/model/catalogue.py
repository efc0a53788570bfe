"""What is public, for who reads all of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ckan import model as ckan_model
from ckan.types import AlchemySession


def public_datasets() -> sa.Select[Any]:
    """Select id, name and time of the last change of every public dataset."""
    package: Any = ckan_model.Package
    return sa.select(package.id, package.name, package.metadata_modified).where(
        package.state == "active", package.private.is_(False), package.type == "dataset"
    )


def parts(session: AlchemySession, size: int) -> list[tuple[str, datetime]]:
    """Return the last id and the last change of each part of so many public datasets, by id."""
    rows = public_datasets().subquery()
    number = sa.func.row_number().over(order_by=rows.c.id) - 1
    numbered = sa.select(rows, (number // size).label("part")).subquery()
    query = sa.select(sa.func.max(numbered.c.id), sa.func.max(numbered.c.metadata_modified))
    found = session.execute(query.group_by(numbered.c.part).order_by(numbered.c.part))
    return [(last_id, changed) for last_id, changed in found]

"""The public bodies that hold consultations, as CKAN stores them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.opengov.shared.domain.texts import as_texts


def named(session: AlchemySession, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return how these bodies are called, by id: as many queries, whatever their number."""
    if not (wanted := set(ids)):
        return {}
    group: Any = ckan_model.Group
    texts = group.extras["title_translated"].astext
    query = sa.select(group.id, group.name, group.title, texts).where(group.id.in_(wanted))
    return {
        row.id: {
            "id": row.id,
            "name": row.name,
            "title": row.title or row.name,
            "title_translated": as_texts(row[3]) or {},
        }
        for row in session.execute(query)
    }


def id_of(session: AlchemySession, id_or_name: str) -> str:
    """Return the id of a body; what names none is an id that nothing has."""
    group: Any = ckan_model.Group
    either = sa.or_(group.id == id_or_name, group.name == id_or_name)
    found = session.execute(sa.select(group.id).where(either, group.is_organization)).scalar()
    return str(found or id_or_name)

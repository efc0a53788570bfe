"""Public bodies (CKAN's organizations) with their texts in several languages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.opengov.shared.domain.texts import SUFFIX, Texts, as_texts


def active(session: AlchemySession, kind: str) -> Sequence[ckan_model.Group]:
    """Return all bodies of a type that were not deleted."""
    group = ckan_model.Group
    query = sa.select(group).where(
        group.is_organization.is_(True), group.type == kind, group.state == "active"
    )
    return session.scalars(query).all()


def descriptions(session: AlchemySession, names: Collection[str]) -> dict[str, Texts]:
    """Return the descriptions of bodies by language, by name."""
    group: Any = ckan_model.Group
    query = sa.select(group.name, group.extras).where(group.name.in_(list(names)))
    return {row.name: _texts(row.extras, "description") for row in session.execute(query)}


def titles(session: AlchemySession, names: Collection[str]) -> dict[str, tuple[str, Texts]]:
    """Return the titles of bodies and groups by name: CKAN's own, and those by language."""
    group: Any = ckan_model.Group
    query = sa.select(group.name, group.title, group.extras).where(group.name.in_(list(names)))
    rows = session.execute(query).all()
    return {row.name: (row.title or row.name, _texts(row.extras, "title")) for row in rows}


def texts_of(group: ckan_model.Group, field: str) -> Texts:
    """Return a body's texts by language in this field of CKAN's."""
    return _texts(extras_of(group), field)


def extras_of(group: Any) -> dict[str, str]:
    """Return the fields of a body that CKAN has no column for."""
    return dict(group.extras or {})


def datasets_of(session: AlchemySession, body_id: str) -> list[str]:
    """Return the ids of a body's datasets."""
    package = ckan_model.Package
    query = sa.select(package.id).where(package.owner_org == body_id, package.state != "deleted")
    return list(session.scalars(query))


def _texts(extras: dict[str, str] | None, field: str) -> Texts:
    return as_texts((extras or {}).get(field + SUFFIX)) or {}

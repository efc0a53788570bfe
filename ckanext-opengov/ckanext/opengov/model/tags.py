"""Which tags the public may know."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from ckan import model as ckan_model
from ckan.types import AlchemySession


def name_of(session: AlchemySession, id_or_name: str) -> str | None:
    """Return the name of a tag; None: there is none."""
    tag = ckan_model.Tag
    query = sa.select(tag.name).where(sa.or_(tag.id == id_or_name, tag.name == id_or_name))
    return session.execute(query.limit(1)).scalar_one_or_none()


def public(session: AlchemySession, names: Collection[str]) -> set[str]:
    """Return those of the names that a vocabulary holds or a public dataset carries."""
    tag, package_tag, package = ckan_model.Tag, ckan_model.PackageTag, ckan_model.Package
    carried = (
        sa.exists()
        .where(package_tag.tag_id == tag.id, package_tag.state == "active")
        .where(package.id == package_tag.package_id, package.state == "active")
        .where(package.private.is_(False))
    )
    query = sa.select(tag.name).where(
        tag.name.in_(list(names)), sa.or_(tag.vocabulary_id.isnot(None), carried)
    )
    return set(session.execute(query).scalars())

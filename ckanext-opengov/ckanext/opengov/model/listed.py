"""What a list says of many datasets: as many queries, whatever their number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from ckan import model as ckan_model
from ckan.types import AlchemySession


def resources_of(
    session: AlchemySession, package_ids: Collection[str]
) -> dict[str, list[ckan_model.Resource]]:
    """Return the files of datasets in their order, by dataset id."""
    resource: Any = ckan_model.Resource
    query = (
        sa.select(resource)
        .where(resource.package_id.in_(list(package_ids)), resource.state == "active")
        .order_by(resource.position)
    )
    found: dict[str, list[ckan_model.Resource]] = defaultdict(list)
    for row in session.scalars(query):
        found[row.package_id].append(row)
    return found


def keywords_of(session: AlchemySession, package_ids: Collection[str]) -> dict[str, list[str]]:
    """Return the names of the keywords of datasets, by dataset id."""
    place, tag = ckan_model.PackageTag, ckan_model.Tag
    query = (
        sa.select(place.package_id, tag.name)
        .join(tag, tag.id == place.tag_id)
        .where(place.package_id.in_(list(package_ids)), place.state == "active")
        .order_by(tag.name)
    )
    return _by_dataset(session, query)


def groups_of(session: AlchemySession, package_ids: Collection[str]) -> dict[str, list[str]]:
    """Return the names of the groups (no bodies) that datasets are in, by dataset id."""
    member, group = ckan_model.Member, ckan_model.Group
    query = (
        sa.select(member.table_id, group.name)
        .join(group, group.id == member.group_id)
        .where(
            member.table_name == "package",
            member.table_id.in_(list(package_ids)),
            member.state == "active",
            group.is_organization.is_(False),
            group.state == "active",
        )
        .order_by(group.name)
    )
    return _by_dataset(session, query)


def _by_dataset(session: AlchemySession, query: sa.Select[Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for package_id, name in session.execute(query):
        found[package_id].append(name)
    return found

"""The views of files, as CKAN stores them."""

from __future__ import annotations

import sqlalchemy as sa

from ckan import model as ckan_model
from ckan.types import AlchemySession

Views = dict[str, list[ckan_model.ResourceView]]
"""By resource id, in their order."""


def of_package(session: AlchemySession, package_id: str) -> Views:
    """Return the views of all active files of a dataset, also of those that have none."""
    resource, view = ckan_model.Resource, ckan_model.ResourceView
    query = (
        sa.select(resource.id, view)
        .outerjoin(view, view.resource_id == resource.id)
        .where(resource.package_id == package_id, resource.state == "active")
        .order_by(view.order)
    )
    found: Views = {}
    for resource_id, each in session.execute(query).tuples():
        found.setdefault(resource_id, []).extend([each] if each else [])
    return found

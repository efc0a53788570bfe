"""What all actions on the tables of resources share."""

from __future__ import annotations

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import Context, DataDict

from ckanext.opengov.model import rows
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_

WITH_DATASET = (
    sa.select(ckan_model.Resource, ckan_model.Package)
    .join(ckan_model.Package, ckan_model.Package.id == ckan_model.Resource.package_id)
    .where(ckan_model.Resource.id == sa.bindparam("id"))
)
"""A resource, and its dataset."""


class NotSearchableYet(DomainError):
    """The words of the table are not indexed yet."""

    code = "not-searchable-yet"
    field = "q"
    template = N_(
        "The words of this table can be searched in a few minutes."
        " Until then, filter by a column, or download the table."
    )


class NeverSearchable(DomainError):
    """PostgreSQL cannot index the words of the table."""

    code = "not-searchable"
    field = "q"
    template = N_("The words of this table cannot be searched. Filter by a column.")


def check_searchable(standing: rows.Standing | None) -> None:
    """See that the words of a table are there to be found.

    Raises:
        NotSearchableYet: a job will see to it.
        NeverSearchable: none can.
    """
    if standing is None or standing.search == rows.READY:
        return
    raise NotSearchableYet if standing.search == rows.WAITING else NeverSearchable


def resource_with_table(context: Context, data_dict: DataDict, action: str) -> ckan_model.Resource:
    """Return a resource whose table the caller may read.

    Without ``resource_show``, which would ask for the whole dataset once more.
    """
    # CKAN's way to ask for it takes as long as a query.
    resource_id = str(data_dict.get("resource_id") or tk.get_or_bust(data_dict, "resource_id"))
    # What is held here, CKAN's check of access asks for again without a query.
    held = context["session"].execute(WITH_DATASET, {"id": resource_id}).first()
    tk.check_access(action, context, {"resource_id": resource_id})
    if held is None or held[0].state != "active":
        raise tk.ObjectNotFound(tk._("Resource not found"))
    return held[0]

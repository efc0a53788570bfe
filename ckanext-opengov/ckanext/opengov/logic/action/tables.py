"""What there is of a published table: its columns, its size, its downloads."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.opengov.logic import downloads
from ckanext.opengov.logic.tabled import resource_with_table
from ckanext.opengov.model import rows
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["opengov_table_show"]


@tk.side_effect_free
@domain_action
def opengov_table_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what there is of the table of a resource.

    ``version`` is another one as soon as any row is another. ``fields`` are ``{"name", "type",
    "label", "notes"}``, ``count`` is how many rows there are (null where nobody counted).
    ``filters`` names the columns of few different values, which are filtered fastest. ``search``
    is ``waiting`` until words can be searched, then ``ready``; ``none``: this table is too large
    for that. ``downloads`` are ``{"format", "version", "status", "size", "url"}``, ``size`` in
    bytes, with the same statuses; after a change of rows, of the version before until others are
    made.

    Args:
        resource_id (str): id of the resource
    """
    resource = resource_with_table(context, data_dict, "opengov_table_show")
    with rows.reading() as cursor:
        standing, columns = rows.described(cursor, resource.id)
        if standing is None:
            raise tk.ObjectNotFound(tk._("This file has no table."))
        filters = rows.filters_of(cursor, resource.id)
    return {
        "resource_id": resource.id,
        "package_id": resource.package_id,
        "version": standing.version,
        "fields": [
            {"name": c.name, "type": c.type, "label": c.label, "notes": c.notes} for c in columns
        ],
        "count": standing.count,
        "filters": [each.name for each in columns if each.name in filters],
        "search": standing.search,
        "downloads": downloads.listed(resource, standing),
    }

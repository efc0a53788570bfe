"""Everything that is public, page by page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import Context, DataDict

from ckanext.opengov.model import catalogue
from ckanext.opengov.shared import pager
from ckanext.opengov.shared.domain.moments import as_utc
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["opengov_dataset_list", "opengov_sitemap_show"]

PART = 10_000
"""Datasets in a part of the sitemap: each has an address in every language, 50 000 are allowed."""


@tk.side_effect_free
@domain_action
def opengov_dataset_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return id, name and last change of every published dataset, in pages.

    The order never changes: who reads page after page misses nothing and reads nothing twice.

    Args:
        cursor (str, optional): ``next_cursor`` of the page before
        limit (int, optional): 1 to 100, 20 by default
    """
    tk.check_access("opengov_dataset_list", context, data_dict)
    by_id: Any = ckan_model.Package.id
    found = pager.page(context["session"], catalogue.public_datasets(), [by_id], data_dict)
    return found.as_dict(
        lambda row: {
            "id": row.id,
            "name": row.name,
            "metadata_modified": _in_utc(row.metadata_modified),
        }
    )


@tk.side_effect_free
def opengov_sitemap_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return where each part of the sitemap begins: ``{"parts": [{"cursor", "changed"}]}``.

    ``cursor`` is one of ``opengov_dataset_list``, null for the first part.
    """
    tk.check_access("opengov_sitemap_show", context, data_dict)
    found = catalogue.parts(context["session"], PART)
    cursors = [None, *(pager.encode([last_id]) for last_id, _changed in found)]
    return {
        "parts": [
            {"cursor": cursor, "changed": _in_utc(changed)}
            for cursor, (_last_id, changed) in zip(cursors, found, strict=False)
        ]
    }


def _in_utc(moment: datetime) -> str | None:
    """Return a time of CKAN's tables, which is in UTC without saying so."""
    return as_utc(moment.replace(tzinfo=UTC))

"""CKAN's views of files, whose titles it writes in one language."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Action, Context, DataDict

from ckanext.opengov.naming import view_title

__all__ = ["resource_view_show"]


@tk.chained_action
@tk.side_effect_free
def resource_view_show(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Show a view of a file, with its title in the caller's language."""
    view = up(context, data_dict)
    return {**view, "title": view_title(view["title"])}

"""How datasets and public bodies are found in the search over everything."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchError
from ckan.lib.search.common import SolrConnectionError
from ckan.types import Context

from ckanext.opengov.domain.words import plain
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.kinds import Found, Kind, register


def _datasets(context: Context, words: str, limit: int) -> Found:
    asked = {"q": plain(words), "rows": limit, "fq": "+dataset_type:dataset"}
    if not words:
        asked["sort"] = "metadata_modified desc"
    found = tk.get_action("package_search")(context, asked)
    return Found(found["count"], found["results"])


def _bodies(context: Context, words: str, limit: int) -> Found:
    names = tk.get_action("organization_list")(context, {"q": words, "sort": "title"})
    if not names:
        return Found(0, [])
    asked = {"organizations": names[:limit], "all_fields": True, "include_extras": True}
    return Found(
        len(names), tk.get_action("organization_list")(context, {**asked, "sort": "title"})
    )


register(
    Kind(
        name="dataset",
        title=N_("Data"),
        find=_datasets,
        snippet="snippets/package_item.html",
        variable="package",
        listing="dataset.search",
        failures=(SearchError, SolrConnectionError),
    )
)
register(
    Kind(
        name="organization",
        title=N_("Public bodies"),
        find=_bodies,
        snippet="organization/snippets/organization_item.html",
        variable="organization",
        listing="organization.index",
    )
)

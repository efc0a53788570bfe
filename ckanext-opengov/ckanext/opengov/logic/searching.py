"""How datasets and public bodies are found in the search over everything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchError
from ckan.lib.search.common import SolrConnectionError
from ckan.types import Context, DataDict

from ckanext.opengov.domain import words as forms
from ckanext.opengov.shared.domain.texts import SUFFIX, as_texts
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.kinds import Found, Kind, register

FIELDS = "name^4 title^4 extras_found_by_title^4 tags^2 groups^2 text"
"""CKAN's, and the titles in the forms that are sought."""
TEXTS = ("title", "notes", "author", "maintainer", "name", "organization", "extras_body_titles")
LISTS = ("tags", "groups", "res_name", "res_description")


def add_forms(indexed: DataDict) -> None:
    """Add to what is indexed of a dataset the forms under which its words are sought.

    They go where CKAN's own schema of Solr takes any text.
    """
    stored = json.loads(indexed["validated_data_dict"])
    titles = [indexed.get("title") or "", *_texts_of(stored, "title")]
    others = [indexed.get(name) or "" for name in TEXTS]
    others += [text or "" for name in LISTS for text in indexed.get(name) or ()]
    others += [*_texts_of(stored, "notes")]
    for resource in stored.get("resources") or ():
        others += _texts_of(resource, "name")
    refs = {each.get("schema_ref") for each in stored.get("resources") or ()} - {None, ""}
    indexed["vocab_schema_ref"] = sorted(refs)
    indexed["extras_found_by_title"] = forms.indexed(titles)
    indexed["extras_found_by"] = forms.indexed(map(str, others))


def _texts_of(described: Mapping[str, Any], name: str) -> list[str]:
    return list((as_texts(described.get(name + SUFFIX)) or {}).values())


def by_words(typed: str) -> dict[str, str]:
    """Return how ``package_search`` is asked for what somebody typed."""
    return {"q": forms.sought(typed), "qf": FIELDS}


def _datasets(context: Context, words: str, limit: int) -> Found:
    asked = {**by_words(words), "rows": limit, "fq": "+dataset_type:dataset"}
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

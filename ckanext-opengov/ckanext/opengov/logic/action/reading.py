"""CKAN's own actions behind pages, with as few queries as the answer needs."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib import datapreview
from ckan.lib.dictization import model_dictize
from ckan.lib.search import SearchError, SearchQueryError
from ckan.lib.search.common import SolrConnectionError
from ckan.logic import auth_audit_exempt
from ckan.types import Action, Context, DataDict

from ckanext.opengov import config
from ckanext.opengov.domain.formulas import harmless, harmless_csv
from ckanext.opengov.domain.words import names_field
from ckanext.opengov.logic.searching import by_words
from ckanext.opengov.logic.tabled import check_searchable
from ckanext.opengov.logic.visibility import masked
from ckanext.opengov.model import resource_views, rows
from ckanext.opengov.naming import view_title
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.texts import as_texts, pick
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action
from ckanext.opengov.shared.web import pages

__all__ = [
    "am_following_dataset",
    "datastore_info",
    "datastore_search",
    "package_search",
    "resource_view_list",
]

SEPARATORS = {"csv": ",", "tsv": "\t"}
"""Of the DataStore's forms of rows, by what spreadsheets open."""


@tk.chained_action
@tk.side_effect_free
def am_following_dataset(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Tell whether the caller follows a dataset; hidden ones do not exist."""
    if not context.get("user"):
        raise tk.NotAuthorized
    return up(context, masked(context, data_dict))


@tk.chained_action
@tk.side_effect_free
def datastore_info(up: Action, context: Context, data_dict: DataDict) -> Any:
    """CKAN's ``datastore_info``, which speaks the caller's language."""
    return _spoken(up, context, data_dict)


@tk.chained_action
@tk.side_effect_free
@domain_action
def datastore_search(up: Action, context: Context, data_dict: DataDict) -> Any:
    """CKAN's ``datastore_search``: says where words cannot be searched yet; its CSV is harmless.

    The pages of ``/datastore/dump`` come from here too.
    """
    answer = _spoken(up, context, data_dict)
    separator = SEPARATORS.get(str(data_dict.get("records_format")))
    if separator:
        answer["records"] = harmless_csv(answer["records"], separator)
        answer["fields"] = [{**each, "id": harmless(each["id"])} for each in answer["fields"]]
    if data_dict.get("q"):
        with rows.reading() as cursor:
            check_searchable(rows.standing_of(cursor, str(answer["resource_id"])))
    return answer


def _spoken(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Return what the DataStore answers, with what columns mean in the caller's language."""
    try:
        found = up(context, data_dict)
    except tk.ObjectNotFound as error:
        # CKAN says in English alone that there is no table.
        raise tk.ObjectNotFound(tk._("This file has no table.")) from error
    for column in found.get("fields") or ():
        _speak(column.get("info") or {})
    return found


def _speak(info: dict[str, Any]) -> None:
    """Say what a column is called and means in the caller's language, where it is known."""
    for name in ("label", "notes"):
        texts = as_texts(info.get(f"{name}_translated")) or {}
        info.update({name: pick(texts, config.readers_languages())} if any(texts.values()) else {})


class UnreadableQuery(DomainError):
    """The engine cannot read the query."""

    code = "unreadable-query"
    field = "q"
    template = N_(
        "This query cannot be read. Close quotes and brackets, and put a backslash before"
        " signs that mean something to Solr."
    )


@tk.chained_action
@tk.side_effect_free
@domain_action
def package_search(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Search as CKAN does; what people type on a page is words, unless it names a field.

    A page that has to say that the search failed is not kept for others.
    """
    query = data_dict.get("q")
    if context.get("for_view") and isinstance(query, str) and not names_field(query):
        data_dict = {**data_dict, **by_words(query)}
    try:
        return up(context, data_dict)
    except SearchQueryError:
        raise
    except (SearchError, SolrConnectionError) as error:
        pages.keep_out()
        if isinstance(error, SearchError) and query and not context.get("for_view"):
            # CKAN would answer with all that it asked the engine, and what that said.
            raise UnreadableQuery from error
        raise


@tk.chained_action
@auth_audit_exempt
@tk.side_effect_free
def resource_view_list(up: Action, context: Context, data_dict: DataDict) -> Any:
    """List the views of a file, with titles in the caller's language.

    The page of a dataset asks once for those of all its files.
    """
    views = _views_of_shown_dataset(context)
    resource_id = data_dict.get("id")
    if resource_id in views:
        known = [each for each in views[resource_id] if datapreview.get_view_plugin(each.view_type)]
        found = model_dictize.resource_view_list_dictize(known, context)
    else:
        found = up(context, data_dict)
    return [{**view, "title": view_title(view["title"])} for view in found]


def _views_of_shown_dataset(context: Any) -> resource_views.Views:
    """Return the views of the dataset that ``package_show`` put into the context, if one is there.

    Whoever may see a dataset may see its files and their views: CKAN asks the same of all.
    """
    package = context.get("package")
    if package is None:
        return {}
    found: tuple[str, resource_views.Views] | None = context.get("opengov_views")
    if found is None or found[0] != package.id:
        tk.check_access("package_show", context, {"id": package.id})
        found = package.id, resource_views.of_package(context["session"], package.id)
        context["opengov_views"] = found
    return found[1]

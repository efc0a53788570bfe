"""The rows of a published table, for people and programs that look through it."""

from __future__ import annotations

from typing import Any

from psycopg2.errorcodes import QUERY_CANCELED
from psycopg2.errors import lookup

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.opengov import config
from ckanext.opengov.logic import downloads
from ckanext.opengov.logic.tabled import check_searchable, resource_with_table
from ckanext.opengov.model import rows
from ckanext.opengov.shared import pager
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.texts import pick
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["opengov_row_list"]

QueryCanceled = lookup(QUERY_CANCELED)


class NoSuchColumn(DomainError):
    """The table has no column of this name."""

    code = "no-such-column"
    template = N_("The table has no such column.")


class ColumnNeeded(DomainError):
    """A value is sought, and no column named."""

    code = "required"
    field = "field"
    template = N_("Choose the column that has this value.")


class NotAValue(DomainError):
    """A column of this type cannot hold the value."""

    code = "not-a-value"
    field = "value"
    template = N_("No cell of this column can hold this.")


class TooSlow(DomainError):
    """The search would take too long."""

    code = "too-slow"
    field = "q"
    template = N_("This search takes too long. Narrow it, or download the whole table.")


@tk.side_effect_free
@domain_action
def opengov_row_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return rows of the table of a resource, as text, in pages that cost the same everywhere.

    ``fields`` are ``{"name", "type", "label", "notes"}``, the latter two in the caller's
    language; ``results`` has one list of
    cells for each row, in their order, null where there is none. ``count`` is exact up
    to 10,000; above, it is 10,001 and means «more». ``downloads`` are those of
    ``opengov_table_show``.

    Args:
        resource_id (str): id of the resource
        q (str): up to 50 words that the row has, or their beginnings; not in the first minutes of
            a large table, while its words are indexed (``not-searchable-yet``)
        field (str): with ``value``: only rows with just this value in this column
        value (str): see ``field``
        sort (str): a column, with `` desc`` behind it for the largest first
        cursor (str): ``next_cursor`` of the page before
        limit (int): 1 to 100, 20 by default; rows of more than 2 MB end a page before it
    """
    resource = resource_with_table(context, data_dict, "opengov_row_list")
    limit = pager.limit_of(data_dict)
    with rows.reading() as cursor:
        standing, columns = rows.described(cursor, resource.id)
        if standing is None:
            raise tk.ObjectNotFound(tk._("This file has no table."))
        wish = _wish(data_dict, {column.name for column in columns})
        if wish.words:
            check_searchable(standing)
        try:
            found = rows.page(cursor, resource.id, standing.version, columns, wish, limit)
        except ValueError as error:
            raise NotAValue from error
        except QueryCanceled as error:
            raise TooSlow from error
    place, languages = found.next_place, config.readers_languages()
    return {
        "fields": [
            {
                "name": each.name,
                "type": each.type,
                "label": pick(each.labels, languages) or each.label,
                "notes": pick(each.meanings, languages) or each.notes,
            }
            for each in columns
        ],
        "results": found.records,
        "next_cursor": pager.encode([place.value, place.id]) if place else None,
        "count": found.count,
        "downloads": downloads.listed(resource, standing),
    }


def _wish(data_dict: DataDict, names: set[str]) -> rows.Wish:
    """Return which rows are asked for.

    Raises:
        NoSuchColumn: the table lacks a column that is named.
        ColumnNeeded: a value is sought in no column.
        pager.InvalidCursor: the cursor is not one of this list.
    """
    sort = str(data_dict.get("sort") or "")
    column, is_descending = sort.removesuffix(" desc"), sort.endswith(" desc")
    field = str(data_dict.get("field") or "")
    for name, given in (("sort", column), ("field", field)):
        if given and given not in names:
            raise NoSuchColumn(field=name)
    value = str(data_dict.get("value") or "").replace("\0", "")
    if value and not field:
        raise ColumnNeeded
    return rows.Wish(
        words=str(data_dict.get("q") or ""),
        column=field,
        value=value,
        sort=column,
        is_descending=is_descending,
        after=_place(data_dict.get("cursor")),
    )


def _place(cursor: object) -> rows.Place | None:
    if not cursor:
        return None
    try:
        value, number = pager.decode(cursor, [str, int])
    except pager.InvalidCursor:
        value, number = pager.decode(cursor, [type(None), int])
    return rows.Place(value, number)

"""Public bodies by name."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.opengov import config
from ckanext.opengov.domain.translated import as_texts, pick
from ckanext.opengov.model import bodies
from ckanext.opengov.shared import pager
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["opengov_body_search"]


@tk.side_effect_free
@domain_action
def opengov_body_search(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the public bodies whose names have all words of a text, in any of their languages.

    Case, accents and vowel marks do not count. Each is ``{"id", "name", "title"}``,
    with the title in the caller's language.

    Args:
        q (str): the words; without any, all bodies
        cursor (str): ``next_cursor`` of the page before
        limit (int): 1 to 100, 20 by default
    """
    tk.check_access("opengov_body_search", context, data_dict)
    query, *order = bodies.named_like(str(data_dict.get("q") or ""))
    return pager.page(context["session"], query, order, data_dict).as_dict(_body)


def _body(row: sa.Row[Any]) -> dict[str, Any]:
    texts = as_texts(row.translated) or {}
    title = pick(texts, [tk.h.lang() or "", *config.languages()])
    return {"id": row.id, "name": row.name, "title": title or row.title or row.name}

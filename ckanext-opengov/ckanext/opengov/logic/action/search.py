"""One search over everything that is public."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.logic import fresh_context
from ckan.types import Context, DataDict

from ckanext.opengov.shared import kinds, pager
from ckanext.opengov.shared.glue.actions import domain_action
from ckanext.opengov.shared.web import pages

__all__ = ["opengov_search"]

SHOWN, MOST = 5, 20


@tk.side_effect_free
@domain_action
def opengov_search(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Search everything that is public, and return the best of each kind.

    The results of the kind dataset are as package_search lists them, those of organization as
    organization_list does. Where count is null, this kind cannot be searched just now.

    Args:
        q (str, optional): Words to look for, in any language. Without them: what is newest.
        limit (int, optional): How many results of each kind: 1 to 20, 5 by default.
    """
    tk.check_access("opengov_search", context, data_dict)
    words = str(data_dict.get("q") or "").strip()
    limit = pager.limit_of(data_dict, SHOWN, MOST)
    return {"kinds": [_found(context, kind, words, limit) for kind in kinds.registered()]}


def _found(context: Context, kind: kinds.Kind, words: str, limit: int) -> dict[str, Any]:
    try:
        # An action leaves things behind in its context: the next one has one of its own.
        found = kind.find(fresh_context(context), words, limit)
    except kind.failures:
        pages.keep_out()
        return {"kind": kind.name, "count": None, "results": []}
    return {"kind": kind.name, "count": found.count, "results": list(found.results)}

"""What a change brings: fields before and after, files, rows."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import Context, DataDict

from ckanext.opengov.domain.publication import NoOpenRevision
from ckanext.opengov.domain.reasons import REASONS
from ckanext.opengov.logic.action.revisions import number_of
from ckanext.opengov.logic.change import change_of, size_of
from ckanext.opengov.logic.comparing import ask_for_comparisons
from ckanext.opengov.logic.steps import package_of
from ckanext.opengov.model import revisions
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["opengov_review_reason_list", "opengov_revision_compare", "opengov_revision_diff"]


@tk.side_effect_free
@domain_action
def opengov_revision_diff(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what a change does to a dataset, or all of a dataset that was never published.

    ``fields`` are ``{"resource_id", "field", "language", "label", "before", "before_text",
    "after", "after_text"}``: the values as stored, and as people read them; ``resource_id``
    is null where the dataset itself says it, ``language`` where the value is in none. Of files
    in another order ``field`` is ``resources``, and the values are their ids.

    ``files`` are ``{"resource_id", "name", "status", "before", "after", "comparison", "by",
    "key", "rows_added", "rows_removed", "rows_changed", "columns", "sample", "first"}``.
    ``status`` is ``added``, ``removed``, ``replaced`` or ``unchanged``; ``before`` and ``after``
    have size (bytes), SHA-256 and rows. Two tables are compared by their primary key (``by`` is
    ``key``) or by content (``content``: a changed row is one removed and one added). Counts
    are exact once ``comparison.status`` is ``done``; ``sample`` has the first 50 rows of each
    kind. ``comparison`` is null where there is nothing to compare, ``waiting`` until the new
    file is checked. ``first`` has the head of a new table as it stands in the file:
    ``{"columns", "rows"}``, each row ``{"row", "cells"}``.

    Args:
        id (str): id or name of the dataset
        number (int): which revision; without it, the one under way. The first publication
            has no differences.
    """
    package = package_of(context, tk.get_or_bust(data_dict, "id"))
    tk.check_access("opengov_revision_diff", context, {"id": package.id})
    session, number = context["session"], data_dict.get("number")
    if number in (None, ""):
        revision = revisions.open_of(session, package.id)
        is_draft = package.state != "active" and not revisions.was_published(session, package.id)
        if revision is None and not is_draft:
            raise tk.ObjectNotFound(tk._("Revision not found"))
    else:
        revision = revisions.numbered(session, package.id, number_of(number))
        if revision is None:
            raise tk.ObjectNotFound(tk._("Revision not found"))
    return _told(context, package, revision)


@domain_action
def opengov_revision_compare(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Compare again the files that the change under way replaces; return ``opengov_revision_diff``.

    That happens by itself when a new file is checked: this is for when it failed.

    Args:
        id (str): id or name of the dataset
    """
    package = package_of(context, tk.get_or_bust(data_dict, "id"))
    tk.check_access("opengov_revision_compare", context, {"id": package.id})
    session = context["session"]
    revision = revisions.open_of(session, package.id)
    if revision is None:
        raise NoOpenRevision
    ask_for_comparisons(session, package, again=True)
    session.commit()
    return _told(context, package, revision)


def _told(
    context: Context, package: ckan_model.Package, revision: revisions.Revision | None
) -> dict[str, Any]:
    change = change_of(context, package, revision)
    return {"number": revision.number if revision else 1, "size": size_of(change), **change}


@tk.side_effect_free
def opengov_review_reason_list(_context: Context, _data_dict: DataDict) -> list[dict[str, str]]:
    """Return the reasons for which a dataset is returned: ``{"code", "label"}``."""
    return [{"code": code, "label": tk._(label)} for code, label in REASONS.items()]

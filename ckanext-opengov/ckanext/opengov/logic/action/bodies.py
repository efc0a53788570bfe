"""CKAN's actions about organizations, for bodies with texts in several languages."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Action, Context, DataDict

from ckanext.opengov.logic import bodies, described
from ckanext.opengov.model import bodies as stored
from ckanext.opengov.shared.glue.actions import domain_action, is_yes

__all__ = [
    "organization_autocomplete",
    "organization_create",
    "organization_list",
    "organization_list_for_user",
    "organization_show",
]


@tk.chained_action
@domain_action
def organization_create(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Make a public body. Without ``title_translated``, ``title`` is in the first language."""
    described.fill_in_body(data_dict, None)
    return up(context, data_dict)


@tk.chained_action
@tk.side_effect_free
def organization_show(up: Action, context: Context, data_dict: DataDict) -> Any:
    """Show a public body; ``display_name`` is its title in the reader's language."""
    for_view = bool(context.get("for_view"))
    body = up(context, data_dict)
    bodies.show(context["session"], body, for_view=for_view)
    return body


@tk.chained_action
@tk.side_effect_free
def organization_autocomplete(_up: Action, context: Context, data_dict: DataDict) -> Any:
    """Offer the bodies with ``q`` in a text of any language, titled in the reader's."""
    tk.check_access("organization_autocomplete", context, data_dict)
    query = str(tk.get_or_bust(data_dict, "q"))
    start, end = _bounds({"limit": data_dict.get("limit", 20)})
    groups = stored.active(context["session"], "organization")
    found = bodies.ordered(groups, query)[start:end]
    return [{"id": each.id, "name": each.name, "title": bodies.title(each)} for each in found]


@tk.chained_action
@tk.side_effect_free
def organization_list_for_user(up: Action, context: Context, data_dict: DataDict) -> Any:
    """List a person's bodies; those they may do more in than read, with texts by language."""
    found = up(context, data_dict)
    # CKAN asks for these before each search that someone makes, and looks at the ids alone.
    if data_dict.get("permission") != "read":
        bodies.name_all(context["session"], found)
        bodies.describe_all(context["session"], found)
    return found


@tk.chained_action
@tk.side_effect_free
def organization_list(up: Action, context: Context, data_dict: DataDict) -> Any:
    """List the bodies; ``q`` looks in all languages, and titles sort in the reader's."""
    query = data_dict.get("q") or ""
    field, _, direction = _sort_of(data_dict).partition(" ")
    if not isinstance(query, str) or (field != "title" and not query):
        return up(context, data_dict)
    tk.check_access("organization_list", context, data_dict)
    groups = stored.active(context["session"], data_dict.get("type") or "organization")
    if data_dict.get("organizations"):
        given = tk.aslist(data_dict["organizations"], sep=",")
        groups = [group for group in groups if group.name in given]
    found = bodies.ordered(groups, query, descending=direction.strip() == "desc")
    asked = {**data_dict, "q": ""}
    if field == "title":
        start, end = _bounds(data_dict)
        found = found[start:end]
        asked |= {"offset": 0, "limit": len(found)}
    if not found:
        return []
    answer = up(context, {**asked, "organizations": [group.name for group in found]})
    if field != "title":
        return answer
    places = {key: place for place, group in enumerate(found) for key in (group.name, group.id)}
    return sorted(answer, key=lambda each: places[each if isinstance(each, str) else each["name"]])


def _sort_of(data_dict: DataDict) -> str:
    return str(data_dict.get("sort") or tk.config["ckan.default_group_sort"]).strip()


def _bounds(data_dict: DataDict) -> tuple[int, int]:
    """Return where the page begins and ends, within what CKAN gives at once."""
    is_full = is_yes(data_dict, "all_fields")
    most = "ckan.group_and_organization_list_max"
    if is_full:
        most = "ckan.group_and_organization_list_all_fields_max"
    given = {name: data_dict.get(name) or 0 for name in ("offset", "limit")}
    checked, errors = tk.navl_validate(given, _PAGE, {})
    if errors:
        raise tk.ValidationError(errors)
    start, limit = checked["offset"], checked["limit"] or tk.config[most]
    return start, start + min(limit, tk.config[most])


_PAGE: Any = {name: [tk.get_validator("natural_number_validator")] for name in ("offset", "limit")}

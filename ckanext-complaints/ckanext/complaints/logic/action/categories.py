"""What people complain about, and to which bodies that goes."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession, Context, DataDict

from ckanext.complaints import regions
from ckanext.complaints.domain import catalogue as rules
from ckanext.complaints.logic import changing
from ckanext.complaints.logic.roles import actor
from ckanext.complaints.model import catalogue, network
from ckanext.complaints.model.catalogue import Category, Policy, Route
from ckanext.opengov.shared import readers
from ckanext.opengov.shared.domain.errors import NotFound
from ckanext.opengov.shared.domain.fields import wished
from ckanext.opengov.shared.domain.versions import check_version
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["complaint_category_create", "complaint_category_list", "complaint_category_update"]


@tk.side_effect_free
@domain_action
def complaint_category_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what one can complain about, in the order in which people see it.

    Each of ``results`` is ``{"id", "code", "parent_id", "track", "policy", "label_translated",
    "position", "active", "routes", "version"}``; ``routes`` lists ``{"region", "org_id"}``,
    the region null for all others.

    Args:
        all (bool, optional): also those that are not in use, for who works in the network
    """
    tk.check_access("complaint_category_list", context, data_dict)
    session = context["session"]
    all_of_them = wished(data_dict, "all") and actor(context).is_staff
    rows = catalogue.categories(session, only_active=not all_of_them)
    ways = catalogue.routes(session, [row.id for row in rows])
    codes = {row.id: row.code for row in catalogue.policies(session)}
    return {"results": [_shown(row, ways.get(row.id, []), codes) for row in rows]}


@domain_action
def complaint_category_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Make a category; return it. For stewards.

    Args:
        code (str): what it is called in data; stays
        track (str): ``ordinary`` or ``corruption``: how its complaints are protected; stays
        parent (str, optional): id or code of the category in which it is; stays
        policy (str): id or code of the policy by which its complaints are answered
        label_translated (dict): what it is called, by language
        position (int, optional): its place among the others, 0 by default
        active (bool, optional): whether people can choose it; so by default
        routes (list, optional): to which bodies its complaints go when nobody named one:
            ``{"region", "org"}`` each, the region empty for all that are not named
    """
    session, user_id, at = changing.by_steward(context, data_dict)
    network.hold(session)
    code = rules.read_code(data_dict.get("code"))
    if catalogue.category(session, code, lock=True):
        raise rules.CodeTaken
    track = rules.read_track(data_dict.get("track"))
    values = rules.read_category(data_dict, readers.languages())
    policy = _policy(session, data_dict.get("policy"))
    parent_id = _parent(session, data_dict.get("parent"), track)
    ways = _routes(session, data_dict.get("routes"))
    fixed = {"code": code, "track": track, "parent_id": parent_id, "policy_id": policy.id}
    row = catalogue.make_category(session, **fixed, **values)
    catalogue.set_routes(session, row.id, ways)
    changing.note(session, row.id, "category-create", user_id, at, code=code, track=track)
    session.commit()
    return _one(session, row)


@domain_action
def complaint_category_update(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Change a category; return it. For stewards. What is not given stays as it is.

    Code, track and parent never change: people chose it for what it was. Make another one.

    Args:
        id (str): id or code of the category
        policy (str, optional): id or code of the policy of complaints from now on
        label_translated (dict, optional): what it is called, by language
        position (int, optional): its place among the others
        active (bool, optional): whether people can choose it
        routes (list, optional): as in ``_create``; replaces those that are there
        version (int, optional): as it was read; if it has changed meanwhile, nothing is stored
    """
    session, user_id, at = changing.by_steward(context, data_dict)
    row = catalogue.category(session, str(data_dict.get("id") or ""), lock=True)
    if row is None:
        raise NotFound
    check_version(row.version, data_dict.get("version"))
    stored = {"label_translated": row.labels, "active": row.active, "position": row.position}
    values = rules.read_category({**stored, **data_dict}, readers.languages())
    if data_dict.get("policy") not in (None, "", row.policy_id):
        row.policy_id = _policy(session, data_dict["policy"]).id
    for name, value in values.items():
        setattr(row, name, value)
    if "routes" in data_dict:
        catalogue.set_routes(session, row.id, _routes(session, data_dict["routes"]))
    row.version += 1
    session.flush()
    changed = {"policy": row.policy_id, "active": row.active}
    changing.note(session, row.id, "category-update", user_id, at, **changed)
    session.commit()
    return _one(session, row)


def _policy(session: AlchemySession, asked: object) -> Policy:
    found = catalogue.policy(session, str(asked or ""))
    if found is None or not found.active:
        raise rules.NoSuchPolicy
    return found


def _parent(session: AlchemySession, asked: object, track: str) -> str | None:
    if asked in (None, ""):
        return None
    found = catalogue.category(session, str(asked), lock=True)
    if found is None:
        raise rules.NoSuchCategory
    if found.parent_id is not None:
        raise rules.TooDeep
    if found.track != track or not catalogue.is_signed(found):
        raise rules.OtherTrack
    return found.id


def _routes(session: AlchemySession, asked: object) -> dict[str | None, str]:
    """Return bodies by region, from a list of both."""
    given = asked or []
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise rules.NotRoutes
    found: dict[str | None, str] = {}
    for each in given:
        region = str(each.get("region") or "") or None
        if region in found or not (region is None or region in regions.codes()):
            raise rules.NotRoutes
        found[region] = changing.asked_body(session, each.get("org"), "routes").org_id
    return found


def _one(session: AlchemySession, row: Category) -> dict[str, Any]:
    ways = catalogue.routes(session, [row.id]).get(row.id, [])
    return _shown(row, ways, {each.id: each.code for each in catalogue.policies(session)})


def _shown(row: Category, ways: list[Route], codes: dict[str, str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "code": row.code,
        "parent_id": row.parent_id,
        "track": row.track,
        "policy": codes.get(row.policy_id),
        "label_translated": row.labels,
        "position": row.position,
        "active": row.active,
        "routes": [{"region": way.region, "org_id": way.org_id} for way in ways],
        "version": row.version,
    }

"""The public bodies that answer complaints, and how they stand under each other."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession, Context, DataDict

from ckanext.complaints.domain.network import (
    ROLES_IN,
    CannotCoordinate,
    InACircle,
    Kind,
    NobodyThere,
    NoSuchUnit,
    NotInNetwork,
    Role,
    StewardsAtTheTop,
)
from ckanext.complaints.logic import changing
from ckanext.complaints.logic.roles import actor
from ckanext.complaints.model import members, network
from ckanext.complaints.model.network import Network
from ckanext.opengov.shared.domain.fields import truth
from ckanext.opengov.shared.domain.versions import check_version
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["complaint_body_list", "complaint_body_update"]


@tk.side_effect_free
@domain_action
def complaint_body_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the public bodies that answer complaints, each after the one above it.

    Each of ``results`` is ``{"org_id", "name", "title", "title_translated", "parent_org_id",
    "depth", "intake_open"}``; those who work in the network also read ``coordinator_unit_id``
    (as it is set), ``coordinated_by`` (the unit that gets what nobody there holds),
    ``has_general_unit``, ``is_gone`` (the organization was deleted) and ``version``.
    """
    tk.check_access("complaint_body_list", context, data_dict)
    session = context["session"]
    found = network.whole(session)
    is_staff = actor(context).is_staff
    shown = (_shown(found, each, depth, is_staff) for each, depth in _in_order(found))
    return {"results": [each for each in shown if is_staff or each["name"]]}


@domain_action
def complaint_body_update(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Take an organization into the network, or change its place there; return it. For stewards.

    What is not given stays as it is.

    Args:
        org (str): id or name of the organization
        parent (str, optional): id or name of the body above it; empty: there is none
        intake_open (bool, optional): whether people can send it complaints
        coordinator_unit_id (str, optional): the unit that gets what two units refused or nobody
            holds; empty: that of the nearest body above
        version (int, optional): as it was read; if it has changed meanwhile, nothing is stored
    """
    session, user_id, at = changing.by_steward(context, data_dict)
    found = network.hold(session)
    org_id = network.organization(session, str(data_dict.get("org") or ""))
    if org_id is None:
        raise NotInNetwork(field="org")
    row = found.bodies.get(org_id)
    if row is not None:
        check_version(row.version, data_dict.get("version"))
    place = _place(session, found, org_id, data_dict)
    row = network.make_body(session, org_id) if row is None else row
    row.parent_org_id, row.coordinator_unit_id, row.intake_open = place
    row.version += 1
    network.seal(session)
    changed = {"parent": row.parent_org_id, "intake_open": row.intake_open}
    changing.note(
        session, org_id, "body", user_id, at, coordinator=row.coordinator_unit_id, **changed
    )
    session.commit()
    found = network.whole(session)
    depth = len(found.above(org_id)) - 1
    return _shown(found, org_id, depth, is_staff=True)


def _place(
    session: AlchemySession, found: Network, org_id: str, asked: DataDict
) -> tuple[str | None, str | None, bool]:
    """Return what is above a body, who coordinates it, and whether its intake is open."""
    row = found.bodies.get(org_id)
    parent = row.parent_org_id if row else None
    coordinator = row.coordinator_unit_id if row else None
    is_open = row.intake_open if row else False
    if "parent" in asked:
        parent = _parent(session, found, org_id, asked["parent"])
    if "coordinator_unit_id" in asked:
        coordinator = _coordinator(found, asked["coordinator_unit_id"])
    if "intake_open" in asked:
        is_open = truth(asked["intake_open"])
    has_somebody = (
        found.working(org_id, Kind.GENERAL) or coordinator or (parent and found.coordinator(parent))
    )
    if is_open and not has_somebody:
        raise NobodyThere
    return parent, coordinator, is_open


def _parent(session: AlchemySession, found: Network, org_id: str, asked: object) -> str | None:
    if asked in (None, ""):
        return None
    above = changing.asked_body(session, asked, "parent")
    if org_id in found.above(above.org_id):
        raise InACircle
    if any(each.org_id == org_id for each in members.holders(session, Role.STEWARD)):
        raise StewardsAtTheTop(field="parent")
    return above.org_id


def _coordinator(found: Network, asked: object) -> str | None:
    if asked in (None, ""):
        return None
    unit = found.units.get(str(asked))
    if unit is None or not unit.active:
        raise NoSuchUnit(field="coordinator_unit_id")
    if Role.LEAD not in ROLES_IN[Kind(unit.kind)]:
        raise CannotCoordinate
    return unit.id


def _in_order(found: Network) -> list[tuple[str, int]]:
    """Return the bodies as a tree is read, each with how far below the top it stands."""
    under = found.under()

    def name(org_id: str) -> str:
        return str(found.names.get(org_id, {}).get("title") or "")

    ordered: list[tuple[str, int]] = []
    waiting = [(each, 0) for each in sorted(under.get(None, []), key=name, reverse=True)]
    while waiting:
        here, depth = waiting.pop()
        ordered.append((here, depth))
        below = sorted(under.get(here, []), key=name, reverse=True)
        waiting += [(each, depth + 1) for each in below]
    return ordered


def _shown(found: Network, org_id: str, depth: int, is_staff: bool) -> dict[str, Any]:
    row, called = found.bodies[org_id], found.names.get(org_id)
    shown = {
        "org_id": org_id,
        "name": called["name"] if called else None,
        "title": called["title"] if called else None,
        "title_translated": called["title_translated"] if called else {},
        "parent_org_id": row.parent_org_id,
        "depth": depth,
        "intake_open": row.intake_open and called is not None,
    }
    if is_staff:
        coordinator = found.coordinator(org_id)
        shown |= {
            "coordinator_unit_id": row.coordinator_unit_id,
            "coordinated_by": coordinator.id if coordinator else None,
            "has_general_unit": found.working(org_id, Kind.GENERAL) is not None,
            "is_gone": called is None,
            "version": row.version,
        }
    return shown

"""The units of the bodies."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession, Context, DataDict

from ckanext.complaints.domain.catalogue import read_label
from ckanext.complaints.domain.network import (
    ONE_OF_EACH,
    Kind,
    LastSteward,
    OneIsEnough,
    Role,
    StillCoordinates,
)
from ckanext.complaints.logic import changing, leaving
from ckanext.complaints.model import members, network
from ckanext.complaints.model.network import Unit
from ckanext.opengov.shared import readers
from ckanext.opengov.shared.domain.fields import Fields, one_of, truth, wished
from ckanext.opengov.shared.domain.moments import as_utc
from ckanext.opengov.shared.domain.versions import check_version
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["complaint_unit_create", "complaint_unit_list", "complaint_unit_update"]


@domain_action
def complaint_unit_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Make a unit of a body of the network; return it. For stewards.

    A body has one general unit in use at most, and one for integrity.

    Args:
        org (str): id or name of the body
        kind (str): ``general``, ``integrity``, ``oversight``, ``appeal`` or ``custodian``; stays
        label_translated (dict): what it is called, by language
    """
    session, user_id, at = changing.by_steward(context, data_dict)
    network.hold(session)
    fields = Fields(data_dict)
    kind = fields.take("kind", lambda value: one_of(value, list(Kind)), "")
    labels = read_label(fields, readers.languages())
    org = fields.take("org", lambda value: changing.asked_body(session, value), None)
    fields.check()
    assert org is not None  # noqa: S101 - check has raised otherwise
    _check_alone(session, org.org_id, kind)
    row = network.make_unit(session, org.org_id, kind, labels, at)
    network.seal(session)
    changing.note(session, row.id, "unit-create", user_id, at, org=org.org_id, kind=kind)
    session.commit()
    return _shown(row)


@domain_action
def complaint_unit_update(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Call a unit otherwise, close it or open it again; return it. For stewards.

    Nobody works in a closed unit: who did must be admitted again after it is opened. With open
    cases it is closed only if its coordinator takes them over.

    Args:
        id (str): id of the unit
        label_translated (dict, optional): what it is called, by language
        active (bool, optional): whether it is open
        coordinator_takes_over (bool, optional): let the coordinator get the open cases
        version (int, optional): as it was read; if it has changed meanwhile, nothing is stored
    """
    session, user_id, at = changing.by_steward(context, data_dict)
    network.hold(session)
    row = changing.asked_unit(session, data_dict.get("id"), lock=True)
    check_version(row.version, data_dict.get("version"))
    fields = Fields(data_dict)
    labels = row.labels
    if "label_translated" in data_dict:
        labels = read_label(fields, readers.languages())
    is_open = fields.take("active", truth, row.active) if "active" in data_dict else row.active
    fields.check()
    if row.active and not is_open:
        _close(session, row, user_id, wished(data_dict, "coordinator_takes_over"))
    elif is_open and not row.active:
        _check_alone(session, row.org_id, row.kind)
    row.labels, row.active, row.version = labels, is_open, row.version + 1
    network.seal(session)
    changing.note(session, row.id, "unit-update", user_id, at, active=is_open)
    session.commit()
    return _shown(row)


@tk.side_effect_free
@domain_action
def complaint_unit_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the units of a body, or of all, those in use first. For who works in the network.

    Each of ``results`` is ``{"id", "org_id", "kind", "label_translated", "active", "created_at",
    "version"}``.

    Args:
        org (str, optional): id or name of the body
    """
    tk.check_access("complaint_staff", context, data_dict)
    session = context["session"]
    found = network.whole(session)
    bodies = list(found.bodies)
    if data_dict.get("org"):
        bodies = [changing.asked_body(session, data_dict["org"]).org_id]
    return {"results": [_shown(unit) for org_id in bodies for unit in found.units_of(org_id)]}


def _check_alone(session: AlchemySession, org_id: str, kind: str) -> None:
    if kind in ONE_OF_EACH and network.active_unit(session, org_id, kind):
        raise OneIsEnough


def _close(session: AlchemySession, row: Unit, user_id: str, is_taken_over: bool) -> None:
    bodies = network.whole(session).bodies.values()
    if any(each.coordinator_unit_id == row.id for each in bodies):
        raise StillCoordinates
    stewards = members.holders(session, Role.STEWARD)
    if stewards and all(each.unit_id == row.id for each in stewards):
        raise LastSteward
    leaving.check(session, row, frozenset(), user_id, is_taken_over=is_taken_over)
    members.remove_all(session, row.id)


def _shown(row: Unit) -> dict[str, Any]:
    return {
        "id": row.id,
        "org_id": row.org_id,
        "kind": row.kind,
        "label_translated": row.labels,
        "active": row.active,
        "created_at": as_utc(row.created_at),
        "version": row.version,
    }

"""Orders of a court or the law to keep a case past the day on which it would be deleted.

Supervisors give them for their body and those below, stewards for all. They see number, unit
and day of the case, and nothing of what it says.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.complaints.domain import receipts
from ckanext.complaints.domain.holds import MOST_CHARACTERS, HeldAlready, NotHeld
from ckanext.complaints.domain.reading import line_of
from ckanext.complaints.logic import excluding, holding, placing, stepping
from ckanext.complaints.logic.holding import Watched
from ckanext.complaints.logic.roles import actor
from ckanext.complaints.model import holds
from ckanext.complaints.model.cases import Case
from ckanext.complaints.model.holds import Hold
from ckanext.opengov.shared import pager
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.moments import as_utc
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["complaint_hold_end", "complaint_hold_list", "complaint_hold_set"]

BY_TIME = (
    sa.type_coerce(Hold.set_at, sa.DateTime(timezone=True)),
    sa.type_coerce(Hold.id, sa.Text),
)


@tk.side_effect_free
@domain_action
def complaint_hold_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the cases that an order keeps, of the bodies over which the caller watches.

    Each of ``results`` is ``{"reference", "number", "unit", "body", "reason", "set_at",
    "purge_on"}``, the oldest order first; ``purge_on`` is the day on which it would be deleted,
    null while it is open.

    Args:
        cursor (str, optional): ``next_cursor`` of the page before
        limit (int, optional): 1 to 100, 20 by default
    """
    tk.check_access("complaint_hold", context, data_dict)
    session, roles = context["session"], actor(context)
    query = holds.held_in(holding.watched_units(session, roles))
    query = query.where(sa.not_(excluding.concerns(excluding.among(session, roles))))
    named = placing.names(session)
    return pager.page(session, query, BY_TIME, data_dict).as_dict(
        lambda row: _shown(row[0], row[1], named)
    )


@domain_action
def complaint_hold_set(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Keep a case past its day, by order; return the order as ``_list`` does.

    Args:
        reference (str): number of the complaint
        reason (str): the court and its reference, or the article of the law; nothing of the case
    """
    tk.check_access("complaint_hold", context, data_dict)
    found = holding.watched(context, data_dict.get("reference"))
    reason = line_of(data_dict.get("reason") or "", 1, MOST_CHARACTERS, "reason")
    if found.case.legal_hold:
        raise HeldAlready
    ids = {"id": str(uuid.uuid4()), "case_id": found.case.id}
    row = Hold(**ids, reason=reason, set_by=found.user_id, set_at=found.now)
    found.session.add(row)
    return _done(found, row, is_held=True)


@domain_action
def complaint_hold_end(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """End the order that keeps a case: once its day has come it is deleted; return the order.

    Args:
        reference (str): number of the complaint
    """
    tk.check_access("complaint_hold", context, data_dict)
    found = holding.watched(context, data_dict.get("reference"))
    row = holds.in_force(found.session, found.case.id)
    if row is None:
        raise NotHeld
    row.ended_by, row.ended_at = found.user_id, found.now
    return _done(found, row, is_held=False)


def _done(found: Watched, row: Hold, *, is_held: bool) -> dict[str, Any]:
    session, case = found.session, found.case
    case.legal_hold = is_held
    step, acting = "hold" if is_held else "end-hold", Actor(found.user_id, frozenset())
    stepping.note(session, case, step, acting, found.now, **{"hold_id": row.id, "for": "staff"})
    shown = _shown(row, case, placing.names(session))
    session.commit()
    return shown


def _shown(row: Hold, case: Case, named: Mapping[str, placing.Names]) -> dict[str, Any]:
    unit = named.get(case.owner_unit_id)
    return {
        "reference": receipts.shown(case.reference),
        "number": case.reference,
        "unit": unit.unit if unit else "",
        "body": unit.body if unit else "",
        "reason": row.reason,
        "set_at": as_utc(row.set_at),
        "purge_on": case.purge_on.isoformat() if case.purge_on else None,
    }

"""The days on which nobody works: they move the dates of what is open."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.complaints.domain import catalogue as rules
from ckanext.complaints.logic import changing, clock_changes, feasts
from ckanext.complaints.logic.clock_changes import calendar_changed
from ckanext.complaints.logic.roles import user_id_of
from ckanext.complaints.logic.settling import CALENDAR, import_fixed
from ckanext.complaints.model import catalogue, network
from ckanext.complaints.model.catalogue import Holiday
from ckanext.opengov.shared import readers
from ckanext.opengov.shared.domain.errors import NotFound
from ckanext.opengov.shared.domain.moments import as_utc
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = [
    "complaint_holiday_create",
    "complaint_holiday_delete",
    "complaint_holiday_import",
    "complaint_holiday_list",
]


@tk.side_effect_free
@domain_action
def complaint_holiday_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the holidays of a year: the country's, and those of one body.

    Each of ``results`` is ``{"id", "day", "org_id", "label_translated", "source", "added_at"}``.
    ``expected`` has the days of feasts that follow the moon, as many as are not entered yet (by the
    name of the feast): ``{"day", "label_translated", "source"}``. They count once a steward
    confirms them.
    ``is_moving`` tells whether a change is being carried into the dates of open complaints.

    Args:
        year (int): from 2000 to 2099
        org (str, optional): id or name of a body
    """
    tk.check_access("complaint_category_list", context, data_dict)
    session, year = context["session"], rules.read_year(data_dict.get("year"))
    bodies = []
    if data_dict.get("org"):
        bodies = [changing.asked_body(session, data_dict["org"]).org_id]
    rows = catalogue.holidays(session, date(year, 1, 1), date(year, 12, 31), bodies)
    return {
        "results": [_shown(row) for row in rows],
        "expected": _expected(year, rows),
        "is_moving": clock_changes.is_moving(session, *bodies),
    }


@domain_action
def complaint_holiday_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Put a day into the calendar; return it. Open dates move within minutes.

    For stewards, and for leads in the calendar of their own body.

    Args:
        day (str): ``YYYY-MM-DD``
        org (str, optional): id or name of the body that is closed; the whole country by default
        label_translated (dict): what day it is, by language
        source (str, optional): where it is announced
    """
    session = context["session"]
    org_id = _whose(context, data_dict.get("org"))
    values = rules.read_holiday(data_dict, readers.languages())
    user_id, at = user_id_of(context), network.now(session)
    row = catalogue.add_holiday(session, org_id=org_id, added_by=user_id, added_at=at, **values)
    if row is None:
        raise rules.HolidayKnown
    about, day = org_id or CALENDAR, row.day.isoformat()
    changing.note(session, about, "holiday-create", user_id, at, day=day)
    calendar_changed(session, org_id, [row.day])
    session.commit()
    return _shown(row)


@domain_action
def complaint_holiday_delete(context: Context, data_dict: DataDict) -> None:
    """Take a day out of the calendar. Open dates move within minutes.

    For stewards, and for leads in the calendar of their own body.

    Args:
        id (str): id of the holiday
    """
    session = context["session"]
    tk.check_access("complaint_staff", context, data_dict)
    row = catalogue.holiday(session, str(data_dict.get("id") or ""), lock=True)
    if row is None:
        raise NotFound
    tk.check_access("complaint_calendar", context, {"org_id": row.org_id})
    about, day = row.org_id or CALENDAR, row.day
    catalogue.delete_holiday(session, row.id)
    user_id, at = user_id_of(context), network.now(session)
    changing.note(session, about, "holiday-delete", user_id, at, day=day.isoformat())
    calendar_changed(session, None if about == CALENDAR else about, [day])
    session.commit()


@domain_action
def complaint_holiday_import(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Put the holidays of a year that have a fixed date into the country's calendar. For stewards.

    Those of the Hijri year are announced: enter them when they are. Days that are there already
    stay as they are. Returns ``{"added"}``, the new ones as ``_list`` does.

    Args:
        year (int): from 2000 to 2099
    """
    session, user_id, at = changing.by_steward(context, data_dict)
    added = import_fixed(session, rules.read_year(data_dict.get("year")), user_id, at)
    session.commit()
    return {"added": [_shown(row) for row in added]}


def _expected(year: int, rows: list[Holiday]) -> list[dict[str, Any]]:
    """Return the days of each feast that are still to be confirmed, as many as it lacks.

    A day that was entered counts for its feast wherever the moon put it, by what it is called.
    """
    entered = [row for row in rows if row.org_id is None]
    taken = {row.day.isoformat() for row in entered}
    missing: list[dict[str, Any]] = []
    for label, days in groupby(feasts.expected(year), key=lambda each: each["label_translated"]):
        feast = list(days)
        lacks = len(feast) - sum(row.labels == label for row in entered)
        free = [each for each in feast if each["day"] not in taken]
        missing += free[: max(lacks, 0)]
    return missing


def _whose(context: Context, asked: object) -> str | None:
    """Return the body in whose calendar the caller may write; None: the country's."""
    tk.check_access("complaint_staff", context, {})
    org_id = changing.asked_body(context["session"], asked).org_id if asked else None
    tk.check_access("complaint_calendar", context, {"org_id": org_id})
    return org_id


def _shown(row: Holiday) -> dict[str, Any]:
    return {
        "id": row.id,
        "day": row.day.isoformat(),
        "org_id": row.org_id,
        "label_translated": row.labels,
        "source": row.source,
        "added_at": as_utc(row.added_at),
    }

"""Puts in what a new network begins with; what is there already stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ckan.types import AlchemySession

from ckanext.complaints import defaults
from ckanext.complaints.logic import changing
from ckanext.complaints.logic.clock_changes import calendar_changed
from ckanext.complaints.model import catalogue
from ckanext.complaints.model.catalogue import Holiday

CALENDAR = "calendar"
"""Under what the country's calendar is noted; that of a body under the body's id."""


@dataclass(frozen=True, slots=True)
class Settled:
    """How much was missing."""

    policies: int
    categories: int
    holidays: int


def settle(session: AlchemySession, at: datetime) -> Settled:
    """Put in the policy, the categories, and the fixed holidays of this year and the next."""
    values = defaults.policy()
    policy = catalogue.policy(session, values["code"])
    made = int(policy is None)
    if policy is None:
        policy = catalogue.make_policy(session, **values)
        changing.note(session, policy.id, "policy-create", None, at, code=policy.code)
    known = {row.code for row in catalogue.categories(session, only_active=False)}
    missing = [each for each in defaults.categories() if each["code"] not in known]
    for each in missing:
        row = catalogue.make_category(session, parent_id=None, policy_id=policy.id, **each)
        details = {"code": row.code, "track": row.track}
        changing.note(session, row.id, "category-create", None, at, **details)
    days = [day for year in (at.year, at.year + 1) for day in import_fixed(session, year, None, at)]
    return Settled(made, len(missing), len(days))


def import_fixed(
    session: AlchemySession, year: int, user_id: str | None, at: datetime
) -> list[Holiday]:
    """Put the fixed holidays of a year into the country's calendar; return the new ones."""
    added = []
    for each in defaults.holidays(year):
        if each.is_expected:
            continue
        values = {"day": each.day, "labels": dict(each.names), "source": each.source}
        row = catalogue.add_holiday(session, org_id=None, added_by=user_id, added_at=at, **values)
        added += [row] if row is not None else []
    if added:
        days = [row.day for row in added]
        noted = [day.isoformat() for day in days]
        changing.note(session, CALENDAR, "holiday-import", user_id, at, days=noted)
        calendar_changed(session, None, days)
    return added

"""Reminders: editors are told, once for each period, that a new version of a dataset is due."""

from __future__ import annotations

from datetime import datetime

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.opengov import messages
from ckanext.opengov.model import publication, work

BATCH = 200
"""Datasets in one transaction."""


def day_of(now: datetime) -> work.Day:
    """Return the local day of a moment."""
    zone = tk.h.get_display_timezone()
    return work.Day(now.astimezone(zone).date(), str(zone))


def remind(session: AlchemySession, now: datetime) -> int:
    """Tell of datasets that became late, in the caller's transaction; return of how many.

    A body without editors has reviewers, who may upload too.
    """
    found = work.late(session, day_of(now), messages.LATE, BATCH)
    roles: dict[str, dict[str, str]] = {}
    for row in found:
        if row.owner_org not in roles:
            roles[row.owner_org] = publication.roles_in(session, row.owner_org)
        people = roles[row.owner_org]
        editors = sorted(user for user, role in people.items() if role == "editor")
        reviewers = sorted(user for user, role in people.items() if role == "admin")
        messages.remind(session, row.id, row.due, editors or reviewers, now)
    return len(found)

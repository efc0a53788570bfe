"""Reminders: editors are told that a new version of a dataset is due, or its schema is old."""

from __future__ import annotations

from datetime import datetime

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.opengov import messages
from ckanext.opengov.model import publication, schemas, work

TELL_OF_SCHEMA = "opengov.tell-of-schema"
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
    editors = _Editors(session)
    for row in found:
        messages.remind(session, row.id, row.due, editors.of(row.owner_org), now)
    return len(found)


def tell_of_deprecated(session: AlchemySession, ref: str, now: datetime) -> None:
    """Tell of published datasets that declare a version of a schema, in the caller's transaction.

    Once only: whoever deprecates it again tells nobody.
    """
    editors = _Editors(session)
    for row in schemas.declaring(session, ref, messages.OLD_SCHEMA):
        messages.tell_of_schema(session, row.package_id, ref, editors.of(row.owner_org), now)


class _Editors:
    """Who edits the datasets of bodies; where nobody does, who reviews them."""

    def __init__(self, session: AlchemySession) -> None:
        self._session = session
        self._known: dict[str, list[str]] = {}

    def of(self, body_id: str) -> list[str]:
        """Return their ids."""
        if body_id not in self._known:
            people = publication.roles_in(self._session, body_id)
            editors = sorted(user for user, role in people.items() if role == "editor")
            reviewers = sorted(user for user, role in people.items() if role == "admin")
            self._known[body_id] = editors or reviewers
        return self._known[body_id]

"""Looks now and then for what the clock has brought about, so that followers are told.

Nothing but these notices depends on it: whether a consultation is open, each write asks the clock.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ckan.types import AlchemySession

from ckanext.consultation import config
from ckanext.consultation.logic import following
from ckanext.opengov.shared import jobs

EVERY = timedelta(minutes=1)

_due = datetime.min.replace(tzinfo=UTC)


@jobs.sweeper
def remind(session: AlchemySession, now: datetime) -> int:
    """Note what is due; one process sweeps, so it knows when it last did."""
    global _due  # noqa: PLW0603 - nothing is lost with it
    if now < _due:
        return 0
    _due = now + EVERY
    return following.note_due(session, config.reminder())

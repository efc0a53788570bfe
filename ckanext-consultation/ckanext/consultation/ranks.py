"""Puts the most supported comments first, now and then, so that pages stand still meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ckan.types import AlchemySession

from ckanext.consultation.model import comments
from ckanext.opengov.shared import jobs

EVERY = timedelta(minutes=5)
AFTERWARDS = timedelta(days=1)
"""For so long after its end the votes of a consultation are still looked at."""

_due = datetime.min.replace(tzinfo=UTC)


@jobs.sweeper
def rank(session: AlchemySession, now: datetime) -> int:
    """Rank the comments by their votes; one process sweeps, so it knows when it last did."""
    global _due  # noqa: PLW0603 - nothing is lost with it
    if now < _due:
        return 0
    _due = now + EVERY
    changed = comments.ranked(session, now - AFTERWARDS)
    session.commit()
    return changed

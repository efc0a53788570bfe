"""Counts what takes long to count: anew every hour, and on demand."""

from __future__ import annotations

from datetime import datetime

from ckan.types import AlchemySession

from ckanext.complaints.logic import terms
from ckanext.complaints.model import counting
from ckanext.opengov.shared import jobs

TALLY = "complaints.tally"


def tally(session: AlchemySession, now: datetime) -> None:
    """Count the last twelve months anew, in the caller's transaction."""
    counting.tally(session, terms.today(now), now)


def begin(session: AlchemySession, now: datetime) -> int:
    """Ask once an hour for the counting; return how often."""
    hour = now.strftime("%Y-%m-%dT%H")
    if jobs.latest(session, TALLY, hour):
        return 0
    jobs.enqueue(session, TALLY, hour, now=now)
    session.commit()
    return 1

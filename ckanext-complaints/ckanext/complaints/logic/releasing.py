"""Tells everyone how bodies kept their dates: each quarter once, when it is over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, time
from typing import Any

from ckan.types import AlchemySession

from ckanext.complaints.domain.figures import MEASURES, told, told_totals
from ckanext.complaints.domain.periods import Quarter, quarters_over
from ckanext.complaints.logic import terms
from ckanext.complaints.model import figures, network
from ckanext.complaints.model.figures import Figure, Release
from ckanext.opengov.shared import jobs

RELEASE = "complaints.release"
NOTHING: Mapping[str, int] = dict.fromkeys(MEASURES, 0)


def begin(session: AlchemySession, now: datetime) -> int:
    """Ask once a day for the quarters that are over; return how often."""
    day = terms.today(now).isoformat()
    if jobs.latest(session, RELEASE, day):
        return 0
    jobs.enqueue(session, RELEASE, day, now=now)
    session.commit()
    return 1


def release(session: AlchemySession, now: datetime) -> int:
    """Count the quarters that are over and were not released, in the caller's transaction.

    Return how many there were. What was released before stays as it is.
    """
    figures.hold(session)
    first = figures.first_day(session)
    known = {row.since for row in figures.released(session)}
    over = list(quarters_over(first, terms.today(now))) if first else []
    missing = [each for each in over if each.since not in known]
    for quarter in missing:
        _release(session, quarter, now)
    return len(missing)


def _release(session: AlchemySession, quarter: Quarter, now: datetime) -> None:
    zone = terms.zone()
    ends = (datetime.combine(day, time(), zone) for day in (quarter.since, quarter.until))
    found = figures.counted(session, quarter, *ends)
    whole = found.pop(None, {})
    # A body of which nothing happened is there too: who is missing would have none.
    bodies = {org_id: {**NOTHING, **found.get(org_id, {})} for org_id in _bodies(session, found)}
    totals = told_totals(list(bodies.values()))
    whole["score_sum"] = sum(each.get("score_sum") or 0 for each in bodies.values())
    whole["ratings"] = sum(each["ratings"] for each in bodies.values())
    session.add(Release(since=quarter.since, at=now, totals=totals | _means(whole, totals)))
    session.flush()
    for org_id, counts in bodies.items():
        shown = {name: told(counts[name]) for name in MEASURES}
        session.add(Figure(since=quarter.since, org_id=org_id, **shown, **_means(counts, shown)))
    session.flush()


def _bodies(session: AlchemySession, found: Iterable[str | None]) -> set[str]:
    return set(network.whole(session).bodies) | {each for each in found if each}


def _means(counts: Mapping[str, Any], shown: Mapping[str, int | None]) -> dict[str, int | None]:
    """Return the median of days and the mean rating in tenths, where there are enough to tell."""
    ratings = counts.get("ratings") or 0
    mean = round(10 * (counts.get("score_sum") or 0) / ratings) if ratings else None
    return {
        "median_days": counts.get("median_days") if shown.get("answered") else None,
        "score": mean if shown.get("ratings") else None,
    }

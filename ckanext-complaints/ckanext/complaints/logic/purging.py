"""Deletes what a case says on its day, unless an order holds it.

What stays is the row of the case, for the figures: number, track, mode, channel, language,
category, policy, form, region, unit, state, outcome, and its dates. Everything else goes: what
was said, files, keys and grants, the citizen's way in, name and address, who worked on it and
who opened it, what waits to be done or told. Its chain in the audit log stays, which has ids
and codes alone, and so has every backup until it is destroyed.
"""

from __future__ import annotations

from datetime import datetime

from ckan.types import AlchemySession

from ckanext.complaints import evidence
from ckanext.complaints.domain.life import Outcome, Step
from ckanext.complaints.logic import stepping, terms
from ckanext.complaints.logic.stepping import SYSTEM
from ckanext.complaints.model import purges, signing

BATCH = 50


def purge_some(session: AlchemySession, now: datetime) -> int:
    """Delete a batch of what is due, and commit; return how many cases.

    Two at once share the work: what one holds, the other leaves alone. The files go once the
    rows are gone for good; those that a crash leaves behind, the sweep of the store finds.
    """
    found = purges.due(session, terms.today(now), BATCH)
    for case in found:
        stands = Outcome(case.outcome) if case.outcome else None
        stepping.take(session, case, Step.PURGE, SYSTEM, now, standing=stands)
        case.accused_org_id = case.dup_of = None
        case.excluded = ""
        signing.sign(case)
    session.flush()
    locations = purges.empty(session, [case.id for case in found]) if found else []
    session.commit()
    evidence.forget_unknown(locations)
    return len(found)


def purge(session: AlchemySession, now: datetime) -> int:
    """Delete all that is due, batch by batch; return how many cases."""
    done = 0
    while some := purge_some(session, now):
        done += some
    return done

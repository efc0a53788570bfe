"""What the network asks of cases: it knows none itself."""

from __future__ import annotations

import logging
from datetime import datetime

from ckan.types import AlchemySession

from ckanext.complaints.logic import stepping
from ckanext.complaints.model import cases, signing
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.keyring import Unreadable

log = logging.getLogger(__name__)


def open_cases(session: AlchemySession, unit_id: str) -> int:
    """Return how many cases a unit holds that are not closed."""
    return cases.count_open(session, unit_id)


def hand_over(
    session: AlchemySession, unit_id: str, to_unit_id: str, actor_id: str, at: datetime
) -> None:
    """Give a unit's open cases to the coordinator, in the caller's transaction; no date moves.

    Nobody leads the unit any more, or it is closed; both units are held. A case that was altered
    past the application stays where it is, and opens to nobody.
    """
    actor = Actor(actor_id, frozenset())
    for case in cases.open_of(session, unit_id):
        try:
            signing.check(case)
        except Unreadable:
            log.error("Complaint %s was altered, and is handed to nobody", case.id)  # noqa: TRY400
            continue
        case.owner_unit_id = to_unit_id
        case.version += 1
        signing.sign(case)
        cases.assign(session, case.id, None, actor_id, at)
        stepping.note(session, case, "hand-over", actor, at, unit_id=to_unit_id)

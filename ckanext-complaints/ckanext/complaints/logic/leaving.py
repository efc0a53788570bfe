"""What becomes of a unit's cases when its last lead goes, or when it is closed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from ckan.types import AlchemySession

from ckanext.complaints.domain.network import Departure, Role, check_departure
from ckanext.complaints.logic import changing, noticing, of_cases
from ckanext.complaints.logic.noticing import Notice
from ckanext.complaints.model import cases, members, network
from ckanext.complaints.model.network import Unit


def check(
    session: AlchemySession,
    unit: Unit,
    leads_left: Collection[str],
    actor_id: str | None,
    *,
    is_taken_over: bool,
) -> None:
    """Let the coordinator take over the cases of a unit that is held, if somebody must.

    Raises:
        LastLead: somebody must, and whoever does this has not said so.
        NobodyTakesOver: there is nobody who could.
    """
    coordinator = network.whole(session).coordinator(unit.org_id)
    can = coordinator is not None and coordinator.id != unit.id and _is_led(session, coordinator)
    held = of_cases.open_cases(session, unit.id)
    if not check_departure(Departure(held, len(leads_left), is_taken_over, can)):
        return
    assert coordinator is not None  # noqa: S101 - it could take over
    at = network.now(session)
    network.unit(session, coordinator.id, lock=True)
    of_cases.hand_over(session, unit.id, coordinator.id, str(actor_id), at)
    changing.note(session, unit.id, "hand-over", actor_id, at, to=coordinator.id, cases=held)


def end_work(session: AlchemySession, unit: Unit, user_id: str, at: datetime) -> int:
    """Take the cases of a unit from who works there no more, and tell its leads; return how many.

    In the transaction that took the role. The cases stay where they are, given to nobody.
    """
    held = members.members_of(session, [unit.id])
    if any(each.user_id == user_id and each.role in noticing.WORKERS for each in held):
        return 0
    left = cases.end_assignments(session, unit.id, user_id, at)
    for case_id in left:
        noticing.to_unit(session, unit.id, Notice.LEFT, at, case=cases.find(session, case_id))
    return len(left)


def leads_of(session: AlchemySession, unit_id: str) -> frozenset[str]:
    """Return who leads a unit."""
    found = members.members_of(session, [unit_id])
    return frozenset(each.user_id for each in found if each.role == Role.LEAD)


def _is_led(session: AlchemySession, unit: Unit) -> bool:
    return bool(leads_of(session, unit.id))

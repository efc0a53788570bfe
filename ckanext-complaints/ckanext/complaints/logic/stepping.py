"""A step in the life of a case: the table decides, then state, dates and log change together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from ckan.types import AlchemySession

from ckanext.complaints.domain import life
from ckanext.complaints.domain import referrals as requests
from ckanext.complaints.domain.life import (
    ACKNOWLEDGING,
    ENDED,
    OPEN,
    Facts,
    Outcome,
    Role,
    State,
    Step,
)
from ckanext.complaints.logic import terms
from ckanext.complaints.model import catalogue, referrals, signing
from ckanext.complaints.model.cases import Case
from ckanext.opengov.shared import audit
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.lifecycle import advance, outlook

SYSTEM = Actor(None, frozenset({Role.SYSTEM}))
"""What happens because its day has come."""


def facts_of(session: AlchemySession, case: Case, day: date, **given: Any) -> Facts:
    """Return what the rules look at; ``given``: what the step says."""
    policy = catalogue.policy(session, case.policy_id)
    known = Facts(
        today=day,
        dates=terms.dates_of(case),
        deadlines=terms.deadlines_of(case),
        standing=Outcome(case.standing) if case.standing else None,
        case_id=case.id,
        was_reopened=case.was_reopened,
        extension_days=policy.extension_days if policy else 0,
        purge_on=case.purge_on,
        is_held=case.legal_hold,
    )
    return replace(known, **given)


def ahead(
    session: AlchemySession, case: Case, actor: Actor, day: date, **given: Any
) -> dict[Step, DomainError | None]:
    """Return the steps that the actor may take, each with what is in its way.

    What they would say themselves, a reason or an outcome, is taken as said.
    """
    said = {"reason": "-", "outcome": Outcome.ANSWERED, "duplicate_of": "-", **given}
    facts = facts_of(session, case, day, **said)
    return outlook(life.TRANSITIONS, State(case.state), actor, facts)


def take(
    session: AlchemySession, case: Case, step: Step, actor: Actor, now: datetime, **facts: Any
) -> None:
    """Take a step in a case that the caller holds, in the caller's transaction.

    ``facts``: what the step says. ``unit_id`` among them: as whose member the actor takes it.

    Raises:
        DomainError: the table, or a guard, refuses it.
        Unreadable: the case was altered past the application; such a one can be deleted alone.
    """
    if step is not Step.PURGE:
        signing.check(case)
    if State(case.state) in ENDED:
        # It may be open again by this step.
        terms.keep_calendar(session)
    day, unit_id = terms.today(now), facts.pop("unit_id", None)
    known = facts_of(session, case, day, **facts)
    case.state = advance(life.TRANSITIONS, State(case.state), step, actor, known)
    _date(case, step, known, day)
    case.outcome = life.outcome_after(step, known)
    case.version += 1
    # Whatever queue it came in: the staff works on it, or an uninvolved body has it.
    is_waiting = actor.user_id is None and State(case.state) is not State.APPEALED
    case.is_slow = case.is_slow and is_waiting
    terms.renew(session, case, day)
    _end(session, case, now, day)
    _end_requests(session, case, now)
    if case.appeal_unit_id and State(case.state) is not State.APPEALED:
        # Who decided, or would have, reads no further.
        case.appeal_unit_id = None
    signing.sign(case)
    note(session, case, step, actor, now, state=case.state, unit_id=unit_id)


def note(
    session: AlchemySession, case: Case, step: str, actor: Actor, now: datetime, **details: Any
) -> None:
    """Write in the log of a case what was done: ids and codes alone."""
    if Role.SYSTEM in actor.roles:
        details["by"] = "system"
    audit.record(
        session,
        subject=f"complaint:{case.id}",
        step=step,
        actor_id=actor.user_id,
        at=now,
        details=details,
    )


def _date(case: Case, step: Step, facts: Facts, day: date) -> None:
    """Note on which day it happened."""
    if step in ACKNOWLEDGING and case.acknowledged_on is None:
        case.acknowledged_on = day
    for name, value in _changes(step, facts, day).items():
        setattr(case, name, value)


def _changes(step: Step, facts: Facts, day: date) -> Mapping[str, Any]:
    stands = Outcome.DUPLICATE if step is Step.CLOSE_DUPLICATE else facts.outcome
    anew: Mapping[str, Any] = {
        "answered_on": None,
        "standing": None,
        "appealed_on": None,
        "reopened_on": day,
    }
    changes: Mapping[Step, Mapping[str, Any]] = {
        Step.ASK: {"paused_on": day},
        Step.REPLY: {"resumed_on": day},
        Step.RESUME: {"resumed_on": day},
        Step.EXTEND: {"extended_on": day},
        Step.ANSWER: {"answered_on": day, "standing": stands},
        Step.CLOSE_DUPLICATE: {"answered_on": day, "standing": stands},
        Step.REOPEN: {**anew, "was_reopened": True},
        Step.REMAND: anew,
        Step.APPEAL: {"appealed_on": day},
        Step.DECIDE: {"appealed_on": None, "standing": stands},
    }
    return changes.get(step, {})


def _end(session: AlchemySession, case: Case, now: datetime, day: date) -> None:
    """Note when it ended, and when nothing of it is kept any more."""
    if State(case.state) not in ENDED:
        case.closed_at = case.purge_on = None
    elif case.closed_at is None:
        policy = catalogue.policy(session, case.policy_id)
        kept = timedelta(days=policy.retention_days) if policy else timedelta(0)
        case.closed_at, case.purge_on = now, day + kept


def _end_requests(session: AlchemySession, case: Case, now: datetime) -> None:
    """Let nobody be asked any more in a case that is answered, nor work on one that has ended."""
    if State(case.state) in OPEN:
        return
    after = {requests.State.PROPOSED: requests.State.WITHDRAWN}
    if State(case.state) in ENDED:
        after[requests.State.ACCEPTED] = requests.State.ENDED
    for row in referrals.of_case(session, case.id):
        is_done = row.state == requests.State.ACCEPTED and row.mode != requests.Mode.JOINT
        if row.state in after and not is_done:
            row.state, row.decided_at = after[requests.State(row.state)], now
            signing.sign(row)

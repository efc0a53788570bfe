"""The life of a complaint: every step that anyone may take, and what is in the way.

Whoever holds the case is bound by it until it is answered: "not competent" is no outcome,
silence past the date is a refusal that can be appealed, and the unit that answers changes by
an accepted referral alone.
"""

from __future__ import annotations

from ckanext.complaints.domain import life_guards as guards
from ckanext.complaints.domain.life_guards import Facts
from ckanext.complaints.domain.life_words import (
    ACKNOWLEDGING,
    ANSWERS,
    ENDED,
    OPEN,
    OUTCOMES,
    WORKERS,
    Outcome,
    Role,
    State,
    Step,
)
from ckanext.opengov.shared.domain.lifecycle import Table, Transition

__all__ = [
    "ACKNOWLEDGING",
    "ANSWERS",
    "ENDED",
    "OPEN",
    "OUTCOMES",
    "TRANSITIONS",
    "WORKERS",
    "Facts",
    "Outcome",
    "Role",
    "State",
    "Step",
    "is_coherent",
    "outcome_after",
]

LEADS, CITIZENS = frozenset({Role.LEAD}), frozenset({Role.CITIZEN})
APPEALS, SUPERVISORS = frozenset({Role.APPEALS}), frozenset({Role.SUPERVISOR})
SYSTEM = frozenset({Role.SYSTEM})
RECEIVERS = frozenset({Role.RECEIVER, Role.SYSTEM})
FRONT = WORKERS | {Role.CLERK}

ACKNOWLEDGED = (guards.once_acknowledged,)
WITHDRAWN: Transition[State, Facts] = Transition(State.CLOSED, CITIZENS)
REPEATED = Transition(State.CLOSED, LEADS, (guards.of_another, guards.with_a_reason))
LATE = Transition(State.APPEALED, CITIZENS, (guards.when_late,))
EXTENDED = (guards.once_extended, guards.before_the_date, guards.with_a_reason)
REFERRED = (guards.by_a_referral,)

TRANSITIONS: Table[State, Step, Facts] = {
    (State.RECEIVED, Step.REGISTER): Transition(State.REGISTERED, SYSTEM | LEADS),
    (State.RECEIVED, Step.APPEAL): LATE,
    (State.RECEIVED, Step.WITHDRAW): WITHDRAWN,
    (State.RECEIVED, Step.CLOSE_DUPLICATE): REPEATED,
    (State.REGISTERED, Step.ACKNOWLEDGE): Transition(State.REGISTERED, FRONT, ACKNOWLEDGED),
    (State.REGISTERED, Step.TAKE): Transition(State.IN_PROGRESS, WORKERS),
    (State.REGISTERED, Step.ASSIGN): Transition(State.IN_PROGRESS, LEADS),
    (State.REGISTERED, Step.EXTEND): Transition(State.REGISTERED, LEADS, EXTENDED),
    (State.REGISTERED, Step.HAND_OVER): Transition(State.REGISTERED, RECEIVERS, REFERRED),
    (State.REGISTERED, Step.APPEAL): LATE,
    (State.REGISTERED, Step.WITHDRAW): WITHDRAWN,
    (State.REGISTERED, Step.CLOSE_DUPLICATE): REPEATED,
    (State.IN_PROGRESS, Step.ACKNOWLEDGE): Transition(State.IN_PROGRESS, FRONT, ACKNOWLEDGED),
    (State.IN_PROGRESS, Step.TAKE): Transition(State.IN_PROGRESS, WORKERS),
    (State.IN_PROGRESS, Step.ASSIGN): Transition(State.IN_PROGRESS, LEADS),
    (State.IN_PROGRESS, Step.ASK): Transition(
        State.WAITING_CITIZEN, WORKERS, (guards.once_paused, guards.before_the_date)
    ),
    (State.IN_PROGRESS, Step.EXTEND): Transition(State.IN_PROGRESS, LEADS, EXTENDED),
    (State.IN_PROGRESS, Step.HAND_OVER): Transition(State.REGISTERED, RECEIVERS, REFERRED),
    (State.IN_PROGRESS, Step.ANSWER): Transition(
        State.ANSWERED,
        WORKERS,
        (guards.with_an_outcome, guards.with_a_reason, guards.by_a_second_person),
    ),
    (State.IN_PROGRESS, Step.APPEAL): LATE,
    (State.IN_PROGRESS, Step.WITHDRAW): WITHDRAWN,
    (State.IN_PROGRESS, Step.CLOSE_DUPLICATE): REPEATED,
    (State.WAITING_CITIZEN, Step.REPLY): Transition(State.IN_PROGRESS, CITIZENS),
    (State.WAITING_CITIZEN, Step.RESUME): Transition(
        State.IN_PROGRESS, WORKERS | SYSTEM, (guards.after_the_wait,)
    ),
    (State.WAITING_CITIZEN, Step.ASSIGN): Transition(State.WAITING_CITIZEN, LEADS),
    (State.WAITING_CITIZEN, Step.EXTEND): Transition(State.WAITING_CITIZEN, LEADS, EXTENDED),
    (State.WAITING_CITIZEN, Step.HAND_OVER): Transition(State.WAITING_CITIZEN, RECEIVERS, REFERRED),
    (State.WAITING_CITIZEN, Step.APPEAL): LATE,
    (State.WAITING_CITIZEN, Step.WITHDRAW): WITHDRAWN,
    (State.WAITING_CITIZEN, Step.CLOSE_DUPLICATE): REPEATED,
    (State.ANSWERED, Step.ACCEPT): Transition(State.CLOSED, CITIZENS),
    (State.ANSWERED, Step.REOPEN): Transition(State.IN_PROGRESS, CITIZENS, (guards.once_reopened,)),
    (State.ANSWERED, Step.APPEAL): Transition(
        State.APPEALED, CITIZENS, (guards.within_the_window,)
    ),
    (State.ANSWERED, Step.LAPSE): Transition(State.CLOSED, SYSTEM, (guards.after_the_window,)),
    (State.APPEALED, Step.DECIDE): Transition(
        State.CLOSED,
        APPEALS,
        (guards.by_the_uninvolved, guards.with_an_outcome, guards.with_a_reason),
    ),
    (State.APPEALED, Step.REMAND): Transition(
        State.IN_PROGRESS, APPEALS, (guards.by_the_uninvolved, guards.with_a_reason)
    ),
    (State.APPEALED, Step.WITHDRAW): WITHDRAWN,
    (State.CLOSED, Step.APPEAL): Transition(
        State.APPEALED, CITIZENS, (guards.against_a_duplicate, guards.within_the_window)
    ),
    (State.CLOSED, Step.REOPEN): Transition(
        State.IN_PROGRESS, SUPERVISORS, (guards.with_a_reason,)
    ),
    (State.CLOSED, Step.PURGE): Transition(State.PURGED, SYSTEM, (guards.when_due,)),
}


def outcome_after(step: Step, facts: Facts) -> Outcome | None:
    """Return the outcome of the case once the step is taken; None: it goes on."""
    return {
        Step.ACCEPT: facts.standing,
        Step.LAPSE: facts.standing,
        Step.DECIDE: facts.outcome,
        Step.WITHDRAW: Outcome.WITHDRAWN,
        Step.CLOSE_DUPLICATE: Outcome.DUPLICATE,
        Step.PURGE: facts.standing,
    }.get(step)


def is_coherent(state: State, outcome: Outcome | None) -> bool:
    """Tell whether a case that has ended, and no other, has an outcome."""
    return (state in ENDED) == (outcome is not None)

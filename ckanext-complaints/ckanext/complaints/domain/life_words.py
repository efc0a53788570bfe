"""The words of a complaint's life: states, steps, roles, outcomes."""

from __future__ import annotations

from enum import StrEnum

from ckanext.opengov.shared.domain.wording import N_


class State(StrEnum):
    """Where a case stands; whether it is late, the clock says."""

    RECEIVED = "received"
    """Filed, and not yet given to a unit: for a moment, or in the slow queue of a flood."""
    REGISTERED = "registered"
    """A unit has it; nobody works on it yet."""
    IN_PROGRESS = "in-progress"
    WAITING_CITIZEN = "waiting-citizen"
    ANSWERED = "answered"
    APPEALED = "appealed"
    CLOSED = "closed"
    PURGED = "purged"
    """The content is gone; that there was a case remains."""


OPEN = frozenset({State.RECEIVED, State.REGISTERED, State.IN_PROGRESS, State.WAITING_CITIZEN})
"""The body owes an answer."""
ENDED = frozenset({State.CLOSED, State.PURGED})


class Step(StrEnum):
    """What someone may do to a case."""

    REGISTER = "register"
    ACKNOWLEDGE = "acknowledge"
    TAKE = "take"
    ASSIGN = "assign"
    ASK = "ask"
    REPLY = "reply"
    RESUME = "resume"
    EXTEND = "extend"
    HAND_OVER = "hand-over"
    ANSWER = "answer"
    ACCEPT = "accept"
    REOPEN = "reopen"
    APPEAL = "appeal"
    DECIDE = "decide"
    REMAND = "remand"
    WITHDRAW = "withdraw"
    CLOSE_DUPLICATE = "close-duplicate"
    LAPSE = "lapse"
    PURGE = "purge"


ACKNOWLEDGING = frozenset({Step.ACKNOWLEDGE, Step.ASK, Step.ANSWER})
"""A person wrote to the citizen: the first of these fulfils the duty to acknowledge."""


class Role(StrEnum):
    """What someone is to a case; each but the citizen and the system by a signed membership."""

    CITIZEN = "citizen"
    """Who holds the receipt."""
    HANDLER = "handler"
    LEAD = "lead"
    CLERK = "clerk"
    RECEIVER = "receiver"
    """A handler or lead of the unit that accepts a referral."""
    APPEALS = "appeals"
    """A handler or lead of the appeal unit."""
    SUPERVISOR = "supervisor"
    SYSTEM = "system"


WORKERS = frozenset({Role.HANDLER, Role.LEAD})


class Outcome(StrEnum):
    """How a case ended. That a body is not competent is not among them: it refers the case."""

    GRANTED = "granted"
    PARTLY_GRANTED = "partly-granted"
    REFUSED = "refused"
    ANSWERED = "answered"
    """What was asked for was information, and was given."""
    SETTLED = "settled"
    """Citizen and body agreed on something else."""
    WITHDRAWN = "withdrawn"
    DUPLICATE = "duplicate"


ANSWERS = (
    Outcome.GRANTED,
    Outcome.PARTLY_GRANTED,
    Outcome.REFUSED,
    Outcome.ANSWERED,
    Outcome.SETTLED,
)
"""What an answer or a decision on an appeal may say; how a case ends otherwise, the step says."""

OUTCOMES = {
    Outcome.GRANTED: N_("Granted"),
    Outcome.PARTLY_GRANTED: N_("Granted in part"),
    Outcome.REFUSED: N_("Refused"),
    Outcome.ANSWERED: N_("Information given"),
    Outcome.SETTLED: N_("Settled by agreement"),
    Outcome.WITHDRAWN: N_("Withdrawn by the citizen"),
    Outcome.DUPLICATE: N_("Closed as a duplicate"),
}

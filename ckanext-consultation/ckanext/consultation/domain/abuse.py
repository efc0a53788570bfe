"""What keeps programs and crowds from drowning others: limits, and a trap in the form.

A limit on a network shuts out everyone behind it: a library, a village on one mobile carrier.
So those are wide; the narrow ones are on a participant.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

TRAP_FIELD = "website"
"""A field that people do not see, and are told to leave empty where they hear it."""


def is_trapped(value: str | None) -> bool:
    """Tell whether a program filled the trap.

    The comment then waits for a moderator: people whose browser fills forms lose nothing.
    """
    return bool((value or "").strip())


class Whom(StrEnum):
    """For whom a limit counts."""

    PARTICIPANT = "participant"
    NETWORK = "network"
    """The network of an address, in one consultation."""
    NETWORK_AND_TARGET = "network-and-target"
    """The network of an address and the comment that it acts on."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """``most`` times in ``span``: the arguments of ``shared.limits.Limit``."""

    name: str
    whom: Whom
    most: int
    span: timedelta


HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Act(StrEnum):
    """What is counted."""

    COMMENT = "comment"
    EDIT = "edit"
    VOTE = "vote"
    REPORT = "report"
    APPEAL = "appeal"
    RESPONSE = "response"
    RECEIPT = "receipt"
    """Asked for again by mail, or entered to find one's comment."""
    GUEST = "guest"
    """Written by someone without an account, to be confirmed by mail."""
    NAME = "name"


def _allowances(
    act: Act, participant: int, network: int, span: timedelta, target: int = 0
) -> tuple[Allowance, ...]:
    rows = [
        Allowance(f"consultation-{act}", Whom.PARTICIPANT, participant, span),
        Allowance(f"consultation-{act}-network", Whom.NETWORK, network, span),
    ]
    if target:
        name = f"consultation-{act}-network-target"
        rows.append(Allowance(name, Whom.NETWORK_AND_TARGET, target, span))
    return tuple(rows)


LIMITS = {
    Act.COMMENT: _allowances(Act.COMMENT, 20, 2_000, HOUR),
    Act.EDIT: _allowances(Act.EDIT, 40, 2_000, HOUR),
    Act.VOTE: _allowances(Act.VOTE, 200, 50_000, HOUR, target=5_000),
    Act.REPORT: _allowances(Act.REPORT, 20, 1_000, HOUR, target=500),
    Act.APPEAL: _allowances(Act.APPEAL, 10, 500, DAY),
    Act.RESPONSE: _allowances(Act.RESPONSE, 10, 2_000, HOUR),
    Act.RECEIPT: _allowances(Act.RECEIPT, 5, 500, HOUR),
    Act.GUEST: _allowances(Act.GUEST, 5, 1_000, HOUR),
    Act.NAME: _allowances(Act.NAME, 10, 1_000, HOUR),
}
"""All rows of an act are taken, the participant's first."""
MAILS_TO_ONE = (20, DAY)
"""To one address, from all consultations: nobody fills a stranger's mailbox with our links.

What comes above it is not mailed, and nobody is told: whether an address was used here is no
stranger's business."""

"""How a case gets from one unit to another, or several units work on it.

Nobody sends a case away: the other unit has to accept it, within days, and the clock of the
citizen runs on whoever has it. What two units refused goes to the coordinator, whose choice is
not refused; so a case cannot wander.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.lifecycle import Table, Transition
from ckanext.opengov.shared.domain.wording import N_

MOST_REFUSALS = 2
"""After so many refused or expired transfers the coordinator gets the case."""


class Mode(StrEnum):
    """What another unit is asked for."""

    TRANSFER = "transfer"
    """To take the case and answer it."""
    JOINT = "joint"
    """To work on it too; the unit that asks still answers."""
    OPINION = "opinion"
    """To say what it knows; it answers nobody but the unit that asks."""


class State(StrEnum):
    """What became of it."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    EXPIRED = "expired"
    """Nobody answered in time: it counts as a refusal."""
    WITHDRAWN = "withdrawn"
    ENDED = "ended"
    """Another unit worked on the case too, and does so no more."""


class Step(StrEnum):
    """What someone may do to a referral."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"
    END = "end"


class Role(StrEnum):
    """What someone is to a referral."""

    SENDER = "sender"
    RECEIVER = "receiver"
    SYSTEM = "system"


UNWILLING = frozenset({State.REFUSED, State.EXPIRED})


@dataclass(frozen=True, slots=True)
class Referral:
    """One referral of a case."""

    from_unit: str
    to_unit: str
    mode: Mode
    state: State
    expires_on: date
    """The last day on which it can be answered (``Terms.referral_due``)."""
    is_by_coordinator: bool = False

    def state_on(self, today: date) -> State:
        """Return where it stands, whether or not someone wrote down that it expired."""
        has_expired = self.state is State.PROPOSED and today > self.expires_on
        return State.EXPIRED if has_expired else self.state


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards look at."""

    today: date
    referral: Referral
    reason: str = field(default="", repr=False)
    """Only whether there is one counts."""


class Expired(DomainError):
    """The days for it have passed."""

    code = "referral-expired"
    template = N_("The time to answer this referral is over.")


class NotExpired(DomainError):
    """The other unit still has time."""

    code = "referral-open"
    template = N_("The other unit still has time to answer this referral.")


class ReasonNeeded(DomainError):
    """The unit that asked, and the coordinator, learn why."""

    code = "required"
    field = "reason"
    template = N_("Say why your unit does not take this complaint, and which one should.")


class CoordinatorDecided(DomainError):
    """Someone has to answer the citizen."""

    code = "coordinator-decided"
    template = N_("The coordinator has decided that your unit handles this complaint.")


class OwnUnit(DomainError):
    """There is nothing to refer."""

    code = "own-unit"
    field = "unit_id"
    template = N_("Your unit has this complaint already. Choose another one.")


class UnitNotAvailable(DomainError):
    """It does not exist, is not active, or may not know of the case: nobody learns which."""

    code = "unit-not-available"
    field = "unit_id"
    template = N_("This unit cannot be chosen. Choose another one, or the coordinator.")


class TransferOpen(DomainError):
    """Two units could accept."""

    code = "transfer-open"
    template = N_("Another unit was asked to take this complaint. Wait, or withdraw the request.")


class AskedAlready(DomainError):
    """The unit knows."""

    code = "asked-already"
    field = "unit_id"
    template = N_("This unit was asked already, or works on this complaint.")


class BeenThere(DomainError):
    """The case would go round in a circle."""

    code = "been-there"
    field = "unit_id"
    template = N_(
        "This unit had this complaint before, or refused it. Only the coordinator can send it"
        " there again."
    )


class OnlyCoordinator(DomainError):
    """Two units refused."""

    code = "only-coordinator"
    template = N_("Two units did not take this complaint: now the coordinator decides.")


def in_time(_actor: Actor, facts: Facts) -> None:
    """Refuse an answer that comes too late."""
    if facts.today > facts.referral.expires_on:
        raise Expired


def when_expired(_actor: Actor, facts: Facts) -> None:
    """Refuse to give up before the last day has ended."""
    if facts.today <= facts.referral.expires_on:
        raise NotExpired


def with_a_reason(_actor: Actor, facts: Facts) -> None:
    """Refuse a refusal that does not say why."""
    if not facts.reason.strip():
        raise ReasonNeeded


def unless_decided(_actor: Actor, facts: Facts) -> None:
    """Refuse to refuse what the coordinator decided."""
    if facts.referral.is_by_coordinator and facts.referral.mode is Mode.TRANSFER:
        raise CoordinatorDecided


class NothingToEnd(DomainError):
    """A case that was passed on comes back by another transfer alone."""

    code = "nothing-to-end"
    template = N_("Only joint work can be ended.")


def of_joint_work(_actor: Actor, facts: Facts) -> None:
    """Refuse to undo a transfer, or to unsay what a unit said."""
    if facts.referral.mode is not Mode.JOINT:
        raise NothingToEnd


SENDERS, RECEIVERS = frozenset({Role.SENDER}), frozenset({Role.RECEIVER})
DECIDED = RECEIVERS | {Role.SYSTEM}
"""What the coordinator decides waits for nobody."""

TRANSITIONS: Table[State, Step, Facts] = {
    (State.PROPOSED, Step.ACCEPT): Transition(State.ACCEPTED, DECIDED, (in_time,)),
    (State.PROPOSED, Step.REFUSE): Transition(
        State.REFUSED, RECEIVERS, (in_time, unless_decided, with_a_reason)
    ),
    (State.PROPOSED, Step.EXPIRE): Transition(
        State.EXPIRED, frozenset({Role.SYSTEM}), (when_expired,)
    ),
    (State.PROPOSED, Step.WITHDRAW): Transition(State.WITHDRAWN, SENDERS),
    (State.ACCEPTED, Step.END): Transition(State.ENDED, SENDERS | RECEIVERS, (of_joint_work,)),
}


@dataclass(frozen=True, slots=True)
class Holding:
    """Who has a case now, and where it was."""

    owner_unit: str
    coordinator_unit: str | None
    """Of the body that has the case."""
    history: Sequence[Referral] = ()
    """All referrals of the case."""

    @property
    def is_with_coordinator(self) -> bool:
        """Whether the coordinator has it."""
        return self.owner_unit == self.coordinator_unit

    def units_before(self, today: date) -> frozenset[str]:
        """Return the units that had it and passed it on, or that did not take it."""
        transfers = [each for each in self.history if each.mode is Mode.TRANSFER]
        had = {each.from_unit for each in transfers if each.state is State.ACCEPTED}
        return frozenset(had | {each.to_unit for each in _unwilling(transfers, today)})


def check_proposal(
    holding: Holding,
    to_unit: str,
    mode: Mode,
    today: date,
    is_excluded: Callable[[str], bool],
) -> None:
    """Refuse a referral that could harm the citizen or lead nowhere.

    ``is_excluded`` tells of a unit that it may not know of the case, or is not there to take it.

    Raises:
        DomainError: what is in the way.
    """
    if to_unit == holding.owner_unit:
        raise OwnUnit
    if is_excluded(to_unit):
        raise UnitNotAvailable
    if mode is Mode.TRANSFER:
        _check_transfer(holding, to_unit, today)
    is_asked = {State.PROPOSED, State.ACCEPTED} if mode is not Mode.TRANSFER else {State.PROPOSED}
    for each in holding.history:
        if (each.to_unit, each.mode) == (to_unit, mode) and each.state_on(today) in is_asked:
            raise AskedAlready


def _check_transfer(holding: Holding, to_unit: str, today: date) -> None:
    transfers = [each for each in holding.history if each.mode is Mode.TRANSFER]
    if any(each.state_on(today) is State.PROPOSED for each in transfers):
        raise TransferOpen
    if holding.is_with_coordinator or to_unit == holding.coordinator_unit:
        return
    if next_step(holding, today) is Next.TO_COORDINATOR:
        raise OnlyCoordinator
    if to_unit in holding.units_before(today):
        raise BeenThere


def choices(
    holding: Holding,
    units: Sequence[str],
    mode: Mode,
    today: date,
    is_excluded: Callable[[str], bool],
) -> list[str]:
    """Return the units to which a case can be referred: those for a form to offer."""
    found = []
    for unit in units:
        try:
            check_proposal(holding, unit, mode, today, is_excluded)
        except DomainError:
            continue
        found.append(unit)
    return found


class Next(StrEnum):
    """What follows after a transfer was not taken."""

    GO_ON = "go-on"
    """The unit that has it handles it, or asks another one."""
    TO_COORDINATOR = "to-coordinator"


def next_step(holding: Holding, today: date) -> Next:
    """Tell whether the coordinator gets the case now: two units did not take it.

    Refusals of all the units that had it count together, or each could pass it to the next.
    Without a coordinator it stays where it is: nobody but its owner can be made to answer.
    """
    if holding.coordinator_unit is None or holding.is_with_coordinator:
        return Next.GO_ON
    transfers = [each for each in holding.history if each.mode is Mode.TRANSFER]
    if len(_unwilling(transfers, today)) >= MOST_REFUSALS and not _is_settled(transfers):
        return Next.TO_COORDINATOR
    return Next.GO_ON


def _unwilling(transfers: Sequence[Referral], today: date) -> list[Referral]:
    return [each for each in transfers if each.state_on(today) in UNWILLING]


def _is_settled(transfers: Sequence[Referral]) -> bool:
    """Tell whether the coordinator gave the case to the unit that has it, and it tried no other."""
    last = transfers[-1]
    return last.is_by_coordinator and last.state is State.ACCEPTED

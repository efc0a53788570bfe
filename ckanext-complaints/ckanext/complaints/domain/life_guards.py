"""What can be in the way of a step in a complaint's life."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from ckanext.complaints.domain.clock import Dates, Deadlines, is_refused_by_silence
from ckanext.complaints.domain.life_words import ANSWERS, WORKERS, Outcome, Role
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards look at."""

    today: date
    """The local day."""
    dates: Dates
    deadlines: Deadlines
    """As people were told them (``clock.renewed``)."""
    reason: str = field(default="", repr=False)
    """Only whether there is one counts."""
    outcome: Outcome | None = None
    """What the step says: an answer's, a decision's."""
    standing: Outcome | None = None
    """The outcome of the answer that stands."""
    case_id: str = ""
    duplicate_of: str = ""
    was_reopened: bool = False
    """By the citizen."""
    extension_days: int = 15
    needs_second_person: bool = False
    """The sealed track: who drafted an answer does not give it."""
    drafted_by: str | None = None
    is_referred: bool = False
    """A referral to the actor's unit was accepted, or the coordinator takes the case."""
    is_uninvolved: bool = False
    """The actor's unit and body had no part in the case."""
    purge_on: date | None = None
    is_held: bool = False
    """The law forbids to delete it now."""


class ReasonNeeded(DomainError):
    """The citizen is told why."""

    code = "required"
    field = "reason"
    template = N_("Say why: the citizen reads this reason.")


class OutcomeNeeded(DomainError):
    """An answer says what becomes of the complaint."""

    code = "required"
    field = "outcome"
    template = N_("Say what becomes of the complaint: {choices}.")


class AcknowledgedBefore(DomainError):
    """Once is enough."""

    code = "acknowledged-before"
    template = N_("This complaint was acknowledged already.")


class PausedBefore(DomainError):
    """The clock stops once."""

    code = "paused-before"
    template = N_(
        "The clock of this complaint was stopped once already. Write to the citizen without"
        " stopping it."
    )


class ExtendedBefore(DomainError):
    """More time is given once."""

    code = "extended-before"
    template = N_("The time for this complaint was extended once already.")


class NoExtension(DomainError):
    """The policy gives none."""

    code = "no-extension"
    template = N_("The time for complaints of this category is not extended.")


class TooLate(DomainError):
    """Lateness cannot be undone."""

    code = "too-late"
    template = N_("The date has passed: the clock cannot be stopped or put back any more.")


class StillWaiting(DomainError):
    """The citizen has time to reply."""

    code = "still-waiting"
    template = N_("The citizen still has time to reply.")


class LeadNeeded(DomainError):
    """In the sealed track two people answer."""

    code = "second-person-needed"
    template = N_("A lead who did not draft this answer must give it.")


class ReferralNeeded(DomainError):
    """Nobody takes a case from a unit."""

    code = "referral-needed"
    template = N_("Another unit gets a complaint only by accepting it.")


class ReopenedBefore(DomainError):
    """Once, then there is the appeal."""

    code = "reopened-before"
    template = N_("You have reopened this complaint once. You can appeal to another body.")


class ReopeningOver(DomainError):
    """The days for it have passed."""

    code = "reopening-over"
    template = N_("The time to reopen this complaint is over.")


class AppealOver(DomainError):
    """The days for it have passed."""

    code = "appeal-over"
    template = N_("The time to appeal is over.")


class NotLate(DomainError):
    """The body still has time."""

    code = "not-late"
    template = N_("The public body still has time to answer. You can appeal once the date passes.")


class NoAppealHere(DomainError):
    """Who withdrew a complaint, accepted the answer or has a decision is done."""

    code = "no-appeal-here"
    template = N_("This complaint is closed and cannot be appealed.")


class Involved(DomainError):
    """Nobody judges their own case."""

    code = "involved"
    template = N_("A body that had a part in this complaint does not decide on the appeal.")


class DuplicateOfItself(DomainError):
    """It points at another case."""

    code = "duplicate-of-itself"
    field = "duplicate_of"
    template = N_("Choose another complaint that this one repeats.")


class AppealOpen(DomainError):
    """The window for an appeal is still open."""

    code = "appeal-open"
    template = N_("The citizen can still appeal.")


class NotYetDue(DomainError):
    """It is kept until its day."""

    code = "not-due"
    template = N_("The day on which this complaint is deleted has not come.")


class LegalHold(DomainError):
    """A court or the law asks for it."""

    code = "legal-hold"
    template = N_("This complaint is kept by order of the law.")


def with_a_reason(_actor: Actor, facts: Facts) -> None:
    """Refuse silence on why."""
    if not facts.reason.strip():
        raise ReasonNeeded


def with_an_outcome(_actor: Actor, facts: Facts) -> None:
    """Refuse an answer that does not say what becomes of the complaint."""
    if facts.outcome not in ANSWERS:
        raise OutcomeNeeded(choices=", ".join(ANSWERS))


def once_acknowledged(_actor: Actor, facts: Facts) -> None:
    """Refuse a second acknowledgement."""
    if facts.dates.acknowledged_on:
        raise AcknowledgedBefore


def once_paused(_actor: Actor, facts: Facts) -> None:
    """Refuse to stop the clock a second time."""
    if facts.dates.paused_on:
        raise PausedBefore


def once_extended(_actor: Actor, facts: Facts) -> None:
    """Refuse a second extension, and one that the policy does not know."""
    if facts.dates.extended_on:
        raise ExtendedBefore
    if facts.extension_days <= 0:
        raise NoExtension


def before_the_date(_actor: Actor, facts: Facts) -> None:
    """Refuse to undo lateness."""
    if is_refused_by_silence(facts.dates, facts.deadlines, facts.today):
        raise TooLate


def after_the_wait(actor: Actor, facts: Facts) -> None:
    """Hold the system, but not the staff, to the days within which the citizen may reply."""
    if not actor.roles.isdisjoint(WORKERS):
        return
    until = facts.deadlines.wait_until
    if until is not None and facts.today <= until:
        raise StillWaiting


def by_a_second_person(actor: Actor, facts: Facts) -> None:
    """Refuse, in the sealed track, whoever drafted the answer, and who is no lead."""
    if not facts.needs_second_person:
        return
    if Role.LEAD not in actor.roles or actor.user_id in (None, facts.drafted_by):
        raise LeadNeeded


def by_a_referral(_actor: Actor, facts: Facts) -> None:
    """Refuse to take a case from the unit that has it."""
    if not facts.is_referred:
        raise ReferralNeeded


def once_reopened(_actor: Actor, facts: Facts) -> None:
    """Refuse a second reopening, and one after its days."""
    if facts.was_reopened:
        raise ReopenedBefore
    until = facts.deadlines.reopen_until
    if until is None or facts.today > until:
        raise ReopeningOver


def within_the_window(_actor: Actor, facts: Facts) -> None:
    """Refuse an appeal after its days."""
    until = facts.deadlines.appeal_until
    if until is None or facts.today > until:
        raise AppealOver


def against_a_duplicate(_actor: Actor, facts: Facts) -> None:
    """Refuse an appeal against any other closing than that as a duplicate."""
    if facts.standing is not Outcome.DUPLICATE:
        raise NoAppealHere


def when_late(_actor: Actor, facts: Facts) -> None:
    """Refuse an appeal against silence while the body has time."""
    if not is_refused_by_silence(facts.dates, facts.deadlines, facts.today):
        raise NotLate


def by_the_uninvolved(_actor: Actor, facts: Facts) -> None:
    """Refuse a body that had a part in the case."""
    if not facts.is_uninvolved:
        raise Involved


def of_another(_actor: Actor, facts: Facts) -> None:
    """Refuse a duplicate of nothing, or of itself."""
    if not facts.duplicate_of or facts.duplicate_of == facts.case_id:
        raise DuplicateOfItself


def after_the_window(_actor: Actor, facts: Facts) -> None:
    """Refuse to close what can still be appealed."""
    until = facts.deadlines.appeal_until
    if until is None or facts.today <= until:
        raise AppealOpen


def when_due(_actor: Actor, facts: Facts) -> None:
    """Refuse to delete before the day, and what the law holds."""
    if facts.is_held:
        raise LegalHold
    if facts.purge_on is None or facts.today < facts.purge_on:
        raise NotYetDue

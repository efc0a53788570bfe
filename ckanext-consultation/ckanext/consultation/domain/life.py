"""The life of a consultation: drafted by one person, approved by another, answered in the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ckanext.consultation.domain.schedule import (
    Phase,
    Window,
    check_extension,
    check_window,
)
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.lifecycle import Table, Transition
from ckanext.opengov.shared.domain.wording import N_


class State(StrEnum):
    """What was decided about a consultation; whether it is open, the clock says."""

    DRAFT = "draft"
    IN_REVIEW = "in-review"
    PUBLISHED = "published"
    RESULTS = "results"
    ARCHIVED = "archived"
    CANCELLED = "cancelled"


PUBLIC = frozenset({State.PUBLISHED, State.RESULTS, State.ARCHIVED, State.CANCELLED})


class Step(StrEnum):
    """What someone may do to a consultation."""

    EDIT = "edit"
    SUBMIT = "submit"
    RETURN = "return"
    PUBLISH = "publish"
    EXTEND = "extend"
    CANCEL = "cancel"
    GIVE_RESULTS = "give-results"
    ARCHIVE = "archive"


class Role(StrEnum):
    """What someone is to a consultation."""

    AUTHOR = "author"
    PUBLISHER = "publisher"
    MODERATOR = "moderator"
    ANALYST = "analyst"
    RESPONDER = "responder"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards look at."""

    now: datetime
    window: Window = field(default_factory=lambda: Window(None, None, None))
    least_days: int = 0
    """The country's least number of days for which people may take part."""
    barred: frozenset[str] = frozenset()
    """Whoever wrote in it or submitted it."""
    reason: str = ""
    closes_at: datetime | None = None
    """The new end, where it is put off."""
    answers: int = 0
    """Published replies, a reasoned refusal among them."""


class SecondPersonNeeded(DomainError):
    """Who wrote or submitted a consultation may not approve it."""

    code = "second-person-needed"
    template = N_("A consultation is approved by someone who neither wrote nor submitted it.")


class ReasonNeeded(DomainError):
    """People are told why."""

    code = "required"
    field = "reason"
    template = N_("Say why: the people concerned read this reason.")


class StillOpen(DomainError):
    """Results come when everyone has been heard."""

    code = "still-open"
    template = N_("Results are published once the consultation is closed.")


class NothingAnswered(DomainError):
    """The duty to respond is to the people, not to the form."""

    code = "nothing-answered"
    template = N_("Publish at least one reply, or a refusal with its reasons, before the results.")


class Frozen(DomainError):
    """People answered to what they read."""

    code = "frozen"
    template = N_(
        "This consultation was published: its title, its dates and its text stay as they are."
        " Put off its end, or publish a new version of the text."
    )


class UnderReview(DomainError):
    """What a reviewer looks at does not change under their eyes."""

    code = "under-review"
    template = N_("This consultation is under review. To change it, ask a reviewer to return it.")


def by_a_second_person(actor: Actor, facts: Facts) -> None:
    """Refuse the authors."""
    if actor.user_id in facts.barred:
        raise SecondPersonNeeded


def with_its_dates(_actor: Actor, facts: Facts) -> None:
    """Refuse dates that nobody could rely on."""
    check_window(facts.window, facts.now, facts.least_days)


def with_a_reason(_actor: Actor, facts: Facts) -> None:
    """Refuse silence."""
    if not facts.reason.strip():
        raise ReasonNeeded


def to_a_later_end(_actor: Actor, facts: Facts) -> None:
    """Refuse a sooner end, and one for what is over."""
    check_extension(facts.window, facts.closes_at, facts.now)


def when_closed(_actor: Actor, facts: Facts) -> None:
    """Refuse results while people may still be heard."""
    if facts.window.phase(facts.now) is not Phase.CLOSED:
        raise StillOpen


def with_an_answer(_actor: Actor, facts: Facts) -> None:
    """Refuse results that answer nobody."""
    if not facts.answers:
        raise NothingAnswered


AUTHORS, PUBLISHERS = frozenset({Role.AUTHOR}), frozenset({Role.PUBLISHER})

TRANSITIONS: Table[State, Step, Facts] = {
    (State.DRAFT, Step.EDIT): Transition(State.DRAFT, AUTHORS),
    (State.DRAFT, Step.SUBMIT): Transition(State.IN_REVIEW, AUTHORS, (with_its_dates,)),
    (State.DRAFT, Step.CANCEL): Transition(State.CANCELLED, AUTHORS, (with_a_reason,)),
    (State.IN_REVIEW, Step.RETURN): Transition(State.DRAFT, PUBLISHERS, (with_a_reason,)),
    (State.IN_REVIEW, Step.PUBLISH): Transition(
        State.PUBLISHED, PUBLISHERS, (by_a_second_person, with_its_dates)
    ),
    (State.IN_REVIEW, Step.CANCEL): Transition(State.CANCELLED, PUBLISHERS, (with_a_reason,)),
    (State.PUBLISHED, Step.EXTEND): Transition(State.PUBLISHED, PUBLISHERS, (to_a_later_end,)),
    (State.PUBLISHED, Step.CANCEL): Transition(State.CANCELLED, PUBLISHERS, (with_a_reason,)),
    (State.PUBLISHED, Step.GIVE_RESULTS): Transition(
        State.RESULTS, PUBLISHERS, (when_closed, with_an_answer)
    ),
    (State.RESULTS, Step.ARCHIVE): Transition(State.ARCHIVED, PUBLISHERS),
}


def check_editable(state: State) -> None:
    """Raise the error that says what to do instead, where a consultation is not edited now."""
    if state is State.IN_REVIEW:
        raise UnderReview
    if state is not State.DRAFT:
        raise Frozen

"""The life of a comment, from waiting to erased; and who sees what of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.lifecycle import Table, Transition
from ckanext.opengov.shared.domain.wording import N_


class State(StrEnum):
    """Where a comment stands."""

    PENDING = "pending"
    """Waits for a moderator."""
    PUBLISHED = "published"
    HIDDEN = "hidden"
    REJECTED = "rejected"
    """Never published."""
    WITHDRAWN = "withdrawn"
    ERASED = "erased"


class Step(StrEnum):
    """What someone may do to a comment."""

    EDIT = "edit"
    HOLD = "hold"
    """An edited comment waits again, where comments of its author are read first."""
    PUBLISH = "publish"
    REJECT = "reject"
    HIDE = "hide"
    RESTORE = "restore"
    KEEP = "keep"
    """It was reported, and it stays."""
    WITHDRAW = "withdraw"
    ERASE = "erase"


class Role(StrEnum):
    """What the actor is to the comment."""

    AUTHOR = "author"
    MODERATOR = "moderator"
    SYSTEM = "system"
    """The suite itself: what the mode of moderation publishes at once, erasures on request."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards look at."""

    now: datetime
    created: datetime
    is_open: bool
    """The consultation takes comments at this moment."""
    edit_minutes: int = 30
    """A setting of the consultation."""
    is_on_appeal: bool = False
    """Another moderator has just upheld the author's appeal."""


class ConsultationClosed(DomainError):
    """The time for comments has passed, or has not come."""

    code = "consultation-closed"
    template = N_("This consultation is not open, so this comment stays as it is.")


class TooLateToEdit(DomainError):
    """A comment that others have read for long does not change under them."""

    code = "too-late-to-edit"
    template = N_(
        "The time to change this comment is over. Minutes after it was sent: {minutes}."
        " Withdraw it and write a new one, or answer it yourself."
    )


class OwnComment(DomainError):
    """Nobody judges their own words."""

    code = "own-comment"
    template = N_("This is your own comment: another moderator decides on it.")


class OnlyOnAppeal(DomainError):
    """What was rejected comes back by an appeal alone."""

    code = "only-on-appeal"
    template = N_("A rejected comment is published only after an appeal by its author.")


def of_someone_else(actor: Actor, _facts: Facts) -> None:
    """Refuse moderators who wrote the comment."""
    if Role.AUTHOR in actor.roles:
        raise OwnComment


def while_open(_actor: Actor, facts: Facts) -> None:
    """Refuse what comes before the opening or after the closing."""
    if not facts.is_open:
        raise ConsultationClosed


def within_the_edit_window(_actor: Actor, facts: Facts) -> None:
    """Refuse changes to a comment that has stood for longer than the setting says."""
    if facts.now > facts.created + timedelta(minutes=facts.edit_minutes):
        raise TooLateToEdit(minutes=facts.edit_minutes)


def on_appeal(_actor: Actor, facts: Facts) -> None:
    """Refuse whatever is not the end of an appeal."""
    if not facts.is_on_appeal:
        raise OnlyOnAppeal


AUTHORS, MODERATORS = frozenset({Role.AUTHOR}), frozenset({Role.MODERATOR})
SYSTEM = frozenset({Role.SYSTEM})
EDITABLE = (while_open, within_the_edit_window)
ERASERS = frozenset({Role.AUTHOR, Role.SYSTEM})

TRANSITIONS: Table[State, Step, Facts] = {
    (State.PENDING, Step.EDIT): Transition(State.PENDING, AUTHORS, EDITABLE),
    (State.PUBLISHED, Step.EDIT): Transition(State.PUBLISHED, AUTHORS, EDITABLE),
    (State.PUBLISHED, Step.HOLD): Transition(State.PENDING, SYSTEM),
    (State.PENDING, Step.PUBLISH): Transition(State.PUBLISHED, MODERATORS, (of_someone_else,)),
    (State.PENDING, Step.REJECT): Transition(State.REJECTED, MODERATORS, (of_someone_else,)),
    (State.PUBLISHED, Step.HIDE): Transition(State.HIDDEN, MODERATORS, (of_someone_else,)),
    (State.PUBLISHED, Step.KEEP): Transition(State.PUBLISHED, MODERATORS, (of_someone_else,)),
    (State.HIDDEN, Step.RESTORE): Transition(State.PUBLISHED, MODERATORS, (of_someone_else,)),
    (State.REJECTED, Step.RESTORE): Transition(
        State.PUBLISHED, MODERATORS, (of_someone_else, on_appeal)
    ),
    (State.PENDING, Step.WITHDRAW): Transition(State.WITHDRAWN, AUTHORS, (while_open,)),
    (State.PUBLISHED, Step.WITHDRAW): Transition(State.WITHDRAWN, AUTHORS, (while_open,)),
    **{
        (state, Step.ERASE): Transition(State.ERASED, ERASERS)
        for state in State
        if state is not State.ERASED
    },
}


def erasable() -> frozenset[State]:
    """Return the states in which a comment is erased at its author's request."""
    return frozenset(state for state, step in TRANSITIONS if step is Step.ERASE)


def leaves_history(replies: int, votes: int) -> bool:
    """Tell whether an edit keeps the former words in sight: others answered or voted on them."""
    return replies + votes > 0


HELD = ("comments", "votes", "reports")
"""What is kept of a person who takes part: what they are handed on request."""


class Reader(StrEnum):
    """Who looks at a comment."""

    OUTSIDER = "outsider"
    AUTHOR = "author"
    MODERATOR = "moderator"


class View(StrEnum):
    """What a reader sees of a comment."""

    ABSENT = "absent"
    """Nothing, as if it did not exist; a stone where it was public once."""
    WHOLE = "whole"
    MARKED = "marked"
    """The words, and in what state they are: waiting, hidden or rejected, with the reason."""
    STONE = "stone"
    """The place, what became of the words and why; the answers stay."""
    EMPTIED = "emptied"
    """The place alone. To outsiders neither it nor a stone shows what never was public."""


VIEWS: Mapping[State, tuple[View, View, View]] = {
    # State: outsider, author, moderator
    State.PENDING: (View.ABSENT, View.MARKED, View.MARKED),
    State.PUBLISHED: (View.WHOLE, View.WHOLE, View.WHOLE),
    State.HIDDEN: (View.STONE, View.MARKED, View.MARKED),
    State.REJECTED: (View.ABSENT, View.MARKED, View.MARKED),
    State.WITHDRAWN: (View.STONE, View.STONE, View.STONE),
    State.ERASED: (View.EMPTIED, View.EMPTIED, View.EMPTIED),
}
"""What was taken back is read by nobody, moderators included. The body of a comment leaves the
action only under ``WHOLE`` and ``MARKED``."""
STONES: Mapping[State, str] = {
    State.PENDING: N_("This comment was changed and is being read again."),
    State.HIDDEN: N_("This comment was hidden."),
    State.REJECTED: N_("This comment was not published."),
    State.WITHDRAWN: N_("This comment was withdrawn by its author."),
    State.ERASED: N_("This comment was erased at its author's request."),
}
WITH_WORDS = frozenset({View.WHOLE, View.MARKED})


def view_of(state: State, reader: Reader, *, was_public: bool = False) -> View:
    """Return what the reader sees of a comment in this state.

    What was public once keeps its place: answers may hang on it, and others have its address.
    """
    view = VIEWS[state][list(Reader).index(reader)]
    if reader is not Reader.OUTSIDER or view is View.WHOLE:
        return view
    if not was_public:
        return View.ABSENT
    return View.STONE if view is View.ABSENT else view


def reader_of(actor: Actor) -> Reader:
    """Return as whom the actor reads: an author who moderates sees no more than an author."""
    if Role.AUTHOR in actor.roles:
        return Reader.AUTHOR
    return Reader.MODERATOR if Role.MODERATOR in actor.roles else Reader.OUTSIDER

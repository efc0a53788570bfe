"""What happens to a consultation that people may want to hear of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ckanext.consultation.domain.schedule import Phase, Window
from ckanext.opengov.shared.domain.wording import N_


class Kind(StrEnum):
    """What happened."""

    ANNOUNCED = "announced"
    OPENED = "opened"
    CLOSING = "closing"
    EXTENDED = "extended"
    VERSION = "version"
    CLOSED = "closed"
    REPLIED = "replied"
    OVERDUE = "overdue"
    RESULTS = "results"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Wording:
    """The words for one kind; ``{day}`` is the moment that it is about."""

    heading: str
    """Over several in one mail."""
    sentence: str
    todo: str = ""


SEE_RESULTS = N_("Read what it decided, and why.")
WORDING = {
    Kind.ANNOUNCED: Wording(
        N_("New consultations"),
        N_("A consultation is announced: {title}"),
        N_("It opens on {day}."),
    ),
    Kind.OPENED: Wording(
        N_("Consultations that opened"),
        N_("The consultation has opened: {title}"),
        N_("Say what you think until {day}."),
    ),
    Kind.CLOSING: Wording(
        N_("Consultations that close soon"),
        N_("The consultation closes on {day}: {title}"),
        N_("Until then you can write, answer and vote."),
    ),
    Kind.EXTENDED: Wording(
        N_("Consultations with more time"),
        N_("The end of the consultation was put off: {title}"),
        N_("Say what you think until {day}."),
    ),
    Kind.VERSION: Wording(
        N_("Consultations whose text has changed"),
        N_("The text has a new version: {title}"),
        N_("Look at what has changed."),
    ),
    Kind.CLOSED: Wording(
        N_("Consultations that are over"),
        N_("The consultation is closed: {title}"),
        N_("The body replies by {day}."),
    ),
    Kind.REPLIED: Wording(
        N_("Official replies"),
        N_("The public body replied: {title}"),
        SEE_RESULTS,
    ),
    Kind.OVERDUE: Wording(
        N_("Replies overdue"),
        N_("The promised reply is late: {title}"),
        N_("The body promised to reply by {day}, and has not."),
    ),
    Kind.RESULTS: Wording(
        N_("Results of consultations"),
        N_("The results are published: {title}"),
        SEE_RESULTS,
    ),
    Kind.CANCELLED: Wording(
        N_("Consultations that were cancelled"),
        N_("The consultation was cancelled: {title}"),
        N_("Its page says why."),
    ),
}


def day_of(kind: Kind, window: Window) -> datetime | None:
    """Return the moment that the words for a kind name."""
    if kind is Kind.ANNOUNCED:
        return window.opens_at
    if kind in (Kind.CLOSED, Kind.OVERDUE):
        return window.response_due_at
    return window.closes_at


CALLS = frozenset({Kind.OPENED, Kind.CLOSING, Kind.EXTENDED})
"""They call people to say something."""
PROMISES = frozenset({Kind.CLOSED, Kind.OVERDUE})
"""They wait for the answer."""


def still_says(kind: Kind, phase: Phase | None, *, is_answered: bool) -> bool:
    """Tell whether what is said beside what happened still holds.

    ``phase`` is None where the clock has no say any more: it was cancelled.
    """
    if kind is Kind.ANNOUNCED:
        return phase is Phase.SCHEDULED
    if kind in CALLS:
        return phase is Phase.OPEN
    return not is_answered if kind in PROMISES else True


DATED = {Kind.OPENED: "opens_at", Kind.CLOSING: "closes_at", Kind.OVERDUE: "response_due_at"}
"""What the clock brings about."""


def mark(moment: datetime) -> str:
    """Return what tells a date from another that it is put off to: its second."""
    return str(int(moment.timestamp()))


def due(window: Window, now: datetime, reminder: timedelta) -> Iterator[tuple[Kind, datetime]]:
    """Yield what the clock has brought about of which people are told now, and its moment."""
    opens, closes, answer = window.opens_at, window.closes_at, window.response_due_at
    if opens is None or closes is None or answer is None:
        return
    if opens <= now < closes:
        yield Kind.OPENED, opens
        # Not of one that opened just before: who was told that was told the end too.
        if opens < closes - reminder <= now:
            yield Kind.CLOSING, closes
    if answer <= now:
        yield Kind.OVERDUE, answer


def still_matters(kind: Kind, subject: str, window: Window, now: datetime) -> bool:
    """Tell whether people are still told of something in a consultation that goes on.

    The worker may be late: nobody is called to what is over, or reminded of a former date.
    """
    if kind in DATED:
        moment = getattr(window, DATED[kind])
        if moment is None or mark(moment) != subject:
            return False
    if kind in (Kind.OPENED, Kind.CLOSING, Kind.EXTENDED):
        return window.closes_at is not None and now < window.closes_at
    return True

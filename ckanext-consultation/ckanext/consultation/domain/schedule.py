"""When a consultation is open. The clock alone decides, at the moment of each write."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ckanext.opengov.shared.domain.errors import DomainError, Several
from ckanext.opengov.shared.domain.wording import N_


class Phase(StrEnum):
    """Where a published consultation stands by the clock."""

    SCHEDULED = "scheduled"
    OPEN = "open"
    CLOSED = "closed"


class NotBeforeItOpens(DomainError):
    """A consultation closes after it has opened."""

    code = "closes-before-it-opens"
    field = "closes_at"
    template = N_("The consultation must close after it opens.")


class OverBeforeItBegins(DomainError):
    """Nobody could take part."""

    code = "closes-in-the-past"
    field = "closes_at"
    template = N_("The consultation would be over before anyone could take part.")


class TooShort(DomainError):
    """The country asks for more days."""

    code = "too-short"
    field = "closes_at"
    template = N_("A consultation must stay open for at least {days} days.")


class AnswerBeforeItCloses(DomainError):
    """The body answers what was said until the end."""

    code = "answer-before-it-closes"
    field = "response_due_at"
    template = N_("The answer is due after the consultation closes.")


class DateMissing(DomainError):
    """Everyone is told from when to when, and when the answer comes."""

    code = "required"
    template = N_("Say when. People rely on this date.")


class NeverShortened(DomainError):
    """Who was told that there is time has that time."""

    code = "never-shortened"
    field = "closes_at"
    template = N_("The end of a consultation may be put off, never brought forward.")


class NotOpenYet(DomainError):
    """The consultation opens later."""

    code = "not-open-yet"
    template = N_("This consultation is not open yet.")


class Over(DomainError):
    """The consultation is closed."""

    code = "over"
    template = N_("This consultation is closed. What was said can still be read.")


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when people take part, and when the body answers; aware moments."""

    opens_at: datetime | None
    closes_at: datetime | None
    response_due_at: datetime | None

    def phase(self, now: datetime) -> Phase:
        """Return where a published consultation stands; at ``closes_at`` itself it is closed."""
        if self.opens_at is None or self.closes_at is None or now < self.opens_at:
            return Phase.SCHEDULED
        return Phase.OPEN if now < self.closes_at else Phase.CLOSED

    def next_change(self, now: datetime) -> datetime | None:
        """Return the next moment at which the clock opens, closes or finds an answer missing."""
        moments = (self.opens_at, self.closes_at, self.response_due_at)
        return min((each for each in moments if each and each > now), default=None)

    def later(self) -> datetime | None:
        """Return an end to which it could be put off; None: it has none yet."""
        return self.closes_at + timedelta(days=1) if self.closes_at else None

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether the body should have answered by now."""
        return self.response_due_at is not None and now >= self.response_due_at


def check_window(window: Window, now: datetime, least_days: int) -> None:
    """Refuse dates that a consultation cannot have, all at once.

    Raises:
        Several: what is wrong with them.
    """
    names = ("opens_at", "closes_at", "response_due_at")
    wrong: list[DomainError] = [
        DateMissing(field=name) for name in names if getattr(window, name) is None
    ]
    opens, closes, due = window.opens_at, window.closes_at, window.response_due_at
    if opens and closes and closes <= opens:
        wrong.append(NotBeforeItOpens())
    elif closes and closes <= now:
        wrong.append(OverBeforeItBegins())
    elif opens and closes and (closes - max(opens, now)).days < least_days:
        wrong.append(TooShort(days=least_days))
    if closes and due and due <= closes:
        wrong.append(AnswerBeforeItCloses())
    if wrong:
        raise Several(*wrong)


def check_extension(window: Window, closes_at: datetime | None, now: datetime) -> None:
    """Refuse an end that comes sooner, and one for what is over already."""
    if closes_at is None:
        raise DateMissing(field="closes_at")
    if window.phase(now) is Phase.CLOSED:
        raise Over
    if window.closes_at is None or closes_at <= window.closes_at:
        raise NeverShortened


def check_open(window: Window, now: datetime) -> None:
    """Refuse whoever takes part too early or too late."""
    phase = window.phase(now)
    if phase is Phase.SCHEDULED:
        raise NotOpenYet
    if phase is Phase.CLOSED:
        raise Over

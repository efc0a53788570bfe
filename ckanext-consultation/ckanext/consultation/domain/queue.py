"""The queue of moderators: why a comment waits there, and what they look at first."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime, timedelta
from enum import StrEnum

from ckanext.consultation.domain.moderation import Mode
from ckanext.consultation.domain.signals import PERSONAL, signals_in
from ckanext.opengov.shared.domain.wording import N_

TARGET_HOURS = 24
"""Within which a comment is read that nobody reported."""


class Cause(StrEnum):
    """Why a comment waits for a moderator."""

    NEW = "new"
    EDITED = "edited"
    REPORTED = "reported"
    TRAPPED = "trapped"
    """The trap of the form was filled."""
    REPEATED = "repeated"
    """The same participant has said it before, word for word."""
    PERSONAL = "personal"
    """It holds what may be someone's address, telephone or account."""
    NAME = "name"
    """The name of its author may deceive: letters that look like others, words of officials."""
    TAKEN_UP = "taken-up"
    """A moderator came upon it."""


CAUSES = {
    Cause.NEW: N_("New, and read before it is public"),
    Cause.EDITED: N_("Changed by its author, and read again"),
    Cause.REPORTED: N_("Reported by readers"),
    Cause.TRAPPED: N_("Perhaps sent by a program: a field that people do not see was filled in"),
    Cause.REPEATED: N_("This participant has sent the same words before"),
    Cause.PERSONAL: N_("May hold personal data: an address, a telephone number, an account"),
    Cause.NAME: N_("The author's name may deceive: letters that look alike, or words of officials"),
    Cause.TAKEN_UP: N_("Taken up by a moderator"),
}
HELD_ALWAYS = frozenset({Cause.TRAPPED, Cause.REPEATED, Cause.NAME})
HELD_IN_HYBRID = HELD_ALWAYS | {Cause.PERSONAL}


def suspicions(
    text: str, *, is_trapped: bool, is_repeated: bool, is_name_flagged: bool = False
) -> frozenset[Cause]:
    """Return what in a text, in its author's name and in how it was sent to look at."""
    found = {
        Cause.TRAPPED: is_trapped,
        Cause.REPEATED: is_repeated,
        Cause.NAME: is_name_flagged,
        Cause.PERSONAL: any(each.signal in PERSONAL for each in signals_in(text)),
    }
    return frozenset(cause for cause, is_so in found.items() if is_so)


def is_suspicious(causes: Set[Cause], mode: Mode) -> bool:
    """Tell whether a comment waits for them whoever wrote it."""
    return bool(causes & (HELD_IN_HYBRID if mode is Mode.HYBRID else HELD_ALWAYS))


def look_by(since: datetime, priority: float = 0) -> datetime:
    """Return by when a moderator should look: the order of the queue.

    ``priority`` is that of the reports. One of full weight halves the time; however many they
    are, what waits longer comes up some day.
    """
    return since + timedelta(hours=TARGET_HOURS) / (1 + priority)

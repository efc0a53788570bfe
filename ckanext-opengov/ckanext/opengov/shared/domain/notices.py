"""How often people are told by mail, and when a digest is due."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from enum import StrEnum

from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
_ARABIC_OR_HEBREW = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_LATIN_OR_DIGIT = re.compile("[0-9A-Za-z\u00c0-\u024f]")
FIRST_STRONG_ISOLATE, END_OF_ISOLATE = "\u2068", "\u2069"


class Frequency(StrEnum):
    """How often a person wants mail."""

    AT_ONCE = "at-once"
    DAILY = "daily"
    WEEKLY = "weekly"
    INBOX = "inbox"
    """No mail: the inbox alone."""


class Way(StrEnum):
    """How a message reaches its reader, besides the inbox."""

    MAIL = "mail"
    DIGEST = "digest"
    INBOX = "inbox"


class UnknownFrequency(DomainError):
    """Mail does not come so often."""

    code = "unknown-frequency"
    field = "frequency"
    template = N_("Choose how often you want mail: {choices}.")


class UnknownLanguage(DomainError):
    """The site does not speak this language."""

    code = "unknown-language"
    field = "language"
    template = N_("Choose one of the languages of this site: {choices}.")


def way(frequency: Frequency, *, is_urgent: bool) -> Way:
    """Return how a message goes. What is urgent goes at once, whatever the person chose."""
    if is_urgent or frequency is Frequency.AT_ONCE:
        return Way.MAIL
    return Way.INBOX if frequency is Frequency.INBOX else Way.DIGEST


def frequency_of(text: object) -> Frequency:
    """Return the frequency that this names.

    Raises:
        UnknownFrequency: it names none.
    """
    try:
        return Frequency(str(text))
    except ValueError as error:
        raise UnknownFrequency(choices=", ".join(Frequency)) from error


def last_digest(frequency: Frequency, now: datetime, hour: int) -> datetime:
    """Return when the newest digest was due: each day, or each Monday, at this hour.

    ``now`` is local; so is the answer. What was written before it and not sent is due.
    """
    due = datetime.combine(now.date(), time(hour), now.tzinfo)
    if due > now:
        due -= timedelta(days=1)
    if frequency is Frequency.WEEKLY:
        due -= timedelta(days=due.weekday())
    return due


def isolated(text: str, language: str) -> str:
    """Return a text so that it does not tear a sentence of this language apart.

    A title in Latin letters inside an Arabic sentence, or the reverse, would pull
    marks and digits beside it to the wrong side.
    """
    foreign = _LATIN_OR_DIGIT if language in RIGHT_TO_LEFT else _ARABIC_OR_HEBREW
    if foreign.search(text) is None:
        return text
    return f"{FIRST_STRONG_ISOLATE}{text}{END_OF_ISOLATE}"

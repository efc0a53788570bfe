"""What a text may give away about someone, marked for the moderator's eye.

A signal is a hint, never a decision: a date looks like a number, and a ministry has a telephone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import regex

LEAST_DIGITS, MOST_DIGITS = 8, 24
"""Of a telephone number in small countries; of a bank account."""
EMAIL = regex.compile(r"[\p{L}\p{N}._%+-]{1,64}+@(?:[\p{L}\p{N}-]{1,63}+\.){1,8}\p{L}{2,24}")
LINK = regex.compile(r"https?://[^\s<>()\[\]]{2,2000}+", regex.IGNORECASE)
NUMBER = regex.compile(
    r"(?<![\p{N}/.,:-])\+?\p{Nd}(?:[ .\u00a0\u202f-]?+\p{Nd}){6,40}+(?![\p{N}/:%])"
)
DATE = regex.compile(
    r"\p{Nd}{1,2}[-. ]\p{Nd}{1,2}[-. ]\p{Nd}{4}|\p{Nd}{4}[-. ]\p{Nd}{1,2}[-. ]\p{Nd}{1,2}"
)
AMOUNT = regex.compile(r"[1-9]\p{Nd}{0,2}(?:[ .\u00a0\u202f]\p{Nd}{3}){2,4}")
ROUND = regex.compile(r"[0\u0660]{3}$")
MONEY = regex.compile(r"\s*(?:DT|TND|€|\$|EUR|USD|dinars?|euros?|dollars?|دينار|مليم|د\.ت)")
"""A telephone number is grouped as an amount is: an amount is round, or says of what."""
YEARS = regex.compile(r"(?:1[89]|20)\p{Nd}{2}[- ](?:1[89]|20)\p{Nd}{2}")
HIDDEN_SIGN = regex.compile(r"[\p{L}\p{N}]")
MASK = "•"


class Signal(StrEnum):
    """What was found."""

    EMAIL = "email"
    NUMBER = "number"
    """Long enough for a telephone, an identity card or a bank account."""
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Found:
    """A signal and its place in the text."""

    signal: Signal
    start: int
    end: int


PERSONAL = frozenset({Signal.EMAIL, Signal.NUMBER})


def signals_in(text: str) -> list[Found]:
    """Return what the moderator should look at, in the order of the text, without overlaps."""
    found: list[Found] = []
    for each in sorted(_all(text), key=lambda one: (one.start, -one.end)):
        if not found or each.start >= found[-1].end:
            found.append(each)
    return found


def masked(text: str, places: Iterable[Found]) -> str:
    """Return the text with the letters and digits of these places covered."""
    for place in places:
        covered = HIDDEN_SIGN.sub(MASK, text[place.start : place.end])
        text = text[: place.start] + covered + text[place.end :]
    return text


def _all(text: str) -> Iterator[Found]:
    for signal, pattern in ((Signal.LINK, LINK), (Signal.EMAIL, EMAIL)):
        for match in pattern.finditer(text):
            yield Found(signal, match.start(), match.end())
    for match in NUMBER.finditer(text):
        digits = sum(sign.isdecimal() for sign in match[0])
        if LEAST_DIGITS <= digits <= MOST_DIGITS and not _is_harmless(match):
            yield Found(Signal.NUMBER, match.start(), match.end())


def _is_harmless(number: regex.Match[str]) -> bool:
    if DATE.fullmatch(number[0]) or YEARS.fullmatch(number[0]):
        return True
    is_money = ROUND.search(number[0]) or MONEY.match(number.string, number.end())
    return bool(AMOUNT.fullmatch(number[0]) and is_money)

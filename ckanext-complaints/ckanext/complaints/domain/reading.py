"""Reads what people type: texts, days, numbers, addresses; digits of any script.

Errors say what is asked for and never repeat what was typed: that may be a case's content.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal

from ckanext.opengov.shared.domain import characters
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.texts import NoText, TooLong
from ckanext.opengov.shared.domain.wording import N_

MOST_SENT = 10
"""Times the allowed length beyond which a text is not even looked at."""
FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2100, 12, 31)
MOST_DIGITS = 18
MOST_IN_ADDRESS = 254
"""Source: RFC 5321, 4.5.3.1.3: a path has 256 signs, its brackets included."""

YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)
DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", re.ASCII)
NUMBER = re.compile(rf"-?\d{{1,{MOST_DIGITS}}}(?:\.\d{{1,{MOST_DIGITS}}})?", re.ASCII)
THOUSANDS = re.compile("[\\s\u00a0\u202f\u066c'\u2019]")
ADDRESS = re.compile(
    r"[^\s@<>,;:\"()\[\]\\]{1,64}@(?:[^\s@<>,;:\"()\[\]\\.]{1,63}\.)+[^\s@.\d]{2,63}"
)
TELEPHONE = re.compile(r"\+?\d{8,15}", re.ASCII)
"""Source: ITU-T E.164: fifteen digits at most; eight are a number in Tunisia."""
BETWEEN_DIGITS = re.compile(r"[\s().\u00a0\u200e\u200f\u202f\u2010-\u2015-]")


class TextNeeded(DomainError):
    """There is nothing to read."""

    code = "required"
    template = N_("Write something here.")


class TextTooShort(DomainError):
    """Nobody could act on so few words."""

    code = "too-short"
    template = N_("Say a little more: at least {least} characters.")


class NoDay(DomainError):
    """No day can be read."""

    code = "no-day"
    template = N_("Write a day like 27/11/2026, or leave it out.")


class NoNumber(DomainError):
    """No number can be read."""

    code = "no-number"
    template = N_("Write a number, like 1250 or 12,5.")


class NoAddress(DomainError):
    """No mail would arrive."""

    code = "no-email"
    template = N_("Write an e-mail address like name@example.org.")


class NoTelephone(DomainError):
    """No message would arrive."""

    code = "no-phone"
    template = N_("Write a telephone number of 8 to 15 digits.")


def western(text: str) -> str:
    """Return the text with its digits as 0 to 9."""
    return "".join(str(unicodedata.decimal(sign, sign)) for sign in text)


def text_of(value: object, least: int, most: int, field: str) -> str:
    """Return a text as it is kept (``characters.cleaned``); none at all if ``least`` is 0.

    Lengths count characters as people see them.

    Raises:
        NoText, TextNeeded, TextTooShort, TooLong: see their wording.
    """
    if not isinstance(value, str):
        raise NoText(field=field)
    if len(value) > most * MOST_SENT:
        raise TooLong(field=field, most=most, count=len(value))
    kept = characters.cleaned(value).strip()
    if not characters.is_visible(kept):
        if least:
            raise TextNeeded(field=field)
        return ""
    count = characters.length_of(kept)
    if count < least:
        raise TextTooShort(field=field, least=least)
    if count > most:
        raise TooLong(field=field, most=most, count=count)
    return kept


def line_of(value: object, least: int, most: int, field: str) -> str:
    """Return a text of one line, as names and places are; see ``text_of``."""
    kept = text_of(value, least, most, field)
    return " ".join(characters.without_directions(kept).split())


def day_of(text: str, field: str) -> date:
    """Return a day: the year comes first or last.

    Raises:
        NoDay: there is no such day, or not in these centuries.
    """
    typed = western(characters.without_directions(text)).strip()
    if found := YEAR_FIRST.fullmatch(typed):
        year, month, day = map(int, found.groups())
    elif found := DAY_FIRST.fullmatch(typed):
        day, month, year = map(int, found.groups())
    else:
        raise NoDay(field=field)
    try:
        read = date(year, month, day)
    except ValueError:
        raise NoDay(field=field) from None
    if not FIRST_DAY <= read <= LAST_DAY:
        raise NoDay(field=field)
    return read


def number_of(text: str, field: str) -> Decimal:
    """Return a number: thousands may stand apart, the decimal sign is a comma or a point.

    Raises:
        NoNumber: none can be read.
    """
    typed = THOUSANDS.sub("", western(characters.without_directions(text)).strip())
    typed = typed.replace("\u066b", ".").replace("\u2212", "-")
    if "." not in typed:
        typed = typed.replace(",", ".")
    if NUMBER.fullmatch(typed) is None:
        raise NoNumber(field=field)
    return Decimal(typed)


def address_of(text: str, field: str) -> str:
    """Return a mail address.

    Raises:
        NoAddress: it is none.
    """
    typed = characters.without_directions(characters.cleaned(text)).strip()
    if len(typed) > MOST_IN_ADDRESS or ADDRESS.fullmatch(typed) is None:
        raise NoAddress(field=field)
    return typed


def telephone_of(text: str, field: str) -> str:
    """Return a telephone number, as digits with a plus sign at most.

    Raises:
        NoTelephone: it is none.
    """
    typed = BETWEEN_DIGITS.sub("", western(text[:MOST_IN_ADDRESS]))
    if TELEPHONE.fullmatch(typed) is None:
        raise NoTelephone(field=field)
    return typed

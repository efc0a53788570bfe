"""Dates and numbers as the reader's language writes them, always in the digits 0 to 9.

They stand in for CKAN's helpers of the same names, which know no variant of a language:
``ar`` is written as in the territory that ``ckanext.opengov.locale_variants`` names.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, get_decimal_symbol
from flask_babel import get_locale
from markupsafe import Markup

import ckan.plugins.toolkit as tk

from ckanext.opengov import config
from ckanext.opengov.shared.domain.wording import N_

BETWEEN_DATE_AND_TIME = {"ar": "، ", "fr": " à "}
NO_BREAK_SPACE = "\u00a0"
THOUSAND = 1000
TWO_DIGITS = 10
"""From here on a size needs no decimal."""

UNITS = (N_("{number} kB"), N_("{number} MB"), N_("{number} GB"), N_("{number} TB"))


def reader_locale() -> Locale:
    """Return the locale of the reader's language, or of the site's where nobody reads."""
    language = str(get_locale() or tk.config["ckan.locale_default"])
    return _locale(language, tuple(tk.config["ckanext.opengov.locale_variants"]))


@cache
def _locale(language: str, _variants: tuple[str, ...]) -> Locale:
    """Return a language's locale. A list of results asks for it at every date and number."""
    return config.locale_variants().get(language) or Locale.parse(language)


def _moment(value: object) -> datetime | None:
    """Return an aware time in the site's time zone; what has no zone is in UTC."""
    if isinstance(value, str):
        try:
            value = tk.h.date_str_to_datetime(value)
        except (TypeError, ValueError):
            return None
    if not isinstance(value, datetime):
        return None
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.astimezone(tk.h.get_display_timezone())


def render_datetime(
    datetime_: object,
    date_format: str | None = None,
    with_hours: bool = False,
    with_seconds: bool = False,
) -> str:
    """Return a day, or a time to the minute or second; nothing where it is none.

    ``date_format`` is Python's (``%Y``), and means the same in all languages.
    """
    moment = _moment(datetime_)
    if moment is None:
        return ""
    if date_format:
        return moment.strftime(date_format)
    locale = reader_locale()
    day = _long_day(moment.date(), locale)
    if not (with_hours or with_seconds):
        return day
    time = moment.strftime("%H:%M:%S" if with_seconds else "%H:%M")
    between = BETWEEN_DATE_AND_TIME.get(locale.language, ", ")
    return f"{day}{between}{time} ({offset_of(moment)})"


@lru_cache(maxsize=4096)
def _long_day(day: date, locale: Locale) -> str:
    """Return a day in words. What is listed together was mostly made within a few of them."""
    text: str = format_date(day, "long", locale=locale)
    if locale.language == "fr" and day.day == 1:
        # Of days the first alone is an ordinal.
        return text.replace("1 ", "1er ", 1)
    return text


def offset_of(moment: datetime) -> str:
    """Return the offset from UTC: names of zones are not known to everyone."""
    offset = moment.utcoffset() or timedelta()
    hours, minutes = divmod(int(abs(offset).total_seconds()) // 60, 60)
    sign = "-" if offset < timedelta() else "+"
    return "UTC" if not offset else f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")


def time_ago_from_timestamp(timestamp: object) -> str:
    """Return how long ago a time was."""
    moment = _moment(timestamp)
    return _from_now(moment) if moment else tk._("Unknown")


def _from_now(moment: datetime) -> str:
    distance = moment - datetime.now(UTC)
    if abs(distance) < timedelta(seconds=1):
        return tk._("Just now")
    return str(format_timedelta(distance, add_direction=True, locale=reader_locale()))


def localised_nice_date(
    datetime_: datetime,
    show_date: bool = False,
    with_hours: bool = False,
    with_seconds: bool = False,
    format: str | None = None,
) -> str:
    """Return a time, or how far it is from now; ``format`` is Babel's."""
    if not show_date:
        return time_ago_from_timestamp(datetime_)
    if format:
        return format_datetime(_moment(datetime_), format, locale=reader_locale())
    return render_datetime(datetime_, with_hours=with_hours, with_seconds=with_seconds)


def localised_number(number: float) -> str:
    """Return a number: thousands apart by a comma in English, else by a no-break space.

    An ordinary space would turn «1 248» around in Arabic.
    """
    if isinstance(number, int) and 0 <= number < THOUSAND:
        # As in every language; lists are full of them.
        return str(int(number))
    locale = reader_locale()
    text = format_decimal(number, locale="en")
    if locale.language == "en":
        return text
    whole, _point, part = text.replace(",", NO_BREAK_SPACE).partition(".")
    return whole + (get_decimal_symbol(locale, numbering_system="latn") + part if part else "")


def localised_SI_number(number: float) -> str:  # noqa: N802 - CKAN's name
    """Return the whole number: who counts datasets wants to know how many."""
    return localised_number(int(number))


def SI_number_span(number: float) -> Markup:  # noqa: N802 - CKAN's name
    """Return the whole number in an element of its own."""
    return Markup("<span>{}</span>").format(localised_SI_number(number))


def localised_filesize(number: float | str) -> str:
    """Return a size in bytes, or in the largest unit of which it has one."""
    size, power = float(number), 0
    while size >= THOUSAND and power < len(UNITS):
        size, power = size / THOUSAND, power + 1
    if not power:
        whole = int(size)
        return tk.ungettext("{number} byte", "{number} bytes", whole).format(
            number=localised_number(whole)
        )
    rounded = round(size, 1) if size < TWO_DIGITS else round(size)
    return tk._(UNITS[power - 1]).format(number=localised_number(rounded))


def format_resource_items(items: Iterable[tuple[str, Any]]) -> list[tuple[str, str]]:
    """Return what people may want to know of a file beyond its description, with a name for it.

    CKAN shows every key that it stores, as its code names it.
    """
    values = dict(items)
    found = []
    if str(values.get("size") or "").isdigit():
        found.append((tk._("File Size"), localised_filesize(values["size"])))
    if values.get("mimetype"):
        found.append((tk._("MIME Type"), values["mimetype"]))
    if values.get("sha256"):
        found.append((tk._("Fingerprint (SHA-256)"), values["sha256"]))
    return found

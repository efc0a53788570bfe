"""Writes calendars that people subscribe to.

Source: https://www.rfc-editor.org/rfc/rfc5545 (iCalendar), rfc7986 (its new properties)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from icalendar import Calendar, Event, Timezone, vDuration

PRODUCT = "-//opengov-suite//consultation//EN"
REFRESH = timedelta(hours=6)
"""How often programs should look again."""
FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
"""Breaks of lines, and what no text may hold (RFC 5545, 3.3.11): a title is one line."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """One date of a consultation."""

    uid: str
    """Stays, whatever else changes."""
    starts: datetime | date
    """A day as such, or an aware moment."""
    summary: str
    page: str
    sequence: int
    """Grows with each change, so that programs take the newer one."""
    created_at: datetime
    changed_at: datetime
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Diary:
    """What people subscribe to."""

    name: str
    language: str
    source: str
    """Its own address."""
    zone: tzinfo
    """The site's."""
    appointments: Sequence[Appointment] = ()


def ics(diary: Diary) -> bytes:
    """Return the calendar as a file."""
    calendar = Calendar()
    language = {"LANGUAGE": diary.language}
    name = one_line(diary.name)
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", name, parameters=language)
    calendar.add("x-wr-calname", name)
    calendar.add("source", diary.source, parameters={"VALUE": "URI"})
    calendar.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    for each in sorted(diary.appointments, key=lambda one: (_moment(one.starts), one.uid)):
        calendar.add_component(_event(each, diary.language))
    if not diary.appointments:
        # A calendar has at least one component (RFC 5545, 3.6).
        calendar.add_component(Timezone.from_tzinfo(diary.zone, last_date=date(2038, 1, 1)))
    written: bytes = calendar.to_ical()
    return written


def _event(appointment: Appointment, language: str) -> Event:
    event = Event()
    event.add("uid", appointment.uid)
    event.add("dtstamp", appointment.changed_at.astimezone(UTC))
    starts = appointment.starts
    event.add("dtstart", starts.astimezone(UTC) if isinstance(starts, datetime) else starts)
    event.add("summary", one_line(appointment.summary), parameters={"LANGUAGE": language})
    event.add("url", appointment.page)
    event.add("status", "CANCELLED" if appointment.is_cancelled else "CONFIRMED")
    event.add("sequence", appointment.sequence)
    event.add("created", appointment.created_at.astimezone(UTC))
    event.add("last-modified", appointment.changed_at.astimezone(UTC))
    # Nobody is busy because a consultation closes.
    event.add("transp", "TRANSPARENT")
    return event


def one_line(text: str) -> str:
    """Return a text without what would end its line in a file."""
    return FORBIDDEN.sub(" ", text).strip()


def _moment(starts: datetime | date) -> datetime:
    if isinstance(starts, datetime):
        return starts.astimezone(UTC)
    return datetime(starts.year, starts.month, starts.day, tzinfo=UTC)

"""Calendars as RFC 5545 wants them, whatever stands in a title."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from ckanext.consultation.domain.calendar import Appointment, Diary, ics

NOON = datetime(2026, 5, 4, 12, 30, tzinfo=ZoneInfo("Africa/Tunis"))
UID = "1-closes@example.org"


def appointment(**changed):
    values = {
        "uid": UID, "starts": NOON, "summary": "Closes: Bus", "page": "https://example.org/c/bus",
        "sequence": 2, "created_at": NOON, "changed_at": NOON,
    }  # fmt: skip
    return Appointment(**{**values, **changed})


def written(*appointments, name="Consultations"):
    return ics(
        Diary(name, "ar", "https://example.org/x.ics", ZoneInfo("Africa/Tunis"), appointments)
    )


def lines(text):
    """Return the lines as a program reads them: unfolded."""
    return text.decode().replace("\r\n ", "").split("\r\n")


def test_a_moment_is_in_utc_and_a_day_is_a_day():
    day = appointment(uid="2", starts=date(2026, 6, 1))

    found = lines(written(appointment(), day))

    assert "DTSTART:20260504T113000Z" in found
    assert "DTSTART;VALUE=DATE:20260601" in found
    assert found.index("DTSTART:20260504T113000Z") < found.index("DTSTART;VALUE=DATE:20260601")


def test_all_that_programs_need_to_see_a_change_is_there():
    found = lines(written(appointment(is_cancelled=True)))

    for line in (
        "SEQUENCE:2", "STATUS:CANCELLED", f"UID:{UID}", "LAST-MODIFIED:20260504T113000Z",
        "DTSTAMP:20260504T113000Z", "SUMMARY;LANGUAGE=ar:Closes: Bus", "VERSION:2.0",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H", "X-WR-CALNAME:Consultations", "CALSCALE:GREGORIAN",
        "NAME;LANGUAGE=ar:Consultations", "SOURCE;VALUE=URI:https://example.org/x.ics",
        "URL:https://example.org/c/bus", "TRANSP:TRANSPARENT",
    ):  # fmt: skip
        assert line in found
    assert sum(line.startswith("PRODID:") for line in found) == 1


@pytest.mark.parametrize(
    "title",
    [
        "Bus\r\nATTENDEE:mailto:a@example.org",
        "Bus\nEND:VEVENT\nBEGIN:VEVENT",
        "Bus\rX-A:1",
        "Bus\u2028X-A:1",
        "Bus\x85X-A:1",
        "Bus\x0bX-A:1",
        'Bus; trams, \\n and \\ more: "all"',
        "النقل العمومي " * 20,
        "🚌" * 60,
    ],
)
def test_a_title_stays_a_title(title):
    text = written(appointment(summary=title), name=title)

    [event] = Calendar.from_ical(text).walk("VEVENT")
    names = {line.partition(":")[0].partition(";")[0] for line in lines(text) if line}
    assert len(Calendar.from_ical(text).walk("VEVENT")) == 1
    assert names.isdisjoint({"ATTENDEE", "X-A"})
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))
    assert b"\r" not in text.replace(b"\r\n", b"")
    assert b"\n" not in text.replace(b"\r\n", b"")
    expected = title if title.isprintable() else None
    assert expected is None or str(event["summary"]) == title.strip()


def test_an_empty_calendar_is_one_too():
    found = Calendar.from_ical(written())

    assert [each.name for each in found.subcomponents] == ["VTIMEZONE"]

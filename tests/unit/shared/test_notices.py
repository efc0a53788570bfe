"""How a message goes, and when a digest is due."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from ckanext.opengov.shared.domain.notices import (
    Frequency,
    UnknownFrequency,
    Way,
    frequency_of,
    isolated,
    last_digest,
    way,
)

TUNIS = ZoneInfo("Africa/Tunis")
PARIS = ZoneInfo("Europe/Paris")
SEVEN = 7


@pytest.mark.parametrize(
    ("frequency", "expected"),
    [
        (Frequency.AT_ONCE, Way.MAIL),
        (Frequency.DAILY, Way.DIGEST),
        (Frequency.WEEKLY, Way.DIGEST),
        (Frequency.INBOX, Way.INBOX),
    ],
)
def test_a_message_goes_as_its_reader_wishes(frequency, expected):
    assert way(frequency, is_urgent=False) is expected


@pytest.mark.parametrize("frequency", Frequency)
def test_what_is_urgent_goes_at_once_whatever_the_reader_chose(frequency):
    assert way(frequency, is_urgent=True) is Way.MAIL


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2026, 11, 26, 6, 59, tzinfo=TUNIS), datetime(2026, 11, 25, 7, tzinfo=TUNIS)),
        (datetime(2026, 11, 26, 7, 0, tzinfo=TUNIS), datetime(2026, 11, 26, 7, tzinfo=TUNIS)),
        (datetime(2026, 11, 26, 23, 0, tzinfo=TUNIS), datetime(2026, 11, 26, 7, tzinfo=TUNIS)),
    ],
)
def test_a_daily_digest_is_due_from_its_hour_on(now, due):
    assert last_digest(Frequency.DAILY, now, SEVEN) == due


@pytest.mark.parametrize(
    ("now", "due"),
    [
        # 23 November 2026 is a Monday.
        (datetime(2026, 11, 23, 6, 59, tzinfo=TUNIS), datetime(2026, 11, 16, 7, tzinfo=TUNIS)),
        (datetime(2026, 11, 23, 7, 0, tzinfo=TUNIS), datetime(2026, 11, 23, 7, tzinfo=TUNIS)),
        (datetime(2026, 11, 29, 12, 0, tzinfo=TUNIS), datetime(2026, 11, 23, 7, tzinfo=TUNIS)),
    ],
)
def test_a_weekly_digest_is_due_on_monday(now, due):
    assert last_digest(Frequency.WEEKLY, now, SEVEN) == due


def test_the_hour_is_local_on_both_sides_of_a_change_of_the_clock():
    before = last_digest(Frequency.DAILY, datetime(2026, 10, 24, 8, tzinfo=PARIS), SEVEN)
    after = last_digest(Frequency.DAILY, datetime(2026, 10, 26, 8, tzinfo=PARIS), SEVEN)

    utc = ZoneInfo("UTC")
    assert (before.astimezone(utc).hour, after.astimezone(utc).hour) == (5, 6)


@pytest.mark.parametrize("text", ["", "hourly", None, 7])
def test_an_unknown_frequency_is_refused(text):
    with pytest.raises(UnknownFrequency):
        frequency_of(text)


@pytest.mark.parametrize(
    ("text", "language", "is_isolated"),
    [
        ("Rainfall 2026", "ar", True),
        ("كمّيات الأمطار", "ar", False),
        ("كمّيات الأمطار", "fr", True),
        ("Pluviométrie", "fr", False),
    ],
)
def test_a_title_of_the_other_direction_stands_apart(text, language, is_isolated):
    assert (isolated(text, language) != text) is is_isolated

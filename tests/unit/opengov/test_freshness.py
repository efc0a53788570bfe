"""When the next version of a dataset is due."""

from datetime import date

import pytest

from ckanext.opengov.domain.freshness import freshness

LAST = date(2026, 1, 31)


@pytest.mark.parametrize(
    ("frequency", "today", "days_late"),
    [
        ("DAILY", date(2026, 2, 1), 0),
        ("DAILY", date(2026, 2, 2), 1),
        ("MONTHLY", date(2026, 3, 3), 0),
        ("ANNUAL", date(2027, 2, 2), 1),
    ],
)
def test_data_is_late_once_its_period_has_passed(frequency, today, days_late):
    assert freshness(frequency, LAST, today).days_late == days_late


@pytest.mark.parametrize("frequency", ["", "IRREG", "NEVER", "UNKNOWN"])
def test_who_promised_nothing_is_never_late(frequency):
    found = freshness(frequency, LAST, date(2036, 1, 1))

    assert (found.due, found.days_late) == (None, 0)

"""Working days: weekends and holidays out, the first day not counted."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.complaints.domain.calendar import MOST_DAYS, Calendar, DayType, local_day

TUNIS = ZoneInfo("Africa/Tunis")
PLAIN = Calendar()
FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2026, 11, day) for day in (27, 28, 29, 30))
EID = Calendar(frozenset(date(2026, 5, day) for day in (27, 28)))
GULF = Calendar(weekend=frozenset({4, 5}))

DAYS = st.dates(date(2020, 1, 1), date(2060, 1, 1))
CALENDARS = st.builds(
    Calendar,
    st.frozensets(st.dates(date(2020, 1, 1), date(2062, 1, 1)), max_size=40),
    st.frozensets(st.integers(0, 6), max_size=6),
)


@pytest.mark.parametrize("number", range(7))
def test_saturday_and_sunday_are_no_working_days(number):
    day = MONDAY + timedelta(days=number)
    assert PLAIN.is_working(day) == (number < 5)


def test_a_country_has_the_weekend_that_it_has():
    assert not GULF.is_working(FRIDAY)
    assert GULF.is_working(SUNDAY)


def test_a_holiday_and_a_body_that_is_closed_are_no_working_days():
    market = EID.with_holidays([MONDAY])
    assert EID.is_working(MONDAY)
    assert not market.is_working(MONDAY)
    assert not market.is_working(date(2026, 5, 27))


def test_a_week_without_a_working_day_is_refused():
    with pytest.raises(ValueError, match="weekend"):
        Calendar(weekend=frozenset(range(7)))


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (FRIDAY, 1, MONDAY),
        (FRIDAY, 3, date(2026, 12, 2)),
        (SATURDAY, 1, MONDAY),
        (SUNDAY, 1, MONDAY),
        (FRIDAY, 0, FRIDAY),
        (SATURDAY, 0, MONDAY),
        (MONDAY, -1, FRIDAY),
        (SUNDAY, -1, FRIDAY),
        (SUNDAY, -2, date(2026, 11, 26)),
    ],
)
def test_the_first_day_is_day_zero_and_weekends_do_not_count(start, days, end):
    assert PLAIN.add_working_days(start, days) == end


def test_eid_does_not_count():
    assert EID.add_working_days(date(2026, 5, 26), 1) == date(2026, 5, 29)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (FRIDAY, 3, MONDAY),
        (FRIDAY, 1, MONDAY),
        (FRIDAY, 2, MONDAY),
        (date(2026, 4, 27), 30, date(2026, 5, 29)),
    ],
)
def test_a_period_that_ends_on_a_day_off_ends_on_the_next_working_day(start, days, end):
    assert EID.add_days(start, days) == end


@pytest.mark.parametrize("days", [MOST_DAYS + 1, -MOST_DAYS - 1])
@pytest.mark.parametrize("day_type", DayType)
def test_periods_of_decades_are_refused(days, day_type):
    with pytest.raises(ValueError, match="days"):
        PLAIN.add(FRIDAY, days, day_type)


@pytest.mark.parametrize(("day_type", "days"), [(DayType.CALENDAR, 5), (DayType.WORKING, 3)])
def test_days_between_are_counted_as_they_are_added(day_type, days):
    assert PLAIN.days_between(FRIDAY, date(2026, 12, 2), day_type) == days
    assert PLAIN.days_between(date(2026, 12, 2), FRIDAY, day_type) == 0


@given(CALENDARS, DAYS, st.integers(1, 60))
def test_a_period_of_working_days_has_that_many_of_them(calendar, start, days):
    end = calendar.add_working_days(start, days)

    assert calendar.is_working(end)
    assert calendar.days_between(start, end, DayType.WORKING) == days


@given(CALENDARS, DAYS, st.integers(0, 60), st.sampled_from(DayType))
def test_no_period_ends_on_a_day_off_or_too_soon(calendar, start, days, day_type):
    end = calendar.add(start, days, day_type)

    assert calendar.is_working(end)
    assert end >= start + timedelta(days=days)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 11, 27, 22, 59, 59, tzinfo=UTC), FRIDAY),
        (datetime(2026, 11, 27, 23, 0, tzinfo=UTC), SATURDAY),
    ],
)
def test_a_day_ends_at_local_midnight(now, day):
    assert local_day(now, TUNIS) == day


def test_a_moment_of_no_zone_belongs_to_no_day():
    with pytest.raises(ValueError, match="aware"):
        local_day(datetime(2026, 11, 27), TUNIS)  # noqa: DTZ001 - that is the point

"""The country's holidays: what rules say, and what the moon has still to say."""

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import ckanext.complaints
from ckanext.complaints.domain import holidays
from ckanext.complaints.domain.holidays import FIRST_YEAR, LAST_YEAR, holidays_of, rules_from

TABLE = Path(ckanext.complaints.__file__).parent / "data" / "holiday_rules.csv"
RULES = holidays.rules_in(TABLE)
ALWAYS = tuple(replace(rule, in_force_from=date.min) for rule in RULES)
ROW = {
    "key": "feast",
    "calendar": "fixed",
    "month_day": "12-31",
    "days": "2",
    "name_ar": "عيد",
    "name_fr": "Fête",
    "name_en": "Feast",
    "in_force_from": "2020-06-01",
    "source": "A decree",
}


def test_every_rule_has_three_names_and_a_source():
    assert len(RULES) == 12
    for rule in RULES:
        assert set(rule.names) == {"ar", "fr", "en"}
        assert all(rule.names.values())
        assert "2021-223" in rule.source


def test_a_year_has_its_fixed_days_and_expects_the_others():
    found = holidays_of(2027, RULES)
    fixed = {each.day for each in found if not each.is_expected}
    expected = {(each.key, each.day) for each in found if each.is_expected}

    assert {(day.month, day.day) for day in fixed} == {
        (1, 1), (3, 20), (4, 9), (5, 1), (7, 25), (8, 13), (10, 15), (12, 17),
    }  # fmt: skip
    assert ("eid-al-fitr", date(2027, 3, 9)) in expected
    assert Counter(key for key, _day in expected) == {
        "eid-al-fitr": 3,
        "eid-al-adha": 2,
        "hijri-new-year": 1,
        "mawlid": 1,
    }


def test_a_feast_of_the_moon_may_come_twice_in_a_year_of_the_sun():
    found = Counter(each.key for each in holidays_of(2033, RULES))
    assert found["eid-al-fitr"] == 6


@pytest.mark.parametrize("year", range(FIRST_YEAR, LAST_YEAR + 1))
def test_every_year_has_every_feast_in_order_and_in_itself(year):
    found = holidays_of(year, ALWAYS)

    assert [each.day for each in found] == sorted(each.day for each in found)
    assert {each.day.year for each in found} == {year}
    missing = {rule.key for rule in RULES} - {each.key for each in found}
    # A year of the moon is eleven days shorter, so none is skipped.
    assert not missing


def test_a_feast_over_new_year_has_a_day_in_each_year():
    rules = rules_from([ROW])
    assert [each.day for each in holidays_of(2021, rules)] == [date(2021, 1, 1), date(2021, 12, 31)]


def test_a_rule_counts_from_its_decree_on():
    assert [each.day for each in holidays_of(2020, rules_from([ROW]))] == [date(2020, 12, 31)]
    assert holidays_of(2019, rules_from([ROW])) == ()


@pytest.mark.parametrize("year", [FIRST_YEAR - 1, LAST_YEAR + 1, 0, 10**6])
def test_years_that_no_table_reaches_are_refused(year):
    with pytest.raises(holidays.YearOutOfRange):
        holidays_of(year, RULES)


@pytest.mark.parametrize("wrong", [{"calendar": "lunar"}, {"month_day": "x"}, {"days": ""}])
def test_a_table_that_cannot_be_read_is_refused(wrong):
    with pytest.raises(ValueError):  # noqa: PT011 - several
        rules_from([ROW | wrong])

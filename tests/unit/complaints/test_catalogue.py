"""What stewards may say of categories, policies, days and questions."""

from __future__ import annotations

from datetime import date

import pytest

from ckanext.complaints.domain.catalogue import (
    MOST_QUESTIONS,
    PERIODS,
    NotACode,
    NotADay,
    NotQuestions,
    read_category,
    read_code,
    read_day,
    read_holiday,
    read_policy,
    read_questions,
    read_year,
)
from ckanext.opengov.shared.domain.errors import Several
from ckanext.opengov.shared.domain.fields import OutOfRange

LANGUAGES = ("fr", "ar", "en")
LABEL = {"fr": "Routes"}
NUMBERS = {name: least for name, (least, _most) in PERIODS.items()}
POLICY = {**NUMBERS, "code": "standard", "day_type": "working", "label_translated": LABEL}


def wrong(several):
    return {error.field: error.code for error in several.value.errors}


@pytest.mark.parametrize("code", ["a1", "roads-transport", "x" * 60])
def test_a_code_is_taken(code):
    assert read_code(f" {code} ") == code


@pytest.mark.parametrize("code", ["", "a", "-ab", "Roads", "a b", "طرق", "x" * 61, "a_b", "a\nb"])
def test_what_is_no_code_is_refused(code):
    with pytest.raises(NotACode):
        read_code(code)


def test_a_day_is_read_as_it_is_written():
    assert read_day("2027-03-20") == read_day(date(2027, 3, 20)) == date(2027, 3, 20)


@pytest.mark.parametrize("day", ["", None, "20/03/2027", "2027-02-29", "1999-12-31", "2100-01-01"])
def test_what_is_no_day_is_refused(day):
    with pytest.raises(NotADay):
        read_day(day)


@pytest.mark.parametrize("year", ["", None, "1999", "2100", "MMXX", "20270"])
def test_what_is_no_year_is_refused(year):
    with pytest.raises(OutOfRange):
        read_year(year)


def test_a_policy_within_its_limits_is_taken():
    found = read_policy({**POLICY, "source": {"ack_days": " ISO ", "answer_days": ""}}, LANGUAGES)

    assert {name: found[name] for name in NUMBERS} == NUMBERS
    assert found["source"] == {"ack_days": "ISO"}
    assert found["active"] is True


@pytest.mark.parametrize("name", list(PERIODS))
def test_no_period_is_out_of_its_limits(name):
    least, most = PERIODS[name]
    for number in (least - 1, most + 1, "", None, "ten"):
        with pytest.raises(Several) as several:
            read_policy({**POLICY, name: number}, LANGUAGES)
        assert wrong(several) == {name: "out-of-range"}


def test_a_source_belongs_to_a_period():
    with pytest.raises(Several) as several:
        read_policy({**POLICY, "source": {"moon_days": "x"}}, LANGUAGES)
    assert wrong(several) == {"source": "unknown-choice"}


def test_all_that_is_wrong_with_a_category_is_said_at_once():
    given = {"label_translated": {}, "active": "perhaps", "position": "-1"}
    with pytest.raises(Several) as several:
        read_category(given, LANGUAGES)
    assert wrong(several) == {
        "label_translated": "required",
        "active": "not-true-or-false",
        "position": "out-of-range",
    }


def test_a_holiday_needs_a_day_and_a_name():
    with pytest.raises(Several) as several:
        read_holiday({}, LANGUAGES)
    assert set(wrong(several)) == {"day", "label_translated"}


QUESTION = {"id": "road", "kind": "text", "label": {"en": "Which road?"}}


def test_questions_are_a_list_of_such():
    assert read_questions([]) == []
    assert read_questions([QUESTION]) == [QUESTION]


@pytest.mark.parametrize(
    "questions",
    [None, {}, "[]", [None], [{"id": "road"}], [QUESTION] * 2, [QUESTION] * (MOST_QUESTIONS + 1)],
)
def test_what_are_no_questions_is_refused(questions):
    with pytest.raises(NotQuestions):
        read_questions(questions)

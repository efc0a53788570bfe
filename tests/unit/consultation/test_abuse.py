"""Form tokens, limits and the trap: ckanext.consultation.domain.form_tokens and .abuse."""

import dataclasses
import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.consultation.domain.abuse import LIMITS, Act, Whom, is_trapped
from ckanext.consultation.domain.form_tokens import (
    Form,
    FormNotOurs,
    FormTooOld,
    Purpose,
    SentTooFast,
    check,
    issued,
)

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
AMELS_FORM = Form(Purpose.COMMENT, "decree", "amel")
FORMS = [
    Form(purpose, consultation, user)
    for purpose, consultation, user in itertools.product(
        Purpose, ["decree", "budget", ""], ["amel", "sami", "", None]
    )
]
A_MINUTE, A_DAY = timedelta(minutes=1), timedelta(hours=24)
TOKEN = issued(KEY, AMELS_FORM, NOW)


@pytest.mark.parametrize("age", [timedelta(seconds=3), A_MINUTE, A_DAY])
def test_a_form_that_a_person_sends_passes(age):
    check(KEY, AMELS_FORM, TOKEN, NOW + age)


@pytest.mark.parametrize("age", [timedelta(0), timedelta(seconds=2.9), -timedelta(seconds=59)])
def test_a_form_that_is_sent_at_once_is_refused(age):
    with pytest.raises(SentTooFast):
        check(KEY, AMELS_FORM, TOKEN, NOW + age)


def test_a_form_that_is_a_day_old_is_refused():
    with pytest.raises(FormTooOld):
        check(KEY, AMELS_FORM, TOKEN, NOW + A_DAY + timedelta(seconds=1))


def test_a_form_of_the_future_is_refused():
    with pytest.raises(FormNotOurs):
        check(KEY, AMELS_FORM, TOKEN, NOW - timedelta(seconds=61))


def test_the_limits_of_time_are_settings():
    check(KEY, AMELS_FORM, TOKEN, NOW, least_seconds=0)
    with pytest.raises(FormTooOld):
        check(KEY, AMELS_FORM, TOKEN, NOW + timedelta(hours=2), most_hours=1)


@pytest.mark.parametrize("form", FORMS)
def test_a_token_opens_its_own_form_alone(form):
    token = issued(KEY, form, NOW)

    check(KEY, form, token, NOW + A_MINUTE)
    for other in FORMS:
        if other != form:
            with pytest.raises(FormNotOurs):
                check(KEY, other, token, NOW + A_MINUTE)


def test_parts_of_a_form_do_not_run_into_one_another():
    token = issued(KEY, Form(Purpose.VOTE, "ab", "c"), NOW)

    with pytest.raises(FormNotOurs):
        check(KEY, Form(Purpose.VOTE, "a", "bc"), token, NOW + A_MINUTE)


def test_a_token_of_another_key_is_refused():
    with pytest.raises(FormNotOurs):
        check(OTHER_KEY, AMELS_FORM, TOKEN, NOW + A_MINUTE)


@pytest.mark.parametrize("place", range(0, len(TOKEN), 3))
def test_a_changed_token_is_refused(place):
    other = "A" if TOKEN[place] != "A" else "B"

    with pytest.raises(FormNotOurs):
        check(KEY, AMELS_FORM, TOKEN[:place] + other + TOKEN[place + 1 :], NOW + A_MINUTE)


@given(st.text(max_size=80))
def test_whatever_is_no_token_is_refused(text):
    with pytest.raises(FormNotOurs):
        check(KEY, AMELS_FORM, text, NOW + A_MINUTE)


def test_each_token_is_another_and_names_nobody():
    assert issued(KEY, AMELS_FORM, NOW) != TOKEN
    assert "amel" not in TOKEN


@pytest.mark.parametrize("value", ["http://spam.example", "x", "0"])
def test_a_filled_trap_is_seen(value):
    assert is_trapped(value)


@pytest.mark.parametrize("value", [None, "", "  \t"])
def test_an_empty_trap_is_none(value):
    assert not is_trapped(value)


def test_every_act_has_limits_for_a_participant_and_a_network():
    assert set(LIMITS) == set(Act)
    for rows in LIMITS.values():
        assert [row.whom for row in rows][:2] == [Whom.PARTICIPANT, Whom.NETWORK]


@pytest.mark.parametrize("act", Act)
def test_a_shared_network_has_room_for_many_participants(act):
    narrow, *wide = LIMITS[act]

    assert all(row.most >= 25 * narrow.most and row.span == narrow.span for row in wide)


def test_each_limit_has_its_own_name():
    names = [row.name for rows in LIMITS.values() for row in rows]

    assert len(set(names)) == len(names)
    assert all(dataclasses.is_dataclass(row) for rows in LIMITS.values() for row in rows)

"""The deadlines of a case: what they are counted from, when they move, who is late."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.complaints.domain import clock
from ckanext.complaints.domain.calendar import Calendar, DayType
from ckanext.complaints.domain.clock import (
    DUTIES,
    PERIODS,
    Dates,
    Due,
    Move,
    Policy,
    Terms,
    check_policy,
    days_left,
    is_late,
    is_refused_by_silence,
    moved,
    pending,
    renewed,
)
from ckanext.opengov.shared.domain.errors import Several

TUNIS = ZoneInfo("Africa/Tunis")
DAY = timedelta(days=1)
FILED = date(2026, 11, 2)
"""A Monday."""
DUE = date(2026, 12, 2)
TERMS = Terms(Policy(), Calendar())
CASE = Dates(FILED)
TOLD = TERMS.deadlines(CASE)
WORKING = Terms(Policy(answer_days=20, day_type=DayType.WORKING), Calendar())


def closed_on(*days):
    return Terms(Policy(), Calendar(frozenset(days)))


def test_a_case_is_acknowledged_in_three_working_days_and_answered_in_thirty_days():
    assert (TOLD.ack_due, TOLD.answer_due) == (date(2026, 11, 5), DUE)
    assert TOLD.appeal_until is TOLD.reopen_until is TOLD.wait_until is TOLD.decision_due is None


def test_what_is_filed_on_a_friday_is_acknowledged_on_wednesday():
    assert TERMS.deadlines(Dates(date(2026, 11, 6))).ack_due == date(2026, 11, 11)


def test_an_answer_may_be_counted_in_working_days():
    assert WORKING.deadlines(CASE).answer_due == date(2026, 11, 30)


def test_eid_gives_the_body_its_days_back():
    eid = closed_on(date(2027, 3, 10), date(2027, 3, 11), date(2027, 3, 12))
    assert eid.deadlines(Dates(date(2027, 2, 8))).answer_due == date(2027, 3, 15)
    assert eid.deadlines(Dates(date(2027, 3, 9))).ack_due == date(2027, 3, 17)


def test_the_days_after_an_answer_are_the_citizens():
    answered = TERMS.deadlines(replace(CASE, answered_on=date(2026, 11, 20)))
    assert answered.reopen_until == date(2026, 12, 7)
    assert answered.appeal_until == date(2026, 12, 21)


def test_an_appeal_has_a_clock():
    assert TERMS.deadlines(replace(CASE, appealed_on=DUE)).decision_due == date(2027, 1, 1)


def test_an_extension_adds_its_days_once():
    assert TERMS.deadlines(replace(CASE, extended_on=date(2026, 11, 20))).answer_due == date(
        2026, 12, 17
    )


ASKED = date(2026, 11, 9)


@pytest.mark.parametrize(
    ("resumed_on", "due"),
    [
        (ASKED, DUE),
        (ASKED + DAY, DUE + DAY),
        (ASKED + 15 * DAY, date(2026, 12, 17)),
        (ASKED + 16 * DAY, date(2026, 12, 17)),
        (ASKED + 300 * DAY, date(2026, 12, 17)),
        (None, date(2026, 12, 17)),
    ],
)
def test_a_pause_moves_the_date_by_its_days_and_by_fifteen_at_most(resumed_on, due):
    dates = replace(CASE, paused_on=ASKED, resumed_on=resumed_on)
    assert TERMS.deadlines(dates).answer_due == due


def test_a_pause_of_working_days_counts_working_days():
    # Monday to the Monday after next: ten working days.
    dates = replace(CASE, paused_on=ASKED, resumed_on=ASKED + 14 * DAY)
    assert WORKING.deadlines(dates).answer_due == date(2026, 12, 14)


def test_the_citizen_is_waited_for_until_they_reply():
    assert TERMS.deadlines(replace(CASE, paused_on=ASKED)).wait_until == date(2026, 12, 9)
    replied = replace(CASE, paused_on=ASKED, resumed_on=ASKED + DAY)
    assert TERMS.deadlines(replied).wait_until is None


def test_work_that_is_taken_up_anew_has_days_and_never_fewer_than_before():
    soon = replace(CASE, reopened_on=date(2026, 11, 10))
    late = replace(CASE, reopened_on=date(2026, 11, 30))
    assert TERMS.deadlines(soon).answer_due == DUE
    assert TERMS.deadlines(late).answer_due == date(2026, 12, 15)


def test_an_extension_before_a_reopening_is_used_up():
    dates = replace(CASE, extended_on=date(2026, 11, 10), reopened_on=date(2026, 12, 14))
    assert TERMS.deadlines(dates).answer_due == date(2026, 12, 29)


def test_a_referral_is_decided_in_two_working_days():
    assert TERMS.referral_due(date(2026, 11, 6)) == date(2026, 11, 10)


@pytest.mark.parametrize(
    ("now", "late"),
    [
        (datetime(2026, 12, 2, 22, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 12, 2, 23, 0, tzinfo=UTC), True),
    ],
)
def test_who_is_late_is_late_from_local_midnight(now, late):
    assert is_late(DUE, now, TUNIS) is late
    assert not is_late(None, now, TUNIS)


def test_days_are_left_then_days_are_late():
    assert [days_left(DUE, day) for day in (DUE - DAY, DUE, DUE + DAY)] == [1, 0, -1]


@pytest.mark.parametrize(
    ("answered_on", "today", "refused"),
    [(None, DUE, False), (None, DUE + DAY, True), (DUE, DUE + DAY, False)],
)
def test_silence_past_the_date_is_a_refusal(answered_on, today, refused):
    assert is_refused_by_silence(replace(CASE, answered_on=answered_on), TOLD, today) is refused


# Corrections of the calendar.

BEFORE = date(2026, 11, 23)


def test_a_holiday_that_is_added_moves_an_open_date_and_tells_it():
    assert moved(TOLD, replace(CASE, acknowledged_on=FILED), closed_on(DUE), BEFORE) == (
        Move(Due.ANSWER, DUE, DUE + DAY),
    )


def test_a_holiday_that_turns_out_to_be_none_brings_the_date_forward():
    told = closed_on(DUE).deadlines(CASE)
    assert renewed(told, CASE, TERMS, BEFORE).answer_due == DUE


def test_nobody_becomes_late_on_a_day_on_which_they_had_time():
    told = closed_on(*(DUE + number * DAY for number in range(5))).deadlines(CASE)
    assert told.answer_due == date(2026, 12, 7)
    # It is Saturday: the next working day is the one that people were told.
    assert renewed(told, CASE, TERMS, date(2026, 12, 5)).answer_due == date(2026, 12, 7)
    assert renewed(told, CASE, TERMS, date(2026, 12, 4)).answer_due == date(2026, 12, 4)


@pytest.mark.parametrize("holiday", [DUE, DUE - 5 * DAY, DUE + DAY])
def test_a_date_that_has_passed_stays_whatever_is_entered_later(holiday):
    assert moved(TOLD, CASE, closed_on(holiday, FILED + DAY), DUE + DAY) == ()


@pytest.mark.parametrize("done", [{"answered_on": ASKED}, {"acknowledged_on": FILED}])
def test_a_duty_that_is_done_keeps_its_date(done):
    dates = replace(CASE, **done)
    now = renewed(TOLD, dates, closed_on(DUE, FILED + DAY), FILED)
    kept = {"answered_on": Due.ANSWER, "acknowledged_on": Due.ACKNOWLEDGEMENT}[next(iter(done))]
    assert now.of(kept) == TOLD.of(kept)


def test_the_citizens_own_days_become_more_and_never_fewer():
    dates = replace(CASE, acknowledged_on=FILED, answered_on=date(2026, 11, 20))
    told = closed_on(date(2026, 12, 21)).deadlines(dates)
    assert told.appeal_until == date(2026, 12, 22)

    assert renewed(told, dates, TERMS, DUE).appeal_until == date(2026, 12, 22)
    longer = closed_on(date(2026, 12, 21), date(2026, 12, 22))
    assert renewed(told, dates, longer, DUE).appeal_until == date(2026, 12, 23)
    # On the day itself a holiday that nobody foresaw still helps; weeks later it changes nothing.
    assert renewed(told, dates, longer, date(2026, 12, 23)).appeal_until == date(2026, 12, 23)
    assert renewed(told, dates, longer, date(2027, 1, 20)).appeal_until == date(2026, 12, 22)


def test_a_reply_brings_the_date_forward_again():
    asked = replace(CASE, paused_on=ASKED)
    told = renewed(TOLD, asked, TERMS, ASKED)
    assert told.answer_due == date(2026, 12, 17)
    replied = replace(asked, resumed_on=ASKED + 2 * DAY)
    assert renewed(told, replied, TERMS, ASKED + 2 * DAY).answer_due == DUE + 2 * DAY


def test_a_late_case_that_is_reopened_has_a_new_date():
    today = DUE + 20 * DAY
    reopened = replace(CASE, reopened_on=today)
    now = renewed(TOLD, reopened, TERMS, today)
    assert now.answer_due == date(2027, 1, 6)
    assert renewed(now, reopened, TERMS, today + DAY) == now


DAYS = st.dates(date(2026, 10, 1), date(2027, 4, 1))
HOLIDAYS = st.frozensets(DAYS, max_size=30)


@given(HOLIDAYS, HOLIDAYS, DAYS, st.none() | st.dates(FILED, date(2027, 1, 31)))
def test_no_correction_takes_a_date_from_the_citizen(old, new, today, answered_on):
    dates = replace(CASE, answered_on=answered_on)
    told, terms = closed_on(*old).deadlines(dates), closed_on(*new)

    now = renewed(told, dates, terms, today)

    for due in Due:
        before, after = told.of(due), now.of(due)
        if before is None:
            continue
        if due not in DUTIES:
            assert after >= before
        elif before < today:
            assert after == before
        else:
            assert after >= min(before, today)
    assert renewed(now, dates, terms, today) == now


@given(HOLIDAYS, HOLIDAYS, DAYS)
def test_who_was_refused_by_silence_stays_so(old, new, today):
    told = closed_on(*old).deadlines(CASE)
    was = is_refused_by_silence(CASE, told, today)

    assert is_refused_by_silence(CASE, renewed(told, CASE, closed_on(*new), today), today) == was


# What is to be done.


def test_what_is_done_is_pending_no_more():
    asked = replace(CASE, paused_on=ASKED)
    answered = replace(CASE, answered_on=ASKED)
    appealed = replace(CASE, appealed_on=DUE + DAY)

    def due_in(dates):
        return set(pending(dates, TERMS.deadlines(dates)))

    assert due_in(CASE) == {Due.ACKNOWLEDGEMENT, Due.ANSWER}
    assert due_in(replace(CASE, acknowledged_on=FILED)) == {Due.ANSWER}
    assert due_in(asked) == {Due.ACKNOWLEDGEMENT, Due.ANSWER, Due.REPLY}
    assert due_in(answered) == set()
    assert due_in(appealed) == {Due.DECISION}


# Policies.


def test_no_period_without_a_source_is_shown_as_law():
    policy = Policy()
    assert {name for name in PERIODS if policy.source_of(name)} == {"ack_days"}
    assert "not a law" in policy.source_of("ack_days")
    assert Policy(sources={"answer_days": ""}).source_of("answer_days") is None


def test_the_default_policy_is_one():
    assert check_policy(Policy()) == Policy()


@pytest.mark.parametrize("name", PERIODS)
@pytest.mark.parametrize("days", [-1, 3661, "3", 1.5, None, True])
def test_a_period_out_of_range_is_refused_at_its_field(name, days):
    with pytest.raises(Several) as caught:
        check_policy(replace(Policy(), **{name: days}))

    assert [(each.code, each.field) for each in caught.value.errors] == [
        ("period-out-of-range", name)
    ]


@pytest.mark.parametrize("name", PERIODS)
def test_only_extension_and_pause_may_be_left_out(name):
    policy = replace(Policy(), **{name: 0})
    if name in clock.MAY_BE_NONE:
        assert check_policy(policy) is policy
    else:
        with pytest.raises(Several):
            check_policy(policy)


def test_days_are_counted_in_one_of_two_ways():
    with pytest.raises(Several) as caught:
        check_policy(replace(Policy(), day_type="lunar"))

    assert [each.code for each in caught.value.errors] == ["unknown-day-type"]

"""The life of a complaint, by its table and by what stands in no row of it."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest

from ckanext.complaints.domain import life, life_guards
from ckanext.complaints.domain.calendar import Calendar
from ckanext.complaints.domain.clock import Dates, Policy, Terms
from ckanext.complaints.domain.life import Facts, Outcome, Role, State, Step
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import NotPermitted, StepNotAllowed
from ckanext.opengov.shared.domain.lifecycle import advance

TERMS = Terms(Policy(), Calendar())
DAY = timedelta(days=1)
FILED = date(2026, 11, 2)
ANSWERED = date(2026, 11, 20)
CASE = Dates(FILED)
WITH_ANSWER = Dates(FILED, answered_on=ANSWERED)
IN_TIME, LATE = date(2026, 11, 10), date(2026, 12, 3)
AFTER_THE_APPEAL = date(2026, 12, 22)
AFTER_THE_REOPENING = date(2026, 12, 8)
ALL = Actor("nour", frozenset(Role))

REASON = {"reason": "The meter was read twice."}
OUTCOME = {"outcome": Outcome.PARTLY_GRANTED, **REASON}
UNINVOLVED = {"is_uninvolved": True}
WINDOW = {"dates": WITH_ANSWER, "today": ANSWERED + DAY}
SILENCE = {"today": LATE}
REPEATED = {"duplicate_of": "other", **REASON}
REFERRED = {"is_referred": True}


def step(state, name, actor=ALL, **facts):
    dates = facts.pop("dates", CASE)
    facts = {"today": IN_TIME, "deadlines": TERMS.deadlines(dates), **facts}
    return advance(
        life.TRANSITIONS, state, name, actor, Facts(dates=dates, case_id="this", **facts)
    )


OPEN_ROWS = {
    row: leads
    for state in life.OPEN
    for row, leads in {
        (state, Step.APPEAL): (State.APPEALED, SILENCE, {Role.CITIZEN}),
        (state, Step.WITHDRAW): (State.CLOSED, {}, {Role.CITIZEN}),
        (state, Step.CLOSE_DUPLICATE): (State.CLOSED, REPEATED, {Role.LEAD}),
    }.items()
}
WORKERS = {Role.HANDLER, Role.LEAD}
FRONT = WORKERS | {Role.CLERK}
RECEIVERS = {Role.RECEIVER, Role.SYSTEM}
LEADS = {
    **OPEN_ROWS,
    (State.RECEIVED, Step.REGISTER): (State.REGISTERED, {}, {Role.SYSTEM, Role.LEAD}),
    (State.REGISTERED, Step.ACKNOWLEDGE): (State.REGISTERED, {}, FRONT),
    (State.REGISTERED, Step.TAKE): (State.IN_PROGRESS, {}, WORKERS),
    (State.REGISTERED, Step.ASSIGN): (State.IN_PROGRESS, {}, {Role.LEAD}),
    (State.REGISTERED, Step.EXTEND): (State.REGISTERED, REASON, {Role.LEAD}),
    (State.REGISTERED, Step.HAND_OVER): (State.REGISTERED, REFERRED, RECEIVERS),
    (State.IN_PROGRESS, Step.ACKNOWLEDGE): (State.IN_PROGRESS, {}, FRONT),
    (State.IN_PROGRESS, Step.TAKE): (State.IN_PROGRESS, {}, WORKERS),
    (State.IN_PROGRESS, Step.ASSIGN): (State.IN_PROGRESS, {}, {Role.LEAD}),
    (State.IN_PROGRESS, Step.ASK): (State.WAITING_CITIZEN, {}, WORKERS),
    (State.IN_PROGRESS, Step.EXTEND): (State.IN_PROGRESS, REASON, {Role.LEAD}),
    (State.IN_PROGRESS, Step.HAND_OVER): (State.REGISTERED, REFERRED, RECEIVERS),
    (State.IN_PROGRESS, Step.ANSWER): (State.ANSWERED, OUTCOME, WORKERS),
    (State.WAITING_CITIZEN, Step.REPLY): (State.IN_PROGRESS, {}, {Role.CITIZEN}),
    (State.WAITING_CITIZEN, Step.RESUME): (
        State.IN_PROGRESS,
        {"today": LATE + 30 * DAY},
        WORKERS | {Role.SYSTEM},
    ),
    (State.WAITING_CITIZEN, Step.ASSIGN): (State.WAITING_CITIZEN, {}, {Role.LEAD}),
    (State.WAITING_CITIZEN, Step.EXTEND): (State.WAITING_CITIZEN, REASON, {Role.LEAD}),
    (State.WAITING_CITIZEN, Step.HAND_OVER): (State.WAITING_CITIZEN, REFERRED, RECEIVERS),
    (State.ANSWERED, Step.ACCEPT): (State.CLOSED, WINDOW, {Role.CITIZEN}),
    (State.ANSWERED, Step.REOPEN): (State.IN_PROGRESS, WINDOW, {Role.CITIZEN}),
    (State.ANSWERED, Step.APPEAL): (State.APPEALED, WINDOW, {Role.CITIZEN}),
    (State.ANSWERED, Step.LAPSE): (
        State.CLOSED,
        {**WINDOW, "today": AFTER_THE_APPEAL},
        {Role.SYSTEM},
    ),
    (State.APPEALED, Step.DECIDE): (State.CLOSED, {**OUTCOME, **UNINVOLVED}, {Role.APPEALS}),
    (State.APPEALED, Step.REMAND): (State.IN_PROGRESS, {**REASON, **UNINVOLVED}, {Role.APPEALS}),
    (State.APPEALED, Step.WITHDRAW): (State.CLOSED, {}, {Role.CITIZEN}),
    (State.CLOSED, Step.APPEAL): (
        State.APPEALED,
        {**WINDOW, "standing": Outcome.DUPLICATE},
        {Role.CITIZEN},
    ),
    (State.CLOSED, Step.REOPEN): (State.IN_PROGRESS, REASON, {Role.SUPERVISOR}),
    (State.CLOSED, Step.PURGE): (State.PURGED, {"purge_on": IN_TIME}, {Role.SYSTEM}),
}
ROWS = sorted(LEADS)


@pytest.mark.parametrize(("state", "name"), list(product(State, Step)))
def test_every_step_leads_where_the_table_says_or_nowhere(state, name):
    if (state, name) in LEADS:
        after, facts, _who = LEADS[state, name]
        assert step(state, name, **facts) is after
    else:
        with pytest.raises(StepNotAllowed):
            step(state, name)


@pytest.mark.parametrize("row", ROWS, ids="-".join)
@pytest.mark.parametrize("role", Role)
def test_a_step_is_taken_by_those_roles_and_by_no_other(row, role):
    after, facts, who = LEADS[row]
    actor = Actor("nour", frozenset({role}))
    if role in who:
        assert step(*row, actor=actor, **facts) is after
    else:
        with pytest.raises(NotPermitted):
            step(*row, actor=actor, **facts)


def test_nothing_leads_out_of_what_is_purged():
    assert not [row for row in life.TRANSITIONS if row[0] is State.PURGED]


def test_nobody_but_citizen_and_system_ends_a_case_without_reasons():
    for (state, name), row in life.TRANSITIONS.items():
        if row.target is State.CLOSED and not row.roles <= {Role.CITIZEN, Role.SYSTEM}:
            _after, facts, _who = LEADS[state, name]
            with pytest.raises(life_guards.ReasonNeeded):
                step(state, name, **{**facts, "reason": " \n"})


@pytest.mark.parametrize(
    "row",
    [
        row
        for row in ROWS
        if row[1] in (Step.EXTEND, Step.ANSWER, Step.REMAND, Step.DECIDE, Step.CLOSE_DUPLICATE)
    ],
    ids="-".join,
)
def test_people_are_told_why(row):
    with pytest.raises(life_guards.ReasonNeeded):
        step(*row, **{**LEADS[row][1], "reason": ""})


@pytest.mark.parametrize("outcome", [None, Outcome.WITHDRAWN, Outcome.DUPLICATE])
@pytest.mark.parametrize("row", [(State.IN_PROGRESS, Step.ANSWER), (State.APPEALED, Step.DECIDE)])
def test_an_answer_says_what_becomes_of_the_complaint(row, outcome):
    with pytest.raises(life_guards.OutcomeNeeded):
        step(*row, **{**LEADS[row][1], "outcome": outcome})


def test_not_competent_is_no_outcome():
    assert set(life.OUTCOMES) == set(Outcome)
    assert not any("compet" in word for word in (*Outcome, *map(str.lower, life.OUTCOMES.values())))


def test_it_is_acknowledged_once():
    dates = replace(CASE, acknowledged_on=FILED)
    with pytest.raises(life_guards.AcknowledgedBefore):
        step(State.REGISTERED, Step.ACKNOWLEDGE, dates=dates)


def test_the_clock_stops_once():
    dates = replace(CASE, paused_on=FILED, resumed_on=FILED)
    with pytest.raises(life_guards.PausedBefore):
        step(State.IN_PROGRESS, Step.ASK, dates=dates)


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row[1] in (Step.ASK, Step.EXTEND)], ids="-".join
)
def test_neither_a_question_nor_an_extension_undoes_lateness(row):
    with pytest.raises(life_guards.TooLate):
        step(*row, **{**LEADS[row][1], "today": LATE})
    assert step(*row, **{**LEADS[row][1], "today": LATE - DAY})


def test_more_time_is_given_once():
    dates = replace(CASE, extended_on=FILED)
    with pytest.raises(life_guards.ExtendedBefore):
        step(State.IN_PROGRESS, Step.EXTEND, dates=dates, **REASON)


def test_a_policy_may_give_no_more_time():
    with pytest.raises(life_guards.NoExtension):
        step(State.IN_PROGRESS, Step.EXTEND, extension_days=0, **REASON)


@pytest.mark.parametrize(
    ("role", "today", "is_possible"),
    [
        (Role.SYSTEM, FILED + 30 * DAY, False),
        (Role.SYSTEM, FILED + 31 * DAY, True),
        (Role.HANDLER, FILED, True),
    ],
)
def test_work_goes_on_without_a_reply_after_thirty_days_or_when_staff_say_so(
    role, today, is_possible
):
    actor, dates = Actor("nour", frozenset({role})), replace(CASE, paused_on=FILED)
    if is_possible:
        assert step(State.WAITING_CITIZEN, Step.RESUME, actor, dates=dates, today=today)
    else:
        with pytest.raises(life_guards.StillWaiting):
            step(State.WAITING_CITIZEN, Step.RESUME, actor, dates=dates, today=today)


@pytest.mark.parametrize(
    ("user_id", "roles", "is_possible"),
    [
        ("nour", {Role.LEAD}, True),
        ("nour", {Role.LEAD, Role.HANDLER}, True),
        ("amel", {Role.LEAD}, False),
        ("nour", {Role.HANDLER}, False),
        (None, {Role.LEAD}, False),
    ],
)
def test_in_the_sealed_track_a_lead_answers_who_did_not_draft(user_id, roles, is_possible):
    actor = Actor(user_id, frozenset(roles))
    facts = {**OUTCOME, "needs_second_person": True, "drafted_by": "amel"}
    if is_possible:
        assert step(State.IN_PROGRESS, Step.ANSWER, actor, **facts) is State.ANSWERED
    else:
        with pytest.raises(life_guards.LeadNeeded):
            step(State.IN_PROGRESS, Step.ANSWER, actor, **facts)


@pytest.mark.parametrize("row", [row for row in ROWS if row[1] is Step.HAND_OVER], ids="-".join)
def test_no_case_changes_hands_without_a_referral(row):
    with pytest.raises(life_guards.ReferralNeeded):
        step(*row)


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"was_reopened": True}, life_guards.ReopenedBefore),
        ({"today": AFTER_THE_REOPENING}, life_guards.ReopeningOver),
        ({"dates": CASE}, life_guards.ReopeningOver),
    ],
)
def test_an_answer_is_sent_back_once_and_within_fifteen_days(facts, error):
    with pytest.raises(error):
        step(State.ANSWERED, Step.REOPEN, **{**WINDOW, **facts})
    assert step(State.ANSWERED, Step.REOPEN, **{**WINDOW, "today": AFTER_THE_REOPENING - DAY})


@pytest.mark.parametrize(
    ("today", "is_open"), [(AFTER_THE_APPEAL - DAY, True), (AFTER_THE_APPEAL, False)]
)
def test_an_answer_is_appealed_until_the_last_day_and_lapses_after_it(today, is_open):
    facts = {**WINDOW, "today": today}
    steps = {Step.APPEAL: life_guards.AppealOver, Step.LAPSE: life_guards.AppealOpen}
    for name, error in steps.items():
        if (name is Step.APPEAL) == is_open:
            assert step(State.ANSWERED, name, **facts)
        else:
            with pytest.raises(error):
                step(State.ANSWERED, name, **facts)


@pytest.mark.parametrize("state", sorted(life.OPEN))
def test_silence_is_appealed_from_the_day_after_and_without_end(state):
    with pytest.raises(life_guards.NotLate):
        step(state, Step.APPEAL, today=LATE - DAY)
    assert step(state, Step.APPEAL, today=LATE) is State.APPEALED
    assert step(state, Step.APPEAL, today=LATE + 3000 * DAY) is State.APPEALED


@pytest.mark.parametrize("standing", [each for each in Outcome if each is not Outcome.DUPLICATE])
def test_of_closed_cases_only_those_called_duplicates_are_appealed(standing):
    with pytest.raises(life_guards.NoAppealHere):
        step(State.CLOSED, Step.APPEAL, **WINDOW, standing=standing)


@pytest.mark.parametrize("name", [Step.DECIDE, Step.REMAND])
def test_nobody_decides_on_an_appeal_against_themselves(name):
    with pytest.raises(life_guards.Involved):
        step(State.APPEALED, name, **OUTCOME)


@pytest.mark.parametrize("other", ["", "this"])
def test_a_duplicate_is_one_of_another_case(other):
    with pytest.raises(life_guards.DuplicateOfItself):
        step(State.REGISTERED, Step.CLOSE_DUPLICATE, **REASON, duplicate_of=other)


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"purge_on": None}, life_guards.NotYetDue),
        ({"purge_on": IN_TIME + DAY}, life_guards.NotYetDue),
        ({"purge_on": IN_TIME, "is_held": True}, life_guards.LegalHold),
    ],
)
def test_what_the_law_holds_is_not_deleted(facts, error):
    with pytest.raises(error):
        step(State.CLOSED, Step.PURGE, **facts)


@pytest.mark.parametrize("row", ROWS, ids="-".join)
def test_a_case_has_an_outcome_once_it_has_ended_and_not_before(row):
    after, facts, _who = LEADS[row]
    facts = {"standing": Outcome.GRANTED, "today": IN_TIME, "dates": CASE, **facts}
    dates = facts.pop("dates")
    found = life.outcome_after(
        row[1], Facts(dates=dates, deadlines=TERMS.deadlines(dates), **facts)
    )

    assert life.is_coherent(after, found)


@pytest.mark.parametrize(("state", "outcome"), list(product(State, [None, *Outcome])))
def test_no_open_case_has_an_outcome(state, outcome):
    has_ended = state in {State.CLOSED, State.PURGED}
    assert life.is_coherent(state, outcome) == (has_ended == (outcome is not None))


def test_reasons_stay_out_of_what_is_logged():
    facts = Facts(IN_TIME, CASE, TERMS.deadlines(CASE), reason="Rim, 12 rue de Rome")
    assert "Rome" not in repr(facts)

"""The life of a consultation, by its table; and the clock that opens and closes it."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from ckanext.consultation.domain import life, schedule
from ckanext.consultation.domain.life import PUBLISHERS, Facts, Role, State, Step
from ckanext.consultation.domain.schedule import Phase, Window
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError, NotPermitted, Several, StepNotAllowed
from ckanext.opengov.shared.domain.lifecycle import advance

NOW = datetime(2026, 5, 4, 8, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
DAY = timedelta(days=1)
AHEAD = Window(NOW + DAY, NOW + 31 * DAY, NOW + 60 * DAY)
OPEN = Window(NOW - DAY, NOW + DAY, NOW + 60 * DAY)
CLOSED = Window(NOW - 2 * DAY, NOW - DAY, NOW + 60 * DAY)
ALL = Actor("nour", frozenset(Role))


def step(state, name, actor=ALL, **facts):
    return advance(life.TRANSITIONS, state, name, actor, Facts(**{"now": NOW, **facts}))


LEADS = {
    (State.DRAFT, Step.EDIT): (State.DRAFT, {}),
    (State.DRAFT, Step.SUBMIT): (State.IN_REVIEW, {"window": AHEAD}),
    (State.DRAFT, Step.CANCEL): (State.CANCELLED, {"reason": "Not needed."}),
    (State.IN_REVIEW, Step.RETURN): (State.DRAFT, {"reason": "The dates."}),
    (State.IN_REVIEW, Step.PUBLISH): (State.PUBLISHED, {"window": AHEAD}),
    (State.IN_REVIEW, Step.CANCEL): (State.CANCELLED, {"reason": "Not needed."}),
    (State.PUBLISHED, Step.EXTEND): (
        State.PUBLISHED,
        {"window": OPEN, "closes_at": NOW + 2 * DAY},
    ),
    (State.PUBLISHED, Step.CANCEL): (State.CANCELLED, {"reason": "The draft is void."}),
    (State.PUBLISHED, Step.GIVE_RESULTS): (State.RESULTS, {"window": CLOSED, "answers": 1}),
    (State.RESULTS, Step.ARCHIVE): (State.ARCHIVED, {}),
}


@pytest.mark.parametrize(("state", "name"), list(product(State, Step)))
def test_every_step_leads_where_the_table_says_or_nowhere(state, name):
    if (state, name) in LEADS:
        after, facts = LEADS[state, name]
        assert step(state, name, **facts) is after
    else:
        with pytest.raises(StepNotAllowed):
            step(state, name)


@pytest.mark.parametrize("key", LEADS, ids="-".join)
def test_who_has_no_role_takes_no_step(key):
    with pytest.raises(NotPermitted):
        step(*key, actor=Actor("amel", frozenset({Role.MODERATOR})))


def test_who_wrote_it_does_not_approve_it():
    with pytest.raises(life.SecondPersonNeeded):
        step(State.IN_REVIEW, Step.PUBLISH, window=AHEAD, barred=frozenset({"nour"}))


@pytest.mark.parametrize("key", [key for key in LEADS if key[1] in (Step.CANCEL, Step.RETURN)])
@pytest.mark.parametrize("reason", ["", " \n"])
def test_people_are_told_why(key, reason):
    with pytest.raises(life.ReasonNeeded):
        step(*key, actor=Actor("sami", PUBLISHERS | {Role.AUTHOR}), reason=reason)


@pytest.mark.parametrize(
    ("window", "codes"),
    [
        (Window(None, None, None), {"opens_at", "closes_at", "response_due_at"}),
        (Window(NOW + DAY, NOW + DAY, NOW + 9 * DAY), {"closes-before-it-opens"}),
        (Window(NOW - 9 * DAY, NOW, NOW + 9 * DAY), {"closes-in-the-past"}),
        (Window(NOW, NOW + 14 * DAY, NOW + 30 * DAY), {"too-short"}),
        (Window(NOW, NOW + 15 * DAY, NOW + 15 * DAY), {"answer-before-it-closes"}),
        # What has passed already does not count.
        (Window(NOW - 9 * DAY, NOW + 14 * DAY, NOW + 30 * DAY), {"too-short"}),
    ],
)
def test_dates_on_which_nobody_could_rely_are_refused_all_at_once(window, codes):
    with pytest.raises(Several) as caught:
        schedule.check_window(window, NOW, least_days=15)

    assert {e.field if e.code == "required" else e.code for e in caught.value.errors} == codes


@pytest.mark.parametrize(
    ("now", "phase"),
    [
        (OPEN.opens_at - INSTANT, Phase.SCHEDULED),
        (OPEN.opens_at, Phase.OPEN),
        (OPEN.closes_at - INSTANT, Phase.OPEN),
        (OPEN.closes_at, Phase.CLOSED),
    ],
)
def test_it_opens_and_closes_to_the_instant(now, phase):
    assert OPEN.phase(now) is phase
    if phase is Phase.OPEN:
        schedule.check_open(OPEN, now)
    else:
        with pytest.raises(DomainError):
            schedule.check_open(OPEN, now)


@pytest.mark.parametrize(
    ("window", "closes_at", "error"),
    [
        (OPEN, OPEN.closes_at - INSTANT, schedule.NeverShortened),
        (OPEN, OPEN.closes_at, schedule.NeverShortened),
        (OPEN, None, schedule.DateMissing),
        (CLOSED, NOW + DAY, schedule.Over),
    ],
)
def test_the_end_is_put_off_and_never_brought_forward(window, closes_at, error):
    with pytest.raises(error):
        step(State.PUBLISHED, Step.EXTEND, window=window, closes_at=closes_at)


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"window": OPEN, "answers": 1}, life.StillOpen),
        ({"window": CLOSED, "answers": 0}, life.NothingAnswered),
    ],
)
def test_results_come_after_the_end_and_with_an_answer(facts, error):
    with pytest.raises(error):
        step(State.PUBLISHED, Step.GIVE_RESULTS, **facts)


@pytest.mark.parametrize("state", State)
def test_only_a_draft_is_edited(state):
    if state is State.DRAFT:
        life.check_editable(state)
    else:
        with pytest.raises(life.UnderReview if state is State.IN_REVIEW else life.Frozen):
            life.check_editable(state)

"""The life of a comment, and who sees what of it: ckanext.consultation.domain.comments."""

import dataclasses
import itertools
from datetime import UTC, datetime, timedelta

import pytest

from ckanext.consultation.domain.comments import (
    STONES,
    TRANSITIONS,
    VIEWS,
    WITH_WORDS,
    ConsultationClosed,
    Facts,
    OnlyOnAppeal,
    OwnComment,
    Reader,
    Role,
    State,
    Step,
    TooLateToEdit,
    View,
    leaves_history,
    reader_of,
    view_of,
)
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError, NotPermitted, StepNotAllowed
from ckanext.opengov.shared.domain.lifecycle import advance

SENT = datetime(2026, 11, 24, 10, tzinfo=UTC)
OPEN = Facts(now=SENT + timedelta(minutes=5), created=SENT, is_open=True)
AMEL = Actor("amel", frozenset({Role.AUTHOR}))
SAMI = Actor("sami", frozenset({Role.MODERATOR}))
SUITE = Actor(None, frozenset({Role.SYSTEM}))
WRITING_MODERATOR = Actor("nour", frozenset({Role.AUTHOR, Role.MODERATOR}))
OUTSIDER = Actor("outsider", frozenset())
EVERYONE = Actor("all", frozenset(Role))
ACTORS = {Role.AUTHOR: AMEL, Role.MODERATOR: SAMI, Role.SYSTEM: SUITE}
GAPS = sorted(set(itertools.product(State, Step)) - set(TRANSITIONS))


def with_facts(**changes):
    return dataclasses.replace(OPEN, **changes)


@pytest.mark.parametrize(("state", "step"), GAPS)
def test_a_step_outside_the_table_is_refused(state, step):
    with pytest.raises(StepNotAllowed):
        advance(TRANSITIONS, state, step, EVERYONE, OPEN)


@pytest.mark.parametrize(
    ("state", "step", "role"),
    [
        (*start, role)
        for start, row in TRANSITIONS.items()
        for role in (None, *Role)
        if role not in row.roles
    ],
)
def test_whom_a_row_does_not_name_is_refused(state, step, role):
    with pytest.raises(NotPermitted):
        advance(TRANSITIONS, state, step, ACTORS.get(role, OUTSIDER), OPEN)


@pytest.mark.parametrize(
    ("state", "step", "actor", "target"),
    [
        (State.PENDING, Step.PUBLISH, SAMI, State.PUBLISHED),
        (State.PENDING, Step.REJECT, SAMI, State.REJECTED),
        (State.PUBLISHED, Step.HIDE, SAMI, State.HIDDEN),
        (State.PUBLISHED, Step.KEEP, SAMI, State.PUBLISHED),
        (State.HIDDEN, Step.RESTORE, SAMI, State.PUBLISHED),
        (State.PUBLISHED, Step.HOLD, SUITE, State.PENDING),
        (State.PENDING, Step.EDIT, AMEL, State.PENDING),
        (State.PUBLISHED, Step.EDIT, AMEL, State.PUBLISHED),
        (State.PENDING, Step.WITHDRAW, AMEL, State.WITHDRAWN),
        (State.PUBLISHED, Step.WITHDRAW, AMEL, State.WITHDRAWN),
    ],
)
def test_the_ways_of_a_comment(state, step, actor, target):
    assert advance(TRANSITIONS, state, step, actor, OPEN) is target


@pytest.mark.parametrize("actor", [AMEL, SUITE])
@pytest.mark.parametrize("state", set(State) - {State.ERASED})
def test_every_comment_can_be_erased_for_good_at_any_time(state, actor):
    late = with_facts(is_open=False, now=SENT + timedelta(days=4_000))

    assert advance(TRANSITIONS, state, Step.ERASE, actor, late) is State.ERASED
    assert [start for start in TRANSITIONS if start[0] is State.ERASED] == []


@pytest.mark.parametrize(
    ("state", "step"),
    [start for start, row in TRANSITIONS.items() if row.roles == {Role.MODERATOR}],
)
def test_nobody_decides_on_their_own_comment(state, step):
    with pytest.raises(OwnComment):
        advance(TRANSITIONS, state, step, WRITING_MODERATOR, with_facts(is_on_appeal=True))


@pytest.mark.parametrize("step", [Step.EDIT, Step.WITHDRAW])
@pytest.mark.parametrize("state", [State.PENDING, State.PUBLISHED])
def test_authors_change_and_withdraw_while_the_consultation_is_open(state, step):
    with pytest.raises(ConsultationClosed):
        advance(TRANSITIONS, state, step, AMEL, with_facts(is_open=False))


@pytest.mark.parametrize("step", [Step.PUBLISH, Step.REJECT])
def test_moderators_go_on_after_the_closing(step):
    advance(TRANSITIONS, State.PENDING, step, SAMI, with_facts(is_open=False))


def test_a_comment_changes_until_the_last_moment_of_the_window():
    last = with_facts(now=SENT + timedelta(minutes=30))
    late = with_facts(now=SENT + timedelta(minutes=30, microseconds=1))

    assert advance(TRANSITIONS, State.PUBLISHED, Step.EDIT, AMEL, last) is State.PUBLISHED
    with pytest.raises(TooLateToEdit):
        advance(TRANSITIONS, State.PUBLISHED, Step.EDIT, AMEL, late)


def test_the_window_is_a_setting():
    facts = with_facts(now=SENT + timedelta(hours=2), edit_minutes=120)

    assert advance(TRANSITIONS, State.PUBLISHED, Step.EDIT, AMEL, facts) is State.PUBLISHED


def test_a_rejected_comment_comes_back_on_appeal_alone():
    upheld = with_facts(is_on_appeal=True)

    assert advance(TRANSITIONS, State.REJECTED, Step.RESTORE, SAMI, upheld) is State.PUBLISHED
    with pytest.raises(OnlyOnAppeal):
        advance(TRANSITIONS, State.REJECTED, Step.RESTORE, SAMI, OPEN)


def test_reports_alone_hide_nothing():
    steps = {step for (_state, step), row in TRANSITIONS.items() if Role.SYSTEM in row.roles}

    assert steps == {Step.HOLD, Step.ERASE}


@pytest.mark.parametrize(
    ("replies", "votes", "history"), [(0, 0, False), (1, 0, True), (0, 1, True)]
)
def test_what_others_answered_or_voted_on_keeps_its_former_words(replies, votes, history):
    assert leaves_history(replies, votes) is history


def test_every_state_has_a_view_for_every_reader():
    assert set(VIEWS) == set(State)
    assert {len(views) for views in VIEWS.values()} == {len(Reader)}


@pytest.mark.parametrize("state", set(State) - {State.PUBLISHED})
@pytest.mark.parametrize("was_public", [True, False])
def test_outsiders_read_published_words_alone(state, was_public):
    assert view_of(state, Reader.OUTSIDER, was_public=was_public) not in WITH_WORDS


@pytest.mark.parametrize("reader", Reader)
@pytest.mark.parametrize("state", [State.WITHDRAWN, State.ERASED])
def test_nobody_reads_what_was_taken_back(state, reader):
    assert view_of(state, reader) not in WITH_WORDS


@pytest.mark.parametrize("state", [State.PENDING, State.HIDDEN, State.REJECTED])
@pytest.mark.parametrize("reader", [Reader.AUTHOR, Reader.MODERATOR])
def test_authors_and_moderators_read_what_waits_or_was_hidden(state, reader):
    assert view_of(state, reader) is View.MARKED


@pytest.mark.parametrize("state", [State.PENDING, State.REJECTED])
def test_what_was_public_leaves_a_stone(state):
    assert view_of(state, Reader.OUTSIDER, was_public=True) is View.STONE


@pytest.mark.parametrize("state", set(State) - {State.PUBLISHED})
def test_what_never_was_public_is_not_there_for_others(state):
    assert view_of(state, Reader.OUTSIDER) is View.ABSENT


def test_every_stone_has_a_sentence():
    may_be_stones = {
        state
        for state, reader in itertools.product(State, Reader)
        if view_of(state, reader, was_public=True) in (View.STONE, View.EMPTIED)
    }

    assert may_be_stones == set(STONES)


def test_a_moderator_reads_their_own_comment_as_its_author():
    assert reader_of(WRITING_MODERATOR) is Reader.AUTHOR
    assert reader_of(SAMI) is Reader.MODERATOR
    assert reader_of(OUTSIDER) is Reader.OUTSIDER
    assert reader_of(SUITE) is Reader.OUTSIDER


def test_every_error_speaks():
    for error in (ConsultationClosed, OnlyOnAppeal, OwnComment):
        assert issubclass(error, DomainError)
        assert error.template

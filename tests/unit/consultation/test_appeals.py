"""Appeals against decisions: ckanext.consultation.domain.appeals."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from ckanext.consultation.domain import comments
from ckanext.consultation.domain.appeals import (
    TRANSITIONS,
    AppealedAlready,
    AppealTooLate,
    Judged,
    NothingToAppeal,
    OwnAppeal,
    OwnDecision,
    State,
    Step,
    checked_appeal,
)
from ckanext.consultation.domain.comment_text import TextRequired, TextTooLong
from ckanext.consultation.domain.comments import Role
from ckanext.consultation.domain.moderation import AGAINST, DECISIONS
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import NotPermitted, StepNotAllowed
from ckanext.opengov.shared.domain.lifecycle import advance

DECIDED = datetime(2026, 11, 10, 9, tzinfo=UTC)
NOW = DECIDED + timedelta(days=3)
HIDDEN = Judged(comments.Step.HIDE, "sami", DECIDED)
AMEL = Actor("amel", frozenset({Role.AUTHOR}))
SAMI = Actor("sami", frozenset({Role.MODERATOR}))
NOUR = Actor("nour", frozenset({Role.MODERATOR}))
WRITING_MODERATOR = Actor("amel", frozenset({Role.AUTHOR, Role.MODERATOR}))
TEXT = "Je n'ai nommé personne."


def test_authors_appeal_against_what_went_against_them():
    assert checked_appeal(AMEL, HIDDEN, f"{TEXT}  \n", NOW, has_appealed=False) == TEXT


def test_nobody_appeals_for_someone_else():
    for actor in (SAMI, NOUR, Actor(None, frozenset())):
        with pytest.raises(NotPermitted):
            checked_appeal(actor, HIDDEN, TEXT, NOW, has_appealed=False)


@pytest.mark.parametrize("decision", set(DECISIONS) - AGAINST)
def test_what_went_for_them_is_not_appealed(decision):
    with pytest.raises(NothingToAppeal):
        checked_appeal(AMEL, Judged(decision, "sami", DECIDED), TEXT, NOW, has_appealed=False)


def test_a_decision_is_appealed_once():
    with pytest.raises(AppealedAlready):
        checked_appeal(AMEL, HIDDEN, TEXT, NOW, has_appealed=True)


def test_an_appeal_comes_in_time():
    last = DECIDED + timedelta(days=5)

    assert checked_appeal(AMEL, HIDDEN, TEXT, last, has_appealed=False, days=5)
    with pytest.raises(AppealTooLate):
        checked_appeal(AMEL, HIDDEN, TEXT, last + timedelta(seconds=1), has_appealed=False, days=5)


@pytest.mark.parametrize(("text", "error"), [(" ", TextRequired), ("a" * 2_001, TextTooLong)])
def test_an_appeal_says_why(text, error):
    with pytest.raises(error) as refused:
        checked_appeal(AMEL, HIDDEN, text, NOW, has_appealed=False)
    assert refused.value.field == "text"


@pytest.mark.parametrize(
    ("step", "state"), [(Step.UPHOLD, State.UPHELD), (Step.OVERTURN, State.OVERTURNED)]
)
def test_another_moderator_decides(step, state):
    assert advance(TRANSITIONS, State.OPEN, step, NOUR, HIDDEN) is state


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize(
    ("actor", "error"),
    [
        (SAMI, OwnDecision),
        (WRITING_MODERATOR, OwnAppeal),
        (Actor(None, frozenset({Role.MODERATOR})), OwnDecision),
        (AMEL, NotPermitted),
    ],
)
def test_neither_who_decided_nor_who_appeals_decides_on_it(step, actor, error):
    with pytest.raises(error):
        advance(TRANSITIONS, State.OPEN, step, actor, HIDDEN)


@pytest.mark.parametrize(
    ("state", "step"), sorted(set(itertools.product(State, Step)) - set(TRANSITIONS))
)
def test_a_decided_appeal_stays_decided(state, step):
    with pytest.raises(StepNotAllowed):
        advance(TRANSITIONS, state, step, NOUR, HIDDEN)

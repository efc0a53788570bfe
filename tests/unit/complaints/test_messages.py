"""What is written in a case: by whom, in which states, who reads it."""

from itertools import product

import pytest

from ckanext.complaints.domain.life import TRANSITIONS, Role, State, Step
from ckanext.complaints.domain.messages import (
    RULES,
    Kind,
    NoWritingNow,
    Reader,
    check_may_write,
    message_text,
)
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError, NotPermitted
from ckanext.opengov.shared.domain.texts import TooLong


def actor(role):
    return Actor("nour", frozenset({role}))


@pytest.mark.parametrize(("kind", "role", "state"), list(product(Kind, Role, State)))
def test_each_kind_is_written_by_its_roles_in_its_states_and_not_otherwise(kind, role, state):
    rule = RULES[kind]
    if role not in rule.roles:
        with pytest.raises(NotPermitted):
            check_may_write(kind, actor(role), state)
    elif state not in rule.states:
        with pytest.raises(NoWritingNow):
            check_may_write(kind, actor(role), state)
    else:
        assert check_may_write(kind, actor(role), state) is rule


def test_nothing_is_written_in_a_case_that_is_purged():
    assert not [kind for kind, rule in RULES.items() if State.PURGED in rule.states]


def test_the_citizen_reads_all_but_what_staff_write_to_each_other():
    unread = {kind: rule.reader for kind, rule in RULES.items() if rule.reader is not Reader.TALK}
    assert unread == {Kind.NOTE: Reader.STAFF, Kind.REFERRAL: Reader.UNITS}


def test_the_citizen_writes_no_text_of_staff_and_no_supervisor_writes_at_all():
    by_citizen = {kind for kind, rule in RULES.items() if Role.CITIZEN in rule.roles}
    assert by_citizen == {Kind.COMPLAINT, Kind.REPLY, Kind.APPEAL}
    assert not [rule for rule in RULES.values() if Role.SUPERVISOR in rule.roles]


WORDS_OF = {
    Step.ASK: Kind.QUESTION,
    Step.EXTEND: Kind.EXTENSION,
    Step.ANSWER: Kind.ANSWER,
    Step.APPEAL: Kind.APPEAL,
    Step.DECIDE: Kind.DECISION,
    Step.REMAND: Kind.DECISION,
    Step.REPLY: Kind.REPLY,
}


@pytest.mark.parametrize("step", WORDS_OF)
def test_whoever_may_take_a_step_may_write_its_words(step):
    rule = RULES[WORDS_OF[step]]
    for (state, name), row in TRANSITIONS.items():
        if name is step:
            assert state in rule.states
            assert row.roles <= rule.roles


@pytest.mark.parametrize("kind", Kind)
def test_texts_are_cleaned_and_have_their_lengths(kind):
    rule = RULES[kind]
    assert message_text(kind, " Read\u202e the meter\0. ") == "Read the meter."
    assert message_text(kind, "x" * rule.most) == "x" * rule.most
    with pytest.raises(TooLong):
        message_text(kind, "x" * (rule.most + 1))


def test_an_appeal_needs_no_words_and_all_else_does():
    assert message_text(Kind.APPEAL, " ") == ""
    for kind in set(Kind) - {Kind.APPEAL}:
        with pytest.raises(DomainError, match="required"):
            message_text(kind, " \u200b")

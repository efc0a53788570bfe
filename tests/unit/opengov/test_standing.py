"""The rules of ckanext.opengov.domain.standing."""

import dataclasses
import itertools
from datetime import date, timedelta

import pytest

from ckanext.opengov.domain import standing
from ckanext.opengov.domain.publication import ReasonNeeded, Role
from ckanext.opengov.domain.standing import (
    OPERATOR,
    SUITE,
    TRANSITIONS,
    End,
    Facts,
    Mode,
    State,
    Step,
)
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import NotPermitted, StepNotAllowed
from ckanext.opengov.shared.domain.lifecycle import advance

TODAY = date(2026, 5, 4)
READY = Facts(
    today=TODAY,
    barred=frozenset({"amel"}),
    reason="Why not?",
    until=TODAY + timedelta(days=30),
    mode=Mode.UPSERT,
    wanted=Mode.UPSERT,
    rows=10,
    rows_today=90,
    most_rows=10,
    most_rows_a_day=100,
)
ROLES = {Role.AUTHOR, Role.REVIEWER, OPERATOR, SUITE}
EVERYONE = Actor("all", frozenset(ROLES))
AMEL = Actor("amel", frozenset({Role.AUTHOR, Role.REVIEWER}))
GAPS = sorted(set(itertools.product(State, Step)) - set(TRANSITIONS))


def with_facts(**changes):
    return dataclasses.replace(READY, **changes)


@pytest.mark.parametrize("start", list(TRANSITIONS))
def test_each_step_of_the_table_leads_where_it_says(start):
    assert advance(TRANSITIONS, *start, EVERYONE, READY) is TRANSITIONS[start].target


@pytest.mark.parametrize("start", GAPS)
def test_a_step_outside_the_table_is_refused(start):
    with pytest.raises(StepNotAllowed):
        advance(TRANSITIONS, *start, EVERYONE, READY)


@pytest.mark.parametrize("start", list(TRANSITIONS))
def test_nobody_else_may_take_a_step(start):
    others = Actor("nour", frozenset(ROLES - TRANSITIONS[start].roles))
    with pytest.raises(NotPermitted):
        advance(TRANSITIONS, *start, others, READY)


def test_nobody_gives_what_they_asked_for_unless_they_are_alone():
    with pytest.raises(standing.AnotherPersonNeeded):
        advance(TRANSITIONS, State.REQUESTED, Step.GRANT, AMEL, READY)
    alone = with_facts(one_person_body=True)
    assert advance(TRANSITIONS, State.REQUESTED, Step.GRANT, AMEL, alone) is State.GRANTED


@pytest.mark.parametrize("days", [0, 1, 365])
def test_it_is_given_for_a_year_at_most(days):
    facts = with_facts(until=TODAY + timedelta(days=days))
    assert advance(TRANSITIONS, State.REQUESTED, Step.GRANT, EVERYONE, facts) is State.GRANTED


@pytest.mark.parametrize("until", [None, TODAY - timedelta(days=1), TODAY + timedelta(days=366)])
def test_no_other_day_is_taken(until):
    with pytest.raises(standing.WrongDay):
        advance(TRANSITIONS, State.REQUESTED, Step.GRANT, EVERYONE, with_facts(until=until))


@pytest.mark.parametrize(
    "start", [key for key in TRANSITIONS if key[1] in (Step.DECLINE, Step.END)]
)
def test_whoever_declines_or_ends_says_why(start):
    with pytest.raises(ReasonNeeded):
        advance(TRANSITIONS, *start, EVERYONE, with_facts(reason=" "))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"until": TODAY - timedelta(days=1)}, standing.Expired),
        ({"mode": Mode.APPEND}, standing.OnlyAppends),
        ({"rows": 11}, standing.TooManyRows),
        ({"rows": 0}, standing.TooManyRows),
        ({"rows_today": 91}, standing.DayIsFull),
    ],
)
def test_it_is_used_as_was_approved(changes, error):
    with pytest.raises(error):
        advance(TRANSITIONS, State.GRANTED, Step.USE, AMEL, with_facts(**changes))


def test_appending_is_part_of_replacing():
    facts = with_facts(wanted=Mode.APPEND)
    assert advance(TRANSITIONS, State.GRANTED, Step.USE, AMEL, facts) is State.GRANTED


FIELDS = [{"name": "a"}, {"name": "b"}]


@pytest.mark.parametrize(
    ("schema", "mode", "error"),
    [
        (None, Mode.APPEND, standing.NotFitting),
        ({"fields": FIELDS}, Mode.UPSERT, standing.KeyNeeded),
        ({"fields": FIELDS, "foreignKeys": [{}]}, Mode.APPEND, standing.ForeignKeys),
    ],
)
def test_some_schemas_take_no_rows(schema, mode, error):
    with pytest.raises(error):
        standing.check_terms(schema, mode)


def test_a_key_is_one_name_or_several():
    standing.check_terms({"fields": FIELDS, "primaryKey": "a"}, Mode.UPSERT)
    assert standing.key_of({"primaryKey": "a"}) == ["a"]
    assert standing.key_of({"primaryKey": ["a", "b"]}) == ["a", "b"]
    assert standing.key_of({}) == []


def test_an_approval_ends_with_the_schema_and_says_whether_it_was_the_key():
    before = {"fields": FIELDS, "primaryKey": "a"}
    assert standing.change_of(before, dict(before)) is None
    assert standing.change_of(before, {**before, "primaryKey": ["a", "b"]}) is End.KEY
    assert standing.change_of(before, {**before, "missingValues": ["-"]}) is End.SCHEMA
    assert standing.change_of(before, None) is End.KEY


@pytest.mark.parametrize("text", ["", "x", "-1", "0", "11", "1.0", "٣", None, "1" * 5000])
def test_a_limit_is_a_number_in_its_bounds(text):
    with pytest.raises(standing.NotANumberOfRows):
        standing.rows_of(text, "most_rows", 10)


def test_each_end_has_its_words():
    assert set(standing.ENDS) == set(End)
    assert standing.rows_of("10", "most_rows", 10) == 10
    assert standing.mode_of("append") is Mode.APPEND
    with pytest.raises(standing.UnknownMode):
        standing.mode_of("delete")

"""The rules of ckanext.opengov.domain.redaction: nothing can come in by them."""

import itertools

import pytest

from ckanext.opengov.domain.publication import (
    TRANSITIONS,
    Facts,
    MoreThanRemoved,
    Role,
    State,
    Step,
)
from ckanext.opengov.domain.redaction import ROWS_AT_ONCE, NotOurTable, redacted
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import NotPermitted
from ckanext.opengov.shared.domain.lifecycle import advance
from ckanext.opengov.shared.domain.redaction import Loss, Plan

HEADER = ["number", "state", "text", "name"]
ROWS = [["1", "published", "a", "Ali"], ["2", "published", "b", "Rim"], ["", "published", "c", ""]]
GONE = Loss(kept=frozenset({"number"}), marks={"state": "removed"})
NAMELESS = Loss(emptied=frozenset({"name"}))
REDACTOR = Actor(None, frozenset({Role.REDACTOR}))


def plan(**losses):
    known = {key.removeprefix("n"): loss for key, loss in losses.items()}
    return Plan("number", lambda values: {each: known[each] for each in values if each in known})


def test_a_row_loses_all_but_what_is_kept():
    found = list(redacted([HEADER, *ROWS], plan(n1=GONE)))

    assert found == [HEADER, ["1", "removed", "", ""], *ROWS[1:]]


def test_a_row_loses_single_cells():
    found = list(redacted([HEADER, *ROWS], plan(n2=NAMELESS)))

    assert found == [HEADER, ROWS[0], ["2", "published", "b", ""], ROWS[2]]


def test_done_twice_it_changes_nothing_more():
    once = list(redacted([HEADER, *ROWS], plan(n1=GONE, n2=NAMELESS)))

    assert list(redacted(once, plan(n1=GONE, n2=NAMELESS))) == once


def test_it_asks_for_some_rows_at_a_time():
    asked = []
    rows = [[str(n), "published", "a", ""] for n in range(2 * ROWS_AT_ONCE + 1)]
    wanted = Plan("number", lambda values: asked.append(len(values)) or {})

    assert list(redacted([HEADER, *rows], wanted)) == [HEADER, *rows]
    assert asked == [ROWS_AT_ONCE, ROWS_AT_ONCE, 1]


@pytest.mark.parametrize(
    "rows", [[], [["a", "b"]], [["number", "number"]], [HEADER, ["1", "published"]]]
)
def test_a_file_of_another_making_is_none_of_ours(rows):
    with pytest.raises(NotOurTable):
        list(redacted(rows, plan(n1=GONE)))


@pytest.mark.parametrize("state", [each for each in State if each is not State.DISCARDED])
def test_the_state_stays_and_the_rule_alone_may_do_it(state):
    facts = Facts(now=None, only_removes=True)
    assert advance(TRANSITIONS, state, Step.REDACT, REDACTOR, facts) is state
    with pytest.raises(MoreThanRemoved):
        advance(TRANSITIONS, state, Step.REDACT, REDACTOR, Facts(now=None))


@pytest.mark.parametrize(
    ("state", "role"),
    [
        *itertools.product(
            [each for each in State if each is not State.DISCARDED],
            [each for each in Role if each is not Role.REDACTOR],
        )
    ],
)
def test_no_person_takes_this_step(state, role):
    facts = Facts(now=None, only_removes=True)
    with pytest.raises(NotPermitted):
        advance(TRANSITIONS, state, Step.REDACT, Actor("sami", frozenset({role})), facts)

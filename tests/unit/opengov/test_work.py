"""What is to do next with a dataset."""

import itertools

import pytest

from ckanext.opengov.domain.publication import State
from ckanext.opengov.domain.work import RANKS, Next, UnknownWork, Work, next_step, work_of

EXPECTED = {
    (Work.RETURNED, False, False): Next.MEND,
    (Work.LATE, False, False): Next.UPDATE,
    (Work.LATE, True, False): Next.GO_ON,
    (Work.DRAFT, False, False): Next.GO_ON,
    (Work.SUBMITTED, False, False): Next.SEE,
    (Work.SUBMITTED, False, True): Next.REVIEW,
    (Work.SCHEDULED, False, True): Next.SEE,
    (Work.PUBLISHED, False, True): Next.SEE,
    (Work.WITHDRAWN, False, True): Next.SEE,
}


@pytest.mark.parametrize(("given", "expected"), EXPECTED.items())
def test_each_state_has_its_next_step(given, expected):
    work, has_change, may_review = given
    assert next_step(work, has_change=has_change, may_review=may_review) is expected


def test_only_what_waits_for_review_is_reviewed():
    for work, has_change in itertools.product(set(Work) - {Work.SUBMITTED}, (True, False)):
        assert next_step(work, has_change=has_change, may_review=True) is not Next.REVIEW


def test_every_state_of_a_dataset_has_its_place_in_the_list():
    states = {state.value for state in State} - {State.DISCARDED.value}
    assert states | {"late"} == {work.value for work in Work} == {work.value for work in RANKS}


@pytest.mark.parametrize("text", ["", "discarded", None])
def test_an_unknown_state_is_refused(text):
    with pytest.raises(UnknownWork):
        work_of(text)

"""Places in a thread, and positions: ckanext.consultation.domain.threads."""

# ruff: noqa: RUF001 - digits of several scripts
import itertools

import pytest

from ckanext.consultation.domain.comments import View
from ckanext.consultation.domain.threads import (
    DEEPEST,
    NoAnswersHere,
    ParentNotFound,
    Position,
    TooDeep,
    UnknownPosition,
    first_place,
    place_under,
    position_of,
    support,
)
from ckanext.opengov.shared.domain.errors import NotFound

TEXT = "decree"


def thread(seqs):
    """Return the last place of a line of answers."""
    place = first_place(TEXT, f"c{seqs[0]}")
    for seq in seqs[1:]:
        place = place_under(place, View.WHOLE, TEXT, f"c{seq}")
    return place


def test_a_comment_that_answers_none_is_its_own_root():
    place = first_place(TEXT, "c7")

    assert (place.root_id, place.parent_id, place.depth) == ("c7", None, 0)


def test_answers_go_four_levels_down_and_no_deeper():
    deepest = thread([1, 2, 3, 4, 5])

    assert (deepest.depth, deepest.root_id, deepest.parent_id) == (DEEPEST, "c1", "c4")
    with pytest.raises(TooDeep):
        place_under(deepest, View.WHOLE, TEXT, "c6")


def test_an_answer_stays_in_its_consultation():
    with pytest.raises(ParentNotFound):
        place_under(thread([1]), View.WHOLE, "budget", "c2")


@pytest.mark.parametrize(
    ("view", "error"),
    [
        (View.ABSENT, ParentNotFound),
        (View.STONE, NoAnswersHere),
        (View.EMPTIED, NoAnswersHere),
        (View.MARKED, NoAnswersHere),
    ],
)
def test_what_is_not_public_is_not_answered(view, error):
    with pytest.raises(error):
        place_under(thread([1]), view, TEXT, "c2")


def test_what_one_may_not_know_of_is_not_found():
    assert issubclass(ParentNotFound, NotFound)


@pytest.mark.parametrize(
    ("typed", "position"),
    [
        (None, None),
        ("", None),
        *itertools.product((1, "1"), [Position.FOR]),
        *itertools.product((0, "0"), [Position.NO_OPINION]),
        *itertools.product((-1, "-1"), [Position.AGAINST]),
    ],
)
def test_a_position_is_one_of_three_or_none(typed, position):
    assert position_of(typed) is position


@pytest.mark.parametrize("typed", [2, -2, "for", True, False, 1.0, "01", " 1", "١", [], {}])
def test_another_position_is_refused(typed):
    with pytest.raises(UnknownPosition):
        position_of(typed)


@pytest.mark.parametrize(
    ("more", "less"),
    [((10, 0), (1, 0)), ((1, 0), (0, 0)), ((90, 10), (9, 1)), ((60, 40), (2, 2)), ((1, 9), (0, 1))],
)
def test_many_voices_weigh_more_than_few(more, less):
    assert support(*more) > support(*less)


def test_support_is_a_share_in_millionths():
    # Wilson's interval of 1 of 1 begins at 0.2065, of 48 of 51 at 0.8408.
    assert support(1, 0) == 206543
    assert support(48, 3) // 100 == 8407
    assert support(0, 5) == support(0, 0) == 0

"""What is told to everyone lets nobody work out what is not."""

from __future__ import annotations

import itertools
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ckanext.complaints.domain import figures
from ckanext.complaints.domain.figures import ANYTHING, MEASURES, Row, Totals
from ckanext.complaints.domain.periods import Quarter, last_months, months_before, quarters_over

HIDDEN = (0, 9)


def body(due=0, answered=0, in_time=0, **others):
    return {**dict.fromkeys(MEASURES, 0), "due": due, "answered": answered, "in_time": in_time} | (
        others
    )


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, None),
        (1, None),
        (9, None),
        (10, 10),
        (12, 10),
        (13, 15),
        (17, 15),
        (18, 20),
        (1002, 1000),
    ],
)
def test_small_counts_are_not_told_and_others_are_rounded(count, shown):
    assert figures.told(count) == shown
    low, high = figures.span(shown)
    assert low <= count <= high


def test_a_share_is_made_from_what_is_told():
    assert figures.share(figures.told(98), figures.told(101)) == 100
    assert figures.share(10, 40) == 25
    assert figures.share(None, 40) is figures.share(10, None) is None


def test_a_total_that_would_tell_the_only_hidden_count_is_not_told():
    counts = [body(received=40), body(received=9)]
    assert "received" not in figures.told_totals(counts)


def test_a_total_over_many_small_bodies_is_told():
    counts = [body(received=3) for _ in range(40)]
    assert figures.told_totals(counts)["received"] == 120


def test_a_total_below_ten_is_told_as_such():
    assert figures.told_totals([body(received=2), body(received=0)])["received"] is None


def test_totals_of_bodies_that_are_all_told_are_told():
    counts = [body(40, 50, 30), body(20, 30, 15)]
    found = figures.told_totals(counts)
    assert [found[name] for name in ("due", "answered", "in_time")] == [60, 80, 45]


def test_without_bodies_there_is_nothing_to_hide():
    assert set(figures.told_totals([])) == set(MEASURES)


small = some.integers(0, 14)
rows_ = some.tuples(small, small, small).map(lambda each: (each[0], each[1], min(each)))


def worlds(values):
    """Return what is told of bodies, and for each of their counts every one that is told so."""
    shown = [tuple(figures.told(count) for count in each) for each in values]
    choices = [
        [
            (due, answered, kept)
            for due, answered, kept in itertools.product(*(_all(each) for each in row))
            if kept <= min(due, answered)
        ]
        for row in shown
    ]
    return shown, choices


def _all(shown):
    low, high = figures.span(shown)
    return range(low, high + 1)


def possible(choices, sums):
    """Return, body by body and count by count, which values remain, by trying all worlds."""
    kept = [[set(), set(), set()] for _ in choices]
    for world in itertools.product(*choices):
        totals = [sum(each) for each in zip(*world, strict=True)]
        if all(low <= total <= high for total, (low, high) in zip(totals, sums, strict=True)):
            for row, found in zip(world, kept, strict=True):
                for value, values in zip(row, found, strict=True):
                    values.add(value)
    return kept


@settings(max_examples=12, deadline=None)
@given(some.lists(rows_, min_size=2, max_size=2))
def test_no_count_that_is_not_told_can_be_worked_out(values):
    """Whoever tries every world that fits what is told is left with five values at least."""
    found = figures.told_totals([body(*each) for each in values])
    shown, choices = worlds(values)
    order = ("due", "answered", "in_time")
    sums = [figures.span(found[name]) if name in found else ANYTHING for name in order]
    for row, remaining in zip(shown, possible(choices, sums), strict=True):
        for each, possible_values in zip(row, remaining, strict=True):
            if each is None:
                assert len(possible_values) >= figures.ENOUGH, (values, found)


@settings(max_examples=60, deadline=None)
@given(
    some.lists(rows_, min_size=1, max_size=2),
    some.tuples(*[some.tuples(some.integers(0, 30), some.integers(0, 6))] * 3),
)
def test_what_is_possible_is_what_some_world_shows(values, spans):
    """The quick answer is that of trying all worlds, for any totals."""
    shown, choices = worlds(values)
    sums = [(low, low + width) for low, width in spans]
    rows = [Row(*(figures.span(each) for each in row)) for row in shown]
    is_there = any(
        all(
            low <= sum(each) <= high
            for each, (low, high) in zip(zip(*world, strict=True), sums, strict=True)
        )
        for world in itertools.product(*choices)
    )
    assert figures.is_possible(rows, Totals(*sums)) is is_there


many = some.lists(
    some.tuples(some.integers(0, 60), some.integers(0, 60), some.integers(0, 60)).map(
        lambda each: (each[0], each[1], min(each))
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=30, deadline=None)
@given(many)
def test_no_single_column_can_be_subtracted(values):
    """The bounds of each hidden count, from its column alone, are wide enough."""
    found = figures.told_totals([body(*each, received=each[0]) for each in values])
    if "received" not in found:
        return
    spans = [figures.span(figures.told(each[0])) for each in values]
    low, high = figures.span(found["received"])
    for number, each in enumerate(spans):
        if each == HIDDEN:
            others = [one for other, one in enumerate(spans) if other != number]
            least = max(0, low - sum(one[1] for one in others))
            most = min(9, high - sum(one[0] for one in others))
            assert most - least + 1 >= figures.ENOUGH


def test_quarters_that_are_over_end_before_today():
    found = list(quarters_over(date(2025, 11, 30), date(2026, 7, 1)))
    assert [each.code for each in found] == ["2025-Q4", "2026-Q1", "2026-Q2"]
    assert list(quarters_over(date(2026, 5, 1), date(2026, 6, 30))) == []
    assert Quarter.of(date(2026, 12, 31)).until == date(2027, 1, 1)


def test_months_go_back_over_the_year():
    assert months_before(date(2026, 1, 31), 1) == date(2025, 12, 1)
    assert last_months(date(2026, 2, 15), 3) == [
        date(2025, 12, 1),
        date(2026, 1, 1),
        date(2026, 2, 1),
    ]

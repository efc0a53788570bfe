"""When people are told what the clock has brought about, and until when it is worth saying."""

from datetime import UTC, datetime, timedelta

import pytest

from ckanext.consultation.domain.occasions import (
    WORDING,
    Kind,
    due,
    mark,
    still_matters,
    still_says,
)
from ckanext.consultation.domain.schedule import Phase, Window

OPENS = datetime(2026, 5, 4, 8, tzinfo=UTC)
CLOSES = OPENS + timedelta(days=30)
ANSWER = OPENS + timedelta(days=60)
WINDOW = Window(OPENS, CLOSES, ANSWER)
REMINDER, INSTANT = timedelta(days=3), timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("now", "kinds"),
    [
        (OPENS - INSTANT, []),
        (OPENS, ["opened"]),
        (CLOSES - REMINDER - INSTANT, ["opened"]),
        (CLOSES - REMINDER, ["opened", "closing"]),
        (CLOSES - INSTANT, ["opened", "closing"]),
        (CLOSES, []),
        (ANSWER - INSTANT, []),
        (ANSWER, ["overdue"]),
    ],
)
def test_each_date_is_due_from_its_instant_on(now, kinds):
    assert [str(kind) for kind, _moment in due(WINDOW, now, REMINDER)] == kinds


def test_nobody_is_reminded_of_a_short_one_or_without_days():
    short = Window(OPENS, OPENS + REMINDER, ANSWER)

    assert [kind for kind, _moment in due(short, OPENS, REMINDER)] == [Kind.OPENED]
    assert [kind for kind, _moment in due(WINDOW, CLOSES - INSTANT, timedelta(0))] == [Kind.OPENED]


def test_what_has_no_dates_is_never_due():
    assert list(due(Window(None, None, None), ANSWER, REMINDER)) == []


@pytest.mark.parametrize("kind", [Kind.OPENED, Kind.CLOSING, Kind.EXTENDED])
def test_nobody_is_called_to_what_is_over(kind):
    subject = {Kind.OPENED: mark(OPENS), Kind.CLOSING: mark(CLOSES)}.get(kind, "7")

    assert still_matters(kind, subject, WINDOW, CLOSES - INSTANT)
    assert not still_matters(kind, subject, WINDOW, CLOSES)


def test_a_date_that_was_put_off_is_not_reminded_of():
    assert not still_matters(Kind.CLOSING, mark(CLOSES - REMINDER), WINDOW, OPENS)


def test_what_happened_is_told_however_late():
    for kind in (Kind.VERSION, Kind.REPLIED, Kind.RESULTS, Kind.CANCELLED):
        assert still_matters(kind, "", WINDOW, ANSWER + timedelta(days=400))


def test_what_is_said_beside_it_holds_for_a_time():
    held = {
        kind: [phase for phase in (None, *Phase) if still_says(kind, phase, is_answered=False)]
        for kind in Kind
    }
    always = [None, *Phase]
    assert held == dict.fromkeys(Kind, always) | {
        Kind.ANNOUNCED: [Phase.SCHEDULED],
        **{kind: [Phase.OPEN] for kind in (Kind.OPENED, Kind.CLOSING, Kind.EXTENDED)},
    }
    for kind in (Kind.CLOSED, Kind.OVERDUE):
        assert not still_says(kind, Phase.CLOSED, is_answered=True)


def test_every_kind_has_words():
    assert set(WORDING) == set(Kind)

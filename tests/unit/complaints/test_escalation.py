"""Who is reminded of what: by a table, once for each date."""

from collections import Counter
from datetime import date, timedelta

import pytest

from ckanext.complaints.domain.calendar import Calendar
from ckanext.complaints.domain.clock import Due
from ckanext.complaints.domain.escalation import RULES, Whom, due_reminders, next_day

PLAIN = Calendar()
DUE = date(2026, 12, 2)
"""A Wednesday."""
DAY = timedelta(days=1)


def kinds_on(day, due=Due.ANSWER, calendar=PLAIN):
    return [each.kind for each in due_reminders({due: DUE}, day, calendar)]


@pytest.mark.parametrize(
    ("day", "kinds"),
    [
        (date(2026, 11, 24), []),
        (date(2026, 11, 25), ["answer-soon"]),
        (date(2026, 11, 29), ["answer-soon"]),
        (date(2026, 11, 30), ["answer-very-soon"]),
        (DUE, ["answer-very-soon"]),
        (DUE + DAY, ["answer-late"]),
        (date(2026, 12, 9), ["answer-late"]),
        (date(2026, 12, 10), ["answer-late", "answer-very-late"]),
        (date(2027, 12, 10), ["answer-late", "answer-very-late"]),
    ],
)
def test_handlers_are_warned_then_the_lead_is_told_then_the_supervisor(day, kinds):
    assert kinds_on(day) == kinds


@pytest.mark.parametrize(
    ("due", "day", "kinds"),
    [
        (Due.ACKNOWLEDGEMENT, date(2026, 11, 30), []),
        (Due.ACKNOWLEDGEMENT, date(2026, 12, 1), ["ack-soon"]),
        (Due.ACKNOWLEDGEMENT, DUE + DAY, ["ack-late"]),
        (Due.REPLY, date(2026, 11, 25), ["reply-soon"]),
        (Due.REPLY, DUE + DAY, []),
        (Due.DECISION, date(2026, 11, 25), ["decision-soon"]),
        (Due.DECISION, DUE + DAY, ["decision-late"]),
    ],
)
def test_other_dates_have_their_own_rows(due, day, kinds):
    assert kinds_on(day, due) == kinds


def test_holidays_bring_the_warning_forward_and_lateness_is_told_on_a_working_day():
    eid = Calendar(frozenset({date(2026, 12, 1), date(2026, 12, 3), date(2026, 12, 4)}))
    assert kinds_on(date(2026, 11, 24), calendar=eid) == ["answer-soon"]
    assert kinds_on(date(2026, 12, 6), calendar=eid) == []
    assert kinds_on(date(2026, 12, 7), calendar=eid) == ["answer-late"]


def test_each_is_told_once_for_each_date():
    first, again = (
        due_reminders({Due.ANSWER: DUE}, DUE, PLAIN),
        due_reminders({Due.ANSWER: DUE}, DUE, PLAIN),
    )
    moved = due_reminders({Due.ANSWER: DUE + DAY}, DUE, PLAIN)

    assert first[0].key("case") == again[0].key("case") == ("case", "answer-very-soon", DUE)
    assert moved[0].key("case") != first[0].key("case")


def test_what_is_done_is_reminded_of_no_more():
    assert due_reminders({}, DUE + DAY, PLAIN) == ()


def test_every_kind_has_one_row_and_every_duty_reaches_a_supervisor_or_a_lead():
    assert max(Counter(rule.kind for rule in RULES).values()) == 1
    for due in (Due.ACKNOWLEDGEMENT, Due.ANSWER, Due.DECISION):
        late = [rule.whom for rule in RULES if rule.due is due and rule.is_late]
        assert any(whom & {Whom.LEAD, Whom.SUPERVISOR} for whom in late)


def test_the_citizen_is_told_when_silence_can_be_appealed():
    (late,) = due_reminders({Due.ANSWER: DUE}, DUE + DAY, PLAIN)
    assert Whom.CITIZEN in late.whom


@pytest.mark.parametrize("due", sorted({rule.due for rule in RULES}))
def test_who_looks_on_the_next_day_alone_misses_nothing(due):
    holidays = Calendar(frozenset({DUE - 2 * DAY, DUE + 3 * DAY}))
    seen, day, looked = set(), DUE - 40 * DAY, None
    for number in range(80):
        day = DUE + (number - 40) * DAY
        kinds = {each.kind for each in due_reminders({due: DUE}, day, holidays)}
        if looked is None or day >= looked:
            seen |= kinds
            looked = next_day({due: DUE}, day, holidays) or date.max
        # Once it is late, warnings that were never told are told no more.
        assert kinds <= seen
    assert seen == {rule.kind for rule in RULES if rule.due is due}
    assert next_day({due: DUE}, day, holidays) is None

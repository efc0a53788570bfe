"""What consultations ask of those who work in them."""

from datetime import UTC, datetime, timedelta

import pytest

from ckanext.consultation.domain.life import Role
from ckanext.consultation.domain.schedule import Window
from ckanext.consultation.domain.work import Next, UnknownWork, Work, next_step, work_of

EVERY = frozenset(Role)
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("work", "step"),
    [
        (Work.OVERDUE, Next.ANSWER),
        (Work.CLOSED, Next.ANSWER),
        (Work.IN_REVIEW, Next.REVIEW),
        (Work.RETURNED, Next.MEND),
        (Work.DRAFT, Next.GO_ON),
        (Work.OPEN, Next.SEE),
        (Work.SCHEDULED, Next.SEE),
        (Work.RESULTS, Next.SEE),
        (Work.ARCHIVED, Next.SEE),
        (Work.CANCELLED, Next.SEE),
    ],
)
def test_each_state_asks_for_one_step(work, step):
    assert next_step(work, EVERY, has_written=False) is step
    assert next_step(work, frozenset(), has_written=False) is Next.SEE


def test_who_wrote_it_does_not_review_it():
    assert next_step(Work.IN_REVIEW, EVERY, has_written=True) is Next.SEE
    assert next_step(Work.OVERDUE, EVERY, has_written=True) is Next.ANSWER


@pytest.mark.parametrize("role", set(Role) - {Role.PUBLISHER, Role.RESPONDER})
def test_others_do_not_answer_for_the_body(role):
    assert next_step(Work.CLOSED, {role}, has_written=False) is Next.SEE


@pytest.mark.parametrize("text", ["", "song", None, 1, "OPEN"])
def test_an_unknown_state_is_refused(text):
    with pytest.raises(UnknownWork):
        work_of(text)


@pytest.mark.parametrize(
    ("days", "then"), [((1, 2, 3), 1), ((-1, 2, 3), 2), ((-2, -1, 3), 3), ((-3, -2, -1), None)]
)
def test_the_clock_changes_a_consultation_at_its_next_date(days, then):
    window = Window(*(NOW + DAY * each for each in days))

    assert window.next_change(NOW) == (NOW + DAY * then if then else None)
    assert Window(None, None, None).next_change(NOW) is None


def test_at_the_date_itself_the_change_is_past():
    window = Window(NOW, NOW + DAY, NOW + 2 * DAY)

    assert window.next_change(NOW) == NOW + DAY

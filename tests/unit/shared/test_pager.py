"""Lists come in pages that neither repeat nor miss a row."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ckanext.opengov.shared import pager

NOTES = sa.Table(
    "note",
    sa.MetaData(),
    sa.Column("rank", sa.Integer),
    sa.Column("name", sa.Text, primary_key=True),
)
BY = (NOTES.c.rank, NOTES.c.name)
NAMES = [f"n{number}" for number in range(7)]


@pytest.fixture
def session():
    """A database with seven notes on three ranks."""
    engine = sa.create_engine("sqlite://")
    NOTES.metadata.create_all(engine)
    with Session(engine) as session:
        rows = [{"rank": number // 3, "name": name} for number, name in enumerate(NAMES)]
        session.execute(NOTES.insert(), rows)
        yield session
    engine.dispose()


def walk(session, **options):
    """Read the whole list, two rows at a time; return the names."""
    names, cursor = [], None
    while True:
        request = {"limit": 2, "cursor": cursor}
        found = pager.page(session, sa.select(NOTES.c.name), BY, request, **options)
        names += [row[0] for row in found.rows]
        cursor = found.next_cursor
        if cursor is None:
            return names


def cursor_of(content):
    """Write a cursor by hand."""
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


def test_all_pages_together_are_the_list(session):
    assert walk(session) == NAMES


def test_the_newest_may_come_first(session):
    assert walk(session, newest_first=True) == NAMES[::-1]


def test_a_full_last_page_has_no_next(session):
    assert pager.page(session, sa.select(NOTES.c.name), BY, {"limit": 7}).next_cursor is None


def test_a_row_that_comes_meanwhile_repeats_no_other(session):
    first = pager.page(session, sa.select(NOTES.c.name), BY, {"limit": 3})
    session.execute(NOTES.insert(), {"rank": 0, "name": "n0-late"})
    request = {"limit": 3, "cursor": first.next_cursor}
    second = pager.page(session, sa.select(NOTES.c.name), BY, request)
    assert [row[0] for row in second.rows] == NAMES[3:6]


def test_the_answer_has_results_and_the_next_cursor(session):
    found = pager.page(session, sa.select(NOTES.c.name, NOTES.c.rank), BY, {"limit": "1"})
    answer = found.as_dict(lambda row: {"name": row.name, "rank": row.rank})
    assert answer == {"results": [{"name": "n0", "rank": 0}], "next_cursor": found.next_cursor}


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_a_list_in_memory_comes_in_pages_too(limit):
    found, cursor, pages = [], None, 0
    while cursor or not pages:
        listed = ((("n", number), name) for number, name in enumerate(NAMES))
        page, cursor = pager.within(listed, [str, int], {"limit": limit, "cursor": cursor})
        found, pages = found + page, pages + 1

    assert (found, pages) == (NAMES, -(-len(NAMES) // limit))


def test_a_list_in_memory_goes_on_behind_an_item_that_went():
    cursor = pager.encode(["b"])

    assert pager.within([(("a",), 1), (("c",), 3)], [str], {"cursor": cursor}) == ([3], None)


def test_a_moment_survives_the_cursor():
    moment = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
    assert pager.decode(pager.encode([moment, 5, "é"]), [datetime, int, str]) == [moment, 5, "é"]


def test_a_cursor_keeps_a_day():
    day = date(2026, 3, 1)
    assert pager.decode(pager.encode([day, "x"]), [date, str]) == [day, "x"]
    with pytest.raises(pager.InvalidCursor):
        pager.decode(pager.encode(["no day", "x"]), [date, str])


@pytest.mark.parametrize(
    "cursor",
    [
        "no base64!",
        "é",
        ["n1"],
        "AAAA",
        cursor_of({"rank": 1}),
        cursor_of([1]),
        cursor_of([1, "n1", 2]),
        cursor_of(["1", "n1"]),
        cursor_of([True, "n1"]),
        cursor_of([2**63, "n1"]),
        cursor_of([1, "n\0"]),
        cursor_of([1, "n\ud800"]),
        cursor_of([1, None]),
    ],
)
def test_a_cursor_from_elsewhere_is_refused(session, cursor):
    with pytest.raises(pager.InvalidCursor):
        pager.page(session, sa.select(NOTES.c.name), BY, {"cursor": cursor})


def test_a_day_survives_the_cursor():
    day = date(2026, 3, 1)
    assert pager.decode(pager.encode([day, "x"]), [date, str]) == [day, "x"]


@pytest.mark.parametrize("day", ["yesterday", "2026-03-01T00:00:00", 5, None])
def test_a_cursor_without_a_true_day_is_refused(day):
    with pytest.raises(pager.InvalidCursor):
        pager.decode(cursor_of([day]), [date])


@pytest.mark.parametrize("moment", ["yesterday", "2026-03-01T00:00:00", 5])
def test_a_cursor_without_a_true_moment_is_refused(moment):
    with pytest.raises(pager.InvalidCursor):
        pager.decode(cursor_of([moment]), [datetime])


@pytest.mark.parametrize(("wished", "limit"), [(None, 20), ("", 20), (1, 1), ("100", 100)])
def test_a_page_has_twenty_rows_or_what_was_asked(wished, limit):
    assert pager.limit_of({"limit": wished}) == limit


@pytest.mark.parametrize("wished", [0, -1, 101, "many", "1.5", "²", True, "9" * 5000])
def test_a_limit_out_of_range_is_refused(wished):
    with pytest.raises(pager.InvalidLimit):
        pager.limit_of({"limit": wished})

"""Pages of consultations are kept for visitors: never past a change, nor past the clock's."""

import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from tests.integration.consultation.browsing import get, signed_in, text_of
from tests.integration.consultation.conftest import shift
from tests.integration.consultation.test_comments import said

from ckan import model
from ckan.lib.redis import connect_to_redis

TOLD = "X-Opengov-Cache"
HERE = "/consultation/transport"
PAGES = (
    "/consultation/",
    "/consultation/?phase=closed",
    HERE,
    f"{HERE}?sort=oldest",
    f"{HERE}/c/1",
    "/organization/meteo/consultations",
    "/organization/meteo",
    "/",
    "/search?q=transports",
)
WITH_COMMENTS = (HERE, f"{HERE}/c/1")


def told(portal, path):
    return get(portal, path).headers.get(TOLD)


def keep(portal, *paths):
    """Have pages kept."""
    for path in paths:
        get(portal, path)
        assert told(portal, path) == "hit", path


@pytest.fixture
def root(portal, is_open):
    return said(portal)


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_made_once_for_visitors_and_each_time_for_others(portal, root, path):
    keep(portal, path)

    answer = get(portal, path, signed_in(portal, "rim"))
    assert TOLD not in answer.headers
    assert "no-store" in answer.headers["Cache-Control"]


CHANGES = {
    "a comment": lambda portal, root: said(portal, "ali", body="Another one."),
    "an answer": lambda portal, root: said(portal, "ali", body="Yes.", parent_id=root["id"]),
    "a change": lambda portal, root: portal.ok(
        "rim", "consultation_comment_update", id=root["id"], body="Changed."
    ),
    "a vote": lambda portal, root: portal.ok(
        "ali", "consultation_comment_vote", id=root["id"], value=1
    ),
    "a withdrawal": lambda portal, root: portal.ok(
        "rim", "consultation_comment_withdraw", id=root["id"]
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_said_shows_at_once(portal, root, change):
    keep(portal, *WITH_COMMENTS)

    CHANGES[change](portal, root)

    for path in WITH_COMMENTS:
        assert told(portal, path) == "miss", path


def test_a_step_of_a_consultation_shows_at_once_everywhere(portal, root):
    keep(portal, *PAGES)

    portal.ok("sami", "consultation_cancel", id="transport", reason="The draft is void.")

    for path in PAGES:
        assert told(portal, path) == "miss", path
    assert "The draft is void." in text_of(get(portal, HERE))


def test_what_is_prepared_changes_no_page_of_comments(portal, root):
    keep(portal, "/consultation/", HERE)

    said(portal, "ali", body="Another one.")

    assert told(portal, "/consultation/") == "hit"


@pytest.mark.parametrize(
    ("moments", "before", "after"),
    [
        ({"opens_at": 1.5}, "Opens today", "Log in and give my opinion"),
        ({"closes_at": 1.5}, "Log in and give my opinion", "Reply due"),
        (
            {"opens_at": -200_000, "closes_at": -100_000, "response_due_at": 1.5},
            "Reply due",
            "Reply overdue",
        ),
    ],
)
def test_no_page_is_kept_past_the_clock(portal, root, is_open, moments, before, after):
    day = timedelta(days=1).total_seconds()
    shift(is_open, **{name: seconds / day for name, seconds in moments.items()})
    portal.forget_pages()
    first, home = text_of(get(portal, HERE)), get(portal, "/")
    until = datetime.now(UTC) + timedelta(seconds=1.6)

    assert before in first
    keep(portal, HERE, "/", "/consultation/")
    time.sleep(max(0, (until - datetime.now(UTC)).total_seconds()))

    for path in (HERE, "/", "/consultation/"):
        assert told(portal, path) == "miss", path
    assert after in text_of(get(portal, HERE))
    assert home.status_code == 200


def test_a_page_that_the_clock_changes_in_a_moment_is_kept_for_that_moment(portal, root, is_open):
    with model.ensure_engine().begin() as connection:
        soon = "UPDATE consultation SET closes_at = clock_timestamp() + interval '20 seconds'"
        connection.execute(sa.text(soon))
    portal.forget_pages()
    before = set(connect_to_redis().scan_iter("*:page:*"))

    get(portal, HERE)

    [key] = set(connect_to_redis().scan_iter("*:page:*")) - before
    assert 0 < connect_to_redis().pttl(key) <= 20_000


def test_pages_without_a_clock_are_kept_as_long_as_others(portal, root):
    before = set(connect_to_redis().scan_iter("*:page:*"))

    get(portal, "/organization/about/meteo")

    [key] = set(connect_to_redis().scan_iter("*:page:*")) - before
    assert connect_to_redis().pttl(key) > 20_000

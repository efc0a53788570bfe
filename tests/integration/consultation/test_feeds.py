"""Feeds and calendars of consultations: whole, valid, in the reader's language, and discreet."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from icalendar import Calendar
from lxml import etree
from tests.integration.consultation.browsing import get
from tests.integration.consultation.conftest import TITLES, at, fields, published, shift
from tests.integration.consultation.drafts import next_version
from tests.integration.consultation.drafts import opened as opened_with_text
from tests.integration.consultation.test_comments import said
from tests.integration.opengov.test_feeds import ATOM, LANG, faults

from ckan import model

SITE = "http://test.ckan.net"
FEEDS = ("/consultation/feed.atom", "/consultation/feed.atom?body=meteo")
OF_ONE = ("/consultation/transport/feed.atom", "/consultation/transport/comments.atom")
CALENDARS = ("/consultation/calendar.ics", "/consultation/transport/calendar.ics")


def feed(portal, path, language="en"):
    answer = get(portal, path, language=language)
    assert (answer.status_code, answer.mimetype) == (200, "application/atom+xml"), answer.text
    return etree.fromstring(answer.data)


def terms(found):
    return [each.get("term") for each in found.iterfind(f"{ATOM}entry/{ATOM}category")]


def entries(found, name="title"):
    return [each.text for each in found.iterfind(f"{ATOM}entry/{ATOM}{name}")]


def dates(portal, path, language="en"):
    """Return the dates of a calendar by the end of their ids."""
    answer = get(portal, path, language=language)
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar"), answer.text
    found = Calendar.from_ical(answer.data).walk("VEVENT")
    return {str(each["uid"]).partition("@")[0][37:]: each for each in found}


def alter(name, **values):
    """Change a consultation as nothing in the suite does."""
    pairs = ", ".join(f"{column} = :{column}" for column in values)
    with model.ensure_engine().begin() as connection:
        update = sa.text(f"UPDATE consultation SET {pairs} WHERE name = :name")
        connection.execute(update, {**values, "name": name})


def replied(portal, **target):
    words = {"text_translated": {"fr": "Nous doublons les **passages**."}, "decision": "accepted"}
    reply = portal.ok(
        "sami", "consultation_reply_create", consultation_id="transport", **words, **target
    )
    return portal.ok("sami", "consultation_reply_publish", id=reply["id"])


# ── What happened ──────────────────────────────────────────────────────────


def test_the_feed_tells_all_that_happened(portal, body):
    _consultation, document = opened_with_text(portal, body)
    next_version(portal, document, "# Décret\n\n### Article 1\n\nOuvert à huit heures.\n")
    portal.ok("sami", "consultation_extend", id="transport", closes_at=at(40))
    replied(portal)
    alter("transport", closes_at=datetime.now().astimezone())
    portal.ok("sami", "consultation_results_publish", id="transport")

    found = feed(portal, OF_ONE[0])

    assert terms(found) == ["results", "closed", "replied", "extended", "version", "opened"]
    assert list(faults(found)) == []
    links = [each.get("href") for each in found.iterfind(f"{ATOM}entry/{ATOM}link")]
    assert all(
        get(portal, each.removeprefix(f"{SITE}/en").partition("#")[0]).status_code == 200
        for each in links
    )
    assert "Accepted · Nous doublons les passages." in entries(found, "summary")


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_every_feed_is_valid_and_in_the_readers_language(portal, is_open, language):
    said(portal, body="Les bus **sont** pleins\n\n- le matin")
    for path in (*FEEDS, *OF_ONE):
        found = feed(portal, path, language)

        assert list(faults(found)) == []
        assert found.get(LANG) == language
        assert len(entries(found)) == 1
        alternates = {each.get("hreflang") for each in found.iterfind(f"{ATOM}link")}
        assert alternates - {None} == {"ar", "fr", "en"} - {language}
    title = TITLES["ar" if language == "ar" else "fr"]
    assert title in entries(feed(portal, FEEDS[0], language))[0]
    assert entries(found, "summary") == ["Les bus sont pleins - le matin"]


def test_the_id_of_an_entry_stays(portal, is_open):
    said(portal)
    for path in (*FEEDS, *OF_ONE):
        ids = {entries(feed(portal, path, language), "id")[0] for language in TITLES}
        assert len(ids) == 1


def test_a_reply_to_what_is_hidden_leaves_the_feed(portal, is_open):
    made = said(portal)
    replied(portal, comment_id=made["id"])
    replied(portal)
    assert terms(feed(portal, OF_ONE[0])).count("replied") == 2

    portal.ok("rim", "consultation_comment_withdraw", id=made["id"])

    # It may quote what was said.
    assert terms(feed(portal, OF_ONE[0])).count("replied") == 1


def test_what_was_cancelled_before_it_opened_never_opened(portal, draft):
    published(portal, draft)
    portal.ok("sami", "consultation_cancel", id="transport", reason="It is void.")
    shift(draft, opens_at=0, closes_at=0)

    assert terms(feed(portal, OF_ONE[0])) == ["cancelled", "announced"]


def test_a_late_reply_is_in_the_feed_and_stays_there(portal, is_open):
    replied(portal)
    shift(is_open, opens_at=-30, closes_at=-10, response_due_at=-1)

    assert "overdue" in terms(feed(portal, OF_ONE[0]))
    portal.ok("sami", "consultation_results_publish", id="transport")
    assert "overdue" in terms(feed(portal, OF_ONE[0]))


def test_nothing_of_a_draft_is_anywhere(portal, draft):
    for path in (*OF_ONE, CALENDARS[1]):
        assert get(portal, path).status_code == 404
    for who in (None, "amel"):
        events = portal.ok(who, "consultation_event_list")
        assert events == {"results": [], "next_cursor": None}
        assert portal.ok(who, "consultation_calendar_list") == []
    assert entries(feed(portal, FEEDS[0])) == []
    assert list(faults(feed(portal, FEEDS[0]))) == []


@pytest.mark.parametrize(
    "path",
    [
        "/consultation/nothing/feed.atom",
        "/consultation/feed.atom?body=nothing",
        "/consultation/feed.atom?cursor=x",
        "/consultation/calendar.ics?body=nothing",
        "/consultation/nothing/calendar.ics",
    ],
)
def test_what_there_is_not_is_not_found(portal, body, path):
    assert get(portal, path).status_code == 404


def test_a_body_has_a_feed_and_a_calendar_of_its_own(portal, is_open):
    portal.body("other", karim="admin")

    assert entries(feed(portal, FEEDS[1])) != []
    draft = portal.ok("karim", "consultation_create", **fields({"id": "other"}, name="elsewhere"))
    assert draft["name"] == "elsewhere"
    assert portal.call(None, "consultation_event_list", owner_org="other")[1]["results"] == []
    status, _error = portal.call(None, "consultation_event_list", owner_org="nothing")
    assert status == 404


def test_a_feed_goes_on_with_its_next_page(portal, is_open):
    for number in range(25):
        said(portal, ("rim", "ali")[number % 2], body=f"Comment number {number}")
    first = feed(portal, OF_ONE[1])
    links = {each.get("rel"): each.get("href") for each in first.iterfind(f"{ATOM}link")}

    second = feed(portal, links["next"].removeprefix(f"{SITE}/en"))

    assert (len(entries(first)), len(entries(second))) == (20, 5)
    assert set(entries(first)).isdisjoint(entries(second))
    assert list(faults(second)) == []


def test_who_has_it_need_not_load_it_again(portal, is_open):
    for path in (*FEEDS, *OF_ONE, *CALENDARS):
        etag = get(portal, path).headers["ETag"]
        client = portal.client.flask_app.test_client()

        again = client.get(f"/en{path}", headers={"If-None-Match": etag})
        assert (again.status_code, again.data) == (304, b""), path


def test_the_one_published_last_comes_first(portal, body):
    draft = portal.ok(
        "amel", "consultation_create", **fields(body, settings={"moderation": "post"})
    )
    published(portal, draft)
    shift(draft, opens_at=-1)
    for name in ("rim", "ali"):
        portal.user(name)
    older, newer = said(portal, body="Older"), said(portal, "ali", body="Newer")
    with model.ensure_engine().begin() as connection:
        later = "UPDATE consultation_comment SET published_at = now() WHERE id = :id"
        connection.execute(sa.text(later), {"id": older["id"]})

    listed = portal.ok(None, "consultation_comment_latest_list", consultation_id="transport")

    assert [each["id"] for each in listed["results"]] == [older["id"], newer["id"]]


# ── Calendars ──────────────────────────────────────────────────────────────


def test_the_calendar_has_every_date(portal, is_open):
    shown = portal.ok(None, "consultation_show", id="transport")
    for path in CALENDARS:
        found = dates(portal, path)

        assert set(found) == {"opens", "closes", "due"}
        assert found["closes"].decoded("dtstart") == datetime.fromisoformat(shown["closes_at"])
        due = datetime.fromisoformat(shown["response_due_at"]).astimezone(ZoneInfo("UTC")).date()
        assert found["due"].decoded("dtstart") == due
        assert found["opens"]["url"] == f"{SITE}/en/consultation/transport"
        assert "transports" in found["opens"]["summary"]
    assert "النقل" in dates(portal, CALENDARS[0], "ar")["closes"]["summary"]


def test_an_extension_moves_the_same_date(portal, is_open):
    before = dates(portal, CALENDARS[0])["closes"]
    portal.ok("sami", "consultation_extend", id="transport", closes_at=at(50))

    after = dates(portal, CALENDARS[0])["closes"]

    assert after["uid"] == before["uid"]
    assert after["sequence"] > before["sequence"]
    assert after.decoded("dtstart") > before.decoded("dtstart")
    assert after.decoded("last-modified") >= before.decoded("last-modified")


def test_what_was_cancelled_says_so(portal, is_open):
    portal.ok("sami", "consultation_cancel", id="transport", reason="It is void.")

    assert {each["status"] for each in dates(portal, CALENDARS[0]).values()} == {"CANCELLED"}


def test_what_ended_long_ago_leaves(portal, is_open):
    shift(is_open, opens_at=-200, closes_at=-150, response_due_at=-100)

    assert dates(portal, CALENDARS[0]) == {}
    assert set(dates(portal, CALENDARS[1])) == {"opens", "closes", "due"}


def test_a_title_breaks_no_line(portal, is_open):
    odd = {"fr": "Bus\r\nATTENDEE:mailto:a@example.org; trams, \\n"}
    alter("transport", title_translated=json.dumps(odd))

    answer = get(portal, CALENDARS[0])

    assert b"\r\nATTENDEE" not in answer.data
    assert len(dates(portal, CALENDARS[0])) == 3

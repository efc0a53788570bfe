"""The page on which a reviewer decides: what it shows, what it refuses, that nothing is lost."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from tests.integration.opengov.test_review import NEW, revise

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.opengov.helpers import opengov_marked, opengov_waiting
from ckanext.opengov.shared.web.speaking import speaking


@pytest.fixture
def body(portal):
    return portal.body("meteo", amel="editor", sami="admin", nour="admin")


@pytest.fixture
def dataset(portal, body):
    return portal.published("amel", "sami", body)


def get(portal, user, path):
    answer = portal.client.get(path, headers={"Authorization": portal.tokens[user]})
    assert answer.status_code == 200
    return answer.text


def seen_on(page):
    return page.split('name="seen" value="')[1].split('"')[0]


def post(portal, user, path, **fields):
    headers = {"Authorization": portal.tokens[user]}
    answer = portal.client.post(path, data=fields, headers=headers, follow_redirects=False)
    model.Session.remove()
    return answer


def decide(portal, user, decision, name="rainfall", **fields):
    """Open the page and send its decision; return the answer."""
    page = get(portal, user, f"/en/dataset/{name}/review")
    fields = {"seen": seen_on(page), "decision": decision, **fields}
    return post(portal, user, f"/en/dataset/{name}/review/decide", **fields)


def state(portal, name="rainfall"):
    return portal.ok("amel", "opengov_review_show", id=name)["state"]


def test_the_page_shows_what_changes_side_by_side(portal, dataset):
    revise(portal, dataset, title="Rain by station")

    page = get(portal, "sami", "/en/dataset/rainfall/review")

    assert re.search(r"<del>.{,60}</span>Rainfall</del>", page)
    assert re.search(r"<ins>.{,60}</span>Rain by station</ins>", page)
    assert "1 field changes, 1 file changes; 2 rows added, 1 row removed" in page
    assert "Waiting for <b>1 minute</b>" in page
    assert "<bdi>amel</bdi> (author)" in page


def test_a_first_review_shows_the_whole_description(portal, body):
    portal.submitted("amel", body, notes="Our own stations.", contact_email="rain@example.org")

    page = get(portal, "sami", "/en/dataset/rainfall/review")

    for text in ("Our own stations.", "rain@example.org", "Creative Commons Attribution"):
        assert text in page
    assert "<del>" not in page


def test_fields_that_the_schema_does_not_know_are_shown_too(portal, dataset):
    portal.ok("amel", "opengov_revision_create", id=dataset["id"], author="Somebody Else")

    page = get(portal, "sami", "/en/dataset/rainfall/review")

    assert "Somebody Else" in page


def test_an_approval_publishes_and_offers_the_next(portal, body):
    portal.submitted("amel", body)
    portal.submitted("amel", body, name="snow", title="Snow")

    answer = decide(portal, "sami", "publish")
    page = get(portal, "sami", answer.headers["Location"].replace("http://test.ckan.net", ""))

    assert state(portal) == "published"
    assert "/dataset/snow/review" in page


def test_a_time_of_publication_is_that_of_the_sites_clock(portal, body):
    portal.submitted("amel", body)

    refused = decide(portal, "sami", "schedule", publish_at="soon")
    decide(portal, "sami", "schedule", publish_at="2099-01-01T10:00")

    assert refused.status_code == 422
    assert 'href="#field-publish-at"' in refused.text
    assert state(portal) == "scheduled"


def test_changes_one_after_the_other_are_one_line_of_the_history(portal, body):
    dataset = portal.draft("amel", body)
    for notes in ("One.", "Two.", "Three."):
        portal.ok("amel", "package_patch", id=dataset["id"], notes=notes)
    history = portal.ok("amel", "opengov_dataset_history", id=dataset["id"])["results"]
    edits = [each["step"] for each in history].count("edit")

    page = get(portal, "amel", "/en/dataset/rainfall/review").split('id="h-history"')[1]

    assert edits >= 3
    assert page.count("<b>Changed</b>") == 1
    assert f"<b>Changed</b> \u2013 {edits} times" in page


def test_the_clock_of_a_publication_is_named(portal, body, monkeypatch):
    monkeypatch.setitem(tk.config, "ckan.display_timezone", "Africa/Tunis")
    portal.submitted("amel", body)

    empty = decide(portal, "sami", "schedule", publish_at="")
    decide(portal, "sami", "schedule", publish_at="2099-01-01T10:00")

    assert "By the clock of Tunis (UTC+1)." in empty.text
    assert empty.text.count("Say on which day and at what time it is to be published.") == 2
    place = portal.ok("amel", "opengov_review_show", id="rainfall")
    assert place["publish_at"] == "2099-01-01T09:00:00Z"


def test_a_return_without_a_reason_is_refused_and_loses_nothing(portal, body):
    portal.submitted("amel", body)

    refused = decide(portal, "sami", "return", reasons="other", publish_at="2099-01-01T10:00")

    assert refused.status_code == 422
    assert refused.text.count("Say why.") == 2
    assert 'href="#field-reason"' in refused.text
    assert re.search(r'value="other" checked', refused.text)
    assert 'value="2099-01-01T10:00"' in refused.text
    assert "<title>" in refused.text
    assert "Error:" in refused.text.split("<title>")[1].split("</title>")[0]


def test_reasons_and_words_reach_the_authors(portal, body):
    portal.submitted("amel", body)

    decide(portal, "sami", "return", reasons=["wrong-file", "licence"], reason="See page 3.")

    page = get(portal, "amel", "/en/dataset/rainfall/review")
    assert "The licence does not fit" in page
    assert "See page 3." in page


def test_no_decision_is_asked_for_again(portal, body):
    portal.submitted("amel", body)

    refused = decide(portal, "sami", "", reason="Typed.")

    assert refused.status_code == 422
    assert refused.text.count("Choose what you decide.") == 2
    assert "Typed." in refused.text


def test_what_moved_under_a_reviewers_eyes_is_not_approved(portal, dataset):
    revise(portal, dataset)
    page = get(portal, "sami", "/en/dataset/rainfall/review")
    portal.ok("nour", "opengov_dataset_return", id=dataset["id"], reason="Mend it.")
    revise(portal, dataset, text=NEW + "004,2026-01-02,2\n")

    path, fields = "/en/dataset/rainfall/review/decide", {"decision": "publish"}
    refused = post(portal, "sami", path, seen=seen_on(page), **fields)
    again = post(portal, "sami", path, seen=seen_on(refused.text), **fields)

    assert refused.status_code == 422
    assert "This has changed since you opened it: rainfall.csv." in refused.text
    assert (again.status_code, state(portal)) == (302, "published")


@pytest.mark.parametrize("step", ["publish", "return", "withdraw"])
def test_a_form_that_shows_nothing_decides_nothing(portal, dataset, step):
    revise(portal, dataset)

    answer = post(portal, "sami", f"/en/dataset/rainfall/review/{step}", reason="Why.")

    assert answer.status_code == 422
    assert state(portal) == "submitted"


def test_a_withdrawal_asks_once_more_and_for_a_reason(portal, dataset):
    path = "/en/dataset/rainfall/review/withdraw"
    page = get(portal, "sami", path)

    refused = post(portal, "sami", path, seen=seen_on(page))
    done = post(portal, "sami", path, seen=seen_on(page), reason="Wrong unit.")

    assert "Keep it as it is" in page
    assert refused.status_code == 422
    assert 'href="#field-reason"' in refused.text
    assert (done.status_code, state(portal)) == (302, "withdrawn")


def test_an_author_discards_a_change_after_a_second_look(portal, dataset):
    portal.ok("amel", "opengov_revision_create", id=dataset["id"], title="Rain")
    path = "/en/dataset/rainfall/review/discard"
    page = get(portal, "amel", path)

    done = post(portal, "amel", path, seen=seen_on(page))

    assert "What is published stays as it is." in page
    assert (done.status_code, state(portal)) == (302, "published")


def test_the_queue_is_narrowed_to_a_body(portal, body):
    other = portal.body("finance", amel="editor", sami="admin")
    portal.submitted("amel", body)
    portal.submitted("amel", other, name="budget", title="Budget")

    page = get(portal, "sami", f"/en/dashboard/review?owner_org={other['id']}")

    assert "Budget" in page
    assert "Rainfall" not in page
    assert "Nothing waits for your review." in get(portal, "amel", "/en/dashboard/review")


@pytest.mark.parametrize("query", ["cursor=zz", "cursor=-zz", "owner_org=none", "state=%00"])
def test_whatever_is_asked_of_the_queue_there_is_a_page(portal, body, query):
    headers = {"Authorization": portal.tokens["sami"]}
    answer = portal.client.get(f"/en/dashboard/review?{query}", headers=headers)

    assert answer.status_code == 200


def test_words_that_went_and_came_are_marked(portal):
    with portal.client.flask_app.test_request_context("/en/"):
        marked = opengov_marked("<b> of stations", "<b> of المحطّات")
        waits = opengov_waiting((datetime.now(UTC) - timedelta(days=3, hours=20)).isoformat())

    assert re.search(r"&lt;b&gt; of <del>.*</span>stations</del>$", marked["before"])
    assert re.search(r"&lt;b&gt; of <ins>.*</span>المحطّات</ins>$", marked["after"])
    assert "3" in waits


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(days=1), "يوم واحد"),
        (timedelta(days=2), "يومين"),
        (timedelta(hours=3), "3 ساعات"),
        (timedelta(minutes=20), "20 دقيقة"),
        (timedelta(0), "دقيقة واحدة"),
    ],
)
def test_how_long_something_waits_is_said_in_arabic(portal, span, words):
    with speaking("ar"):
        assert opengov_waiting((datetime.now(UTC) - span).isoformat()) == words

"""The pages of moderators and authors, without JavaScript, in three languages."""

import re

import pytest
from tests.integration.consultation.test_comments import listed, said
from tests.integration.consultation.test_moderation import (
    SECRET,
    WORDS,
    decided,
    hidden,
    opened,
    queue,
)

from ckan import model

QUEUE = "/dashboard/consultation/review"


@pytest.fixture
def pre(portal, body):
    """An open consultation whose comments wait for a moderator."""
    return opened(portal, body)


@pytest.fixture
def signed_in(portal):
    """Return a browser in which somebody signed in."""

    def open_browser(name):
        browser = portal.client.flask_app.test_client()
        login = {"login": name, "password": "correct-horse-battery"}
        portal.fill_in("/user/login", browser, send_to="/user/login", **login)
        return browser

    return open_browser


def read(browser, path):
    answer = browser.get(path, follow_redirects=True)
    model.Session.remove()
    return answer.status_code, answer.text


def send(portal, browser, path, send_to=None, **fields):
    answer = portal.fill_in(path, browser, send_to=send_to, **fields)
    place = answer.headers.get("Location", "").replace("http://test.ckan.net", "")
    return answer.status_code, answer.text, place


def version_in(page):
    return re.search(r'name="version" value="(\d+)"', page)[1]


def test_a_moderator_reads_claims_and_decides(portal, pre, signed_in):
    said(portal, body=f"{WORDS} Call 98 765 432.")
    said(portal, "ali", body="The next one")
    browser = signed_in("sami")
    status, page = read(browser, QUEUE)
    assert status == 200
    assert "<mark>98 765 432</mark>" in page
    assert SECRET in page
    [first, _second] = queue(portal)
    here = f"{QUEUE}/{first['id']}"

    status, _text, place = send(portal, browser, here, f"{here}/claim")
    assert (status, place.endswith(here)) == (302, True)
    assert queue(portal)[0]["claim"]["is_mine"]
    version = version_in(read(browser, here)[1])
    status, text, _place = send(
        portal, browser, here, f"{here}/decide", decision="reject", version=version,
        public_note="Your note",
    )  # fmt: skip
    assert (status, "Your note" in text, 'aria-invalid="true"' in text) == (422, True, True)
    status, _text, place = send(
        portal, browser, here, f"{here}/decide", decision="publish", version=version
    )
    assert status == 302
    _status, page = read(browser, place)
    assert "The next one" in page
    assert [each["seq"] for each in listed(portal)["results"]] == [first["comment"]["seq"]]


def test_who_comes_second_is_told_and_loses_nothing(portal, pre, signed_in):
    said(portal, body=WORDS)
    [item] = queue(portal)
    browser = signed_in("sami")
    here = f"{QUEUE}/{item['id']}"
    version = version_in(read(browser, here)[1])
    decided(portal, item, "publish", "nour")

    status, text, _place = send(
        portal, browser, here, f"{here}/decide", decision="reject", version=version,
        reason_code="abuse", public_note="Mine",
    )  # fmt: skip

    assert status == 409
    assert 'class="og-flash og-flash--warn" role="alert"' in text
    assert listed(portal)["results"][0]["state"] == "published"


def test_an_empty_queue_says_so_and_strangers_are_refused(portal, pre, signed_in):
    status, page = read(signed_in("sami"), QUEUE)
    assert (status, "og-empty" in page) == (200, True)
    for path in (QUEUE, f"{QUEUE}/appeals"):
        assert read(signed_in("rim"), path)[0] == 403
        answer = portal.client.flask_app.test_client().get(path)
        assert (answer.status_code, "/user/login" in answer.headers["Location"]) == (302, True)


def test_a_moderator_leaves_a_comment_to_a_colleague_and_takes_one_up(portal, is_open, signed_in):
    made = said(portal)
    browser = signed_in("sami")
    status, _text, place = send(portal, browser, QUEUE, f"{QUEUE}/take-up", comment_id=made["id"])
    assert status == 302
    send(portal, browser, place, f"{place}/decide", release="1")
    assert queue(portal) == []


def test_an_author_reads_the_reason_and_appeals(portal, is_open, signed_in):
    made = said(portal, body=WORDS)
    hidden(portal, made, public_note="It names a person.")
    browser = signed_in("rim")
    status, page = read(browser, "/consultation/transport/mine")
    appeal = f"/consultation/transport/c/{made['seq']}/appeal"
    assert status == 200
    assert "It names a person." in page
    assert appeal in page

    assert send(portal, browser, appeal, text="")[0] == 422
    status, _text, place = send(portal, browser, appeal, text="It names nobody.")
    assert (status, "mine" in place) == (302, True)
    assert "og-flash--ok" in read(browser, place)[1]
    assert read(signed_in("ali"), appeal)[0] == 404
    judge = signed_in("nour")
    _status, page = read(judge, f"{QUEUE}/appeals")
    assert "It names nobody." in page
    [found] = portal.ok("nour", "consultation_appeal_list")["results"]
    path = f"{QUEUE}/appeals/{found['id']}"
    assert send(portal, judge, f"{QUEUE}/appeals", path)[0] == 422
    assert send(portal, judge, f"{QUEUE}/appeals", path, decision="overturn")[0] == 302
    assert listed(portal)["results"][0]["body"] == WORDS


def test_a_reader_reports_on_a_page(portal, is_open, signed_in):
    made = said(portal, body=WORDS)
    path = f"/consultation/transport/c/{made['seq']}/report"
    browser = signed_in("ali")
    assert send(portal, browser, path)[0] == 422

    status, _text, place = send(portal, browser, path, reason="abuse")

    assert (status, place.endswith("done=1")) == (302, True)
    assert "og-flash--ok" in read(browser, place)[1]
    assert queue(portal)[0]["reports"] == {"abuse": 1}
    assert "og-note--warn" in read(signed_in("rim"), path)[1]


def test_everyone_reads_how_is_moderated(portal, is_open):
    made = said(portal, body=WORDS)
    hidden(portal, made)
    browser = portal.client.flask_app.test_client()

    for language in ("ar", "fr", "en"):
        status, page = read(browser, f"/{language}/consultation/transport/transparency")
        assert status == 200
        assert SECRET not in page
        assert "sami" not in page
        assert f"/c/{made['seq']}" in page
    assert read(browser, "/consultation/nothing/transparency")[0] == 404


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_no_page_has_a_script_or_a_style_of_its_own(portal, is_open, signed_in, language):
    made = said(portal, body=f"{WORDS} Call 98 765 432. https://example.org")
    said(portal, "ali", body="An answer", parent_id=made["id"])
    portal.ok("ali", "consultation_comment_report", id=made["id"], reason="spam")
    pages = {
        "sami": [QUEUE, f"{QUEUE}/appeals"],
        "rim": ["/consultation/transport/mine"],
        "ali": [f"/consultation/transport/c/{made['seq']}/report"],
    }
    for who, paths in pages.items():
        browser = signed_in(who)
        for path in paths:
            status, page = read(browser, f"/{language}{path}")
            main = page.split("<main")[1].split("</main>")[0]
            assert status == 200
            assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", main)
            assert len(re.findall("<h1", main)) == 1
            for sign in ('method="post"',):
                assert main.count(sign) == main.count('name="_csrf_token"')

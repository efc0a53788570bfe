"""Several comments are decided on at once, each by itself."""

import pytest
from tests.integration.consultation.browsing import get, signed_in, text_of
from tests.integration.consultation.conftest import fields
from tests.integration.consultation.test_comments import said
from tests.integration.consultation.test_moderation import WORDS, decided, opened, queue


@pytest.fixture
def waiting(portal, body):
    """Three that wait; two of them say the same."""
    opened(portal, body, mode="pre", appeal_days=10)
    said(portal, "rim", body=WORDS)
    said(portal, "ali", body=WORDS)
    said(portal, "zied", body="Something else that is said here.")
    return queue(portal)


def bulk(portal, items, decision="publish", who="sami", **more):
    asked = [{"id": each["id"], "version": each["version"]} for each in items]
    return portal.call(
        who, "consultation_review_bulk_decide", items=asked, decision=decision, **more
    )


def test_each_is_decided_by_itself(portal, waiting):
    decided(portal, waiting[1], "reject", reason_code="spam")
    portal.ok("nour", "consultation_review_claim", id=waiting[2]["id"])

    status, done = bulk(portal, waiting)

    assert status == 200
    assert [(each["id"], each["code"]) for each in done["results"]] == [
        (waiting[0]["id"], None),
        (waiting[1]["id"], "decided-meanwhile"),
        (waiting[2]["id"], "claimed"),
    ]
    listed = portal.ok(None, "consultation_comment_list", consultation_id="transport")
    assert [each["seq"] for each in listed["results"]] == [waiting[0]["comment"]["seq"]]
    history = portal.ok(None, "consultation_moderation_log_list", consultation_id="transport")
    assert len(history["results"]) == 2


def test_a_reason_is_needed_before_any_is_decided(portal, waiting):
    status, error = bulk(portal, waiting, "reject")
    assert (status, list(error["__codes"])) == (409, ["reason_code"])
    assert len(queue(portal)) == 3


@pytest.mark.parametrize("items", [None, [], "all", [{"version": 1}], ["x"], [{"id": "a"}] * 101])
def test_what_is_no_choice_is_refused_whole(portal, waiting, items):
    given = {"items": items, "decision": "publish"}
    status, error = portal.call("sami", "consultation_review_bulk_decide", **given)
    assert (status, error["__codes"]["items"]) == (409, ["several-needed"])


def test_nobody_decides_elsewhere_or_on_their_own(portal, body, waiting):
    other = portal.body("other", karim="admin")
    elsewhere = fields(other, name="elsewhere")
    portal.ok("karim", "consultation_create", **elsewhere)
    _status, foreign = bulk(portal, waiting, who="karim")
    assert {each["code"] for each in foreign["results"]} == {"not-found"}
    assert bulk(portal, waiting, who="rim")[0] == 403
    own = said(portal, "nour", body="Mine")
    [entry] = [each for each in queue(portal) if each["comment"]["id"] == own["id"]]
    _status, refused = bulk(portal, [entry], who="nour")
    assert [each["code"] for each in refused["results"]] == ["own-comment"]
    assert len(queue(portal)) == 4


def test_the_same_words_are_found_and_decided_on_a_page(portal, waiting):
    browser, path = signed_in(portal, "sami"), "/dashboard/consultation/review/several"
    same = portal.ok("sami", "consultation_review_list", same_as=waiting[0]["id"])["results"]
    assert {each["id"] for each in same} == {each["id"] for each in waiting[:2]}
    shown = get(portal, f"{path}?same_as={waiting[0]['id']}", browser)
    assert shown.text.count(" checked") == 2
    ticked = {"ticked": [f"{each['id']}:{each['version']}" for each in waiting[:2]]}
    address = f"/en{path}"

    nothing = portal.fill_in(address, client=browser, decision="publish")
    assert (nothing.status_code, "Choose 1 to 100 comments" in nothing.text) == (422, True)
    done = portal.fill_in(address, client=browser, decision="publish", **ticked)

    assert "decided=2&missed=0" in done.location
    after = get(portal, f"{path}?decided=2&missed=1&done=publish", browser)
    assert "2 comments were decided on. 1 was not" in text_of(after)
    assert [each["id"] for each in queue(portal)] == [waiting[2]["id"]]

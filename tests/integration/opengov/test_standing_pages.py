"""The pages on which standing approvals are asked for, given, used and ended."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.integration.opengov.test_review_pages import get, post
from tests.integration.opengov.test_upserts import NEXT, accepted, publish

PAGE = "/{}/dataset/rainfall/standing"


@pytest.fixture
def table(portal):
    body = portal.body("meteo", amel="editor", sami="admin")
    return publish(portal, body)


def ask(portal, table, **fields):
    given = {"mode": "append", "most_rows": "10", "most_rows_a_day": "20", "reason": "Daily rain"}
    return post(portal, "amel", PAGE.format("en"), resource_id=table, **{**given, **fields})


def approval(portal):
    return portal.ok("amel", "opengov_standing_list")["results"][0]


def test_an_approval_lives_on_its_pages(portal, table):
    assert "Ask for a standing approval" in get(portal, "amel", PAGE.format("en"))
    assert PAGE.format("en") in get(portal, "amel", "/en/dataset/rainfall/review")
    refused = ask(portal, table, most_rows="many", reason="")
    assert refused.status_code == 422
    assert 'href="#field-reason"' in refused.text
    assert ask(portal, table).status_code == 302
    queue = get(portal, "sami", "/en/dashboard/review")
    assert "Standing approvals to decide" in queue
    assert PAGE.format("en") in queue

    id_ = approval(portal)["id"]
    late = (datetime.now(UTC).date() + timedelta(days=500)).isoformat()
    path = f"{PAGE.format('en')}/{id_}"
    answer = post(portal, "sami", f"{path}/decide", decision="grant", until=late)
    assert answer.status_code == 422
    assert f'href="#until-{id_}"' in answer.text
    soon = (datetime.now(UTC).date() + timedelta(days=50)).isoformat()
    assert post(portal, "sami", f"{path}/decide", decision="grant", until=soon).status_code == 302
    accepted(portal, table, NEXT, method="append")
    page = get(portal, "sami", PAGE.format("en"))
    assert "Rows that came, by day" in page
    assert "In force" in page
    assert "The table is ahead of the file" in page
    assert "Standing approvals to decide" not in get(portal, "sami", "/en/dashboard/review")

    assert "What happens" in get(portal, "amel", f"{path}/end")
    assert post(portal, "amel", f"{path}/end", reason="").status_code == 422
    assert post(portal, "amel", f"{path}/end", reason="Sensor gone").status_code == 302
    page = get(portal, "sami", PAGE.format("en"))
    assert "Sensor gone" in page
    history = get(portal, "sami", "/en/dataset/rainfall/review")
    for step in ("asked for", "given", "ended"):
        assert f"Standing approval {step}" in history


def test_a_request_is_declined_with_its_reason(portal, table):
    ask(portal, table)
    path = f"{PAGE.format('en')}/{approval(portal)['id']}"

    assert post(portal, "sami", f"{path}/decide", decision="decline").status_code == 422
    assert post(portal, "sami", f"{path}/decide", decision="x").status_code == 422
    assert post(portal, "amel", f"{path}/decide", decision="decline", reason="r").status_code == 403
    post(portal, "sami", f"{path}/decide", decision="decline", reason="By revision, please")

    assert "By revision, please" in get(portal, "amel", PAGE.format("en"))


@pytest.mark.parametrize(
    ("language", "words"), [("ar", "الموافقات المستمرّة"), ("fr", "Autorisations permanentes")]
)
def test_the_page_speaks_the_readers_language(portal, table, language, words):
    assert f"<h1>{words}</h1>" in get(portal, "amel", PAGE.format(language))


def test_outsiders_find_no_page(portal, table):
    portal.body("finance", omar="admin")
    ask(portal, table)
    path = f"{PAGE.format('en')}/{approval(portal)['id']}"

    for address in (PAGE.format("en"), f"{path}/end"):
        headers = {"Authorization": portal.tokens["omar"]}
        assert portal.client.get(address, headers=headers).status_code == 404
        assert portal.client.get(address).status_code == 404
    assert post(portal, "omar", f"{path}/end", reason="r").status_code == 404

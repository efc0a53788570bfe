"""The pages of the review: who sees them, what they say when something is in the way."""

import pytest


@pytest.fixture
def body(portal):
    return portal.body("meteo", amel="editor", sami="admin")


def page(portal, user, path):
    return portal.client.get(path, headers={"Authorization": portal.tokens[user]})


def test_the_queue_names_what_waits(portal, body):
    portal.submitted("amel", body)

    answer = page(portal, "sami", "/dashboard/review")

    assert answer.status_code == 200
    assert "Rainfall" in answer.text


def test_the_queue_asks_a_visitor_to_sign_in(portal):
    answer = portal.client.get("/dashboard/review", follow_redirects=False)

    assert answer.status_code == 302
    assert "/user/login" in answer.headers["Location"]


@pytest.mark.parametrize(
    "path",
    [
        "/dataset/rainfall/review",
        "/dataset/rainfall/revise",
        "/dataset/rainfall/revise/file",
        "/dataset/rainfall/revise/file/{resource}",
        "/dataset/rainfall/review/file/{resource}",
    ],
)
@pytest.mark.parametrize("is_public", [True, False])
def test_only_the_bodys_people_see_the_review(portal, body, path, is_public):
    portal.body("finance", omar="admin")
    make = portal.published if is_public else portal.submitted
    people = ("amel", "sami", body) if is_public else ("amel", body)
    dataset = make(*people)
    path = path.format(resource=dataset["resources"][0]["id"])

    answers = [portal.client.get(path), page(portal, "omar", path)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert page(portal, "amel", path).status_code == 200

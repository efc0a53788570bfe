"""The pages on which results become data, and those that lead to them."""

import pytest
from tests.integration.consultation.browsing import get, signed_in, text_of
from tests.integration.consultation.results import SECRET, approved, consulted, made

HERE = "/consultation/transport/manage/data"


@pytest.fixture
def closed(portal, body):
    return consulted(portal, body)


def test_a_publisher_looks_at_it_and_has_it_made(portal, closed):
    sami = signed_in(portal, "sami")
    assert f'{HERE}"' in get(portal, "/consultation/transport/manage", sami).text
    page = get(portal, HERE, sami)
    said = text_of(page)
    assert "1 comment: hidden by a moderator" in said
    assert "HYPERLINK" in said
    assert SECRET not in page.text

    answer = portal.fill_in(f"/en{HERE}", client=sami, license_id="cc-by")

    assert answer.status_code == 302
    waiting = get(portal, HERE, sami)
    assert 'http-equiv="refresh"' in waiting.text
    assert "0 of 100 done" in text_of(waiting)
    portal.work()
    done = get(portal, HERE, sami)
    assert "The dataset is a draft." in text_of(done)
    name = portal.ok("sami", "consultation_export_show", id="transport")["dataset"]["name"]
    assert name == "consultation-transport"
    assert f"/dataset/{name}/publish" in done.text
    assert portal.ok("sami", "package_show", id=name)["license_id"] == "cc-by"


def test_what_is_wrong_is_said_beside_the_form(portal, closed):
    sami = signed_in(portal, "sami")

    answer = portal.fill_in(f"/en{HERE}", client=sami, license_id="none-such")

    assert answer.status_code == 422
    assert "Choose one of the licences of this portal." in answer.text


def test_others_learn_nothing_of_the_page(portal, closed):
    portal.body("transports", hedi="admin")
    made(portal)
    assert get(portal, HERE).status_code == 302
    for who in ("rim", "hedi"):
        assert get(portal, HERE, signed_in(portal, who)).status_code == 404
    amel = get(portal, HERE, signed_in(portal, "amel"))
    assert "Those who publish for the body have the data made." in text_of(amel)
    assert "<form" not in amel.text.split("<h1")[1].split("<footer")[0]


def test_everyone_is_led_to_the_data_once_they_are_published(portal, closed):
    dataset = made(portal)
    pages = ("/consultation/transport/results", "/consultation/transport")
    for page in pages:
        assert "The results as data" not in text_of(get(portal, page))
        assert dataset["name"] not in get(portal, page).text

    approved(portal, dataset)

    # The page of the consultation speaks of results once they are published.
    result = get(portal, pages[0])
    assert "The results as data" in text_of(result)
    assert f"/dataset/{dataset['name']}" in result.text
    assert "comments.csv" in result.text
    back = get(portal, f"/dataset/{dataset['name']}")
    assert '/en/consultation/transport"' in back.text
    portal.ok("nour", "opengov_dataset_withdraw", id=dataset["id"], reason="Une erreur")
    assert "The results as data" not in text_of(get(portal, pages[0]))

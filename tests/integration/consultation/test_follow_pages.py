"""The pages of following: one button, its state, and the way back."""

import re

import pytest
from tests.integration.consultation.browsing import get, signed_in, text_of, tree
from tests.integration.consultation.conftest import published
from tests.integration.consultation.test_follow import follow, is_following, leave
from tests.integration.consultation.test_pages_kept import keep, told

from ckan import model

HERE = "/consultation/transport"
WAYS = f"{HERE}/follow"
FEEDS = {
    HERE: ["feed.atom", "comments.atom", "calendar.ics"],
    WAYS: ["feed.atom", "comments.atom", "calendar.ics"],
    "/consultation/": ["feed.atom", "calendar.ics"],
    "/organization/meteo/consultations": ["feed.atom?body=meteo", "calendar.ics?body=meteo"],
}


def press(portal, client, path, wish="1", back="page"):
    """Send the form of a page as its button does."""
    fields = {"follow": wish, "back": back}
    return portal.fill_in(f"/en{path}", client, send_to=f"/en{WAYS}", **fields)


def test_the_button_follows_and_leaves(portal, is_open):
    rim = signed_in(portal, "rim")
    assert "Follow" in text_of(get(portal, HERE, rim))

    answer = press(portal, rim, HERE)
    assert answer.location.endswith("/en/consultation/transport")
    page = text_of(get(portal, HERE, rim))
    assert "You follow this consultation: you are told what becomes of it." in page
    assert "Stop following" in page
    assert is_following(portal)

    press(portal, rim, HERE, "0")
    assert "You follow this consultation no more." in text_of(get(portal, HERE, rim))
    assert not is_following(portal)


@pytest.mark.parametrize(
    ("back", "place"),
    [
        ("page", HERE),
        ("ways", WAYS),
        ("mine", "/dashboard/following"),
        ("12", f"{HERE}/c/12"),
        ("//example.org", HERE),
        ("https://example.org", HERE),
    ],
)
def test_it_leads_back_to_where_one_was(portal, is_open, back, place):
    answer = press(portal, signed_in(portal, "rim"), HERE, back=back)

    assert answer.location.endswith(f"/en{place}")


def test_who_is_not_signed_in_does_it_afterwards(portal, is_open):
    page = text_of(get(portal, WAYS))
    assert "For this you need an account" in page
    assert "Subscribe in my calendar" in page

    client = portal.client.flask_app.test_client()
    answer = portal.fill_in("/en/user/login", client, send_to=f"/en{WAYS}", follow="1")
    assert "/user/login?came_from=" in answer.location


def test_a_form_of_another_site_follows_nothing(portal, is_open):
    rim = signed_in(portal, "rim")
    rim.post(f"/en{WAYS}", data={"follow": "1"})
    model.Session.remove()

    assert not is_following(portal)


def test_a_draft_cannot_be_followed(portal, draft):
    amel = signed_in(portal, "amel")

    assert "Follow" not in text_of(get(portal, HERE, amel)).partition("What it is about")[0]
    assert get(portal, WAYS).status_code == 404
    press(portal, amel, HERE)
    assert "not public yet" in text_of(get(portal, HERE, amel))


def test_what_one_follows_is_on_a_page_of_ones_own(portal, is_open):
    rim = signed_in(portal, "rim")
    assert "You follow no consultation" in text_of(get(portal, "/dashboard/following", rim))
    follow(portal)

    page = get(portal, "/dashboard/following", rim)
    assert "Projet de décret sur les transports" in text_of(page)
    assert tree(page).xpath("//nav//a[@aria-current='page' and text()='What you follow']")
    assert "/user/login" in get(portal, "/dashboard/following").location


def test_who_said_something_is_told_that_they_follow_and_how_not_to(portal, is_open):
    rim = signed_in(portal, "rim")
    answer = portal.fill_in(f"/en{HERE}/respond", rim, body="Line 12 is late.")
    said = answer.location.partition("/en")[2]

    page = text_of(get(portal, said, rim))
    assert "You follow this consultation" in page
    assert "Stop following" in page
    leave(portal)
    assert "You follow this consultation" not in text_of(get(portal, said, rim))


@pytest.mark.parametrize("path", FEEDS)
def test_programs_find_feeds_and_calendar_on_the_page(portal, is_open, path):
    page = tree(get(portal, path))
    links = page.xpath("//head/link[@rel='alternate' and not(@hreflang)]")

    found = [link.get("href").rpartition("/")[2] for link in links]
    assert [each for each in found if each in FEEDS[path]] == FEEDS[path]
    assert all(link.get("title") for link in links)
    for link in links:
        address = re.sub("^http://test.ckan.net/en", "", link.get("href"))
        assert get(portal, address).status_code == 200, address


def test_the_page_of_ways_is_kept_and_shows_nobody_elses_state(portal, is_open):
    keep(portal, WAYS)
    follow(portal)
    assert told(portal, WAYS) == "hit"

    assert "Stop following" in text_of(get(portal, WAYS, signed_in(portal, "rim")))
    assert "Stop following" not in text_of(get(portal, WAYS))


def test_its_people_read_how_many_follow(portal, is_open):
    follow(portal)
    manage = get(portal, f"{HERE}/manage", signed_in(portal, "amel"))

    assert "1 person follows it" in text_of(manage)


def test_a_scheduled_one_can_be_followed_too(portal, draft):
    portal.user("rim")
    published(portal, draft)
    press(portal, signed_in(portal, "rim"), HERE)

    assert is_following(portal)

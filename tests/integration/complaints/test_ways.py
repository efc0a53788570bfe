"""Ways lead to pages that open: the tabs of each role, and the page after the sign-in."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from tests.common import complaints as net

from ckanext.opengov.shared import places

PLACES = {"handler": "general", "lead": "general", "clerk": "general"}
FIRST = {
    "handler": "/dashboard/complaints/",
    "lead": "/dashboard/complaints/",
    "clerk": "/dashboard/complaints/intake/",
    "supervisor": "/dashboard/complaints/overview/",
    "steward": "/dashboard/complaints/overview/",
}


@pytest.fixture
def units(portal):
    root, units = net.answering(portal, "ministry", "general", "oversight")
    net.coordinated_by(root, units["oversight"])
    net.category("roads", routes={None: root})
    return units


def staff(portal, clock, units, role):
    return net.officer(portal, clock, "amel", (units[PLACES.get(role, "oversight")], role))


def tabs(page):
    found = re.search(r'<ul class="og-tabs">(.*?)</ul>', page, re.S)[1]
    return [each.removeprefix("/en") for each in re.findall(r'href="([^"]+)"', found)]


@pytest.mark.parametrize("role", FIRST)
def test_every_tab_of_a_role_opens(portal, clock, units, role):
    person = staff(portal, clock, units, role)
    shown = tabs(person.get("/dashboard/inbox/").text)
    assert FIRST[role] in shown
    assert ("/dashboard/complaints/" in shown) == (role in ("handler", "lead"))
    for path in shown:
        assert person.get(path).status_code == 200, path


@pytest.mark.parametrize("role", FIRST)
def test_who_has_no_datasets_begins_at_their_first_desk(portal, clock, units, role):
    person = staff(portal, clock, units, role)
    assert person.get("/dashboard/start").headers["Location"].endswith(FIRST[role])


def test_what_one_does_for_oneself_waits_behind_work(portal, clock, units, monkeypatch):
    follows = places.Desk("Mine", "opengov_inbox.show", lambda _user: sa.true(), is_own=True)
    kept = dict(places._places)
    monkeypatch.setattr(places, "_places", {(places.Desk, "mine"): follows, **kept})
    person = staff(portal, clock, units, "handler")
    assert person.get("/dashboard/start").headers["Location"].endswith(FIRST["handler"])
    stranger = net.officer(portal, clock, "rim")
    assert stranger.get("/dashboard/start").headers["Location"].endswith("/dashboard/inbox/")


def test_who_has_another_role_is_told_so_and_led_back(portal, clock, units):
    for person in (staff(portal, clock, units, "clerk"), net.officer(portal, clock, "rim")):
        page = person.get("/dashboard/complaints/")
        assert page.status_code == 403
        assert "Your account does not have that role." in page.text
        assert 'href="/en/dashboard/start">Back to your own pages' in page.text
        assert "two-factor" not in page.text.split("<main", 1)[1].split("</main", 1)[0]


@pytest.mark.parametrize("path", ["", "intake/", "requests/", "slow/", "programs/", "holds/"])
def test_who_lacks_the_second_step_is_led_to_it(portal, clock, units, path):
    person = net.Officer(portal, clock, "amel")
    person.sign_in()
    net.appoint(person.id, units["general"], "lead")
    page = person.get(f"/dashboard/complaints/{path}")
    assert page.status_code == 403
    assert "Set up the second step" in page.text

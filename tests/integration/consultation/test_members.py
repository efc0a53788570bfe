"""Who runs a consultation lets others work in it, and in it alone."""

import pytest
from tests.integration.consultation.browsing import get, signed_in, text_of
from tests.integration.consultation.conftest import published

PATH = "/consultation/transport/people"


@pytest.fixture
def boss(portal, draft):
    published(portal, draft)
    portal.user("zied")
    return signed_in(portal, "sami")


def change(portal, browser, verb, user="zied", role="moderator"):
    return portal.fill_in(f"/en{PATH}", client=browser, verb=verb, user=user, role=role)


def test_a_role_is_given_and_taken_on_the_page(portal, boss):
    assert "Nobody was added yet" in text_of(get(portal, PATH, boss))
    assert portal.call("zied", "consultation_review_list")[0] == 403

    added = change(portal, boss, "add")

    assert added.location.endswith(f"{PATH}?done=add&user=zied&role=moderator")
    shown = text_of(get(portal, f"{PATH}?done=add&user=zied&role=moderator", boss))
    assert "zied has this role now: Moderator." in shown
    assert portal.ok("zied", "consultation_review_list")["results"] == []
    assert "Your consultations" in text_of(
        get(portal, "/dashboard/consultation", signed_in(portal, "zied"))
    )
    change(portal, boss, "remove")
    assert portal.call("zied", "consultation_review_list")[0] == 403
    assert "Nobody was added yet" in text_of(get(portal, PATH, boss))


def test_mistakes_are_said_at_the_field_and_nothing_typed_is_lost(portal, boss):
    unknown = change(portal, boss, "add", user="nobody")
    assert (unknown.status_code, 'value="nobody"' in unknown.text) == (422, True)
    assert "There is no account of this name" in unknown.text
    none = change(portal, boss, "add", role="")
    assert (none.status_code, 'value="zied"' in none.text) == (422, True)


@pytest.mark.parametrize("who", ["amel", "zied", "karim"])
def test_nobody_else_sees_or_changes_who_works(portal, boss, who):
    portal.body("other", karim="admin")
    browser = signed_in(portal, who)
    assert get(portal, PATH, browser).status_code == 403
    assert change(portal, browser, "add", user=who).status_code == 403
    assert portal.ok("sami", "consultation_member_list", id="transport")["results"] == []


def test_who_has_no_account_is_asked_to_sign_in(portal, boss):
    assert "/user/login" in get(portal, PATH).location

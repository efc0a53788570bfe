"""How others see those who take part: as each chooses, and for all that they said."""

import pytest
from tests.integration.consultation.browsing import get, signed_in, text_of, tree
from tests.integration.consultation.conftest import shift
from tests.integration.consultation.guesting import confirmed, opened, post
from tests.integration.consultation.test_comments import listed, said
from tests.integration.consultation.test_pages_taking_part import send

from ckan import model

HERE = "/consultation/transport"
UPDATE = "consultation_participant_update"


@pytest.fixture
def is_open(portal, body):
    """Open to guests."""
    made = opened(portal, body)
    for name in ("rim", "ali"):
        portal.user(name)
    return made


def call(portal, who="rim", **given):
    return portal.call(who, UPDATE, consultation_id="transport", **given)


def names(portal):
    return [each["participant"]["name"] for each in listed(portal)["results"]]


def test_people_are_a_number_until_they_want_to_be_named(portal, is_open):
    said(portal, "rim", body="One")
    assert names(portal) == [None]

    assert call(portal, display_name="Rim Ben Salah", may_be_named=True)[0] == 200
    said(portal, "rim", body="Two")
    assert names(portal) == ["Rim Ben Salah"] * 2

    assert call(portal, display_name="Rim Ben Salah")[1]["name"] is None
    assert names(portal) == [None] * 2


def test_an_organisation_is_named_with_the_word(portal, is_open, mails):
    given = {"body": "Of all cyclists", "kind": "organization", "org_name": "Cyclists of Sfax"}
    made = confirmed(portal, mails, **given)

    assert made["comment"]["participant"]["kind"] == "organization"
    page = tree(get(portal, HERE))
    [head] = page.xpath("//article/header")
    assert "Cyclists of Sfax organisation" in " ".join(head.text_content().split())


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"kind": "organization"}, "org_name", "required"),
        ({"kind": "organization", "org_name": "وزارة النقل"}, "org_name", "name-reserved"),
        (
            {"display_name": "\u041cinister X", "may_be_named": True},
            "display_name",
            "name-reserved",
        ),
        ({"may_be_named": True}, "display_name", "required"),
        ({"display_name": "me@example.org"}, "display_name", "address-in-name"),
        ({"kind": "guest"}, "kind", "unknown-choice"),
    ],
)
def test_names_deceive_nobody(portal, is_open, given, field, code):
    status, error = call(portal, **given)

    assert (status, error["__codes"]) == (409, {field: [code]})


def test_a_name_that_others_reacted_to_stands(portal, is_open):
    said(portal, "rim", body="One")
    call(portal, kind="organization", org_name="Cyclists")
    assert call(portal, kind="organization", org_name="Walkers")[0] == 200
    portal.ok("ali", "consultation_comment_vote", id=listed(portal)["results"][0]["id"], value=1)

    for given in (
        {"kind": "organization", "org_name": "Drivers"},
        {"display_name": "Rim", "may_be_named": True},
        {},
    ):
        status, error = call(portal, **given)
        assert (status, error["__codes"]) == (409, {"__all__": ["name-stands"]})
    assert names(portal) == ["Walkers"]


def test_people_stop_being_named_at_any_time_and_take_no_other_name(portal, is_open):
    said(portal, "rim", body="One")
    call(portal, display_name="Rim", may_be_named=True)
    shift(is_open, closes_at=-0.001)

    assert call(portal, display_name="Another", may_be_named=True)[0] == 409
    assert call(portal)[1]["name"] is None
    assert call(portal, display_name="Rim", may_be_named=True)[0] == 409


def test_a_name_that_may_deceive_is_shown_to_moderators(portal, is_open):
    said(portal, "rim", body="One")
    call(portal, display_name="R\u0456m Salah", may_be_named=True)

    [item] = portal.ok("sami", "consultation_review_list")["results"]
    assert item["causes"] == ["name"]
    assert said(portal, "rim", body="Two")["state"] == "pending"
    assert "may deceive" in text_of(
        get(portal, "/dashboard/consultation/review", signed_in(portal, "sami"))
    )


def test_nobody_changes_the_name_of_another(portal, is_open, mails):
    made = confirmed(portal, mails, body="One")
    confirmed(portal, mails, "huda@example.org", body="Two")
    given = {"consultation_id": "transport", "display_name": "Leila", "may_be_named": True}

    assert post(portal, UPDATE, **given)[0] == 403
    assert post(portal, UPDATE, **given, guest_key="x" * 48)[0] == 403
    assert post(portal, UPDATE, **given, guest_key=made["guest_key"])[1]["name"] == "Leila"
    assert names(portal) == [None, "Leila"]


def test_the_page_shows_and_changes_it(portal, is_open):
    rim = signed_in(portal, "rim")
    assert "a number, which you get" in text_of(get(portal, f"{HERE}/mine/name", rim))

    wrong = send(portal, rim, f"{HERE}/mine/name", kind="organization", org_name="x")
    assert wrong.status_code == 422, text_of(wrong)
    assert tree(wrong).xpath("//div[@role='alert']//a/@href") == ["#field-org_name"]
    answer = send(portal, rim, f"{HERE}/mine/name", kind="organization", org_name="Cyclists")

    page = text_of(get(portal, f"{HERE}/mine/name?done=1", rim))
    assert answer.location.endswith("/mine/name?done=1")
    assert "Now: Cyclists organisation" in page
    assert "Saved." in page
    visitor = get(portal, f"{HERE}/mine/name")
    assert visitor.location.endswith(f"{HERE}/guest/return"), "most here have no account"
    model.Session.remove()

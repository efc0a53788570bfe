"""People without an account write, confirm, come back and leave on pages, without a script."""

import pytest
import sqlalchemy as sa
from tests.common.people import PASSWORD
from tests.integration.consultation.browsing import get, signed_in, text_of, tree
from tests.integration.consultation.guesting import (
    LEILA,
    WORDS,
    confirmed,
    link_in,
    opened,
    post,
)
from tests.integration.consultation.test_comments import listed, said
from tests.integration.consultation.test_pages_taking_part import send

import ckan.plugins.toolkit as tk
from ckan import model

HERE = "/consultation/transport"
TOLD = "X-Opengov-Cache"


@pytest.fixture
def is_open(portal, body):
    """Open to guests."""
    made = opened(portal, body)
    for name in ("rim", "ali"):
        portal.user(name)
    return made


@pytest.fixture
def phone(portal):
    """The browser of somebody without an account."""
    return portal.client.flask_app.test_client()


def confirm(portal, client, mails):
    """Open the newest link and press the button; return the answer."""
    portal.work()
    path = link_in(mails()[-1]).split("/", 3)[3].split("/", 1)[1]
    token = path.split("token=")[1]
    here = f"/{path}"
    assert client.get(f"/en{here}").status_code == 200
    model.Session.remove()
    fields = {"token": token, "choice": "confirm"}
    return portal.fill_in(f"/en{here}", client=client, send_to=f"/en{HERE}/guest/confirm", **fields)


def joined(portal, client, mails, **fields):
    """Write and confirm; return the answer of the confirmation."""
    given = {"body": WORDS, "email": LEILA, "position": "1", **fields}
    assert send(portal, client, f"{HERE}/respond", **given).status_code == 302
    return confirm(portal, client, mails)


def test_a_visitor_writes_confirms_and_reads_it(portal, is_open, phone, mails):
    answer = send(portal, phone, f"{HERE}/respond", body=WORDS, email=LEILA, position="1")
    assert answer.location.endswith(f"{HERE}/guest/sent")
    told = text_of(get(portal, f"{HERE}/guest/sent", phone))
    assert "within 48 hours" in told
    assert LEILA not in told
    assert listed(portal)["results"] == []

    answer = confirm(portal, phone, mails)

    assert answer.location.endswith(f"{HERE}/c/1?said=published")
    page = text_of(get(portal, f"{HERE}/c/1?said=published", phone))
    assert "Your words are public now." in page
    assert "Not you? Leave" in page
    [read] = listed(portal)["results"]
    assert (read["body"], read["position"]) == (WORDS, 1)


def test_opening_the_link_confirms_nothing_and_tells_no_other_site(portal, is_open, phone, mails):
    send(portal, phone, f"{HERE}/respond", body=WORDS, email=LEILA)
    portal.work()
    link = link_in(mails()[-1]).split("/", 3)[3]

    for _time in range(3):
        answer = portal.client.flask_app.test_client().get(f"/{link}")
        model.Session.remove()
    head = portal.client.flask_app.test_client().head(f"/{link}")
    model.Session.remove()

    assert (answer.status_code, head.status_code) == (200, 200)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "no-store" in answer.headers["Cache-Control"]
    assert TOLD not in answer.headers
    assert WORDS in answer.text
    assert LEILA not in answer.text
    assert listed(portal)["results"] == []
    bare = portal.client.flask_app.test_client().post(
        f"/en{HERE}/guest/confirm", data={"token": link}
    )
    model.Session.remove()
    assert bare.status_code == 400


def test_the_key_is_in_a_cookie_of_this_consultation_alone(portal, is_open, phone, mails):
    answer = joined(portal, phone, mails)

    given = [each for each in answer.headers.getlist("Set-Cookie") if "opengov_guest=" in each]
    paths = {each.split("Path=")[1].split(";")[0] for each in given}
    assert paths == {HERE, *(f"/{language}{HERE}" for language in ("ar", "en", "fr"))}
    assert all("HttpOnly" in each and "SameSite=Lax" in each for each in given)
    assert all(("Secure" in each) is False for each in given)
    assert "Not you? Leave" in text_of(get(portal, HERE, phone))
    assert "Not you? Leave" not in text_of(get(portal, "/consultation/", phone))


def test_the_cookie_goes_over_https_alone_where_the_site_has_it(
    portal, is_open, phone, mails, monkeypatch
):
    monkeypatch.setitem(tk.config, "ckan.site_url", "https://test.ckan.net")
    answer = joined(portal, phone, mails)

    given = [each for each in answer.headers.getlist("Set-Cookie") if "opengov_guest=" in each]
    assert len(given) == 4
    assert all("Secure" in each for each in given)


def test_a_guest_goes_on_without_another_mail(portal, is_open, phone, mails):
    other = said(portal, "rim", body="Something to react to")
    joined(portal, phone, mails)
    there = f"{HERE}/c/{other['seq']}"

    send(portal, phone, f"{HERE}/respond", body="A second opinion")
    send(portal, phone, f"{there}/reply", body="An answer")
    portal.fill_in(f"/en{there}", client=phone, send_to=f"/en{there}/vote", value="1")
    send(portal, phone, f"{there}/report", reason="spam")
    send(portal, phone, f"{HERE}/c/2/edit", body="Changed words")
    send(portal, phone, f"{HERE}/c/3/withdraw")

    assert len(mails()) == 1
    mine = text_of(get(portal, f"{HERE}/mine", phone))
    for words in ("An answer", "Changed words", "Taken back"):
        assert words in mine
    found = {each["seq"]: each for each in listed(portal, sort="oldest")["results"]}
    assert found[1]["votes"]["for"] == 1
    assert (found[2]["body"], found[3]["state"]) == ("Changed words", "withdrawn")
    with model.ensure_engine().connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM consultation_report")).scalar() == 1


def test_asking_for_the_head_of_a_page_changes_nothing(portal, is_open, phone, mails):
    joined(portal, phone, mails)

    for path in ("c/1/withdraw", "c/1/edit", "mine/name", "respond"):
        assert phone.head(f"/en{HERE}/{path}").status_code == 200
        model.Session.remove()

    [read] = listed(portal)["results"]
    assert (read["state"], read["edited_at"]) == ("published", None)


def test_a_visitor_votes_and_confirms_it(portal, is_open, phone, mails):
    said(portal, "rim", body="Something to vote on")
    page = tree(get(portal, HERE, phone))
    assert page.xpath("//a[starts-with(normalize-space(), 'Vote')]/@href") == [
        f"/en{HERE}/c/1/vote"
    ]

    answer = send(portal, phone, f"{HERE}/c/1/vote", value="-1", email=LEILA)
    assert answer.location.endswith("/guest/sent")
    assert listed(portal)["results"][0]["votes"]["against"] == 0
    answer = confirm(portal, phone, mails)

    assert answer.location.endswith(f"{HERE}/c/1?said=voted")
    assert listed(portal)["results"][0]["votes"]["against"] == 1
    pressed = tree(get(portal, f"{HERE}/c/1", phone)).xpath("//button[@aria-pressed='true']/@value")
    assert pressed == ["0"]


def test_another_device_opens_the_link_and_both_are_the_same_guest(portal, is_open, phone, mails):
    send(portal, phone, f"{HERE}/respond", body=WORDS, email=LEILA)
    desk = portal.client.flask_app.test_client()

    confirm(portal, desk, mails)
    assert "Not you? Leave" in text_of(get(portal, HERE, desk))
    assert "Not you? Leave" not in text_of(get(portal, HERE, phone))
    send(portal, phone, f"{HERE}/guest/return", email=LEILA)
    confirm(portal, phone, mails)

    assert WORDS in text_of(get(portal, f"{HERE}/mine", phone))
    assert WORDS in text_of(get(portal, f"{HERE}/mine", desk))


def test_what_is_wrong_is_said_beside_what_was_typed(portal, is_open, phone):
    answer = send(portal, phone, f"{HERE}/respond", body=WORDS, email="leila", org_name="Club")

    page = tree(answer)
    assert answer.status_code == 422
    assert page.xpath("//div[@role='alert']//a/@href") == ["#field-email"]
    assert page.xpath("//input[@name='email']/@value") == ["leila"]
    assert page.xpath("//input[@name='org_name']/@value") == ["Club"]
    assert page.xpath("//textarea")[0].text_content().strip() == WORDS


def test_a_filled_trap_and_a_fast_program(portal, is_open, phone, mails, monkeypatch):
    joined(portal, phone, mails, website="https://spam.example")
    assert listed(portal)["results"] == []
    monkeypatch.setitem(tk.config, "ckanext.consultation.form_seconds", 3)
    other = portal.client.flask_app.test_client()
    answer = send(portal, other, f"{HERE}/respond", body="Fast", email="fast@example.org")
    assert answer.status_code == 422
    assert "very quickly" in text_of(answer)


def test_a_form_without_its_token_is_refused_and_a_late_one_is_shown_again(portal, is_open, phone):
    fields = {"body": WORDS, "email": LEILA, "_csrf_token": "no"}
    site = {"Sec-Fetch-Site": "same-origin"}
    answer = phone.post(f"/en{HERE}/respond", data=fields, headers=site)
    model.Session.remove()
    assert answer.status_code == 302
    assert "/user/login" not in answer.location
    again = tree(get(portal, f"{HERE}/respond", phone))
    assert again.xpath("//textarea")[0].text_content().strip() == WORDS
    assert again.xpath("//input[@name='email']/@value") == [""]
    assert listed(portal)["results"] == []


def test_who_leaves_is_a_visitor_again(portal, is_open, phone, mails):
    joined(portal, phone, mails)
    key = phone.get_cookie("opengov_guest", path=f"/en{HERE}").value

    answer = portal.fill_in(f"/en{HERE}", client=phone, send_to=f"/en{HERE}/guest/leave")

    assert answer.status_code == 302
    assert phone.get_cookie("opengov_guest", path=f"/en{HERE}") is None
    assert "Not you? Leave" not in text_of(get(portal, HERE, phone))
    mine = {"consultation_id": "transport", "guest_key": key}
    assert post(portal, "consultation_comment_mine_list", **mine)[0] == 403


def test_kept_pages_are_everyones_and_a_guests_are_their_own(portal, body, phone, mails):
    opened(portal, body, moderation="pre")
    for _time in range(2):
        everyone = get(portal, HERE)
    assert everyone.headers[TOLD] == "hit"

    joined(portal, phone, mails)
    own = get(portal, f"{HERE}?mine=1", phone)
    page = get(portal, HERE, phone)

    for answer in (own, page):
        assert TOLD not in answer.headers
        assert "no-store" in answer.headers["Cache-Control"]
        assert "Not you? Leave" in text_of(answer)
    assert WORDS in text_of(own)
    after = [get(portal, each) for each in (HERE, HERE, f"{HERE}?mine=1")]
    assert after[1].headers[TOLD] == "hit"
    for answer in after:
        assert WORDS not in answer.text
        assert "Not you? Leave" not in answer.text


def test_a_key_without_a_session_keeps_no_page_either(portal, is_open, phone, mails):
    joined(portal, phone, mails)
    key = phone.get_cookie("opengov_guest", path=f"/en{HERE}").value
    bare = portal.client.flask_app.test_client()
    bare.set_cookie("opengov_guest", key, path=f"/en{HERE}")

    answer = bare.get(f"/en{HERE}/transparency")
    model.Session.remove()
    page = bare.get(f"/en{HERE}/results")
    model.Session.remove()

    for each in (answer, page):
        assert TOLD not in each.headers
    told = get(portal, f"{HERE}/guest/sent")
    assert "Set-Cookie" not in told.headers
    assert "no-store" in told.headers["Cache-Control"]
    assert "no-store" in bare.get(f"/en{HERE}").headers["Cache-Control"]
    model.Session.remove()


def test_an_account_with_a_guests_cookie_is_the_account(portal, is_open, phone, mails):
    joined(portal, phone, mails)
    portal.fill_in("/user/login", client=phone, login="rim", password=PASSWORD)

    send(portal, phone, f"{HERE}/respond", body="As an account")

    kinds = {each["body"]: each["participant"]["kind"] for each in listed(portal)["results"]}
    assert kinds == {WORDS: "guest", "As an account": "account"}


def test_who_is_not_known_is_led_back_by_mail(portal, is_open, phone):
    for path in ("mine", "mine/name", "mine/erase"):
        assert get(portal, f"{HERE}/{path}", phone).location.endswith("/guest/return")
    page = tree(get(portal, f"{HERE}/guest/return", phone))
    assert page.xpath("//main//a[contains(@href, '/user/login')]")


def test_no_way_in_where_the_body_asks_for_an_account(portal, body, phone):
    opened(portal, body, guests=False)
    root = "operator"
    said(portal, root, body="Something")

    page = tree(get(portal, HERE, phone))

    assert not page.xpath("//a[contains(@href, '/guest/')]")
    for path in ("respond", "c/1/reply", "c/1/vote"):
        answer = get(portal, f"{HERE}/{path}", phone)
        assert answer.status_code == 302
        assert "/user/login" in answer.location or answer.location.endswith("/c/1")
    answer = send(portal, phone, "/consultation/", send_to=f"/en{HERE}/respond", body=WORDS)
    assert "/user/login" in answer.location


def test_a_session_that_ended_still_leads_to_signing_in(portal, is_open):
    rim = signed_in(portal, "rim")
    page = tree(get(portal, HERE, rim))
    token = page.xpath("//input[@name='_csrf_token']/@value")[0]
    for name in ("ckan", "session", "remember_token"):
        rim.delete_cookie(name)
    answer = rim.post(f"/en{HERE}/respond", data={"body": WORDS, "_csrf_token": token})
    model.Session.remove()

    assert "/user/login" in answer.location


def test_whoever_did_not_write_it_deletes_it(portal, is_open, phone, mails):
    send(portal, phone, f"{HERE}/respond", body=WORDS, email=LEILA)
    portal.work()
    link = "/" + link_in(mails()[-1]).split("/", 3)[3].split("/", 1)[1]
    fields = {"token": link.split("token=")[1], "choice": "discard"}
    owner = portal.client.flask_app.test_client()

    answer = portal.fill_in(
        f"/en{link}", client=owner, send_to=f"/en{HERE}/guest/confirm", **fields
    )

    assert "It is deleted" in text_of(answer)
    assert "This link opens nothing" in text_of(get(portal, link, owner))


def test_a_guest_cannot_read_what_waits_of_another(portal, body, phone, mails):
    opened(portal, body, moderation="pre")
    made = confirmed(portal, mails, "huda@example.org", body="Words of Huda")["comment"]
    joined(portal, phone, mails)

    assert get(portal, f"{HERE}/c/{made['seq']}", phone).status_code == 404
    assert "Words of Huda" not in get(portal, f"{HERE}/mine", phone).text

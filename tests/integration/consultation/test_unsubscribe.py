"""The way out of each mail: in its headers, at its foot, at one click, without signing in."""

import base64
import dataclasses
import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from tests.integration.consultation.browsing import text_of
from tests.integration.consultation.conftest import at
from tests.integration.consultation.test_comments import said
from tests.integration.consultation.test_feeds import replied
from tests.integration.consultation.test_follow import (
    follow,
    is_following,
    leave,
    prefer,
    told,
)

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.opengov.shared import digests, leaving, outbox, rendering
from ckanext.opengov.shared.domain.moments import utc_now
from ckanext.opengov.shared.domain.notices import Frequency
from ckanext.opengov.shared.leaving import Subscription
from ckanext.opengov.shared.limits import Limit

SITE = "https://opendata.example.org"
ONE_CLICK = "List-Unsubscribe=One-Click"


@pytest.fixture(autouse=True)
def _over_https(monkeypatch):
    monkeypatch.setitem(tk.config, "ckan.site_url", SITE)


def extended(portal, days=50):
    portal.ok("sami", "consultation_extend", id="transport", closes_at=at(days))
    portal.work()


def link(mail):
    """Return the path that a mail's header leads to."""
    found = re.fullmatch(r"<https://opendata\.example\.org(/[^>]+)>", mail["List-Unsubscribe"])
    return found.group(1)


def click(portal, path, **headers):
    """Do what a mail provider does: no cookie, no page, no token of a form."""
    client = portal.client.flask_app.test_client(use_cookies=False)
    answer = client.post(
        path, data=ONE_CLICK, content_type="application/x-www-form-urlencoded", headers=headers
    )
    model.Session.remove()
    return answer


def opened(portal, path):
    client = portal.client.flask_app.test_client()
    answer = client.get(path)
    model.Session.remove()
    return answer


@pytest.fixture
def mail(portal, is_open, mails):
    """What a follower got."""
    follow(portal)
    extended(portal)
    [found] = mails()
    return found


def test_a_mail_names_its_list_and_the_way_out(mail):
    assert mail["List-Id"] == "<transport.consultation.opendata.example.org>"
    assert mail["List-Unsubscribe-Post"] == ONE_CLICK
    assert link(mail).startswith("/fr/unsubscribe/")
    text = mail.get_body(("plain",)).get_content()
    assert mail["List-Unsubscribe"].strip("<>") in text
    assert "Pour ne plus recevoir de courriels" in text


def test_the_header_goes_over_the_wire_as_it_is(mail):
    """Python would encode a long address, and no mail program would follow it."""
    newest = max(Path(os.environ["OPENGOV_TEST_MAIL"]).glob("*.eml"), key=os.path.getmtime)
    raw = newest.read_bytes().replace(b"\r\n", b"\n")

    [line] = [each for each in raw.split(b"\n") if each.startswith(b"List-Unsubscribe:")]
    assert line == f"List-Unsubscribe: {mail['List-Unsubscribe']}".encode()
    assert len(line) < 998


def test_one_click_unsubscribes(portal, mail, mails):
    answer = click(portal, link(mail))

    assert (answer.status_code, "Set-Cookie" in answer.headers) == (200, False)
    assert not is_following(portal)
    extended(portal, 60)
    assert len(mails()) == 1
    assert click(portal, link(mail)).status_code == 200


def test_who_looks_at_links_unsubscribes_nobody(portal, mail):
    answer = opened(portal, link(mail))

    assert answer.status_code == 200
    assert "Projet de décret sur les transports" in text_of(answer)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    assert is_following(portal)


def test_the_page_has_one_button_that_does_it(portal, mail):
    client = portal.client.flask_app.test_client()
    page = client.get(link(mail)).text
    [action] = re.findall(r'<form method="post" action="([^"]+/unsubscribe/[^"]+)"', page)
    answer = client.post(action)
    model.Session.remove()

    assert answer.status_code == 200
    assert "Vous ne recevrez plus de courriels" in text_of(answer)
    assert not is_following(portal)


def test_the_link_tells_nobody_whom_it_is_of(portal, mail):
    rim = model.User.get("rim")
    token = link(mail).rpartition("/")[2]
    content = base64.urlsafe_b64decode(token + "==")

    for secret in (rim.id, rim.name, rim.email, "transport"):
        assert secret.encode() not in content
        assert secret not in token


@pytest.mark.parametrize("kind", ["forged", "cut", "empty", "long", "odd"])
def test_a_link_that_is_none_says_so_and_no_more(portal, mail, kind):
    good = link(mail).rpartition("/")[2]
    token = {
        "forged": good[:-8] + ("A" * 8 if not good.endswith("AAAA") else "B" * 8),
        "cut": good[:40],
        "empty": "x",
        "long": "A" * 5000,
        "odd": "%01%ff",
    }[kind]

    for answer in (
        click(portal, f"/fr/unsubscribe/{token}"),
        opened(portal, f"/fr/unsubscribe/{token}"),
    ):
        assert answer.status_code == 404
        assert "Ce lien ne fonctionne pas" in text_of(answer)
        assert "transports" not in text_of(answer)
    assert is_following(portal)


def test_a_link_of_another_installation_does_not_work(portal, mail, monkeypatch):
    monkeypatch.setitem(tk.config, "SECRET_KEY", "another")

    assert click(portal, link(mail)).status_code == 404


def test_a_link_is_of_one_person_and_one_consultation(portal, mail):
    follow(portal, "ali")
    with portal.client.flask_app.test_request_context():
        ali = model.User.get("ali").id
        gone = leaving.token(Subscription("consultation", ali, "no-such-consultation"))
        unknown = leaving.token(Subscription("no-such-list", ali, ""))
    click(portal, link(mail))

    assert (is_following(portal), is_following(portal, "ali")) == (False, True)
    # What is gone is left as well; it says nothing of what was.
    assert click(portal, f"/fr/unsubscribe/{gone}").status_code == 200
    assert click(portal, f"/fr/unsubscribe/{unknown}").status_code == 404
    assert is_following(portal, "ali")


def test_wrong_links_are_counted_and_right_ones_are_not(portal, mail, monkeypatch):
    limit = "ckanext.opengov.logic.action.leaving.WRONG"
    monkeypatch.setattr(limit, Limit("unsubscribe-test", 3, timedelta(hours=1)))
    answers = [click(portal, f"/fr/unsubscribe/{number}").status_code for number in range(5)]

    assert answers == [404, 404, 404, 429, 429]
    assert click(portal, link(mail)).status_code == 200


def test_the_api_does_the_same(portal, mail):
    token = link(mail).rpartition("/")[2]

    shown = portal.ok(None, "opengov_unsubscribe_show", token=token)
    assert shown["list"] == "consultation"
    assert "transports" in shown["about"]
    assert is_following(portal)
    assert portal.ok(None, "opengov_unsubscribe", token=token) == shown
    assert not is_following(portal)
    assert portal.call(None, "opengov_unsubscribe", token=token[1:])[0] == 404


def test_what_waits_for_a_digest_is_not_mailed_to_who_left(portal, is_open, mails):
    prefer("rim", Frequency.WEEKLY)
    follow(portal)
    extended(portal)
    leave(portal)
    gather(portal, "rim")

    assert (mails(), told(portal)) == ([], ["extended"])


def test_what_waits_for_the_mail_server_is_not_mailed_to_who_left(portal, is_open, mails):
    follow(portal)
    with portal.client.flask_app.test_request_context():
        portal.ok("sami", "consultation_extend", id="transport", closes_at=at(50))
        [telling] = portal.due()
    portal.run(telling)
    leave(portal)
    portal.work()

    assert mails() == []
    assert [row.state for row in model.Session.query(outbox.Mail)] == ["needless"]


def gather(portal, name):
    with portal.client.flask_app.test_request_context():
        digests.gather(model.Session, model.User.get(name).id, utc_now())
    model.Session.remove()
    portal.work()


def test_a_digest_has_a_way_out_of_each_and_of_all(portal, is_open, mails):
    prefer("rim", Frequency.DAILY, "ar")
    follow(portal)
    extended(portal, 50)
    extended(portal, 60)
    gather(portal, "rim")

    [mail] = mails()
    links = re.findall(r"/ar/unsubscribe/\S+", mail.get_body(("plain",)).get_content())
    assert mail["List-Id"] == "<notices.opendata.example.org>"
    assert mail["List-Unsubscribe-Post"] == ONE_CLICK
    assert len(links) == 2
    assert link(mail) == links[1]
    assert click(portal, links[0]).status_code == 200
    assert not is_following(portal)
    assert portal.ok("rim", "opengov_notice_settings_show")["frequency"] == "daily"
    assert click(portal, links[1]).status_code == 200
    shown = portal.ok("rim", "opengov_notice_settings_show")
    assert (shown["frequency"], shown["language"]) == ("inbox", "ar")


def test_other_notices_have_a_way_out_too(portal, is_open, mails):
    made = said(portal)
    item = portal.ok("sami", "consultation_review_claim", comment_id=made["id"])
    portal.ok(
        "sami", "consultation_review_decide", id=item["id"], version=item["version"],
        decision="hide", reason_code="spam",
    )  # fmt: skip
    portal.work()

    [mail] = mails()
    assert mail["List-Id"] == "<notices.opendata.example.org>"
    assert click(portal, link(mail)).status_code == 200
    assert portal.ok("rim", "opengov_notice_settings_show")["frequency"] == "inbox"
    assert is_following(portal)


def test_a_reply_to_oneself_has_that_of_its_consultation(portal, is_open, mails):
    said(portal)
    replied(portal)
    portal.work()

    [mail] = mails()
    assert mail["List-Id"].startswith("<transport.consultation.")
    click(portal, link(mail))
    replied(portal)
    portal.work()
    assert (len(mails()), told(portal)) == (1, ["reply", "reply"])


def test_nobody_leaves_what_concerns_the_security_of_an_account(
    portal, is_open, mails, monkeypatch
):
    kind = "consultation-extended"
    urgent = dataclasses.replace(rendering.KINDS[kind], is_urgent=True)
    monkeypatch.setitem(rendering.KINDS, kind, urgent)
    follow(portal)
    extended(portal)

    [mail] = mails()
    assert mail["List-Unsubscribe"] is None
    assert "/unsubscribe/" not in mail.get_body(("plain",)).get_content()


def test_one_click_needs_https(portal, is_open, mails, monkeypatch):
    monkeypatch.setitem(tk.config, "ckan.site_url", "http://opendata.example.org")
    follow(portal)
    extended(portal)

    [mail] = mails()
    assert mail["List-Unsubscribe-Post"] is None
    assert mail["List-Unsubscribe"].startswith("<http://")

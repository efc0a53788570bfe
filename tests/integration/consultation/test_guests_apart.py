"""What keeps guests apart and their addresses to themselves: keys, limits, logs and mails."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from tests.common.hearing import listening
from tests.integration.consultation.guesting import (
    LEILA,
    WORDS,
    ask,
    asked,
    confirmed,
    opened,
    post,
    text_of,
    token_in,
)
from tests.integration.consultation.test_comments import listed
from tests.integration.consultation.test_guests import CONFIRM, codes, rows

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.consultation.domain import abuse
from ckanext.consultation.model import guests
from ckanext.opengov.shared import correspondents


@pytest.fixture
def is_open(portal, body):
    """Open to guests."""
    made = opened(portal, body)
    for name in ("rim", "ali"):
        portal.user(name)
    return made


def test_a_key_in_an_address_is_refused(portal, is_open, mails):
    key = confirmed(portal, mails, body=WORDS)["guest_key"]
    with listening() as logged:
        for action in ("consultation_comment_mine_list", "consultation_comment_list"):
            address = f"/api/3/action/{action}?consultation_id=transport&guest_key={key}"
            answer = portal.client.get(address)
            model.Session.remove()
            assert answer.status_code == 409
            assert answer.json["error"]["__codes"] == {"__all__": ["key-in-address"]}
            assert key not in answer.text
    assert "Validation error" in logged()


def test_a_cookie_opens_nothing_in_the_api(portal, is_open, mails):
    key = confirmed(portal, mails, body=WORDS)["guest_key"]
    client = portal.client.flask_app.test_client()
    client.set_cookie("opengov_guest", key)

    answer = client.post(
        "/api/3/action/consultation_comment_create",
        json={"consultation_id": "transport", "body": "Forged by another site"},
    )

    assert answer.status_code == 403


@pytest.fixture
def few(monkeypatch):
    def lower(participant, network):
        limits = abuse._allowances(abuse.Act.GUEST, participant, network, abuse.HOUR)
        monkeypatch.setitem(abuse.LIMITS, abuse.Act.GUEST, limits)

    return lower


def test_one_asks_for_one_address_so_often_and_others_at_the_library_go_on(portal, is_open, few):
    few(2, 6)
    answers = [ask(portal, body=f"Words {number}")[0] for number in range(3)]
    others = [ask(portal, f"reader{number}@example.org", body=WORDS)[0] for number in range(5)]

    assert answers == [200, 200, 409]
    assert others == [200] * 4 + [409]
    assert ask(portal, address="203.0.113.9", body=WORDS)[0] == 200


def test_nobody_fills_a_strangers_mailbox_and_nobody_is_told(portal, is_open, mails, monkeypatch):
    monkeypatch.setattr("ckanext.consultation.logic.limiting.MAILS_TO_ONE", (2, timedelta(days=1)))
    answers = [
        ask(portal, address=f"198.51.100.{number}", body=f"Words {number}") for number in range(4)
    ]
    portal.work()

    assert [each[0] for each in answers] == [200] * 4
    assert len(mails()) == 2


def test_limits_hold_while_redis_is_away(portal, is_open, few, monkeypatch):
    few(1, 100)
    monkeypatch.setitem(tk.config, "ckan.redis.url", "redis://127.0.0.1:1/0")
    monkeypatch.setattr("ckan.lib.redis._connection_pool", None)

    assert ask(portal, body="The first")[0] == 200
    assert codes(ask(portal, body="The second")) == ["too-many"]


def everything():
    """Return all that the database holds, as text."""
    found = {}
    with model.ensure_engine().connect() as connection:
        for name in sa.inspect(connection).get_table_names():
            read = connection.execute(sa.text(f'SELECT t::text FROM "{name}" t'))
            found[name] = "\n".join(map(str, read))
    return found


def test_address_link_and_key_stand_nowhere(portal, is_open, mails):
    with listening() as logged:
        made = confirmed(portal, mails, body=WORDS)
        pending = asked(portal, mails, body="Another one")
        key = made["guest_key"]
        more = {"consultation_id": "transport", "body": "More", "guest_key": key}
        answers = [made["comment"], post(portal, "consultation_comment_create", **more)]
        answers.append(listed(portal))
        mine = {"consultation_id": "transport", "guest_key": key}
        answers.append(post(portal, "consultation_comment_mine_list", **mine))
        answers.append(post(portal, "consultation_guest_show", token=pending))
    used = token_in(mails()[0])
    page = portal.client.get("/en/consultation/transport").text
    model.Session.remove()

    kept, said_of_it = everything(), json.dumps(answers)
    # What is written at the least important level of CKAN's log is the request itself.
    heard = "\n".join(
        line for line in logged().splitlines() if "Request data extracted" not in line
    )
    for secret in (LEILA, LEILA.split("@")[0], used, pending, key):
        for name, text in kept.items():
            assert secret not in text, name
            assert secret.encode().hex() not in text, name
        for text in (said_of_it, page, heard):
            assert secret not in text


def test_whoever_is_deleted_leaves_no_way_back(portal, is_open, mails):
    made = confirmed(portal, mails, body=WORDS)
    asked(portal, mails, purpose="return")
    with portal.client.flask_app.test_request_context():
        [participant] = model.Session.query(guests.Participant).all()
        guests.forget(model.Session, participant)
        correspondents.forget(model.Session, participant.correspondent_id)
        model.Session.commit()
    model.Session.remove()

    mine = {"consultation_id": "transport", "guest_key": made["guest_key"]}
    assert post(portal, "consultation_comment_mine_list", **mine)[0] == 403
    assert rows("consultation_guest_draft") == rows("opengov_correspondent") == []


def test_who_did_not_write_it_throws_it_away(portal, is_open, mails):
    token = asked(portal, mails)

    assert post(portal, "consultation_guest_discard", token=token)[0] == 200
    assert codes(post(portal, CONFIRM, token=token)) == ["link-unknown"]


def test_a_rejected_guest_is_told_by_mail_comes_back_and_appeals(portal, body, mails):
    opened(portal, body, moderation="pre")
    made = confirmed(portal, mails, body=WORDS)["comment"]
    [item] = portal.ok("sami", "consultation_review_list")["results"]
    verdict = {"decision": "reject", "reason_code": "spam", "version": item["version"]}
    portal.ok("sami", "consultation_review_decide", id=item["id"], **verdict)
    portal.work()

    told = mails()[-1]
    assert told["To"].addresses[0].addr_spec == LEILA
    assert "pas été publié" in text_of(told)
    key = post(portal, CONFIRM, token=token_in(told))[1]["guest_key"]
    appeal = {"id": made["id"], "text": "It is no advertising.", "guest_key": key}
    assert post(portal, "consultation_appeal_create", **appeal)[1]["state"] == "open"
    stranger = {**appeal, "guest_key": ""}
    assert post(portal, "consultation_appeal_create", **stranger)[0] == 403
    [waiting] = portal.ok("nour", "consultation_appeal_list")["results"]
    portal.ok("nour", "consultation_appeal_decide", id=waiting["id"], decision="overturn")
    portal.work()
    assert f"/consultation/transport/c/{made['seq']}" in text_of(mails()[-1])


def test_a_reply_reaches_guests_by_mail(portal, is_open, mails):
    made = confirmed(portal, mails, body=WORDS)["comment"]
    reply = portal.ok(
        "amel",
        "consultation_reply_create",
        consultation_id="transport",
        comment_id=made["id"],
        decision="accepted",
        text_translated={"fr": "Oui."},
    )
    portal.ok("sami", "consultation_reply_publish", id=reply["id"])
    portal.work()

    told = mails()[-1]
    assert told["To"].addresses[0].addr_spec == LEILA
    assert "/consultation/transport/results" in text_of(told)

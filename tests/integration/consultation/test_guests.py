"""People without an account take part: what they write counts once their address confirms it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from tests.integration.consultation import drafts
from tests.integration.consultation.guesting import (
    LEILA,
    WORDS,
    ask,
    asked,
    confirmed,
    new_token,
    opened,
    post,
    text_of,
    token_in,
)
from tests.integration.consultation.test_comments import listed, said

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.opengov.shared import jobs, keyring
from ckanext.opengov.shared.second_factor.rows import folder

CONFIRM = "consultation_guest_confirm"


@pytest.fixture
def is_open(portal, body):
    """Open to guests."""
    made = opened(portal, body)
    for name in ("rim", "ali"):
        portal.user(name)
    return made


def codes(answer):
    return [code for found in answer[1]["__codes"].values() for code in found]


def rows(table, columns="*"):
    with model.ensure_engine().connect() as connection:
        return connection.execute(sa.text(f"SELECT {columns} FROM {table}")).mappings().all()


def sql(statement, **values):
    with model.ensure_engine().begin() as connection:
        connection.execute(sa.text(statement), values)


def switch_off():
    sql("UPDATE consultation SET settings = settings || '{\"guests\": false}'")


def test_nothing_counts_before_it_is_confirmed(portal, is_open, mails):
    status, answer = ask(portal)

    assert (status, set(answer)) == (200, {"expires_at"})
    assert listed(portal)["results"] == []
    assert rows("consultation_participant") == rows("consultation_comment") == []
    assert rows("consultation_review_item") == []
    portal.work()
    [mail] = mails()
    assert mail["To"].addresses[0].addr_spec == LEILA
    assert WORDS not in text_of(mail)


def test_the_link_makes_it_a_comment_as_every_other(portal, is_open, mails):
    made = confirmed(portal, mails, body=WORDS, position=-1)["comment"]

    [read] = listed(portal)["results"]
    assert (read["id"], read["state"], read["position"]) == (made["id"], "published", -1)
    assert (read["participant"]["kind"], read["participant"]["name"]) == ("guest", None)
    assert made["is_mine"] is True
    assert rows("consultation_guest_draft") == []


def test_the_same_door_reads_first_what_is_to_be_read_first(portal, body, mails):
    opened(portal, body, moderation="pre")

    made = confirmed(portal, mails, body=WORDS)["comment"]

    assert made["state"] == "pending"
    assert listed(portal)["results"] == []
    [item] = portal.ok("sami", "consultation_review_list")["results"]
    assert item["comment"]["id"] == made["id"]


def test_a_filled_trap_makes_it_wait_for_a_moderator(portal, is_open, mails):
    with portal.client.flask_app.test_request_context():
        token = tk.h.consultation_form_fields("guest", is_open["id"])["token"]
        given = {"consultation_id": "transport", "email": LEILA, "body": WORDS}
        tk.get_action("consultation_guest_ask")(
            {"user": "", "for_view": True}, {**given, "form_token": token, "website": "x"}
        )
    model.Session.remove()
    portal.work()

    answer = post(portal, CONFIRM, token=token_in(mails()[-1]))[1]["comment"]

    assert answer["state"] == "pending"


def test_a_link_works_once(portal, is_open, mails):
    token = asked(portal, mails)
    assert post(portal, CONFIRM, token=token)[0] == 200

    assert codes(post(portal, CONFIRM, token=token)) == ["link-unknown"]
    assert len(listed(portal)["results"]) == 1


@pytest.mark.parametrize("change", ["", "x", "A" * 43])
def test_a_forged_link_opens_nothing(portal, is_open, mails, change):
    token = asked(portal, mails)
    forged = change if len(change) > 1 else token[:-1] + ("A" if token[-1] != "A" else "B")

    assert codes(post(portal, CONFIRM, token=forged)) == ["link-unknown"]
    assert listed(portal)["results"] == []


@pytest.mark.parametrize("purpose", ["comment", "return"])
def test_a_link_ends_after_two_days_and_its_draft_goes(portal, is_open, mails, purpose):
    token = asked(portal, mails, purpose=purpose, body=WORDS)
    sql("UPDATE consultation_guest_draft SET expires_at = now() - interval '1 second'")

    assert codes(post(portal, CONFIRM, token=token)) == ["link-unknown"]
    jobs.sweep(model.Session, datetime.now(UTC) + timedelta(hours=48))
    assert rows("consultation_guest_draft") == rows("opengov_correspondent") == []


def test_no_read_uses_a_link(portal, is_open, mails):
    token = asked(portal, mails)
    address = f"/api/3/action/{CONFIRM}?token={token}"
    assert portal.client.get(address).status_code == 400
    assert post(portal, "consultation_guest_show", token=token)[1]["body"] == WORDS

    assert listed(portal)["results"] == []
    assert post(portal, CONFIRM, token=token)[0] == 200


def test_what_a_form_sends_twice_is_one_mail_and_one_comment(portal, is_open, mails):
    token = new_token()
    first, second = (ask(portal, body=WORDS, client_token=token) for _ in range(2))
    assert first == second
    portal.work()

    [mail] = mails()
    post(portal, CONFIRM, token=token_in(mail))
    assert len(listed(portal)["results"]) == 1


def test_one_address_is_one_participant_however_it_is_spelt(portal, is_open, mails):
    first = confirmed(portal, mails, body="One")
    second = confirmed(portal, mails, " Leila.GUEST@Example.org ", body="Two")

    people = {each["comment"]["participant"]["number"] for each in (first, second)}
    assert len(people) == len(rows("consultation_participant")) == 1
    assert first["guest_key"] != second["guest_key"]
    assert len(rows("opengov_correspondent")) == 1
    for each in (first, second):
        mine = {"consultation_id": "transport", "guest_key": each["guest_key"]}
        found = post(portal, "consultation_comment_mine_list", **mine)[1]["results"]
        assert [one["body"] for one in found] == ["Two", "One"]


def test_nobody_learns_whether_an_address_took_part(portal, is_open, mails):
    confirmed(portal, mails, body=WORDS)

    known, unknown = ask(portal, body="Again"), ask(portal, "other@example.org", body="Again")
    back, no_way_back = (
        ask(portal, each, purpose="return") for each in (LEILA, "nobody@example.org")
    )

    assert {each[0] for each in (known, unknown, back, no_way_back)} == {200}
    assert {tuple(each[1]) for each in (known, unknown, back, no_way_back)} == {("expires_at",)}


def test_a_person_is_found_in_no_other_consultation(portal, body, mails):
    for name in ("transport", "elsewhere"):
        opened(portal, body, name=name)
        confirmed(portal, mails, LEILA, name, body=f"In {name}")

    found = rows("consultation_participant", "email_hmac, correspondent_id, number")
    assert [len({each[column] for each in found}) for column in found[0]] == [2, 2, 2]
    assert len({bytes(each["address"]) for each in rows("opengov_correspondent")}) == 2


ACTS = {
    "consultation_comment_create": {"consultation_id": "transport", "body": "More"},
    "consultation_comment_vote": {"value": 1},
    "consultation_comment_report": {"reason": "spam"},
}


@pytest.mark.parametrize("action", ACTS)
def test_a_key_acts_as_its_guest_without_another_mail(portal, is_open, mails, action):
    other = said(portal, "rim", body="Something to react to")
    key = confirmed(portal, mails, body=WORDS)["guest_key"]
    given = {"id": other["id"], **ACTS[action]}

    status, answer = post(portal, action, **given, guest_key=key)

    assert status == 200, answer
    assert len(mails()) == 1
    assert len(rows("consultation_participant", "id")) == 2


@pytest.mark.parametrize("action", [*ACTS, "consultation_comment_update"])
@pytest.mark.parametrize("key", ["none", "forged", "elsewhere", "expired", "left"])
def test_no_other_key_acts(portal, body, is_open, mails, action, key):
    other = said(portal, "rim", body="Something to react to")
    given = {"id": other["id"], "body": "More", **ACTS.get(action, {})}
    good = confirmed(portal, mails, body=WORDS)["guest_key"]
    keys = {"none": "", "forged": good[:-8] + "AAAAAAAA", "expired": good, "left": good}
    if key == "elsewhere":
        opened(portal, body, name="elsewhere")
        keys[key] = confirmed(portal, mails, LEILA, "elsewhere", body=WORDS)["guest_key"]
    if key == "expired":
        sql("UPDATE consultation_guest_key SET expires_at = now()")
    if key == "left":
        post(portal, "consultation_guest_leave", consultation_id="transport", guest_key=good)

    assert post(portal, action, **given, guest_key=keys[key])[0] == 403


def test_a_guest_changes_and_withdraws_what_is_theirs_alone(portal, is_open, mails):
    other = said(portal, "rim", body="Of somebody else")
    mine = confirmed(portal, mails, body=WORDS)
    hers = confirmed(portal, mails, "huda@example.org", body="Of another guest")
    key = mine["guest_key"]

    def change(comment):
        given = {"id": comment["id"], "body": "Changed", "guest_key": key}
        return post(portal, "consultation_comment_update", **given)[0]

    assert [change(each) for each in (mine["comment"], other, hers["comment"])] == [200, 403, 403]
    withdraw = {"id": mine["comment"]["id"], "guest_key": key}
    assert post(portal, "consultation_comment_withdraw", **withdraw)[1]["state"] == "withdrawn"


def test_a_guest_has_one_vote_by_link_and_by_key(portal, is_open, mails):
    other = said(portal, "rim", body="Something to vote on")
    by_link = confirmed(portal, mails, purpose="vote", comment_id=other["id"], value=1)
    assert by_link["votes"] == {"for": 1, "neutral": 0, "against": 0, "mine": 1, "seq": 1}

    given = {"id": other["id"], "value": -1, "guest_key": by_link["guest_key"]}
    assert post(portal, "consultation_comment_vote", **given)[1]["against"] == 1
    again = confirmed(portal, mails, purpose="vote", comment_id=other["id"], value=0)
    assert again["votes"] == {"for": 0, "neutral": 1, "against": 0, "mine": 0, "seq": 1}
    assert len(rows("consultation_vote")) == 1


def test_an_account_and_a_guest_vote_beside_one_another(portal, is_open, mails):
    other = said(portal, "rim", body="Something to vote on")
    portal.ok("ali", "consultation_comment_vote", id=other["id"], value=1)

    votes = confirmed(portal, mails, purpose="vote", comment_id=other["id"], value=1)["votes"]

    assert votes["for"] == 2


def test_what_was_written_in_time_counts_when_it_is_confirmed_after_the_end(portal, is_open, mails):
    token = asked(portal, mails)
    sql(
        "UPDATE consultation SET closes_at = d.written_at + interval '1 millisecond'"
        " FROM consultation_guest_draft d"
    )

    assert codes(ask(portal, body="Too late")) == ["over"]
    made = post(portal, CONFIRM, token=token)[1]["comment"]
    assert made["state"] == "published"
    assert len(listed(portal)["results"]) == 1


def test_what_was_written_at_the_end_does_not_count(portal, is_open, mails):
    token = asked(portal, mails)
    sql("UPDATE consultation SET closes_at = d.written_at FROM consultation_guest_draft d")

    assert codes(post(portal, CONFIRM, token=token)) == ["over"]
    assert listed(portal)["results"] == []
    assert post(portal, "consultation_guest_show", token=token)[1]["body"] == WORDS


@pytest.mark.parametrize("what", ["confirm", "ask"])
def test_whoever_presses_twice_at_once_says_it_once(portal, is_open, mails, what):
    given = {"consultation_id": "transport", "email": LEILA, "body": WORDS}
    asks = [{**given, "client_token": new_token()}] * 4
    if what == "confirm":
        asks = asks[:1]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda each: post(portal, "consultation_guest_ask", **each), asks))
    assert {each[0] for each in answers} == {200}
    portal.work()
    [mail] = mails()
    with ThreadPoolExecutor(6) as pool:
        tokens = [token_in(mail)] * 6
        answers = list(pool.map(lambda token: post(portal, CONFIRM, token=token), tokens))

    assert sorted(each[0] for each in answers) == [200] + [409] * 5
    assert len(listed(portal)["results"]) == 1
    assert len(rows("consultation_participant")) == len(rows("consultation_guest_key")) == 1


def test_forms_of_one_address_sent_at_once_make_one_correspondent(portal, is_open, mails):
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda number: ask(portal, body=f"Words {number}"), range(4)))
    portal.work()

    assert {each[0] for each in answers} == {200}
    assert (len(mails()), len(rows("opengov_correspondent"))) == (4, 1)


def test_links_to_one_address_confirmed_at_once_are_one_participant(portal, is_open, mails):
    for number in range(4):
        ask(portal, body=f"Words {number}", address=f"198.51.100.{number}")
    portal.work()
    with ThreadPoolExecutor(4) as pool:
        tokens = [token_in(mail) for mail in mails()]
        answers = list(pool.map(lambda token: post(portal, CONFIRM, token=token), tokens))

    assert {each[0] for each in answers} == {200}
    assert len(rows("consultation_participant")) == 1
    assert len(listed(portal)["results"]) == 4


def test_an_address_is_found_after_the_service_got_a_new_key(portal, is_open, mails):
    first = confirmed(portal, mails, body="One")
    pending = asked(portal, mails, body="Two")
    with portal.client.flask_app.test_request_context():
        keyring.add(folder() / "keys")
    post(portal, CONFIRM, token=pending)
    third = confirmed(portal, mails, body="Three")

    numbers = {each["participant"]["number"] for each in listed(portal)["results"]}
    assert len(numbers) == len(rows("consultation_participant")) == 1
    assert third["guest_key"] != first["guest_key"]


@pytest.mark.parametrize(("new", "is_same"), [("rendus", True), ("prêtés", False)])
def test_a_paragraph_that_changed_meanwhile_is_looked_at_by_its_writer(
    portal, body, mails, new, is_same
):
    _made, document = drafts.opened(portal, body)
    sql("UPDATE consultation SET settings = settings || '{\"guests\": true}'")
    token = asked(portal, mails, body="On dogs", eid=drafts.DOGS)
    text = drafts.FIRST.replace("tenus en laisse", "attachés") if not is_same else drafts.FIRST
    drafts.next_version(portal, document, text.replace("propres", f"propres, {new}"))

    answer = post(portal, CONFIRM, token=token)

    if is_same:
        assert drafts.at(portal, drafts.DOGS) == ["On dogs"]
    else:
        assert codes(answer) == ["text-changed"]
        assert post(portal, "consultation_guest_show", token=token)[1]["body"] == "On dogs"


def test_nothing_counts_once_the_body_cancelled(portal, is_open, mails):
    token = asked(portal, mails)
    portal.ok("sami", "consultation_cancel", id="transport", reason="The draft is void.")

    assert codes(post(portal, CONFIRM, token=token)) == ["over"]


def test_guests_are_not_welcome_unless_the_body_says_so(portal, body, mails):
    opened(portal, body, guests=False)

    assert codes(ask(portal)) == ["guests-not-welcome"]
    assert ask(portal, purpose="return")[0] == 200
    portal.work()
    assert mails() == []


def test_after_it_is_switched_off_guests_read_their_own_and_do_nothing(portal, is_open, mails):
    other = said(portal, "rim", body="Something to react to")
    token = asked(portal, mails, body="Waits")
    made = confirmed(portal, mails, body=WORDS)
    switch_off()

    for action, given in ACTS.items():
        refused = post(portal, action, id=other["id"], guest_key=made["guest_key"], **given)
        assert codes(refused) == ["guests-not-welcome"]
    own = {"id": made["comment"]["id"], "body": "Changed", "guest_key": made["guest_key"]}
    assert codes(post(portal, "consultation_comment_update", **own)) == ["guests-not-welcome"]
    assert codes(post(portal, CONFIRM, token=token)) == ["guests-not-welcome"]
    mine = {"consultation_id": "transport", "guest_key": made["guest_key"]}
    assert post(portal, "consultation_comment_mine_list", **mine)[0] == 200
    confirmed(portal, mails, purpose="return")


@pytest.mark.parametrize(
    "email", ["", "leila", "leila@", "@example.org", "a b@example.org", "a@b", "a@x.org\nBcc: y"]
)
def test_only_an_address_is_written_to(portal, is_open, email):
    assert codes(ask(portal, email, body=WORDS)) == ["not-an-address"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"body": " "}, "required"),
        ({"body": WORDS, "position": 7}, "unknown-position"),
        ({"body": WORDS, "parent_id": "nobody"}, "parent-not-found"),
        ({"body": WORDS, "eid": "nowhere"}, "node-unknown"),
        ({"body": WORDS, "display_name": "Ministry of X", "may_be_named": True}, "name-reserved"),
        ({"body": WORDS, "kind": "organization"}, "required"),
        ({"purpose": "vote", "comment_id": "x", "value": 5}, "unknown-position"),
    ],
)
def test_what_is_wrong_is_said_before_a_mail_goes(portal, is_open, given, code):
    answer = ask(portal, **given)

    assert answer[0] in (404, 409), answer
    if answer[0] == 409:
        assert codes(answer) == [code]
    assert rows("consultation_guest_draft") == []

"""Who wants to be gone is gone from every answer and every row; the thread keeps its shape."""

import json
import shutil
import threading

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from tests.integration.consultation import guesting
from tests.integration.consultation.browsing import get, signed_in, text_of
from tests.integration.consultation.conftest import shift
from tests.integration.consultation.results import approved, consulted, made, path
from tests.integration.consultation.test_comments import listed, said
from tests.integration.consultation.test_moderation import decided, hidden, opened, queue

from ckan import model

from ckanext.consultation import cli
from ckanext.consultation.logic.action import comments as action
from ckanext.consultation.model import comments as stored
from ckanext.consultation.views import people
from ckanext.opengov import storage

SECRET = "zarzouna"
HERE = {"consultation_id": "transport"}


def stored_anywhere(word):
    """Return the tables in which some row holds a word."""
    with model.ensure_engine().begin() as connection:
        tables = connection.execute(
            sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).scalars()
        return [
            table
            for table in tables
            if connection.execute(
                sa.text(f'SELECT 1 FROM "{table}" t WHERE strpos(t::text, :word) > 0 LIMIT 1'),
                {"word": word},
            ).first()
        ]


def erased(portal, who="rim"):
    return portal.ok(who, "consultation_participant_erase", **HERE)


@pytest.fixture
def full(portal, body):
    """What rim said in every state, with wordings, decisions, an appeal and a vote."""
    portal.user("rim")
    portal.user("ali")
    opened(portal, body, mode="post", appeal_days=10)
    first = said(portal, body=f"The {SECRET} stop is too far.")
    answer = said(portal, "ali", body="It is.", parent_id=first["id"])
    portal.ok("rim", "consultation_comment_update", id=first["id"], body=f"{SECRET} is far away")
    portal.ok("rim", "consultation_comment_vote", id=answer["id"], value=1)
    portal.ok("ali", "consultation_comment_vote", id=first["id"], value=-1)
    bad = said(portal, body=f"{SECRET} people are thieves")
    hidden(portal, bad, public_note={"en": f"Not of {SECRET}"})
    portal.ok("rim", "consultation_appeal_create", id=bad["id"], text=f"But {SECRET} is real")
    back = said(portal, body=f"No, {SECRET}, forget it")
    portal.ok("rim", "consultation_comment_withdraw", id=back["id"])
    said(portal, body=f"Answer under {SECRET}", parent_id=answer["id"])
    portal.work()
    return first, answer


def test_no_row_of_the_database_holds_a_word_afterwards(portal, full):
    assert stored_anywhere(SECRET)

    assert erased(portal) == {"comments": 4, "votes": 1}

    assert stored_anywhere(SECRET) == []
    rim = model.User.get("rim").id
    left = {name for name in stored_anywhere(rim) if name.startswith(("consultation", "opengov_o"))}
    assert left == set()


def test_the_thread_keeps_its_shape(portal, full):
    first, answer = full
    before = listed(portal, "ali")

    erased(portal)

    after = listed(portal, "ali")
    assert [each["id"] for each in after["results"]] == [each["id"] for each in before["results"]]
    stone = next(each for each in after["results"] if each["id"] == first["id"])
    assert (stone["view"], stone["body"], stone["participant"]) == ("emptied", None, None)
    [kept] = stone["replies"]
    assert (kept["id"], kept["body"], kept["reply_count"]) == (answer["id"], "It is.", 1)
    assert portal.ok(None, "consultation_comment_show", id=first["id"])["revisions"] == []
    page = portal.client.get("/consultation/transport")
    assert (SECRET in page.text, "It is." in page.text) == (False, True)


def test_a_kept_page_forgets_at_once(portal, full):
    visitor = portal.client.flask_app.test_client()
    assert SECRET in visitor.get("/consultation/transport").text
    assert SECRET in visitor.get("/consultation/transport").text

    erased(portal)

    assert SECRET not in visitor.get("/consultation/transport").text


def test_votes_go_while_it_is_open_so_that_nobody_votes_twice(portal, full):
    _first, answer = full
    erased(portal)
    assert portal.ok("rim", "consultation_comment_vote", id=answer["id"], value=1)["for"] == 1
    assert (
        stored.recounted(model.Session, stored.find(model.Session, answer["id"]).consultation_id)
        == []
    )


def test_votes_stay_counted_after_the_end_without_the_person(portal, full):
    _first, answer = full
    shift({"id": listed(portal)["results"][0]["consultation_id"]}, opens_at=-9, closes_at=-1)

    assert erased(portal) == {"comments": 4, "votes": 0}

    assert portal.ok(None, "consultation_comment_show", id=answer["id"])["votes"]["for"] == 1
    assert portal.call("rim", "consultation_comment_vote", id=answer["id"], value=1)[0] == 409


def test_nothing_waits_for_a_moderator_and_no_appeal_is_open(portal, body):
    portal.user("rim")
    opened(portal, body, mode="pre", appeal_days=10)
    said(portal, body="One")
    rejected = said(portal, body="Two")
    [item] = [each for each in queue(portal) if each["comment"]["id"] == rejected["id"]]
    decided(portal, item, "reject", reason_code="abuse")
    portal.ok("rim", "consultation_appeal_create", id=rejected["id"], text="Why?")
    assert len(portal.ok("nour", "consultation_appeal_list")["results"]) == 1

    erased(portal)

    assert queue(portal) == []
    assert portal.ok("nour", "consultation_appeal_list")["results"] == []
    log = portal.ok(None, "consultation_moderation_log_list", **HERE)["results"]
    assert [(each["decision"], each["reason"]) for each in log] == [("reject", "abuse")]
    assert portal.call(None, "consultation_comment_show", id=rejected["id"])[0] == 404


def test_only_the_person_is_erased_and_only_here(portal, body, full):
    _first, answer = full
    opened(portal, body, mode="post", name="water")
    portal.ok("rim", "consultation_comment_create", consultation_id="water", body="Stays here")

    erased(portal)

    assert portal.ok(None, "consultation_comment_show", id=answer["id"])["body"] == "It is."
    water = portal.ok(None, "consultation_comment_list", consultation_id="water")
    assert [each["body"] for each in water["results"]] == ["Stays here"]
    left = portal.ok("rim", "consultation_participation_list")["results"]
    assert [each["consultation"]["name"] for each in left] == ["water"]


@pytest.mark.parametrize("who", [None, "nour", "karim"])
def test_who_took_no_part_erases_and_reads_nothing(portal, body, full, who):
    portal.body("other", karim="admin")
    for each in ("consultation_participant_erase", "consultation_participant_export"):
        assert portal.call(who, each, **HERE)[0] == 404
    assert stored_anywhere(SECRET)


def test_who_comes_back_is_somebody_new(portal, full):
    first, _answer = full
    erased(portal)
    again = said(portal, body="Hello again")
    assert again["participant"]["number"] != first["participant"]["number"]
    assert portal.call("rim", "consultation_comment_withdraw", id=first["id"])[0] == 403
    assert erased(portal) == {"comments": 1, "votes": 0}
    assert portal.call("rim", "consultation_participant_erase", **HERE)[0] == 404


def test_words_on_their_way_are_erased_too(portal, is_open, monkeypatch):
    """Whoever sends and erases at once leaves no word behind."""
    said(portal, body="Before")
    holds, go_on, begin = threading.Event(), threading.Event(), action.entering.begin

    def slowly(*given, **more):
        holds.set()
        assert go_on.wait(20)
        return begin(*given, **more)

    monkeypatch.setattr(action.entering, "begin", slowly)
    results = {}

    def call(name, function):
        with portal.client.flask_app.app_context():
            results[name] = function()
            model.Session.remove()

    sending = threading.Thread(target=call, args=("sent", lambda: said(portal, body=SECRET)))
    sending.start()
    assert holds.wait(20)
    erasing = threading.Thread(target=call, args=("erased", lambda: erased(portal)))
    erasing.start()
    erasing.join(1)
    assert erasing.is_alive(), "it waits for what is being sent"
    go_on.set()
    sending.join(20)
    erasing.join(20)

    assert results["erased"]["comments"] == 2
    assert stored_anywhere(SECRET) == []


def test_the_audit_says_that_and_when_but_not_who(portal, full):
    erased(portal)
    rows = model.Session.execute(
        sa.text(
            "SELECT actor_id, details::text FROM opengov_audit WHERE step = 'participant-erase'"
        )
    ).all()
    assert len(rows) == 1
    assert rows[0].actor_id is None
    assert '"comments": 4' in rows[0].details


def test_people_get_all_that_is_held_about_them(portal, full):
    first, answer = full
    portal.ok("rim", "consultation_comment_report", id=answer["id"], reason="spam")

    found = portal.ok("rim", "consultation_participant_export", **HERE)

    by_seq = {each["seq"]: each for each in found["results"]}
    assert len(by_seq) == 4
    assert all(SECRET in each["body"] for each in by_seq.values())
    wordings = by_seq[first["seq"]]["wordings"]
    assert [each["body"] for each in wordings] == [f"The {SECRET} stop is too far."]
    [appealed] = [each for each in by_seq.values() if each["appeals"]]
    assert appealed["decisions"][0]["reason"] == "abuse"
    votes = portal.ok("rim", "consultation_participant_export", of="votes", **HERE)["results"]
    assert [(each["seq"], each["value"]) for each in votes] == [(answer["seq"], 1)]
    reports = portal.ok("rim", "consultation_participant_export", of="reports", **HERE)["results"]
    assert [each["reason"] for each in reports] == ["spam"]
    page = portal.ok("rim", "consultation_participant_export", limit=3, **HERE)
    rest = portal.ok("rim", "consultation_participant_export", cursor=page["next_cursor"], **HERE)
    assert [each["seq"] for each in page["results"] + rest["results"]] == sorted(by_seq)


def test_the_file_holds_every_page(portal, full, monkeypatch):
    monkeypatch.setattr(people, "AT_ONCE", 3)
    browser = signed_in(portal, "rim")

    answer = browser.get("/consultation/transport/mine/data.json")

    assert answer.headers["Content-Disposition"] == 'attachment; filename="transport.json"'
    assert "no-store" in answer.headers["Cache-Control"]
    told = json.loads(answer.text)
    assert [len(told[each]) for each in ("comments", "votes", "reports")] == [4, 1, 0]
    assert told["participant"]["kind"] == "account"
    nobody = signed_in(portal, "nour").get("/consultation/transport/mine/data.json")
    assert nobody.status_code == 404


def test_the_page_asks_before_it_erases(portal, full):
    browser, path = signed_in(portal, "rim"), "/consultation/transport/mine/erase"
    assert "cannot be undone" in text_of(get(portal, path, browser))

    refused = portal.fill_in(f"/en{path}", client=browser)
    assert (refused.status_code, "Tick the box" in refused.text) == (422, True)
    assert stored_anywhere(SECRET)
    done = portal.fill_in(path, client=browser, sure="1")

    assert done.location.endswith("/dashboard/consultation/mine?erased=transport")
    assert stored_anywhere(SECRET) == []
    shown = text_of(get(portal, "/dashboard/consultation/mine?erased=transport", browser))
    assert "You are erased" in shown
    assert "You have not taken part" in shown
    assert get(portal, path, browser).status_code == 404


def test_an_operator_erases_whoever_asked_by_letter(portal, full):
    def run(*given, **more):
        with portal.client.flask_app.app_context():
            return CliRunner().invoke(cli.consultation, ["erase", *given], **more)

    assert run("rim", input="n\n").exit_code == 1
    assert stored_anywhere(SECRET)
    done = run("rim", "--yes")
    assert done.output == "transport: 4 comments, 1 votes\n"
    assert stored_anywhere(SECRET) == []
    assert run("rim", "--yes").output == "They took part in none\n"
    assert run("nobody", "--yes").exit_code == 1


def test_a_guest_is_erased_with_their_address_their_keys_and_what_waits(portal, body, mails):
    guesting.opened(portal, body)
    word = f"{SECRET} is far away"
    key = guesting.confirmed(portal, mails, body=word)["guest_key"]
    guesting.ask(portal, body=f"Once more: {word}")
    held = guesting.post(portal, "consultation_participant_export", **HERE, guest_key=key)[1]
    assert [each["body"] for each in held["results"]] == [word]

    status, done = guesting.post(portal, "consultation_participant_erase", **HERE, guest_key=key)

    assert (status, done) == (200, {"comments": 1, "votes": 0})
    assert stored_anywhere(SECRET) == []
    for table in ("opengov_correspondent", "consultation_guest_draft", "consultation_guest_key"):
        assert model.Session.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar() == 0
    said = {**HERE, "guest_key": key, "body": "And again"}
    assert guesting.post(portal, "consultation_comment_create", **said)[0] == 403
    sent = len(mails())
    portal.work()
    assert len(mails()) == sent


def test_a_guest_erases_themselves_on_their_page(portal, body, mails):
    guesting.opened(portal, body)
    key = guesting.confirmed(portal, mails, body=f"{SECRET} is far")["guest_key"]
    browser = portal.client.flask_app.test_client()
    browser.set_cookie("opengov_guest", key, path="/en/consultation/transport")

    told = get(portal, "/consultation/transport/mine/data.json", browser).text
    done = portal.fill_in("/en/consultation/transport/mine/erase", client=browser, sure="1")

    assert SECRET in told
    assert done.location.endswith("/en/consultation/transport")
    assert "opengov_guest=;" in done.headers["Set-Cookie"]
    assert stored_anywhere(SECRET) == []


def test_published_results_lose_the_words_and_the_name(portal, body):
    shutil.rmtree(storage.folder(), ignore_errors=True)
    consulted(portal, body)
    first = approved(portal, made(portal))
    file = path(first, "comments.csv")
    assert "t is late" in portal.client.get(file).text

    erased(portal, "ali")
    portal.work()

    told = portal.client.get(file).text
    assert ("Ali" in told, "t is late" in told, "Sept heures" in told) == (False, False, True)
    assert stored_anywhere("t is late") == []
    kept = [each.read_bytes() for each in storage.folder().rglob("*") if each.is_file()]
    assert not any(b"t is late" in each for each in kept)

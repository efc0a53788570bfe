"""What somebody tries who wants to break in, to be seen as another, or to leave others without."""

import shutil
import threading

import pytest
import sqlalchemy as sa
from tests.common.hearing import listening
from tests.integration.consultation import drafts, results
from tests.integration.consultation.browsing import get
from tests.integration.consultation.conftest import fields, shift
from tests.integration.consultation.guesting import asked, confirmed, opened, post
from tests.integration.consultation.test_answers import replied
from tests.integration.consultation.test_comments import said
from tests.integration.consultation.test_erasing import stored_anywhere
from tests.integration.consultation.test_moderation import hidden, queue

from ckan import model

from ckanext.consultation.model import erasing
from ckanext.opengov import storage

HERE = {"consultation_id": "transport"}


def test_a_name_that_is_the_id_of_another_consultation_opens_nothing_there(portal, is_open):
    comment = said(portal, body="Nobody of another body decides on this")
    other = portal.body("other", zoe="admin")
    given = fields(other, name=is_open["id"], title_translated={"fr": "Un piège"})
    portal.ok("zoe", "consultation_create", **given)
    # A row that is written anew stands behind the other, and is found after it.
    shift(is_open, closes_at=40)

    status, answer = portal.call("zoe", "consultation_review_claim", comment_id=comment["id"])
    shown = portal.call(None, "consultation_show", id=is_open["id"])

    assert status == 404, answer
    assert (shown[0], shown[1].get("name")) == (200, "transport")


def test_who_stops_being_named_is_named_no_more_in_the_published_data(portal, body):
    shutil.rmtree(storage.folder(), ignore_errors=True)
    results.consulted(portal, body)
    dataset = results.approved(portal, results.made(portal))
    assert "Ali" in _named_in(portal, dataset)

    portal.ok("ali", "consultation_participant_update", **HERE, may_be_named=False)
    portal.work()

    dataset = portal.ok(None, "package_show", id=dataset["id"])
    assert "Ali" not in _named_in(portal, dataset)


def _named_in(portal, dataset):
    rows = results.table(portal, dataset, "comments.csv")
    return {row["participant_name"] for row in rows}


def test_no_history_says_who_had_appealed(portal, is_open):
    comment = said(portal, body="It will be hidden")
    hidden(portal, comment)
    portal.ok("rim", "consultation_appeal_create", id=comment["id"], text="Why?")

    portal.ok("rim", "consultation_participant_erase", **HERE)

    rim = model.User.get("rim").id
    assert "opengov_audit" not in stored_anywhere(rim)


def test_who_is_erased_and_comes_back_reports_a_comment_once(portal, is_open):
    comment = said(portal, body="A view of few")
    for _ in range(3):
        portal.ok("ali", "consultation_comment_report", id=comment["id"], reason="spam")
        portal.ok("ali", "consultation_participant_erase", **HERE)
    portal.ok("ali", "consultation_comment_report", id=comment["id"], reason="spam")

    [entry] = queue(portal)
    assert entry["reports"] == {"spam": 1}


def test_a_guest_confirms_and_is_erased_at_once(portal, body, mails, monkeypatch):
    opened(portal, body)
    key = confirmed(portal, mails, body="The first words")["guest_key"]
    token = asked(portal, mails, body="The second words")
    is_erasing, may_go_on = threading.Event(), threading.Event()
    original = erasing.held

    def slowly(*arguments):
        found = original(*arguments)
        is_erasing.set()
        may_go_on.wait(5)
        return found

    monkeypatch.setattr(erasing, "held", slowly)
    answers = {}

    def erase():
        given = {**HERE, "guest_key": key}
        answers["erase"] = post(portal, "consultation_participant_erase", **given)

    def confirm():
        answers["confirm"] = post(portal, "consultation_guest_confirm", token=token)

    both = [threading.Thread(target=each) for each in (erase, confirm)]
    both[0].start()
    assert is_erasing.wait(10)
    both[1].start()
    _until_one_waits()
    may_go_on.set()
    for each in both:
        each.join(20)

    assert answers["erase"][0] == 200
    assert answers["confirm"][0] == 409
    assert stored_anywhere("second words") == []


def _until_one_waits():
    """Wait until a statement waits for the lock of another."""
    waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    for _ in range(100):
        with model.ensure_engine().connect() as connection:
            if connection.execute(waiting).scalar():
                return
        threading.Event().wait(0.05)


@pytest.mark.parametrize("sign", ["\0", "\ud800"])
def test_what_no_text_holds_is_looked_for_and_not_found(portal, is_open, sign):
    given = {"consultation_id": f"transport{sign}", "id": f"a{sign}", "guest_key": f"a{sign}"}
    for action in ("show", "comment_show", "comment_list", "review_claim", "guest_leave"):
        status, answer = portal.call("sami", f"consultation_{action}", **given)
        assert status in (200, 404), (action, answer)
    body = {**HERE, "body": "An answer", "parent_id": sign}
    assert portal.call("rim", "consultation_comment_create", **body)[0] == 404
    assert get(portal, "/consultation/transport%00").status_code == 404
    assert get(portal, "/organization/%00/consultations").status_code == 404


def test_neither_yes_nor_no_is_refused(portal, is_open):
    for action, field in (("comment_list", "mine"), ("list", "overdue"), ("reply_list", "drafts")):
        status, answer = portal.call("rim", f"consultation_{action}", **HERE, **{field: "maybe"})
        assert (status, answer.get("__codes")) == (409, {field: ["not-true-or-false"]})


def test_an_odd_id_among_several_leaves_none_half_decided(portal, is_open):
    comment = said(portal, body="It waits")
    item = portal.ok("sami", "consultation_review_claim", comment_id=comment["id"])
    items = [{"id": item["id"], "version": item["version"]}, {"id": "\0", "version": 1}]
    wish = {"items": items, "decision": "hide", "reason_code": "abuse"}

    status, answer = portal.call("sami", "consultation_review_bulk_decide", **wish)

    assert (status, answer.get("__codes")) == (409, {"items": ["several-needed"]})
    assert portal.ok(None, "consultation_comment_show", id=comment["id"])["state"] == "published"


FAILS = """
CREATE FUNCTION fails() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'Away'; END $$ LANGUAGE plpgsql;
CREATE TRIGGER fails BEFORE INSERT ON consultation_comment FOR EACH ROW EXECUTE FUNCTION fails();
"""


def test_no_log_has_the_words_of_a_statement_that_failed(portal, is_open):
    results.sql(FAILS)
    try:
        with listening() as logged:
            body = {**HERE, "body": "My zarzouna words"}
            assert portal.call("rim", "consultation_comment_create", **body)[0] == 500
    finally:
        results.sql("DROP FUNCTION fails CASCADE")
    assert "INSERT INTO consultation_comment" in logged()
    # At its level DEBUG, CKAN writes whole requests: docs/guests.md warns of it.
    lines = [each for each in logged().splitlines() if "Request data extracted" not in each]
    assert "zarzouna" not in "\n".join(lines)


@pytest.mark.parametrize("address", ["leila@مثال.تونس", "leila@BÜCHER.example"])
def test_a_link_reaches_an_address_under_a_domain_in_other_letters(portal, body, mails, address):
    opened(portal, body)
    assert confirmed(portal, mails, address)["comment"]["state"] == "published"


def test_domains_that_only_look_alike_to_old_programs_are_two_people(portal, body, mails):
    opened(portal, body)
    first = confirmed(portal, mails, "a@fass.example", body="One")["comment"]
    second = confirmed(portal, mails, "a@faß.example", body="Two")["comment"]
    assert first["participant"]["number"] != second["participant"]["number"]


def test_a_reply_to_words_that_were_erased_is_read_nowhere(portal, body):
    drafts.opened(portal, body)
    comment = drafts.comment(portal, drafts.HOURS, "Sept heures, c'est tôt.")
    told = replied(portal, comment_id=comment["id"], text_translated={"fr": "« Tôt », dites-vous."})
    version = model.Session.execute(sa.text("SELECT id FROM consultation_document_version"))
    asked = {**HERE, "version_id": version.scalar_one()}
    link = {"reply_id": told["id"], "version_id": asked["version_id"], "eid": drafts.HOURS}
    portal.ok("amel", "consultation_change_link_create", **link)
    assert list(portal.ok(None, "consultation_change_link_list", **asked)) == [drafts.HOURS]

    portal.ok("rim", "consultation_participant_erase", **HERE)

    assert portal.ok(None, "consultation_reply_list", **HERE)["results"] == []
    assert portal.ok(None, "consultation_change_link_list", **asked) == {}


def test_a_consultation_may_be_called_any_number(portal, body):
    opened(portal, body, "any-number")
    portal.user("rim")
    given = {"consultation_id": "any-number", "body": "Words"}
    comment = portal.ok("rim", "consultation_comment_create", **given)
    page = get(portal, "/consultation/any-number")
    assert page.status_code == 200
    assert f"/consultation/any-number/c/{comment['seq']}/vote" in page.text


def test_a_link_leads_to_its_own_consultation_from_the_page_of_another(portal, body, mails):
    opened(portal, body)
    opened(portal, body, "water")
    token = asked(portal, mails)
    page = f"/en/consultation/transport/guest/confirm?token={token}"
    elsewhere = "/en/consultation/water/guest/confirm"

    answer = portal.fill_in(page, send_to=elsewhere, token=token, choice="confirm")

    assert "/consultation/transport/c/" in answer.headers["Location"]
    paths = [each for each in answer.headers.getlist("Set-Cookie") if "opengov_guest" in each]
    assert all("/consultation/transport" in each for each in paths)
    assert paths

"""Following a consultation: who is told what, once, in their language, and never too late."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from tests.integration.consultation import guesting
from tests.integration.consultation.conftest import TITLES, at, published, shift
from tests.integration.consultation.drafts import next_version
from tests.integration.consultation.drafts import opened as opened_with_text
from tests.integration.consultation.test_comments import said
from tests.integration.consultation.test_feeds import alter, replied

from ckan import model

from ckanext.consultation.logic import following
from ckanext.consultation.model.follows import Occasion
from ckanext.opengov.shared import digests, jobs, outbox, readers
from ckanext.opengov.shared.domain.notices import Frequency

HERE = {"consultation_id": "transport"}
DAYS = timedelta(days=3)


def follow(portal, who="rim"):
    return portal.ok(who, "consultation_follow_create", **HERE)


def leave(portal, who="rim"):
    return portal.ok(who, "consultation_follow_delete", **HERE)


def is_following(portal, who="rim"):
    return portal.ok(who, "consultation_follow_show", **HERE)["is_following"]


def sweep(portal, reminder=DAYS):
    """Look for what the clock brought about, and tell of it."""
    with portal.client.flask_app.test_request_context():
        noted = following.note_due(model.Session, reminder)
    model.Session.remove()
    portal.work()
    return noted


def told(portal, who="rim"):
    """Return the kinds of what somebody was told, the oldest first."""
    found = portal.ok(who, "opengov_notice_list")["results"]
    return [each["kind"].removeprefix("consultation-") for each in reversed(found)]


def prefer(name, frequency, language=None):
    readers.wish(model.Session, model.User.get(name).id, frequency, language)
    model.Session.commit()
    model.Session.remove()


# ── Following ──────────────────────────────────────────────────────────────


def test_one_follows_and_leaves(portal, is_open):
    assert not is_following(portal)
    for _time in range(2):
        assert follow(portal)["is_following"]
    assert is_following(portal)
    [mine] = portal.ok("rim", "consultation_follow_list")["results"]
    assert (mine["name"], bool(mine["followed_at"])) == ("transport", True)
    assert portal.ok("ali", "consultation_follow_list")["results"] == []
    for _time in range(2):
        assert not leave(portal)["is_following"]
    assert portal.ok("rim", "consultation_follow_list")["results"] == []


def test_who_has_no_account_follows_nothing(portal, is_open):
    for action in ("create", "delete", "list"):
        assert portal.call(None, f"consultation_follow_{action}", **HERE)[0] == 403
    assert portal.ok(None, "consultation_follow_show", **HERE) == {
        "consultation_id": is_open["id"], "is_following": False,
    }  # fmt: skip


def test_how_many_follow_only_its_people_learn(portal, is_open):
    follow(portal)
    follow(portal, "ali")

    assert portal.ok("amel", "consultation_follow_show", **HERE)["follower_count"] == 2
    for who in (None, "rim"):
        assert "follower_count" not in portal.ok(who, "consultation_follow_show", **HERE)


def test_nobody_follows_what_is_not_public(portal, draft):
    portal.user("rim")

    assert portal.call("rim", "consultation_follow_create", **HERE)[0] == 404
    status, error = portal.call("amel", "consultation_follow_create", **HERE)
    assert (status, error["__codes"]) == (409, {"__all__": ["not-public-yet"]})


def test_who_says_something_follows_until_they_leave(portal, is_open):
    said(portal)
    assert is_following(portal)

    leave(portal)
    said(portal, body="One more thing.")
    assert not is_following(portal)

    follow(portal)
    assert is_following(portal)


# ── Notices ────────────────────────────────────────────────────────────────


def test_followers_are_told_all_that_happens_to_it(portal, body):
    _consultation, document = opened_with_text(portal, body)
    portal.user("zied")
    follow(portal, "zied")
    next_version(portal, document, "# Décret\n\n### Article 1\n\nOuvert à huit heures.\n")
    portal.ok("sami", "consultation_extend", id="transport", closes_at=at(40))
    portal.work()
    replied(portal)
    alter("transport", closes_at=datetime.now(UTC))
    portal.ok("sami", "consultation_results_publish", id="transport")
    portal.work()

    assert told(portal, "zied") == ["text-changed", "extended", "replied", "results"]


def test_the_clock_tells_when_it_opens_and_closes_soon_and_is_late(portal, draft):
    portal.user("rim")
    published(portal, draft)
    follow(portal)
    assert sweep(portal) == 0
    shift(draft, opens_at=0)
    alter_follow(days=-1)
    assert (sweep(portal), sweep(portal), told(portal)) == (1, 0, ["opened"])
    shift(draft, opens_at=-20, closes_at=2)
    assert (sweep(portal) > 0, sweep(portal), told(portal)[1:]) == (True, 0, ["closing"])
    shift(draft, opens_at=-60, closes_at=-30, response_due_at=0)
    assert (sweep(portal), sweep(portal), told(portal)[2:]) == (1, 0, ["overdue"])


def alter_follow(days):
    """Let all followers have followed for so many days."""
    moment = {"at": datetime.now(UTC) + timedelta(days=days)}
    with model.ensure_engine().begin() as connection:
        connection.execute(sa.text("UPDATE consultation_follow SET created_at = :at"), moment)


def test_a_new_end_is_another_occasion(portal, is_open):
    follow(portal)
    shift(is_open, opens_at=-20, closes_at=2)
    sweep(portal)
    portal.ok("sami", "consultation_extend", id="transport", closes_at=at(9))
    assert sweep(portal) == 0
    shift(is_open, closes_at=1)

    sweep(portal)

    assert [each for each in told(portal) if each == "closing"] == ["closing", "closing"]


def test_nobody_is_reminded_once_it_is_over_or_put_off(portal, is_open, mails):
    follow(portal)
    shift(is_open, opens_at=-20, closes_at=2)
    with portal.client.flask_app.test_request_context():
        assert following.note_due(model.Session, DAYS) == 2
    model.Session.remove()
    shift(is_open, closes_at=-0.0001)

    portal.work()

    # The worker came too late; nor does a sweep that comes later note it any more.
    assert (told(portal), mails(), sweep(portal)) == ([], [], 0)


def test_a_mail_that_waited_past_the_end_is_not_sent(portal, is_open, mails):
    prefer("rim", Frequency.WEEKLY)
    follow(portal)
    shift(is_open, opens_at=-20, closes_at=2)
    sweep(portal)
    shift(is_open, closes_at=-0.0001)
    with portal.client.flask_app.test_request_context():
        digests.gather(model.Session, model.User.get("rim").id, datetime.now(UTC))
    model.Session.remove()
    portal.work()

    assert mails() == []
    [notice] = portal.ok("rim", "opengov_notice_list")["results"]
    assert "Cette consultation est fermée" in notice["todo"]


def test_a_reminder_can_be_switched_off(portal, is_open):
    follow(portal)
    shift(is_open, opens_at=-20, closes_at=2)
    sweep(portal, timedelta(0))

    assert told(portal) == []


def test_who_began_to_follow_later_is_not_told_of_what_was(portal, is_open):
    follow(portal)
    assert sweep(portal) == 1
    assert told(portal) == []


def test_a_cancelled_one_says_so_and_nothing_more(portal, is_open):
    follow(portal)
    portal.ok("sami", "consultation_extend", id="transport", closes_at=at(50))
    portal.ok("sami", "consultation_cancel", id="transport", reason="It is void.")

    portal.work()

    assert told(portal) == ["cancelled"]


def test_whom_a_reply_answers_is_told_of_that_and_not_twice(portal, is_open):
    said(portal)
    follow(portal, "ali")
    for _time in range(3):
        replied(portal)
    portal.work()

    assert told(portal) == ["reply", "reply", "reply"]
    # Others hear of replies once a day.
    assert told(portal, "ali") == ["replied"]


def test_a_reply_to_one_comment_is_for_its_author(portal, is_open):
    made = said(portal)
    follow(portal, "ali")
    replied(portal, comment_id=made["id"])
    portal.work()

    assert (told(portal), told(portal, "ali")) == (["reply"], [])


def test_who_left_reads_a_reply_to_them_in_their_inbox_alone(portal, is_open, mails):
    said(portal)
    leave(portal)
    replied(portal)
    portal.work()

    assert (told(portal), mails()) == (["reply"], [])


def test_who_voted_hears_of_a_new_text_unless_they_left(portal, body):
    _consultation, document = opened_with_text(portal, body)
    made = said(portal)
    for name in ("zied", "mona"):
        portal.user(name)
        portal.ok(name, "consultation_comment_vote", id=made["id"], value=1)
    leave(portal, "mona")
    next_version(portal, document, "# Décret\n\n### Article 1\n\nOuvert à huit heures.\n")

    assert [told(portal, who) for who in ("rim", "zied", "mona")] == [
        ["text-changed"], ["text-changed"], [],
    ]  # fmt: skip


def test_two_workers_and_two_sweeps_tell_once(portal, is_open, mails):
    follow(portal)
    portal.ok("sami", "consultation_extend", id="transport", closes_at=at(50))
    occasion = model.Session.scalars(sa.select(Occasion.id)).one()
    with portal.client.flask_app.test_request_context():
        # As if a worker died after telling, before that was noted.
        following.tell(model.Session, jobs.Job(subject=occasion))
        model.Session.commit()
    model.Session.remove()
    with model.ensure_engine().begin() as connection:
        connection.execute(sa.text("UPDATE consultation_occasion SET told_at = NULL"))
    portal.work()
    portal.inside_job(following.TELL, occasion)
    portal.work()

    assert (told(portal), len(mails())) == (["extended"], 1)


def test_many_are_told_in_parts(portal, is_open, monkeypatch):
    names = [f"citizen-{number}" for number in range(7)]
    for name in names:
        portal.user(name)
        follow(portal, name)
        prefer(name, Frequency.INBOX)
    monkeypatch.setattr(following, "TOLD_AT_ONCE", 3)
    portal.ok("sami", "consultation_extend", id="transport", closes_at=at(50))
    portal.work()

    assert [told(portal, name) for name in names] == [["extended"]] * 7
    row = model.Session.scalars(sa.select(Occasion)).one()
    assert (bool(row.told_at), row.told_to) == (True, "")


def test_thousands_wait_for_the_mails_of_others(portal, is_open, monkeypatch):
    monkeypatch.setattr(outbox, "MOST_WAITING", 1)
    follow(portal)
    with portal.client.flask_app.test_request_context():
        outbox.add_mail(model.Session, "somebody", datetime.now(UTC))
        model.Session.commit()
        portal.ok("sami", "consultation_extend", id="transport", closes_at=at(50))
        occasion = model.Session.scalars(sa.select(Occasion.id)).one()
    portal.inside_job(following.TELL, occasion)
    assert told(portal) == []
    portal.work()
    portal.run_latest(following.TELL, occasion)

    assert told(portal) == ["extended"]


def test_telling_costs_as_many_statements_however_many_there_are(portal, is_open):
    def statements(count):
        with model.ensure_engine().begin() as connection:
            connection.execute(sa.text("TRUNCATE consultation_follow, consultation_occasion"))
            insert = sa.text(
                "INSERT INTO consultation_follow (consultation_id, recipient_id, created_at)"
                " SELECT :id, 'person-' || n, now() - interval '1 day'"
                " FROM generate_series(1, :n) n"
            )
            connection.execute(insert, {"id": is_open["id"], "n": count})
        seen = []
        portal.ok("sami", "consultation_extend", id="transport", closes_at=at(50 + count))
        occasion = model.Session.scalars(sa.select(Occasion.id)).one()
        with portal.client.flask_app.test_request_context():
            engine = model.ensure_engine()
            sa.event.listen(engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
            following.tell(model.Session, jobs.Job(subject=occasion))
            model.Session.rollback()
        return len(seen)

    few, many = statements(2), statements(150)
    assert many - few < few


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("ar", "مُدّد"), ("fr", "est prolongée"), ("en", "was put off")],
)
def test_a_follower_reads_their_own_language(portal, is_open, mails, language, sentence):
    prefer("rim", Frequency.AT_ONCE, language)
    follow(portal)
    portal.ok("sami", "consultation_extend", id="transport", closes_at=at(50))
    portal.work()

    [mail] = mails()
    text = mail.get_body(("plain",)).get_content()
    assert sentence in text.replace("\u00a0", " ")
    assert TITLES["ar" if language == "ar" else "fr"] in mail["Subject"]
    assert f"/{language}/consultation/transport" in text
    assert "rim" not in text


def test_nothing_of_the_text_of_comments_is_mailed(portal, is_open, mails):
    said(portal, body="Not for the post")
    replied(portal)
    portal.work()

    assert mails()
    assert all("Not for the post" not in str(mail.get_body(("plain",))) for mail in mails())


def test_followers_of_what_is_gone_are_told_nothing(portal, is_open):
    follow(portal)
    portal.ok("sami", "consultation_extend", id="transport", closes_at=at(50))
    portal.work()
    alter("transport", published_at=None)

    [notice] = portal.ok("rim", "opengov_notice_list")["results"]
    assert notice["sentence"] is None
    assert portal.ok("rim", "consultation_follow_list")["results"] == []


def test_who_took_part_by_mail_is_told_by_mail(portal, body, mails):
    guesting.opened(portal, body)
    guesting.confirmed(portal, mails, body="The buses are late.")
    before = len(mails())

    portal.ok("sami", "consultation_extend", id="transport", closes_at=at(40))
    portal.work()

    [told] = [mail for mail in mails()[before:] if guesting.LEILA in mail["To"]]
    assert "unsubscribe" in told["List-Unsubscribe"]
    assert "/user/" not in guesting.text_of(told)

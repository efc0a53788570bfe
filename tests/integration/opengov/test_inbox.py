"""The inbox, the mail that goes with it, and the digest: each in its reader's language."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.opengov.shared import digests, jobs, outbox, rendering

NOWHERE = "127.0.0.1:9"
TITLES = {"ar": "كمّيات الأمطار", "fr": "Pluviométrie"}
REASON = "Le nom de l'unité manque <b>partout</b>."


@pytest.fixture
def body(portal):
    """A body with an author and a reviewer."""
    made = portal.body(amel="editor", sami="admin")
    # Whoever makes a body is its admin, and would get each message too.
    portal.inside("organization_member_delete", "operator", id=made["id"], username="operator")
    return made


def page(portal, user, path):
    return portal.client.get(path, headers={"Authorization": portal.tokens[user]})


def tell(portal, name, *kinds, dataset="none", revision="1", at=None):
    """Tell a person of things, one a second."""
    with portal.client.flask_app.test_request_context():
        now = at or datetime.now(UTC) - timedelta(seconds=len(kinds))
        for number, kind in enumerate(kinds):
            outbox.post(
                model.Session,
                kind=kind,
                recipient_id=model.User.get(name).id,
                params={"package_id": dataset, "revision": revision},
                now=now + timedelta(seconds=number),
            )
        model.Session.commit()
    model.Session.remove()


def gather(portal, now):
    """Make the digests that are due, as the sweep does."""
    with portal.client.flask_app.test_request_context():
        made = digests.gather_due(model.Session, now)
    be_due()
    return made


def be_due():
    """Let all jobs be due, also those of a sweep that came in the future."""
    model.Session.execute(sa.update(jobs.Job).values(run_at=sa.func.now()))
    model.Session.commit()
    model.Session.remove()


def states():
    model.Session.remove()
    return sorted(row.state for row in model.Session.query(outbox.Mail))


def tomorrow():
    return datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def returned(portal, body):
    """A draft with titles in two languages, as if a reviewer had returned it."""
    fields = {"license_id": "cc-by", "owner_org": body["id"], "title_translated": TITLES}
    dataset = portal.ok("amel", "package_create", name="rainfall", **fields)
    row = sa.text("UPDATE opengov_publication SET state = 'returned', reason = :reason")
    model.Session.execute(row, {"reason": REASON})
    model.Session.commit()
    return dataset


# ── The inbox ──────────────────────────────────────────────────────────────


def test_each_step_is_told_to_those_whom_it_concerns_and_to_nobody_else(portal, body):
    portal.body("finance", omar="admin")
    dataset = portal.submitted("amel", body)
    portal.ok("sami", "opengov_dataset_return", id=dataset["id"], reason=REASON)

    told = {
        name: [each["kind"] for each in portal.ok(name, "opengov_notice_list")["results"]]
        for name in ("amel", "sami", "omar")
    }

    assert told == {"amel": ["dataset-returned"], "sami": ["dataset-submitted"], "omar": []}
    assert portal.call(None, "opengov_notice_list")[0] == 403


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("ar", "أُعيدت إليكم: كمّيات الأمطار"),
        ("fr", "Renvoyé à vous\u00a0: Pluviométrie"),
        ("en", "Returned to you: Pluviométrie"),
    ],
)
def test_a_notice_speaks_the_readers_language_and_gives_the_reason(
    portal, returned, language, sentence
):
    tell(portal, "amel", "dataset-returned", dataset=returned["id"])

    shown = page(portal, "amel", f"/{language}/dashboard/inbox/").text

    assert f">{sentence}</a>" in shown
    assert f"/{language}/dataset/rainfall/" in shown
    assert "manque &lt;b&gt;partout" in shown


def test_the_reason_is_gone_once_the_dataset_is_mended(portal, returned):
    tell(portal, "amel", "dataset-returned", dataset=returned["id"])
    model.Session.execute(sa.text("UPDATE opengov_publication SET state = 'submitted'"))
    model.Session.commit()

    (notice,) = portal.ok("amel", "opengov_notice_list")["results"]

    assert notice["quote"] == ""
    assert notice["url"].endswith("/dataset/rainfall/publish")


def test_who_may_not_see_the_dataset_any_more_learns_nothing_of_it(portal, body, returned):
    tell(portal, "amel", "dataset-returned", dataset=returned["id"])
    portal.inside("organization_member_delete", "operator", id=body["id"], username="amel")

    (notice,) = portal.ok("amel", "opengov_notice_list")["results"]
    shown = page(portal, "amel", "/fr/dashboard/inbox/").text

    assert [notice[key] for key in ("sentence", "todo", "url", "quote")] == [None] * 4
    assert "vous ne pouvez plus voir" in shown
    for secret in ("Pluviométrie", "rainfall", "partout"):
        assert secret not in shown


def test_a_mere_member_reads_no_reason_and_is_led_to_no_closed_page(portal, body, returned):
    tell(portal, "amel", "dataset-returned", dataset=returned["id"])
    portal.inside(
        "organization_member_create", "operator", id=body["id"], username="amel", role="member"
    )

    (notice,) = portal.ok("amel", "opengov_notice_list")["results"]

    assert (notice["quote"], notice["url"].rpartition("/")[2]) == ("", "rainfall")


def test_the_newest_come_first_in_pages(portal, body, returned):
    kinds = ["dataset-submitted", "dataset-returned", "dataset-approved"]
    tell(portal, "amel", *kinds, dataset=returned["id"])

    first = portal.ok("amel", "opengov_notice_list", limit=2)
    rest = portal.ok("amel", "opengov_notice_list", limit=2, cursor=first["next_cursor"])

    seen = [each["kind"] for each in first["results"] + rest["results"]]
    assert (seen, rest["next_cursor"], rest["unread"]) == (kinds[::-1], None, 3)
    assert portal.call("amel", "opengov_notice_list", cursor="7")[0] == 409


def test_notices_are_read_one_by_one_or_all_that_were_shown(portal, body):
    tell(portal, "amel", *["dataset-returned"] * 3)
    newest, middle, _oldest = portal.ok("amel", "opengov_notice_list")["results"]

    left = portal.ok("amel", "opengov_notice_read", id=newest["id"])["unread"]
    again = portal.ok("amel", "opengov_notice_read", id=newest["id"])["unread"]
    shown = portal.ok("amel", "opengov_notice_list", unread=True)["results"]
    until = portal.ok("amel", "opengov_notice_read", all=True, until="2020-01-01T00:00:00Z")
    everything = portal.ok("amel", "opengov_notice_read", all=True)["unread"]

    assert (left, again, until["unread"], everything) == (2, 2, 2, 0)
    assert middle["id"] == shown[0]["id"]


@pytest.mark.parametrize(
    ("given", "status", "codes"),
    [
        ({}, 409, {"id": ["required"]}),
        ({"id": 7}, 409, {"id": ["required"]}),
        ({"id": "nothing\0"}, 404, None),
        ({"all": "perhaps"}, 409, {"all": ["not-yes-or-no"]}),
        ({"all": True, "until": "yesterday"}, 409, {"until": ["not-a-time"]}),
        ({"all": True, "until": "2026-01-01T00:00:00"}, 409, {"until": ["not-a-time"]}),
    ],
)
def test_what_cannot_be_read_is_said(portal, body, given, status, codes):
    answer, error = portal.call("amel", "opengov_notice_read", **given)

    assert (answer, error.get("__codes")) == (status, codes)


def test_nobody_reads_the_notices_of_another(portal, body):
    tell(portal, "amel", "dataset-returned")
    (notice,) = portal.ok("amel", "opengov_notice_list")["results"]

    assert portal.call("sami", "opengov_notice_read", id=notice["id"])[0] == 404
    assert portal.ok("amel", "opengov_notice_list")["unread"] == 1


def sign_in(portal, name, language="en"):
    client = portal.client.flask_app.test_client()
    form = {"login": name, "password": "correct-horse-battery"}
    answer = portal.fill_in(f"/{language}/user/login", client, **form)
    assert answer.status_code == 302
    return client


def test_the_header_counts_and_a_form_marks_as_read(portal, body, returned):
    tell(portal, "amel", *["dataset-returned"] * 2, dataset=returned["id"])
    client = sign_in(portal, "amel")
    before = client.get("/en/about").text

    answer = portal.fill_in("/en/dashboard/inbox/", client)
    without_form = client.post("/en/dashboard/inbox/read", data={"all": "true"})
    shown = client.get("/en/dashboard/inbox/").text
    token = shown.split('name="_csrf_token" value="')[1].split('"')[0]
    marked = client.post("/en/dashboard/inbox/read", data={"all": "true", "_csrf_token": token})

    assert "2 not read" in before
    assert (answer.status_code, without_form.status_code, marked.status_code) == (405, 400, 302)
    assert "not read" not in client.get("/en/about").text


def test_the_count_costs_one_statement_and_visitors_none(portal, body):
    sent = []

    def note(_connection, _cursor, statement, *_more):
        sent.append(statement)

    engine = model.ensure_engine()
    sa.event.listen(engine, "before_cursor_execute", note)
    portal.client.get("/en/about")
    for_visitors = [each for each in sent if "opengov_outbox" in each]
    page(portal, "amel", "/en/about")
    for_amel = [each for each in sent if "opengov_outbox" in each]
    sa.event.remove(engine, "before_cursor_execute", note)

    assert (len(for_visitors), len(for_amel)) == (0, 1)


def test_a_page_of_notices_costs_as_much_as_one(portal, body, returned):
    sent, seen = [], []

    def note(_connection, _cursor, statement, *_more):
        sent.append(statement)

    engine = model.ensure_engine()
    sa.event.listen(engine, "before_cursor_execute", note)
    for more in (1, 19):
        tell(portal, "amel", *["dataset-returned"] * more, dataset=returned["id"])
        sent.clear()
        assert portal.ok("amel", "opengov_notice_list")["results"]
        seen.append(len(sent))
    sa.event.remove(engine, "before_cursor_execute", note)

    assert seen[0] == seen[1]


@pytest.mark.parametrize("query", ["", "?unread=1", "?cursor=zz", "?unread=maybe", "?unread="])
def test_whatever_is_asked_of_the_inbox_there_is_a_page(portal, body, query):
    assert page(portal, "amel", "/dashboard/inbox/" + query).status_code in (200, 302)


# ── How one is told ────────────────────────────────────────────────────────


def test_settings_are_chosen_on_a_page(portal, body):
    client = sign_in(portal, "amel", "ar")
    before = portal.ok("amel", "opengov_notice_settings_show")
    path = "/ar/dashboard/inbox/settings"

    kept = portal.fill_in(path, client, frequency="weekly", language="fr")
    refused = portal.fill_in(path, client, frequency="hourly", language="fr")

    assert before == {"frequency": "at-once", "language": None, "language_unchosen": "ar"}
    assert (kept.status_code, refused.status_code) == (302, 422)
    assert "لم يُغيَّر شيء" in refused.text
    assert portal.ok("amel", "opengov_notice_settings_show") == {
        "frequency": "weekly",
        "language": "fr",
        "language_unchosen": "ar",
    }
    assert path in client.get("/ar/user/edit/amel").text


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({"frequency": "hourly"}, {"frequency": ["unknown-frequency"]}),
        ({"language": "de"}, {"language": ["unknown-language"]}),
        ({"language": ["fr"]}, {"language": ["unknown-language"]}),
    ],
)
def test_unknown_settings_are_refused(portal, body, given, codes):
    status, error = portal.call("amel", "opengov_notice_settings_update", **given)

    assert (status, error["__codes"]) == (409, codes)
    assert portal.call(None, "opengov_notice_settings_update")[0] == 403


@pytest.mark.parametrize(
    ("language", "subject", "todo"),
    [
        ("ar", "أُعيدت إليكم: كمّيات الأمطار", "أصلحوه ثمّ أعيدوا"),
        ("fr", "Renvoyé à vous\u00a0: Pluviométrie", "Corrigez-le"),
        ("en", "Returned to you: Pluviométrie", "Mend it"),
    ],
)
def test_mail_speaks_the_language_that_was_chosen_and_never_gives_the_reason(
    portal, returned, mails, language, subject, todo
):
    portal.ok("amel", "opengov_notice_settings_update", language=language)
    tell(portal, "amel", "dataset-returned", dataset=returned["id"])
    portal.work()

    (mail,) = mails()
    bodies = [mail.get_body((kind,)).get_content() for kind in ("plain", "html")]
    assert mail["Subject"] == " ".join(subject.split())
    for text in bodies:
        assert todo in text
        assert "/dataset/rainfall/publish" in text
        assert f"/{language}/dashboard/inbox/settings" in text
        assert "partout" not in text
    assert f'dir="{"rtl" if language == "ar" else "ltr"}"' in bodies[1]


def test_a_worker_speaks_though_it_serves_no_request(portal, returned, mails):
    portal.ok("amel", "opengov_notice_settings_update", language="ar")
    tell(portal, "amel", "dataset-returned", dataset=returned["id"])
    for job_id in portal.due():
        jobs.run(job_id)

    assert mails()[0]["Subject"].startswith("أُعيدت إليكم")


def test_mail_speaks_the_language_of_the_last_sign_in_until_one_is_chosen(portal, returned, mails):
    sign_in(portal, "amel", "ar")
    tell(portal, "amel", "dataset-returned", dataset=returned["id"])
    portal.work()

    assert mails()[0]["Subject"].startswith("أُعيدت")


def test_mail_speaks_the_sites_language_to_who_never_signed_in(portal, returned, mails):
    tell(portal, "amel", "dataset-returned", dataset=returned["id"])
    portal.work()

    assert mails()[0]["Subject"].startswith("Renvoyé")


def test_no_mail_is_about_what_its_reader_may_not_know_any_more(portal, body, returned, mails):
    tell(portal, "amel", "dataset-returned", dataset=returned["id"])
    portal.inside("organization_member_delete", "operator", id=body["id"], username="amel")
    portal.work()

    assert (mails(), states()) == ([], ["needless"])


def test_what_was_read_before_its_mail_went_is_not_mailed(portal, returned, mails):
    tell(portal, "amel", "dataset-returned", dataset=returned["id"])
    portal.ok("amel", "opengov_notice_read", all=True)
    portal.work()

    assert (mails(), states()) == ([], ["needless"])


# ── The digest ─────────────────────────────────────────────────────────────


@pytest.fixture
def daily(portal, returned):
    """The dataset of a reader who wants one mail a day, and of whom three things wait."""
    portal.ok("amel", "opengov_notice_settings_update", frequency="daily", language="ar")
    kinds = ["dataset-returned", "dataset-published", "dataset-returned"]
    tell(portal, "amel", *kinds, dataset=returned["id"])
    return returned


def test_a_digest_has_all_that_waits_under_a_heading_for_each_kind_once(portal, daily, mails):
    portal.work()
    before = len(mails())
    made = gather(portal, tomorrow()), gather(portal, tomorrow())
    portal.work()

    (mail,) = mails()
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert (before, made, states()) == (0, (1, 0), ["sent"])
    assert mail["Subject"] == "3 إشعارات لكم"
    for heading in ("مجموعات بيانات أُعيدت إليكم", "مجموعات بيانات نُشرت"):
        assert (text.count(heading), html.count(f"<h2>{heading}</h2>")) == (1, 1)
    assert text.count("أُعيدت إليكم: ") == 2
    assert "partout" not in text + html


def test_a_digest_waits_for_its_hour(portal, daily, monkeypatch):
    monkeypatch.setitem(tk.config, "ckan.display_timezone", "Africa/Tunis")
    monkeypatch.setitem(tk.config, "ckanext.opengov.digest_hour", 7)
    day = tomorrow().date()
    six_utc = datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
    # All were written before today's digest hour, or after it: none since.
    written = sa.update(outbox.Message).values(created_at=six_utc - timedelta(hours=1))
    model.Session.execute(written)
    model.Session.commit()

    early, in_time = gather(portal, six_utc - timedelta(seconds=1)), gather(portal, six_utc)

    assert (early, in_time) == (0, 1)


def test_a_weekly_digest_goes_on_monday(portal, returned):
    portal.ok("amel", "opengov_notice_settings_update", frequency="weekly")
    tuesday = datetime(2026, 12, 1, 12, tzinfo=UTC)
    tell(portal, "amel", "dataset-returned", dataset=returned["id"], at=tuesday)

    made = [gather(portal, tuesday + timedelta(days=days)) for days in range(1, 8)]

    assert made == [0, 0, 0, 0, 0, 1, 0]


def test_what_was_read_is_in_no_digest(portal, daily, mails):
    portal.ok("amel", "opengov_notice_read", all=True)

    assert gather(portal, tomorrow()) == 0


def test_a_digest_waits_for_the_mail_server_and_goes_once(portal, daily, mails, monkeypatch):
    gather(portal, tomorrow())
    with monkeypatch.context() as away:
        away.setitem(tk.config, "smtp.server", NOWHERE)
        portal.work()
        meanwhile = states(), len(mails())
        again = gather(portal, tomorrow())
    be_due()
    portal.work()
    portal.work()

    assert (meanwhile, again, states()) == ((["queued"], 0), 0, ["sent"])
    assert mails()[0]["Subject"] == "3 إشعارات لكم"
    assert len(mails()) == 1


def test_a_worker_that_dies_after_sending_sends_the_same_mail_again(
    portal, daily, mails, monkeypatch
):
    gather(portal, tomorrow())
    with monkeypatch.context() as dying:
        send = outbox.letters.send

        def send_and_die(*letter):
            send(*letter)
            raise KeyboardInterrupt

        dying.setattr(outbox.letters, "send", send_and_die)
        with pytest.raises(KeyboardInterrupt):
            portal.work()
    model.Session.rollback()
    tell(portal, "amel", "dataset-returned", dataset=daily["id"])
    be_due()
    mail = model.Session.query(outbox.Mail).one()
    mail_id = mail.id
    model.Session.remove()
    for job in model.Session.query(jobs.Job).filter(jobs.Job.status == "running").all():
        portal.run(job.id)

    first, second = mails()
    assert first["Message-ID"] == second["Message-ID"] == f"<{mail_id}@test.ckan.net>"
    assert first.get_body(("plain",)).get_content() == second.get_body(("plain",)).get_content()
    assert states() == ["sent"]


def test_who_wants_mail_at_once_after_all_gets_what_waited(portal, daily, mails):
    portal.ok("amel", "opengov_notice_settings_update", frequency="at-once")
    portal.work()

    assert [mail["Subject"] for mail in mails()] == ["3 إشعارات لكم"]


def test_who_wants_no_mail_gets_none(portal, daily, mails):
    portal.ok("amel", "opengov_notice_settings_update", frequency="inbox")
    tell(portal, "amel", "dataset-returned", dataset=daily["id"])
    made = gather(portal, tomorrow())
    portal.work()

    assert (made, mails(), portal.ok("amel", "opengov_notice_list")["unread"]) == (0, [], 4)


def test_what_is_urgent_is_mailed_at_once_to_everyone(portal, daily, mails, monkeypatch):
    urgent = rendering.Kind("Alarm", lambda *_: [rendering.Said("Someone knocks")], True)
    monkeypatch.setitem(rendering.KINDS, "alarm", urgent)
    portal.ok("amel", "opengov_notice_settings_update", frequency="inbox")
    tell(portal, "amel", "alarm")
    portal.ok("amel", "opengov_notice_read", all=True)
    portal.work()

    assert [mail["Subject"] for mail in mails()] == ["Someone knocks"]


def test_a_message_of_a_plugin_that_is_switched_off_says_nothing(portal, daily, mails):
    model.Session.execute(sa.update(outbox.Message).values(kind="unknown"))
    model.Session.commit()
    gather(portal, tomorrow())
    portal.work()

    assert (mails(), states()) == ([], ["needless"])
    assert portal.ok("amel", "opengov_notice_list")["results"][0]["sentence"] is None


def test_a_title_does_not_break_a_mail_or_a_page(portal, body, mails):
    title = 'A\r\nBcc: everyone@example.org <script>"'
    fields = {"license_id": "cc-by", "owner_org": body["id"], "name": "rainfall"}
    dataset = portal.ok("amel", "package_create", title=title, **fields)
    tell(portal, "amel", "dataset-returned", dataset=dataset["id"])
    portal.work()

    (mail,) = mails()
    assert mail["Bcc"] is None
    assert "<script>" not in mail.get_body(("html",)).get_content()
    assert "&lt;script&gt;" in page(portal, "amel", "/en/dashboard/inbox/").text
    assert not re.search(r"<script>\"", page(portal, "amel", "/en/dashboard/inbox/").text)

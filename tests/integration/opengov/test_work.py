"""What is to do in the bodies of a person, and the page that shows it."""

import contextlib
import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.opengov import jobs
from ckanext.opengov.domain.freshness import DAYS, freshness
from ckanext.opengov.logic import reminders
from ckanext.opengov.shared import inbox, outbox


@pytest.fixture
def body(portal):
    return portal.body("meteo", amel="editor", sami="admin")


def page(portal, user, path):
    return portal.client.get(path, headers={"Authorization": portal.tokens[user]})


def names(found):
    return [row["name"] for row in found["results"]]


def age(dataset, days):
    """Let the files of a dataset have come so many days ago."""
    then = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=days)
    old = sa.text(
        "UPDATE resource SET created = :then, last_modified = :then WHERE package_id = :id"
    )
    model.Session.execute(old, {"then": then, "id": dataset["id"]})
    model.Session.commit()


STATES = {
    # name: state, frequency, days since the last version, reason
    "published": ("published", "NEVER", 400, None),
    "waiting": ("submitted", "", 2, None),
    "draft": ("draft", "DAILY", 9, None),
    "later": ("published", "MONTHLY", 40, None),
    "late": ("published", "MONTHLY", 50, None),
    "returned": ("returned", "", 3, "Name the unit."),
    "withdrawn": ("withdrawn", "DAILY", 9, "Wrong unit."),
}
COPY = """
INSERT INTO package (id, name, title, type, owner_org, state, private, metadata_created,
                     metadata_modified, extras)
SELECT :name, :name, 'Title of ' || :name, 'dataset', owner_org, 'draft', false, :then, :then,
       jsonb_build_object('frequency', :frequency)
FROM package WHERE name = 'rainfall';
INSERT INTO resource (id, package_id, url, state, created)
VALUES ('file-of-' || :name, :name, 'https://example.org', 'active', :then);
INSERT INTO opengov_publication (package_id, state, changed_at, reason)
VALUES (:name, :state, now(), :reason);
INSERT INTO opengov_contributor (package_id, number, user_id)
SELECT :name, 1, id FROM "user" WHERE name = 'amel';
"""


@pytest.fixture
def datasets(portal, body):
    """One dataset in each state, and a second that is late."""
    dataset = portal.ok(
        "amel", "package_create", name="rainfall", title="R", license_id="cc-by", owner_org="meteo"
    )
    for name, (state, frequency, days, reason) in STATES.items():
        then = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=days)
        values = {"name": name, "state": state, "frequency": frequency, "reason": reason}
        model.Session.execute(sa.text(COPY), {**values, "then": then})
    delete = sa.text("UPDATE package SET state = 'deleted' WHERE id = :id")
    model.Session.execute(delete, {"id": dataset["id"]})
    model.Session.commit()


def test_what_is_to_do_first_comes_first(portal, datasets):
    found = portal.ok("amel", "opengov_work_list")

    assert [(row["name"], row["state"], row["next"]) for row in found["results"]] == [
        ("returned", "returned", "mend"),
        ("late", "late", "update"),
        ("later", "late", "update"),
        ("draft", "draft", "go-on"),
        ("waiting", "submitted", "see"),
        ("published", "published", "see"),
        ("withdrawn", "withdrawn", "see"),
    ]
    assert found["results"][0]["reason"] == "Name the unit."
    assert [row["days_late"] for row in found["results"][1:3]] == [19, 9]
    assert found["counts"] == {
        "returned": 1,
        "late": 2,
        "scheduled": 0,
        "draft": 1,
        "submitted": 1,
        "published": 1,
        "withdrawn": 1,
    }


def test_who_did_not_write_it_reviews_it(portal, datasets):
    found = portal.ok("sami", "opengov_work_list", state="submitted")

    assert [row["next"] for row in found["results"]] == ["review"]


def test_pages_join_and_filters_narrow(portal, datasets):
    whole = names(portal.ok("amel", "opengov_work_list"))
    seen, cursor = [], ""
    while cursor is not None:
        found = portal.ok("amel", "opengov_work_list", limit=2, cursor=cursor)
        seen, cursor = seen + names(found), found["next_cursor"]

    late = portal.ok("amel", "opengov_work_list", state="late")
    assert seen == whole
    assert (names(late), sum(late["counts"].values())) == (["late", "later"], 7)
    assert names(portal.ok("amel", "opengov_work_list", q="WAIT")) == ["waiting"]
    assert names(portal.ok("amel", "opengov_work_list", owner_org="meteo")) == whole
    assert names(portal.ok("amel", "opengov_work_list", owner_org="finance")) == []


@pytest.mark.parametrize("q", ["nothing\0", "\ud800", "%", "'"])
def test_whatever_is_sought_there_is_an_answer(portal, body, q):
    assert portal.call("amel", "opengov_work_list", q=q)[0] == 200


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({"state": "lost"}, {"state": ["unknown-state"]}),
        ({"cursor": "7"}, {"cursor": ["invalid-cursor"]}),
        ({"limit": 0}, {"limit": ["invalid-limit"]}),
    ],
)
def test_what_cannot_be_asked_is_named(portal, body, given, codes):
    status, error = portal.call("amel", "opengov_work_list", **given)

    assert (status, error["__codes"]) == (409, codes)


def test_each_sees_the_work_of_their_own_bodies(portal, datasets):
    portal.body("finance", omar="editor", lina="member")

    assert portal.call(None, "opengov_work_list")[0] == 403
    assert portal.ok("omar", "opengov_work_list")["results"] == []
    lina = portal.ok("lina", "opengov_work_list")
    assert (lina["results"], lina["bodies"]) == ([], [])
    assert [each["name"] for each in portal.ok("omar", "opengov_work_list")["bodies"]] == [
        "finance"
    ]


def test_a_change_to_a_late_dataset_counts_once_it_is_submitted(portal, body):
    dataset = portal.published("amel", "sami", body, frequency="DAILY")
    age(dataset, 9)
    seen = []
    for step in ("create", "submit", "return"):
        if step == "create":
            portal.ok("amel", "opengov_revision_create", id=dataset["id"], title="Changed")
        elif step == "submit":
            portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])
        else:
            portal.ok("sami", "opengov_dataset_return", id=dataset["id"], reason="No.")
        (row,) = portal.ok("amel", "opengov_work_list")["results"]
        seen.append((row["state"], row["next"], row["revision"], row["reason"], row["days_late"]))

    assert seen == [
        ("late", "go-on", 2, None, 8),
        ("submitted", "see", 2, None, 8),
        ("returned", "mend", 2, "No.", 8),
    ]


def test_the_database_counts_days_as_the_rule_does(portal, body, monkeypatch):
    dataset = portal.published("amel", "sami", body)
    zone = sa.text("UPDATE package SET extras = extras || jsonb_build_object('frequency', :f)")
    for frequency in (*DAYS, "IRREG", ""):
        model.Session.execute(zone, {"f": frequency})
        model.Session.commit()
        for more in (0, 1):
            days = DAYS.get(frequency, 400) + more
            age(dataset, days)
            (row,) = portal.ok("amel", "opengov_work_list")["results"]
            today = datetime.now(UTC).date()
            fresh = freshness(frequency, today - timedelta(days=days), today)
            assert (row["state"] == "late") is (fresh.days_late > 0), (frequency, more)
            assert row["days_late"] == fresh.days_late
            assert row["due"] == (fresh.due.isoformat() if fresh.due else None)


@contextlib.contextmanager
def statements():
    """Yield the SQL that is sent meanwhile."""
    sent = []

    def note(_connection, _cursor, statement, *_more):
        sent.append(statement)

    engine = model.ensure_engine()
    sa.event.listen(engine, "before_cursor_execute", note)
    yield sent
    sa.event.remove(engine, "before_cursor_execute", note)


COPIES = """
INSERT INTO package (id, name, title, type, owner_org, state, private, metadata_created,
                     metadata_modified, extras)
SELECT 'copy-' || n, 'copy-' || n, 'Copy ' || n, 'dataset', owner_org, 'active', false,
       metadata_created, metadata_modified, jsonb_build_object('frequency', 'DAILY')
FROM package, generate_series(:first, :last) n WHERE name = 'rainfall'
"""


@pytest.mark.parametrize("what", ["action", "page"])
def test_a_thousand_datasets_cost_as_many_statements_as_ten(portal, body, what):
    portal.draft("amel", body)
    seen = {}
    for first, last in ((1, 10), (11, 1000)):
        model.Session.execute(sa.text(COPIES), {"first": first, "last": last})
        model.Session.commit()
        with statements() as sent:
            if what == "action":
                found = portal.ok("amel", "opengov_work_list", limit=10)
                assert sum(found["counts"].values()) == last + 1
            else:
                assert page(portal, "amel", "/en/dashboard/data").status_code == 200
        seen[last] = len(sent)

    assert seen[10] == seen[1000], seen
    about = [each for each in sent if "opengov_publication" in each]
    assert len(about) == 2


WORDS = {
    "ar": ("متأخّرة بـ19 يوما", "إصلاح ما طُلب", "رفع الإصدار الجديد"),
    "fr": ("19 jours de retard", "Corriger ce qui est demandé", "Envoyer la nouvelle version"),
    "en": ("19 days late", "Mend what was asked", "Upload the new version"),
}


def test_the_page_says_what_to_do_in_the_readers_language(portal, datasets):
    for language, words in WORDS.items():
        shown = page(portal, "amel", f"/{language}/dashboard/data").text

        for each in (*words, "Name the unit."):
            assert each in shown
        order = [shown.index(f"/dataset/{name}/") for name in ("returned", "late", "draft")]
        assert order == sorted(order)


@pytest.mark.parametrize("query", ["?cursor=zz", "?state=lost", "?q=%00", "?owner_org=none"])
def test_whatever_is_asked_of_the_page_there_is_one(portal, body, query):
    assert page(portal, "amel", "/dashboard/data" + query).status_code in (200, 302)


def test_an_empty_page_has_one_thing_to_do(portal, body):
    portal.user("nobody")

    assert "Start the first dataset" in page(portal, "amel", "/en/dashboard/data").text
    assert "You work in no public body" in page(portal, "nobody", "/en/dashboard/data").text


def test_a_visitor_is_asked_to_sign_in(portal):
    for path in ("/dashboard/data", "/dashboard/start", "/dashboard/inbox/"):
        answer = portal.client.get(path, follow_redirects=False)
        assert (answer.status_code, "/user/login" in answer.headers["Location"]) == (302, True)


@pytest.mark.parametrize(("user", "end"), [("amel", "/dashboard/data"), ("nobody", "datasets")])
def test_after_signing_in_people_land_where_their_work_is(portal, body, user, end):
    portal.user("nobody")
    client = portal.client.flask_app.test_client()
    form = {"login": user, "password": "correct-horse-battery"}
    answer = portal.fill_in("/user/login", client, **form)

    for _ in range(5):
        if answer.status_code != 302:
            break
        path = re.sub("^http://[^/]+", "", answer.headers["Location"])
        answer = client.get(path)

    assert answer.status_code == 200
    assert path.endswith(end)


def test_titles_and_bodies_come_in_the_callers_language(portal):
    body = portal.body("meteo", amel="editor")
    portal.ok(
        "amel",
        "package_create",
        owner_org=body["id"],
        license_id="cc-by",
        name="rain",
        title_translated={"fr": "Pluie", "ar": "أمطار"},
    )

    answer = portal.client.get(
        "/ar/api/3/action/opengov_work_list", headers={"Authorization": portal.tokens["amel"]}
    )

    assert [row["title"] for row in answer.json["result"]["results"]] == ["أمطار"]


def test_every_tab_of_the_dashboard_opens_and_says_where_one_is(portal, body):
    portal.user("nobody")
    for user, own in (("amel", "/dashboard/data"), ("nobody", "/dashboard/datasets")):
        start = page(portal, user, "/en/dashboard/inbox/").text
        tabs = re.search(r'<ul class="og-tabs">(.*?)</ul>', start, re.S)[1]
        paths = re.findall(r'href="([^"]+)"', tabs)
        assert f"/en{own}" in paths
        for path in paths:
            answer = page(portal, user, path)
            assert answer.status_code == 200, path
            assert f'href="{path}" aria-current="page"' in answer.text


def told(kind="dataset-late"):
    """Return whom messages of a kind went to, about what."""
    model.Session.remove()
    found = model.Session.query(outbox.Message).filter_by(kind=kind)
    people = {each.id: each.name for each in model.Session.query(model.User)}
    return sorted((people[each.recipient_id], each.params["package_id"]) for each in found)


def begin_the_day(portal, days=0):
    """Do what a day begins with, today or later."""
    now = datetime.now(UTC) + timedelta(days=days)
    with portal.client.flask_app.test_request_context():
        began = jobs.begin_the_day(model.Session, now)
    model.Session.execute(sa.text("UPDATE opengov_job SET run_at = now()"))
    model.Session.commit()
    portal.work()
    return began


def test_editors_are_told_once_for_each_period_that_a_dataset_is_late(portal, datasets):
    assert [begin_the_day(portal), begin_the_day(portal), begin_the_day(portal, days=1)] == [
        1,
        0,
        1,
    ]
    assert told() == [("amel", "late"), ("amel", "later")]

    age({"id": "late"}, 60)
    begin_the_day(portal, days=2)

    assert told() == [("amel", "late"), ("amel", "late"), ("amel", "later")]


def test_reviewers_are_told_where_nobody_edits(portal, datasets):
    remove = {"id": "meteo", "username": "amel"}
    portal.ok("operator", "organization_member_delete", **remove)

    begin_the_day(portal)

    assert {name for name, _dataset in told()} == {"sami", "operator"}


def test_a_reminder_says_what_to_do_until_it_is_done(portal, datasets):
    begin_the_day(portal)
    (late,) = (
        each
        for each in portal.ok("amel", "opengov_notice_list")["results"]
        if "late/" in each["url"] or each["url"].endswith("/late/publish")
    )
    age({"id": "late"}, 0)
    model.Session.remove()
    after = {each["id"]: each for each in portal.ok("amel", "opengov_notice_list")["results"]}

    assert "late" in late["sentence"]
    assert after[late["id"]]["todo"] != late["todo"]
    assert after[late["id"]]["sentence"] == late["sentence"]


def test_many_late_datasets_are_told_of_in_batches(portal, datasets, monkeypatch):
    monkeypatch.setattr(reminders, "BATCH", 1)
    monkeypatch.setattr(jobs, "BATCH", 1)

    begin_the_day(portal)

    assert told() == [("amel", "late"), ("amel", "later")]


def test_notices_are_forgotten_some_time_after_they_were_read(portal, datasets, monkeypatch):
    begin_the_day(portal)
    portal.ok("amel", "opengov_notice_read", all=True)
    begin_the_day(portal, days=1)
    old = sa.text("UPDATE opengov_outbox SET read_at = now() - interval '401 days'")
    model.Session.execute(old)
    model.Session.execute(sa.text("UPDATE opengov_mail SET created_at = '2020-01-01'"))
    model.Session.execute(sa.text("UPDATE opengov_mail SET state = 'sent'"))
    model.Session.commit()
    before = told()
    monkeypatch.setitem(tk.config, "ckanext.opengov.notice_days", 0)
    begin_the_day(portal, days=2)
    kept = told()
    monkeypatch.setitem(tk.config, "ckanext.opengov.notice_days", 400)
    monkeypatch.setattr(inbox, "BATCH", 1)
    monkeypatch.setattr(jobs, "remind", lambda *_: 0)
    begin_the_day(portal, days=3)

    assert before == kept != []
    assert told() == []
    assert model.Session.query(outbox.Mail).count() == 0

"""From a draft to a published table, through the API."""

import io
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
import sqlalchemy as sa
from tests.common.portal import BROKEN_CSV, CSV

from ckan import model

from ckanext.opengov import storage
from ckanext.opengov.model import files
from ckanext.opengov.shared import audit, jobs


@pytest.fixture
def body(portal):
    return portal.body("meteo", amel="editor", sami="admin")


def test_one_person_drafts_another_approves_and_anyone_reads(portal, body):
    dataset = portal.published("amel", "sami", body)
    resource_id = dataset["resources"][0]["id"]

    assert dataset["state"] == "active"
    assert dataset["publication_state"] == "published"
    found = portal.ok(None, "package_search", q="rainfall")
    assert [hit["id"] for hit in found["results"]] == [dataset["id"]]
    table = portal.ok(None, "datastore_search", resource_id=resource_id)
    assert [row["station"] for row in table["records"]] == ["001", "002"]
    types = {field["id"]: field["type"] for field in table["fields"]}
    assert types == {"_id": "int", "station": "text", "day": "date", "millimetres": "numeric"}


def test_the_published_file_is_downloaded_byte_for_byte(portal, body):
    dataset = portal.published("amel", "sami", body)
    resource = dataset["resources"][0]

    answer = portal.client.get(resource["url"].replace("http://test.ckan.net", ""))

    assert answer.data == CSV.encode()
    frame = pd.read_csv(io.BytesIO(answer.data), dtype={"station": str})
    assert list(frame["station"]) == ["001", "002"]


def test_the_author_does_not_approve(portal):
    body = portal.body("meteo", amel="admin", sami="admin")
    dataset = portal.submitted("amel", body)

    status, error = portal.call("amel", "opengov_dataset_publish", id=dataset["id"])

    assert status == 409
    assert error["__codes"] == {"__all__": ["second-person-needed"]}


def test_an_editor_does_not_approve(portal):
    body = portal.body("meteo", amel="editor", nour="editor", sami="admin")
    dataset = portal.submitted("amel", body)

    status, _ = portal.call("nour", "opengov_dataset_publish", id=dataset["id"])

    assert status == 403


def test_a_sysadmin_who_is_no_member_does_not_approve(portal, body):
    dataset = portal.submitted("amel", body)
    portal.user("root", sysadmin=True)

    status, _ = portal.call("root", "opengov_dataset_publish", id=dataset["id"])

    assert status == 403


def test_an_author_does_not_choose_the_reviewer(portal):
    body = portal.body("meteo", amel="admin")
    portal.user("nour")
    portal.ok("amel", "organization_member_create", id=body["id"], username="nour", role="admin")
    dataset = portal.submitted("amel", body)

    status, error = portal.call("nour", "opengov_dataset_publish", id=dataset["id"])

    assert status == 409
    assert error["__codes"] == {"__all__": ["second-person-needed"]}


def test_a_broken_file_is_kept_but_not_published(portal, body):
    dataset = portal.draft("amel", body, text=BROKEN_CSV)
    portal.work()
    resource_id = dataset["resources"][0]["id"]

    status, error = portal.call("amel", "opengov_dataset_submit", id=dataset["id"])
    report = portal.ok("amel", "opengov_validation_show", resource_id=resource_id)

    assert status == 409
    assert error["__codes"] == {"resources": ["findings-block"]}
    assert report["status"] == "done"
    assert report["verdict"] == "blocked"
    assert [(found["code"], found["row"]) for found in report["findings"]] == [("extra-cell", 2)]


def test_an_unchecked_file_is_not_submitted(portal, body):
    dataset = portal.draft("amel", body)

    status, error = portal.call("amel", "opengov_dataset_submit", id=dataset["id"])

    assert status == 409
    assert error["__codes"] == {"resources": ["files-unchecked"]}


def test_a_returned_dataset_is_mended_and_submitted_again(portal, body):
    dataset = portal.submitted("amel", body)
    portal.ok("sami", "opengov_dataset_return", id=dataset["id"], reason="Name the source.")

    mended = portal.ok("amel", "package_patch", id=dataset["id"], notes="Source: our stations.")
    again = portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])

    assert mended["publication_state"] == "returned"
    assert again["publication_state"] == "submitted"


def test_a_withdrawn_dataset_leaves_search_and_tables(portal, body):
    dataset = portal.published("amel", "sami", body)
    resource_id = dataset["resources"][0]["id"]

    portal.ok("sami", "opengov_dataset_withdraw", id=dataset["id"], reason="Wrong unit.")
    portal.work()

    assert portal.ok(None, "package_search", q="rainfall")["count"] == 0
    assert portal.call(None, "datastore_search", resource_id=resource_id)[0] in (403, 404)


def test_the_history_names_each_step_in_order(portal, body):
    dataset = portal.published("amel", "sami", body)

    history = portal.ok("amel", "opengov_dataset_history", id=dataset["id"])

    assert [entry["step"] for entry in history["results"]] == [
        "create",
        "edit",
        "submit",
        "publish",
    ]


def test_the_reviewer_sees_what_waits(portal, body):
    dataset = portal.submitted("amel", body)

    waiting = portal.ok("sami", "opengov_review_list")["results"]

    assert [row["id"] for row in waiting] == [dataset["id"]]
    assert portal.ok("amel", "opengov_review_list")["results"] == []


def test_the_reviewers_list_comes_in_pages(portal, body):
    names = ["first", "second", "third"]
    for name in names:
        portal.submitted("amel", body, name=name)

    page = portal.ok("sami", "opengov_review_list", limit=2)
    rest = portal.ok("sami", "opengov_review_list", limit=2, cursor=page["next_cursor"])

    assert [row["name"] for row in page["results"] + rest["results"]] == names
    assert rest["next_cursor"] is None
    status, error = portal.call("sami", "opengov_review_list", cursor="7")
    assert (status, error["__codes"]) == (409, {"cursor": ["invalid-cursor"]})


@pytest.mark.parametrize(
    ("language", "start"), [("ar", "اذكروا السبب"), ("fr", "Dites pourquoi"), ("en", "Say why")]
)
def test_an_error_is_said_in_the_callers_language(portal, body, language, start):
    dataset = portal.submitted("amel", body)

    answer = portal.client.post(
        f"/{language}/api/3/action/opengov_dataset_return",
        data={"id": dataset["id"]},
        headers={"Authorization": portal.tokens["sami"]},
    )

    assert answer.json["error"]["reason"][0].startswith(start)


def test_a_scheduled_dataset_is_published_when_its_time_has_come(portal, body):
    dataset = portal.submitted("amel", body)
    soon = datetime.now(UTC) + timedelta(hours=1)

    shown = portal.ok(
        "sami", "opengov_dataset_publish", id=dataset["id"], publish_at=soon.isoformat()
    )
    early = portal.sweep(soon - timedelta(seconds=1))
    in_time = portal.sweep(soon)

    assert shown["publication_state"] == "scheduled"
    assert (early, in_time) == (0, 1)
    assert portal.ok(None, "package_show", id=dataset["id"])["publication_state"] == "published"


def test_a_dataset_that_is_blocked_by_now_holds_up_no_other(portal, body, monkeypatch):
    monkeypatch.setattr("ckanext.opengov.jobs.DUE_AT_ONCE", 1)
    blocked = portal.submitted("amel", body)
    free = portal.submitted("amel", body, name="wind")
    soon = datetime.now(UTC) + timedelta(hours=1)
    for dataset, later in ((blocked, 0), (free, 1)):
        at = (soon + timedelta(minutes=later)).isoformat()
        portal.ok("sami", "opengov_dataset_publish", id=dataset["id"], publish_at=at)
    finding = sa.text(
        "UPDATE opengov_check SET blocking = 1, report = report || jsonb_build_object("
        "'blocking', 1, 'verdict', 'blocked', 'counts', jsonb_build_array(jsonb_build_object("
        "'code', 'type-error', 'field', 'day', 'severity', 'error', 'count', 1)))"
        " WHERE resource_id = :id"
    )
    model.Session.execute(finding, {"id": blocked["resources"][0]["id"]})
    model.Session.commit()

    published = portal.sweep(soon + timedelta(hours=1))

    states = [
        portal.ok("sami", "package_show", id=dataset["id"])["publication_state"]
        for dataset in (blocked, free)
    ]
    assert (published, states) == (1, ["scheduled", "published"])


def test_a_failed_job_is_tried_again_later_and_then_given_up(portal, body):
    dataset = portal.draft("amel", body)
    resource_id = dataset["resources"][0]["id"]
    portal.work()
    storage.path_of(files.file_of(model.Session, resource_id).sha256).unlink()
    portal.ok("amel", "opengov_validation_run", resource_id=resource_id)

    seen = [portal.run_latest("opengov.check", resource_id) for _ in range(11)]

    assert seen == ["queued"] * 9 + ["failed"] * 2


def test_two_workers_do_not_do_one_job_at_once(portal, body, monkeypatch):
    monkeypatch.setattr(jobs, "SWEEPERS", [])
    dataset = portal.draft("amel", body)
    job = jobs.latest(model.Session, "opengov.check", dataset["resources"][0]["id"])
    job_id, key = job.id, jobs._lock_key(job.id)
    model.Session.remove()

    with model.ensure_engine().connect() as other_worker:
        other_worker.execute(sa.select(sa.func.pg_advisory_lock(key)))
        portal.run(job_id)
        while_locked = jobs.sweep(model.Session, datetime.now(UTC)), portal.job(job_id).status
        # A connection that goes back to the pool would keep the lock.
        other_worker.execute(sa.select(sa.func.pg_advisory_unlock(key)))
    portal.run(job_id)

    assert while_locked == (0, "queued")
    assert portal.job(job_id).status == "done"


def test_an_edited_audit_row_is_found(portal, body):
    portal.published("amel", "sami", body)
    sound = list(audit.verify(model.Session))
    with model.ensure_engine().begin() as forger:
        forger.execute(sa.text("ALTER TABLE opengov_audit DISABLE TRIGGER USER"))
        forger.execute(sa.text("UPDATE opengov_audit SET actor_id = 'nobody' WHERE seq = 2"))
        forger.execute(sa.text("ALTER TABLE opengov_audit ENABLE TRIGGER USER"))
    model.Session.remove()

    assert sound == []
    assert [place.seq for place in audit.verify(model.Session)] == [2]


@pytest.mark.parametrize(
    "attack",
    ["UPDATE opengov_audit SET step = ''", "DELETE FROM opengov_audit", "TRUNCATE opengov_audit"],
)
def test_the_audit_log_is_append_only(portal, body, attack):
    portal.draft("amel", body)

    with (
        pytest.raises(sa.exc.DatabaseError, match="append-only"),
        model.ensure_engine().begin() as connection,
    ):
        connection.execute(sa.text(attack))

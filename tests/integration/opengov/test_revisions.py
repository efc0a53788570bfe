"""A published dataset changes by a reviewed revision, all of it at once, or not at all."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from opengov_stack.servers import LOOPBACK, free_port
from tests.common.portal import BROKEN_CSV, CSV
from tests.integration.opengov.test_guards import change_doors

from ckan.common import config

from ckanext.opengov.logic.action import publication as publication_actions

NEW = "station,day,millimetres\n001,2026-01-02,4.5\n002,2026-01-02,0\n003,2026-01-02,1\n"


@pytest.fixture
def body(portal):
    return portal.body("meteo", amel="editor", sami="admin")


@pytest.fixture
def dataset(portal, body):
    return portal.published("amel", "sami", body)


def sent(text=NEW, name="rainfall.csv"):
    return {"upload": (io.BytesIO(text.encode()), name)}


def revise(portal, dataset, text=NEW, **fields):
    """Prepare a change that brings a new file, and have it checked."""
    resource_id = dataset["resources"][0]["id"]
    revision = portal.ok(
        "amel",
        "opengov_revision_create",
        sent(text),
        id=dataset["id"],
        resource_id=resource_id,
        **fields,
    )
    portal.work()
    return revision


def public_view(portal, dataset):
    """Return what the public gets: description, bytes of each file, rows of each table."""
    shown = portal.ok(None, "package_show", id=dataset["id"])
    addresses = [r["url"].replace("http://test.ckan.net", "") for r in shown["resources"]]
    tables = [
        portal.call(None, "datastore_search", resource_id=r["id"])[1].get("records")
        for r in shown["resources"]
    ]
    return shown, [portal.client.get(address).data for address in addresses], tables


def test_nothing_of_a_change_is_public_before_it_is_approved(portal, dataset):
    before = public_view(portal, dataset)

    revision = revise(portal, dataset, title="Rainfall by station")
    waiting = public_view(portal, dataset)
    portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])
    submitted = public_view(portal, dataset)

    assert (revision["number"], revision["state"]) == (2, "draft")
    assert before == waiting == submitted
    assert before[0]["publication_state"] == "published"


def test_an_approved_change_replaces_description_file_and_table(portal, dataset):
    revise(portal, dataset, title="Rainfall by station")
    portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])

    portal.ok("sami", "opengov_dataset_publish", id=dataset["id"])
    portal.work()

    shown, contents, tables = public_view(portal, dataset)
    assert shown["title"] == "Rainfall by station"
    assert contents == [NEW.encode()]
    assert [row["station"] for row in tables[0]] == ["001", "002", "003"]
    found = portal.ok(None, "package_search", q="station")
    assert [hit["title"] for hit in found["results"]] == ["Rainfall by station"]


def test_the_author_of_a_change_does_not_approve_it(portal, dataset):
    portal.ok("sami", "opengov_revision_create", id=dataset["id"], title="Rain")
    portal.ok("sami", "opengov_dataset_submit", id=dataset["id"])

    status, error = portal.call("sami", "opengov_dataset_publish", id=dataset["id"])

    assert status == 409
    assert error["__codes"] == {"__all__": ["second-person-needed"]}


def test_whoever_wrote_the_first_version_may_approve_the_change_of_another(portal):
    body = portal.body("meteo", amel="admin", sami="admin")
    dataset = portal.published("amel", "sami", body)
    portal.ok("sami", "opengov_revision_create", id=dataset["id"], title="Rain")
    portal.ok("sami", "opengov_dataset_submit", id=dataset["id"])

    shown = portal.ok("amel", "opengov_dataset_publish", id=dataset["id"])

    assert shown["title"] == "Rain"


def test_a_broken_new_file_is_kept_but_not_submitted(portal, dataset):
    revise(portal, dataset, text=BROKEN_CSV)

    status, error = portal.call("amel", "opengov_dataset_submit", id=dataset["id"])
    report = portal.ok("amel", "opengov_validation_show", resource_id=dataset["resources"][0]["id"])

    assert status == 409
    assert error["__codes"] == {"resources": ["findings-block"]}
    assert report["verdict"] == "blocked"


def test_a_returned_change_is_mended_by_a_second_call(portal, dataset):
    first = revise(portal, dataset, text=BROKEN_CSV, title="Rain")
    mended = revise(portal, dataset)
    portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])
    portal.ok("sami", "opengov_dataset_return", id=dataset["id"], reason="Name the source.")

    again = portal.ok("amel", "opengov_revision_create", id=dataset["id"], notes="Our stations.")

    assert first["id"] == mended["id"] == again["id"]
    assert again["state"] == "returned"
    assert again["reason"] == "Name the source."
    assert (again["changes"]["title"], again["changes"]["notes"]) == ("Rain", "Our stations.")


def test_a_change_under_review_stays_as_the_reviewer_saw_it(portal, dataset):
    revise(portal, dataset)
    portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])

    status, error = portal.call("amel", "opengov_revision_create", id=dataset["id"], title="X")

    assert status == 409
    assert error["__codes"] == {"__all__": ["under-review"]}


def test_a_discarded_change_leaves_what_is_published(portal, dataset):
    before = public_view(portal, dataset)
    revise(portal, dataset, title="Rain")

    gone = portal.ok("amel", "opengov_revision_discard", id=dataset["id"])
    listed = portal.ok("amel", "opengov_revision_list", id=dataset["id"])["results"]

    assert gone["state"] == "discarded"
    assert [(row["number"], row["state"]) for row in listed] == [(2, "discarded"), (1, "published")]
    assert portal.call("amel", "opengov_revision_show", id=dataset["id"])[0] == 404
    assert public_view(portal, dataset) == before


def test_files_are_added_and_removed_by_a_change(portal, dataset):
    old = dataset["resources"][0]["id"]
    portal.ok(
        "amel",
        "opengov_revision_create",
        {"resources__-1__upload": (io.BytesIO(NEW.encode()), "new.csv")},
        id=dataset["id"],
        resources__extend=json.dumps([{"name": "new.csv", "format": "CSV"}]),
    )
    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])
    portal.ok("sami", "opengov_dataset_publish", id=dataset["id"])
    portal.work()
    both = public_view(portal, dataset)
    kept = [resource for resource in both[0]["resources"] if resource["id"] != old]
    portal.ok("amel", "opengov_revision_create", id=dataset["id"], resources=kept)
    portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])
    portal.ok("sami", "opengov_dataset_publish", id=dataset["id"])
    portal.work()

    assert both[1] == [CSV.encode(), NEW.encode()]
    assert [len(rows) for rows in both[2]] == [2, 3]
    _, contents, tables = public_view(portal, dataset)
    assert contents == [NEW.encode()]
    assert len(tables) == 1
    assert portal.call(None, "datastore_search", resource_id=old)[0] == 404


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"title": "Rainfall"}, {"__all__": ["nothing-changed"]}),
        ({"owner_org": "other"}, {"owner_org": ["fixed-field"]}),
        ({"state": "deleted"}, {"state": ["fixed-field"]}),
        ({"resources": "no list"}, {"resources": ["invalid"]}),
        ({"resources": [1]}, {"resources": ["invalid"]}),
        ({"resources__99__name": "x"}, {"resources": ["invalid"]}),
        ({"resources__0__": {}}, {"resources": ["invalid"]}),
        ({"upload": "text"}, {"resource_id": ["required"]}),
    ],
)
def test_what_makes_no_change_is_refused_with_a_reason(portal, dataset, fields, code):
    status, error = portal.call("amel", "opengov_revision_create", id=dataset["id"], **fields)

    assert status == 409
    assert error["__codes"] == code
    assert portal.call("amel", "opengov_revision_show", id=dataset["id"])[0] == 404


def test_a_change_that_the_schema_refuses_says_so_at_once(portal, dataset):
    status, error = portal.call("amel", "opengov_revision_create", id=dataset["id"], name="No!")

    assert status == 409
    assert "name" in error


def test_a_resource_of_another_dataset_is_not_taken_over(portal, body, dataset):
    other = portal.published("amel", "sami", body, name="snow", title="Snow")
    foreign = other["resources"][0]

    revision = portal.ok("amel", "opengov_revision_create", id=dataset["id"], resources=[foreign])

    assert [each["resource_id"] for each in revision["files"]] != [foreign["id"]]


def test_a_draft_is_edited_and_not_revised(portal, body):
    draft = portal.draft("amel", body)

    status, error = portal.call("amel", "opengov_revision_create", id=draft["id"], title="X")

    assert status == 409
    assert error["__codes"] == {"__all__": ["not-published"]}


def test_without_a_change_there_is_nothing_to_submit(portal, dataset):
    status, error = portal.call("amel", "opengov_dataset_submit", id=dataset["id"])

    assert status == 409
    assert error["__codes"] == {"__all__": ["no-open-revision"]}


def test_a_scheduled_change_is_applied_when_its_time_has_come(portal, dataset):
    revise(portal, dataset, title="Rain")
    portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])
    soon = datetime.now(UTC) + timedelta(hours=1)
    portal.ok("sami", "opengov_dataset_publish", id=dataset["id"], publish_at=soon.isoformat())

    early = portal.sweep(soon - timedelta(seconds=1)), public_view(portal, dataset)[0]["title"]
    late = portal.sweep(soon), public_view(portal, dataset)[0]["title"]

    assert (early, late) == ((0, "Rainfall"), (1, "Rain"))


def test_the_reviewer_sees_the_change_that_waits_and_its_author_does_not(portal):
    body = portal.body("meteo", amel="editor", sami="admin", nour="admin")
    dataset = portal.published("amel", "sami", body)
    portal.ok("nour", "opengov_revision_create", id=dataset["id"], title="Rain")
    portal.ok("nour", "opengov_dataset_submit", id=dataset["id"])

    waiting = portal.ok("sami", "opengov_review_list")["results"]

    assert [(row["id"], row["revision"]) for row in waiting] == [(dataset["id"], 2)]
    assert portal.ok("nour", "opengov_review_list")["results"] == []


def test_a_withdrawal_ends_the_change_under_way(portal, dataset):
    revise(portal, dataset)

    portal.ok("sami", "opengov_dataset_withdraw", id=dataset["id"], reason="Wrong unit.")

    listed = portal.ok("amel", "opengov_revision_list", id=dataset["id"])["results"]
    assert listed[0]["state"] == "discarded"


@pytest.mark.parametrize("action", ["show", "list", "discard", "create"])
def test_outsiders_learn_nothing_of_a_change(portal, dataset, action):
    portal.body("finance", omar="admin")
    revise(portal, dataset)

    answers = [
        portal.call(person, f"opengov_revision_{action}", id=dataset["id"])[0]
        for person in (None, "omar")
    ]

    assert set(answers) == {403}


@pytest.fixture
def without_solr(monkeypatch):
    """Nobody answers where Solr should be, until the function that this returns is called."""
    monkeypatch.setitem(config, "solr_url", f"http://{LOOPBACK}:{free_port()}/solr/ckan")
    return monkeypatch.undo


def test_with_solr_gone_no_door_changes_what_is_public(portal, body, dataset, without_solr):
    resource = dataset["resources"][0]
    file = f"/dataset/{dataset['id']}/resource/{resource['id']}/download/rainfall.csv"
    before = portal.client.get(file).data

    for action, (fields, files) in change_doors(dataset, body).items():
        portal.call("amel", action, files, **fields)

    assert portal.client.get(file).data == before
    without_solr()
    assert portal.ok(None, "package_show", id=dataset["id"])["title"] == dataset["title"]


def test_with_solr_gone_an_approved_change_is_applied_and_found_later(
    portal, dataset, without_solr
):
    revise(portal, dataset, title="Rainfall of three stations")
    portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])
    portal.ok("sami", "opengov_dataset_publish", id=dataset["id"])

    assert portal.run_latest("opengov.index", dataset["id"]) == "queued"
    without_solr()
    assert portal.run_latest("opengov.index", dataset["id"]) == "done"
    assert portal.run_latest("opengov.tables", dataset["id"]) == "done"

    shown, files, tables = public_view(portal, dataset)
    assert shown["title"] == "Rainfall of three stations"
    assert (files, len(tables[0])) == ([NEW.encode()], 3)
    assert portal.ok(None, "package_search", q="three stations")["count"] == 1


def test_a_change_that_fails_half_way_changes_nothing(portal, dataset, monkeypatch):
    revise(portal, dataset, title="Half")
    portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])
    before = public_view(portal, dataset)

    def fail(*_args):
        raise OSError

    monkeypatch.setattr(publication_actions, "keep_results", fail)
    status, _answer = portal.call("sami", "opengov_dataset_publish", id=dataset["id"])
    monkeypatch.undo()

    assert status == 500
    assert public_view(portal, dataset) == before
    assert portal.ok("sami", "opengov_revision_show", id=dataset["id"])["state"] == "submitted"
    portal.ok("sami", "opengov_dataset_publish", id=dataset["id"])

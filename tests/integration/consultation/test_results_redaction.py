"""Words that may no longer be public leave the published data at once, and all kept of it."""

import json
import shutil
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from tests.integration.consultation.results import (
    all_rows,
    approved,
    ask,
    consulted,
    content,
    erase,
    everything,
    made,
    path,
    resource,
    state,
    table,
)

from ckan import model
from ckan.lib import search

from ckanext.consultation.logic import results_data
from ckanext.opengov import storage
from ckanext.opengov.shared import audit, jobs, outbox

WORDS = "Sept heures"


@pytest.fixture
def closed(portal, body):
    shutil.rmtree(storage.folder(), ignore_errors=True)
    return consulted(portal, body)


def refreshed(portal, closed):
    """Say that something is public no more, as an erasure does, and let the workers work."""
    results_data.refresh(model.Session, closed[0]["id"], datetime.now(UTC))
    model.Session.commit()
    model.Session.remove()
    portal.work()


def erased(portal, closed, name="paragraph"):
    erase(closed[1][name])
    refreshed(portal, closed)


def stored():
    """Return all that lies on the disk, by name."""
    found = (each for each in storage.folder().rglob("*") if each.is_file())
    return {str(each): each.read_bytes() for each in found}


def kept_of(word):
    """Return the tables in which a word stands, the comments' own left aside."""
    with model.ensure_engine().connect() as connection:
        names = sa.inspect(connection).get_table_names()
        found = [
            name
            for name in names
            if connection.execute(
                sa.text(f'SELECT 1 FROM "{name}" AS t WHERE t::text LIKE :w LIMIT 1'),
                {"w": f"%{word}%"},
            ).first()
        ]
    return set(found) - {"consultation_comment", "consultation_comment_revision"}


def test_the_words_of_who_was_erased_are_nowhere(portal, closed):
    first = approved(portal, made(portal))
    file = path(first, "comments.csv")
    table_id = resource(first, "comments.csv")["id"]
    page = f"/dataset/{first['name']}/resource/{table_id}"
    for address in (file, page):
        assert WORDS in portal.client.get(address).text
    assert WORDS in all_rows(portal, table_id)
    assert any(WORDS.encode() in each for each in stored().values())

    erased(portal, closed)

    for address in (file, page, f"/dataset/{first['name']}"):
        assert WORDS not in portal.client.get(address).text
    assert WORDS not in all_rows(portal, table_id)
    after = portal.ok(None, "package_show", id=first["id"])
    assert WORDS not in everything(portal, after)
    assert not any(WORDS.encode() in each for each in stored().values())
    assert kept_of(WORDS) == set()
    index = search.make_connection().search(f'"{WORDS}"')
    assert index.hits == 0
    for action in ("opengov_revision_show", "opengov_revision_diff"):
        for number in (1, 2, 3):
            _status, shown = portal.call("nour", action, id=first["id"], number=number)
            assert WORDS not in json.dumps(shown)
    assert all_rows(portal, table_id).count("arabic") == 0
    assert portal.ok(None, "datastore_search", resource_id=table_id)["total"] == 7


def test_nothing_else_changes_in_what_is_public(portal, closed):
    first = approved(portal, made(portal))
    before = table(portal, first, "comments.csv")
    figures = content(portal, first, "statistics.csv")

    erased(portal, closed)

    number = str(closed[1]["paragraph"]["seq"])
    after = {row["number"]: row for row in table(portal, first, "comments.csv")}
    assert [row["number"] for row in before] == list(after)
    others = [row for row in before if row["number"] != number]
    assert others == [after[row["number"]] for row in others]
    gone = after[number]
    assert {name for name, cell in gone.items() if cell} == {
        *("number", "root_number", "depth", "state")
    }
    assert gone["state"] == "removed"
    assert content(portal, first, "statistics.csv") == figures
    shown = portal.ok(None, "package_show", id=first["id"])
    file = resource(shown, "comments.csv")
    data = content(portal, first, "comments.csv")
    assert file["size"] == len(data)
    assert file["validation_status"] == "clean"
    assert file["sha256"] != resource(first, "comments.csv")["sha256"]


def test_the_history_says_that_the_portal_took_words_out(portal, closed):
    first = approved(portal, made(portal))

    erased(portal, closed)

    versions = portal.ok(None, "opengov_version_list", id=first["id"])["results"]
    assert [(each["number"], each["lacks_words"]) for each in versions] == [(2, True), (1, False)]
    history = portal.ok("nour", "opengov_dataset_history", id=first["id"])["results"]
    step = next(each for each in history if each["step"] == "redact")
    assert (step["actor_id"], step["revision"]) == (None, 2)
    assert not list(audit.verify(model.Session))
    page = portal.client.get(f"/en/dataset/{first['name']}").text
    assert "Words that may no longer be public were taken out." in page


def test_a_change_to_what_is_public_now_waits_for_two_people(portal, closed):
    first = approved(portal, made(portal))

    erased(portal, closed)

    change = portal.ok("nour", "opengov_revision_show", id=first["id"])
    assert (change["number"], change["state"]) == (3, "draft")
    portal.work()
    portal.ok("sami", "opengov_dataset_submit", id=first["id"])
    status, error = portal.call("sami", "opengov_dataset_publish", id=first["id"])
    assert (status, error["__codes"]) == (409, {"__all__": ["second-person-needed"]})
    portal.ok("nour", "opengov_dataset_publish", id=first["id"])
    portal.work()
    numbers = {row["number"] for row in table(portal, first, "comments.csv")}
    assert str(closed[1]["paragraph"]["seq"]) not in numbers


def test_those_who_publish_for_the_body_are_told_once(portal, closed):
    approved(portal, made(portal))

    erased(portal, closed)
    erased(portal, closed, "arabic")

    kind = "consultation-results-changed"
    rows = model.Session.query(outbox.Message).filter_by(kind=kind)
    names = ("sami", "nour", "operator")
    told = sorted(row.recipient_id for row in rows)
    assert told == sorted(model.User.get(name).id for name in names)
    notices = portal.ok("sami", "opengov_notice_list")["results"]
    assert "/consultation/transport/manage/data" in json.dumps(notices)


def test_what_a_moderator_hides_goes_at_once_and_comes_back_by_review(portal, closed):
    first = approved(portal, made(portal))
    state(closed[1]["paragraph"], "hidden")
    refreshed(portal, closed)
    assert WORDS not in everything(portal, portal.ok(None, "package_show", id=first["id"]))

    state(closed[1]["paragraph"], "published")
    refreshed(portal, closed)

    assert WORDS not in everything(portal, portal.ok(None, "package_show", id=first["id"]))
    assert WORDS in everything(portal, approved(portal, first))


def test_a_moderators_decision_asks_for_it(portal, closed):
    first = approved(portal, made(portal))
    said = closed[1]["paragraph"]
    item = portal.inside("consultation_review_claim", "nour", comment_id=said["id"])
    given = {"id": item["id"], "version": item["version"], "decision": "hide"}
    portal.inside("consultation_review_decide", "nour", **given, reason_code="abuse")

    portal.work()

    assert WORDS not in everything(portal, portal.ok(None, "package_show", id=first["id"]))


def test_a_change_that_waits_for_its_reviewer_loses_the_words_too(portal, closed):
    first = approved(portal, made(portal))
    asked = {"id": first["id"], "notes_translated": {"fr": "Autrement dit"}}
    portal.ok("sami", "opengov_revision_create", **asked)
    file = resource(first, "comments.csv")
    text = content(portal, first, "comments.csv").decode().replace("retard", "RETARD") + "\r\n"
    new = text.strip().replace("- une liste", "- une  liste") + "\r\n"
    upload = portal.upload(new, "comments.csv")
    portal.ok("sami", "opengov_revision_create", upload, id=first["id"], resource_id=file["id"])
    portal.work()
    portal.ok("sami", "opengov_dataset_submit", id=first["id"])

    erased(portal, closed)

    assert not any(WORDS.encode() in each for each in stored().values())
    assert kept_of(WORDS) == set()
    shown = portal.ok("sami", "consultation_export_show", id="transport")
    assert shown["dataset"]["state"] == "submitted"
    portal.ok("nour", "opengov_dataset_publish", id=first["id"])
    portal.work()
    after = content(portal, first, "comments.csv").decode()
    assert "une  liste" in after
    assert WORDS not in after


@pytest.mark.parametrize("step", ["draft", "submitted", "withdrawn"])
def test_what_is_not_public_loses_them_as_well(portal, closed, step):
    dataset = made(portal)
    if step == "submitted":
        portal.ok("sami", "opengov_dataset_submit", id=dataset["id"])
    elif step == "withdrawn":
        approved(portal, dataset)
        portal.ok("nour", "opengov_dataset_withdraw", id=dataset["id"], reason="Un essai")

    erased(portal, closed)

    assert not any(WORDS.encode() in each for each in stored().values())
    assert kept_of(WORDS) == set()


def test_a_file_in_which_no_row_is_found_goes_whole(portal, closed):
    dataset = made(portal)
    file = resource(dataset, "comments.csv")
    upload = portal.upload(f"a,b\n1,{WORDS}\n", "other.csv")
    portal.ok("sami", "resource_update", upload, id=file["id"], name="other.csv", format="CSV")
    portal.work()
    shown = approved(portal, dataset)
    assert len(shown["resources"]) == 2

    erase(closed[1]["paragraph"])
    jobs.enqueue(model.Session, "opengov.redact", dataset["id"], now=datetime.now(UTC))
    model.Session.commit()
    portal.work()

    after = portal.ok(None, "package_show", id=dataset["id"])
    assert [each["url"].rpartition("/")[2] for each in after["resources"]] == ["statistics.csv"]
    assert not any(f"1,{WORDS}".encode() in each for each in stored().values())


def test_without_a_dataset_nothing_is_asked_for(portal, closed):
    erased(portal, closed)

    assert not model.Session.query(jobs.Job).filter_by(kind=results_data.RENEW).count()
    assert ask(portal)[0] == 200

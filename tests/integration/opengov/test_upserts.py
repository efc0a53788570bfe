"""Rows that come through the API by a standing approval: into the table, then into the file."""

import csv
import io
import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import orm
from tests.common.portal import Portal
from tests.integration.opengov.test_review_pages import get

from ckan import model

from ckanext.opengov.logic import upserting
from ckanext.opengov.logic.action import upserts as actions
from ckanext.opengov.logic.upserting import Served
from ckanext.opengov.model import revisions, standing, upserts
from ckanext.opengov.shared import jobs
from ckanext.opengov.shared.limits import Limit

CSV = "station;day;rain;wet\n001;2026-01-01;4,5;oui\n002;2026-01-01;0;non\n"
SCHEMA = {
    "fields": [
        {"name": "station", "type": "string", "constraints": {"required": True}},
        {"name": "day", "type": "date"},
        {"name": "rain", "type": "number", "decimalChar": ",", "constraints": {"maximum": "500"}},
        {"name": "wet", "type": "boolean", "trueValues": ["oui"], "falseValues": ["non"]},
    ],
    "primaryKey": ["station", "day"],
}
NEXT = {"station": "003", "day": "2026-01-01", "rain": 1.25, "wet": True}
SAME_KEY = {"station": "001", "day": "2026-01-01", "rain": 9, "wet": False}
DAY = "2026-01-01"
SAME_ROW = {"station": "002", "day": "2026-01-01", "rain": 0, "wet": False}


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Let the file follow each call."""
    monkeypatch.setattr(upserting, "WRITE_EVERY", timedelta(0))


@pytest.fixture
def body(portal):
    return portal.body("meteo", amel="editor", sami="admin", nour="admin")


def publish(portal: Portal, body, schema=SCHEMA, text=CSV):
    """Publish one file; return the id of its resource."""
    dataset = portal.draft("amel", body, text)
    resource_id = dataset["resources"][0]["id"]
    if schema:
        portal.ok("amel", "resource_patch", id=resource_id, schema=json.dumps(schema))
    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])
    portal.ok("sami", "opengov_dataset_publish", id=dataset["id"])
    portal.work()
    return resource_id


def ask(portal, resource_id, mode="upsert", **terms):
    """Ask for a standing approval."""
    wanted = {"mode": mode, "most_rows": 100, "most_rows_a_day": 1000, "reason": "daily", **terms}
    return portal.ok("amel", "opengov_standing_request", resource_id=resource_id, **wanted)


def approve(portal, resource_id, mode="upsert", **terms):
    """Ask for a standing approval, and give it."""
    asked = ask(portal, resource_id, mode, **terms)
    until = (datetime.now(UTC).date() + timedelta(days=100)).isoformat()
    return portal.ok("sami", "opengov_standing_grant", id=asked["id"], until=until)


@pytest.fixture
def table(portal, body):
    """The resource id of a published table with a standing approval."""
    resource_id = publish(portal, body)
    approve(portal, resource_id)
    return resource_id


def send(portal, resource_id, *records, method="upsert", **more):
    given = {"resource_id": resource_id, "records": list(records), "method": method, **more}
    return portal.call("amel", "opengov_table_upsert", **given)


def accepted(portal, resource_id, *records, **more):
    status, answer = send(portal, resource_id, *records, **more)
    assert status == 200, answer
    return answer


def in_table(portal, resource_id, **query):
    found = portal.ok(None, "datastore_search", resource_id=resource_id, limit=1000, **query)
    return [(row["_id"], row["station"], row["rain"], row["wet"]) for row in found["records"]]


def in_file(portal, resource_id):
    """Return the rows of the published file, as anyone downloads it."""
    url = portal.ok(None, "resource_show", id=resource_id)["url"]
    text = portal.client.get(url.replace("http://test.ckan.net", "")).text
    return list(csv.reader(io.StringIO(text), delimiter=";"))


def codes(answer):
    return answer["__codes"]


def test_rows_are_in_the_table_at_once_and_in_the_file_after(portal, table):
    before = portal.ok(None, "package_show", id="rainfall")

    answer = accepted(portal, table, SAME_KEY, SAME_ROW, NEXT)

    counts = {name: answer[name] for name in ("inserted", "updated", "unchanged", "rows")}
    assert counts == {"inserted": 1, "updated": 1, "unchanged": 1, "rows": 3}
    assert answer["is_written"] is False
    assert answer["sha256"] == before["resources"][0]["sha256"]
    rows = [(1, "001", 9, False), (2, "002", 0, False), (3, "003", 1.25, True)]
    assert sorted(in_table(portal, table)) == rows
    assert len(in_file(portal, table)) == 3

    portal.work()

    header, *written = in_file(portal, table)
    assert header == ["station", "day", "rain", "wet"]
    assert written == [
        ["001", "2026-01-01", "9", "non"],
        ["002", "2026-01-01", "0", "non"],
        ["003", "2026-01-01", "1,25", "oui"],
    ]
    assert sorted(in_table(portal, table)) == rows
    after = portal.ok(None, "package_show", id="rainfall")
    resource = after["resources"][0]
    assert resource["sha256"] != before["resources"][0]["sha256"]
    assert (resource["rows"], resource["validation_status"]) == (3, "clean")
    assert after["metadata_modified"] > before["metadata_modified"]
    versions = portal.ok(None, "opengov_version_list", id="rainfall")["results"]
    assert [(each["number"], each["has_rows"]) for each in versions] == [(2, True), (1, False)]
    found = portal.ok(None, "datastore_search", resource_id=table, q="003")
    assert [row["station"] for row in found["records"]] == ["003"]
    assert portal.ok(None, "datastore_search", resource_id=table, q="4.5")["total"] == 0


def test_a_call_with_the_same_token_writes_once(portal, table):
    first = accepted(portal, table, NEXT, client_token=DAY)
    again = accepted(portal, table, NEXT, client_token=DAY)
    portal.work()
    later = accepted(portal, table, NEXT, client_token=DAY)
    status, other = send(portal, table, SAME_KEY, client_token=DAY)

    assert again == first
    assert (later["is_written"], later["version"], later["inserted"]) == (True, 2, 1)
    assert later["sha256"] == portal.ok(None, "resource_show", id=table)["sha256"]
    assert len(in_file(portal, table)) == 4
    assert (status, codes(other)) == (409, {"client_token": ["token-reused"]})


def test_nothing_is_written_if_one_record_is_wrong(portal, table):
    broken = {"station": "", "day": "31.01.2026", "rain": 501, "wet": "peut-être"}

    status, answer = send(portal, table, NEXT, broken, {**NEXT, "rain": 2}, lang="fr")

    assert (status, codes(answer)) == (409, {"records": ["findings-block"]})
    places = {(each["row"], each["field"], each["code"]) for each in answer["findings"]}
    assert {
        (2, "station", "constraint-error"),
        (2, "day", "type-error"),
        (2, "rain", "constraint-error"),
        (2, "wet", "type-error"),
        (3, None, "primary-key"),
    } <= places
    assert len(in_table(portal, table)) == 2
    assert jobs.latest(model.Session, upserting.WRITE, table) is None


def test_a_dry_run_counts_and_writes_nothing(portal, table):
    answer = accepted(portal, table, NEXT, SAME_KEY, dry_run=True)

    assert (answer["inserted"], answer["updated"], answer["rows"]) == (1, 1, 3)
    assert len(in_table(portal, table)) == 2
    assert jobs.latest(model.Session, upserting.WRITE, table) is None


def test_appending_a_key_that_is_there_is_refused_with_its_record(portal, table):
    status, answer = send(portal, table, NEXT, SAME_KEY, method="append")

    assert status == 409
    assert [(each["code"], each["row"]) for each in answer["findings"]] == [("primary-key", 2)]
    assert len(in_table(portal, table)) == 2


def test_a_value_that_is_there_once_alone_is_held_against_the_whole_table(portal, body):
    fields = [
        {"name": "id", "type": "integer"},
        {"name": "code", "type": "string", "constraints": {"unique": True}},
    ]
    schema = {"fields": fields, "primaryKey": "id"}
    resource_id = publish(portal, body, schema, "id,code\n1,a\n2,b\n")
    approve(portal, resource_id)

    status, answer = send(portal, resource_id, {"id": 3, "code": "a"}, {"id": 2, "code": "b"})

    assert status == 409
    assert [(e["code"], e["row"], e["cell"]) for e in answer["findings"]] == [
        ("unique-error", 1, "a")
    ]


def test_a_column_may_have_a_percent_sign_in_its_name(portal, body):
    fields = [{"name": "id", "type": "integer"}, {"name": "rain % (%s)", "type": "number"}]
    schema = {"fields": fields, "primaryKey": "id"}
    resource_id = publish(portal, body, schema, "id,rain % (%s)\n1,10\n2,20\n")
    approve(portal, resource_id)

    answer = accepted(
        portal, resource_id, {"id": 2, "rain % (%s)": 30}, {"id": 3, "rain % (%s)": 40}
    )

    assert (answer["inserted"], answer["updated"]) == (1, 1)
    rows = portal.ok(None, "datastore_search", resource_id=resource_id)["records"]
    assert sorted((row["id"], row["rain % (%s)"]) for row in rows) == [(1, 10), (2, 30), (3, 40)]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_cell_with_a_lone_carriage_return_stays_one_cell(portal, body, ending):
    resource_id = publish(portal, body, text=CSV.replace("\n", ending))
    approve(portal, resource_id)

    accepted(portal, resource_id, {**NEXT, "station": "0\r03"}, {**NEXT, "station": "0\n04"})
    portal.work()

    written = [row[0] for row in in_file(portal, resource_id)]
    assert written == ["station", "001", "002", "0\r03", "0\n04"]
    approval = portal.ok("amel", "opengov_standing_list", dataset_id="rainfall")["results"][0]
    assert approval["state"] == "granted"


def test_rows_without_a_key_are_appended_as_often_as_they_come(portal, body):
    schema = {"fields": SCHEMA["fields"]}
    resource_id = publish(portal, body, schema)
    approve(portal, resource_id, "append")

    accepted(portal, resource_id, SAME_ROW, method="append")
    accepted(portal, resource_id, SAME_ROW, NEXT, method="append")
    portal.work()

    assert [row[0] for row in in_file(portal, resource_id)[1:]] == [
        "001",
        "002",
        "002",
        "002",
        "003",
    ]
    status, answer = send(portal, resource_id, NEXT, method="upsert")
    assert (status, codes(answer)) == (409, {"method": ["only-append"]})


def test_a_later_call_replaces_what_an_earlier_one_added_before_the_file_has_it(portal, table):
    accepted(portal, table, NEXT, method="append")
    accepted(portal, table, {**NEXT, "rain": 7}, SAME_KEY)
    portal.work()

    assert in_file(portal, table)[1:] == [
        ["001", "2026-01-01", "9", "non"],
        ["002", "2026-01-01", "0", "non"],
        ["003", "2026-01-01", "7", "oui"],
    ]


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"records": "x"}, "records", "not-records"),
        ({"records": []}, "records", "too-many-records"),
        ({"records": [1]}, "records", "not-records"),
        ({"records": [{}] * 101}, "records", "too-many-records"),
        ({"records": [{"station": "x" * 5_000_001}]}, "records", "too-large"),
        ({"records": [{"other": 1}]}, "records", "unknown-field"),
        ({"records": [{"station": "a\0b"}]}, "records", "not-text"),
        ({"records": [{"station": "\ud800"}]}, "records", "not-text"),
        ({"method": "delete"}, "method", "unknown-mode"),
        ({"records": [{"rain": 12345678901234567890.12}]}, "records", "not-exact"),
        ({"records": [{"rain": float("inf")}]}, "records", "not-exact"),
        ({"client_token": "x" * 101}, "client_token", "wrong-token"),
        ({"client_token": "\ud800"}, "client_token", "wrong-token"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused_with_a_code(portal, table, given, field, code):
    call = {"resource_id": table, "records": [NEXT], "method": "upsert", **given}

    status, answer = portal.call("amel", "opengov_table_upsert", **call)

    assert (status, codes(answer)) == (409, {field: [code]})


def test_without_an_approval_and_from_outside_nothing_is_added(portal, body):
    resource_id = publish(portal, body)
    portal.body("finance", omar="admin")
    ask(portal, resource_id)
    call = {"resource_id": resource_id, "records": [NEXT], "method": "append"}

    status, answer = portal.call("amel", "opengov_table_upsert", **call)
    assert (status, codes(answer)) == (409, {"__all__": ["no-standing-approval"]})
    for user in ("omar", None):
        assert portal.call(user, "opengov_table_upsert", **call)[0] == 403
    approval = portal.ok("amel", "opengov_standing_list")["results"][0]
    portal.ok("sami", "opengov_standing_grant", id=approval["id"], until=_today())
    portal.user("root", sysadmin=True)
    assert portal.call("root", "opengov_table_upsert", **call)[0] == 403


def _today():
    return datetime.now(UTC).date().isoformat()


def test_a_day_has_as_many_rows_as_were_approved(portal, body):
    resource_id = publish(portal, body)
    approve(portal, resource_id, most_rows=2, most_rows_a_day=3)
    rows = [{**NEXT, "station": f"1{n}"} for n in range(4)]

    accepted(portal, resource_id, *rows[:2])
    status, answer = send(portal, resource_id, *rows[2:])
    accepted(portal, resource_id, rows[2])

    assert (status, codes(answer)) == (409, {"records": ["day-is-full"]})
    shown = portal.ok("sami", "opengov_standing_list", dataset_id="rainfall")["results"][0]
    assert [(each["calls"], each["rows"]) for each in shown["use"]] == [(2, 3)]


def test_a_revision_starts_from_the_file_with_the_rows_and_ends_the_approval(portal, table):
    accepted(portal, table, NEXT)
    portal.work()
    text = "\n".join(";".join(row) for row in in_file(portal, table)) + "\n"
    revised = {"id": "rainfall", "resource_id": table}
    portal.ok(
        "amel", "opengov_revision_create", portal.upload(text + "009;2026-01-02;1;oui\n"), **revised
    )

    status, answer = send(portal, table, SAME_KEY)
    assert (status, codes(answer)) == (409, {"__all__": ["file-under-change"]})

    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id="rainfall")
    portal.ok("sami", "opengov_dataset_publish", id="rainfall")
    portal.work()

    approval = portal.ok("amel", "opengov_standing_list", dataset_id="rainfall")["results"][0]
    assert (approval["state"], approval["end_code"]) == ("ended", "file-replaced")
    assert len(in_table(portal, table)) == 4
    status, answer = send(portal, table, SAME_KEY)
    assert codes(answer) == {"__all__": ["no-standing-approval"]}


def test_a_change_of_the_description_keeps_approval_rows_and_size(portal, table):
    portal.ok(
        "amel",
        "opengov_revision_create",
        id="rainfall",
        **{f"resources__{table}__description": "x"},
    )
    accepted(portal, table, NEXT)
    portal.work()
    size = portal.ok(None, "resource_show", id=table)["size"]
    portal.ok("amel", "opengov_dataset_submit", id="rainfall")
    portal.ok("sami", "opengov_dataset_publish", id="rainfall")
    portal.work()

    resource = portal.ok(None, "resource_show", id=table)
    assert (resource["description"], resource["size"], resource["rows"]) == ("x", size, 3)
    assert len(in_table(portal, table)) == 3
    accepted(portal, table, SAME_KEY)


def test_a_table_that_is_made_anew_keeps_the_rows_that_the_file_lacks(portal, table):
    package_id = portal.ok(None, "resource_show", id=table)["package_id"]
    accepted(portal, table, NEXT)

    portal.inside_job("opengov.tables", package_id)

    assert len(in_file(portal, table)) == 3
    assert len(in_table(portal, table)) == 3


def test_a_call_that_dies_between_the_two_databases_is_in_both_in_the_end(
    portal, table, monkeypatch
):
    def die(_table):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(upserts.Table, "commit", die)
        with pytest.raises(KeyboardInterrupt):
            portal.inside(
                "opengov_table_upsert",
                "amel",
                resource_id=table,
                records=[NEXT],
                method="append",
                client_token=DAY,
            )
    model.Session.remove()
    assert len(in_table(portal, table)) == 2

    again = accepted(portal, table, NEXT, method="append", client_token=DAY)
    accepted(portal, table, SAME_KEY)

    assert again["inserted"] == 1
    assert sorted(row[1:3] for row in in_table(portal, table)) == [
        ("001", 9),
        ("002", 0),
        ("003", 1.25),
    ]
    portal.work()
    assert [row[2] for row in in_file(portal, table)[1:]] == ["9", "0", "1,25"]


def test_a_file_that_moved_while_rows_were_written_is_written_again(portal, table, monkeypatch):
    accepted(portal, table, NEXT)
    whole = upserting.check

    def slow(*given):
        monkeypatch.setattr(upserting, "check", whole)
        upserting.write_rows(model.Session, table, datetime.now(UTC), lambda _share: None)
        model.Session.commit()
        return whole(*given)

    monkeypatch.setattr(upserting, "check", slow)
    with pytest.raises(upserting.FileMoved), portal.client.flask_app.test_request_context():
        upserting.write_rows(model.Session, table, datetime.now(UTC), lambda _share: None)
    model.Session.rollback()

    assert len(in_file(portal, table)) == 4
    assert (
        revisions.last_published(
            model.Session, portal.ok(None, "resource_show", id=table)["package_id"]
        )
        == 2
    )


def test_a_file_is_not_replaced_while_its_newest_rows_are_nowhere_else(portal, table):
    schema = json.dumps({**SCHEMA, "missingValues": ["", "-"]})
    changed = {"id": "rainfall", f"resources__{table}__schema": schema}
    portal.ok("amel", "opengov_revision_create", **changed)
    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id="rainfall")
    accepted(portal, table, NEXT)

    status, answer = portal.call("sami", "opengov_dataset_publish", id="rainfall")
    portal.work()
    portal.ok("sami", "opengov_dataset_publish", id="rainfall")
    portal.work()

    assert (status, codes(answer)) == (409, {"resources": ["rows-unwritten"]})
    assert len(in_table(portal, table)) == len(in_file(portal, table)) - 1 == 3


def test_who_calls_in_a_loop_waits(portal, table, monkeypatch):
    monkeypatch.setattr(actions, "CALLS", Limit("upsert", 1, timedelta(hours=1)))

    accepted(portal, table, NEXT)
    status, answer = send(portal, table, SAME_KEY)

    assert (status, codes(answer)) == (409, {"__all__": ["too-many-calls"]})


def test_a_table_that_is_made_anew_for_long_is_busy(portal, table, monkeypatch):
    monkeypatch.setattr(upserts, "LOCK_SECONDS", 1)
    with model.ensure_engine().connect() as other, orm.Session(other) as session:
        upserts.lock(session, table)
        status, answer = send(portal, table, NEXT)

    assert (status, codes(answer)) == (409, {"__all__": ["table-busy"]})
    accepted(portal, table, NEXT)


def test_calls_at_once_take_turns_and_each_counts_once(portal, table):
    rows = [{**NEXT, "station": f"1{number}"} for number in range(6)]
    answers = []

    def call(number):
        # The last two are the same call, sent twice.
        row = rows[min(number, 4)]
        given = {"records": [row], "method": "append", "client_token": row["station"]}
        try:
            answers.append(
                portal.inside("opengov_table_upsert", "amel", resource_id=table, **given)
            )
        finally:
            model.Session.remove()

    threads = [threading.Thread(target=call, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    portal.work()

    assert [answer["inserted"] for answer in answers] == [1] * 6
    assert sorted(row[1] for row in in_table(portal, table)) == sorted(
        ["001", "002", *(row["station"] for row in rows[:5])]
    )
    assert sorted(row[0] for row in in_file(portal, table)[1:]) == sorted(
        row[1] for row in in_table(portal, table)
    )


def test_a_file_that_the_check_refuses_is_not_served_and_ends_the_approval(
    portal, table, monkeypatch
):
    accepted(portal, table, NEXT)
    whole = upserting.check
    monkeypatch.setattr(upserting, "check", lambda *given: {**whole(*given), "blocking": 1})

    portal.work()

    approval = portal.ok("amel", "opengov_standing_list", dataset_id="rainfall")["results"][0]
    assert (approval["state"], approval["end_code"]) == ("ended", "file-broken")
    assert len(in_file(portal, table)) == 3
    assert len(in_table(portal, table)) == 2


def approval_of(portal):
    """Return the only approval."""
    (found,) = portal.ok("amel", "opengov_standing_list", dataset_id="rainfall")["results"]
    return found


def test_a_call_that_breaks_the_file_is_lost_alone_and_its_sender_told(portal, table, monkeypatch):
    whole = upserting.check

    def check(candidate, progress):
        is_broken = b"004" in Served(candidate, {}).path.read_bytes()
        return {**whole(candidate, progress), **({"blocking": 1} if is_broken else {})}

    monkeypatch.setattr(upserting, "check", check)
    calls = {f"00{n}": {**NEXT, "station": f"00{n}"} for n in range(3, 8)}
    for token, record in calls.items():
        accepted(portal, table, record, client_token=token)
    portal.work()

    stations = ["001", "002", "003", "005", "006", "007"]
    assert [row[0] for row in in_file(portal, table)[1:]] == stations
    assert sorted(row[1] for row in in_table(portal, table)) == stations
    approval = approval_of(portal)
    assert (approval["end_code"], approval["lost_calls"]) == ("file-broken", 1)
    page = get(portal, "sami", "/en/dataset/rainfall/standing")
    assert "Calls whose rows are in no file, and no longer in the table: 1." in page
    again = {
        token: send(portal, table, calls[token], client_token=token) for token in ("004", "005")
    }
    assert again["005"][1]["is_written"] is True
    assert (again["004"][0], codes(again["004"][1])) == (409, {"__all__": ["rows-lost"]})
    kept = model.Session.scalars(sa.select(upserts.Batch).where(upserts.Batch.lost.isnot(None)))
    assert [batch.records[1][0] for batch in kept] == ["004"]


def test_a_check_that_was_stopped_says_nothing_of_the_rows(portal, table, monkeypatch):
    accepted(portal, table, NEXT)
    aborted = {"code": "check-aborted", "field": None, "severity": "error", "count": 1}
    whole = upserting.check
    with monkeypatch.context() as patch:
        patch.setattr(upserting, "check", lambda *given: {**whole(*given), "counts": [aborted]})
        with pytest.raises(upserting.CheckAborted), portal.client.flask_app.test_request_context():
            upserting.write_rows(model.Session, table, datetime.now(UTC), lambda _share: None)
        model.Session.rollback()
    portal.work()

    assert len(in_file(portal, table)) == 4
    assert approval_of(portal)["state"] == "granted"


def test_rows_of_a_withdrawn_dataset_are_told_as_lost(portal, table):
    accepted(portal, table, NEXT, client_token=DAY)
    portal.ok("sami", "opengov_dataset_withdraw", id="rainfall", reason="wrong")

    status, answer = send(portal, table, NEXT, client_token=DAY)

    assert (status, codes(answer)) == (409, {"__all__": ["rows-lost"]})


PLAIN = [
    {"name": "station", "type": "string"},
    {"name": "day", "type": "date"},
    {"name": "rain", "type": "number"},
]
KEYED = {"fields": PLAIN, "primaryKey": ["station", "day"]}
PARTLY = "station,day,rain\n001,2026-01-01,1\n,2026-01-01,2\n"


def cells_of(portal, resource_id):
    """Return the cells of a table as pages have them, its rows sorted."""
    found = portal.ok(None, "opengov_row_list", resource_id=resource_id, limit=100)["results"]
    return sorted(found, key=str)


def lines_of(portal, resource_id):
    """Return the rows of the published file, sorted; what is empty is nothing."""
    url = portal.ok(None, "resource_show", id=resource_id)["url"]
    text = portal.client.get(url.replace("http://test.ckan.net", "")).text
    return sorted(
        ([cell or None for cell in row] for row in list(csv.reader(io.StringIO(text)))[1:]), key=str
    )


def anew(portal, resource_id):
    """Make the table of its file once more; return its cells."""
    portal.inside_job(
        "opengov.tables", portal.ok(None, "resource_show", id=resource_id)["package_id"]
    )
    return cells_of(portal, resource_id)


def test_a_key_with_an_empty_part_is_a_key_in_table_and_file(portal, body):
    resource_id = publish(portal, body, KEYED, PARTLY)
    approve(portal, resource_id)

    answers = [accepted(portal, resource_id, {"day": DAY, "rain": n}) for n in (3, 4)]
    status, answer = send(portal, resource_id, {"day": DAY, "rain": 5}, method="append")
    portal.work()

    assert [(each["inserted"], each["updated"]) for each in answers] == [(0, 1), (0, 1)]
    assert status == 409
    assert [each["code"] for each in answer["findings"]] == ["primary-key"]
    rows = sorted([["001", DAY, "1"], [None, DAY, "4"]], key=str)
    assert cells_of(portal, resource_id) == lines_of(portal, resource_id) == rows
    assert anew(portal, resource_id) == rows


@pytest.mark.parametrize("rules", [[], [{"type": "duplicate-row"}]])
def test_a_row_that_is_there_is_refused_where_that_blocks(portal, body, rules):
    if not rules:
        weigh(portal, duplicate_row="block")
    resource_id = publish(portal, body, {"fields": PLAIN, "rules": rules}, PARTLY)
    approve(portal, resource_id, "append")
    new, old = {"station": "002", "day": DAY, "rain": 1}, {"day": DAY, "rain": "2.0"}

    accepted(portal, resource_id, new, method="append")
    refused = [send(portal, resource_id, each, method="append") for each in (new, old)]
    portal.work()

    for status, answer in refused:
        assert (status, [each["code"] for each in answer["findings"]]) == (409, ["duplicate-row"])
    assert approval_of(portal)["state"] == "granted"
    assert len(cells_of(portal, resource_id)) == len(lines_of(portal, resource_id)) == 3


def test_two_rows_change_their_unique_values_in_one_call(portal, body):
    fields = [
        {"name": "id", "type": "integer"},
        {"name": "code", "type": "string", "constraints": {"unique": True}},
    ]
    resource_id = publish(
        portal, body, {"fields": fields, "primaryKey": "id"}, "id,code\n1,a\n2,b\n"
    )
    approve(portal, resource_id)

    answer = accepted(portal, resource_id, {"id": 1, "code": "b"}, {"id": 2, "code": "a"})
    portal.work()

    assert answer["updated"] == 2
    rows = [["1", "b"], ["2", "a"]]
    assert cells_of(portal, resource_id) == lines_of(portal, resource_id) == rows


VALUES = {
    "fields": [
        {"name": "k", "type": "string"},
        {"name": "n", "type": "number"},
        {"name": "t", "type": "time"},
        {"name": "at", "type": "datetime"},
        {"name": "o", "type": "object"},
        {"name": "d", "type": "duration"},
    ],
    "primaryKey": ["k", "t"],
    "missingValues": ["NA"],
}
OF_A_FILE = [
    'a,INF,10:00:00,9999-12-31T23:59:59-01:00,"{""y"": 1e400, ""x"": 0.1234567890123456}",PT36H',
    'b,-INF,10:00:00+01:00,0001-01-01T00:00:00+01:00,"{""z"":1}",P12M',
]


def test_values_sent_are_in_the_table_as_those_of_the_file(portal, body):
    head = "k,n,t,at,o,d\n"
    resource_id = publish(portal, body, VALUES, head + "".join(f"{row}\n" for row in OF_A_FILE))
    approve(portal, resource_id)
    expected = cells_of(portal, resource_id)
    sent = [dict(zip(head.strip().split(","), row, strict=True)) for row in csv.reader(OF_A_FILE)]

    same = accepted(portal, resource_id, *sent)
    at_ten = {**sent[1], "t": "10:00:00"}
    empty = {**sent[0], "k": "", "n": "1e131000", "o": None}
    other = accepted(portal, resource_id, at_ten, empty)
    again = accepted(portal, resource_id, empty)
    now = cells_of(portal, resource_id)
    portal.work()

    assert [(row[1], row[2], row[3]) for row in expected] == [
        ("Infinity", "10:00:00", "9999-12-31 23:59:59"),
        ("-Infinity", "09:00:00", "0001-01-01 00:00:00"),
    ]
    assert [row[4:] for row in expected] == [[each["o"], each["d"]] for each in sent]
    assert (same["unchanged"], other["inserted"], again["unchanged"]) == (2, 2, 1)
    assert len(lines_of(portal, resource_id)) == 4
    assert [row[0] for row in now] == ["", "a", "b", "b"]
    assert anew(portal, resource_id) == now
    portal.work()
    downloads = portal.ok(None, "opengov_table_show", resource_id=resource_id)["downloads"]
    assert {each["format"]: each["status"] for each in downloads}["parquet"] == "ready"


def weigh(portal, **weights):
    given = {each.replace("_", "-"): weight for each, weight in weights.items()}
    portal.ok("sami", "opengov_policy_update", id="meteo", weights=given)


@pytest.fixture
def softened(portal, body):
    """The id of a table to which rows may be sent, with a text among its numbers."""
    weigh(portal, type_error="warn")
    resource_id = publish(portal, body, text=CSV.replace(";4,5;", ";traces;"))
    approve(portal, resource_id)
    return resource_id


def test_what_the_body_lets_pass_ends_no_approval(portal, softened):
    accepted(portal, softened, NEXT)
    portal.work()
    assert len(in_file(portal, softened)) == 4
    accepted(portal, softened, {**NEXT, "station": "004", "rain": "beaucoup"})
    status, answer = send(portal, softened, {**NEXT, "wet": "peut-être"})
    portal.work()

    # The rain is a column of texts; that with no other type yet has no place for a text.
    assert (status, [each["field"] for each in answer["findings"]]) == (409, ["wet"])
    approval = portal.ok("amel", "opengov_standing_list", dataset_id="rainfall")["results"][0]
    assert (approval["state"], approval["end_code"]) == ("granted", None)
    rain = ["traces", "0", "1,25", "beaucoup"]
    assert [row[2] for row in in_file(portal, softened)[1:]] == rain
    assert [row[2] for row in in_table(portal, softened)] == rain
    assert portal.ok(None, "resource_show", id=softened)["validation_status"] == "warned"


def test_a_policy_that_became_harder_leaves_rows_that_were_accepted(portal, softened):
    accepted(portal, softened, NEXT)

    weigh(portal, type_error="")
    portal.work()

    assert len(in_file(portal, softened)) == len(in_table(portal, softened)) + 1 == 4


def test_a_column_without_its_last_odd_cell_has_its_type_again(portal, softened):
    accepted(portal, softened, SAME_KEY)
    portal.work()

    assert sorted(row[1:3] for row in in_table(portal, softened)) == [("001", 9), ("002", 0)]


def test_what_the_body_wants_blocked_blocks_records_too(portal, table):
    weigh(portal, formula_cell="block", primary_key="warn")

    status, answer = send(portal, table, {**NEXT, "station": "=1+1"})
    twice = send(portal, table, NEXT, {**NEXT, "rain": 2})

    assert (status, codes(answer)) == (409, {"records": ["findings-block"]})
    assert len(in_table(portal, table)) == 2
    # A key stays one, whatever the body lets pass in files.
    assert [each["code"] for each in twice[1]["findings"]] == ["primary-key"]


@pytest.mark.parametrize("most", [1, 2])
def test_personal_data_is_told_of_a_single_record(portal, body, most):
    fields = [{"name": "id", "type": "integer"}, {"name": "contact", "type": "string"}]
    schema = {"fields": fields, "primaryKey": "id"}
    resource_id = publish(portal, body, schema, "id,contact\n1,\n2,\n")
    approve(portal, resource_id)
    records = [{"id": n, "contact": f"amel.x{n}@gmail.com"} for n in range(most)]

    status, answer = send(portal, resource_id, *records)

    assert status == 409
    assert {each["code"] for each in answer["findings"]} == {"personal-data"}


@pytest.mark.parametrize(
    ("schema", "mode", "code"),
    [
        (None, "append", "not-fitting"),
        ({"fields": SCHEMA["fields"]}, "upsert", "key-needed"),
        (
            {"fields": SCHEMA["fields"], "rules": [{"type": "table-dimensions", "maxRows": 3}]},
            "append",
            "rules-of-the-table",
        ),
    ],
)
def test_some_tables_take_no_rows(portal, body, schema, mode, code):
    resource_id = publish(portal, body, schema)
    terms = {"mode": mode, "most_rows": 1, "most_rows_a_day": 1, "reason": "r"}

    status, answer = portal.call(
        "amel", "opengov_standing_request", resource_id=resource_id, **terms
    )

    assert status == 409
    assert list(codes(answer).values()) == [[code]]


def test_an_approval_is_asked_for_given_used_and_ended(portal, body):
    resource_id = publish(portal, body)
    asked = ask(portal, resource_id)
    portal.work()
    until = (datetime.now(UTC).date() + timedelta(days=365)).isoformat()

    own = portal.call("sami", "opengov_standing_list", to_decide=True)[1]
    assert [each["id"] for each in own["results"]] == [asked["id"]]
    assert portal.call("amel", "opengov_standing_grant", id=asked["id"], until=until)[0] == 403
    too_long = (datetime.now(UTC).date() + timedelta(days=400)).isoformat()
    status, answer = portal.call("sami", "opengov_standing_grant", id=asked["id"], until=too_long)
    assert (status, codes(answer)) == (409, {"until": ["wrong-day"]})
    given = portal.ok("sami", "opengov_standing_grant", id=asked["id"], until=until)
    assert (given["state"], given["until"]) == ("granted", until)
    status, answer = portal.call("amel", "opengov_standing_end", id=asked["id"], reason="")
    assert (status, codes(answer)) == (409, {"reason": ["required"]})
    ended = portal.ok("amel", "opengov_standing_end", id=asked["id"], reason="not needed")
    assert (ended["state"], ended["end_code"], ended["end_reason"]) == (
        "ended",
        "person",
        "not needed",
    )
    portal.work()

    history = portal.ok("sami", "opengov_dataset_history", id="rainfall")["results"]
    assert [each["step"] for each in history][-3:] == [
        "standing-request",
        "standing-grant",
        "standing-end",
    ]
    assert told(portal, "sami") == {"standing-ended", "standing-requested"}
    assert told(portal, "nour") == {"standing-requested"}
    assert told(portal, "amel") == {"standing-granted"}


def told(portal, user):
    """Return the kinds of what somebody was told of approvals, as it can be read."""
    found = portal.ok(user, "opengov_notice_list", limit=100)["results"]
    ours = [each for each in found if each["kind"].startswith("standing")]
    assert all("Rainfall" in each["sentence"] and "/standing" in each["url"] for each in ours)
    return {each["kind"] for each in ours}


def test_whoever_asked_does_not_give_it_though_they_review(portal, body):
    resource_id = publish(portal, body)
    terms = {"mode": "append", "most_rows": 1, "most_rows_a_day": 1, "reason": "r"}
    asked = portal.ok("sami", "opengov_standing_request", resource_id=resource_id, **terms)

    status, answer = portal.call("sami", "opengov_standing_grant", id=asked["id"], until=_today())
    assert (status, codes(answer)) == (409, {"__all__": ["second-person-needed"]})
    portal.user("root", sysadmin=True)
    assert portal.call("root", "opengov_standing_grant", id=asked["id"], until=_today())[0] == 403
    declined = portal.ok("nour", "opengov_standing_decline", id=asked["id"], reason="why")
    assert (declined["state"], declined["end_reason"]) == ("declined", "why")


def test_outsiders_know_of_no_approval(portal, table):
    portal.body("finance", omar="admin")
    approval = portal.ok("amel", "opengov_standing_list")["results"][0]

    for user, status in (("omar", 404), (None, 404)):
        assert portal.call(user, "opengov_standing_show", id=approval["id"])[0] == status
        assert portal.call(user, "opengov_standing_end", id=approval["id"], reason="r")[0] == status
    assert portal.ok("omar", "opengov_standing_list")["results"] == []


def test_an_approval_ends_with_its_day_and_with_the_dataset(portal, table):
    past = sa.update(standing.Standing).values(until=datetime.now(UTC).date() - timedelta(days=2))
    model.Session.execute(past)
    model.Session.commit()

    _status, answer = send(portal, table, NEXT)
    assert codes(answer) == {"__all__": ["approval-expired"]}
    with portal.client.flask_app.test_request_context():
        jobs.sweep(model.Session, datetime.now(UTC))
    approve(portal, table)
    portal.ok("sami", "opengov_dataset_withdraw", id="rainfall", reason="wrong")

    found = portal.ok("amel", "opengov_standing_list", dataset_id="rainfall")["results"]
    assert [each["end_code"] for each in found] == ["dataset-withdrawn", "day-passed"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"primaryKey": ["station", "day", "rain"]}, "key-changed"),
        ({"missingValues": ["", "-"]}, "schema-changed"),
    ],
)
def test_an_approval_ends_with_the_schema(portal, table, change, code):
    schema = json.dumps({**SCHEMA, **change})
    portal.ok(
        "amel", "opengov_revision_create", id="rainfall", **{f"resources__{table}__schema": schema}
    )
    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id="rainfall")
    portal.ok("sami", "opengov_dataset_publish", id="rainfall")
    portal.work()

    approval = portal.ok("amel", "opengov_standing_list", dataset_id="rainfall")["results"][0]
    assert (approval["state"], approval["end_code"]) == ("ended", code)

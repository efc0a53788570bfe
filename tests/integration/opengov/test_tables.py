"""The tables of published files: their types, their dictionary, their swap."""

import json
import os
import threading

import pytest
import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.datastore.backend.postgres import get_write_engine
from ckanext.opengov.model import files, tables
from ckanext.opengov.shared import jobs, redaction
from ckanext.opengov.shared.domain.redaction import Loss, Plan

CSV = "code,day,rain,wet,note\n001,2026-01-02,4.5,true,élan\n002,2026-01-03,0,false,\n"
SCHEMA = {
    "fields": [
        {"name": "code", "type": "string", "title": "Code de la station"},
        {"name": "day", "type": "date", "description": "Jour local"},
        {"name": "rain", "type": "number"},
        {"name": "wet", "type": "boolean"},
        {"name": "note", "type": "string"},
    ],
    "missingValues": ["", "NA"],
}


@pytest.fixture
def body(portal):
    return portal.body(amel="editor", sami="admin")


def publish(portal, body, text=CSV, **resource):
    """Publish one file; return its resource id."""
    dataset = portal.draft("amel", body, text)
    resource_id = dataset["resources"][0]["id"]
    if resource:
        portal.ok("amel", "resource_patch", id=resource_id, **resource)
    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])
    portal.ok("sami", "opengov_dataset_publish", id=dataset["id"])
    portal.work()
    return resource_id


def search(portal, resource_id, **query):
    return portal.ok(None, "datastore_search", resource_id=resource_id, **query)


def test_columns_have_the_types_and_the_dictionary_of_the_schema(portal, body):
    resource_id = publish(portal, body, schema=json.dumps(SCHEMA))

    fields = {field["id"]: field for field in search(portal, resource_id)["fields"]}

    types = {name: field["type"] for name, field in fields.items()}
    assert types == {
        "_id": "int",
        "code": "text",
        "day": "date",
        "rain": "numeric",
        "wet": "bool",
        "note": "text",
    }
    assert fields["code"]["info"]["label"] == "Code de la station"
    assert fields["day"]["info"]["notes"] == "Jour local"
    info = portal.ok(None, "datastore_info", id=resource_id)
    assert info["meta"]["count"] == 2


def test_missing_values_are_null_and_rows_keep_their_order(portal, body):
    rows = "".join(f"{number:04},2026-01-01,NA,true,x\n" for number in range(300))
    resource_id = publish(portal, body, "code,day,rain,wet,note\n" + rows, schema=SCHEMA)

    found = search(portal, resource_id, limit=300)

    assert [row["code"] for row in found["records"]] == [f"{number:04}" for number in range(300)]
    assert {row["rain"] for row in found["records"]} == {None}


def test_rows_are_filtered_sorted_and_searched(portal, body):
    resource_id = publish(portal, body)

    assert search(portal, resource_id, filters={"code": "001"})["total"] == 1
    assert search(portal, resource_id, sort="rain asc")["records"][0]["code"] == "002"
    assert [row["code"] for row in search(portal, resource_id, q="élan")["records"]] == ["001"]


def test_the_table_is_downloaded_as_csv(portal, body):
    resource_id = publish(portal, body)

    answer = portal.client.get(f"/datastore/dump/{resource_id}")

    lines = answer.text.removeprefix("\ufeff").splitlines()
    assert lines[0] == "_id,code,day,rain,wet,note"
    assert lines[1].startswith("1,001,2026-01-02,4.5,")


def test_making_the_table_does_not_change_the_dataset(portal, body):
    publish(portal, body)
    dataset = portal.ok(None, "package_show", id="rainfall")
    portal.inside_job("opengov.tables", dataset["id"])

    again = portal.ok(None, "package_show", id="rainfall")

    assert again["metadata_modified"] == dataset["metadata_modified"]
    assert again["resources"][0]["datastore_active"] is True


def test_long_and_odd_names_of_columns_have_a_table_too(portal, body):
    long = "عدد السكان في كل معتمدية حسب الجنس والفئة العمرية"
    resource_id = publish(portal, body, f'{long} 1,{long} 2,_id,"a""b"\n1,2,3,4\n')

    found = search(portal, resource_id)

    names = [field["id"] for field in found["fields"]][1:]
    assert len(set(names)) == 4
    assert names[2:] == ["id", "a'b"]
    assert found["fields"][1]["info"]["label"] == f"{long} 1"
    assert [found["records"][0][name] for name in names] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        (["a", "a b"], ["a", "a b"]),
        (["_id", "id"], ["id", "id_2"]),
        (["x" * 70, "x" * 71], ["x" * 63, "x" * 61 + "_2"]),
        (["é" * 40], ["é" * 31]),
        (["_"], ["column"]),
        (["ctid", "xmin", "Ctid"], ["ctid_2", "xmin_2", "Ctid"]),
    ],
)
def test_every_column_has_an_id_of_its_own(names, ids):
    assert tables.column_ids(names) == ids


def test_a_slow_reader_keeps_the_old_rows_and_holds_up_nobody(portal, body):
    resource_id = publish(portal, body)
    revised = {"id": "rainfall", "resource_id": resource_id}
    more = portal.upload(CSV + "003,2026-01-04,1,true,x\n")
    dataset = portal.ok("amel", "opengov_revision_create", more, **revised)
    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id="rainfall")
    portal.ok("sami", "opengov_dataset_publish", id="rainfall")
    with get_write_engine().connect() as reader:
        count = sa.text(f'SELECT count(*) FROM "{resource_id}"')
        before = reader.execute(count).scalar()
        status = portal.run_latest("opengov.tables", dataset["package_id"])
        after = reader.execute(count).scalar()

    assert (before, status, after) == (2, "queued", 2)
    assert portal.run_latest("opengov.tables", dataset["package_id"]) == "done"
    assert search(portal, resource_id)["total"] == 3


def test_a_table_that_is_made_anew_while_its_words_are_indexed_has_the_new_rows(
    portal, body, monkeypatch
):
    resource_id = publish(portal, body)
    package_id = model.Package.get("rainfall").id
    portal.inside_job("opengov.tables", package_id)
    swap, given = tables._swap, []

    def index_first(*arguments):
        if not given:
            given.append(arguments)
            tables.make_searchable(resource_id)
        swap(*arguments)

    monkeypatch.setattr(tables, "_swap", index_first)
    portal.inside_job("opengov.tables", package_id)

    assert jobs.latest(model.Session, "opengov.tables", package_id).status == "done"
    assert search(portal, resource_id)["total"] == 2
    assert len(given) == 1
    portal.work()
    assert search(portal, resource_id, q="élan")["total"] == 1


@pytest.fixture
def datastore_down():
    """Let nobody into the DataStore's database until the test says so."""
    superuser = sa.create_engine(os.environ["OPENGOV_POSTGRES"], isolation_level="AUTOCOMMIT")
    name = get_write_engine().url.database

    def allow(is_allowed):
        with superuser.connect() as connection:
            command = f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {is_allowed}'
            connection.exec_driver_sql(command)
            if not is_allowed:
                end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
                connection.execute(sa.text(end), {"name": name})

    yield allow
    allow(True)
    superuser.dispose()


def test_a_datastore_that_is_down_delays_the_table_alone(portal, body, datastore_down):
    dataset = portal.submitted("amel", body)
    datastore_down(False)
    portal.ok("sami", "opengov_dataset_publish", id=dataset["id"])
    status = portal.run_latest("opengov.tables", dataset["id"])
    shown = portal.ok(None, "package_show", id=dataset["id"])["resources"][0]
    datastore_down(True)

    assert status == "queued"
    assert not shown["datastore_active"]
    assert portal.client.get(shown["url"]).status_code == 200
    assert portal.run_latest("opengov.tables", dataset["id"]) == "done"
    assert search(portal, shown["id"])["total"] == 2


def test_a_file_of_another_kind_has_no_table(portal, body):
    resource_id = publish(portal, body, "%PDF-1.7\n1 0 obj\n", format="PDF")

    resource = portal.ok(None, "resource_show", id=resource_id)

    assert (resource["datastore_active"], resource["validation_status"]) == (False, "warned")
    assert portal.call(None, "datastore_search", resource_id=resource_id)[0] == 404
    assert jobs.latest(model.Session, "opengov.tables", resource["package_id"]).status == "done"


def test_columns_named_as_postgresqls_own_have_a_table(portal, body):
    resource_id = publish(portal, body, "ctid,tableoid,xmin,xmax,cmin,cmax\n1,2,3,4,5,6\n")

    row = search(portal, resource_id)["records"][0]

    assert [row[f"{name}_2"] for name in ("ctid", "cmax")] == [1, 6]


def test_a_file_too_wide_for_a_table_keeps_no_old_rows_and_harms_no_other(portal, body):
    resource_id = publish(portal, body)
    wide = ",".join(f"c{n}" for n in range(1400)) + "\n" + ",".join(["1234567"] * 1400) + "\n"
    portal.ok(
        "amel",
        "opengov_revision_create",
        {"resources__0__upload": portal.upload(wide)["upload"]},
        id="rainfall",
    )
    other = {"resources__extend": json.dumps([{"name": "other", "format": "CSV"}])}
    files = {"resources__-1__upload": portal.upload(CSV)["upload"]}
    portal.ok("amel", "opengov_revision_create", files, id="rainfall", **other)
    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id="rainfall")
    portal.ok("sami", "opengov_dataset_publish", id="rainfall")
    portal.work()

    resources = portal.ok(None, "package_show", id="rainfall")["resources"]

    assert [resource["datastore_active"] for resource in resources] == [False, True]
    assert portal.call(None, "datastore_search", resource_id=resource_id)[0] == 404
    assert search(portal, resources[1]["id"])["total"] == 2


def test_a_dump_leaves_no_transaction_open(portal):
    dataset = portal.published("amel", "sami", portal.body(amel="editor", sami="admin"))

    with portal.client.flask_app.test_client() as client:
        answer = client.get(f"/datastore/dump/{dataset['resources'][0]['id']}")
        assert answer.text.startswith("_id,")
        answer.close()

    assert not model.Session.registry.has()


def publish_two(portal, body):
    """Publish two files; return the resource ids. Their tables are still to be made."""
    dataset = portal.draft("amel", body)
    portal.add_file("amel", dataset["id"], "a,b\nsecret,2\n", "second.csv")
    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id=dataset["id"])
    shown = portal.ok("sami", "opengov_dataset_publish", id=dataset["id"])
    return [resource["id"] for resource in shown["resources"]]


def revise(portal, *resources):
    """Let the dataset have these resources; what follows from it is still to be done."""
    portal.ok("amel", "opengov_revision_create", id="rainfall", resources=list(resources))
    portal.ok("amel", "opengov_dataset_submit", id="rainfall")
    portal.ok("sami", "opengov_dataset_publish", id="rainfall")


def take_out(portal, resource_id):
    """Publish the dataset without this file."""
    resources = portal.ok(None, "package_show", id="rainfall")["resources"]
    revise(portal, *(each for each in resources if each["id"] != resource_id))


def has_table(resource_id):
    query = sa.text("SELECT to_regclass(format('public.%I', CAST(:id AS text))) IS NOT NULL")
    with get_write_engine().connect() as connection:
        return connection.execute(query, {"id": resource_id}).scalar()


def begin(do):
    """Begin something in a thread; return that once it has ended or waits for a lock."""
    waits = sa.text(
        "SELECT count(*) > 0 FROM pg_locks JOIN pg_database d ON d.oid = database"
        " WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted"
    )
    thread = threading.Thread(target=do)
    thread.start()
    with model.ensure_engine().connect() as connection:
        while thread.is_alive() and not connection.execute(waits).scalar():
            thread.join(0.1)
    return thread


def test_a_file_that_was_taken_out_is_read_nowhere_from_then_on(portal, body):
    _, second = publish_two(portal, body)
    portal.work()
    take_out(portal, second)

    for person in (None, "amel"):
        for action, name in (("resource_show", "id"), ("datastore_info", "id")):
            assert portal.call(person, action, **{name: second})[0] == 404
        for action in ("datastore_search", "opengov_row_list", "opengov_table_show"):
            assert portal.call(person, action, resource_id=second)[0] == 404
    assert portal.client.get(f"/datastore/dump/{second}").status_code == 404
    by_sql = {"user": "", "table_names": [second]}
    with portal.client.flask_app.test_request_context(), pytest.raises(tk.ObjectNotFound):
        tk.check_access("datastore_search_sql", by_sql, {})
    assert has_table(second)
    portal.work()
    assert not has_table(second)


def test_a_file_that_is_taken_out_while_its_table_is_made_has_none_in_the_end(
    portal, body, monkeypatch
):
    first, second = publish_two(portal, body)
    load, begun = tables.load, []

    def take_out_and_drop():
        take_out(portal, second)
        portal.run_latest("opengov.drop-table", second)

    def load_meanwhile(resource_id, *given):
        if resource_id == second and not begun:
            begun.append(begin(take_out_and_drop))
        return load(resource_id, *given)

    monkeypatch.setattr(tables, "load", load_meanwhile)
    portal.run_latest("opengov.tables", model.Package.get("rainfall").id)
    begun[0].join()
    is_there = has_table(second)
    portal.work()

    assert (is_there, has_table(second), has_table(first)) == (False, False, True)
    assert search(portal, first)["total"] == 2


def test_words_that_are_taken_out_while_the_table_is_made_do_not_come_back(
    portal, body, monkeypatch
):
    resource_id = publish(portal, body)
    package_id = model.Package.get("rainfall").id
    loss = Loss(emptied=frozenset({"note"}))
    plan = Plan("code", lambda values: {"001": loss} if "001" in values else {})
    load, begun = tables.load, []

    def load_meanwhile(*given):
        if not begun:
            plans = [lambda _session, _id: {resource_id: plan}]
            monkeypatch.setattr(redaction, "_sources", plans)
            begun.append(begin(lambda: portal.inside_job(redaction.REDACT, package_id)))
        return load(*given)

    monkeypatch.setattr(tables, "load", load_meanwhile)
    portal.inside_job("opengov.tables", package_id)
    begun[0].join()
    statuses = [portal.call(None, "datastore_search", resource_id=resource_id)[0]]
    for kind in ("opengov.tables", "opengov.exports", "opengov.search-column"):
        # Before the new file is checked.
        assert portal.run_latest(kind, package_id) == "done"
        statuses.append(portal.call(None, "datastore_search", resource_id=resource_id)[0])
    portal.work()

    assert statuses == [404] * 4
    notes = [row["note"] for row in search(portal, resource_id)["records"]]
    assert notes == [None, None]


def test_an_upload_that_becomes_a_link_leaves_no_table(portal, body):
    resource_id = publish(portal, body)
    shown = portal.ok(None, "resource_show", id=resource_id)
    download = shown["url"].replace("http://test.ckan.net", "")
    revise(portal, {**shown, "url": "https://example.org/elsewhere.csv", "url_type": ""})
    portal.work()

    now = portal.ok(None, "resource_show", id=resource_id)
    page = portal.client.get(f"/en/dataset/rainfall/resource/{resource_id}").text

    assert (now["datastore_active"], now.get("sha256"), now.get("rows")) == (False, None, None)
    assert not has_table(resource_id)
    assert files.file_of(model.Session, resource_id) is None
    for action in ("datastore_search", "opengov_row_list"):
        assert portal.call(None, action, resource_id=resource_id)[0] == 404
    address = f"/dataset/rainfall/resource/{resource_id}/table.csv"
    assert portal.client.get(address).status_code == 404
    assert ("elsewhere.csv" in page, "élan" in page) == (True, False)
    answer = portal.client.flask_app.test_client().get(download)
    assert answer.headers["Location"] == "https://example.org/elsewhere.csv"


def test_a_link_that_was_an_upload_becomes_one_again_with_its_new_file(portal, body):
    resource_id = publish(portal, body)
    shown = portal.ok(None, "resource_show", id=resource_id)
    revise(portal, {**shown, "url": "https://example.org/elsewhere.csv", "url_type": ""})
    more = portal.upload(CSV + "003,2026-01-04,1,true,x\n")
    portal.ok("amel", "opengov_revision_create", more, id="rainfall", resource_id=resource_id)
    for job_id in portal.due():
        if portal.job(job_id).kind != "opengov.drop-table":
            portal.run(job_id)
    portal.ok("amel", "opengov_dataset_submit", id="rainfall")
    portal.ok("sami", "opengov_dataset_publish", id="rainfall")
    portal.run_latest("opengov.tables", shown["package_id"])

    assert portal.run_latest("opengov.drop-table", resource_id) == "done"
    assert search(portal, resource_id)["total"] == 3


def test_a_table_that_others_made_of_an_older_file_stays(portal, body):
    resource_id = publish(portal, body)
    files.forget_file(model.Session, resource_id)
    model.Session.commit()
    with get_write_engine().begin() as connection:
        connection.exec_driver_sql(f'COMMENT ON TABLE "{resource_id}" IS NULL')

    portal.inside_job("opengov.tables", model.Package.get("rainfall").id)
    portal.inside_job("opengov.daily", "2026-01-01")
    portal.work()

    assert has_table(resource_id)


def test_what_is_purged_right_after_its_withdrawal_has_no_table(portal, body):
    resource_id = publish(portal, body)
    portal.work()
    package_id = model.Package.get("rainfall").id
    portal.user("root", sysadmin=True)
    portal.ok("sami", "opengov_dataset_withdraw", id="rainfall", reason="A mistake.")
    portal.ok("root", "dataset_purge", id=package_id)
    portal.work()

    assert not has_table(resource_id)
    assert {portal.job(each).status for each in portal.due()} <= {"done"}


def test_a_file_that_cannot_be_cast_leaves_the_others_their_tables(portal, body, monkeypatch):
    first, second = publish_two(portal, body)
    make = tables._make

    def make_or_fail(resource_id, *arguments):
        if resource_id == first:
            raise OverflowError
        make(resource_id, *arguments)

    monkeypatch.setattr(tables, "_make", make_or_fail)
    portal.inside_job("opengov.tables", model.Package.get("rainfall").id)

    assert (has_table(first), has_table(second)) == (False, True)


def test_tables_of_what_has_gone_are_swept(portal, body):
    first, second = publish_two(portal, body)
    portal.work()
    take_out(portal, second)
    portal.work()
    with get_write_engine().begin() as connection:
        for name in (second, "unknown", "of-others", "_load_half"):
            connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{name}"')
            connection.exec_driver_sql(f'CREATE TABLE "{name}" (a int)')
        for name in (second, "unknown"):
            ours = 'COMMENT ON TABLE "%s" IS \'{"version": "1-0", "search": "ready"}\''
            connection.execute(sa.text(ours % name))

    portal.inside_job("opengov.daily", "2026-01-01")
    portal.work()

    assert [has_table(each) for each in (second, "unknown")] == [False, False]
    assert [has_table(each) for each in (first, "of-others")] == [True, True]
    assert not has_table("_load_half")

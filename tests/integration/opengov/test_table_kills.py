"""Who is killed, or runs out of disk, while a table is made leaves the old one to be read."""

import os
import signal
import subprocess
import sys

import pytest
import sqlalchemy as sa

from ckan import model

from ckanext.datastore.backend.postgres import get_write_engine
from ckanext.opengov.model import exports
from ckanext.opengov.shared import jobs

OLD = "code,rain,zone\n" + "".join(f"{n:03},1.5,zone {n % 3}\n" for n in range(20))
NEW = "code,rain,zone\n" + "".join(f"{n:03},2.5,zone {n % 3}\n" for n in range(30))
WORKER = """
import importlib, os, signal, sys
from ckan.cli import load_config
from ckan.config.middleware import make_app
app = make_app(load_config(os.environ["CKAN_INI"]))
from ckanext.opengov.shared import jobs

job_id, where, name, when = sys.argv[1:]
module = importlib.import_module(f"ckanext.opengov.{where}")
real = getattr(module, name)

def killed(*arguments):
    if when == "behind":
        real(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(module, name, killed)
with app._wsgi_app.test_request_context():
    jobs.run(job_id)
"""


def killed(kind, package_id, *moment):
    """Let a process do the newest job of a kind until this moment, and be killed there."""
    job_id = jobs.latest(model.Session, kind, package_id).id
    due = sa.update(jobs.Job).where(jobs.Job.id == job_id).values(run_at=sa.func.now())
    model.Session.execute(due)
    model.Session.commit()
    command = [sys.executable, "-W", "ignore", "-c", WORKER, job_id, *moment]
    done = subprocess.run(command, env=os.environ, check=False, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    # PostgreSQL notices the dead connections within moments; a job's lock goes with them.
    wait_for_the_dead()


def wait_for_the_dead():
    """Wait until no connection of a killed process is left."""
    count = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND backend_type = 'client backend' AND state <> 'idle' AND pid <> pg_backend_pid()"
    )
    for engine in (model.ensure_engine(), get_write_engine()):
        for _ in range(100):
            with engine.connect() as connection:
                if not connection.execute(count).scalar():
                    break
                connection.execute(sa.text("SELECT pg_sleep(0.1)"))


@pytest.fixture
def dataset(portal):
    """A published dataset with a table, of which another file has just been approved."""
    body = portal.body(amel="editor", sami="admin")
    found = portal.published("amel", "sami", body, text=OLD)
    resource_id = found["resources"][0]["id"]
    more = portal.upload(NEW)
    portal.ok("amel", "opengov_revision_create", more, id="rainfall", resource_id=resource_id)
    portal.work()
    portal.ok("amel", "opengov_dataset_submit", id="rainfall")
    portal.ok("sami", "opengov_dataset_publish", id="rainfall")
    return found


def count(portal, dataset):
    shown = portal.ok(None, "datastore_search", resource_id=dataset["resources"][0]["id"])
    return shown["total"], len(shown["records"])


def csv_of(portal, dataset):
    address = f"/dataset/rainfall/resource/{dataset['resources'][0]['id']}/table.csv"
    return portal.client.get(address)


def half_made():
    query = sa.text(
        "SELECT count(*) FROM pg_class WHERE starts_with(relname, '_load_') AND relkind = 'r'"
    )
    with get_write_engine().connect() as connection:
        return connection.execute(query).scalar()


@pytest.mark.parametrize(
    ("moment", "served"),
    [
        (("casting.copying", "_joined", "behind"), 20),
        (("model.tables", "_copy", "behind"), 20),
        (("model.tables", "_swap", "before"), 20),
        (("model.tables", "_swap", "behind"), 20),
        (("model.tables", "load", "behind"), 30),
    ],
)
def test_a_killed_load_leaves_the_old_rows_and_is_done_once(portal, dataset, moment, served):
    killed("opengov.tables", dataset["id"], *moment)

    assert count(portal, dataset) == (served, served)
    assert csv_of(portal, dataset).status_code == (200 if served == 20 else 503)
    assert portal.run_latest("opengov.tables", dataset["id"]) == "done"
    portal.work()
    assert count(portal, dataset) == (30, 30)
    assert csv_of(portal, dataset).text == NEW
    assert half_made() == 0


@pytest.mark.parametrize(
    "moment",
    [
        ("model.exports", "_read", "behind"),
        ("model.exports", "_publish", "before"),
        ("model.exports", "_publish", "behind"),
        ("casting.xlsx", "_write_sheets", "behind"),
    ],
)
def test_killed_downloads_are_whole_or_not_there(portal, dataset, moment):
    portal.run_latest("opengov.tables", dataset["id"])

    killed("opengov.exports", dataset["id"], *moment)
    answer = csv_of(portal, dataset)

    assert answer.status_code == 503 or answer.text == NEW
    assert portal.run_latest("opengov.exports", dataset["id"]) == "done"
    assert csv_of(portal, dataset).text == NEW
    folder = exports.folder() / dataset["resources"][0]["id"]
    assert sorted(each.suffix for each in folder.iterdir()) == sorted(
        f".{each}" for each in exports.FORMATS
    )


@pytest.mark.parametrize("when", ["before", "behind"])
def test_a_killed_search_column_leaves_the_rows(portal, dataset, when):
    portal.run_latest("opengov.tables", dataset["id"])

    killed("opengov.search-column", dataset["id"], "model.tables", "_swap", when)

    asked = {"resource_id": dataset["resources"][0]["id"], "q": "029"}
    assert count(portal, dataset) == (30, 30)
    assert portal.call(None, "opengov_row_list", **asked)[0] == 409
    assert portal.run_latest("opengov.search-column", dataset["id"]) == "done"
    assert portal.ok(None, "opengov_row_list", **asked)["count"] == 1
    assert half_made() == 0


@pytest.mark.parametrize("moment", ["_offered", "_settle"])
def test_who_is_killed_over_the_filters_leaves_the_words(portal, dataset, moment):
    resource_id = dataset["resources"][0]["id"]
    portal.run_latest("opengov.tables", dataset["id"])

    killed("opengov.search-column", dataset["id"], "model.tables", moment, "before")

    assert portal.ok(None, "opengov_row_list", resource_id=resource_id, q="029")["count"] == 1
    assert portal.run_latest("opengov.search-column", dataset["id"]) == "done"
    shown = portal.ok(None, "opengov_table_show", resource_id=resource_id)
    assert shown["filters"] == ["zone"]


@pytest.fixture
def log(caplog, monkeypatch):
    """What the jobs log; the settings of the tests leave loggers off that were there before."""
    monkeypatch.setattr(jobs.log, "disabled", False)
    return caplog


@pytest.fixture
def full_disk():
    """Let the DataStore's server say that its disk is full, once a table is made there."""
    superuser = sa.create_engine(os.environ["OPENGOV_POSTGRES"], isolation_level="AUTOCOMMIT")
    place = superuser.url.set(database=get_write_engine().url.database)
    superuser.dispose()
    inside = sa.create_engine(place, isolation_level="AUTOCOMMIT")
    with inside.connect() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION no_space() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION 'could not extend file: No space left on device'"
            " USING ERRCODE = '53100'; END $$"
        )
        connection.exec_driver_sql(
            "CREATE EVENT TRIGGER no_space ON ddl_command_end WHEN TAG IN ('CREATE TABLE')"
            " EXECUTE FUNCTION no_space()"
        )

    def make_room():
        with inside.connect() as connection:
            connection.exec_driver_sql("DROP EVENT TRIGGER IF EXISTS no_space")
            connection.exec_driver_sql("DROP FUNCTION IF EXISTS no_space")

    yield make_room
    make_room()
    inside.dispose()


def test_a_full_disk_of_the_database_keeps_the_old_rows(portal, dataset, full_disk, log):
    status = portal.run_latest("opengov.tables", dataset["id"])
    job = jobs.latest(model.Session, "opengov.tables", dataset["id"])

    assert (status, job.error, count(portal, dataset)) == ("queued", "DiskFull", (20, 20))
    assert "No space left on device" in log.text
    full_disk()
    assert portal.run_latest("opengov.tables", dataset["id"]) == "done"
    assert count(portal, dataset) == (30, 30)


def test_a_full_disk_of_the_files_makes_no_half_download(portal, dataset, monkeypatch, log):
    portal.run_latest("opengov.tables", dataset["id"])
    read = exports._read

    def read_onto_a_full_disk(cursor, table, columns, place):
        (place / "csv").symlink_to("/dev/full")
        read(cursor, table, columns, place)

    monkeypatch.setattr(exports, "_read", read_onto_a_full_disk)
    status = portal.run_latest("opengov.exports", dataset["id"])
    job = jobs.latest(model.Session, "opengov.exports", dataset["id"])

    assert (status, job.error) == ("queued", "OSError")
    assert "No space left on device" in log.text
    assert csv_of(portal, dataset).status_code == 503
    monkeypatch.setattr(exports, "_read", read)
    assert portal.run_latest("opengov.exports", dataset["id"]) == "done"
    assert csv_of(portal, dataset).text == NEW

"""Whatever is killed while rows come or are written: each is in table and file whole and once."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from tests.integration.opengov.test_upserts import (
    DAY,
    NEXT,
    SAME_KEY,
    accepted,
    approve,
    in_file,
    in_table,
    publish,
)

from ckan import model

from ckanext.opengov.logic import upserting
from ckanext.opengov.shared import jobs

KILLED = """
import json, os, sys, time
from ckan.cli import load_config
from ckan.config.middleware import make_app
app = make_app(load_config(os.environ["CKAN_INI"]))
import ckan.plugins.toolkit as tk
from ckanext.opengov.logic import upserting
from ckanext.opengov.model import upserts
from ckanext.opengov.shared import jobs

def wait(*_given, **_named):
    print("there", flush=True)
    time.sleep(60)

place, given = sys.argv[1:]
owner, name = {
    "before both": (upserts.Table, "note"),
    "between": (upserts.Table, "commit"),
    "checking": (upserting, "check"),
    "serving": (upserting, "_ask_for_what_follows"),
}[place]
setattr(owner, name, wait)
with app._wsgi_app.test_request_context():
    if owner is upserting:
        jobs.run(given)
    else:
        context = {"user": "amel", "ignore_auth": True}
        tk.get_action("opengov_table_upsert")(context, json.loads(given))
"""


@pytest.fixture
def table(portal):
    body = portal.body("meteo", amel="editor", sami="admin", nour="admin")
    resource_id = publish(portal, body)
    approve(portal, resource_id)
    return resource_id


def kill_at(place, given):
    """Let a process go as far as there, and kill it."""
    worker = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", KILLED, place, given],
        stdout=subprocess.PIPE,
        env=os.environ,
        text=True,
    )
    line = ""
    while line != "there\n":
        line = worker.stdout.readline()
        assert line, "the process ended before it came there"
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()


def stations(portal, table):
    """Return what table and file have, in the order of keys."""
    return (
        sorted(str(row[1]) for row in in_table(portal, table)),
        sorted(row[0] for row in in_file(portal, table)[1:]),
    )


@pytest.mark.parametrize("place", ["before both", "between"])
def test_a_call_that_is_killed_is_done_once_by_the_next(portal, table, place):
    call = {"resource_id": table, "records": [NEXT], "method": "append", "client_token": DAY}
    kill_at(place, json.dumps(call))
    after = stations(portal, table)

    again = accepted(portal, table, NEXT, method="append", client_token=DAY)
    accepted(portal, table, SAME_KEY)
    portal.work()

    assert after == (["001", "002"], ["001", "002"])
    assert (again["inserted"], again["rows"]) == (1, 3)
    assert stations(portal, table) == (["001", "002", "003"],) * 2


@pytest.mark.parametrize("place", ["checking", "serving"])
def test_a_killed_job_has_written_nothing_and_writes_once(portal, table, place):
    accepted(portal, table, NEXT)
    job_id = jobs.latest(model.Session, upserting.WRITE, table).id
    model.Session.remove()
    kill_at(place, job_id)
    after = stations(portal, table)

    for _ in range(100):
        # PostgreSQL notices the dead connection within moments.
        due = sa.update(jobs.Job).where(jobs.Job.id == job_id).values(run_at=datetime.now(UTC))
        model.Session.execute(due)
        model.Session.commit()
        portal.run(job_id)
        if portal.job(job_id).status == jobs.Status.DONE:
            break
        time.sleep(0.1)
    portal.work()
    portal.run(job_id)

    assert after == (["001", "002", "003"], ["001", "002"])
    assert stations(portal, table) == (["001", "002", "003"],) * 2
    versions = portal.ok(None, "opengov_version_list", id="rainfall")["results"]
    assert [each["number"] for each in versions] == [2, 1]

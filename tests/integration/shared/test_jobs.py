"""A job is done once, whatever dies while it runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.opengov.shared import jobs

KIND = "opengov.test"
SLEEPER = """
import os, sys, time
from ckan.cli import load_config
from ckan.config.middleware import make_app
app = make_app(load_config(os.environ["CKAN_INI"]))
from ckanext.opengov.shared import jobs

@jobs.kind("opengov.test", queue=jobs.SHORT)
def sleep(session, job):
    print("started", flush=True)
    time.sleep(60)

with app._wsgi_app.test_request_context():
    jobs.run(sys.argv[1])
"""


@pytest.fixture
def runs(portal):
    """The ids of the jobs that ran, of a kind that only these tests know."""
    done = []
    jobs.kind(KIND, queue=jobs.SHORT)(lambda _session, job: done.append(job.id))
    yield done
    jobs.KINDS.pop(KIND, None)


def asked(subject="thing"):
    """Ask for a job; return its id."""
    job = jobs.enqueue(model.Session, KIND, subject, now=datetime.now(UTC))
    job_id = job.id
    model.Session.commit()
    return job_id


def change(job_id, **values):
    """Change a job's row from outside."""
    with model.ensure_engine().begin() as connection:
        connection.execute(sa.update(jobs.Job).where(jobs.Job.id == job_id).values(**values))


def in_queue():
    """Return how many entries RQ has in the short queue."""
    return len(tk.get_job_queue(jobs.SHORT).job_ids)


def test_an_overtaken_attempt_commits_nothing(portal, runs):
    job_id = asked()

    def work(session, job):
        session.add(_note())
        session.flush()
        change(job.id, attempt=jobs.Job.attempt + 1)

    jobs.kind(KIND, queue=jobs.SHORT)(work)
    portal.run(job_id)
    assert portal.job(job_id).status == jobs.Status.RUNNING
    assert model.Session.get(jobs.Job, "trace") is None


def _note():
    """A row that shows whether a transaction was committed."""
    values = {"kind": KIND, "subject": "x", "queue": jobs.SHORT, "status": jobs.Status.DONE}
    now = datetime.now(UTC)
    return jobs.Job(id="trace", progress=1.0, attempt=1, run_at=now, created_at=now, **values)


def test_a_job_that_kills_its_worker_fails_at_last(portal, runs):
    job_id = asked()
    change(job_id, status=jobs.Status.RUNNING, attempt=jobs.MAX_ATTEMPTS)
    portal.run(job_id)
    job = portal.job(job_id)
    assert (job.status, job.error, runs) == (jobs.Status.FAILED, jobs.WORKER_DIED, [])


def test_an_attempt_that_left_no_trace_is_repeated_later(portal, runs):
    job_id = asked()
    jobs.kind(KIND, queue=jobs.SHORT)(lambda _session, _job: 1 / 0)
    change(job_id, attempt=2)
    portal.run(job_id)
    job = portal.job(job_id)
    pause = (job.run_at - datetime.now(UTC)) / jobs.FIRST_RETRY
    assert (job.status, job.attempt, job.error) == (jobs.Status.QUEUED, 3, "ZeroDivisionError")
    assert 3 < pause <= 4


def test_old_jobs_are_forgotten_once_done_anew(portal, runs):
    month_ago = datetime.now(UTC) - timedelta(days=31)
    done, failed, other, waiting = (asked(each) for each in ("thing", "lost", "other", "late"))
    for job_id, status in ((done, "done"), (failed, "failed"), (other, "done")):
        change(job_id, status=status, created_at=month_ago)
    change(waiting, attempt=1, created_at=month_ago)
    newer = [asked("thing"), asked("lost"), asked("late")]

    gone = jobs.forget_superseded(model.Session, datetime.now(UTC) - timedelta(days=30))
    model.Session.commit()

    kept = model.Session.scalars(sa.select(jobs.Job.id)).all()
    assert gone == 2
    assert {*newer, other, waiting} <= set(kept)
    assert not {done, failed} & set(kept)


def test_an_unknown_kind_fails_at_once(portal, runs):
    job_id = asked()
    jobs.KINDS.pop(KIND)
    portal.run(job_id)
    job = portal.job(job_id)
    assert (job.status, job.error) == (jobs.Status.FAILED, jobs.UNKNOWN_KIND)


def test_a_released_savepoint_wakes_nobody(portal, runs):
    with model.Session.begin_nested():
        jobs.enqueue(model.Session, KIND, "thing", now=datetime.now(UTC))
    before = in_queue()
    model.Session.commit()
    assert (before, in_queue()) == (0, 1)


def test_a_job_waits_in_the_queue_once(portal, runs):
    asked()
    for _ in range(3):
        jobs.sweep(model.Session, datetime.now(UTC))
    assert in_queue() == 1


def test_what_is_done_without_a_worker_leaves_the_queue(portal, runs):
    job_id = asked()
    others = asked("another thing")
    jobs.run(job_id)
    jobs.dismiss(job_id)
    assert runs == [job_id]
    assert tk.get_job_queue(jobs.SHORT).job_ids == [f"opengov-{others}"]
    jobs.dismiss(job_id)


def test_a_failing_sweeper_stops_neither_jobs_nor_the_others(portal, runs, monkeypatch):
    asked()
    tk.get_job_queue(jobs.SHORT).empty()
    sweepers = [lambda _session, _now: 1 / 0, lambda _session, _now: 5]
    monkeypatch.setattr(jobs, "SWEEPERS", sweepers)
    assert jobs.sweep(model.Session, datetime.now(UTC)) == 1 + 5


def test_two_runners_do_a_job_once(portal, runs, site):
    job_id = asked()
    both = threading.Barrier(2)

    def work(_session, job):
        runs.append(job.id)
        time.sleep(0.3)

    def runner():
        with portal.client.flask_app.test_request_context():
            both.wait()
            jobs.run(job_id)

    jobs.kind(KIND, queue=jobs.SHORT)(work)
    threads = [threading.Thread(target=runner) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (runs, portal.job(job_id).status) == ([job_id], jobs.Status.DONE)


def test_a_job_whose_worker_is_killed_is_done_once_after_the_sweep(portal, runs, monkeypatch):
    monkeypatch.setattr(jobs, "SWEEPERS", [])
    job_id = asked()
    tk.get_job_queue(jobs.SHORT).empty()
    worker = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", SLEEPER, job_id],
        stdout=subprocess.PIPE,
        env=os.environ,
        text=True,
    )
    line = ""
    while line != "started\n":
        line = worker.stdout.readline()
        assert line, "the worker ended before the job began"
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    later = datetime.now(UTC) + timedelta(minutes=1)
    woken = 0
    # PostgreSQL notices the dead connection within moments.
    for _ in range(50):
        woken = jobs.sweep(model.Session, later)
        if woken:
            break
        time.sleep(0.1)
    change(job_id, run_at=sa.func.now())
    portal.run(job_id)
    portal.run(job_id)
    job = portal.job(job_id)
    assert (woken, runs, job.status, job.attempt) == (1, [job_id], jobs.Status.DONE, 2)

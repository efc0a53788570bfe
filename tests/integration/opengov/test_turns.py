"""Whose file is checked next: bodies take turns, and in each the small go before the large."""

import io
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from tests.common.portal import CSV

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.opengov.shared import jobs

CHECK = "opengov.check"
MB = jobs.MB


@pytest.fixture
def order(portal, monkeypatch):
    """The subjects of the jobs in the order in which they were done."""
    done = []
    kind = jobs.KINDS[CHECK]
    fake = jobs.Kind(lambda _session, job: done.append(job.subject), kind.queue, kind.share_of)
    monkeypatch.setitem(jobs.KINDS, CHECK, fake)
    return done


def asked(name, party, weight):
    """Ask for the check of a file of a body."""
    known = jobs.KINDS[CHECK]
    jobs.KINDS[CHECK] = jobs.Kind(
        known.handler, known.queue, lambda _session, _subject: jobs.Share(party, weight)
    )
    job = jobs.enqueue(model.Session, CHECK, name, now=datetime.now(UTC))
    job_id = job.id
    model.Session.commit()
    jobs.KINDS[CHECK] = known
    return job_id


def work(portal, queue, times):
    """Let a worker of a queue be woken so often."""
    for _ in range(times):
        with portal.client.flask_app.test_request_context():
            jobs.run_next(queue)
        model.Session.remove()


def test_a_small_file_waits_behind_no_large_one_of_another_body(portal, order):
    for number in range(30):
        asked(f"large-{number}", "meteo", 400 * MB)
    for number in range(18):
        asked(f"medium-{number}", "health", 20 * MB)
    asked("middling", "roads", 2 * MB)
    asked("small", "roads", MB // 2)

    work(portal, jobs.LONG, 4)
    work(portal, jobs.SHORT, 1)

    assert order == ["large-0", "medium-0", "middling", "large-1", "small"]


def test_bodies_take_turns_whoever_came_first(portal, order):
    for name, party in (("a1", "a"), ("a2", "a"), ("a3", "a"), ("b1", "b"), ("b2", "b")):
        asked(name, party, 5 * MB)

    work(portal, jobs.LONG, 6)

    assert order == ["a1", "b1", "a2", "b2", "a3"]


def test_a_worker_of_short_work_goes_on_with_the_next(portal, order):
    tk.get_job_queue(jobs.SHORT).empty()
    first, *_ = [asked(name, name[0], MB // 2) for name in ("a1", "a2", "b1")]

    work(portal, jobs.SHORT, 1)

    assert order == ["a1", "b1", "a2"]
    assert tk.get_job_queue(jobs.SHORT).job_ids == [f"opengov-{first}"]


def test_inside_a_body_small_goes_first_until_the_large_has_waited_long(portal, order):
    large = asked("large", "a", 100 * MB)
    for number in range(3):
        asked(f"small-{number}", "a", 2 * MB)

    work(portal, jobs.LONG, 2)
    long_ago = sa.update(jobs.Job).where(jobs.Job.id == large)
    model.Session.execute(long_ago.values(created_at=datetime(2026, 1, 1, tzinfo=UTC)))
    model.Session.commit()
    work(portal, jobs.LONG, 2)

    assert order == ["small-0", "small-1", "large", "small-2"]


def test_a_job_that_another_worker_does_holds_up_nobody(portal, order):
    first, _second = asked("a1", "a", 5 * MB), asked("a2", "a", 5 * MB)
    with model.ensure_engine().connect() as other:
        other.execute(sa.select(sa.func.pg_advisory_lock(jobs._lock_key(first))))
        work(portal, jobs.LONG, 1)

    assert order == ["a2"]


def test_a_file_has_the_share_of_its_body_and_its_size(portal):
    body = portal.body(amel="editor", sami="admin")
    dataset = portal.draft("amel", body)
    large = io.BytesIO(b"a,b\n" + b"1,2\n" * (MB // 2))
    resource = portal.ok(
        "amel", "resource_create", {"upload": (large, "large.csv")}, package_id=dataset["id"]
    )

    small = jobs.latest(model.Session, CHECK, dataset["resources"][0]["id"])
    other = jobs.latest(model.Session, CHECK, resource["id"])

    assert (small.queue, small.party, small.weight) == (jobs.SHORT, body["id"], len(CSV))
    assert (other.queue, other.party) == (jobs.LONG, body["id"])
    assert other.weight == 4 + 4 * (MB // 2)
    woken = tk.get_job_queue(jobs.LONG).fetch_job(f"opengov-{other.id}")
    assert woken.timeout == jobs.TIMEOUT_SECONDS

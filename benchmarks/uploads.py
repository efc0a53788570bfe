"""Fifty files of three bodies, uploaded at once: whose is checked when, by real workers.

Eight files are large (1.5 to 6 MB), the others of a few KB. One worker for all, then one for
small and one for large files as ``opengov run`` starts them, then both killed in the midst of
their work. What is claimed are orders, and no seconds: no small file is checked behind a large
one; of each body, the n-th file of a queue is among the first 3 n; and after the kill each file
has one report, of all its rows.

Run: ``.local/venv/bin/python -m opengov_stack.testing -- .local/venv/bin/python
benchmarks/uploads.py``.
"""

from __future__ import annotations

import io
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ckan import model
from ckan.cli import load_config
from ckan.config.middleware import make_app
from ckan.tests.helpers import CKANTestApp

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.common.killing import kill_session
from tests.common.portal import Portal

from ckanext.opengov.shared import jobs

CHECK = "opengov.check"
LARGE = {"meteo": (6.0, 6.0, 6.0, 1.5), "health": (3.0, 3.0, 3.0), "roads": (1.5,)}
"""Megabytes of the large files of each body."""
SMALL = {"meteo": 6, "health": 12, "roads": 24}
"""How many small ones it has."""
AT_ONCE = 10
"""Connections to the database that CKAN has allow no more in one process."""
ROW = "{n:07},2026-01-{day:02},{n}.5,Station météorologique numéro {n}\n"
ONE, TWO = ((jobs.SHORT, jobs.LONG),), ((jobs.SHORT,), (jobs.LONG,))
LONGEST = 900
"""Seconds that anything may take."""


def table(megabytes: float) -> tuple[bytes, int]:
    """Return a file of this size, and how many rows it has."""
    count = max(int(megabytes * jobs.MB / len(ROW.format(n=0, day=1).encode())), 50)
    rows = (ROW.format(n=n, day=1 + n % 28) for n in range(count))
    return ("code,jour,pluie,station\n" + "".join(rows)).encode(), count


class Round:
    """Fifty uploads, and what workers make of them."""

    def __init__(self, portal: Portal, name: str) -> None:
        self.portal, self.name = portal, name
        self.rows: dict[str, int] = {}
        tables = {size: table(size) for size in {0.0, *chain(*LARGE.values())}}
        wanted = [(body, size) for body in LARGE for size in (*LARGE[body], *[0.0] * SMALL[body])]
        began = time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for resource_id, count in pool.map(lambda each: self._sent(*each, tables), wanted):
                self.rows[resource_id] = count
        print(f"\n{name}: {len(self.rows)} files sent in {time.perf_counter() - began:.1f} s")

    def _sent(
        self, body: str, size: float, tables: dict[float, tuple[bytes, int]]
    ) -> tuple[str, int]:
        content, count = tables[size]
        values = {"package_id": f"{self.name}-{body}", "name": "pluie", "format": "CSV"}
        files = {"upload": (io.BytesIO(content), "pluie.csv")}
        made = self.portal.ok("amel", "resource_create", files, **values)
        return made["id"], count

    def jobs(self) -> list[jobs.Job]:
        """Return the checks of these files, as they were begun."""
        model.Session.remove()
        query = sa.select(jobs.Job).where(jobs.Job.kind == CHECK, jobs.Job.subject.in_(self.rows))
        return list(model.Session.scalars(query.order_by(jobs.Job.started_at)))

    def until(self, is_so: Any) -> None:
        """Wait until this can be said of its jobs."""
        end = time.monotonic() + LONGEST
        while not is_so(self.jobs()):
            if time.monotonic() > end:
                sys.exit(f"{self.name}: still {[job.status for job in self.jobs()]}")
            time.sleep(0.1)


def workers(queues: Sequence[Sequence[str]]) -> list[subprocess.Popen[bytes]]:
    """Start a worker for each of these, which ends when there is nothing left to do."""
    ckan = Path(sys.executable).with_name("ckan")
    command = [str(ckan), "-c", os.environ["CKAN_INI"], "jobs", "worker", "--burst"]
    return [
        subprocess.Popen([*command, *each], start_new_session=True, stderr=subprocess.DEVNULL)
        for each in queues
    ]


def told(claim: str, holds: bool) -> bool:
    """Print whether a claim holds."""
    print(f"  {'holds' if holds else 'DOES NOT HOLD'}: {claim}", flush=True)
    return holds


def in_order(found: Sequence[jobs.Job]) -> Iterator[bool]:
    """Tell what holds of the order in which files were begun."""
    small = [job for job in found if job.weight <= jobs.SMALL]
    large = [job for job in found if job.weight > jobs.SMALL]
    ahead = max(sum(other.started_at < job.started_at for other in large) for job in small)
    print(f"  large files begun before a small one: {ahead} at most")
    for name, queue in (("small", small), ("large", large)):
        worst = 0.0
        for party in {job.party for job in queue}:
            places = [place for place, job in enumerate(queue, 1) if job.party == party]
            worst = max(worst, *(place / n for n, place in enumerate(places, 1)))
        yield told(f"{name}: a body's n-th is among the first {worst:.1f} n", worst <= len(LARGE))


def waits(found: Sequence[jobs.Job]) -> None:
    """Print how long files waited, as shares of the time until the last was begun."""
    first, last = min(job.created_at for job in found), max(job.started_at for job in found)
    for name, is_it in (("small", True), ("large", False)):
        shares = [
            (job.started_at - max(job.created_at, first)) / (last - first)
            for job in found
            if (job.weight <= jobs.SMALL) is is_it
        ]
        print(f"  {name}: {statistics.median(shares):.2f} (median), {max(shares):.2f} (longest)")


def are_done(found: Sequence[jobs.Job]) -> bool:
    """Tell whether all are."""
    return all(job.status == jobs.Status.DONE for job in found)


def ends_once(each: Round) -> bool:
    """Tell whether every file has one report, of all its rows."""
    found = each.jobs()
    portal = each.portal
    reports = {
        job.subject: portal.ok("amel", "opengov_validation_show", resource_id=job.subject)
        for job in found
    }
    is_whole = all(reports[name]["file"]["rows"] == count for name, count in each.rows.items())
    return len(found) == len(each.rows) and are_done(found) and is_whole


def undisturbed(portal: Portal, name: str, queues: Sequence[Sequence[str]]) -> Iterator[bool]:
    """Let workers do their work; tell what holds."""
    each = Round(portal, name)
    running = workers(queues)
    each.until(are_done)
    found = each.jobs()
    for worker in running:
        worker.wait(LONGEST)
    waits(found)
    yield from in_order(found)
    small = [job for job in found if job.weight <= jobs.SMALL]
    if len(queues) == 1:
        first_large = min(job.started_at for job in found if job.weight > jobs.SMALL)
        is_before = all(job.started_at < first_large for job in small)
        yield told("no small file is begun behind a large one", is_before)
    yield told("each file has one report, of all its rows", ends_once(each))


def killed(portal: Portal) -> Iterator[bool]:
    """Kill both workers in the midst of a check; tell how it ends."""
    each = Round(portal, "killed")
    running = workers(TWO)
    each.until(lambda found: any(0 < job.progress < 1 for job in found))
    for worker in running:
        kill_session(worker)
    left = [job for job in each.jobs() if job.status != jobs.Status.DONE]
    begun = {job.subject for job in left if job.status == jobs.Status.RUNNING}
    print(f"  killed with {len(begun)} at work and {len(left) - len(begun)} waiting")
    model.Session.execute(sa.update(jobs.Job).values(run_at=sa.func.now()))
    model.Session.commit()
    with portal.client.flask_app.test_request_context():
        # PostgreSQL notices the dead connections within moments; the sweep comes again till then.
        each.until(lambda found: not any(map(_is_held, found)))
        jobs.sweep(model.Session, datetime.now(UTC))
    running = workers(TWO)
    each.until(are_done)
    for worker in running:
        worker.wait(LONGEST)
    tries = {job.subject: job.attempt for job in each.jobs()}
    twice = {name for name, number in tries.items() if number == 2}  # noqa: PLR2004
    yield told("only what was at work is done again", bool(begun) and twice == begun)
    yield told("each file has one report, of all its rows", ends_once(each))


def _is_held(job: jobs.Job) -> bool:
    """Tell whether somebody does a job."""
    query = sa.select(sa.func.pg_try_advisory_xact_lock(jobs._lock_key(job.id)))
    is_free = model.Session.execute(query).scalar()
    model.Session.rollback()
    return not is_free


def main() -> None:
    """Measure, and end with 1 where a claim does not hold."""
    app: Any = make_app(load_config(os.environ["CKAN_INI"]))
    portal = Portal(CKANTestApp(app))
    rounds = ("one", "two", "killed")
    for body in LARGE:
        owner = portal.body(body, amel="editor", sami="admin")
        for name in rounds:
            values = {"name": f"{name}-{body}", "title": "Pluie", "license_id": "cc-by"}
            portal.ok("amel", "package_create", owner_org=owner["id"], **values)
    held = [*undisturbed(portal, "one", ONE), *undisturbed(portal, "two", TWO), *killed(portal)]
    sys.exit(not all(held))


if __name__ == "__main__":
    main()

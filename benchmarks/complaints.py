"""What complaints cost: worklists over a million cases, and filings under load.

The time of a worklist is what a user waits, PostgreSQL's share included, in a process of its own;
of deep pages beside the first, and of a unit with 100,000 open cases beside one with 1,000. Filings
go over HTTP to a real server of two processes; one that the server has no room for is sent again,
as a program would. Nothing may get lost or be there twice.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa
from opengov_stack.servers import LOOPBACK, free_port

sys.path[:0] = [str(Path(__file__).parents[1])]
from overhead import settings, upper_bound
from tests.common import complaints as net
from tests.common.people import Clock
from tests.common.portal import Portal

from ckan import model
from ckan.cli import load_config
from ckan.config.middleware import make_app
from ckan.tests.helpers import CKANTestApp

from ckanext.complaints.domain.crypto import Kdf
from ckanext.complaints.model import network
from ckanext.opengov.shared import pager
from ckanext.opengov.shared.domain import totp

CASES, LARGE, SMALL = 1_000_000, 100_000, 1_000
WARM_UP, PAIRS = 5, 60
MOST_STATEMENTS, MOST_BYTES, MOST_TIMES = 12, 100_000, 1.5
PAGE = "/dashboard/complaints/"
CROWDS, PER_SECOND, SECONDS = (4, 16, 64), 2, 120
TRIES, PAUSE = 60, 1.0
OK, BUSY = 200, 503

# The first cases are the large unit's, then come the small one's, then all others', most of
# which are closed.
FILL = """
INSERT INTO complaints_case (id, reference, track, mode, channel, lang, category_id, policy_id,
    owner_unit_id, calendar_org_id, state, outcome, received_at, received_on, answered_on,
    ack_due, answer_due, closed_at, purge_on, key_id, mac)
SELECT md5(n::text), lpad(n::text, 9, '0'), 'ordinary', 'anonymous', 'web', 'fr',
    :category, :policy,
    CASE WHEN n <= :large THEN :unit WHEN n <= :large + :small THEN :other
        ELSE (CAST(:units AS text[]))[1 + n % 20] END,
    :org, state, CASE WHEN state = 'closed' THEN 'granted' END,
    now() - n % 900 * interval '1 day', day, CASE WHEN state = 'closed' THEN day + 9 END,
    day + 4, day + 30, CASE WHEN state = 'closed' THEN now() END,
    CASE WHEN state = 'closed' THEN day + 1825 END, 'bench', 'bench'
FROM (
    SELECT n, CURRENT_DATE - n % 900 AS day,
        CASE WHEN n <= :large + :small THEN
            (ARRAY['registered', 'in-progress', 'waiting-citizen'])[1 + n % 3]
        WHEN n % 10 = 0 THEN 'in-progress' ELSE 'closed' END AS state
    FROM generate_series(1, :cases) AS n
) AS numbered
"""
GIVEN = """
INSERT INTO complaints_assignment (id, case_id, user_id, by_user_id, at)
SELECT id, id, :user, :user, now() FROM complaints_case
WHERE owner_unit_id IN (:unit, :other) AND reference::int % 3 > 0
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page cost."""

    seconds: float
    statements: int
    bytes: int


class Desk:
    """Two officers at their worklists, in this process: one of a large unit, one of a small."""

    def __init__(self, app: Any) -> None:
        self.statements = 0
        portal, clock = Portal(CKANTestApp(app)), Clock()
        # Several people pass their second step within half a minute.
        totp.step_at = lambda _now: clock.step  # type: ignore[assignment]
        org, units = net.answering(portal, "large", "general")
        other = net.answering(portal, "small", "general")[1]
        rest = [net.answering(portal, f"unit-{n}", "general")[1]["general"] for n in range(20)]
        category = net.category("roads", routes={None: org})
        self.large = net.officer(portal, clock, "amel", (units["general"], "handler"))
        self.small = net.officer(portal, clock, "hedi", (other["general"], "handler"))
        at = {"unit": units["general"], "other": other["general"]}
        policy = net.row_of("complaints_policy", code="standard")
        assert policy
        sizes = {"cases": CASES, "large": LARGE, "small": SMALL}
        filled = {"category": category, "policy": policy["id"], "units": rest, "org": org}
        net.sql(FILL, **at, **sizes, **filled)
        net.sql(GIVEN, **at, user=self.large.id)
        with model.ensure_engine().connect() as connection:
            alone = connection.execution_options(isolation_level="AUTOCOMMIT")
            alone.execute(sa.text("VACUUM ANALYZE"))
        sa.event.listen(sa.Engine, "before_cursor_execute", self._count)
        self.deepest = {
            who.name: self._deepest(unit)
            for who, unit in ((self.large, at["unit"]), (self.small, at["other"]))
        }

    def _count(self, *_: object) -> None:
        self.statements += 1

    def _deepest(self, unit_id: str) -> str:
        """Return where the last page of a unit's worklist begins."""
        query = sa.text(
            "SELECT answer_due, id FROM complaints_case WHERE owner_unit_id = :unit"
            " ORDER BY answer_due DESC, id DESC OFFSET 20 LIMIT 1"
        )
        row = model.Session.execute(query, {"unit": unit_id}).one()
        return pager.encode(list(row))

    def look(self, who: Any, query: str) -> Seen:
        """Open a page of the worklist."""
        self.statements, start = 0, time.perf_counter()
        answer = who.get(PAGE + query)
        seconds = time.perf_counter() - start
        if answer.status_code != OK or "og-work" not in answer.text:
            raise SystemExit(f"{PAGE}{query} answered {answer.status_code}.")
        return Seen(seconds, self.statements, len(answer.data))


def worklists(ini: str) -> bool:
    """Print a line for each claim on worklists; return whether all hold."""
    desk = Desk(make_app(load_config(ini)))
    last = {name: f"?cursor={place}" for name, place in desk.deepest.items()}
    large, small = (desk.large, ""), (desk.small, "")
    claims = {
        "worklist of 100,000": (large, small),
        "its deepest page": ((desk.large, last["amel"]), large),
        "beside that of 1,000": ((desk.large, last["amel"]), (desk.small, last["hedi"])),
        "in one state": ((desk.large, "?state=in-progress"), (desk.small, "?state=in-progress")),
        "given to nobody": ((desk.large, "?assigned=nobody"), (desk.small, "?assigned=nobody")),
    }
    print(f"{'':<24}{'ms':<16}{'times (95 %)':<18}{'at most':<10}SQL (at most)  bytes")
    kept = [_is_kept(desk, name, *pair) for name, pair in claims.items()]
    return all(kept)


def _is_kept(desk: Desk, name: str, one: tuple[Any, str], other: tuple[Any, str]) -> bool:
    found = []
    for turn in range(WARM_UP + PAIRS):
        sides = [desk.look(*each) for each in (one, other)[:: 1 - turn % 2 * 2]]
        found.append(tuple(sides[:: 1 - turn % 2 * 2]))
    pairs = found[WARM_UP:]
    ratios = [a.seconds / b.seconds for a, b in pairs]
    bound, statements = upper_bound(ratios), max(a.statements for a, _ in pairs)
    size = max(a.bytes for a, _ in pairs)
    costs = "/".join(
        f"{1000 * statistics.median(each.seconds for each in side):.0f}"
        for side in zip(*pairs, strict=True)
    )
    times = f"{statistics.median(ratios):.2f} ({bound:.2f})"
    asked = f"{statements} ({MOST_STATEMENTS})"
    print(f"{name:<24}{costs:<16}{times:<18}{MOST_TIMES:<10}{asked:<15}{size}", flush=True)
    return bound <= MOST_TIMES and statements <= MOST_STATEMENTS and size <= MOST_BYTES


@contextlib.contextmanager
def server(ini: str) -> Iterator[tuple[int, psutil.Process]]:
    """Run the site as two processes; yield its port, and the process above them."""
    port = free_port()
    command = [
        *(sys.executable, "-W", "ignore", "-m", "gunicorn", "opengov_stack.wsgi:application"),
        *("--bind", f"{LOOPBACK}:{port}", "--workers", "2"),
        *("--worker-class", "gthread", "--threads", "16", "--timeout", "120"),
    ]
    process = subprocess.Popen(
        command,
        env={**os.environ, "CKAN_INI": ini},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while _ask(port, "GET", "/complaints/api/choices", None)[0] != OK:
            time.sleep(0.5)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)


def _ask(port: int, method: str, path: str, content: Any) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=120)
    try:
        body = json.dumps(content) if content is not None else None
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")
    except (OSError, ValueError, http.client.HTTPException):
        return 0, None
    finally:
        connection.close()


def file_one(port: int) -> tuple[str, str]:
    """File a complaint, again as long as there is no answer; return the two numbers."""
    given = {
        "client_token": secrets.token_urlsafe(32),
        "category": "roads",
        "body": "unknown",
        "happened": "L'eau est coupée chaque soir depuis un mois.",
        "wanted": "Un calendrier de réparation.",
        "mode": "anonymous",
        "notices": "none",
        "language": "fr",
    }
    for _ in range(TRIES):
        status, answer = _ask(port, "POST", "/complaints/api/submit", given)
        if status == OK:
            return answer["result"]["reference"], answer["result"]["secret"]
        if status not in (0, BUSY):
            raise SystemExit(f"A filing was answered {status}: {answer}")
        time.sleep(PAUSE)
    raise SystemExit("A filing found no room.")


def count() -> int:
    """Return how many cases there are that were filed."""
    query = sa.text("SELECT count(*) FROM complaints_case WHERE key_id <> 'bench'")
    with model.ensure_engine().connect() as connection:
        return int(connection.execute(query).scalar_one())


def crowds(port: int) -> bool:
    """File 4, 16 and 64 complaints at once; return whether each made one case."""
    is_kept = True
    for size in CROWDS:
        before, start = count(), time.perf_counter()
        with ThreadPoolExecutor(size) as pool:
            found = list(pool.map(lambda _: file_one(port), range(size)))
        made = count() - before
        took = time.perf_counter() - start
        print(f"{size} at once: {made} cases, {len(set(found))} receipts, {took:.1f} s", flush=True)
        is_kept = is_kept and made == size == len(set(found))
    return is_kept


def sustained(port: int, process: psutil.Process) -> bool:
    """File twice a second for two minutes while others look at theirs; return whether all came."""
    own, is_over = file_one(port), threading.Event()
    tracked: Counter[int] = Counter()

    def track() -> None:
        while not is_over.is_set():
            pair = {"reference": own[0], "secret": own[1]}
            tracked[_ask(port, "POST", "/complaints/api/track", pair)[0]] += 1
            is_over.wait(1.0)

    before, peak, waits = count(), 0, []
    watcher = threading.Thread(target=track)
    watcher.start()

    def timed(_: int) -> tuple[str, str]:
        start = time.perf_counter()
        pair = file_one(port)
        waits.append(time.perf_counter() - start)
        return pair

    with ThreadPoolExecutor(128) as pool:
        began, jobs = time.perf_counter(), []
        for n in range(PER_SECOND * SECONDS):
            time.sleep(max(0.0, began + n / PER_SECOND - time.perf_counter()))
            jobs.append(pool.submit(timed, n))
            peak = max(peak, _memory(process))
        found = {job.result() for job in jobs}
    took = time.perf_counter() - began
    is_over.set()
    watcher.join()
    made, slowest = count() - before, sorted(waits)[int(len(waits) * 0.95)]
    kdf = Kdf()
    print(
        f"{len(jobs)} filings in {took:.0f} s: {made} cases, {len(found)} receipts; median"
        f" {statistics.median(waits):.1f} s, 95 % within {slowest:.1f} s; tracked {dict(tracked)};"
        f" memory {peak / 2**20:.0f} MB; {kdf}",
        flush=True,
    )
    kept_up = took <= SECONDS * 1.1
    return made == len(jobs) == len(found) and kept_up and tracked[OK] > 0


def _memory(process: psutil.Process) -> int:
    """Return what a process and those below it hold that is theirs alone."""
    everyone = [process, *process.children(recursive=True)]
    return sum(each.memory_info().rss - each.memory_info().shared for each in everyone)


def main() -> int:
    """Measure all; return 1 if something does not hold."""
    ini = os.environ["CKAN_INI"]
    # The members of the network's register lie beside the keys of these settings.
    are_kept = worklists(ini)
    model.Session.remove()
    network.forget(model.Session())
    with server(str(settings(ini, "filings", {}))) as (port, process):
        are_kept = crowds(port) and are_kept
        are_kept = sustained(port, process) and are_kept
    return int(not are_kept)


if __name__ == "__main__":
    sys.exit(main())

"""What large consultations cost: 100,000 comments, 10,000 answers under one root, 1,000,000 votes.

The processor time of pages that are not kept is beside that of CKAN's ``/about`` with CKAN's own
defaults, of deep pages beside the first, and of a comment that is written beside an action that
checks who calls, writes one row and no more. What PostgreSQL does meanwhile is not in it; how
often it is asked is. The ratios are the worse end of the 95 % confidence interval of the median.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from werkzeug.test import EnvironBuilder

sys.path[:0] = [str(Path(__file__).parents[1])]
from crowds import LARGE, PEOPLE, SMALL
from overhead import PLAIN, UNCACHED, answer, settings, upper_bound
from pages import OWN_SETTINGS

import ckan.plugins.toolkit as tk
from ckan import logic, model
from ckan.cli import load_config
from ckan.config.middleware import make_app

from ckanext.opengov.shared import pager

OK = 200
WARM_UP, PAIRS = 5, 80
MOST_STATEMENTS = 10
ABOUT = "/about"
PLACE = f"/consultation/{LARGE}"
ROOT = f"{PLACE}/c/1"
API = "/api/3/action"


@dataclass(frozen=True, slots=True)
class Claim:
    """What is asked for costs at most so many times as much as something else."""

    name: str
    path: str
    beside: str
    most: float
    statements: int = MOST_STATEMENTS
    is_written: bool = False


CLAIMS = [
    Claim("thread of 100,000", PLACE, ABOUT, 2.5),
    Claim("most supported first", f"{PLACE}?sort=top", ABOUT, 2.5),
    Claim("beside one of 1,000", PLACE, f"/consultation/{SMALL}", 1.5),
    Claim("its deepest page", f"{PLACE}?cursor={pager.encode([40])}", PLACE, 1.5),
    Claim("10,000 answers", ROOT, ABOUT, 2.5, 15),
    Claim("their deepest page", f"{ROOT}?cursor={pager.encode([9_985])}", ROOT, 1.5, 15),
    Claim("list of 5,000", "/consultation/", ABOUT, 2.5),
    Claim(
        "a comment", f"{API}/consultation_comment_create", f"{API}/bench_write", 2, 15,
        is_written=True,
    ),
]  # fmt: skip


def serve(ini: str) -> None:
    """Answer requests from standard input, one JSON line each: processor time, SQL count."""
    app: Any = make_app(load_config(ini))
    if "consultation" in tk.config["ckan.plugins"]:
        tk.get_action("status_show")
        logic._actions["bench_write"] = _write_a_row
        tk.config["ckanext.consultation.form_seconds"] = 0
    statements = 0

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    sa.event.listen(sa.Engine, "before_cursor_execute", count)
    print("ready", flush=True)
    for line in sys.stdin:
        path, headers, body = json.loads(line)
        sent = {"method": "POST", "json": body} if body else {}
        environ = EnvironBuilder(path, headers=headers, **sent).get_environ()
        statements, start = 0, time.process_time()
        status = answer(app, environ)
        print(json.dumps([status, time.process_time() - start, statements]), flush=True)


def _write_a_row(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    tk.check_access("consultation_comment_create", context, data_dict)
    row = {"entity_type": "bench", "task_type": "bench", "value": data_dict["body"]}
    task = model.TaskStatus(entity_id=str(uuid.uuid4()), key=str(uuid.uuid4()), **row)
    context["session"].add(task)
    context["session"].commit()
    return {"id": task.id}


class Server:
    """One of the two processes."""

    def __init__(self, ini: Path) -> None:
        command = [sys.executable, "-W", "ignore", __file__, "serve", str(ini)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        while "ready" not in self.read():
            pass

    def read(self) -> str:
        """Return the next line that the process says."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("A site did not start.")
        return line

    def ask(self, path: str, headers: dict[str, str], body: Any) -> tuple[float, int]:
        """Return the seconds of processor time and the SQL statements of an answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([path, headers, body]) + "\n")
        self.process.stdin.flush()
        status, seconds, statements = json.loads(self.read())
        if status != OK:
            raise SystemExit(f"{path} answered {status}.")
        return seconds, statements


def compare() -> int:
    """Print a line for each claim; return 1 if one does not hold."""
    ini = os.environ["CKAN_INI"]
    crowds = str(Path(__file__).with_name("crowds.py"))
    command = [sys.executable, "-W", "ignore", crowds, ini]
    filled = subprocess.run(command, capture_output=True, text=True, check=True)
    tokens = filled.stdout.split()[-len(PEOPLE) :]
    plain = settings(ini, "ckan-defaults", {"ckan.plugins = .*": PLAIN, OWN_SETTINGS: ""})
    servers = Server(plain), Server(settings(ini, "uncached", UNCACHED))
    print(f"{'':<24}{'CPU ms':<16}{'times (95 %)':<18}{'at most':<10}SQL (at most)")
    verdicts = [is_kept(claim, *servers, tokens) for claim in CLAIMS]
    for server in servers:
        server.process.kill()
    return int(not all(verdicts))


def is_kept(claim: Claim, plain: Server, suite: Server, tokens: list[str]) -> bool:
    """Measure a claim and print it; return whether it holds."""
    found = []
    for turn in range(WARM_UP + PAIRS):
        # Nobody writes more than twenty times in an hour.
        headers = {"Authorization": tokens[turn % len(tokens)]} if claim.is_written else {}
        body = _comment(turn) if claim.is_written else None
        other = plain if claim.beside == ABOUT else suite
        both = [(suite, claim.path), (other, claim.beside)]
        costs = {
            path: server.ask(path, headers, body) for server, path in both[:: 1 - turn % 2 * 2]
        }
        found.append((costs[claim.path], costs[claim.beside]))
    pairs = found[WARM_UP:]
    ratios = [one[0] / other[0] for one, other in pairs]
    bound, statements = upper_bound(ratios), max(one[1] for one, _ in pairs)
    sides = zip(*pairs, strict=True)
    costs_ms = "/".join(f"{1000 * statistics.median(c[0] for c in side):.1f}" for side in sides)
    times = f"{statistics.median(ratios):.2f} ({bound:.2f})"
    asked = f"{statements} ({claim.statements})"
    print(f"{claim.name:<24}{costs_ms:<16}{times:<18}{claim.most:<10}{asked}", flush=True)
    return bound <= claim.most and statements <= claim.statements


def _comment(turn: int) -> dict[str, Any]:
    words = f"Le soir, les bus de la ligne {turn} passent trop rarement, et l'arrêt est loin."
    return {"consultation_id": LARGE, "body": words, "client_token": str(uuid.uuid4())}


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2])
    else:
        sys.exit(compare())

"""What the suite costs readers: processor time and SQL statements, with and without it.

Two processes serve the same database and search index: CKAN with activity, datastore and
scheming, and the same with the suite. They answer the same request in turn, 200 times; the
claim is about the upper end of the 95 % confidence interval of the median ratio.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from werkzeug.test import EnvironBuilder

from ckan.cli import load_config
from ckan.config.middleware import make_app
from ckan.tests.helpers import CKANTestApp

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.common.portal import Portal

LIMIT = 1.2
PAIRS = 200
WARM_UP = 10
DATASETS = 25
PLAIN = """ckan.plugins = activity datastore datatables_view text_view scheming_datasets
scheming.dataset_schemas = ckanext.scheming:ckan_dataset.yaml"""
UNCACHED = {"(use = egg:ckan)": r"\1\nckanext.opengov.page_cache_seconds = 0"}
PATHS = {
    "home": "/",
    "dataset list": "/dataset/",
    "dataset page": "/dataset/bench-0",
    "package_search": "/api/3/action/package_search?rows=20",
}


def serve(ini: str) -> None:
    """Answer requests from standard input, one JSON line each: processor time, SQL count."""
    app: Any = make_app(load_config(ini))
    statements = 0

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    sa.event.listen(sa.Engine, "before_cursor_execute", count)
    print("ready", flush=True)
    for line in sys.stdin:
        path, headers, times = json.loads(line)
        environs = [EnvironBuilder(path, headers=headers).get_environ() for _ in range(times)]
        statements, start = 0, time.process_time()
        status = max(answer(app, environ) for environ in environs)
        seconds = (time.process_time() - start) / times
        print(json.dumps([status, seconds, statements / times]), flush=True)


def answer(app: Any, environ: dict[str, Any]) -> int:
    """Let the site answer as a web server would; return the status."""
    told: list[str] = []

    def start_response(status: str, *_: object) -> None:
        told.append(status)

    body = app(environ, start_response)
    for _part in body:
        pass
    if hasattr(body, "close"):
        body.close()
    return int(told[-1].split()[0])


Pair = tuple[tuple[float, float], tuple[float, float]]
"""Seconds and SQL statements, without the suite and with it."""
HEADING = f"{'page':<16}{'reader':<12}{'CPU ms':<14}{'ratio (95 %)':<18}{'SQL':<14}ratio (95 %)"


class Site:
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

    def get(self, path: str, headers: dict[str, str], times: int = 1) -> tuple[float, float]:
        """Return the seconds of processor time and the SQL statements of an answer.

        Asked for several ``times``, one after the other, it is what each costs on average.
        """
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([path, headers, times]) + "\n")
        self.process.stdin.flush()
        status, seconds, statements = json.loads(self.read())
        if status not in (200, 304):
            raise SystemExit(f"{path} answered {status}.")
        return seconds, statements


@dataclass(frozen=True)
class Ratio:
    """What the suite multiplies a cost by."""

    without: float
    with_: float
    median: float
    bound: float

    @classmethod
    def of(cls, pairs: list[Pair], column: int) -> Ratio:
        """Return the ratio of one of the two costs."""
        without, with_ = ([pair[side][column] for pair in pairs] for side in (0, 1))
        ratios = [after / before for before, after in zip(without, with_, strict=True)]
        medians = (statistics.median(values) for values in (without, with_, ratios))
        return cls(*medians, upper_bound(ratios))

    def text(self, factor: int, digits: int) -> str:
        """Return the columns of the table."""
        costs = "/".join(f"{factor * each:.{digits}f}" for each in (self.without, self.with_))
        return f"{costs:<14}{self.median:.3f} ({self.bound:.3f})    "


def upper_bound(ratios: list[float]) -> float:
    """Return the upper end of the 95 % confidence interval of the median, by order statistics."""
    rank = len(ratios) / 2 + 1.96 * len(ratios) ** 0.5 / 2
    return sorted(ratios)[min(int(rank + 1), len(ratios)) - 1]


def fill(ini: str) -> str:
    """Publish datasets; return an API token."""
    portal = Portal(CKANTestApp(make_app(load_config(ini))))
    body = portal.body("bench", amel="editor", sami="admin")
    csv = "station,day,rain\n" + "001,2026-01-02,4.5\n" * 100
    for number in range(DATASETS):
        texts = {"ar": f"الأمطار {number}", "fr": f"Pluie {number}", "en": f"Rain {number}"}
        notes = {language: text * 40 for language, text in texts.items()}
        fields = {
            "title_translated": texts,
            "notes_translated": notes,
            "tags": [{"name": "rain"}],
            "url": "https://example.org",
        }
        portal.published("amel", "sami", body, name=f"bench-{number}", text=csv, **fields)
    return str(portal.tokens["amel"])


def compare() -> int:
    """Print a line for each page; return 1 if a bound is over the limit."""
    ini = os.environ["CKAN_INI"]
    token = subprocess.run(
        [sys.executable, "-W", "ignore", __file__, "fill", ini],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()[-1]
    plain = settings(ini, "plain", {"ckan.plugins = .*": PLAIN})
    # What a page costs that nobody has asked for before.
    sites = Site(plain), Site(settings(ini, "uncached", UNCACHED))
    is_over = False
    print(HEADING)
    for reader, headers in (("anonymous", {}), ("signed in", {"Authorization": token})):
        for page, path in PATHS.items():
            pairs = [measure(sites, path, headers, turn) for turn in range(WARM_UP + PAIRS)]
            cpu, sql = (Ratio.of(pairs[WARM_UP:], column) for column in (0, 1))
            is_over = is_over or max(cpu.bound, sql.bound) > LIMIT
            print(f"{page:<16}{reader:<12}{cpu.text(1000, 1)}{sql.text(1, 0)}")
    for site in sites:
        site.process.kill()
    return int(is_over)


def settings(ini: str, name: str, changes: dict[str, str]) -> Path:
    """Write a settings file beside another, with changes by pattern; return it."""
    text = Path(ini).read_text()
    for pattern, line in changes.items():
        text = re.sub(pattern, line, text)
    path = Path(ini).with_name(f"{name}.ini")
    path.write_text(text)
    return path


def measure(sites: tuple[Site, Site], path: str, headers: dict[str, str], turn: int) -> Pair:
    """Let both answer once; who begins changes from turn to turn."""
    plain, suite = sites
    if turn % 2:
        second = suite.get(path, headers)
        return plain.get(path, headers), second
    first = plain.get(path, headers)
    return first, suite.get(path, headers)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2])
    elif sys.argv[1:2] == ["fill"]:
        print(fill(sys.argv[2]))
    else:
        sys.exit(compare())

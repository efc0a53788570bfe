"""What a table costs, against what PostgreSQL alone needs for the same rows, and CKAN.

One file of twelve columns: loaded with types and keys against a bare COPY into a table of the
same types; its words made searchable; its CSV, with formulas neutralised, against COPY TO; a
filtered page of 100 rows, authorization included, against CKAN's ``datastore_search`` on the
same table. Each claim is about the medians of turns in one run. And the peak of memory of a process
that makes all downloads and sends them, against that for a tenth of the rows.

Run: ``.local/venv/bin/python -m opengov_stack.testing --durable -- .local/venv/bin/python
benchmarks/tables.py [--rows 1000000]``.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from psycopg2 import sql

import ckan.plugins.toolkit as tk
from ckan.cli import load_config
from ckan.config.middleware import make_app
from ckan.tests.helpers import CKANTestApp

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.common.portal import Portal

from ckanext.opengov.model import exports, rows, tables
from ckanext.opengov.validation import engine

LOAD, SEARCH, JOB, CSV, PAGE, MEMORY = 2.0, 10.0, 12.0, 1.5, 0.3, 1.1
"""So many times what it is compared with."""
TURNS, PAGES = 3, 100
WORDS = ("مدرسة", "بلدية", "طريق", "جسر", "école", "hôpital", "commune", "marché", "eau")
KINDS = ("agriculture", "santé", "éducation", "transport", "énergie", "tourisme", "عدل")
COLUMNS = {
    "code": "text",
    "category": "text",
    "year": "numeric",
    "day": "date",
    "region": "text",
    "amount": "numeric",
    "quantity": "numeric",
    "rate": "numeric",
    "open": "bool",
    "label": "text",
    "note": "text",
    "city": "text",
}


def write(path: Path, count: int) -> None:
    """Write a file of so many rows."""
    some = random.Random(1)  # noqa: S311 - the same file each time
    with path.open("w") as out:
        out.write(",".join(COLUMNS) + "\n")
        for n in range(count):
            year, words = 2000 + n % 25, " ".join(some.choices(WORDS, k=5))
            amount, rate = some.randint(0, 10**7) / 100, some.random()
            out.write(
                f"{n:07},{KINDS[n % 7]},{year},{year}-{1 + n % 12:02}-{1 + n % 28:02},"
                f"region {n % 24},{amount},{some.randint(0, 10**5)},{rate:.4f},"
                f'{"true" if n % 3 else "false"},{words},"{words}, {n % 1000}",city {n % 300}\n'
            )


def seconds(work: Callable[[], object]) -> float:
    """Return how long it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def turns(
    ours: Callable[[], object],
    theirs: Callable[[], object],
    count: int,
    first: Callable[[], object] = int,
) -> tuple[float, float]:
    """Return the median seconds of both, done in turn, ``first`` before each."""
    pairs = []
    for _ in range(count):
        first()
        pairs.append((seconds(ours), seconds(theirs)))
    mine, other = zip(*pairs, strict=True)
    return statistics.median(mine), statistics.median(other)


def bare_copy(path: Path) -> None:
    """Load the file into a table of the same types, and nothing else."""
    typed = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    with tables._transaction() as cursor, path.open("rb") as stream:
        cursor.execute("DROP TABLE IF EXISTS _bare")
        cursor.execute(f"CREATE TABLE _bare ({typed})")
        cursor.copy_expert("COPY _bare FROM STDIN WITH (FORMAT csv, HEADER)", stream)


def copy_to(statement: Any, folder: Path, *, is_harmless: bool = False) -> None:
    """Write rows as PostgreSQL writes them, or harmless."""
    with rows.reading(timeout_ms=0) as cursor, (folder / "out.csv").open("wb") as out:
        if is_harmless:
            exports.copy_csv(cursor, statement, out)
        else:
            cursor.copy_expert(statement, out)


def told(name: str, ours: float, theirs: float, most: float, unit: str = "s") -> bool:
    """Print a claim; return whether it holds."""
    ratio = ours / theirs
    print(
        f"{name:<44}{ours:>9.3f} {unit:<2}{theirs:>10.3f} {unit:<2}{ratio:>8.2f}   at most {most}",
        flush=True,
    )
    return ratio <= most


def load(resource_id: str, folder: Path, count: int) -> Callable[[], None]:
    """Write a file of so many rows; return what makes the table of it."""
    path, sample = folder / "table.csv", folder / "head.csv"
    write(path, count)
    write(sample, 1000)
    report: Any = engine.check_file(sample, name="t.csv", format="csv").as_dict()

    def made() -> None:
        assert tables.load(resource_id, path, report, None)

    return made


def loads(resource_id: str, folder: Path, count: int) -> list[bool]:
    """Tell how long it takes until rows can be read, and until words are found."""
    made = load(resource_id, folder, count)

    def bare() -> None:
        bare_copy(folder / "table.csv")

    def searchable() -> None:
        tables.make_searchable(resource_id)

    def all_of_the_job() -> None:
        tables.make_searchable(resource_id)
        tables.index_filters(resource_id)

    against = "against a bare COPY"
    return [
        told(f"load, {against}", *turns(made, bare, TURNS), LOAD),
        told(f"words searchable, {against}", *turns(searchable, bare, TURNS, made), SEARCH),
        told(f"filters indexed too, {against}", *turns(all_of_the_job, bare, TURNS, made), JOB),
    ]


def csv(resource_id: str, folder: Path) -> bool:
    """Tell how long the CSV takes, formulas neutralised."""
    table = sql.Identifier(resource_id)
    with rows.reading() as cursor:
        columns = rows.columns_of(cursor, resource_id)
    names = sql.SQL(", ").join(sql.Identifier(name) for name in COLUMNS)
    plain = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT WITH (FORMAT csv, HEADER)")
    safe, bare = exports.statements(table, columns)["csv"], plain.format(names, table)
    ours, theirs = turns(
        lambda: copy_to(safe, folder, is_harmless=True), lambda: copy_to(bare, folder), TURNS
    )
    return told("CSV, against COPY TO STDOUT", ours, theirs, CSV)


def peak(resource_id: str) -> float:
    """Return the most MB of a process of its own that makes all downloads and sends them."""
    command = [sys.executable, "-W", "ignore", __file__, "--downloads", resource_id]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def download(resource_id: str) -> None:
    """Make all downloads, send them piece by piece, and print the peak of memory in MB."""
    app: Any = make_app(load_config(os.environ["CKAN_INI"]))
    client = CKANTestApp(app).flask_app.test_client()
    with client.application.test_request_context():
        exports.make(resource_id)
        asked = {"resource_id": resource_id}
        shown = tk.get_action("opengov_table_show")({"user": ""}, asked)["downloads"]
    for each in shown:
        answer = client.get(each["url"], buffered=False)
        assert sum(map(len, answer.iter_encoded())) == each["size"]
    # What getrusage tells begins with the memory of the process that started this one.
    status = Path("/proc/self/status").read_text()
    print(int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1024)


def filtered_pages(portal: Portal, resource_id: str) -> bool:
    """Tell how long a page of 100 rows takes of who asks."""

    def ask(action: str, **wish: Any) -> None:
        asked = {"resource_id": resource_id, "limit": 100, **wish}
        with portal.client.flask_app.test_request_context():
            assert tk.get_action(action)({"user": ""}, asked)

    kinds = itertools.cycle(KINDS)
    others = itertools.cycle(KINDS)
    ours, theirs = turns(
        lambda: ask("opengov_row_list", field="category", value=next(kinds)),
        lambda: ask("datastore_search", filters={"category": next(others)}),
        PAGES,
    )
    return told("filtered page, against datastore_search", ours, theirs, PAGE)


def main() -> None:
    """Measure, and end with 1 where a claim does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--downloads", metavar="RESOURCE", help="only make and send these")
    options = parser.parse_args()
    count = options.rows
    if options.downloads:
        return download(options.downloads)
    app: Any = make_app(load_config(os.environ["CKAN_INI"]))
    with tempfile.TemporaryDirectory() as folder:
        portal = Portal(CKANTestApp(app))
        body = portal.body("bench", amel="editor", sami="admin")
        resource_id = portal.published("amel", "sami", body)["resources"][0]["id"]
        place = Path(folder)
        load(resource_id, place, count // 10)()
        few = peak(resource_id)
        held = loads(resource_id, place, count)
        held.append(csv(resource_id, place))
        held.append(filtered_pages(portal, resource_id))
        held.append(
            told("memory, against a tenth of the rows", peak(resource_id), few, MEMORY, "MB")
        )
    sys.exit(not all(held))


if __name__ == "__main__":
    main()

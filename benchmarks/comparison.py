"""How long two tables of a million rows take to compare, and how much memory.

Run: ``.local/venv/bin/python benchmarks/comparison.py``. No server is needed.
"""

from __future__ import annotations

import csv
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import cast

from ckanext.opengov.validation.comparison import Table, compare
from ckanext.opengov.validation.report import Kept

ROWS = 1_000_000
NAMES = ("id", "day", "station", "name", "a", "b", "c", "d", "e", "code", "city", "note")
NUMBERS = ("id", "a", "b", "c", "d", "e")
LEFT_OUT, CHANGED, ADDED = 1000, 333, 612
"""One row of so many is left out, or changed, in the second table; so many come at its end."""


def write(path: Path, *, is_new: bool) -> Table:
    """Write one of the two tables."""
    rows = range(ROWS + ADDED if is_new else ROWS)
    with path.open("w", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(NAMES)
        for n in rows:
            if is_new and n < ROWS and n % LEFT_OUT == 1:
                continue
            value = -1 if is_new and n % CHANGED == 0 else n % 1000 / 10
            day, place = f"2026-{n % 12 + 1:02d}-{n % 28 + 1:02d}", f"Station {n % 977}"
            numbers = (value, n % 13, n % 17, n % 19 + 0.5, n * 31 % 9999)
            out.writerow((n, day, n % 977, place, *numbers, n % 100, f"Town {n % 24}", "A note"))
    fields = [{"name": name, "type": "number" if name in NUMBERS else "string"} for name in NAMES]
    file = {"format": "csv", "encoding": "utf-8", "rows": len(rows)}
    return Table(path, cast(Kept, {"file": file, "fields": fields}))


def main() -> None:
    """Compare by key and by content; print time, processor time and the peak of memory."""
    with tempfile.TemporaryDirectory() as folder:
        before = write(Path(folder) / "before.csv", is_new=False)
        after = write(Path(folder) / "after.csv", is_new=True)
        for key in (["id"], []):
            began, worked = time.perf_counter(), time.process_time()
            found = compare(before, after, key)
            took, worked = time.perf_counter() - began, time.process_time() - worked
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            sys.stdout.write(
                f"by {found['by']}: {took:.0f} s ({worked:.0f} s of processor time),"
                f" at most {peak} MB; {found['rows']}\n"
            )


if __name__ == "__main__":
    main()

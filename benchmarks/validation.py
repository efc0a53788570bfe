"""How fast files are checked, against Frictionless in the same run, and in how much memory.

Run: ``.local/venv/bin/python benchmarks/validation.py [ROWS] [--long]``. No server is needed.
Ratios are of the time that one waits, on a machine that does nothing else (two processors:
this suite reads, checks and watches side by side); processor time stands in brackets.
``--long`` adds files of up to 10 million rows, without Frictionless.
"""

from __future__ import annotations

import csv
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
from pathlib import Path

ROWS, BOOK_ROWS, LONG = 200_000, 100_000, (10_000, 100_000, 1_000_000, 5_000_000, 10_000_000)
WIDE, WIDE_ROWS = 4_000, 1_500
DIRTY = 0.3
"""Share of rows with a fault in the dirty file; in the others, one of a thousand."""
CLAIMED_FROM = 1_000_000
"""Rows from which the claims hold: opening a file takes the same time for all."""
AT_LEAST = {"keys": 19, "no keys": 14, "windows-1256": 13, "dirty": 5, "workbook": 6}
MOST_MEMORY = 400
"""MB."""
MOST_FOR_INFERENCE = 3.0
"""Seconds for a million rows."""
KINDS = ("santé", "éducation", "transport", "agriculture", "énergie", "justice", "culture")
PLACES = ("تونس", "صفاقس", "سوسة", "القيروان", "بنزرت", "نابل", "قابس", "المهدية", "باجة")
WORDS = ("بلدية", "مدرسة", "مستشفى", "طريق", "محطة", "مكتب", "إدارة", "مركز", "وزارة")
FIELDS: list[dict[str, object]] = [
    {"name": "id", "type": "integer", "constraints": {"required": True, "minimum": 1}},
    {"name": "amount", "type": "number", "constraints": {"minimum": 0, "maximum": 1000000}},
    {"name": "ratio", "type": "number", "decimalChar": ",", "groupChar": " "},
    {"name": "day", "type": "date"},
    {"name": "at", "type": "datetime"},
    {"name": "active", "type": "boolean", "trueValues": ["oui"], "falseValues": ["non"]},
    {"name": "kind", "type": "string", "constraints": {"enum": list(KINDS)}},
    {
        "name": "code",
        "type": "string",
        "constraints": {"pattern": "[A-Z]{2}-[0-9]{8}", "unique": True},
    },
    {"name": "year", "type": "year", "constraints": {"minimum": "1956"}},
    {"name": "name", "type": "string", "constraints": {"required": True, "maxLength": 80}},
    {"name": "quantity", "type": "integer", "constraints": {"minimum": 0, "maximum": 5000}},
    {"name": "note", "type": "string"},
]
MISSING = ["", "NA"]
SCHEMA: dict[str, object] = {"fields": FIELDS, "missingValues": MISSING, "primaryKey": ["id"]}
WITHOUT_KEYS: dict[str, object] = {
    "fields": [
        {**each, "constraints": {**each.get("constraints", {}), "unique": False}}  # type: ignore[dict-item]
        if each["name"] == "code"
        else each
        for each in FIELDS
    ],
    "missingValues": MISSING,
}
FAULTS = {1: "1 234,5", 2: "12.5", 3: "31/12/2020", 4: "2020-13-01T00:00:00Z", 5: "vrai"}
FAULTS |= {6: "sante", 7: "ab-1", 8: "20", 9: "", 10: "12a", 0: "7"}


def rows(count: int, faulty: float) -> Iterator[list[str]]:
    """Yield rows of which a share has one fault."""
    chance = random.Random(42)  # noqa: S311 - the same file each time
    first, start = date(2001, 1, 1), datetime(2015, 1, 1, tzinfo=UTC)
    for number in range(1, count + 1):
        place = f"{chance.choice(WORDS)} {chance.choice(PLACES)}"
        moment = start + timedelta(seconds=chance.randrange(300_000_000))
        cells = [
            str(number),
            f"{chance.random() * 999999:.2f}",
            f"{chance.randrange(1, 99)} {chance.randrange(1000):03d},{chance.randrange(1000):03d}",
            (first + timedelta(days=chance.randrange(8000))).isoformat(),
            f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            chance.choice(("oui", "non")),
            chance.choice(KINDS),
            f"TN-{number:08d}",
            str(chance.randrange(1956, 2027)),
            f"{place} {chance.randrange(1000)}",
            str(chance.randrange(5000)) if chance.random() > 0.03 else "NA",  # noqa: PLR2004
            "" if chance.random() < 0.6 else f'"{place}",\n{place}',  # noqa: PLR2004
        ]
        if chance.random() < faulty:
            column = chance.randrange(13)
            if column in FAULTS:
                cells[column] = FAULTS[column]
            else:
                cells = cells[:10] if column == 11 else [""] * 12  # noqa: PLR2004
        yield cells


def write_wide(path: Path) -> Path:
    """Write as many columns as are taken, of every kind."""
    values = list(rows(WIDE_ROWS + WIDE, 0))
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(f"column {number}" for number in range(WIDE))
        writer.writerows(
            [values[down + across][across % len(FIELDS)] for across in range(WIDE)]
            for down in range(WIDE_ROWS)
        )
    return path


def write(path: Path, count: int, faulty: float, encoding: str = "utf-8") -> Path:
    """Write a CSV file."""
    with path.open("w", encoding=encoding, newline="", errors="replace") as stream:
        out = csv.writer(stream)
        out.writerow(each["name"] for each in FIELDS)
        out.writerows(rows(count, faulty))
    return path


def write_book(path: Path, count: int) -> Path:
    """Write the same as a workbook."""
    import openpyxl  # noqa: PLC0415 - only here

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append([each["name"] for each in FIELDS])
    for cells in rows(count, 0.001):
        sheet.append([int(cell) if cell.isdigit() else cell or None for cell in cells])
    book.save(path)
    return path


def ours(path: Path, schema: dict[str, object] | None) -> int:
    """Check with this suite; return how many findings there are that Frictionless has as well."""
    from ckanext.opengov.validation import validate  # noqa: PLC0415
    from ckanext.opengov.validation.report import WARNINGS  # noqa: PLC0415

    counts = validate(path, schema).findings.counts
    return sum(number for (code, *_), number in counts.items() if code not in WARNINGS)


def theirs(path: Path, schema: dict[str, object]) -> int:
    """Check with Frictionless."""
    from frictionless import Schema, system  # noqa: PLC0415
    from frictionless.resources import TableResource  # noqa: PLC0415

    encoding = "cp1256" if "1256" in path.name else "utf-8"
    with system.use_context(trusted=True):
        told = TableResource(
            path=str(path), encoding=encoding, schema=Schema.from_descriptor(schema)
        ).validate(limit_errors=sys.maxsize)
    return len(told.tasks[0].errors)


@dataclass(frozen=True)
class Taken:
    """What a check takes."""

    seconds: float
    processor: float
    """Seconds of processor time."""
    peak: int
    """Of memory, in MB."""
    found: int

    def __str__(self) -> str:
        return f"{self.seconds:.2f} s ({self.processor:.2f} s)"


def _measured(
    out: multiprocessing.SimpleQueue[Taken], check: Callable[..., int], *arguments: object
) -> None:
    import frictionless.resources  # noqa: F401, PLC0415 - not what is measured

    from ckanext.opengov.validation import engine, heap  # noqa: F401, PLC0415

    heap.share()
    began, busy = time.perf_counter(), time.process_time()
    found = check(*arguments)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    out.put(Taken(time.perf_counter() - began, time.process_time() - busy, peak, found))


def measure(check: Callable[..., int], *arguments: object) -> Taken:
    """Run a check in a process of its own."""
    context = multiprocessing.get_context("spawn")
    out = context.SimpleQueue()
    child = context.Process(target=_measured, args=(out, check, *arguments))
    child.start()
    child.join()
    return out.get()  # type: ignore[no-any-return]


def compare(name: str, path: Path, schema: dict[str, object]) -> bool:
    """Print how many times as fast a file is checked as by Frictionless; tell whether enough.

    Two seconds tell less than forty: ours is the median of three checks, around the other one.
    """
    before, other = measure(ours, path, schema), measure(theirs, path, schema)
    mine = sorted(
        (before, *(measure(ours, path, schema) for _ in range(2))), key=attrgetter("seconds")
    )[1]
    times = other.seconds / mine.seconds
    sys.stdout.write(
        f"{name}: {times:.1f} times as fast ({mine} against {other}), {mine.peak} MB,"
        f" {mine.found} findings of ours, {other.found} of Frictionless\n"
    )
    # Of a workbook, Frictionless drops the empty cells at the end of a row, and misses them.
    is_same = mine.found == other.found or name == "workbook"
    return times >= AT_LEAST[name] and is_same and mine.peak <= MOST_MEMORY


def main() -> int:
    """Print the ratios, and with ``--long`` what large files take."""
    numbers = [int(each) for each in sys.argv[1:] if each.isdigit()]
    count = numbers[0] if numbers else ROWS
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        plain = write(folder / "plain.csv", count, 0.001)
        windows = write(folder / "1256.csv", count, 0.001, "cp1256")
        held = [
            compare("keys", plain, SCHEMA),
            compare("no keys", plain, WITHOUT_KEYS),
            compare("windows-1256", windows, WITHOUT_KEYS),
            compare("dirty", write(folder / "dirty.csv", count, DIRTY), SCHEMA),
        ]
        clean = write(folder / "clean.csv", count, 0)
        inferred, given = measure(ours, clean, None).seconds, measure(ours, clean, SCHEMA).seconds
        sys.stdout.write(f"inference: {inferred - given:.2f} s more than {given:.2f} s\n")
        held.append(inferred - given <= MOST_FOR_INFERENCE * count / CLAIMED_FROM)
        book = write_book(folder / "book.xlsx", min(count, BOOK_ROWS))
        held.append(compare("workbook", book, SCHEMA))
        wide = measure(ours, write_wide(folder / "wide.csv"), None)
        sys.stdout.write(f"{WIDE} columns, {WIDE_ROWS} rows: {wide}, {wide.peak} MB\n")
        held.append(wide.peak <= MOST_MEMORY)
        for rows_of_it in LONG if "--long" in sys.argv else ():
            long = write(folder / "long.csv", rows_of_it, 0.001)
            taken = measure(ours, long, SCHEMA)
            per_row = taken.seconds / rows_of_it * 1e6
            sys.stdout.write(f"{rows_of_it} rows: {per_row:.2f} µs a row, {taken.peak} MB\n")
            held.append(taken.peak <= MOST_MEMORY)
    return 0 if all(held) or count < CLAIMED_FROM else 1


if __name__ == "__main__":
    sys.exit(main())

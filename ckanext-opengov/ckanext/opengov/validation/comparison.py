"""Compares two tables row by row, however large: what is kept of a row in memory is nothing.

Rows are hashed into a temporary file of SQLite, which sorts on disk. By the primary
key, where the schema has one that holds; otherwise by content, in which the order of
the rows means nothing. Only the columns that both tables have are compared.
"""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import cast

from ckanext.opengov.validation import columns, engine
from ckanext.opengov.validation.report import MAX_CELL, Kept

BEFORE, AFTER = 0, 1
HEAD_ROWS = 2000
SAMPLE = 50
"""Rows shown of each kind."""
SHOWN_COLUMNS = 60
BATCH = 5000
CACHE_KB = 32_000
READING = 0.9
"""Share of the work that is done when both files have been read."""

VIEWS = {
    "key": "CREATE VIEW matching AS SELECT side, key AS k, content, n FROM rows",
    "content": "CREATE VIEW matching AS SELECT side, content AS k, content, n FROM rows",
}
# Of rows that are alike, the last ones are those that came or went.
ADDED = (
    "SELECT n FROM (SELECT m.n, f.before AS matched,"
    " row_number() OVER (PARTITION BY f.k ORDER BY m.n) AS place"
    " FROM found f JOIN matching m ON m.k = f.k AND m.side = 1 WHERE f.after > f.before)"
    " WHERE place > matched ORDER BY n LIMIT ?"
)
REMOVED = (
    "SELECT n FROM (SELECT m.n, f.after AS matched,"
    " row_number() OVER (PARTITION BY f.k ORDER BY m.n) AS place"
    " FROM found f JOIN matching m ON m.k = f.k AND m.side = 0 WHERE f.before > f.after)"
    " WHERE place > matched ORDER BY n LIMIT ?"
)
CHANGED = (
    "SELECT b.n, a.n FROM found f JOIN matching b ON b.k = f.k AND b.side = 0"
    " JOIN matching a ON a.k = f.k AND a.side = 1 WHERE f.after = f.before ORDER BY a.n LIMIT ?"
)

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Table:
    """A file that holds a table, and the kept report of its check."""

    path: Path
    report: Kept

    @property
    def types(self) -> dict[str, str]:
        """Return the type of each column by name."""
        return {str(field["name"]): str(field["type"]) for field in self.report["fields"]}

    @property
    def row_count(self) -> int:
        """Return how many rows the check counted, without the header."""
        return cast(int, self.report["file"]["rows"])

    @property
    def lower(self) -> int:
        """Return how many rows of the file are above the table, beyond one of names."""
        return cast(int, self.report["file"].get("header_rows", 1)) - 1

    def rows(self) -> Iterator[list[str]]:
        """Return the rows as texts, the names of the columns first."""
        rows = engine.cells(self.path, self.report)
        if self.report["file"]["format"] == "csv":
            return cast(Iterator[list[str]], rows)
        return ([cell if type(cell) is str else _text(cell) for cell in row] for row in rows)


def compare(
    before: Table, after: Table, key: Sequence[str], progress: Progress = lambda _share: None
) -> dict[str, object]:
    """Return what changed from one table to the other: counts exact, the first rows of each kind.

    ``key`` names the columns of ``after`` that tell its rows apart; where they do not
    in both tables, or there are none, rows are compared by content, and none is
    "changed": it left, and another came.

    Row numbers are those of the findings: records, counted from 1 with the header.
    """
    heads = [list(islice(each.rows(), HEAD_ROWS + 1)) or [[]] for each in (before, after)]
    matched = columns.match(heads[BEFORE], heads[AFTER], before.types, after.types)
    names = [pair.after.name for pair in matched.pairs]
    keys = [names.index(name) for name in key if name in names]
    with _spill() as spill:
        told = _Told(progress, before, after)
        is_keyed = 0 < len(keys) == len(key)
        for side, table in ((BEFORE, before), (AFTER, after)):
            picker = _Picker(matched.pairs, side)
            is_keyed &= _fill(spill, side, table.rows(), picker, keys, told)
        by = "key" if is_keyed and _is_unique(spill) else "content"
        numbers = _counts(spill, by)
        progress(0.95)
        found = _samples(spill)
    shown = _Shown(before, after, matched, list(key) if by == "key" else [])
    return {
        "by": by,
        "key": list(key) if by == "key" else [],
        "columns": matched.as_dict(),
        "rows": {"before": told.rows[BEFORE], "after": told.rows[AFTER], **numbers},
        "sample": shown.sample(found),
    }


def _text(cell: object) -> str:
    """Return a cell of a workbook as a CSV file would hold it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return str(cell.date()) if cell.time() == time() else cell.isoformat()
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


def _number(text: str) -> str:
    """Return a number without zeros that say nothing: 4.50 is 4.5."""
    if "." in text and "e" not in text and "E" not in text:
        return text.rstrip("0").removesuffix(".")
    return text


class _Picker:
    """Picks the cells that both tables have, in the same order from each."""

    def __init__(self, pairs: Sequence[columns.Pair], side: int) -> None:
        self._places = [pair.place_after if side else pair.place_before for pair in pairs]
        self._width = max(self._places, default=-1) + 1
        self._numbers = [
            n
            for n, pair in enumerate(pairs)
            if {pair.before.type, pair.after.type} <= {"integer", "number"}
        ]

    def pick(self, row: list[str]) -> list[str]:
        """Return the cells; a row that is too short ends in empty ones."""
        if len(row) < self._width:
            row = row + [""] * (self._width - len(row))
        cells = [row[place] for place in self._places]
        for n in self._numbers:
            if cells[n][-1:] == "0":
                cells[n] = _number(cells[n])
        return cells


class _Told:
    """Counts the rows read, and says so now and then."""

    def __init__(self, progress: Progress, before: Table, after: Table) -> None:
        self._progress = progress
        self._all = before.row_count + after.row_count or 1
        self.rows = [0, 0]

    def add(self, side: int, rows: int) -> None:
        """Note that so many rows more were read."""
        self.rows[side] += rows
        self._progress(min(READING * sum(self.rows) / self._all, READING))


@contextlib.contextmanager
def _spill() -> Iterator[sqlite3.Connection]:
    """Give a database that is a file in a folder of its own, and is gone at the end."""
    with (
        tempfile.TemporaryDirectory(prefix="opengov-compare-") as folder,
        contextlib.closing(sqlite3.connect(Path(folder) / "rows", isolation_level=None)) as spill,
    ):
        for setting in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{CACHE_KB}"):
            spill.execute(f"PRAGMA {setting}")
        spill.execute("CREATE TABLE rows (side INT, key BLOB, content BLOB, n INT)")
        # One transaction for all: each costs as much as hundreds of rows.
        spill.execute("BEGIN")
        yield spill


def _fill(
    spill: sqlite3.Connection,
    side: int,
    rows: Iterator[list[str]],
    picker: _Picker,
    keys: Sequence[int],
    told: _Told,
) -> bool:
    """Hash the rows of a table into the file; tell whether each has a key."""
    next(rows, None)
    has_keys, number = True, 1
    while batch := list(islice(rows, BATCH)):
        hashed = []
        for number, row in enumerate(batch, number + 1):  # noqa: B020 - the count goes on
            cells = picker.pick(row)
            key = [cells[each] for each in keys]
            has_keys &= all(key)
            hashed.append((side, _digest(key) if key else None, _digest(cells), number))
        spill.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", hashed)
        told.add(side, len(batch))
    return has_keys


def _digest(cells: Sequence[str]) -> bytes:
    text = "\0".join(cells)
    if text.count("\0") != len(cells) - 1:
        text = repr(cells)
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()


def _is_unique(spill: sqlite3.Connection) -> bool:
    spill.execute("CREATE INDEX by_key ON rows (key, side, n, content)")
    twice = "SELECT 1 FROM rows GROUP BY key, side HAVING count(*) > 1 LIMIT 1"
    return spill.execute(twice).fetchone() is None


def _counts(spill: sqlite3.Connection, by: str) -> dict[str, int]:
    """Note which keys, or contents, do not agree; return how many rows that makes."""
    if by == "content":
        spill.execute("CREATE INDEX by_content ON rows (content, side, n)")
    spill.execute(VIEWS[by])
    spill.execute(
        "CREATE TABLE found AS SELECT k, sum(side) AS after, count(*) - sum(side) AS before"
        " FROM matching GROUP BY k HAVING after <> before OR min(content) <> max(content)"
    )
    counts = (
        "SELECT coalesce(sum(max(after - before, 0)), 0),"
        " coalesce(sum(max(before - after, 0)), 0), coalesce(sum(after = before), 0) FROM found"
    )
    added, removed, changed = spill.execute(counts).fetchone()
    return {"added": added, "removed": removed, "changed": changed}


def _samples(spill: sqlite3.Connection) -> dict[str, list[tuple[int, ...]]]:
    """Return the numbers of the first rows of each kind; of changed ones, in both files."""
    queries = {"added": ADDED, "removed": REMOVED, "changed": CHANGED}
    return {kind: spill.execute(query, (SAMPLE,)).fetchall() for kind, query in queries.items()}


@dataclass(frozen=True, slots=True)
class _Shown:
    """Fetches the cells of the rows that people are shown."""

    before: Table
    after: Table
    columns: columns.Columns
    key: list[str]

    def sample(self, found: Mapping[str, list[tuple[int, ...]]]) -> dict[str, object]:
        """Return the rows with these numbers, with the names of their columns."""
        old = self._rows(self.before, [row[0] for row in (*found["removed"], *found["changed"])])
        new = self._rows(self.after, [row[-1] for row in (*found["added"], *found["changed"])])
        return {
            "added": self._whole(self.after, new, found["added"]),
            "removed": self._whole(self.before, old, found["removed"]),
            "changed": self._changed(old, new, found["changed"]),
        }

    def _rows(self, table: Table, numbers: Iterable[int]) -> dict[int, list[str]]:
        """Return the rows with these numbers, and the names of the columns as row 1."""
        wanted = {1, *numbers}
        rows = enumerate(islice(table.rows(), max(wanted)), 1)
        return {number: row for number, row in rows if number in wanted}

    def _whole(
        self, table: Table, rows: dict[int, list[str]], numbers: list[tuple[int, ...]]
    ) -> dict[str, object]:
        names = rows.get(1, [])[:SHOWN_COLUMNS]
        return {
            "columns": names if numbers else [],
            "rows": [
                {
                    "row": number + table.lower,
                    "cells": [_cut(cell) for cell in rows[number][: len(names)]],
                }
                for (number,) in numbers
            ],
        }

    def _changed(
        self,
        old: dict[int, list[str]],
        new: dict[int, list[str]],
        numbers: list[tuple[int, ...]],
    ) -> dict[str, object]:
        pairs = self.columns.pairs
        was_of, now_of = (_Picker(pairs, side).pick for side in (BEFORE, AFTER))
        lines = [(number, was_of(old[before]), now_of(new[number])) for before, number in numbers]
        shown = self._places_shown([(was, now) for _number, was, now in lines])
        return {
            "columns": [pairs[place].after.name for place in shown],
            "rows": [
                {
                    "row": number + self.after.lower,
                    "cells": [_both(was[place], now[place]) for place in shown],
                }
                for number, was, now in lines
            ],
        }

    def _places_shown(self, lines: list[tuple[list[str], list[str]]]) -> list[int]:
        """Return which columns to show: of very many, the key and those that changed first."""
        if not lines:
            return []
        everything = range(len(self.columns.pairs))
        keys = [n for n in everything if self.columns.pairs[n].after.name in self.key]
        moved = [n for n in everything if any(was[n] != now[n] for was, now in lines)]
        return sorted(list(dict.fromkeys([*keys, *moved, *everything]))[:SHOWN_COLUMNS])


def _both(was: str, now: str) -> str | dict[str, str]:
    return _cut(now) if was == now else {"before": _cut(was), "after": _cut(now)}


def _cut(cell: str) -> str:
    # PostgreSQL stores no NUL.
    return cell[:MAX_CELL].replace("\0", "\ufffd")

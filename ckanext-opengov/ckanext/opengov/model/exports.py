"""A table as whole files: made once for each version of it, then sent like any stored file.

A file has the table's version in its name. Whoever drops the table drops the files; what
made one while the table went takes it away itself.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from psycopg2 import sql

import ckan.plugins.toolkit as tk

from ckanext.opengov.domain import formulas
from ckanext.opengov.kept import CATALOGUE
from ckanext.opengov.model import rows
from ckanext.opengov.shared.web import generations

FORMATS = ("csv", "jsonl", "xlsx", "parquet")
RAW = "raw"
"""The cells as they are, of which other files are made."""
LAST_SIGN = sql.Literal(max(map(ord, formulas.SIGNS)))
BYTES_AT_ONCE = 1 << 20
SUSPECT = re.compile(rb'[%b]"*[=+@-]' % formulas.ENDS.encode())
SIGNS = sql.SQL(", ").join(sql.Literal(ord(sign)) for sign in formulas.SIGNS)


@dataclass(frozen=True, slots=True)
class Export:
    """A file of a table."""

    format: str
    version: str
    """Of the table that it has."""
    size: int | None
    """In bytes; None: it is being made."""

    @property
    def is_none(self) -> bool:
        """Tell whether a table like this has no such file; an empty one holds its place.

        JSON lines without rows are empty, too, and are a file.
        """
        return self.format == "xlsx" and self.size == 0


def folder() -> Path:
    """Return the folder of all exports; in it, a table has one of its own."""
    return Path(tk.config["ckan.storage_path"]) / "opengov" / "tables"


def path_of(resource_id: str, version: str, format: str) -> Path:
    """Return where a file of a table lies, or will."""
    return folder() / resource_id / f"{version}.{format}"


def found(resource_id: str, standing: rows.Standing) -> list[Export]:
    """Return the files of a table: of this version, or else of the one before a change of rows.

    Of an earlier load there is none: it may have had words that nobody may read any more.
    """
    files = _files(folder() / resource_id)
    return [_newest(files, standing, name) for name in FORMATS]


def _files(place: Path) -> dict[str, os.stat_result]:
    found = {}
    with suppress(FileNotFoundError), os.scandir(place) as entries:
        for each in entries:
            # Others come and go meanwhile.
            with suppress(FileNotFoundError):
                found[each.name] = each.stat()
    return found


def _newest(files: Mapping[str, os.stat_result], standing: rows.Standing, format: str) -> Export:
    exact, ending = f"{standing.version}.{format}", f".{format}"
    starts = (exact, f"{standing.load}-")
    known = [each for each in files if each.startswith(starts) and each.endswith(ending)]
    if not known:
        return Export(format, standing.version, None)
    name = max(known, key=lambda each: (each == exact, files[each].st_mtime))
    return Export(format, name.removesuffix(ending), files[name].st_size)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _is_whole(resource_id: str, standing: rows.Standing) -> bool:
    """Tell whether all files of this very version are there."""
    paths = (path_of(resource_id, standing.version, name) for name in FORMATS)
    return all(_size(path) is not None for path in paths)


def forget(resource_id: str) -> None:
    """Delete all files of a table, also those that are being made."""
    shutil.rmtree(folder() / resource_id, ignore_errors=True)


def forget_orphans() -> int:
    """Delete the files of tables that there are no more; return of how many."""
    with rows.reading() as cursor:
        orphans = [
            each.name
            for each in (folder().iterdir() if folder().exists() else ())
            if rows.standing_of(cursor, each.name) is None
        ]
    for resource_id in orphans:
        forget(resource_id)
    return len(orphans)


def missing() -> list[str]:
    """Return the tables of which not all files are there."""
    with rows.reading() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND NOT starts_with(relname, '_')"
            " AND relnamespace = 'public'::regnamespace"
        )
        names = [name for (name,) in cursor.fetchall()]
        standings = [(name, rows.standing_of(cursor, name)) for name in names]
    return [name for name, standing in standings if standing and not _is_whole(name, standing)]


def make(resource_id: str) -> None:
    """Make what is missing of a table's files; take those of its older versions away.

    Memory does not grow with the table.
    """
    standing = _standing(resource_id)
    if standing is None:
        forget(resource_id)
        return
    _forget_earlier(resource_id, standing)
    if _is_whole(resource_id, standing):
        return
    with _workplace(resource_id) as place:
        with rows.reading(timeout_ms=0) as cursor:
            # All files have the rows of one moment: that of the first look behind the lock.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            # Until all is read, nobody puts another table into its place.
            table = sql.Identifier(resource_id)
            cursor.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(table))
            if rows.standing_of(cursor, resource_id) != standing:
                # Whoever made or changed it has asked for files of what it is now.
                return
            columns = rows.columns_of(cursor, resource_id)
            _read(cursor, table, columns, place)
            kinds = parquet_kinds(cursor, table, columns)
        for name in ("csv", "jsonl"):
            _publish(resource_id, standing, place / name, name)
        from ckanext.opengov.casting import parquet, xlsx  # noqa: PLC0415 - slow to import

        parquet.write(place / RAW, kinds, place / "parquet")
        _publish(resource_id, standing, place / "parquet", "parquet")
        # Its texts are texts, whatever they begin with: they need no sign before them.
        xlsx.write(place / RAW, {each.name: each.type for each in columns}, place / "xlsx")
        _publish(resource_id, standing, place / "xlsx", "xlsx")
    generations.bump(CATALOGUE)


def _standing(resource_id: str) -> rows.Standing | None:
    with rows.reading() as cursor:
        return rows.standing_of(cursor, resource_id)


def _forget_earlier(resource_id: str, standing: rows.Standing) -> None:
    """Delete the files of earlier loads, and what a crash left."""
    for each in (folder() / resource_id).glob("*"):
        if each.is_dir():
            shutil.rmtree(each, ignore_errors=True)
        elif each.stem.partition("-")[0] != standing.load:
            each.unlink(missing_ok=True)


@contextmanager
def _workplace(resource_id: str) -> Iterator[Path]:
    own = folder() / resource_id
    own.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=own, ignore_cleanup_errors=True) as place:
        yield Path(place)


def _publish(resource_id: str, standing: rows.Standing, made: Path, format: str) -> None:
    """Let readers have a file in the place of older ones, unless its table went meanwhile."""
    with made.open("rb") as stream:
        os.fsync(stream.fileno())
    target = path_of(resource_id, standing.version, format)
    made.replace(target)
    for each in target.parent.glob(f"*.{format}"):
        if each != target:
            each.unlink(missing_ok=True)
    now = _standing(resource_id)
    if now is None or now.load != standing.load:
        target.unlink(missing_ok=True)


def _read(cursor: Any, table: sql.Identifier, columns: list[rows.Column], place: Path) -> None:
    """Write the rows, as PostgreSQL writes them, into files."""
    if not columns:
        return
    for name, statement in statements(table, columns).items():
        with (place / name).open("wb") as out:
            if name == "csv":
                copy_csv(cursor, statement, out)
            else:
                cursor.copy_expert(statement, out)


def copy_csv(cursor: Any, statement: sql.Composable, out: BinaryIO) -> None:
    """Write what COPY gives, with the names of columns and parts of texts harmless, too."""
    lines = _Lines(out)
    cursor.copy_expert(statement, lines)
    lines.flush()


class _Lines:
    """Rows of CSV on their way into a file. Few are looked at: PostgreSQL did most already."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._rows: list[bytes] = []
        self._size, self._is_start = 0, True

    def write(self, row: bytes) -> None:
        """Take the next row, which libpq gives as a whole."""
        self._rows.append(row)
        self._size += len(row)
        if self._size >= BYTES_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write what is there."""
        if self._is_start:
            # The names of columns, which PostgreSQL cuts if they get longer.
            self._rows[:1] = map(_harmless, self._rows[:1])
        text = b"".join(self._rows)
        # Each of these takes a fraction of what a regular expression does.
        is_odd = text.count(b"\n") > len(self._rows) or any(map(text.__contains__, b";\t\r"))
        if is_odd and SUSPECT.search(text):
            text = b"".join(_harmless(row) if SUSPECT.search(row) else row for row in self._rows)
        self._out.write(text)
        self._rows, self._size, self._is_start = [], 0, False


def _harmless(row: bytes) -> bytes:
    return formulas.harmless_csv(row.decode(), ",").encode()


def statements(table: sql.Identifier, columns: list[rows.Column]) -> Mapping[str, sql.Composable]:
    """Return the COPY of each file that PostgreSQL writes."""
    plain = sql.SQL(", ").join(sql.Identifier(each.name) for each in columns)
    raw = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(_written(each), sql.Identifier(each.name)) for each in columns
    )
    safe = sql.SQL(", ").join(map(_safe, columns))
    of_rows = sql.SQL("COPY (SELECT {} FROM {} ORDER BY _id) TO STDOUT WITH (FORMAT csv, HEADER)")
    as_json = sql.SQL(
        # No column's name begins so.
        "COPY (SELECT row_to_json(_row) FROM (SELECT {} FROM {} ORDER BY _id) AS _row) TO STDOUT"
        # JSON has neither sign, so that nothing is quoted.
        " WITH (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')"
    )
    return {
        "csv": of_rows.format(safe, table),
        "jsonl": as_json.format(plain, table),
        RAW: of_rows.format(raw, table),
    }


def _written(column: rows.Column) -> sql.Composable:
    """Return a column as CSV has it: PostgreSQL alone would write t and f."""
    name = sql.Identifier(column.name)
    return sql.SQL("{}::text" if column.type == "boolean" else "{}").format(name)


def _safe(column: rows.Column) -> sql.Composable:
    """Return a column whose texts begin with nothing that spreadsheets take for formulas."""
    cell = sql.Identifier(column.name)
    if column.type == "text":
        # Numbers are compared much faster than texts, and letters come behind all signs.
        return sql.SQL(
            "CASE WHEN ascii({0}) <= {1} AND ascii({0}) IN ({2}) AND {0} !~ {3}"
            " THEN '''' || {0} ELSE {0} END AS {0}"
        ).format(cell, LAST_SIGN, SIGNS, sql.Literal(f"^{formulas.NUMBER}$"))
    return sql.SQL("{} AS {}").format(_written(column), cell)


def parquet_kinds(
    cursor: Any, table: sql.Identifier, columns: list[rows.Column]
) -> list[tuple[str, str, int, int]]:
    """Return each column's name and type, and for numbers how many digits they have.

    These are the digits before the decimal point and behind it; none before: there are no
    bounds, or no numbers.
    """
    numbers = [each.name for each in columns if each.type == "numeric"]
    digits = dict.fromkeys((each.name for each in columns), (0, 0))
    if numbers:
        # What is no number (NaN, Infinity) is above all others, and has a letter.
        query = sql.SQL(", ").join(
            sql.SQL("trunc(max(abs({0})))::text, max(scale({0}))").format(sql.Identifier(name))
            for name in numbers
        )
        cursor.execute(sql.SQL("SELECT {} FROM {}").format(query, table))
        answer = cursor.fetchone()
        for place, name in enumerate(numbers):
            largest, scale = answer[2 * place : 2 * place + 2]
            if str(largest or "").isdigit():
                digits[name] = (len(largest), scale)
    return [(each.name, each.type, *digits[each.name]) for each in columns]

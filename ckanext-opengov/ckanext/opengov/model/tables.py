"""DataStore tables, made from checked files: typed by the schema, swapped in one moment."""

from __future__ import annotations

import csv
import io
import itertools
import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psycopg2 import DataError, ProgrammingError, sql
from psycopg2.errorcodes import PROGRAM_LIMIT_EXCEEDED
from psycopg2.errors import lookup

import ckan.plugins.toolkit as tk

from ckanext.opengov.kept import CATALOGUE
from ckanext.opengov.shared.web import generations

log = logging.getLogger(__name__)

ProgramLimitExceeded = lookup(PROGRAM_LIMIT_EXCEEDED)

TYPES = {
    "integer": "numeric",
    "number": "numeric",
    "date": "date",
    "datetime": "timestamp",
    "time": "time",
    "boolean": "bool",
    "year": "int4",
}
"""PostgreSQL types by Table Schema type; everything else is text. Table Schema's
integers have no bounds: ``numeric`` holds them all."""
CHUNK_ROWS = 5000
MAX_COLUMNS = 1500
"""PostgreSQL's tables have 1600 at most."""
RESERVED = frozenset({"cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"})
"""Names of the columns that every table of PostgreSQL has."""
MAX_NAME = 63
"""Bytes of a column's name in PostgreSQL."""
MAX_SEARCHED = 200_000
"""Characters of a row that full-text search knows; PostgreSQL takes a megabyte at most."""


def load(
    resource_id: str, path: Path, report: dict[str, Any], schema: dict[str, Any] | None
) -> bool:
    """Make the table of a resource from its file, checked under this schema.

    Readers see the old rows until all new ones are there. Safe to run again after
    a crash at any moment. Returns whether there is a table now: a file of another
    kind, or one whose rows PostgreSQL cannot hold, has none, and no old one either.
    """
    fields = report["fields"]
    if not 0 < len(fields) <= MAX_COLUMNS:
        drop(resource_id)
        return False
    from ckanext.opengov.validation.engine import typed_rows  # noqa: PLC0415 - slow to import

    columns = list(zip(column_ids([field["name"] for field in fields]), fields, strict=True))
    fresh = sql.Identifier(f"_load_{resource_id}")
    try:
        with _transaction() as cursor:
            _fill(cursor, fresh, columns, typed_rows(path, report, schema))
            _describe(cursor, fresh, columns, schema)
    except (DataError, ProgrammingError, ProgramLimitExceeded) as error:
        # To try again would end the same, and the old rows are of a file that has gone.
        log.warning("Resource %s has no table: %s", resource_id, type(error).__name__)
        drop(resource_id)
        return False
    with _transaction() as cursor:
        # Behind a slow reader we would hold up all others: rather try again later.
        cursor.execute("SET LOCAL lock_timeout = '5s'")
        _swap(cursor, fresh, resource_id)
    return True


def drop(resource_id: str) -> None:
    """Drop the table of a resource, if it has one.

    By SQL, because CKAN's action knows nothing of a resource that has gone.
    """
    table = sql.Identifier(resource_id)
    with _transaction() as cursor:
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(table))
        cursor.execute("DELETE FROM _table_stats WHERE resource_id = %s", [resource_id])


def column_ids(names: Iterable[str]) -> list[str]:
    """Return a column's id for each name: the name itself, where the DataStore takes it.

    The DataStore refuses quotation marks and a leading underscore; PostgreSQL has
    columns of its own in each table, and would cut what is longer than 63 bytes, so
    that two columns might be one.
    """
    found: list[str] = []
    for name in names:
        plain = name.replace('"', "'").strip().lstrip("_") or "column"
        plain = plain.encode()[:MAX_NAME].decode(errors="ignore")
        candidate, number = plain, 1
        while candidate in found or candidate in RESERVED:
            number += 1
            suffix = f"_{number}"
            candidate = plain.encode()[: MAX_NAME - len(suffix)].decode(errors="ignore") + suffix
        found.append(candidate)
    return found


Columns = Sequence[tuple[str, dict[str, Any]]]
"""Each column's id, and its field in the report."""


@contextmanager
def _transaction() -> Iterator[Any]:
    """Give a cursor of the DataStore's writer; commit at the end."""
    from ckanext.datastore.backend.postgres import get_write_engine  # noqa: PLC0415

    # Back in the pool, a connection forgets what was not committed.
    with closing(get_write_engine().raw_connection()) as connection:
        with closing(connection.cursor()) as cursor:
            yield cursor
        connection.commit()
    generations.bump(CATALOGUE)


def _fill(cursor: Any, table: sql.Identifier, columns: Columns, rows: Iterator[list[Any]]) -> None:
    """Make the table with its rows in the file's order, each with what full-text search needs."""
    names = [sql.Identifier(name) for name, _field in columns]
    types = [sql.SQL(TYPES.get(field["type"], "text")) for _name, field in columns]
    typed = sql.SQL(", ").join(
        sql.SQL("{} {}").format(*each) for each in zip(names, types, strict=True)
    )
    parts = {
        "table": table,
        "typed": typed,
        "names": sql.SQL(", ").join(names),
        "texts": sql.SQL(", ").join(sql.SQL("{}::text").format(name) for name in names),
        "language": sql.Literal(tk.config["ckan.datastore.default_fts_lang"]),
        "most": sql.Literal(MAX_SEARCHED),
    }
    for statement in (
        "DROP TABLE IF EXISTS {table}",
        "CREATE TABLE {table} (_id serial PRIMARY KEY, _full_text tsvector, {typed})",
        "CREATE TEMPORARY TABLE incoming (_row serial, {typed}) ON COMMIT DROP",
    ):
        cursor.execute(sql.SQL(statement).format(**parts))
    copy = sql.SQL("COPY incoming ({names}) FROM STDIN WITH (FORMAT csv)").format(**parts)
    for chunk in _chunks(rows):
        cursor.copy_expert(copy, chunk)
    for statement in (
        "INSERT INTO {table} (_full_text, {names})"
        " SELECT to_tsvector({language}::regconfig,"
        " left(array_to_string(ARRAY[{texts}], ' '), {most})), {names}"
        " FROM incoming ORDER BY _row",
        "CREATE INDEX ON {table} USING gin (_full_text)",
        "CREATE TRIGGER zfulltext BEFORE INSERT OR UPDATE ON {table}"
        " FOR EACH ROW EXECUTE PROCEDURE populate_full_text_trigger()",
    ):
        cursor.execute(sql.SQL(statement).format(**parts))


def _describe(
    cursor: Any, table: sql.Identifier, columns: Columns, schema: dict[str, Any] | None
) -> None:
    """Write the data dictionary: CKAN keeps it in the comments of the columns."""
    described = {field["name"]: field for field in (schema or {}).get("fields", [])}
    for name, field in columns:
        given = described.get(field["name"], {})
        label = given.get("title") or (field["name"] if field["name"] != name else "")
        info: dict[str, Any] = {"label": str(label), "notes": str(given.get("description") or "")}
        for ours, theirs in (("label", "title_translated"), ("notes", "description_translated")):
            if given.get(theirs):
                info[f"{ours}_translated"] = given[theirs]
        # The blank tells CKAN which version of its comments this is.
        comment = " " + json.dumps({"_info": info}, ensure_ascii=False)
        statement = sql.SQL("COMMENT ON COLUMN {}.{} IS {}")
        cursor.execute(statement.format(table, sql.Identifier(name), sql.Literal(comment)))


def _swap(cursor: Any, fresh: sql.Identifier, resource_id: str) -> None:
    table = sql.Identifier(resource_id)
    cursor.execute(sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(table))
    cursor.execute(sql.SQL("ALTER TABLE {} RENAME TO {}").format(fresh, table))
    cursor.execute("SELECT update_cached_table_row_count(%s)", [resource_id])


def _chunks(rows: Iterator[list[Any]]) -> Iterator[io.StringIO]:
    """Write rows as CSV, some thousands at a time, so that memory stays bounded."""
    while chunk := list(itertools.islice(rows, CHUNK_ROWS)):
        out = io.StringIO()
        csv.writer(out).writerows([[_plain(cell) for cell in row] for row in chunk])
        out.seek(0)
        yield out


def _plain(cell: Any) -> Any:
    """Return a cell as PostgreSQL reads it."""
    if isinstance(cell, dict | list | tuple):
        return json.dumps(cell, ensure_ascii=False, default=str)
    if isinstance(cell, datetime) and cell.tzinfo:
        return cell.astimezone(UTC).replace(tzinfo=None)
    return cell

"""DataStore tables, made from checked files: typed by the schema, swapped in one moment."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from psycopg2 import DataError, ProgrammingError, sql
from psycopg2.errorcodes import PROGRAM_LIMIT_EXCEEDED, QUERY_CANCELED
from psycopg2.errors import lookup

import ckan.plugins.toolkit as tk

from ckanext.opengov.kept import CATALOGUE
from ckanext.opengov.model import exports, rows
from ckanext.opengov.shared.web import generations

log = logging.getLogger(__name__)

ProgramLimitExceeded = lookup(PROGRAM_LIMIT_EXCEEDED)
QueryCanceled = lookup(QUERY_CANCELED)
NOT_FOR_POSTGRESQL = (DataError, ProgrammingError, ProgramLimitExceeded)
"""What ends the same, however often it is tried."""
UNCASTABLE = (*NOT_FOR_POSTGRESQL, ArithmeticError, LookupError, TypeError, ValueError)
"""The same of a file: the others of its dataset have their tables all the same."""

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
MAX_COLUMNS = 1500
"""PostgreSQL's tables have 1600 at most."""
RESERVED = frozenset({"cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"})
"""Names of the columns that every table of PostgreSQL has."""
MAX_NAME = 63
"""Bytes of a column's name in PostgreSQL."""
MAX_SEARCHED = 200_000
"""Characters of a row that full-text search knows; PostgreSQL takes a megabyte at most."""
MAX_CHOICES = 200
"""Different values of a column that is offered as a filter."""
MAX_OFFERED = 8
MAX_INDEXED = 1000
"""Bytes of a value in an index; PostgreSQL takes 2704 at most."""

IN_THE_MAKING = "_load_"
"""Before the name of a table that nobody reads yet."""
SAMPLED = 30
"""A new table's sample is 300 times as many rows; PostgreSQL's own rounds take a larger one."""


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
    from ckanext.opengov.casting import columns as casting  # noqa: PLC0415 - slow to import

    columns = list(zip(column_ids([field["name"] for field in fields]), fields, strict=True))
    try:
        try:
            _make(resource_id, columns, schema, casting.by_columns(path, report, schema))
        except casting.NotCovered:
            _make(resource_id, columns, schema, casting.by_rows(path, report, schema))
    except UNCASTABLE as error:
        # The old rows are of a file that has gone.
        log.warning("Resource %s has no table: %s", resource_id, type(error).__name__)
        drop(resource_id)
        return False
    return True


def make_searchable(resource_id: str) -> None:
    """Give a table what full-text search needs.

    Readers see the same rows all the while; who writes rows waits. What is there already
    is not made again.
    """
    with _transaction() as cursor:
        standing = _held(cursor, resource_id)
        if standing is not None and standing.search == rows.WAITING:
            _search(cursor, resource_id, standing)


def index_filters(resource_id: str) -> None:
    """Give a searchable table indexes for the filters that it offers.

    Readers are served all the while; who writes rows waits. What is there already is not
    made again.
    """
    with _transaction() as cursor:
        standing = _held(cursor, resource_id)
        if standing is None or standing.search != rows.READY:
            return
        table, columns = sql.Identifier(resource_id), rows.columns_of(cursor, resource_id)
        have = rows.filters_of(cursor, resource_id)
        for name in _offered(cursor, resource_id, columns):
            if name not in have:
                # Without the key behind it, a page in the file's order would walk the whole table.
                index = sql.SQL("CREATE INDEX ON {} ({}, _id)").format(table, sql.Identifier(name))
                cursor.execute(index)
    _settle(resource_id)


def _held(cursor: Any, resource_id: str) -> rows.Standing | None:
    """Keep everyone from writing rows of a table; return what is known of it, if it is one."""
    cursor.execute("SET LOCAL lock_timeout = '5s'")
    if rows.standing_of(cursor, resource_id) is None:
        return None
    table = sql.Identifier(resource_id)
    cursor.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(table))
    return rows.standing_of(cursor, resource_id)


def _search(cursor: Any, resource_id: str, standing: rows.Standing) -> None:
    """Put the table with its words in its place; or note that it has none."""
    fresh = _beside()
    cursor.execute("SAVEPOINT as_it_was")
    try:
        _rewrite(cursor, fresh, resource_id)
        _note(cursor, fresh, replace(standing, search=rows.READY))
    except NOT_FOR_POSTGRESQL as error:
        log.warning("Table %s cannot be searched: %s", resource_id, type(error).__name__)
        cursor.execute("ROLLBACK TO SAVEPOINT as_it_was")
        _note(cursor, sql.Identifier(resource_id), replace(standing, search=rows.NONE))
    else:
        _swap(cursor, fresh, resource_id)


def _settle(resource_id: str) -> None:
    """Note for PostgreSQL that all may see all rows: indexes alone then count them."""
    from ckanext.datastore.backend.postgres import get_write_engine  # noqa: PLC0415

    table = sql.Identifier("public", resource_id)
    with closing(get_write_engine().raw_connection()) as connection:
        # Not in a transaction. A crash before leaves it to PostgreSQL's own rounds.
        connection.set_session(autocommit=True)
        try:
            with closing(connection.cursor()) as cursor:
                cursor.execute("SELECT to_regclass(%s)", [table.as_string(cursor)])
                if cursor.fetchone()[0]:
                    cursor.execute(sql.SQL("VACUUM {}").format(table))
        finally:
            connection.set_session(autocommit=False)


def _rewrite(cursor: Any, fresh: sql.Identifier, resource_id: str) -> None:
    """Make the same table once more, searchable."""
    columns = rows.columns_of(cursor, resource_id)
    names = sql.SQL(", ").join(sql.Identifier(each.name) for each in columns)
    for statement in (
        f"SET LOCAL default_statistics_target = {SAMPLED}",
        # Several processes of PostgreSQL read and write this at once.
        "CREATE TABLE {fresh} AS SELECT _id, {words} AS _full_text, {names} FROM {table}",
        "CREATE INDEX ON {fresh} USING gin (_full_text)",
        "ANALYZE {fresh}",
    ):
        parts = {"fresh": fresh, "table": sql.Identifier(resource_id), "names": names}
        words = _words(columns)
        cursor.execute(sql.SQL(statement).format(**parts, words=words))
    _finish(cursor, fresh)
    for each in columns:
        _describe_column(cursor, fresh, each.name, each.comment)


def _words(columns: Sequence[rows.Column]) -> sql.Composable:
    """Return what full-text search knows of a row: its texts, days and whole numbers.

    Numbers with decimals are no words: each is another, and an index would hold little else.
    """
    texts: list[sql.Composable] = [sql.SQL("''")]
    numbers: list[sql.Composable] = [sql.SQL("NULL")]
    for column in columns:
        name = sql.Identifier(column.name)
        if column.type == "numeric":
            numbers.append(sql.SQL("CASE scale({0}) WHEN 0 THEN {0}::text END").format(name))
        elif column.type == "integer":
            numbers.append(sql.SQL("{}::text").format(name))
        elif column.type != "boolean":
            texts.append(sql.SQL("{}::text").format(name))
    return sql.SQL(
        "array_to_tsvector(array_remove(ARRAY[{numbers}], NULL))"
        " || to_tsvector({language}::regconfig,"
        " left(array_to_string(ARRAY[{texts}], ' '), {most}))"
    ).format(
        numbers=sql.SQL(", ").join(numbers),
        texts=sql.SQL(", ").join(texts),
        language=sql.Literal(tk.config["ckan.datastore.default_fts_lang"]),
        most=sql.Literal(MAX_SEARCHED),
    )


def _offered(cursor: Any, resource_id: str, columns: Sequence[rows.Column]) -> list[str]:
    """Return the columns of few different values, as far as PostgreSQL's sample shows."""
    cursor.execute(
        "SELECT attname FROM pg_stats WHERE schemaname = 'public' AND tablename = %s"
        " AND n_distinct BETWEEN 2 AND %s ORDER BY n_distinct",
        [resource_id, MAX_CHOICES],
    )
    few = [name for (name,) in cursor.fetchall() if name in {each.name for each in columns}]
    if not few:
        return []
    longest = sql.SQL(", ").join(
        sql.SQL("max(octet_length({}::text))").format(sql.Identifier(name)) for name in few
    )
    cursor.execute(sql.SQL("SELECT {} FROM {}").format(longest, sql.Identifier(resource_id)))
    lengths = zip(few, cursor.fetchone(), strict=True)
    return [name for name, length in lengths if (length or 0) <= MAX_INDEXED][:MAX_OFFERED]


def note_change(cursor: Any, resource_id: str, count: int) -> None:
    """Note, in the transaction that changed rows of a table, how many it has now.

    Its downloads are those of before until others are made (``opengov.exports``).
    """
    standing = rows.standing_of(cursor, resource_id)
    if standing is not None:
        version = f"{standing.load}-{uuid.uuid4().hex}"
        changed = replace(standing, version=version, count=count)
        _note(cursor, sql.Identifier(resource_id), changed)


def drop(resource_id: str) -> None:
    """Drop the table of a resource, if it has one, with its downloads.

    By SQL, because CKAN's action knows nothing of a resource that has gone.
    """
    table = sql.Identifier(resource_id)
    with _transaction() as cursor:
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(table))
        cursor.execute("DELETE FROM _table_stats WHERE resource_id = %s", [resource_id])
    exports.forget(resource_id)


def made() -> list[str]:
    """Return the resources with a table that says it was made here; older releases' do not."""
    with rows.reading() as cursor:
        return [each for each in _names(cursor) if each[0] != "_" and _is_ours(cursor, each)]


def is_ours(resource_id: str) -> bool:
    """Tell whether the resource has such a table."""
    with rows.reading() as cursor:
        return _is_ours(cursor, resource_id)


def _is_ours(cursor: Any, resource_id: str) -> bool:
    standing = rows.standing_of(cursor, resource_id)
    return standing is not None and standing.version != rows.EARLIER


def forget_half_made() -> None:
    """Drop what crashes left of tables in the making, as earlier releases did them.

    Whoever makes one now lets nobody see it before it is whole.
    """
    with _transaction() as cursor:
        for name in _names(cursor):
            if name.startswith(IN_THE_MAKING):
                cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(name)))


def _names(cursor: Any) -> list[str]:
    """Return the names of the DataStore's tables."""
    of_all = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = %s::regnamespace"
    cursor.execute(of_all, ["public"])
    return [name for (name,) in cursor.fetchall()]


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


def _beside() -> sql.Identifier:
    """Return a name for a table in the making, which nobody else has; CKAN shows none like it."""
    return sql.Identifier(f"{IN_THE_MAKING}{uuid.uuid4().hex}")


def _make(
    resource_id: str,
    columns: Columns,
    schema: dict[str, Any] | None,
    batches: Iterator[list[Any]],
) -> None:
    """Make the table with its rows in the file's order; then let it be the one that is read."""
    fresh = _beside()
    with _transaction() as cursor:
        typed = [(name, TYPES.get(field["type"], "text")) for name, field in columns]
        _create(cursor, fresh, typed)
        count = _copy(cursor, fresh, [name for name, _field in columns], batches)
        _finish(cursor, fresh)
        _describe(cursor, fresh, columns, schema)
        _note(cursor, fresh, rows.Standing(f"{uuid.uuid4().hex}-0", rows.WAITING, count))
        _swap(cursor, fresh, resource_id)


def _create(cursor: Any, table: sql.Identifier, columns: Sequence[tuple[str, str]]) -> None:
    """Make an empty table."""
    typed = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in columns
    )
    create = sql.SQL("CREATE TABLE {} (_id integer NOT NULL, _full_text tsvector, {})")
    cursor.execute(create.format(table, typed))


def _copy(
    cursor: Any, table: sql.Identifier, names: Sequence[str], batches: Iterator[list[Any]]
) -> int:
    """Write the rows; return how many there are."""
    from ckanext.opengov.casting import copying  # noqa: PLC0415 - slow to import

    # Frozen, the rows are never written again only to say that they are there.
    copy = sql.SQL("COPY {} (_id, {}) FROM STDIN WITH (FREEZE, ENCODING 'UTF8')").format(
        table, sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with closing(copying.Pieces(copying.lines(batches))) as pieces:
        try:
            cursor.copy_expert(copy, pieces)
        except QueryCanceled:
            if pieces.error:
                raise pieces.error from None
            raise
    return int(cursor.rowcount)


def _finish(cursor: Any, table: sql.Identifier) -> None:
    """Number on behind the last row; rows that are written later can be searched at once."""
    for statement in (
        "ALTER TABLE {table} ADD PRIMARY KEY (_id)",
        "ALTER TABLE {table} ALTER _id ADD GENERATED BY DEFAULT AS IDENTITY",
        "SELECT setval(pg_get_serial_sequence({name}, '_id'),"
        " coalesce(max(_id), 1), max(_id) IS NOT NULL) FROM {table}",
        "CREATE TRIGGER zfulltext BEFORE INSERT OR UPDATE ON {table}"
        " FOR EACH ROW EXECUTE PROCEDURE populate_full_text_trigger()",
    ):
        name = sql.Literal(table.as_string(cursor))
        cursor.execute(sql.SQL(statement).format(table=table, name=name))


def _note(cursor: Any, table: sql.Identifier, standing: rows.Standing) -> None:
    """Write what is known of the table as a whole into its comment."""
    comment = sql.Literal(standing.as_comment())
    cursor.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(table, comment))


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
        _describe_column(cursor, table, name, comment)


def _describe_column(cursor: Any, table: sql.Identifier, name: str, comment: str) -> None:
    statement = sql.SQL("COMMENT ON COLUMN {}.{} IS {}")
    cursor.execute(statement.format(table, sql.Identifier(name), sql.Literal(comment)))


def _swap(cursor: Any, fresh: sql.Identifier, resource_id: str) -> None:
    """Let readers see the table that was made."""
    # Behind a slow reader we would hold up all others: rather try again later.
    cursor.execute("SET LOCAL lock_timeout = '5s'")
    table = sql.Identifier(resource_id)
    cursor.execute(sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(table))
    rename = sql.SQL("ALTER TABLE {} RENAME TO {}").format(fresh, table)
    cursor.execute(rename)
    cursor.execute("SELECT update_cached_table_row_count(%s)", [resource_id])

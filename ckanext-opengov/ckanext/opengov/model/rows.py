"""Rows of a DataStore table: searched, filtered, sorted, in pages that all cost the same."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from psycopg2 import DataError, sql

import ckan.plugins.toolkit as tk

from ckanext.opengov.domain.words import with_ascii_digits
from ckanext.opengov.shared.domain.texts import as_texts

OWN = ("_id", "_full_text")
MOST_COUNTED = 10_000
"""Above this many hits people read «more than», so that counting stays cheap."""
COUNTS_KEPT = 5000
MOST_BYTES = 2 << 20
"""Of text; the row that passes it ends a page. A few signs can be a number of 131,072."""
TIMEOUT_MS = 5000
EARLIER = "earlier"
"""In the place of a version: nothing tells when rows of the table change."""
MOST_WORDS = 50
OFFSET = re.compile(":[0-9.]+ *(?:[Zz]|[+-][0-9:]+)$")
"""Behind a time of day."""
WORD = re.compile("[^\\s\0\ud800-\udfff]+")
"""Between blanks, of signs that PostgreSQL can have."""
WAITING, READY, NONE = "waiting", "ready", "none"
"""Whether the words of a table can be searched: soon, now, never."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a table as a whole; its comment says it."""

    version: str
    """Another one, as soon as any row is another: that of the load, a dash, that of the change."""
    search: str
    """``WAITING``, ``READY`` or ``NONE``."""
    count: int | None
    """Rows; None: nobody counted them."""

    @property
    def load(self) -> str:
        """Name the load that the rows come from, some of which may have changed since."""
        return self.version.partition("-")[0]

    def as_comment(self) -> str:
        """Return what the comment says."""
        return json.dumps(asdict(self))


def standing_of(cursor: Any, table: str) -> Standing | None:
    """Return how a table stands; None: there is none."""
    cursor.execute(
        "SELECT obj_description(oid, 'pg_class') FROM pg_class WHERE oid = to_regclass(%s)",
        (sql.Identifier("public", table).as_string(cursor),),
    )
    found = cursor.fetchone()
    return None if found is None else _standing(found[0])


def _standing(comment: str | None) -> Standing:
    try:
        known = json.loads(comment or "{}")
        return Standing(str(known["version"]), str(known["search"]), known.get("count"))
    except (ValueError, KeyError, TypeError):
        # Made by an earlier release, with all that search needs.
        return Standing(EARLIER, READY, None)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    name: str
    type: str
    """As PostgreSQL writes it, such as ``numeric`` or ``text``."""
    label: str
    notes: str
    comment: str = ""
    """All that the dictionary says, as CKAN keeps it."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """The same by language, where it is said in several."""
    meanings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """The row after which a page starts: what it has in the sorted column, and its number."""

    value: str | None
    id: int


@dataclass(frozen=True, slots=True)
class Wish:
    """Which rows, in which order."""

    words: str = ""
    column: str = ""
    """With ``value``: only rows that have just this in this column."""
    value: str = ""
    sort: str = ""
    """A column; empty: the order of the file."""
    is_descending: bool = False
    after: Place | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of a table; each cell is text, or None."""

    records: list[list[str | None]]
    next_place: Place | None
    count: int
    """At most one more than ``MOST_COUNTED``."""


@contextmanager
def reading(timeout_ms: int = TIMEOUT_MS) -> Iterator[Any]:
    """Give a cursor of the DataStore's reader, who may not write and not work for long.

    0: for as long as it takes.
    """
    from ckanext.datastore.backend.postgres import get_read_engine  # noqa: PLC0415

    with (
        closing(get_read_engine().raw_connection()) as connection,
        closing(connection.cursor()) as cursor,
    ):
        cursor.execute(f"SET LOCAL statement_timeout = {timeout_ms:d}")
        yield cursor
        connection.rollback()


def columns_of(cursor: Any, table: str) -> list[Column]:
    """Return the columns of a table in their order; none: there is no such table."""
    return described(cursor, table)[1]


def described(cursor: Any, table: str) -> tuple[Standing | None, list[Column]]:
    """Return how a table stands, and its columns; None and no columns: there is no such table."""
    cursor.execute(
        "SELECT a.attname, format_type(a.atttypid, a.atttypmod), d.description, t.description"
        " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        # Joined, they cost a third of what PostgreSQL's functions for each column do.
        " LEFT JOIN pg_description d ON d.classoid = 'pg_class'::regclass"
        " AND d.objoid = c.oid AND d.objsubid = a.attnum"
        " LEFT JOIN pg_description t ON t.classoid = 'pg_class'::regclass"
        " AND t.objoid = c.oid AND t.objsubid = 0"
        " WHERE c.oid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
        (sql.Identifier("public", table).as_string(cursor),),
    )
    found = cursor.fetchall()
    columns = [_column(*described) for *described, _about in found if described[0] not in OWN]
    return (_standing(found[0][3]) if columns else None), columns


def filters_of(cursor: Any, table: str) -> set[str]:
    """Return the columns with an index for filters: the column, then the key."""
    cursor.execute(
        "SELECT a.attname FROM pg_index i"
        " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
        " JOIN pg_attribute k ON k.attrelid = i.indrelid AND k.attnum = i.indkey[1]"
        " WHERE i.indrelid = to_regclass(%s) AND i.indnkeyatts = 2 AND k.attname = '_id'",
        (sql.Identifier("public", table).as_string(cursor),),
    )
    return {name for (name,) in cursor.fetchall()}


def _column(name: str, kind: str, comment: str | None) -> Column:
    try:
        info = json.loads(comment or "{}").get("_info", {})
    except (ValueError, AttributeError):
        info = {}
    return Column(
        name,
        kind,
        str(info.get("label") or name),
        str(info.get("notes") or ""),
        comment or "",
        as_texts(info.get("label_translated")) or {},
        as_texts(info.get("notes_translated")) or {},
    )


def page(
    cursor: Any, table: str, version: str, columns: list[Column], wish: Wish, limit: int
) -> Rows:
    """Return a page of the rows that are wished for, which ends early where rows are long.

    Raises:
        ValueError: a value cannot be one of its column.
    """
    types = {column.name: column.type for column in columns}
    names = sql.SQL(", ").join(sql.SQL("{}::text").format(_column_of(c.name)) for c in columns)
    chosen = sql.SQL(" AND ").join([sql.SQL("true"), *_conditions(wish, types)])
    key = _column_of(wish.sort) if wish.sort else sql.SQL("NULL")
    way = sql.SQL("DESC" if wish.is_descending else "ASC")
    order = sql.SQL("{key} {way} NULLS LAST, _id" if wish.sort else "_id {way}")
    query = sql.SQL(
        # No column's name begins with a line. Windows see the rows in the order within.
        "SELECT * FROM (SELECT _found.*, lead(_id) OVER () IS NOT NULL,"
        " sum(octet_length(_found::text)) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
        " AS _before FROM ("
        "SELECT _id, {key}::text, {names} FROM {table} AS t WHERE {chosen} AND {after}"
        " ORDER BY {order} LIMIT {limit}"
        ") AS _found) AS _sized WHERE _before <= {most} OR _before IS NULL"
    ).format(
        key=key,
        names=names,
        table=_name(table),
        chosen=chosen,
        after=_after(wish, types),
        order=order.format(key=key, way=way),
        limit=sql.Literal(limit + 1),
        most=sql.Literal(MOST_BYTES),
    )
    try:
        cursor.execute(query)
        rows = cursor.fetchall()[:limit]
        has_more = rows and rows[-1][-2]
        last = Place(rows[-1][1], rows[-1][0]) if has_more else None
        count = len(rows) if not (last or wish.after) else _count(cursor, table, version, chosen)
    except DataError as error:
        raise ValueError from error
    return Rows([list(row[2:-2]) for row in rows], last, count)


_counts: dict[bytes, int] = {}


def _count(cursor: Any, table: str, version: str, chosen: sql.Composable) -> int:
    """Count rows; once for each version of a table, for its further pages have as many."""
    query = sql.SQL("SELECT count(*) FROM (SELECT FROM {} AS t WHERE {} LIMIT {}) AS found").format(
        _name(table), chosen, sql.Literal(MOST_COUNTED + 1)
    )
    text = query.as_string(cursor)
    key = hashlib.sha256(f"{version} {text}".encode()).digest()
    count = _counts.get(key)
    if count is None:
        cursor.execute(text)
        count = int(cursor.fetchone()[0])
        if version != EARLIER:
            if len(_counts) >= COUNTS_KEPT:
                _counts.clear()
            _counts[key] = count
    return count


def _name(name: str) -> sql.Identifier:
    return sql.Identifier(name)


def _column_of(name: str) -> sql.Identifier:
    """Return the column itself: alone, its name would mean the text that the query selects."""
    return sql.Identifier("t", name)


def _conditions(wish: Wish, types: dict[str, str]) -> Iterator[sql.Composable]:
    words = WORD.findall(wish.words)[:MOST_WORDS]
    if words:
        query = sql.SQL(" && ").join(map(_beginning, words))
        yield sql.SQL("_full_text @@ ({})").format(query)
    if wish.column:
        kind = types[wish.column]
        # A text may have the digits of any script; numbers and days are written with 0 to 9.
        value = wish.value if kind == "text" else with_ascii_digits(wish.value)
        yield sql.SQL("{} = {}").format(_column_of(wish.column), _value(value, kind))


def _value(value: str, kind: str) -> sql.Composable:
    """Return a value of a column, in UTC as the table has it: a cast alone drops an offset."""
    given, zoned = sql.Literal(value), kind.replace("without", "with")
    if zoned != kind and OFFSET.search(value):
        return sql.SQL("({}::{} AT TIME ZONE 'UTC')::{}").format(
            given, *map(sql.SQL, (zoned, kind))
        )
    return sql.SQL("{}::{}").format(given, sql.SQL(kind))


def _beginning(word: str) -> sql.Composable:
    """Return the query for words that begin so, whichever digits they are written with.

    What is a word, as in «2026-01-31» and «covid-19», PostgreSQL decides, as it did for the table.
    """
    language = sql.Literal(tk.config["ckan.datastore.default_fts_lang"])
    # All of these functions are immutable: PostgreSQL has the query before it plans.
    query = sql.SQL(
        "regexp_replace(plainto_tsquery({}::regconfig, {})::text, {}, {}, 'g')::tsquery"
    )
    ends, begins = sql.Literal("'(?= |$)"), sql.Literal("':*")
    forms = dict.fromkeys((word, with_ascii_digits(word)))
    found = (query.format(language, sql.Literal(each), ends, begins) for each in forms)
    return sql.SQL("({})").format(sql.SQL(" || ").join(found))


def _after(wish: Wish, types: dict[str, str]) -> sql.Composable:
    """Return the condition that leaves out what earlier pages showed. Rows without a value end."""
    place = wish.after
    if place is None:
        return sql.SQL("true")
    further = sql.SQL("<" if wish.is_descending else ">")
    number = sql.Literal(place.id)
    if not wish.sort:
        return sql.SQL("_id {} {}").format(further, number)
    column = _column_of(wish.sort)
    if place.value is None:
        return sql.SQL("({} IS NULL AND _id > {})").format(column, number)
    value = sql.SQL("{}::{}").format(sql.Literal(place.value), sql.SQL(types[wish.sort]))
    return sql.SQL("({0} {1} {2} OR ({0} = {2} AND _id > {3}) OR {0} IS NULL)").format(
        column, further, value, number
    )

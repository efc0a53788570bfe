"""Rows that came by standing approvals: kept until the file has them, put into the table at once.

The site's database and the DataStore share no transaction. A batch is written in the former;
the latter notes, for the very table, the number of the last batch that it has. So after a crash
between the two commits the next who comes by sees what the table lacks.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from psycopg2 import sql
from psycopg2.extras import execute_values
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.opengov.casting.cells import as_text
from ckanext.opengov.kept import CATALOGUE
from ckanext.opengov.model import rows
from ckanext.opengov.model.tables import column_ids, note_change
from ckanext.opengov.shared.web import generations

MOMENT = sa.DateTime(timezone=True)
NOTES = "_opengov_upserts"
"""A table of the DataStore; those whose names begin so, the API does not show."""
LOCK_SECONDS = 10
AT_ONCE = 1000
MOST_CLASHES = 100
NEVER = sql.SQL("false")


class Batch(tk.BaseModel):
    """The records of one call."""

    __tablename__ = "opengov_upsert"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    resource_id: Mapped[str] = mapped_column(sa.Text)
    number: Mapped[int] = mapped_column(sa.BigInteger)
    """Counted from 1 for each file: the order in which they were taken."""
    standing_id: Mapped[str] = mapped_column(sa.Text)
    user_id: Mapped[str | None] = mapped_column(sa.Text)
    method: Mapped[str] = mapped_column(sa.Text)
    client_token: Mapped[str | None] = mapped_column(sa.Text)
    digest: Mapped[str] = mapped_column(sa.Text)
    """SHA-256 of what was asked."""
    records: Mapped[list[list[str]] | None] = mapped_column(JSONB(none_as_null=True))
    """Cells as in the file, the names of the columns first; None: the file has them."""
    answer: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    sha256: Mapped[str | None] = mapped_column(sa.Text)
    """Of the file that has them."""
    version: Mapped[int | None] = mapped_column(sa.Integer)
    lost: Mapped[str | None] = mapped_column(sa.Text)
    """Why no file will have them, as an :class:`End` of an approval; None: one has, or will."""


IS_WAITING = sa.and_(Batch.records.isnot(None), Batch.lost.is_(None))


@dataclass(frozen=True, slots=True)
class Incoming:
    """Typed rows for a table."""

    names: Sequence[str]
    """As the file calls its columns."""
    key: Sequence[str]
    """Names of the key's columns; none: rows have no key."""
    unique: Sequence[str]
    """Names of columns in which no value is there twice."""
    rows: Sequence[Sequence[Any]]
    replaces: bool
    """Whether a row takes the place of the one with its key."""
    is_once: bool = False
    """Whether no row may be there twice, whole."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a table."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    rows: int = 0
    """Of the whole table."""
    clashes: list[tuple[int, str]] = field(default_factory=list)
    """Row, from 0, and column (empty: the key) of what is in the table already."""
    twins: list[int] = field(default_factory=list)
    """Rows, from 0, that are in the table already, whole."""


def lock(session: AlchemySession, resource_id: str, *, patience: int | None = None) -> None:
    """Let nobody else change the table or file of a resource until this transaction ends.

    ``patience`` in seconds: after so long the database raises ``LockNotAvailable``.
    """
    if patience is not None:
        session.execute(sa.text(f"SET LOCAL lock_timeout = '{int(patience)}s'"))
    key = sa.func.hashtextextended(f"opengov.rows:{resource_id}", 0)
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
    if patience is not None:
        session.execute(sa.text("SET LOCAL lock_timeout = DEFAULT"))
    # What was read before may be of yesterday.
    session.expire_all()


def try_lock(session: AlchemySession, resource_id: str) -> bool:
    """Take the same lock if nobody has it; tell whether it was taken."""
    key = sa.func.hashtextextended(f"opengov.rows:{resource_id}", 0)
    return bool(session.execute(sa.select(sa.func.pg_try_advisory_xact_lock(key))).scalar())


def waiting(session: AlchemySession, resource_id: str, limit: int | None = None) -> list[Batch]:
    """Return the batches that the file lacks, in their order."""
    query = sa.select(Batch).where(Batch.resource_id == resource_id, IS_WAITING)
    return list(session.scalars(query.order_by(Batch.number).limit(limit)))


def count_waiting(session: AlchemySession, resource_ids: Sequence[str]) -> int:
    """Return how many batches the files of these resources lack."""
    query = sa.select(sa.func.count()).select_from(Batch)
    return session.execute(
        query.where(Batch.resource_id.in_(list(resource_ids)), IS_WAITING)
    ).scalar_one()


def lose(session: AlchemySession, resource_ids: Iterable[str], why: str) -> None:
    """Forget the records that wait for files which are no longer served, and note why."""
    gone = sa.update(Batch).where(Batch.resource_id.in_(list(resource_ids)), IS_WAITING)
    session.execute(gone.values(lost=why, records=None))


def count_lost(session: AlchemySession, standing_id: str) -> int:
    """Return how many calls that came by an approval no file will have."""
    query = sa.select(sa.func.count()).select_from(Batch)
    found = query.where(Batch.standing_id == standing_id, Batch.lost.isnot(None))
    return session.execute(found).scalar_one()


def bytes_waiting(session: AlchemySession, resource_id: str) -> int:
    """Return about how many bytes the file of a resource lacks."""
    size = sa.func.sum(sa.func.octet_length(sa.cast(Batch.records, sa.Text)))
    query = sa.select(size).where(Batch.resource_id == resource_id, IS_WAITING)
    return int(session.execute(query).scalar() or 0)


def last_number(session: AlchemySession, resource_id: str) -> int:
    """Return the number of the newest batch; 0: there is none."""
    query = sa.select(sa.func.max(Batch.number)).where(Batch.resource_id == resource_id)
    return session.execute(query).scalar() or 0


def last_written(session: AlchemySession, resource_id: str) -> Batch | None:
    """Return the newest batch that the file has."""
    query = sa.select(Batch).where(Batch.resource_id == resource_id, Batch.version.isnot(None))
    return session.scalars(query.order_by(Batch.number.desc()).limit(1)).one_or_none()


def by_token(session: AlchemySession, resource_id: str, token: str) -> Batch | None:
    """Return what an earlier call with the same token brought."""
    query = sa.select(Batch).where(Batch.resource_id == resource_id, Batch.client_token == token)
    return session.scalars(query).one_or_none()


@contextmanager
def table_of(resource_id: str) -> Iterator[Table]:
    """Give the DataStore's table of a resource; what is not committed is undone."""
    from ckanext.datastore.backend.postgres import get_write_engine  # noqa: PLC0415

    with (
        closing(get_write_engine().raw_connection()) as connection,
        closing(connection.cursor()) as cursor,
    ):
        # Behind a slow reader of the whole table nobody waits for long.
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        yield Table(resource_id, connection, cursor)


class Table:
    """The DataStore's table of a resource, in one transaction."""

    def __init__(self, resource_id: str, connection: Any, cursor: Any) -> None:
        self._id, self._connection, self._cursor = resource_id, connection, cursor
        self._columns = rows.columns_of(cursor, resource_id)
        if self._columns:
            self._begin_notes()

    @property
    def is_there(self) -> bool:
        """Tell whether there is a table."""
        return bool(self._columns)

    def commit(self) -> None:
        """Let everybody see it."""
        self._connection.commit()
        generations.bump(CATALOGUE)

    def number(self) -> int:
        """Return the last batch that this very table took; 0: none since it was made of its file.

        Until the end of the transaction nobody else notes another.
        """
        self._run("SELECT number, load FROM {notes} WHERE resource_id = {id} FOR UPDATE")
        number, load = self._cursor.fetchone()
        return int(number) if load == self._load() else 0

    def note(self, number: int) -> None:
        """Note the batch that it took last."""
        self._run(
            "UPDATE {notes} SET load = {load}, number = {number} WHERE resource_id = {id}",
            load=sql.Literal(self._load()),
            number=sql.Literal(number),
        )

    def put(self, incoming: Incoming) -> Outcome:
        """Put rows into the table; where some clash with what is there, none is."""
        ids = dict(zip(incoming.names, column_ids(incoming.names), strict=True))
        self._stage([ids[name] for name in incoming.names], incoming.rows)
        clashes = list(self._clashes(incoming, ids))
        twins = self._twins(incoming, ids)
        if clashes or twins:
            return Outcome(clashes=clashes[:MOST_CLASHES], twins=twins)
        parts = self._parts(incoming, ids)
        updated = matched = 0
        if incoming.replaces:
            self._run("SELECT count(*) FROM incoming i JOIN {table} t ON {same}", **parts)
            matched = self._cursor.fetchone()[0]
            # The trigger writes the words that are searched anew where there are none.
            self._run(
                "UPDATE {table} t SET (_full_text, {names}) = ROW(NULL, {new}) FROM incoming i"
                " WHERE {same} AND ROW({old}) IS DISTINCT FROM ROW({new})",
                **parts,
            )
            updated = self._cursor.rowcount
        self._run(
            "INSERT INTO {table} ({names}) SELECT {new} FROM incoming i"
            " WHERE NOT EXISTS (SELECT FROM {table} t WHERE {same}) ORDER BY _row",
            **parts,
        )
        inserted = self._cursor.rowcount
        self._cursor.execute("SELECT update_cached_table_row_count(%s)", [self._id])
        total = self._cursor.fetchone()[0]
        self._cursor.execute("DROP TABLE incoming")
        if inserted or updated:
            note_change(self._cursor, self._id, total)
        return Outcome(inserted, updated, matched - updated, total)

    def _begin_notes(self) -> None:
        """See that there is a place to note what the table has."""
        self._cursor.execute("SELECT to_regclass(%s)", [f"public.{NOTES}"])
        if self._cursor.fetchone()[0] is None:
            self._cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [NOTES])
            self._run(
                "CREATE TABLE IF NOT EXISTS {notes}"
                " (resource_id text PRIMARY KEY, load text NOT NULL, number bigint NOT NULL)"
            )
        self._run("INSERT INTO {notes} VALUES ({id}, '', 0) ON CONFLICT DO NOTHING")

    def _load(self) -> str:
        """Return what is another once the table is made of its file anew.

        The first part of the version in its comment, which a copy of it keeps; or else its oid.
        """
        self._run(
            "SELECT oid::text, obj_description(oid, 'pg_class') FROM pg_class WHERE oid = {oid}"
        )
        oid, comment = self._cursor.fetchone()
        try:
            return str(json.loads(comment or "{}")["version"]).partition("-")[0]
        except (ValueError, LookupError, TypeError):
            return str(oid)

    def _run(self, statement: str, **parts: sql.Composable) -> None:
        known = {
            "table": sql.Identifier(self._id),
            "notes": sql.Identifier(NOTES),
            "id": sql.Literal(self._id),
            "oid": sql.SQL("to_regclass({})::oid").format(
                sql.Literal(sql.Identifier("public", self._id).as_string(self._cursor))
            ),
        }
        self._cursor.execute(sql.SQL(statement).format(**{**known, **parts}))

    def _stage(self, ids: Sequence[str], found: Sequence[Sequence[Any]]) -> None:
        """Bring the rows into a table of their own, of the same types."""
        types = {column.name: column.type for column in self._columns}
        names = sql.SQL(", ").join(map(sql.Identifier, ids))
        typed = sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(types[name])) for name in ids
        )
        self._run(
            "CREATE TEMPORARY TABLE incoming (_row serial, {typed}) ON COMMIT DROP", typed=typed
        )
        insert = sql.SQL("INSERT INTO incoming ({})").format(names).as_string(self._cursor)
        cast = ", ".join(f"%s::{types[name]}" for name in ids)
        texts = [[as_text(cell) for cell in row] for row in found]
        # A name may have the sign that stands before what is filled in.
        statement = insert.replace("%", "%%") + " VALUES %s"
        execute_values(self._cursor, statement, texts, f"({cast})", page_size=AT_ONCE)
        self._cursor.execute("ANALYZE incoming")

    def _parts(self, incoming: Incoming, ids: dict[str, str]) -> dict[str, sql.Composable]:
        def of(table: str) -> sql.Composable:
            return sql.SQL(", ").join(sql.Identifier(table, name) for name in ids.values())

        return {
            "names": sql.SQL(", ").join(map(sql.Identifier, ids.values())),
            "new": of("i"),
            "old": of("t"),
            "same": _same("i", [ids[name] for name in incoming.key], _empty(incoming, ids)),
        }

    def _clashes(self, incoming: Incoming, ids: dict[str, str]) -> Iterator[tuple[int, str]]:
        """Yield the rows whose key, or a unique value, is in the table already."""
        key, empty = [ids[name] for name in incoming.key], _empty(incoming, ids)
        if key and not incoming.replaces:
            yield from ((place, "") for place in self._there(_same("i", key, empty)))
        # The value that a replaced row had is free for another.
        replaced = _same("o", key if incoming.replaces else [], empty)
        for name in incoming.unique:
            found = self._there(_same("i", [ids[name]]), replaced)
            yield from ((place, name) for place in found)

    def _twins(self, incoming: Incoming, ids: dict[str, str]) -> list[int]:
        # With a key, a row that is there whole clashes by it, or takes its own place.
        if incoming.key or not incoming.is_once:
            return []
        return self._there(_same("i", list(ids.values()), _empty(incoming, ids)))

    def _there(self, same: sql.Composable, replaced: sql.Composable = NEVER) -> list[int]:
        """Return the incoming rows, from 0, that a row of the table is the same as and stays."""
        self._run(
            "SELECT DISTINCT i._row - 1 FROM incoming i JOIN {table} t ON {same}"
            " WHERE NOT EXISTS (SELECT FROM incoming o WHERE {replaced})"
            " ORDER BY 1 LIMIT {most}",
            same=same,
            replaced=replaced,
            most=sql.Literal(MOST_CLASHES),
        )
        return [place for (place,) in self._cursor.fetchall()]


def _empty(incoming: Incoming, ids: dict[str, str]) -> set[str]:
    """Return the columns in which a row that comes has no value."""
    columns = zip(ids.values(), zip(*incoming.rows, strict=True), strict=True)
    return {name for name, cells in columns if None in cells}


def _same(other: str, names: Sequence[str], empty: Collection[str] = ()) -> sql.Composable:
    """Return that row ``t`` has the same in these columns as the other; of no columns: never.

    Where a value may be missing, arrays are compared: one without is equal to another, and
    they are hashed, as ``IS NOT DISTINCT FROM`` is not.
    """
    forms = ("ARRAY[{}] = ARRAY[{}]" if name in empty else "{} = {}" for name in names)
    pairs = [
        sql.SQL(form).format(sql.Identifier("t", name), sql.Identifier(other, name))
        for form, name in zip(forms, names, strict=True)
    ]
    return sql.SQL(" AND ").join(pairs) if pairs else NEVER

"""Which rows were written under which service key. Read by operators, not by requests."""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa

from ckan.types import AlchemySession

COLUMNS = ("key_id", "holder_key_id", "service_key_id", "pepper_id")
"""Every table of complaints names keys in columns of these names."""
OF_SERVICE = sa.column("holder_kind") == "service"
"""Grants to units are under keys that are not in the file."""


def places(session: AlchemySession) -> list[tuple[str, str]]:
    """Return table and column of what names a key, in the tables that there are."""
    known = sa.table(
        "columns",
        *(sa.column(name) for name in ("table_schema", "table_name", "column_name")),
        schema="information_schema",
    )
    found = (
        sa.select(known.c.table_name, known.c.column_name)
        .where(known.c.table_schema == sa.func.current_schema())
        .where(known.c.table_name.startswith("complaints_", autoescape=True))
        .where(known.c.column_name.in_(COLUMNS))
        .order_by(known.c.table_name, known.c.column_name)
    )
    return [(row.table_name, row.column_name) for row in session.execute(found)]


def is_any(session: AlchemySession) -> bool:
    """Tell whether some row was written under a key."""
    return any(
        session.execute(_named(table, column).limit(1)).first() is not None
        for table, column in places(session)
    )


def counted(session: AlchemySession) -> dict[str, Counter[str]]:
    """Return by key how many rows of which table it wrote."""
    counts: dict[str, Counter[str]] = {}
    for table, column in places(session):
        named = _named(table, column).subquery()
        grouped = sa.select(named.c.id, sa.func.count().label("rows")).group_by(named.c.id)
        for row in session.execute(grouped):
            counts.setdefault(row.id, Counter())[table] += row.rows
    return counts


def _named(table: str, column: str) -> sa.Select[tuple[str]]:
    key: sa.ColumnElement[str] = sa.column(column)
    rows = sa.select(key.label("id")).select_from(sa.table(table)).where(key.is_not(None))
    return rows.where(OF_SERVICE) if column == "holder_key_id" else rows

"""DataStore tables, made from checked files: typed by the schema, filled in one transaction."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

TYPES = {
    "integer": "numeric",
    "number": "numeric",
    "date": "date",
    "datetime": "timestamp",
    "boolean": "bool",
    "year": "int4",
}
"""PostgreSQL types by Table Schema type; everything else is text. Table Schema's
integers have no bounds: ``numeric`` holds them all."""
CHUNK_ROWS = 5000


def load(
    context: Context,
    resource_id: str,
    path: Path,
    report: dict[str, Any],
    schema: dict[str, Any] | None,
) -> None:
    """Make the table of a resource anew from its file, checked under this schema.

    Readers see the old rows, or the new ones: never some of both.
    """
    fields = report["fields"]
    tk.get_action("datastore_create")(
        context,
        {
            "resource_id": resource_id,
            "force": True,
            "fields": [
                {"id": field["name"], "type": TYPES.get(field["type"], "text")} for field in fields
            ],
        },
    )
    from ckanext.datastore.backend.postgres import get_write_engine  # noqa: PLC0415
    from ckanext.opengov.validation.engine import typed_rows  # noqa: PLC0415 - slow to import

    names = [field["name"] for field in fields]
    connection = get_write_engine().raw_connection()
    try:
        cursor = connection.cursor()
        table = _quoted(resource_id)
        cursor.execute(f"TRUNCATE {table} RESTART IDENTITY")
        columns = ", ".join(_quoted(name) for name in names)
        copy = f"COPY {table} ({columns}) FROM STDIN WITH (FORMAT csv)"
        for chunk in _chunks(typed_rows(path, report, schema)):
            cursor.copy_expert(copy, chunk)
        connection.commit()
    finally:
        connection.close()


def drop(resource_id: str) -> None:
    """Drop the table of a resource, if it has one.

    By SQL, because CKAN's action knows nothing of a resource that has gone.
    """
    from ckanext.datastore.backend.postgres import get_write_engine  # noqa: PLC0415

    with get_write_engine().begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {_quoted(resource_id)} CASCADE")


def _quoted(name: str) -> str:
    """Return the name as an SQL identifier, whatever is in it."""
    return '"' + name.replace("\0", "").replace('"', '""') + '"'


def _chunks(rows: Iterator[list[Any]]) -> Iterator[io.StringIO]:
    """Write rows as CSV, some thousands at a time, so that memory stays bounded."""
    while chunk := list(itertools.islice(rows, CHUNK_ROWS)):
        out = io.StringIO()
        csv.writer(out).writerows(chunk)
        out.seek(0)
        yield out

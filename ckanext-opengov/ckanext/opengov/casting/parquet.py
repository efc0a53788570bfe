"""A table as Parquet, its columns in the types that hold them exactly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from ckanext.opengov.casting.exported import text_columns

EXACT_IN_FLOAT, EXACT_IN_INT, EXACT_IN_DECIMAL = 15, 18, 38
"""Decimal digits that these types always keep."""
ROWS_AT_ONCE, BYTES_AT_ONCE = 100_000, 32 << 20
"""Whichever comes first makes a group of rows."""

TYPES = {
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "integer": pa.int32(),
    "timestamp without time zone": pa.timestamp("us"),
}

Kind = tuple[str, str, int, int]
"""A column's name, its type in PostgreSQL, and of numbers the digits before and behind the point.

No digits before it: the numbers have no bounds, or are none.
"""


def write(source: Path, kinds: Sequence[Kind], target: Path) -> None:
    """Write the table that PostgreSQL wrote as CSV."""
    schema = pa.schema([(name, _type(kind, *digits)) for name, kind, *digits in kinds])
    with parquet.ParquetWriter(target, schema, compression="zstd") as out:
        waiting: list[pa.RecordBatch] = []
        size = 0
        for columns in text_columns(source, len(schema)):
            cast = [
                _cast(column, field.type) for column, field in zip(columns, schema, strict=True)
            ]
            waiting.append(pa.record_batch(cast, schema=schema))
            size += waiting[-1].nbytes
            if sum(map(len, waiting)) >= ROWS_AT_ONCE or size >= BYTES_AT_ONCE:
                out.write_table(pa.Table.from_batches(waiting))
                waiting, size = [], 0
        if waiting:
            out.write_table(pa.Table.from_batches(waiting))


def _type(kind: str, before: int, behind: int) -> pa.DataType:
    if kind != "numeric":
        return TYPES.get(kind, pa.string())
    if not before or before + behind > EXACT_IN_DECIMAL:
        return pa.string()
    if not behind and before <= EXACT_IN_INT:
        return pa.int64()
    if before + behind <= EXACT_IN_FLOAT:
        return pa.float64()
    return pa.decimal128(before + behind, behind)


def _cast(column: pa.StringArray, kind: pa.DataType) -> pa.Array:
    return column.cast(kind)

"""Reads Parquet, one group of rows after the other. The file itself types its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, time
from functools import partial
from math import isfinite
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ckanext.opengov.validation.dialects import MAX_CELL_BYTES
from ckanext.opengov.validation.formats import members
from ckanext.opengov.validation.formats.tables import (
    BATCH_BYTES,
    BATCH_ROWS,
    Columns,
    Table,
    refuse_many_columns,
)
from ckanext.opengov.validation.reading import MB, Unreadable
from ckanext.opengov.validation.report import Finding, Findings, Severity
from ckanext.opengov.validation.table.limits import too_long

MAX_CELLS = 20_000_000
"""In a file of any size."""
CELLS_PER_BYTE = 50
"""Beyond them, a file holds next to nothing, many times."""
READ_AT_ONCE = 1 << 14
"""Bytes of each column that are read ahead."""
OBJECT_BYTES = 40
"""About what a short cell takes in memory."""

KINDS: tuple[tuple[Callable[[pa.DataType], bool], str], ...] = (
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_integer, "integer"),
    (pa.types.is_floating, "number"),
    (pa.types.is_decimal, "number"),
    (pa.types.is_date, "date"),
    (pa.types.is_timestamp, "datetime"),
    (pa.types.is_time, "time"),
)


def open_parquet(path: Path) -> Table:
    """Return the table of a Parquet file. What is nested, or no text, is text.

    Raises:
        Unreadable: it is none, or too large inside.
    """
    try:
        with pq.ParquetFile(path) as file:
            facts, schema = file.metadata, file.schema_arrow
    except (pa.ArrowException, OSError, ValueError) as error:
        raise Unreadable(Finding("format-error")) from error
    refuse_many_columns(len(schema))
    cells = facts.num_rows * len(schema)
    if cells > max(MAX_CELLS, CELLS_PER_BYTE * path.stat().st_size):
        raise Unreadable(
            Finding("too-large-inside", params={"variant": "cells", "most": MAX_CELLS // MB})
        )
    if not len(schema):
        raise Unreadable(Finding("source-error", params={"variant": "empty"}))
    types = [_flat(each.type) for each in schema]
    findings = Findings()
    for each, flat in zip(schema, types, strict=True):
        if pa.types.is_nested(flat) or pa.types.is_binary(flat) or _is_bytes(flat):
            code = "nested-value" if pa.types.is_nested(flat) else "binary-value"
            params = {"number": facts.num_rows}
            findings.add(Finding(code, None, each.name, None, params, Severity.WARNING))
    if places := [place for place, each in enumerate(types) if pa.types.is_floating(each)]:
        for finding in _endless(path, places):
            findings.add(finding)
    return Table(
        list(schema.names),
        partial(_batches, path),
        facts.num_rows,
        findings,
        types=[_kind(each) for each in types],
    )


def _flat(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _kind(kind: pa.DataType) -> str:
    return next((name for is_it, name in KINDS if is_it(kind)), "string")


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind))


def _batches(path: Path) -> Iterator[Columns]:
    with pq.ParquetFile(path, buffer_size=READ_AT_ONCE) as file:
        for batch in file.iter_batches(_batch_rows(file.metadata)):
            if any(map(_without_end, batch.columns)):
                raise too_long(None)
            yield [_cells(column) for column in batch.columns]


def _endless(path: Path, places: list[int]) -> Iterator[Finding]:
    """Yield the cells of columns of numbers that are infinite."""
    row = 2
    with pq.ParquetFile(path, buffer_size=READ_AT_ONCE) as file:
        names = [file.schema_arrow.names[place] for place in places]
        for batch in file.iter_batches(_batch_rows(file.metadata), columns=names):
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                plain = (
                    column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
                )
                for at in pc.indices_nonzero(pc.fill_null(pc.is_inf(plain), False)).to_pylist():
                    yield Finding("not-a-number", row + at, name, str(plain[at]))
            row += len(batch)


def _batch_rows(facts: pq.FileMetaData) -> int:
    """Return how many rows are held at once, as objects and as Arrow has them."""
    groups = (facts.row_group(each) for each in range(facts.num_row_groups))
    longest = max((each.total_byte_size // max(each.num_rows, 1) for each in groups), default=0)
    most: int = BATCH_BYTES // max(longest, OBJECT_BYTES * facts.num_columns, 1)
    return max(1, min(BATCH_ROWS, most))


def _without_end(column: pa.Array) -> bool:
    """Tell whether a cell of a column of texts is longer than any may be."""
    if pa.types.is_dictionary(column.type):
        return _without_end(column.dictionary)
    if not pa.types.is_string(column.type) and not pa.types.is_large_string(column.type):
        return False
    return (pc.max(pc.binary_length(column)).as_py() or 0) > MAX_CELL_BYTES


def _cells(column: pa.Array) -> list[object]:
    """Return the cells of a column as Python's own objects."""
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.dictionary_decode()
        kind = column.type
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        # Python's times know nothing below a millionth of a second.
        column = column.cast(pa.timestamp("us", kind.tz), safe=False)
    elif pa.types.is_time64(kind) and kind.unit == "ns":
        column = column.cast(pa.time64("us"), safe=False)
    if pa.types.is_floating(kind):
        # No other format has a number that is none.
        column = pc.if_else(pc.is_finite(column), column, None)
    found = _objects(column)
    if (
        _kind(kind) == "string"
        and not pa.types.is_string(kind)
        and not pa.types.is_large_string(kind)
    ):
        return [None if cell is None else _text(cell) for cell in found]
    if _kind(kind) == "string" and any(cell and "\0" in cell for cell in found):  # type: ignore[operator]
        raise Unreadable(Finding("nul-character"))
    return found


def _objects(column: pa.Array) -> list[object]:
    """Return the cells as objects; where Python has no such ones, as texts.

    «9999-12-31 23:59:59» with an offset is in the year 10000 elsewhere: it is given in UTC.
    """
    found: list[object]
    try:
        found = column.to_pylist()
    except (ArithmeticError, LookupError, ValueError):
        if pa.types.is_timestamp(column.type) and column.type.tz:
            return _objects(column.cast(pa.timestamp(column.type.unit)))
        found = column.cast(pa.string()).to_pylist()
    return found


def _text(cell: object) -> str:
    if isinstance(cell, bytes):
        return cell.hex()
    if isinstance(cell, dict | list | tuple):
        return members.as_json(_nested(cell))
    return str(cell).replace("\0", "\ufffd")


def _nested(value: object) -> object:
    """Return a nested value of what JSON knows; all digits of decimals stay, as text."""
    if isinstance(value, dict):
        return {name: _nested(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_nested(each) for each in value]
    if isinstance(value, float):
        return value if isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    return value.isoformat() if isinstance(value, date | time) else _text(value)

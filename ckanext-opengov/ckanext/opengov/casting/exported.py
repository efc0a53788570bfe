"""The cells of a table that PostgreSQL wrote as CSV, as columns of text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow import csv as arrow

from ckanext.opengov.validation.table.tokens import Blocks

BLOCK = 1 << 20
LONGEST_ROW = 1 << 30
"""Bytes; PostgreSQL has none that is longer."""


def text_columns(path: Path, count: int) -> Iterator[list[pa.StringArray]]:
    """Yield the cells of so many columns under the header, null where there is none.

    Some thousands of rows at once; where rows are long, as much as the longest needs.
    """
    names = [str(place) for place in range(count)]
    rows, size = 0, BLOCK
    while True:
        options = (
            arrow.ReadOptions(block_size=size, column_names=names, skip_rows_after_names=1 + rows),
            arrow.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            arrow.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
        try:
            with (
                path.open("rb", buffering=0) as stream,
                arrow.open_csv(Blocks(stream), *options) as reader,
            ):
                for batch in reader:
                    rows += len(batch)
                    yield batch.columns
        except pa.ArrowInvalid:
            # A row is longer than what is read at once.
            if size >= LONGEST_ROW:
                raise
            size *= 8
        else:
            return

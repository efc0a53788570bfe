"""The cells of a CSV file as columns of text, where Arrow reads them just as Frictionless does."""

from __future__ import annotations

import codecs
import mmap
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
from frictionless import Schema, formats
from pyarrow import csv

from ckanext.opengov.validation.sources import Source
from ckanext.opengov.validation.table.tokens import Blocks

BLOCK = 4 << 20
"""Bytes that are read at once; a row is never longer."""
ENCODINGS = frozenset({"ascii", "cp1252", "cp1256", "iso8859-1", "utf-8", "utf-8-sig"})
"""Those in which a comma, a quote and a line's end are one byte, and nothing else has it."""
SAMPLE_ROWS = 100
FIRST_ROW = 2


class NotCovered(Exception):
    """Arrow might read this file in another way than it was checked."""


def text_columns(
    path: Path, facts: Mapping[str, object], schema: Schema
) -> Iterator[list[pa.StringArray]]:
    """Yield the cells under the header, some thousands of rows at a time.

    ``facts`` is what the report says of the file.

    Raises:
        NotCovered: before the first rows or behind any; a caller begins anew by rows.
    """
    encoding = codecs.lookup(str(facts["encoding"] or "utf-8")).name
    if facts["format"] != "csv" or encoding not in ENCODINGS:
        raise NotCovered
    delimiter = _delimiter(path, encoding, schema)
    has_quotes = _has_quotes(path, delimiter)
    names = [str(place) for place in range(len(schema.fields))]
    options = (
        csv.ReadOptions(block_size=BLOCK, column_names=names, skip_rows_after_names=1),
        csv.ParseOptions(
            delimiter=delimiter,
            quote_char='"' if has_quotes else False,
            newlines_in_values=has_quotes,
            ignore_empty_lines=False,
        ),
        csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )
    try:
        with path.open("rb", buffering=0) as stream:
            # Blocks are cut behind recoding: before, a line's end could still fall between two.
            text = stream if "utf-8" in encoding else codecs.EncodedFile(stream, "utf-8", encoding)
            with csv.open_csv(Blocks(text), *options) as reader:
                for batch in reader:
                    yield batch.columns
    except (pa.ArrowInvalid, UnicodeError) as error:
        raise NotCovered from error


def _delimiter(path: Path, encoding: str, schema: Schema) -> str:
    """Return what parts the cells; see that Frictionless reads the rest of the file as usual."""
    with Source(path, "csv", encoding).open(schema.to_copy(), SAMPLE_ROWS) as resource:
        control = formats.CsvControl.from_dialect(resource.dialect)
        labels = resource.labels
        first = resource.dialect.create_first_content_row()
    is_usual = (control.quote_char, control.escape_char) == ('"', None) and control.double_quote
    # Without a second column, an empty line and an empty cell are the same.
    is_known = labels == schema.field_names and len(labels) > 1 and first == FIRST_ROW
    if control.skip_initial_space or not is_usual or not is_known or len(control.delimiter) > 1:
        raise NotCovered
    return str(control.delimiter)


def _has_quotes(path: Path, delimiter: str) -> bool:
    """Tell whether cells are quoted; as they are to be, or readers differ on what they say."""
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text:
        if text.find(b'"') < 0:
            return False
        around = re.escape(delimiter.encode()) + rb"\r\n"
        quoted = rb'(?<![^%b])"(?:[^"]++|"")*+"(?![^%b])' % (around, around)
        if not re.compile(rb'(?:\xef\xbb\xbf)?(?:[^"]++|%b)*+' % quoted).fullmatch(text):
            raise NotCovered
    return True

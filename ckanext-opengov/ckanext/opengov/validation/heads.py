"""Tells where in a text file the names of the columns stand, if not in its first row."""

from __future__ import annotations

import csv
from itertools import islice

from ckanext.opengov.validation.repairs import looking
from ckanext.opengov.validation.report import MAX_CELL, Finding
from ckanext.opengov.validation.sources import Source


def lower(source: Source) -> Finding | None:
    """Return that something else stands above the names; None: nothing does."""
    parts = source.separators
    if parts is None:
        return None
    with source.path.open(encoding=source.encoding, newline="") as stream:
        records = csv.reader(
            stream,
            delimiter=parts.delimiter,
            quotechar=parts.quote,
            skipinitialspace=parts.skips_blanks,
        )
        head = list(islice(records, int(parts.named), looking.HEAD_ROWS))
    found = looking.header_of(head)
    if found is None or found[0] == 1:
        return None
    above = (cell.strip() for row in head[: found[0] - 1] for cell in row)
    title = " ".join(filter(None, above))[:MAX_CELL]
    row = found[0] + parts.named
    return Finding("header-below", row, None, title, {} if title else {"variant": "blank"})

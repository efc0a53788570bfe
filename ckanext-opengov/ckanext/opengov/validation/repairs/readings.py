"""How the beginning of a file looks, for those who must choose how it is read."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
from collections.abc import Sequence
from typing import TypedDict

from ckanext.opengov.validation.formats.parts import Merged
from ckanext.opengov.validation.repairs.originals import (
    BOOKS,
    CannotRepair,
    Record,
    Source,
    cells_of,
)
from ckanext.opengov.validation.repairs.proposing import HEAD_BYTES, Past, cut
from ckanext.opengov.validation.repairs.steps import ENCODINGS

SAMPLE_LINES, SAMPLE_SIGNS = 2, 120
FIRST_ROWS = 8
MAX_SHEETS = 30


class Sample(TypedDict):
    """Lines with letters beyond ASCII, as one encoding reads them."""

    encoding: str
    name: str
    text: str


class Sheet(TypedDict):
    """The first rows of a sheet that is not empty, with their numbers."""

    name: str
    rows: Sequence[Record]
    merged: Sequence[Merged]
    """Areas that begin in these rows, from 0."""


def sheets_of(past: Past) -> list[Sheet]:
    """Return the sheets of a workbook that may be read; none of another file."""
    found: list[Sheet] = []
    if past.source.format in BOOKS:
        with contextlib.suppress(CannotRepair):
            for name, rows, areas in itertools.islice(past.original.sheets(), MAX_SHEETS):
                head = enumerate(map(cut, itertools.islice(rows, FIRST_ROWS)), 1)
                merged = [area for area in areas if area[0][0] < FIRST_ROWS]
                found += [{"name": name, "rows": list(head), "merged": merged}]
    return [each for each in found if each["rows"]]


def head_of(past: Past) -> bytes:
    """Return the beginning of the original."""
    with past.path.open("rb") as stream:
        return stream.read(HEAD_BYTES)


def samples(head: bytes) -> list[Sample]:
    """Return how the file looks in the encodings in which it is a text at all."""
    found: list[Sample] = []
    for encoding, name in ENCODINGS.items():
        text = head.decode(encoding, "replace")
        # A sign may be cut in two at the end.
        if "\ufffd" in text[:-1] or "\0" in text:
            continue
        telling = [line for line in text.splitlines() if not line.isascii()] or text.splitlines()
        shown = " ⏎ ".join(line[:SAMPLE_SIGNS] for line in telling[:SAMPLE_LINES])
        found.append({"encoding": encoding, "name": name, "text": shown})
    return found


def first_rows(head: bytes, source: Source) -> Sequence[tuple[int, list[str]]]:
    """Return the first rows, with their numbers; none if it cannot be read so."""
    text = head.decode(source.encoding or "utf-8", "replace").removeprefix("\ufeff")
    try:
        rows = list(itertools.islice(cells_of(io.StringIO(text), source), FIRST_ROWS))
    except csv.Error:
        return []
    return [(number, cut(row)) for number, row in enumerate(rows, 1)]

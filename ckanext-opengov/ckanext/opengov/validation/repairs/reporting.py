"""What a report gains by a look at the file: repairs, and the rows that findings are in."""

from __future__ import annotations

from pathlib import Path

from ckanext.opengov.validation import reading
from ckanext.opengov.validation.repairs import making
from ckanext.opengov.validation.repairs.making import CannotRepair, Schema, Source
from ckanext.opengov.validation.repairs.proposing import Past, propose
from ckanext.opengov.validation.report import MAX_CELL, SHOWN_COLUMNS, Kept, Shown

FORMATS = ("csv", "xlsx")
LOST = frozenset(
    {
        *("check-aborted", "encrypted", "format-error", "nul-character", "program"),
        *("too-large-inside", "too-long-row", "too-many-columns", "wrong-format"),
    }
)
"""Nothing that is found in such a file can be mended in it."""
MAX_ROWS = 300
"""Rows with findings that are kept as they stand in the file."""


def completed(kept: Kept, path: Path, schema: Schema | None, past: Past | None = None) -> Kept:
    """Return the report with the repairs that would do the file good.

    ``past`` has the original, if this file came out of repairs.
    """
    source = source_of(kept, path)
    if source is None or any(count["code"] in LOST for count in kept["counts"]):
        return kept
    wrong = [count["field"] for count in kept["counts"] if count["code"] == "type-error"]
    proposals = propose(past or Past(path, source), schema, wrong)
    return {
        **kept,
        "proposals": [each.as_dict() for each in proposals],
        "affected": _affected(kept, path, source),
    }


def source_of(kept: Kept, path: Path) -> Source | None:
    """Return how the file of a report is read; None: it is no table that we read."""
    facts = kept["file"]
    kind, encoding, delimiter = facts["format"], facts["encoding"], facts["delimiter"]
    if kind not in FORMATS:
        return None
    if kind == "csv" and encoding is None:
        try:
            encoding = reading.look_at_text(path).encoding
        except reading.Unreadable:
            encoding = "utf-8"
    text = None if encoding is None else str(encoding)
    return Source(str(kind), text, None if delimiter is None else str(delimiter))


def _affected(kept: Kept, path: Path, source: Source) -> list[Shown]:
    """Return the first rows that findings are about, as they stand in the file."""
    wanted = sorted({each["row"] for each in kept["findings"] if each["row"] is not None})
    left, found = set(wanted[:MAX_ROWS]), list[Shown]()
    try:
        for number, cells in making.records(path, source):
            if not left:
                break
            if number in left:
                left.remove(number)
                shown = [cell[:MAX_CELL] for cell in cells[:SHOWN_COLUMNS]]
                found.append({"row": number, "cells": [*shown]})
    except CannotRepair:
        pass
    return found

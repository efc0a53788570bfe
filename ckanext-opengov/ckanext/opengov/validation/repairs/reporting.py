"""What a report gains by a look at the file: repairs, and the rows that findings are in."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from ckanext.opengov.validation import dialects, encodings
from ckanext.opengov.validation.repairs.making import Schema
from ckanext.opengov.validation.repairs.originals import REPAIRED, CannotRepair, Original, Source
from ckanext.opengov.validation.repairs.proposing import (
    Doubts,
    Past,
    Preview,
    PreviewRow,
    Proposal,
    propose,
)
from ckanext.opengov.validation.repairs.readings import sheets_of
from ckanext.opengov.validation.repairs.steps import FORMATS, Kind, Step
from ckanext.opengov.validation.report import MAX_CELL, SHOWN_COLUMNS, Kept, Shown
from ckanext.opengov.validation.weights import odd_columns

LOST = frozenset(
    {
        *("check-aborted", "encrypted", "format-error", "nul-character", "program"),
        *("too-large-inside", "too-long-row", "too-many-columns", "wrong-format"),
    }
)
"""Nothing that is found in such a file can be mended in it."""
MISNAMED = frozenset({"format-mismatch", "wrong-format"})
UNSURE = frozenset({"encoding-error", "encoding-unsure"})
MIXED = frozenset({"mixed-dates", "mixed-decimals"})
MAX_ROWS = 300
"""Rows with findings that are kept as they stand in the file."""


def completed(kept: Kept, path: Path, schema: Schema | None, past: Past | None = None) -> Kept:
    """Return the report with the repairs that would do the file good.

    ``past`` has the original, if this file came out of repairs.
    """
    source, named = source_of(kept, path), list(_of_format(kept))
    if source is None or any(count["code"] in LOST for count in kept["counts"]):
        return {**kept, "proposals": [each.as_dict() for each in named]} if named else kept
    original = Original(path, source) if past else None
    past = past or Past(path, source)
    proposals = [*named, *propose(past, schema, odd_columns(kept), _doubts(kept))]
    return {
        **kept,
        "proposals": [each.as_dict() for each in proposals],
        "affected": _affected(kept, original or past.original),
        "sheets": sheets_of(past),
    }


def _doubts(kept: Kept) -> Doubts:
    codes = {each["code"] for each in kept["counts"]}
    mixed = {each["field"] for each in kept["counts"] if each["code"] in MIXED}
    places = {at for at, column in enumerate(kept["fields"]) if column["name"] in mixed}
    return Doubts(bool(codes & UNSURE), places)


def _of_format(kept: Kept) -> Iterator[Proposal]:
    """Yield that a file be called what it is. It is no safe one: other repairs make a CSV of it."""
    for each in kept["findings"]:
        kind = str(each["params"].get("kind"))
        if each["code"] in MISNAMED and kind in FORMATS:
            said = [str(each["params"].get("declared") or "")]
            row: PreviewRow = {"row": 1, "before": said, "after": [FORMATS[kind]]}
            preview: Preview = {"columns": [], "rows": [row]}
            yield Proposal(Step(Kind.FORMAT, None, {"format": kind}), preview, is_safe=False)


def source_of(kept: Kept, path: Path) -> Source | None:
    """Return how the file of a report is read; None: it is no table that we read."""
    facts = kept["file"]
    if facts["format"] not in REPAIRED:
        return None
    if facts["format"] != "csv":
        # Without a sheet that is not hidden and not empty there is no table.
        name = cast(str | None, facts["sheet"])
        book = Source(str(facts["format"]), sheet=name, header=_header_of(kept))
        return book if name else None
    # The report of a file that could not be read names none.
    encoding = str(facts["encoding"] or encodings.detect(path).encoding)
    found = dialects.detect(path, encoding)
    # Steps call encodings as Python does; the check may take any of its names.
    name = codecs.lookup(encoding).name
    return Source("csv", name, found.delimiter, found.quote, found.skips_blanks, found.named)


def _header_of(kept: Kept) -> tuple[int, int]:
    """Return the first row of a workbook's header, and how many it has, as it was checked."""
    told = (
        each["params"].get("lines") for each in kept["findings"] if each["code"] == "header-lines"
    )
    last, lines = cast(int, kept["file"]["header_rows"]), cast(int, next(filter(None, told), 1))
    return last - lines + 1, lines


def _affected(kept: Kept, original: Original) -> list[Shown]:
    """Return the first rows that findings are about, as they stand in the file."""
    wanted = sorted({each["row"] for each in kept["findings"] if each["row"] is not None})
    left, found = set(wanted[:MAX_ROWS]), list[Shown]()
    try:
        for number, cells in original.records():
            if not left:
                break
            if number in left:
                left.remove(number)
                shown = [cell[:MAX_CELL] for cell in cells[:SHOWN_COLUMNS]]
                found.append({"row": number, "cells": [*shown]})
    except CannotRepair:
        pass
    return found

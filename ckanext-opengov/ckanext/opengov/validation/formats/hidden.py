"""Finds what a sheet of XLSX has beside values: hidden rows, formulas that were never computed."""

from __future__ import annotations

import re
from typing import IO

from ckanext.opengov.validation.reading import MB
from ckanext.opengov.validation.report import Finding, Severity

ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*\bhidden="(?:1|true)"[^>]*>')
COLUMNS = re.compile(rb'<(?:\w+:)?col\b[^>]*\bhidden="(?:1|true)"[^>]*>')
FIRST, LAST, NUMBER = (
    re.compile(rb'\b%s="([0-9]{1,7})"' % each) for each in (b"min", b"max", b"r")
)
EMPTY = re.compile(
    rb"<(?:\w+:)?c\b(?![^>]*\bt=)[^>]*>\s*<(?:\w+:)?f\b[^>]*(?:/>|>[^<]{0,2000}</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</"
)
"""A formula without a result. One whose result is an empty text says that it is a text."""
OVERLAP = 4096


def of_sheet(stream: IO[bytes], end: tuple[int, int]) -> list[Finding]:
    """Return that rows or columns are hidden, and that formulas have no results.

    ``end`` is the last cell with a value, from 0.
    """
    rows, columns, before, empty = set[int](), set[int](), b"", 0
    while chunk := stream.read(MB):
        text = before + chunk
        if b"hidden=" in text:
            rows |= {_number(NUMBER, found[0]) for found in ROW.finditer(text)}
            for found in COLUMNS.finditer(text):
                last = min(_number(LAST, found[0]), end[1] + 1)
                columns.update(range(_number(FIRST, found[0]), last + 1))
        ends = [found.end() for found in EMPTY.finditer(text)] if b"<f" in text else []
        # What a chunk cuts is whole in the next.
        empty += sum(end > len(before) for end in ends)
        before = chunk[-OVERLAP:]
    findings = [Finding("formula-empty", params={"number": empty})] if empty else []
    # Many hide all that is beyond their table.
    count = sum(0 < each <= end[0] + 1 for each in rows)
    if count or columns:
        params = {"rows": count, "columns": len(columns)}
        findings.append(Finding("hidden-cells", params=params, severity=Severity.WARNING))
    return findings


def _number(pattern: re.Pattern[bytes], tag: bytes) -> int:
    found = pattern.search(tag)
    return int(found[1]) if found else 0

"""What no table is: rows without end, and more columns than a schema describes."""

from __future__ import annotations

import re
from pathlib import Path

from ckanext.opengov.validation.dialects import MAX_CELL_BYTES
from ckanext.opengov.validation.reading import MAX_COLUMNS, MB, Unreadable, too_wide
from ckanext.opengov.validation.report import Finding

DELIMITERS = b",;\t|"
END = re.compile(rb"[\r\n]")


def refuse_endless(path: Path) -> None:
    """See that the lines of a text file, and its first row, are of a size that can be read.

    Raises:
        Unreadable: they are not.
    """
    line = b""
    longest, run = 0, 0
    with path.open("rb") as stream:
        while chunk := stream.read(MB):
            if not line:
                line = END.split(chunk, 1)[0]
            run = 0 if b"\n" in chunk or b"\r" in chunk else run + len(chunk)
            longest = max(longest, run)
            if longest > MAX_CELL_BYTES:
                raise too_long(None)
    if max(line.count(bytes([sign])) for sign in DELIMITERS) >= MAX_COLUMNS:
        raise too_wide()


def too_long(row: int | None) -> Unreadable:
    """Return what is raised of a row without end."""
    return Unreadable(Finding("too-long-row", row=row, params={"most": MAX_CELL_BYTES // MB}))

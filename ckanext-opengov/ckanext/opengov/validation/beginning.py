"""The beginning of a large file as a file of its own: what is found there is told at once."""

from __future__ import annotations

from pathlib import Path

from ckanext.opengov.validation.report import Kept

ROWS = 20_000
MAX_LINE = 1 << 20
"""Bytes of a line; a longer one may have no end."""
FEW = 2
"""A file that is not this many times larger than its beginning is checked as soon."""
OF_THE_WHOLE = frozenset(
    {"foreign-key", "deviated-cell", "deviated-value", "required-value", "table-dimensions"}
)
"""Codes that the rest of the file may prove wrong."""


def take(path: Path, out: Path) -> bool:
    """Write the first rows of a text to ``out``; tell whether it is worth a check of its own."""
    quotes = 0
    with path.open("rb") as stream, out.open("wb") as target:
        for number, line in enumerate(iter(lambda: stream.readline(MAX_LINE), b""), 1):
            # In UTF-16, a line ends in more than one byte.
            if len(line) == MAX_LINE or b"\0" in line:
                return False
            target.write(line)
            quotes += line.count(b'"')
            # Within quotation marks a line is no row.
            if number >= ROWS and quotes % 2 == 0:
                break
    return path.stat().st_size > FEW * out.stat().st_size


def told(kept: Kept) -> Kept:
    """Return a report on a beginning without what the rest may prove wrong."""
    counts = [each for each in kept["counts"] if each["code"] not in OF_THE_WHOLE]
    findings = [each for each in kept["findings"] if each["code"] not in OF_THE_WHOLE]
    blocking = sum(each["count"] for each in counts if each["severity"] == "error")
    verdict = "blocked" if blocking else "warned" if counts else "clean"
    return {
        **kept,
        "counts": counts,
        "findings": findings,
        "blocking": blocking,
        "verdict": verdict,
    }

"""What the readers of all formats give: a table of Python objects, in columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from sys import getsizeof
from typing import Protocol

from ckanext.opengov.validation.reading import MAX_COLUMNS, MB, too_wide
from ckanext.opengov.validation.report import Findings

BATCH_ROWS, BATCH_BYTES = 4096, 4 * MB
"""The most that is held at once; a longer row is alone."""

Columns = list[list[object]]
"""Cells of each column, up to :data:`BATCH_ROWS`: None, bool, int, float, Decimal, str,
date, datetime, time, timedelta, or what JSON nests."""


class Batches(Protocol):
    """Gives the rows of a table, as often as it is asked."""

    def __call__(self) -> Iterator[Columns]:
        """Yield the rows from the first on."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table, and what its file says of it beyond the cells."""

    labels: list[object]
    batches: Batches
    rows: int
    findings: Findings = field(default_factory=Findings)
    """Of structure. Rows count from 1 with the header, as in the file."""
    header_rows: int = 1
    """Rows of the file before the first of the table."""
    left: int = 0
    """Empty columns of the file before the first of the table."""
    sheet: str | None = None
    types: Sequence[str | None] = field(default_factory=list)
    """Types of Table Schema that the file itself gives its columns; empty: it gives none."""

    def __iter__(self) -> Iterator[list[object]]:
        """Yield the labels, then the rows."""
        yield self.labels
        for columns in self.batches():
            yield from map(list, zip(*columns, strict=True))


@dataclass(frozen=True, slots=True)
class Box:
    """Where a country lies, in degrees."""

    west: float
    south: float
    east: float
    north: float

    def has(self, longitude: float, latitude: float) -> bool:
        """Tell whether a place is in it."""
        return self.west <= longitude <= self.east and self.south <= latitude <= self.north

    @classmethod
    def read(cls, text: str) -> Box | None:
        """Return the box of four numbers, west, south, east and north; None: the text is empty.

        Raises:
            ValueError: these are no such numbers.
        """
        if not text.strip():
            return None
        west, south, east, north = map(float, text.replace(",", " ").split())
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):  # noqa: PLR2004
            raise ValueError(text)
        return cls(west, south, east, north)


@dataclass(frozen=True, slots=True)
class Hints:
    """What a file itself does not say of how it is to be read."""

    sheet: str | None = None
    """Of a workbook, its name or its number from 1; None: the first visible one with a table."""
    box: Box | None = None
    """Where the country lies, to find coordinates that are swapped."""
    decimals: frozenset[str] = frozenset()
    """Columns of which somebody said that their points are decimal ones."""
    is_part: bool = False
    """Whether these are some rows of a table alone: of them, few cells say what many do."""


def in_columns(rows: Iterator[list[object]], width: int) -> Iterator[Columns]:
    """Yield rows of this width in batches of columns."""
    batch: list[list[object]] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += sum(map(getsizeof, row))
        if len(batch) == BATCH_ROWS or size > BATCH_BYTES:
            yield _turned(batch, width)
            batch, size = [], 0
    if batch:
        yield _turned(batch, width)


def _turned(rows: list[list[object]], width: int) -> Columns:
    return [list(column) for column in zip(*rows, strict=True)] if width else []


def refuse_many_columns(count: int) -> None:
    """See that a table is one that can be described.

    Raises:
        Unreadable: it has too many columns.
    """
    if count > MAX_COLUMNS:
        raise too_wide()


def as_text(cell: object) -> str:
    """Return a cell as the name of a column."""
    if isinstance(cell, datetime) and cell.time() == time():
        return str(cell.date())
    return cell.isoformat() if isinstance(cell, date | time) else str(cell).strip()

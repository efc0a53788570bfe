"""Where the names of the columns of a sheet stand: below titles, in several lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import islice
from typing import TypeVar

from ckanext.opengov.validation.formats.grids import Grid, warning
from ckanext.opengov.validation.formats.parts import Merged
from ckanext.opengov.validation.formats.tables import as_text
from ckanext.opengov.validation.report import Finding

MAX_HEADER_LINES = 3
MAX_TITLE_ROWS = 20
"""Rows above a table that may hold its title."""
LOOKED_AT = MAX_TITLE_ROWS + 20
JOINT = " / "

Cell = TypeVar("Cell")


@dataclass(slots=True)
class Head:
    """Where the names of the columns stand, and what they are."""

    labels: list[object]
    rows: int
    """Of the sheet, down to the last line of names."""
    lines: int
    titles: list[str]
    merged_below: int
    """Merged areas among the rows."""

    @classmethod
    def of(cls, grid: Grid) -> Head:
        """Find the names: below empty rows and titles, in several lines if cells are merged."""
        first = list(islice(grid.rows(), grid.top, grid.top + LOOKED_AT))
        merged = [
            ((row - grid.top, column), (last_row - grid.top, last_column))
            for (row, column), (last_row, last_column) in grid.merged
        ]
        titles = list(_titles(first, merged))
        at = titles[-1][0] + 1 if titles else 0
        while at < len(first) - 1 and not _filled(first[at]):
            at += 1
        lines = _depth(first, at, merged)
        labels = _joined(first, at, lines, merged)
        rows = grid.top + at + lines
        below = sum(row + grid.top >= rows for (row, _column), _end in merged)
        if labels[-1] is None:
            labels = labels[: max(_width(grid, rows), max(_filled(labels), default=0) + 1)]
        return cls(labels, rows, lines, [text for _row, text in titles], below)

    def name(self, column: int) -> str:
        """Return the name of a column."""
        label = self.labels[column] if column < len(self.labels) else None
        return as_text(label) if label is not None else f"field{column + 1}"

    def notes(self, sheet: str) -> list[Finding]:
        """Return what people should know of how the head was read."""
        found = []
        if self.lines > 1:
            example = next((str(each) for each in self.labels if JOINT in str(each)), "")
            found.append(warning("header-lines", lines=self.lines, example=example))
        if self.rows > self.lines:
            row = self.rows - self.lines + 1
            title = {"title": " ".join(self.titles)[:200]} if self.titles else {"variant": "blank"}
            found.append(warning("table-below", position=row, **title))
        if self.merged_below:
            found.append(warning("merged-cells", number=self.merged_below, sheet=sheet))
        return found

    def error_cells(self, grid: Grid) -> list[Finding]:
        """Return the cells whose formula failed. To be asked when all rows have been read."""
        return [
            Finding("error-cell", row + 1, self.name(column), cell)
            for (row, column), cell in sorted(grid.errors.items())
            if row >= self.rows
        ]


def _filled(row: Sequence[object]) -> list[int]:
    return [place for place, cell in enumerate(row) if cell is not None]


def _titles(first: list[list[object]], merged: Sequence[Merged]) -> Iterator[tuple[int, str]]:
    """Yield the rows above the names: each has one text, where a later row has more cells."""
    for number, row in enumerate(first[:MAX_TITLE_ROWS]):
        filled = _filled(row)
        if not filled:
            continue
        spans = (end[1] - start[1] for start, end in merged if start == (number, filled[0]))
        widest = max((len(_filled(each)) for each in first[number + 1 :]), default=0)
        # One of two columns may lack its name.
        is_above = widest > 2 or (widest > 1 and any(spans))  # noqa: PLR2004
        if len(filled) > 1 or not isinstance(row[filled[0]], str) or not is_above:
            return
        yield number, as_text(row[filled[0]])


def _depth(first: list[list[object]], at: int, merged: Sequence[Merged]) -> int:
    """Return how many lines the names take, told from the cells merged in them."""
    lines = 1
    for line in range(MAX_HEADER_LINES - 1):
        for (row, column), (last_row, last_column) in merged:
            if row != at + line or line >= lines:
                continue
            lines = max(lines, last_row - at + 1)
            below = first[last_row + 1] if last_row + 1 < len(first) else []
            texts = below[column : last_column + 1]
            if (
                last_column > column
                and texts
                and all(isinstance(cell, str) for cell in texts)
                and not _outside(first, at, last_row + 1, merged)
            ):
                lines = max(lines, last_row - at + 2)
    return min(lines, MAX_HEADER_LINES, len(first) - at)


def _outside(
    first: list[list[object]], at: int, line: int, merged: Sequence[Merged]
) -> list[object]:
    """Return the cells of a line that have a name above them, and none that is merged."""
    inside = {
        column
        for (row, left), (last_row, right) in merged
        if at <= row and last_row < line and right > left
        for column in range(left, right + 1)
    }
    return [
        cell
        for column, cell in enumerate(first[line])
        if cell is not None
        and column not in inside
        and any(row[column] is not None for row in first[at:line])
    ]


def _joined(
    first: list[list[object]], at: int, lines: int, merged: Sequence[Merged]
) -> list[object]:
    rows = first[at : at + lines]
    if lines == 1:
        return [as_text(cell) if isinstance(cell, date | time) else cell for cell in rows[0]]
    rows = over_merged(rows, at, merged)
    labels: list[object] = []
    for cells in zip(*rows, strict=True):
        parts = dict.fromkeys(as_text(cell) for cell in cells if cell is not None)
        labels.append(JOINT.join(parts) or None)
    return labels


def over_merged(
    rows: Sequence[Sequence[Cell]], first: int, merged: Iterable[Merged]
) -> list[list[Cell]]:
    """Return rows with what stands in a merged area in each of its cells; ``first``: from 0."""
    copied = [list(row) for row in rows]
    for (row, column), (last_row, last_column) in merged:
        if first <= row < first + len(copied) and column >= 0:
            for line in copied[row - first : last_row + 1 - first]:
                for place in range(column, min(last_column + 1, len(line))):
                    line[place] = copied[row - first][column]
    return copied


def _width(grid: Grid, skipped: int) -> int:
    """Return how many columns have cells below the names."""
    rows = islice(grid.rows(), skipped, None)
    found = max((filled[-1] + 1 for row in rows if (filled := _filled(row))), default=0)
    return max([found, *(column + 1 for row, column in grid.errors if row >= skipped)])

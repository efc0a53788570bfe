"""What a check of the whole table is shown, and what it tells."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ckanext.opengov.validation.table import masks
from ckanext.opengov.validation.table.column import Checked, Column, Judged
from ckanext.opengov.validation.table.masks import Mask
from ckanext.opengov.validation.table.tokens import Rows

WHOLE = np.int64


@dataclass(frozen=True, slots=True)
class Seen:
    """All rows of a batch."""

    columns: Sequence[Column]
    checked: Sequence[Checked]
    rows: Rows
    ragged: Sequence[tuple[int, Sequence[Judged]]]
    """The rows that are too short or too long."""

    def values(self, place: int | None, chosen: Mask | None = None) -> Iterator[tuple[int, object]]:
        """Yield the rows of the batch with their values in a column, in no order.

        ``chosen``: those of the whole rows that are wanted. In a column that is not there (None),
        each row holds nothing.
        """
        if place is None:
            yield from ((row, None) for row in (*self.rows.tolist(), *dict(self.ragged)))
            return
        if len(self.rows):
            judged, which = self.judged(place, chosen)
            rows = self.rows if chosen is None else self.rows[chosen]
            for row, number in zip(rows.tolist(), which.tolist(), strict=True):
                yield row, judged[number].value
        for row, found in self.ragged:
            yield row, found[place].value

    def judged(self, place: int, chosen: Mask | None = None) -> tuple[Sequence[Judged], np.ndarray]:
        """Return the different cells of a column, and which of them each whole row has."""
        column, cells = self.columns[place], self.checked[place].cells
        if isinstance(cells, list):
            kept = cells if chosen is None else [cells[at] for at in np.flatnonzero(chosen)]
            return [column.judge(each) for each in kept], np.arange(len(kept))
        encoded = pc.dictionary_encode(cells if chosen is None else cells.filter(pa.array(chosen)))
        return (
            [column.judge(each) for each in encoded.dictionary.to_pylist()],
            encoded.indices.to_numpy(),
        )

    def is_text(self, place: int | None) -> TypeGuard[int]:
        """Tell whether the whole rows, if there are any, hold texts in this column."""
        return (
            place is not None
            and len(self.rows) > 0
            and not isinstance(self.checked[place].cells, list)
        )

    def maybe(
        self,
        place: int | None,
        texts: Callable[[pa.StringArray], pa.BooleanArray],
        whole: Sequence[int],
    ) -> Mask | None:
        """Return the whole rows that may hold one of some texts or numbers; None: any may."""
        if not self.is_text(place):
            return None
        found, kind = self.checked[place], self.columns[place].field.type
        if kind in ("string", "any"):
            return masks.numpy_mask(texts(found.cells))
        if kind == "integer" and found.values is not None and found.known is not None:
            wanted = np.array([each for each in whole if abs(each) < 1 << 62], WHOLE)
            return np.isin(found.values, wanted) | ~found.known
        return None


Told = tuple[int, int | None, object, str]
"""A row, and the place, value and note of an error in it; no place: it is about the row."""


class OfTable(ABC):
    """A check of one table."""

    @abstractmethod
    def see(self, seen: Seen) -> Iterator[Told]:
        """Look at the next rows; yield the errors in them, in no order."""

    def end(self, rows: int) -> Iterator[str]:
        """Yield the notes of errors of the whole table, which has so many rows."""
        yield from ()

    def repeats(self, _most: int) -> tuple[int, Sequence[Told]]:
        """Return how many errors there are in rows that needed to be compared, and the first."""
        return 0, ()

    def close(self) -> None:  # noqa: B027 - most keep nothing
        """Forget everything."""

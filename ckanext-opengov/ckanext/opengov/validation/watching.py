"""Shows a table to the watches while it is checked, whichever way it is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from ckanext.opengov.validation.report import Finding
from ckanext.opengov.validation.watches import Watches
from ckanext.opengov.validation.watches.personal import FEW
from ckanext.opengov.validation.watches.rows import Twins

MOST_TWINS = 100_000
"""Rows among which twins are sought: a look at a whole row costs as much as its check."""


class Watching:
    """Shows all rows of a table to the watches, in their order."""

    def __init__(
        self,
        names: Sequence[str],
        labels: Sequence[str],
        delimiter: str | None = None,
        few: int = FEW,
    ) -> None:
        self._watches = Watches(names, labels, delimiter, few)
        self._twins: Twins | None = None
        self._left = MOST_TWINS

    def see(self, columns: Sequence[pa.StringArray], first_row: int) -> None:
        """Look at the next rows in columns; ``first_row`` is the number of the first of them."""
        self._watches.see(columns, first_row)
        self._twins = self._twins or Twins(first_row)
        if self._left > 0:
            self._twins.see([each.slice(0, self._left) for each in columns])
            self._left -= len(columns[0])

    def findings(self) -> Iterator[Finding]:
        """Yield what was found, when all rows were seen."""
        if self._twins is not None:
            yield from self._watches.findings()
            yield from self._twins.findings(self._watches.sample.columns())

"""Watches a table go by for damage that no rule of a schema sees, and for personal data.

Nothing here changes a cell. A watch that would have to read every cell with care reads a
sample: the first rows, one of a hundred after them, and the last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from ckanext.opengov.validation.report import Finding
from ckanext.opengov.validation.watches import columns as judged
from ckanext.opengov.validation.watches import letters, names, odd, personal, rows, signs
from ckanext.opengov.validation.watches.names import Again
from ckanext.opengov.validation.watches.sample import Sample, bytes_of, cells_of


class Watches:
    """Looks at the columns of one table, a batch of rows at a time."""

    def __init__(
        self,
        names: Sequence[str],
        labels: Sequence[str] | None = None,
        delimiter: str | None = None,
        few: int = personal.FEW,
    ) -> None:
        self.names, self.few = names, few
        self.sample = Sample(names)
        self.letters = letters.Letters(names)
        self.signs = signs.Signs(names, delimiter)
        self.again = Again(names if labels is None else labels)
        self.first_row = 0
        self.ends = rows.Ends()

    def see(self, columns: Sequence[pa.Array], first_row: int) -> None:
        """Look at the next rows: texts as they stand in the file, null where there is no cell.

        ``first_row`` is the number of the first of them, counted as in a finding.
        """
        found = [cells_of(each) for each in columns]
        self.first_row = self.first_row or first_row
        contents = [bytes_of(each) for each in found]
        self.letters.see(found, contents, first_row)
        self.signs.see(found, contents, first_row)
        self.again.see(found, first_row)
        self.sample.see(found, first_row)
        self.ends.see(found, first_row)

    def findings(self) -> Iterator[Finding]:
        """Yield what was found, when all rows were seen."""
        yield from names.judge(self.names)
        yield from self.letters.findings()
        yield from self.signs.findings()
        yield from self.again.findings()
        yield from self.ends.findings()
        seen = self.sample.columns()
        for column in seen:
            yield from judged.judge(column)
        yield from names.of_one(seen)
        yield from names.of_data(seen, self.first_row - 1)
        yield from odd.judge(seen, self.first_row)
        yield from rows.totals(seen, self.sample.last)
        if self.sample.is_whole:
            yield from rows.unnamed_total(seen, self.sample.last)
        yield from personal.judge(seen, self.few)

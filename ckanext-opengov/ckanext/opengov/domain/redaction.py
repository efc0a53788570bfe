"""How words go from a published file at once: rows lose cells, and nothing else changes.

No reviewer approves that, so the rule is narrow: a cell is emptied, or it gets one of the marks
that were agreed on before; rows, their order and every other cell stay as they are.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from ckanext.opengov.shared.domain.redaction import Plan

ROWS_AT_ONCE = 1000


class NotOurTable(Exception):
    """The file has no column by which its rows could be found."""


def redacted(rows: Iterable[list[str]], plan: Plan) -> Iterator[list[str]]:
    """Yield the header and all rows, those that lose words without them.

    Raises:
        NotOurTable: the file was made from something else.
    """
    source = iter(rows)
    header = next(source, [])
    if plan.column not in header or len(set(header)) != len(header):
        raise NotOurTable
    yield header
    at = header.index(plan.column)
    while batch := list(itertools.islice(source, ROWS_AT_ONCE)):
        if any(len(row) != len(header) for row in batch):
            raise NotOurTable
        yield from _without(batch, header, at, plan)


def _without(
    batch: Sequence[list[str]], header: Sequence[str], at: int, plan: Plan
) -> Iterator[list[str]]:
    losses = plan.losses({row[at] for row in batch})
    for row in batch:
        loss = losses.get(row[at])
        if loss is None:
            yield row
            continue
        yield [
            loss.marks.get(name, "") if loss.takes(name) else cell
            for name, cell in zip(header, row, strict=True)
        ]

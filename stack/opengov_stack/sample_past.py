"""Sets the dates of what was just made back, so that it looks as if it had taken weeks.

Actions go by the clock, so the sample takes every step now. Afterwards every moment that the
tables of consultations hold, of the stretch of time in which one of them was made, is moved to
where the sample's story has it; what came first stays first. The audit log is left alone: it says
when things were really done, and it cannot be changed.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

MOMENT = sa.DateTime(timezone=True)
PLANNED = ("opens_at", "closes_at", "response_due_at")
"""What a body says of the future: it stays where it was put."""
LOOK_BY = "look_by"
MESSAGES = "opengov_outbox"


class Mark(NamedTuple):
    """A moment of the set-up, and when the sample says it was."""

    real: datetime
    told: datetime


def set_back(session: Any, marks: Sequence[Mark]) -> None:
    """Move all moments between the first mark and the last, in the caller's transaction.

    Nothing else may be going on in consultations meanwhile: a row is known by its moment.
    """
    for name, columns in _moments(session).items():
        values: dict[str, Any] = {each: _told(sa.column(each, MOMENT), marks) for each in columns}
        if LOOK_BY in columns:
            # By when to look follows from since when it waits.
            since, by = sa.column("since", MOMENT), sa.column(LOOK_BY, MOMENT)
            values[LOOK_BY] = _told(since, marks) + (by - since)
        table = sa.table(name, *(sa.column(each, MOMENT) for each in columns))
        is_ours = sa.or_(
            *(sa.column(each).between(marks[0].real, marks[-1].real) for each in columns)
        )
        change = sa.update(table).values(values).where(is_ours)
        if name == MESSAGES:
            change = change.where(sa.column("kind").startswith("consultation"))
        session.execute(change)


def _told(moment: Any, marks: Sequence[Mark]) -> Any:
    """Return the moment of the story: between two marks time runs evenly."""
    pieces = [
        (
            moment.between(before.real, after.real),
            before.told + (moment - before.real) * _pace(before, after),
        )
        for before, after in itertools.pairwise(marks)
    ]
    return sa.case(*pieces, else_=moment)


def _pace(before: Mark, after: Mark) -> float:
    return (after.told - before.told) / (after.real - before.real)


def _moments(session: Any) -> dict[str, list[str]]:
    """Return the columns that hold moments, by table."""
    query = sa.text(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND data_type = 'timestamp with time zone'"
        " AND (table_name = 'consultation' OR table_name LIKE 'consultation\\_%'"
        " OR table_name = :messages) ORDER BY table_name, column_name"
    )
    found: dict[str, list[str]] = defaultdict(list)
    for table, column in session.execute(query, {"messages": MESSAGES}):
        if column not in PLANNED:
            found[table].append(column)
    return found

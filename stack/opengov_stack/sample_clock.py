"""Lets the actions on complaints take another moment for the present, while the sample is made.

Complaints go by the clock of the database, and what they say is signed with its moment: to set
the dates of a case back afterwards would break its seals. So the set-up's own transactions get
another clock, a function that stands before PostgreSQL's in their search path. Each case is
then made as it would have been: its dates are counted by the rules of its day, and its history
tells the same story as its dates. No other connection sees that clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ckan import model

SCHEMA = "sample_clock"
MAKE = f"""
CREATE SCHEMA IF NOT EXISTS {SCHEMA};
CREATE OR REPLACE FUNCTION {SCHEMA}.clock_timestamp() RETURNS timestamptz LANGUAGE sql STABLE
    AS $$ SELECT current_setting('{SCHEMA}.now')::timestamptz $$;
"""


@contextmanager
def clock() -> Iterator[Clock]:
    """Have another clock as long as the block lasts; nothing is left of it afterwards."""
    engine: Any = model.ensure_engine()
    with engine.begin() as connection:
        connection.exec_driver_sql(MAKE)
    told = Clock()
    sa.event.listen(engine, "begin", told.begin)
    try:
        yield told
    finally:
        model.Session.remove()
        sa.event.remove(engine, "begin", told.begin)
        with engine.begin() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA {SCHEMA} CASCADE")


class Clock:
    """What time it is for transactions of this process that begin."""

    def __init__(self) -> None:
        self.moment: datetime | None = None

    @contextmanager
    def at(self, moment: datetime) -> Iterator[None]:
        """Let it be this moment."""
        model.Session.rollback()
        self.moment = moment
        try:
            yield
        finally:
            model.Session.rollback()
            self.moment = None

    def begin(self, connection: Any) -> None:
        """Tell a transaction the time; what is set here ends with it."""
        if self.moment is not None:
            connection.exec_driver_sql(
                f"SET LOCAL search_path = {SCHEMA}, public, pg_catalog;"
                f" SET LOCAL {SCHEMA}.now = '{self.moment.isoformat()}'"
            )

"""What somebody sends who wants to break something, and a database that forgets what it did."""

from __future__ import annotations

import math
import os
from contextlib import contextmanager

import sqlalchemy as sa

from ckan import model

MARK = "zqjunk"
"""Stands in every text: no answer may repeat it."""


def nested(depth):
    found = [MARK]
    for _ in range(depth):
        found = [found]
    return found


HUGE = 10**40
TEXTS = {
    "nul": f"{MARK}\x00{MARK}",
    "half a sign": f"{MARK}\ud800",
    "turned around": f"\u202e{MARK}\u2066\u202b",
    "sql": f"{MARK}' OR '1'='1'; DROP TABLE complaints_case; --",
    "html": f"<script>{MARK}</script>{{{{7*7}}}}{{{MARK}}}",
    "format": f"{{0.__class__}}%s%({MARK})s%n",
    "day zero": "0000-00-00",
    "last day": "9999-12-31",
    "arabic day": "٢٠٢٦-١١-٢٧",  # noqa: RUF001
    "arabic number": "٣",
    "wrong uuid": f"{MARK}-0000-0000-0000-000000000000",
    "unknown uuid": "00000000-0000-0000-0000-000000000000",
    "huge number": str(HUGE),
    "long": MARK + "ض" * 500_000,
    "empty": "",
    "spaces": " \t\u00a0\u200f\n",
}
"""Half a sign is no sign; the long one has a megabyte."""
VALUES = {
    **TEXTS,
    "nothing": None,
    "zero": 0,
    "below": -1,
    "large": 2**31,
    "larger": 2**63,
    "huge": HUGE,
    "yes": True,
    "no list": [],
    "list": [MARK, None, 1, [MARK]],
    "no object": {},
    "object": {MARK: {MARK: [MARK]}, "ar": 1, "fr": [MARK]},
    "deep": nested(200),
    "fraction": 1.5,
    "not a number": math.nan,
    "infinite": math.inf,
}

EVERYWHERE = ("half a sign", "object", "huge")
"""What each parameter is tried with; of the others each in turn a few."""
IN_TURN = 2
IS_WHOLE = os.environ.get("OPENGOV_JUNK") == "all"
"""Try everything with everything: four minutes."""


def some(turn):
    """Return some of the junk by kind, at each turn other pieces."""
    others = [kind for kind in VALUES if kind not in EVERYWHERE]
    begin = turn * IN_TURN % len(others)
    chosen = (others + others)[begin : begin + IN_TURN]
    kinds = VALUES if IS_WHOLE else (*EVERYWHERE, *chosen)
    return {kind: VALUES[kind] for kind in kinds}


def is_echoed(value, told):
    """Tell whether an error repeats what was sent."""
    return MARK in told or (value in (HUGE, str(HUGE)) and str(HUGE) in told)


class Undone:
    """The connection of all sessions, and what was written and is neither committed nor undone."""

    def __init__(self, connection):
        self.connection, self.left = connection, []

    def note(self, _connection, _cursor, statement, *_):
        if statement.lstrip().split(None, 1)[0] in ("INSERT", "UPDATE", "DELETE"):
            self.left.append(statement.split("\n", 1)[0][:100])

    def forget(self, *_):
        self.left.clear()

    @contextmanager
    def once(self):
        """Let something happen, and take it back, committed or not."""
        nested = self.connection.begin_nested()
        self.forget()
        try:
            yield
        finally:
            model.Session.remove()
            nested.rollback()


@contextmanager
def nothing_stays():
    """Let all sessions share one transaction that is never committed: commits end savepoints."""
    model.Session.remove()
    engine = model.ensure_engine()
    with engine.connect() as connection:
        outer, undone = connection.begin(), Undone(connection)
        sa.event.listen(connection, "before_cursor_execute", undone.note)
        for each in ("rollback_savepoint", "release_savepoint"):
            sa.event.listen(connection, each, undone.forget)
        shared = "create_savepoint"
        model.Session.configure(bind=connection, join_transaction_mode=shared)
        try:
            yield undone
        finally:
            model.Session.remove()
            usual = "conditional_savepoint"
            model.Session.configure(bind=engine, join_transaction_mode=usual)
            outer.rollback()

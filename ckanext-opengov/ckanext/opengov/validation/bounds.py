"""Bounds the time of what users let us run on each cell or row: patterns and formulas.

Both run as ever. A timer of the process interrupts what takes too long, which is then taken
for kept, is not run again and is told at the end. Processor time counts, not the clock:
a busy machine changes no report.
"""

from __future__ import annotations

import importlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import FrameType

ONCE = 1.0
"""Seconds of one cell or row."""
EACH, ALL = 3.0, 15.0
"""Seconds of one pattern or formula, and of all, beyond what each use may take."""
LEAST = 0.05
"""Seconds of one where all have used up theirs."""
PER_USE = 50e-6


class _TooSlow(BaseException):
    """The time is up. What is interrupted may catch every exception."""


@dataclass(slots=True)
class _Spent:
    seconds: float = 0.0
    uses: int = 0


@dataclass(slots=True)
class Bounds:
    """What patterns and formulas took in one check."""

    slow: dict[str, object] = field(default_factory=dict)
    """Those that took too long, and on what first."""
    is_timed: bool = True
    _spent: dict[str, _Spent] = field(default_factory=dict)
    _seconds: float = 0.0

    def run(self, name: str, use: Callable[[], bool], on: object) -> bool:
        """Return what the use of a pattern or formula tells; True: it takes too long."""
        if name in self.slow:
            return True
        spent = self._spent.setdefault(name, _Spent())
        left = EACH + spent.uses * PER_USE - spent.seconds
        if self._seconds > ALL:
            left = min(left, LEAST + spent.uses * PER_USE - spent.seconds)
        start = time.process_time()
        try:
            # 0 would be no bound at all.
            signal.setitimer(signal.ITIMER_PROF, max(min(ONCE, left), 1e-4))
            found = use()
            signal.setitimer(signal.ITIMER_PROF, 0)
        except _TooSlow:
            self.slow[name] = on
            found = True
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        took = time.process_time() - start
        spent.uses += 1
        spent.seconds += took
        self._seconds += max(took - PER_USE, 0)
        return found


_CURRENT: ContextVar[Bounds | None] = ContextVar("bounds", default=None)


def kept(name: str, use: Callable[[], bool], on: object) -> bool:
    """Tell whether a pattern or formula is kept, in bounded time while a check goes on."""
    bounds = _CURRENT.get()
    return bounds.run(name, use, on) if bounds is not None and bounds.is_timed else use()


@contextmanager
def bounded() -> Iterator[Bounds]:
    """Bound the time of patterns and formulas in what is done meanwhile.

    Only the main thread can be interrupted: in others, only the process is bounded.
    """
    bounds = Bounds(is_timed=threading.current_thread() is threading.main_thread())
    before = signal.signal(signal.SIGPROF, _interrupt) if bounds.is_timed else None
    token = _CURRENT.set(bounds)
    try:
        yield bounds
    finally:
        _CURRENT.reset(token)
        if bounds.is_timed:
            signal.signal(signal.SIGPROF, before)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise _TooSlow


def _bound_patterns() -> None:
    """Let Frictionless ask us before it holds a cell against a pattern."""
    fields = importlib.import_module("frictionless.schema.field")
    match = fields.check_pattern

    def check_pattern(constraint: object, cell: str | None) -> bool:
        pattern = constraint.pattern  # type: ignore[attr-defined]
        return kept(pattern, lambda: match(constraint, cell), cell)

    fields.check_pattern = check_pattern  # type: ignore[attr-defined]


def _bound_samples() -> None:
    """Let Frictionless guess no separators of a file in a check, which has found them out.

    Its guess takes no more account of the first lines than we leave open, which is nothing, and
    may take minutes for long ones.
    """
    parser = importlib.import_module("frictionless.formats.csv.parser")
    extract = parser.extract_samle
    parser.extract_samle = lambda lines: extract(lines) if _CURRENT.get() is None else []  # type: ignore[attr-defined]


_bound_patterns()
_bound_samples()

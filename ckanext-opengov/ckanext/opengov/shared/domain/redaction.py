"""Which words go from a published file, row by row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Loss:
    """What one row loses."""

    emptied: frozenset[str] = frozenset()
    """These columns alone; with none, all but those that are ``kept``."""
    kept: frozenset[str] = frozenset()
    marks: Mapping[str, str] = field(default_factory=dict)
    """What stands instead in columns that say so."""

    def takes(self, column: str) -> bool:
        """Tell whether the row loses this cell."""
        return column in self.emptied if self.emptied else column not in self.kept


@dataclass(frozen=True, slots=True)
class Plan:
    """Which words go from one file."""

    column: str
    """By which its rows are found."""
    losses: Callable[[Collection[str]], Mapping[str, Loss]]
    """Returns, of the values of that column, those whose rows lose something now."""

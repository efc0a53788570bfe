"""Which columns of two tables are the same, which came, went, or have a new name or type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ALIKE = 0.8
"""Share of equal values from which a column with a new name counts as the same."""
FEW_VALUES = 20
"""Columns with no more different values are alike by chance."""

Head = Sequence[Sequence[str]]
"""The names of the columns, then the first rows."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of one of the two tables."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A column that both tables have, and where it stands in each."""

    before: Column
    after: Column
    place_before: int
    place_after: int


@dataclass(frozen=True, slots=True)
class Columns:
    """What became of the columns."""

    pairs: tuple[Pair, ...]
    added: tuple[Column, ...]
    removed: tuple[Column, ...]

    def as_dict(self) -> dict[str, object]:
        """Return what changed, to be stored."""
        return {
            "added": [{"name": each.name, "type": each.type} for each in self.added],
            "removed": [{"name": each.name, "type": each.type} for each in self.removed],
            "renamed": [
                {"before": pair.before.name, "after": pair.after.name}
                for pair in self.pairs
                if pair.before.name != pair.after.name
            ],
            "retyped": [
                {"name": pair.after.name, "before": pair.before.type, "after": pair.after.type}
                for pair in self.pairs
                if pair.before.type != pair.after.type
            ],
        }


def match(
    before: Head, after: Head, types_before: Mapping[str, str], types_after: Mapping[str, str]
) -> Columns:
    """Return which columns belong together: by name, else by what their first rows hold."""
    old, new = list(dict.fromkeys(before[0])), list(dict.fromkeys(after[0]))
    same = {name: name for name in new if name in old}
    for name in new:
        left = [each for each in old if each not in same.values()]
        if name not in same:
            found = next((each for each in left if _is_renamed(before, each, after, name)), None)
            if found is not None:
                same[name] = found
    pairs = [
        Pair(
            Column(same[name], types_before.get(same[name], "")),
            Column(name, types_after.get(name, "")),
            before[0].index(same[name]),
            after[0].index(name),
        )
        for name in new
        if name in same
    ]
    gone = [name for name in old if name not in same.values()]
    return Columns(
        tuple(pairs),
        tuple(Column(name, types_after.get(name, "")) for name in new if name not in same),
        tuple(Column(name, types_before.get(name, "")) for name in gone),
    )


def _is_renamed(before: Head, old: str, after: Head, new: str) -> bool:
    if _plain(old) == _plain(new):
        return True
    was, now = _values(before, old), _values(after, new)
    different = {value for value in now if value}
    if len(different) < 2 or not was:  # noqa: PLR2004 - one value everywhere tells nothing
        return False
    rows = min(len(was), len(now))
    if sum(a == b for a, b in zip(was, now, strict=False)) >= ALIKE * rows:
        return True
    return len(different) > FEW_VALUES and len(different & set(was)) >= ALIKE * len(different)


def _plain(name: str) -> str:
    """Return a name without what people change in passing: case, blanks, signs."""
    return "".join(sign for sign in name.casefold() if sign.isalnum()) or name


def _values(head: Head, name: str) -> list[str]:
    place = head[0].index(name)
    return [row[place] for row in head[1:] if place < len(row)]

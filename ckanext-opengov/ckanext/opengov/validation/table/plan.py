"""What is checked in a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ckanext.opengov.validation.checks import TableCheck
from ckanext.opengov.validation.table.column import Column
from ckanext.opengov.validation.table.ledger import Make
from ckanext.opengov.validation.table.rules import ByColumns
from ckanext.opengov.validation.table.seen import OfTable


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key whose rows are in the same table."""

    places: tuple[int, ...]
    source: tuple[int | None, ...]
    """Of the columns referred to; None: the table has no such column."""
    names: tuple[str, ...]
    source_names: tuple[str, ...]
    table: str

    @property
    def all(self) -> tuple[int, ...]:
        """Return the columns on both sides."""
        return (*self.places, *(place for place in self.source if place is not None))

    def note(self, values: Sequence[object]) -> str:
        """Return what Frictionless says of values that are not there."""
        return (
            f'for "{", ".join(self.names)}": values "{", ".join(map(str, values))}" not found'
            f' in the lookup table "{self.table}" as "{", ".join(self.source_names)}"'
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What is checked."""

    columns: Sequence[Column]
    make: Make
    primary: tuple[int, ...] = ()
    references: tuple[Reference, ...] = ()
    rules: Mapping[int, ByColumns] = field(default_factory=dict)
    """By their places among the rules of the schema, as the checks."""
    checks: Mapping[int, tuple[TableCheck, OfTable]] = field(default_factory=dict)
    texts: tuple[int, ...] = ()
    """Columns in which a cell may be a formula."""
    guessed: bool = False
    """A cell of another type means that the type of its column was guessed wrong."""
    numbers: tuple[int, ...] = ()
    """Guessed columns of numbers, in which an identifier means the same."""

    @property
    def unique(self) -> tuple[int, ...]:
        """Return the columns without equal values."""
        return tuple(each.place for each in self.columns if each.field.constraints.get("unique"))

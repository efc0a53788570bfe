"""Divides a long text into parts that a page can bear, and lists what it contains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ckanext.consultation.domain.texts.nodes import CONTAINERS, Kind

MOST_OF_A_PART = 200
"""Nodes; a page of them is about as long as a long article of a newspaper."""
LEAST_OF_A_PART = 100
"""From here on a part ends where a division begins."""


@dataclass(frozen=True, slots=True)
class Place:
    """A node as far as dividing needs it."""

    eid: str
    parent_eid: str | None
    kind: Kind


@dataclass(frozen=True, slots=True)
class Part:
    """A row of nodes that stand on one page, by their positions from 1."""

    number: int
    first: int
    last: int
    eid: str
    """Of its first node."""


def parts_of(places: Sequence[Place]) -> list[Part]:
    """Return the parts of a text in order; a short text is one."""
    begins = [0]
    for at, place in enumerate(places):
        length = at - begins[-1]
        is_break = place.kind in CONTAINERS and length >= LEAST_OF_A_PART
        if is_break or length >= MOST_OF_A_PART:
            begins.append(at)
    # A last page of few nodes is put to the one before it, if both fit.
    if len(begins) > 1 and len(places) - begins[-2] <= MOST_OF_A_PART:
        begins.pop()
    ends = [*begins[1:], len(places)]
    return [
        Part(number, first + 1, last, places[first].eid)
        for number, (first, last) in enumerate(zip(begins, ends, strict=True), start=1)
        if last > first
    ]


def part_with(parts: Sequence[Part], position: int) -> Part:
    """Return the part in which a node stands."""
    return next(part for part in parts if part.first <= position <= part.last)


def above(places: Sequence[Place], eid: str) -> list[str]:
    """Return the ids of what contains a node, the outermost first."""
    parents = {place.eid: place.parent_eid for place in places}
    found: list[str] = []
    parent = parents[eid]
    while parent is not None:
        found.insert(0, parent)
        parent = parents[parent]
    return found

"""Divides a long text into parts that a page can bear, and names what stands in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ckanext.consultation.domain.texts.nodes import CONTAINERS, Kind, Node, Text
from ckanext.consultation.domain.texts.numerals import numeral_of, places_of

MOST_OF_A_PART = 200
"""Nodes; a page of them is about as long as a long article of a newspaper."""
LEAST_OF_A_PART = 100
"""From here on a part ends where a division begins."""


FIRST_WORDS = 8
"""Of a paragraph: enough to know which one is meant."""


@dataclass(frozen=True, slots=True)
class Part:
    """A row of nodes that stand on one page, by their positions from 1."""

    number: int
    first: int
    last: int


def parts_of(text: Text) -> list[Part]:
    """Return the parts of a text in order; a short text is one."""
    begins = [0]
    for at, node in enumerate(text):
        length = at - begins[-1]
        is_break = node.kind in CONTAINERS and length >= LEAST_OF_A_PART
        if is_break or length >= MOST_OF_A_PART:
            begins.append(at)
    # A last page of few nodes is put to the one before it, if both fit.
    if len(begins) > 1 and len(text) - begins[-2] <= MOST_OF_A_PART:
        begins.pop()
    ends = [*begins[1:], len(text)]
    return [
        Part(number, first + 1, last)
        for number, (first, last) in enumerate(zip(begins, ends, strict=True), start=1)
    ]


def part_with(parts: Sequence[Part], position: int) -> Part:
    """Return the part in which a node stands."""
    return next(part for part in parts if part.first <= position <= part.last)


def above(text: Text, eid: str) -> list[Node]:
    """Return what contains a node, the outermost first."""
    known = {node.eid: node for node in text}
    found: list[Node] = []
    parent = known[eid].parent_eid
    while parent is not None:
        found.insert(0, known[parent])
        parent = known[parent].parent_eid
    return found


def depths(text: Text) -> dict[str, int]:
    """Return in how many divisions each node stands."""
    found: dict[str, int] = {}
    divisions = {node.eid for node in text if node.kind in CONTAINERS}
    for node in text:
        above_it = found.get(node.parent_eid or "", 0)
        found[node.eid] = above_it + (node.parent_eid in divisions)
    return found


def names_of(node: Node) -> dict[str, str]:
    """Return what people call a node in a sentence, in each of its languages.

    That is its number and its heading, or else its first words.
    """
    found = {}
    for language in sorted(node.languages):
        words = node.body.get(language, "").split()
        first = " ".join(words[:FIRST_WORDS]) + ("…" if len(words) > FIRST_WORDS else "")
        said = (node.number.get(language), node.heading.get(language) or first)
        found[language] = " ".join(each for each in said if each)
    return found


def labels(text: Text) -> dict[str, str]:
    """Return what a reader would cite: "3 § 2" for a paragraph of article 3, "3 § 2 a)" in it.

    Divisions are cited by the number that is printed before them, so they have no label here.
    """
    found: dict[str, str] = {}
    for node, (_kind, place) in zip(text, places_of(text), strict=True):
        parent = found.get(node.parent_eid or "", "")
        if node.kind in CONTAINERS:
            found[node.eid] = numeral_of(node)
        elif node.kind is Kind.ITEM:
            own = next(iter(node.number.values()), "") or f"({place.lstrip('#')})"
            found[node.eid] = f"{parent} {own}".strip()
        elif node.kind is Kind.TITLE:
            found[node.eid] = ""
        else:
            found[node.eid] = f"{parent} § {place.lstrip('#')}".strip()
    return found

"""Two versions of a text made ready to be matched: words as signs, places, neighbours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import Indel

from ckanext.consultation.domain.texts.nodes import CONTAINERS, Text, digest_of
from ckanext.consultation.domain.texts.numbers import plain
from ckanext.consultation.domain.texts.numerals import places_of

WORD = re.compile(r"\w+|[^\w\s]")
LETTERS_OR_DIGITS = re.compile(r"\w+")
FIRST_SIGN = 0x10000
SIGNS = 1_000_000
"""Beyond so many different words two may share a sign, which only makes texts look more alike."""


class Lexicon:
    """Gives each word a sign, so that texts are compared word by word at the speed of letters.

    Words are compared, not letters: two unrelated sentences of one language share half of their
    letters in order, but few of their words.
    """

    def __init__(self) -> None:
        self._signs: dict[str, str] = {}

    def signs_of(self, text: str) -> str:
        """Return a sign for each word; of a text without words, for each mark."""
        text = plain(text)
        words = LETTERS_OR_DIGITS.findall(text) or WORD.findall(text)
        return "".join(self._sign(word) for word in words)

    def _sign(self, word: str) -> str:
        if word not in self._signs:
            self._signs[word] = chr(FIRST_SIGN + len(self._signs) % SIGNS)
        return self._signs[word]


@dataclass(frozen=True, slots=True)
class Version:
    """One side of the comparison; nodes go by their place in the text, from 0."""

    text: Text
    signs: tuple[str, ...]
    digests: tuple[bytes, ...]
    parents: tuple[int | None, ...]
    places: tuple[tuple[str, str], ...]
    leaves: tuple[int, ...]
    """Nodes with words of their own; all others are divisions, known by what they contain."""
    order: dict[int, int]
    """Of each leaf, its place among the leaves."""
    leaf_signs: tuple[str, ...]
    spoken: tuple[tuple[str, ...], ...]
    """The signs of each node in each language apart."""

    def path(self, node: int) -> tuple[tuple[str, str], ...]:
        """Return the places of a node and of all that contains it: what a reader would cite."""
        return (self.places[node], *(self.places[each] for each in self.above(node)))

    def before(self, leaf: int) -> int | None:
        """Return the leaf before this one, or ``None`` at the beginning."""
        place = self.order[leaf]
        return self.leaves[place - 1] if place else None

    def after(self, leaf: int) -> int | None:
        """Return the leaf after this one, or ``None`` at the end."""
        place = self.order[leaf] + 1
        return self.leaves[place] if place < len(self.leaves) else None

    def above(self, node: int) -> Iterator[int]:
        """Yield what contains the node, the nearest first."""
        parent = self.parents[node]
        while parent is not None:
            yield parent
            parent = self.parents[parent]


def prepared(text: Text, languages: Sequence[str], lexicon: Lexicon) -> Version:
    """Return the version as far as it speaks these languages."""
    index = {node.eid: place for place, node in enumerate(text)}
    digests = [
        digest_of(
            {each: node.heading[each] for each in languages if node.heading.get(each)},
            {each: node.body[each] for each in languages if node.body.get(each)},
        )
        for node in text
    ]
    leaves = tuple(
        place for place, node in enumerate(text) if node.kind not in CONTAINERS or node.body
    )
    spoken = tuple(
        tuple(lexicon.signs_of(node.said_in([language])) for language in languages) for node in text
    )
    signs = tuple("".join(each) for each in spoken)
    return Version(
        text,
        signs,
        tuple(digests),
        tuple(None if node.parent_eid is None else index[node.parent_eid] for node in text),
        tuple(places_of(text)),
        leaves,
        {leaf: place for place, leaf in enumerate(leaves)},
        tuple(signs[leaf] for leaf in leaves),
        spoken,
    )


def likeness(one: str, other: str) -> float:
    """Return the share of words that two texts have in common in the same order, 0 to 1."""
    return float(Indel.normalized_similarity(one, other))


def alike(wanted: str, version: Version, least: float, most: int | None = None) -> dict[int, float]:
    """Return the leaves of a version that are at least so like a text, the likest first.

    ``most`` bounds their number: in a tariff every line is like every other.
    """
    if not wanted:
        return {}
    found = process.extract(
        wanted,
        version.leaf_signs,
        scorer=Indel.normalized_similarity,
        score_cutoff=least,
        limit=most,
    )
    return {version.leaves[place]: float(score) for _signs, score, place in found}

"""A text is a row of numbered nodes; a node keeps its id across versions and languages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from typing import TypeAlias

from ckanext.consultation.domain.texts import errors

MOST_NODES = 5_000
MOST_CHARACTERS_OF_A_NODE = 20_000
MILLION = 1_000_000
MOST_CHARACTERS = 2 * MILLION
"""In all languages together; what comparing two versions costs grows with its square."""

EID = re.compile(r"[a-z0-9_]+")
BLANKS = re.compile(r"[^\S\t\n]+")
AROUND_BREAKS = re.compile(r" *([\t\n]) *")
UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""Signs without a shape, which reorder or hide what people read; joiners and the marks of
direction (U+200C to U+200F) belong to Arabic and Persian and stay."""


class Kind(StrEnum):
    """What a node is. A ``part`` is a *titre*, a ``title`` is the name of the text."""

    TITLE = "title"
    PREAMBLE = "preamble"
    PART = "part"
    CHAPTER = "chapter"
    SECTION = "section"
    ARTICLE = "article"
    ANNEX = "annex"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    TABLE = "table"


CONTAINERS = frozenset(
    {Kind.PREAMBLE, Kind.PART, Kind.CHAPTER, Kind.SECTION, Kind.ARTICLE, Kind.ANNEX}
)

Words: TypeAlias = Mapping[str, str]
"""A text in each of its languages."""


@dataclass(frozen=True, slots=True)
class Node:
    """A heading, a paragraph, an item of a list or a table, in all its languages.

    ``number`` is what is printed before it, with its sign: "Article 3 :", "a)". The body of a
    table has a line for each row and a tab between cells.
    """

    eid: str
    parent_eid: str | None
    position: int
    kind: Kind
    number: Words = field(default_factory=dict)
    heading: Words = field(default_factory=dict)
    body: Words = field(default_factory=dict)

    @property
    def languages(self) -> frozenset[str]:
        """Return the languages in which it says something."""
        return frozenset(
            language for words in (self.number, self.heading, self.body) for language in words
        )

    @property
    def body_sha256(self) -> bytes:
        """Return the digest of heading and body; neither number nor place is part of it."""
        return digest_of(self.heading, self.body)

    def said_in(self, languages: Iterable[str]) -> str:
        """Return its heading and body in these languages, one after the other."""
        parts = (words.get(each, "") for each in languages for words in (self.heading, self.body))
        return "\n".join(part for part in parts if part)


Text: TypeAlias = tuple[Node, ...]
"""The nodes in the order of reading, each after its parent."""


def normalised(text: str) -> str:
    """Return the text with one form for each letter and blank, without unseen signs.

    Breaks of lines and tabs stay: a table needs them.
    """
    text = UNSEEN.sub("", unicodedata.normalize("NFC", text.replace("\r\n", "\n")))
    return AROUND_BREAKS.sub(r"\1", BLANKS.sub(" ", text)).strip(" \n")


def digest_of(heading: Words, body: Words) -> bytes:
    """Return the digest of what a node says, the same however it was spaced."""
    said = sha256()
    for name, words in (("heading", heading), ("body", body)):
        for language in sorted(words):
            said.update(f"{name}\x00{language}\x00{normalised(words[language])}\x00".encode())
    return said.digest()


def languages_of(text: Text) -> frozenset[str]:
    """Return every language in which the text says something."""
    return frozenset().union(*(node.languages for node in text))


def node_of(text: Text, eid: str) -> Node:
    """Return a node by its id.

    Raises:
        NodeUnknown: the text has none.
    """
    for node in text:
        if node.eid == eid:
            return node
    raise errors.NodeUnknown(eid=eid)


def children_of(text: Text) -> dict[str | None, list[Node]]:
    """Return the nodes under each parent, in order; ``None`` is the text itself."""
    found: dict[str | None, list[Node]] = {}
    for node in text:
        found.setdefault(node.parent_eid, []).append(node)
    return found


def in_order(nodes: Iterable[Node]) -> Text:
    """Return the nodes with their positions counted from 1."""
    return tuple(
        node if node.position == position else replace(node, position=position)
        for position, node in enumerate(nodes, start=1)
    )


def check(text: Text) -> Text:
    """Return the text if it is a valid one.

    Raises:
        DomainError: the first rule it breaks: ids, order, parents or bounds.
    """
    if len(text) > MOST_NODES:
        raise errors.TooManyParagraphs(most=MOST_NODES)
    if sum(len(words) for node in text for words in _all_words(node)) > MOST_CHARACTERS:
        raise errors.TextTooLong(most=MOST_CHARACTERS // MILLION)
    open_nodes: list[str] = []
    seen: set[str] = set()
    for position, node in enumerate(text, start=1):
        _check_node(node, position)
        if node.eid in seen:
            raise errors.EidTaken(eid=node.eid)
        seen.add(node.eid)
        _close_until(open_nodes, node, seen)
        open_nodes.append(node.eid)
    return text


def _check_node(node: Node, position: int) -> None:
    if not EID.fullmatch(node.eid):
        raise errors.EidMalformed(eid=node.eid)
    if node.position != position:
        raise errors.PositionsBroken(eid=node.eid)
    for words in _all_words(node):
        if len(words) > MOST_CHARACTERS_OF_A_NODE:
            raise errors.ParagraphTooLong(start=words[:40], most=MOST_CHARACTERS_OF_A_NODE)


def _close_until(open_nodes: list[str], node: Node, seen: set[str]) -> None:
    """Leave only the node's ancestors open: a child stands inside its parent, not after it."""
    if node.parent_eid is not None and (node.parent_eid not in seen or node.parent_eid == node.eid):
        raise errors.ParentMissing(eid=node.eid)
    while open_nodes and open_nodes[-1] != node.parent_eid:
        open_nodes.pop()
    if node.parent_eid is not None and not open_nodes:
        raise errors.PositionsBroken(eid=node.eid)


def _all_words(node: Node) -> Iterator[str]:
    for words in (node.number, node.heading, node.body):
        yield from words.values()

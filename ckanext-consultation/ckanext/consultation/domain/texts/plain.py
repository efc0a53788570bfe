"""Nodes as plain values, for storing them aside and for the API."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TypedDict

from ckanext.consultation.domain.texts import errors
from ckanext.consultation.domain.texts.nodes import Kind, Node, Text, Words, check

WORDS = ("number", "heading", "body")


class PlainNode(TypedDict):
    """A node as JSON holds it; its position is its place in the list."""

    eid: str
    parent_eid: str | None
    kind: str
    number: dict[str, str]
    heading: dict[str, str]
    body: dict[str, str]


def as_plain(text: Text) -> list[PlainNode]:
    """Return the nodes as JSON can hold them."""
    return [
        {
            "eid": node.eid,
            "parent_eid": node.parent_eid,
            "kind": str(node.kind),
            "number": dict(node.number),
            "heading": dict(node.heading),
            "body": dict(node.body),
        }
        for node in text
    ]


def from_plain(nodes: Sequence[PlainNode]) -> Text:
    """Return the text that ``as_plain`` stored."""
    return check(
        tuple(
            Node(
                node["eid"],
                node["parent_eid"],
                position,
                Kind(node["kind"]),
                node["number"],
                node["heading"],
                node["body"],
            )
            for position, node in enumerate(nodes, start=1)
        )
    )


def fingerprint(node: Node) -> str:
    """Return what changes when anything of a node does but its place among its like."""
    said = [str(node.kind), node.parent_eid, *(dict(getattr(node, name)) for name in WORDS)]
    text = json.dumps(said, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def in_language(words: Words, language: str | None) -> dict[str, str]:
    """Return the words in one language, or in all."""
    return {each: said for each, said in words.items() if language in (None, each)}


def without_language(text: Text, language: str) -> Text:
    """Return the text as if nobody had ever said it in this language."""
    return tuple(
        Node(
            node.eid,
            node.parent_eid,
            node.position,
            node.kind,
            *(_but(getattr(node, name), language) for name in WORDS),
        )
        for node in text
    )


def with_kept_words(text: Text, before: Text, language: str) -> Text:
    """Return the text, where ``before`` says something in a language with those words."""
    known = {node.eid: node for node in before if language in node.languages}
    return tuple(
        _kept(node, known[node.eid], language) if node.eid in known else node for node in text
    )


def _kept(node: Node, before: Node, language: str) -> Node:
    words = (
        {**_but(getattr(node, name), language), **in_language(getattr(before, name), language)}
        for name in WORDS
    )
    return Node(node.eid, node.parent_eid, node.position, node.kind, *words)


def _but(words: Words, language: str) -> dict[str, str]:
    return {each: said for each, said in words.items() if each != language}


def kind_of(name: object) -> Kind:
    """Return the kind of node that a name says.

    Raises:
        LevelNotPossible: there is none.
    """
    try:
        return Kind(str(name))
    except ValueError:
        raise errors.LevelNotPossible(parent=name) from None


def renamed(text: Text, names: Mapping[str, str]) -> Text:
    """Return the text with other ids for some nodes."""
    return tuple(
        Node(
            names.get(node.eid, node.eid),
            names.get(node.parent_eid, node.parent_eid) if node.parent_eid else None,
            node.position,
            node.kind,
            node.number,
            node.heading,
            node.body,
        )
        for node in text
    )

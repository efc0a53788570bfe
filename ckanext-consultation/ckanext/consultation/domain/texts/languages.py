"""Joins the imports of one text in two languages, by structure and number alone."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ckanext.consultation.domain.texts import errors
from ckanext.consultation.domain.texts.eids import free
from ckanext.consultation.domain.texts.nodes import (
    CONTAINERS,
    Node,
    Text,
    check,
    children_of,
    in_order,
    languages_of,
    node_of,
)
from ckanext.consultation.domain.texts.numerals import numeral_of

FIGURE = re.compile(r"\d(?:[\d.,\u00a0\u202f ]*\d)?")
NOT_DIGITS = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class Misfit:
    """Nodes under one parent that a person must pair: ids of the first and of the second text."""

    parent_eid: str | None
    first: tuple[str, ...]
    second: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Alignment:
    """The joined text: all nodes of the first, with the words of the second where they fit."""

    text: Text
    misfits: tuple[Misfit, ...]
    doubts: tuple[str, ...]
    """Joined by their place, but other figures stand in them: a person should look."""


@dataclass(slots=True)
class _Joining:
    first: Mapping[str | None, Sequence[Node]]
    second: Mapping[str | None, Sequence[Node]]
    settled: Mapping[str, str | None]
    pairs: dict[str, Node] = field(default_factory=dict)
    """By id of the first text, the node of the second."""
    misfits: list[Misfit] = field(default_factory=list)


def align_languages(
    first: Text, second: Text, settled: Mapping[str, str | None] | None = None
) -> Alignment:
    """Return the two texts joined, and what does not fit.

    Divisions fit by kind and number; paragraphs only if all of one parent agree in kind, number
    and count. ``settled`` is what a person answered: for ids of the second text the id of the
    first, or ``None`` for what stands in the second language only.

    Raises:
        SameLanguages: they have a language in common.
        NodeUnknown: an answer names a node that does not exist.
        NotACandidate: two nodes were given the same partner.
    """
    if languages_of(first) & languages_of(second):
        raise errors.SameLanguages
    settled = settled or {}
    _check_answers(first, second, settled)
    joining = _Joining(children_of(first), children_of(second), settled)
    known = {eid for eid in settled.values() if eid}
    for eid, partner in settled.items():
        if partner:
            joining.pairs[partner] = node_of(second, eid)
    _join(joining, None, None, known)
    for eid, partner in settled.items():
        if partner:
            _join(joining, partner, eid, known)
    joined = tuple(_with_words(node, joining.pairs.get(node.eid)) for node in first)
    doubts = tuple(
        node.eid
        for node in first
        if (other := joining.pairs.get(node.eid))
        and other.eid not in settled
        and _figures(node) != _figures(other)
    )
    return Alignment(check(_with_own(joined, joining)), tuple(joining.misfits), doubts)


def _check_answers(first: Text, second: Text, settled: Mapping[str, str | None]) -> None:
    for eid, partner in settled.items():
        node_of(second, eid)
        if partner:
            node_of(first, partner)
    given = Counter(partner for partner in settled.values() if partner)
    for eid, times in given.items():
        if times > 1:
            raise errors.NotACandidate(eid=eid)


def _join(joining: _Joining, here: str | None, there: str | None, known: set[str]) -> None:
    """Pair the children of two parents that are one, then theirs."""
    ours = [node for node in joining.first.get(here, ()) if node.eid not in known]
    theirs = [node for node in joining.second.get(there, ()) if node.eid not in joining.settled]
    pairs = _numbered_pairs(ours, theirs)
    rest_here = [node for node in ours if node.eid not in {one.eid for one, _other in pairs}]
    rest_there = [node for node in theirs if node.eid not in {other.eid for _one, other in pairs}]
    for is_division in (True, False):
        left = [node for node in rest_here if (node.kind in CONTAINERS) is is_division]
        right = [node for node in rest_there if (node.kind in CONTAINERS) is is_division]
        if [_key(node) for node in left] == [_key(node) for node in right]:
            pairs += zip(left, right, strict=True)
        else:
            eids = (tuple(node.eid for node in some) for some in (left, right))
            joining.misfits.append(Misfit(here, *eids))
    for one, other in pairs:
        joining.pairs[one.eid] = other
        _join(joining, one.eid, other.eid, known)


def _key(node: Node) -> tuple[str, str]:
    return (str(node.kind), numeral_of(node))


def _numbered_pairs(ours: Sequence[Node], theirs: Sequence[Node]) -> list[tuple[Node, Node]]:
    """Return the divisions that have the same number, once on each side."""
    here, there = Counter(map(_key, ours)), Counter(map(_key, theirs))
    by_key = {_key(node): node for node in theirs}
    return [
        (node, by_key[key])
        for node in ours
        if node.kind in CONTAINERS and (key := _key(node))[1] and here[key] == 1 and there[key] == 1
    ]


def _with_words(node: Node, other: Node | None) -> Node:
    if other is None:
        return node
    return replace(
        node,
        number={**node.number, **other.number},
        heading={**node.heading, **other.heading},
        body={**node.body, **other.body},
    )


def _figures(node: Node) -> Counter[str]:
    """Return the numbers written in digits, of any script, without their separators."""
    said = " ".join((*node.heading.values(), *node.body.values()))
    found = FIGURE.findall("".join(_as_ascii(sign) for sign in said))
    return Counter(NOT_DIGITS.sub("", figure) for figure in found)


def _as_ascii(sign: str) -> str:
    return str(unicodedata.digit(sign)) if sign.isdigit() and sign.isdecimal() else sign


def _with_own(text: Text, joining: _Joining) -> Text:
    """Put in what stands in the second language only, after what it follows there."""
    nodes = list(text)
    partners = {other.eid: eid for eid, other in joining.pairs.items()}
    for there, children in joining.second.items():
        before: str | None = None
        for child in children:
            is_own = child.eid in joining.settled and joining.settled[child.eid] is None
            home = partners.get(there) if there else None
            if is_own and (home or there is None):
                eid = free(child.eid, {node.eid for node in nodes})
                place = _place_after(nodes, before, home)
                nodes.insert(place, replace(child, eid=eid, parent_eid=home))
                partners[child.eid] = eid
            before = partners.get(child.eid, before)
    return in_order(nodes)


def _place_after(nodes: Sequence[Node], before: str | None, home: str | None) -> int:
    """Return where a node goes: after its elder sister and all in her, or first in its home."""
    if before is None:
        places = [at for at, node in enumerate(nodes) if node.eid == home]
        return places[0] + 1 if places else 0
    inside: set[str] = {before}
    place = 0
    for at, node in enumerate(nodes):
        if node.eid in inside or node.parent_eid in inside:
            inside.add(node.eid)
            place = at + 1
    return place

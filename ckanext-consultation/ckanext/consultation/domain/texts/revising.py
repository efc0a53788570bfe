"""What became of each node when a draft becomes public, and joining a further language."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

from ckanext.consultation.domain.texts.eids import free
from ckanext.consultation.domain.texts.languages import Misfit, align_languages
from ckanext.consultation.domain.texts.matching import (
    Anchor,
    Certainty,
    Kinship,
    Relation,
    anchors,
    relations_by_eid,
)
from ckanext.consultation.domain.texts.nodes import Node, Text, check
from ckanext.consultation.domain.texts.plain import (
    renamed,
    with_kept_words,
    without_language,
)

PLACED = frozenset({Anchor.SAME, Anchor.EDITED, Anchor.MOVED})
IN_PARTS = frozenset({Kinship.SPLIT, Kinship.MERGED})


def relations_of_draft(old: Text, new: Text, noted: Sequence[Relation]) -> tuple[Relation, ...]:
    """Return what became of each node of the old version in a draft that was edited since.

    ``noted`` is what was known when the draft was imported. What was uncertain then stays so,
    whatever the words say now; what was cut into parts stays a question if the parts changed.
    """
    ids = {node.eid for node in new}
    before: dict[str, list[Relation]] = {}
    for each in noted:
        before.setdefault(each.from_eid, []).append(each)
    found: dict[str, list[Relation]] = {}
    for each in relations_by_eid(old, new):
        found.setdefault(each.from_eid, []).append(each)
    rows: list[Relation] = []
    for eid, now in found.items():
        rows += now if eid in ids else _with_doubt(eid, now, before.get(eid, []), ids)
    return tuple(rows)


def _with_doubt(
    eid: str, now: list[Relation], noted: Sequence[Relation], ids: Collection[str]
) -> list[Relation]:
    open_ones = [each for each in noted if each.certainty is Certainty.UNCERTAIN]
    parts = [each.to_eid for each in noted if each.relation in IN_PARTS and each.to_eid]
    is_settled = all(each.certainty is Certainty.SURE and each.to_eid for each in now)
    if not open_ones and (not parts or is_settled):
        return now
    asked = [each for row in open_ones for each in row.candidates] or parts
    known = [*asked, *(each.to_eid for each in now if each.to_eid)]
    known += [each for row in now for each in row.candidates]
    candidates = tuple(dict.fromkeys(each for each in known if each in ids))
    if not candidates:
        return [Relation(eid, None, Kinship.DELETED)]
    kinship = noted[0].relation if noted[0].relation is not Kinship.DELETED else Kinship.EDITED
    return [Relation(eid, candidates[0], kinship, Certainty.UNCERTAIN, candidates)]


class Whereabouts(TypedDict):
    """Where the comments on a node stand in the next version."""

    to_eid: str | None
    state: str
    candidates: list[str]
    reached: list[str]
    """All nodes in which something of it may be."""


def whereabouts(relations: Sequence[Relation]) -> dict[str, Whereabouts]:
    """Return for each old node where its comments stand."""
    found: dict[str, Whereabouts] = {}
    states = anchors(relations)
    for each in relations:
        state = states[each.from_eid]
        nowhere = Whereabouts(to_eid=None, state=str(state), candidates=[], reached=[])
        row = found.setdefault(each.from_eid, nowhere)
        names = [*([each.to_eid] if each.to_eid else []), *each.candidates]
        row["reached"] = list(dict.fromkeys([*row["reached"], *names]))
        if state in PLACED:
            row["to_eid"] = each.to_eid
        elif state is Anchor.AMBIGUOUS:
            row["candidates"] = row["reached"]
    return found


@dataclass(frozen=True, slots=True)
class Joined:
    """A text with one more language, and what a person must still pair."""

    text: Text
    misfits: tuple[Misfit, ...]
    doubts: tuple[str, ...]
    settled: dict[str, str | None]
    """The answers, with the ids that nodes of the other language alone got."""


def join_language(
    text: Text,
    other: Text,
    language: str,
    settled: Mapping[str, str | None],
    used: Collection[str] = (),
) -> Joined:
    """Return the text with the words of another one where they fit; what it says of itself stays.

    May be asked again with more answers: words that were changed meanwhile are kept.

    Raises:
        DomainError: see ``align_languages``.
    """
    found = align_languages(without_language(text, language), other, settled)
    names = {node.eid for node in text}
    own = [node for node in found.text if node.eid not in names]
    fresh: dict[str, str] = {}
    for node in own:
        if node.eid in used:
            fresh[node.eid] = free(node.eid, {*used, *names, *fresh.values()})
    answers = dict(settled)
    left = [node for node in other if node.eid in settled and settled[node.eid] is None]
    for node in own:
        partner = next((each for each in left if _says_the_same(each, node)), None)
        if partner is not None:
            left.remove(partner)
            answers[partner.eid] = fresh.get(node.eid, node.eid)
    joined = check(with_kept_words(renamed(found.text, fresh), text, language))
    return Joined(joined, found.misfits, found.doubts, answers)


def _says_the_same(one: Node, other: Node) -> bool:
    return replace(one, eid="", parent_eid=None, position=0) == replace(
        other, eid="", parent_eid=None, position=0
    )

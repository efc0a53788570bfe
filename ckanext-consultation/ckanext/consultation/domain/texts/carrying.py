"""Gives a new version its ids: what is surely the same paragraph keeps the one it has."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from ckanext.consultation.domain.texts.eids import eid_for, free
from ckanext.consultation.domain.texts.matching import Certainty, Kinship, Relation, match
from ckanext.consultation.domain.texts.nodes import Text, check
from ckanext.consultation.domain.texts.numerals import places_of

KEEP_THEIR_EID = frozenset({Kinship.SAME, Kinship.EDITED, Kinship.MOVED})


@dataclass(frozen=True, slots=True)
class Carried:
    """The new version with its ids, and what became of the old nodes, in these ids."""

    text: Text
    relations: tuple[Relation, ...]

    @property
    def open_questions(self) -> tuple[Relation, ...]:
        """Return what a person must settle."""
        return tuple(each for each in self.relations if each.certainty is Certainty.UNCERTAIN)


def carry_eids(old: Text, new: Text, used: Collection[str] = ()) -> Carried:
    """Return the new version with the ids of the old one where the match is sure.

    All other nodes get ids that were never ``used`` in any version of the document. Parts of a
    split paragraph and merged ones are new nodes: whoever finds an old id finds what it meant.

    Raises:
        NoCommonLanguage: the versions share no language.
    """
    relations = match(old, new)
    kept = {
        each.to_eid: each.from_eid
        for each in relations
        if each.to_eid and each.certainty is Certainty.SURE and each.relation in KEEP_THEIR_EID
    }
    names = _names(new, kept, {*used, *(node.eid for node in old)})
    nodes = (
        replace(
            node,
            eid=names[node.eid],
            parent_eid=names[node.parent_eid] if node.parent_eid else None,
        )
        for node in new
    )
    return Carried(check(tuple(nodes)), tuple(_renamed(each, names) for each in relations))


def _names(new: Text, kept: dict[str, str], used: set[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for node, (_kind, place) in zip(new, places_of(new), strict=True):
        if node.eid in kept:
            names[node.eid] = kept[node.eid]
            continue
        parent = names[node.parent_eid] if node.parent_eid else None
        names[node.eid] = free(eid_for(parent, node.kind, place.lstrip("#")), used)
        used.add(names[node.eid])
    return names


def _renamed(relation: Relation, names: dict[str, str]) -> Relation:
    return replace(
        relation,
        to_eid=names[relation.to_eid] if relation.to_eid else None,
        candidates=tuple(names[each] for each in relation.candidates),
    )


def languages_changed(relations: Sequence[Relation], old: Text, new: Text) -> dict[str, list[str]]:
    """Return for each edited node the languages in which its words changed.

    A person who edits one language is asked to look at the others.
    """
    before = {node.eid: node for node in old}
    after = {node.eid: node for node in new}
    found: dict[str, list[str]] = {}
    for each in relations:
        if each.relation is Kinship.EDITED and each.to_eid:
            was, now = before[each.from_eid], after[each.to_eid]
            found[each.from_eid] = [
                language
                for language in sorted(was.languages | now.languages)
                if was.said_in([language]) != now.said_in([language])
            ]
    return found

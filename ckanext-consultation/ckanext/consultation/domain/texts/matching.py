"""Says what became of each node of a version in the next one, for the table of relations."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ckanext.consultation.domain.texts import errors
from ckanext.consultation.domain.texts.divisions import add_hints, match_divisions
from ckanext.consultation.domain.texts.leaves import (
    MOST_CANDIDATES,
    Leaves,
    match_known,
    match_leaves,
)
from ckanext.consultation.domain.texts.nodes import Text, languages_of
from ckanext.consultation.domain.texts.versions import Lexicon, Version, prepared


class Kinship(StrEnum):
    """What a node of the old version is to one of the new."""

    SAME = "same"
    EDITED = "edited"
    MOVED = "moved"
    SPLIT = "split"
    MERGED = "merged"
    DELETED = "deleted"


class Certainty(StrEnum):
    """Whether a person must look."""

    SURE = "sure"
    UNCERTAIN = "uncertain"


class Anchor(StrEnum):
    """Where a comment on an old node stands in the new version."""

    SAME = "same"
    EDITED = "edited"
    MOVED = "moved"
    AMBIGUOUS = "ambiguous"
    ORPHANED = "orphaned"


@dataclass(frozen=True, slots=True)
class Relation:
    """One row: what a node became. ``to_eid`` is missing exactly for what was deleted.

    An uncertain one proposes its first candidate; it is stored when a person has confirmed it.
    """

    from_eid: str
    to_eid: str | None
    relation: Kinship
    certainty: Certainty = Certainty.SURE
    candidates: tuple[str, ...] = ()


ANCHORS = {
    Kinship.SAME: Anchor.SAME,
    Kinship.EDITED: Anchor.EDITED,
    Kinship.MOVED: Anchor.MOVED,
    # A person says which part a comment means; a merged paragraph still holds what it meant.
    Kinship.SPLIT: Anchor.AMBIGUOUS,
    Kinship.MERGED: Anchor.EDITED,
    Kinship.DELETED: Anchor.ORPHANED,
}


def match(old: Text, new: Text) -> tuple[Relation, ...]:
    """Return what became of each node of the old version, by what the nodes say.

    Ids play no part: those of a new import were made from its own numbers.

    Raises:
        NoCommonLanguage: no language is in both.
    """
    languages = sorted(languages_of(old) & languages_of(new))
    if not languages and old and new:
        raise errors.NoCommonLanguage
    lexicon = Lexicon()
    before, after = prepared(old, languages, lexicon), prepared(new, languages, lexicon)
    leaves = match_leaves(before, after)
    divisions = match_divisions(before, after, leaves.sure, leaves.undecided)
    add_hints(divisions, before, after, leaves.uncertain)
    sure = leaves.sure | divisions.sure
    uncertain = leaves.uncertain | divisions.uncertain
    kinds = _Kinds(before, after, sure, uncertain)
    rows: list[Relation] = []
    for place in range(len(old)):
        rows += _rows_of(place, before, after, leaves, uncertain, kinds)
    return tuple(rows)


def _rows_of(
    place: int,
    before: Version,
    after: Version,
    leaves: Leaves,
    uncertain: Mapping[int, Sequence[int]],
    kinds: _Kinds,
) -> list[Relation]:
    eid = before.text[place].eid
    if (there := kinds.sure.get(place)) is not None:
        return [Relation(eid, after.text[there].eid, kinds.of(place))]
    if parts := leaves.split.get(place):
        return [Relation(eid, after.text[part].eid, Kinship.SPLIT) for part in parts]
    if (whole := leaves.merged.get(place)) is not None:
        return [Relation(eid, after.text[whole].eid, Kinship.MERGED)]
    candidates = tuple(after.text[each].eid for each in uncertain.get(place, ()))[:MOST_CANDIDATES]
    if candidates:
        kinship = Kinship.MERGED if place in leaves.perhaps_merged else Kinship.EDITED
        return [Relation(eid, candidates[0], kinship, Certainty.UNCERTAIN, candidates)]
    return [Relation(eid, None, Kinship.DELETED)]


class _Kinds:
    """Tells same, edited and moved apart, for what is surely one."""

    def __init__(
        self,
        before: Version,
        after: Version,
        sure: Mapping[int, int],
        uncertain: Mapping[int, Sequence[int]],
    ) -> None:
        self.sure = sure
        self._before = before
        self._after = after
        self._uncertain = uncertain
        self._said_before = _all_said(before)
        self._said_after = _all_said(after)
        pairs = sorted(sure.items())
        self._in_order = {pairs[at][0] for at in longest_rise([j for _i, j in pairs])}

    def of(self, place: int) -> Kinship:
        there = self.sure[place]
        if self._said_before[place] != self._said_after[there]:
            return Kinship.EDITED
        is_home = self._is_home(self._before.parents[place], self._after.parents[there])
        return Kinship.SAME if is_home and place in self._in_order else Kinship.MOVED

    def _is_home(self, parent: int | None, home: int | None) -> bool:
        if parent is None or home is None:
            return parent is home
        return self.sure.get(parent) == home or home in self._uncertain.get(parent, ())


def _all_said(version: Version) -> list[tuple[bytes, ...]]:
    """Return what each node says, a division with all that it contains."""
    said: list[list[bytes]] = [[] for _node in version.text]
    for place, digest in enumerate(version.digests):
        said[place].append(digest)
        if place in version.order:
            # A paragraph with items has words of its own; its items are nodes of their own.
            divisions = [each for each in version.above(place) if each not in version.order]
        else:
            divisions = list(version.above(place))
        for each in divisions:
            said[each].append(digest)
    return [tuple(each) for each in said]


def longest_rise(numbers: Sequence[int]) -> list[int]:
    """Return the places of the longest part of a row that rises."""
    ends: list[int] = []
    places: list[int] = []
    before: list[int | None] = []
    for place, number in enumerate(numbers):
        at = bisect_left(ends, number)
        before.append(places[at - 1] if at else None)
        ends[at : at + 1] = [number]
        places[at : at + 1] = [place]
    found: list[int] = []
    last = places[-1] if places else None
    while last is not None:
        found.append(last)
        last = before[last]
    return found[::-1]


def relations_by_eid(old: Text, new: Text) -> tuple[Relation, ...]:
    """Return what became of each node where both versions have the same ids.

    For a version that was made from the old one in the editor, which keeps the ids itself. What
    it split or joined is found by the words.
    """
    lexicon = Lexicon()
    languages = sorted(languages_of(old) | languages_of(new))
    before, after = prepared(old, languages, lexicon), prepared(new, languages, lexicon)
    index = {node.eid: place for place, node in enumerate(new)}
    kept = {place: index[node.eid] for place, node in enumerate(old) if node.eid in index}
    said = {i: j for i, j in kept.items() if i in before.order and j in after.order}
    leaves = match_known(before, after, said)
    sure = leaves.sure | {i: j for i, j in kept.items() if i not in said}
    kinds = _Kinds(before, after, sure, leaves.uncertain)
    rows: list[Relation] = []
    for place in range(len(old)):
        rows += _rows_of(place, before, after, leaves, leaves.uncertain, kinds)
    return tuple(rows)


def anchors(relations: Iterable[Relation]) -> dict[str, Anchor]:
    """Return where a comment on each old node stands."""
    found: dict[str, Anchor] = {}
    for each in relations:
        is_sure = each.certainty is Certainty.SURE
        found[each.from_eid] = ANCHORS[each.relation] if is_sure else Anchor.AMBIGUOUS
    return found


def settled(
    relations: Sequence[Relation], from_eid: str, to_eid: str | None, relation: Kinship
) -> tuple[Relation, ...]:
    """Return the relations with an uncertain or split one settled by a person.

    Raises:
        NodeUnknown: the old version has no such node.
        NotACandidate: it was sure, or the answer contradicts itself.
    """
    own = [each for each in relations if each.from_eid == from_eid]
    if not own:
        raise errors.NodeUnknown(eid=from_eid)
    is_open = any(
        each.certainty is Certainty.UNCERTAIN or each.relation in {Kinship.SPLIT, Kinship.DELETED}
        for each in own
    )
    if not is_open or (to_eid is None) != (relation is Kinship.DELETED):
        raise errors.NotACandidate(eid=to_eid or from_eid)
    answer = replace(own[0], to_eid=to_eid, relation=relation, certainty=Certainty.SURE)
    rows: list[Relation] = []
    for each in relations:
        if each.from_eid != from_eid:
            rows.append(each)
        elif answer not in rows:
            rows.append(answer)
    return tuple(rows)

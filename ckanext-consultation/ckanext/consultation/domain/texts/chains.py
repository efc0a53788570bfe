"""What became of a version's nodes over several versions, one step after the other."""

from __future__ import annotations

from collections.abc import Sequence

from ckanext.consultation.domain.texts.matching import Certainty, Kinship, Relation

STRONGEST = (Kinship.SPLIT, Kinship.MERGED, Kinship.EDITED, Kinship.MOVED, Kinship.SAME)
"""Of two steps the one that changed more is told."""


def composed(first: Sequence[Relation], second: Sequence[Relation]) -> list[Relation]:
    """Return what became of the nodes of the first step after the second.

    What was uncertain in one step is uncertain in the end.
    """
    after: dict[str, list[Relation]] = {}
    for each in second:
        after.setdefault(each.from_eid, []).append(each)
    # What was cut in two and put together again is one row, not two.
    return list(dict.fromkeys(row for each in first for row in _one(each, after)))


def _one(relation: Relation, after: dict[str, list[Relation]]) -> list[Relation]:
    if relation.certainty is Certainty.UNCERTAIN:
        reached = [row for name in relation.candidates for row in after.get(name, [])]
        return [_open(relation, reached)]
    if relation.to_eid is None:
        return [relation]
    rows: list[Relation] = []
    for row in after.get(relation.to_eid, []):
        if row.certainty is Certainty.UNCERTAIN:
            rows.append(_open(relation, [row]))
        elif row.to_eid is None:
            rows.append(Relation(relation.from_eid, None, Kinship.DELETED))
        else:
            kinship = min(relation.relation, row.relation, key=STRONGEST.index)
            rows.append(Relation(relation.from_eid, row.to_eid, kinship))
    return rows or [Relation(relation.from_eid, None, Kinship.DELETED)]


def _open(relation: Relation, reached: Sequence[Relation]) -> Relation:
    names = [name for row in reached for name in (row.to_eid, *row.candidates) if name]
    candidates = tuple(dict.fromkeys(names))
    first = candidates[0] if candidates else None
    kinship = Kinship.EDITED if relation.relation is Kinship.DELETED else relation.relation
    return Relation(relation.from_eid, first, kinship, Certainty.UNCERTAIN, candidates)

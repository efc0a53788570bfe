"""Matches the divisions of two versions by what they contain; numbers alone prove nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ckanext.consultation.domain.texts.versions import Version

LEAST_SHARED = 0.5
"""Share of the words of both that must stand in both."""
CLEAR_LEAD = 0.2
"""By how much the best must lead before the second."""
TRACE = 0.3
"""Below it, what two divisions share is no sign that they are one."""

Scores = dict[int, dict[int, float]]


@dataclass(slots=True)
class Divisions:
    """Which division is which: one for sure, or those that may be."""

    sure: dict[int, int] = field(default_factory=dict)
    uncertain: dict[int, list[int]] = field(default_factory=dict)


def match_divisions(
    old: Version, new: Version, pairs: Mapping[int, int], undecided: Iterable[int] = ()
) -> Divisions:
    """Return how the divisions match, given which leaf became which for sure.

    ``undecided`` leaves may still stand anywhere.
    """
    scores = _scores(old, new, pairs)
    rivals = _turned(scores)
    counts = _counts(old, new, pairs, undecided)
    homes: dict[int | None, int | None] = {None: None}
    homes.update((i, j) for i, j in pairs.items())
    in_place = {(new.parents[j], new.places[j]): j for j in reversed(_divisions_of(new))}
    found = Divisions()
    for i in _divisions_of(old):
        parent = old.parents[i]
        there = in_place.get((homes[parent], old.places[i])) if parent in homes else None
        sure = _sure(i, there, scores, rivals, old, new)
        if sure is not None and not counts.shows_whole(i, sure, is_in_place=sure == there):
            sure = None
        if sure is not None and sure not in found.sure.values():
            found.sure[i] = homes[i] = sure
            continue
        near = sorted(scores.get(i, {}).items(), key=lambda pair: -pair[1])
        candidates = [j for j, score in near if score >= TRACE]
        if there is not None and there not in candidates:
            candidates.append(there)
        if candidates:
            found.uncertain[i] = candidates
    return found


def add_hints(
    divisions: Divisions, old: Version, new: Version, proposed: Mapping[int, Sequence[int]]
) -> None:
    """Put first among a division's candidates those in which its open paragraphs may be."""
    hints: dict[int, Counter[int]] = defaultdict(Counter)
    for leaf, candidates in proposed.items():
        for x in old.above(leaf):
            hints[x].update(
                y for y in new.above(candidates[0]) if old.text[x].kind is new.text[y].kind
            )
    taken = set(divisions.sure.values())
    for x, votes in hints.items():
        if x not in divisions.sure and x not in old.order:
            hinted = [y for y, _times in votes.most_common() if y not in taken]
            known = divisions.uncertain.get(x, [])
            if candidates := [*hinted, *(y for y in known if y not in hinted)]:
                divisions.uncertain[x] = candidates


def _divisions_of(version: Version) -> list[int]:
    return [place for place in range(len(version.text)) if place not in version.order]


def _sure(
    i: int, there: int | None, scores: Scores, rivals: Scores, old: Version, new: Version
) -> int | None:
    own = scores.get(i, {})
    if own:
        best = max(own, key=lambda j: own[j])
        second = max((score for j, score in own.items() if j != best), default=0.0)
        rival = max((score for other, score in rivals[best].items() if other != i), default=0.0)
        if own[best] >= LEAST_SHARED and own[best] - max(second, rival) >= CLEAR_LEAD:
            return best
    if there is None or old.digests[i] != new.digests[there]:
        return None
    # At the same place with the same heading, and nothing of either stands elsewhere.
    elsewhere = [score for j, score in own.items() if j != there]
    elsewhere += [score for other, score in rivals.get(there, {}).items() if other != i]
    is_known = bool(old.signs[i]) or not (_weights(old)[i] or _weights(new)[there])
    return there if is_known and max(elsewhere, default=0.0) < TRACE else None


@dataclass(slots=True)
class _Counts:
    """How many paragraphs stand in divisions, and in two of them at once."""

    shared: Counter[tuple[int, int]]
    unmoved: Counter[tuple[int, int]]
    of_old: Counter[int]
    of_new: Counter[int]
    anywhere: Counter[int]
    """Paragraphs of an old division that were found, or may be."""

    def shows_whole(self, i: int, j: int, *, is_in_place: bool) -> bool:
        """Tell whether most paragraphs of each are those of the other: it went as a whole.

        A long paragraph that was moved into another article does not take its article along.
        Half of them are enough at the same place, if one still has its own place there and
        none of the others can be anywhere else.
        """
        both, most = self.shared[i, j], max(self.of_old[i], self.of_new[j])
        if is_in_place and not both:
            # The heading is the same, and nothing of either is elsewhere.
            return not self.anywhere[i]
        if is_in_place and self.unmoved[i, j] and self.anywhere[i] == both:
            return 2 * both >= most
        return 2 * both > most


def _counts(
    old: Version, new: Version, pairs: Mapping[int, int], undecided: Iterable[int]
) -> _Counts:
    unmoved = {i: j for i, j in pairs.items() if old.places[i] == new.places[j]}
    return _Counts(
        Counter((x, y) for i, j in pairs.items() for x in old.above(i) for y in new.above(j)),
        Counter((x, y) for i, j in unmoved.items() for x in old.above(i) for y in new.above(j)),
        Counter(x for leaf in old.leaves for x in old.above(leaf)),
        Counter(y for leaf in new.leaves for y in new.above(leaf)),
        Counter(x for i in pairs for x in old.above(i))
        + Counter(x for leaf in undecided for x in old.above(leaf)),
    )


def _weights(version: Version) -> list[int]:
    """Return how many words stand in each node and in all that it contains."""
    weights = [len(signs) for signs in version.signs]
    for place in reversed(range(len(weights))):
        parent = version.parents[place]
        if parent is not None:
            weights[parent] += weights[place]
    return weights


def _scores(old: Version, new: Version, pairs: Mapping[int, int]) -> Scores:
    """Return which share of their words each two divisions of a kind have in common."""
    shared: dict[tuple[int, int], float] = defaultdict(float)
    for i, j in pairs.items():
        weight = (len(old.signs[i]) + len(new.signs[j])) / 2
        for x in old.above(i):
            for y in new.above(j):
                if old.text[x].kind is new.text[y].kind:
                    shared[x, y] += weight
    scores: Scores = defaultdict(dict)
    of_old, of_new = _weights(old), _weights(new)
    for (x, y), words in shared.items():
        if x in old.order or y in new.order:
            continue
        same_heading = old.signs[x] and old.digests[x] == new.digests[y]
        total = of_old[x] + of_new[y]
        both = words + (len(old.signs[x]) if same_heading else 0)
        scores[x][y] = 2 * both / total if total else 0.0
    return scores


def _turned(scores: Scores) -> Scores:
    turned: Scores = defaultdict(dict)
    for x, row in scores.items():
        for y, score in row.items():
            turned[y][x] = score
    return turned

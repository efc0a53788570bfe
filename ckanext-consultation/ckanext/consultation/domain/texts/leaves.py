"""Matches the paragraphs of two versions. Whatever could be something else is left to a person.

1. Verbatim: the same words once in each version. Where another paragraph is a lookalike, it must
   stand in its place, between its neighbours, or its lookalikes must all be there in order.
2. Twins: the same words several times; each must stand between the same neighbours, or be the
   only one of its parent.
3. Split and merged: the words of one are those of several that follow each other.
4. Edited: like enough, and clearly more like than any other paragraph of either version.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ckanext.consultation.domain.texts.divisions import match_divisions
from ckanext.consultation.domain.texts.versions import Version, alike

LOOKALIKE = 0.75
LIKE_IN_PLACE = 0.6
LIKE_ELSEWHERE = 0.75
LIKE_IF_SHORT = 0.85
SHORT = 6
"""Words; texts with fewer are alike by chance."""
TELLING = 3
"""Words; fewer ("Repealed.") stand anywhere by chance."""
LEAD = 0.1
"""By how much the best must be more like than the second."""
WORTH_A_LOOK = 0.35
MOST_CANDIDATES = 5
MOST_LOOKED_AT = 25
PART_OF = 0.5
"""Share of a paragraph's words that show that it was cut from another, or put into it."""
FEW = 4
"""A word in so few paragraphs is a rare one."""
RARE_WORDS = 2
PASSES = 8


@dataclass(slots=True)
class Leaves:
    """Which paragraph is which, in places of the two versions."""

    verbatim: dict[int, int] = field(default_factory=dict)
    sure: dict[int, int] = field(default_factory=dict)
    uncertain: dict[int, list[int]] = field(default_factory=dict)
    split: dict[int, list[int]] = field(default_factory=dict)
    merged: dict[int, int] = field(default_factory=dict)
    perhaps_merged: set[int] = field(default_factory=set)

    @property
    def undecided(self) -> set[int]:
        """Return what may stand in several places, or does."""
        return {*self.uncertain, *self.split, *self.merged}


def match_leaves(old: Version, new: Version) -> Leaves:
    """Return how the paragraphs match."""
    return _Matching(old, new).run()


def match_known(old: Version, new: Version, pairs: Mapping[int, int]) -> Leaves:
    """Return how the paragraphs match where an editor kept the ids, given by ``pairs``.

    An id says which paragraph it is, not that all its words are still in it: the editor splits
    and joins, and the first part keeps the id.
    """
    return _Matching(old, new).run_known(pairs)


class _Matching:
    def __init__(self, old: Version, new: Version) -> None:
        self.old = old
        self.new = new
        self.found = Leaves()
        self.twins: list[tuple[list[int], list[int]]] = []
        self.homes: dict[int | None, int | None] = {None: None}
        self.rivals: dict[int, dict[int, float]] = {}

    def run(self) -> Leaves:
        self._find_verbatim()
        for place, settle in enumerate(
            (self._settle_by_itself, *[self._settle_by_others] * PASSES)
        ):
            known = len(self.found.sure)
            settle()
            self._settle_homes()
            if place and len(self.found.sure) == known:
                break
        self._leave_open()
        self._find_parts()
        self._settle_homes()
        self._find_edited()
        return self.found

    def run_known(self, pairs: Mapping[int, int]) -> Leaves:
        self.found.sure = {
            i: j for i, j in pairs.items() if self.old.digests[i] == self.new.digests[j]
        }
        self._find_parts()
        gone, came = self._left()
        parts_here, parts_there = _Parts(gone, self.old), _Parts(came, self.new)
        for i in gone:
            if i in pairs:
                j = pairs[i]
                missing = Counter(self.old.signs[i]) - Counter(self.new.signs[j])
                if parts := parts_there.made_of(missing, but=j):
                    self.found.uncertain[i] = [j, *parts][:MOST_CANDIDATES]
                else:
                    self.found.sure[i] = j
        for i in gone:
            if i in pairs:
                self._note_merged(i, pairs[i], parts_here)
        return self.found

    # -- the same words

    def _find_verbatim(self) -> None:
        groups: dict[bytes, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for side, version in enumerate((self.old, self.new)):
            for leaf in version.leaves:
                groups[version.digests[leaf]][side].append(leaf)
        for here, there in groups.values():
            if len(here) == len(there) == 1:
                self.found.verbatim[here[0]] = there[0]
            elif here and there:
                self.twins.append((here, there))

    def _settle_homes(self) -> None:
        """Say which parent is which, from what is sure of the paragraphs by now.

        What is not sure does not count: two lookalikes would vouch for each other.
        """
        pairs = self.found.sure
        self.homes = {None: None}
        undecided = [leaf for leaf in self.old.leaves if leaf not in pairs]
        divisions = match_divisions(self.old, self.new, pairs, undecided)
        self.homes.update((self._unanimous() | divisions.sure | pairs).items())

    def _unanimous(self) -> dict[int, int]:
        """Return parents whose sure paragraphs are all in one, which has none from elsewhere.

        Enough to say where a paragraph would stand in its place; not that two articles are one.
        """
        there: dict[int, set[int | None]] = defaultdict(set)
        here: dict[int | None, set[int | None]] = defaultdict(set)
        for i, j in self.found.sure.items():
            parent, home = self.old.parents[i], self.new.parents[j]
            here[home].add(parent)
            if parent is not None:
                there[parent].add(home)
        return {
            parent: home
            for parent, homes in there.items()
            for home in homes
            if home is not None and len(homes) == len(here[home]) == 1
        }

    def _is_in_place(self, i: int, j: int) -> bool:
        """Tell whether it stands where it stood: in the same parent, or with the same numbers."""
        parent = self.old.parents[i]
        if self.old.places[i] != self.new.places[j]:
            return False
        if parent in self.homes:
            return self.homes[parent] == self.new.parents[j]
        return self.old.path(i) == self.new.path(j)

    def _is_between_the_same(self, i: int, j: int) -> bool:
        """Tell whether the paragraphs before and after are surely the same."""
        known = self.found.sure
        around = (
            (self.old.before(i), self.new.before(j)),
            (self.old.after(i), self.new.after(j)),
        )
        return all(
            here is there if here is None or there is None else known.get(here) == there
            for here, there in around
        )

    def _settle_by_itself(self) -> None:
        for i, j in self.found.verbatim.items():
            if self.old.path(i) == self.new.path(j) or self._is_alone_or_in_order(i, j):
                self.found.sure[i] = j

    def _settle_by_others(self) -> None:
        for i, j in self.found.verbatim.items():
            if i not in self.found.sure and (
                self._is_in_place(i, j) or self._is_between_the_same(i, j)
            ):
                self.found.sure[i] = j
        self._settle_twins()

    def _is_alone_or_in_order(self, i: int, j: int) -> bool:
        """Tell whether no lookalike could be meant: there is none, or all are there in order."""
        here = set(alike(self.old.signs[i], self.old, LOOKALIKE)) - {i}
        there = set(alike(self.new.signs[j], self.new, LOOKALIKE)) - {j}
        if not here and not there:
            return len(self.old.signs[i]) >= TELLING
        kept = self.found.verbatim
        is_whole = here <= kept.keys() or there <= set(kept.values())
        return is_whole and all((a < i) == (kept[a] < j) for a in here if a in kept)

    # -- the same words more than once

    def _settle_twins(self) -> None:
        for here, there in self.twins:
            taken = set(self.found.sure.values())
            free = [j for j in there if j not in taken]
            for i in here:
                if i in self.found.sure:
                    continue
                fitting = [
                    j
                    for j in free
                    if self.old.places[i] == self.new.places[j] and self._is_between_the_same(i, j)
                ]
                fitting = fitting or self._alone_in_parent(i, here, there, free)
                if len(fitting) == 1:
                    self.found.sure[i] = fitting[0]
                    free.remove(fitting[0])

    def _alone_in_parent(
        self, i: int, here: Sequence[int], there: Sequence[int], free: Sequence[int]
    ) -> list[int]:
        """Return the twin in the same parent, if each has its own place there as before."""
        parent = self.old.parents[i]
        if parent not in self.homes:
            path = self.old.path(i)
            is_unmoved = {self.old.path(each) for each in here} == {
                self.new.path(each) for each in there
            }
            return [j for j in free if is_unmoved and self.new.path(j) == path]
        home = self.homes[parent]
        before = [self.old.places[each] for each in here if self.old.parents[each] == parent]
        now = [self.new.places[each] for each in there if self.new.parents[each] == home]
        within = [j for j in free if self.new.parents[j] == home]
        is_telling = len(here) == len(there) and len(self.old.signs[i]) >= TELLING
        if len(before) == len(now) == 1 and (before == now or is_telling):
            return within
        if before == now:
            return [j for j in within if self.new.places[j] == self.old.places[i]]
        return []

    def _leave_open(self) -> None:
        """What has its words in the new version but was not settled is for a person."""
        found = self.found
        taken = set(found.sure.values())
        for i, j in found.verbatim.items():
            if i not in found.sure:
                near = alike(self.old.signs[i], self.new, LOOKALIKE)
                found.uncertain[i] = _best({**near, j: 2.0}, taken - {j})
        for here, there in self.twins:
            free = [j for j in there if j not in taken]
            for i in here:
                if i not in found.sure and free:
                    found.uncertain[i] = free[:MOST_CANDIDATES]

    # -- split and merged

    def _left(self) -> tuple[list[int], list[int]]:
        """Return what is still to be found: here, and there what stands for nothing yet."""
        found = self.found
        gone = found.sure.keys() | found.uncertain.keys() | found.split.keys() | found.merged.keys()
        came = {*found.sure.values(), *found.merged.values(), *found.verbatim.values()}
        came |= {j for parts in found.split.values() for j in parts}
        came |= {j for _here, there in self.twins for j in there}
        return (
            [i for i in self.old.leaves if i not in gone],
            [j for j in self.new.leaves if j not in came],
        )

    def _find_parts(self) -> None:
        """Find what was cut into several or put together, word for word."""
        gone, came = self._left()
        self.found.split = _composed(gone, self.old, came, self.new)
        gone, came = self._left()
        for j, parts in _composed(came, self.new, gone, self.old).items():
            for i in parts:
                if len(self.old.signs[i]) >= TELLING:
                    self.found.merged[i] = j
                else:
                    self.found.uncertain[i] = [j]
                    self.found.perhaps_merged.add(i)

    # -- edited

    def _find_edited(self) -> None:
        gone, came = self._left()
        parts_here, parts_there = _Parts(gone, self.old), _Parts(came, self.new)
        for i in gone:
            near = alike(self.old.signs[i], self.new, WORTH_A_LOOK, MOST_LOOKED_AT)
            free = {j: score for j, score in near.items() if j in parts_there}
            best = next(iter(free), None)
            if best is None:
                continue
            missing = Counter(self.old.signs[i]) - Counter(self.new.signs[best])
            parts = parts_there.made_of(missing, but=best)
            self._note_merged(i, best, parts_here)
            if not parts and self._is_clear(i, best, free[best], self._second(i, best, near)):
                self.found.sure[i] = best
            else:
                self.found.uncertain[i] = _best({**free, **dict.fromkeys(parts, 1.0)}, set())

    def _second(self, i: int, best: int, near: Mapping[int, float]) -> float:
        """Return how like the next best is: another new one, or another old one to the best."""
        second = max((score for j, score in near.items() if j != best), default=0.0)
        if best not in self.rivals:
            self.rivals[best] = alike(self.new.signs[best], self.old, WORTH_A_LOOK, 2)
        rivals = self.rivals[best].items()
        return max(second, *(score for other, score in rivals if other != i), 0.0)

    def _is_clear(self, i: int, j: int, score: float, second: float) -> bool:
        """Tell whether two texts are one: like enough, and nothing else is nearly so like.

        Where it stood nobody need be very like; elsewhere it must have no lookalike at all,
        which could be the one that stands there now.
        """
        if score - second < LEAD:
            return False
        if self._is_in_place(i, j) or self._is_between_the_same(i, j):
            return score >= LIKE_IN_PLACE
        words = min(len(self.old.signs[i]), len(self.new.signs[j]))
        least = LIKE_IF_SHORT if words < SHORT else LIKE_ELSEWHERE
        return score >= least and second < LOOKALIKE

    def _note_merged(self, i: int, best: int, gone: _Parts) -> None:
        """Let others whose words came into the best one be offered it, not be called deleted."""
        added = Counter(self.new.signs[best]) - Counter(self.old.signs[i])
        for other in gone.made_of(added, but=i):
            if other not in self.found.sure and other not in self.found.uncertain:
                self.found.uncertain[other] = [best]
                self.found.perhaps_merged.add(other)


class _Parts:
    """Finds the leaves of which half the words or more are among given ones."""

    def __init__(self, leaves: Sequence[int], version: Version) -> None:
        self._words = {leaf: Counter(version.signs[leaf]) for leaf in leaves}
        often = Counter(sign for words in self._words.values() for sign in words)
        self._by_rare_word: dict[str, list[int]] = defaultdict(list)
        self._by_word: dict[str, list[int]] = defaultdict(list)
        for leaf, words in self._words.items():
            for sign in words:
                if often[sign] <= FEW:
                    self._by_word[sign].append(leaf)
            # Who has half of the words has one of any larger half: the rarest ones are enough.
            rarest = sorted(words.elements(), key=lambda sign: (often[sign], sign))
            for sign in set(rarest[: len(rarest) // 2 + 1]):
                self._by_rare_word[sign].append(leaf)

    def __contains__(self, leaf: int) -> bool:
        return leaf in self._words

    def made_of(self, words: Counter[str], *, but: int) -> list[int]:
        """Return them, in order, without the one that is looked at.

        Also those that hold most of the given words, if rare ones are among these.
        """
        votes = Counter(leaf for sign in words for leaf in self._by_word.get(sign, ()))
        holding = {
            leaf
            for leaf, rare in votes.items()
            if rare >= RARE_WORDS
            and leaf != but
            and (words & self._words[leaf]).total() >= PART_OF * words.total()
        }
        near = {leaf for sign in words for leaf in self._by_rare_word.get(sign, ())} - {but}
        made = {
            leaf
            for leaf in near
            if (words & self._words[leaf]).total() >= PART_OF * self._words[leaf].total()
        }
        return sorted(made | holding)


def _best(scores: Mapping[int, float], but: set[int]) -> list[int]:
    """Return the best candidates, the most like first."""
    near = sorted((-score, j) for j, score in scores.items() if j not in but)
    return [j for _score, j in near[:MOST_CANDIDATES]]


def _composed(
    wholes: Sequence[int], of_wholes: Version, parts: Sequence[int], of_parts: Version
) -> dict[int, list[int]]:
    """Return the wholes whose words are, in each language, those of several parts in a row."""
    free = set(parts)
    begins: dict[str, list[int]] = defaultdict(list)
    for part in parts:
        if of_parts.signs[part]:
            begins[of_parts.signs[part][0]].append(part)
    found: dict[int, list[int]] = {}
    for whole in wholes:
        spoken = of_wholes.spoken[whole]
        firsts = {part for signs in spoken if signs for part in begins.get(signs[0], ())}
        runs = [
            run for first in sorted(firsts) if (run := _run_from(first, spoken, of_parts, free))
        ]
        if len(runs) == 1:
            found[whole] = runs[0]
            free -= set(runs[0])
    return found


def _run_from(first: int, spoken: Sequence[str], version: Version, free: set[int]) -> list[int]:
    """Return the leaves from the first one on that say exactly this, if they are several."""
    run: list[int] = []
    leaf: int | None = first
    while leaf is not None and leaf in free and version.signs[leaf]:
        parts = version.spoken[leaf]
        if not all(map(str.startswith, spoken, parts)):
            return []
        run.append(leaf)
        spoken = [signs[len(part) :] for signs, part in zip(spoken, parts, strict=True)]
        if not any(spoken):
            return run if len(run) > 1 else []
        leaf = version.after(leaf)
    return []

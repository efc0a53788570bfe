"""Two versions side by side: what each node became, and for edited ones which words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ckanext.consultation.domain.texts.matching import Certainty, Relation
from ckanext.consultation.domain.texts.nodes import Node, Text, Words
from ckanext.opengov.shared.domain.differences import WORDS, Run, word_runs

MOST_WORK = 30_000_000
"""Words of old times words of new nodes, in all; beyond it, a node is marked as a whole."""


class Change(StrEnum):
    """What a reader is told of a row."""

    SAME = "same"
    EDITED = "edited"
    MOVED = "moved"
    SPLIT = "split"
    MERGED = "merged"
    DELETED = "deleted"
    ADDED = "added"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison: old nodes on one side, at most one new node on the other."""

    change: Change
    old: tuple[Node, ...]
    new: Node | None
    candidates: tuple[str, ...] = ()
    heading: Mapping[str, Sequence[Run]] = field(default_factory=dict)
    """For each language in which the heading changed, what stays and what is replaced."""
    body: Mapping[str, Sequence[Run]] = field(default_factory=dict)

    @property
    def is_renumbered(self) -> bool:
        """Tell whether another number is printed before it."""
        return bool(self.new and self.old and self.old[0].number != self.new.number)


def compare(old: Text, new: Text, relations: Sequence[Relation]) -> tuple[Row, ...]:
    """Return the rows in the order of the new text; what went stands where it stood."""
    return marked(rows_of(old, new, relations))


def rows_of(old: Text, new: Text, relations: Sequence[Relation]) -> tuple[Row, ...]:
    """Return the rows without a look at the words, which is quick however long the text is."""
    return tuple(_Comparison(old, new, relations).rows())


def marked(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return the rows with the words marked that went and came."""
    marking = _Marking()
    return tuple(marking.of(row) for row in rows)


class _Comparison:
    def __init__(self, old: Text, new: Text, relations: Sequence[Relation]) -> None:
        self.new = new
        self.nodes = {node.eid: node for node in old}
        self.sources: dict[str, list[Relation]] = defaultdict(list)
        self.left: dict[str, Relation] = {}
        self.wanted: set[str] = set()
        """What may be a node of the old text: nobody may call it new."""
        for each in relations:
            if each.certainty is Certainty.SURE and each.to_eid:
                self.sources[each.to_eid].append(each)
            else:
                self.left[each.from_eid] = each
                self.wanted.update(each.candidates)
        self.after = self._left_after(old)

    def _left_after(self, old: Text) -> dict[str, list[Relation]]:
        """Return what has no place in the new text, under the old node that it followed."""
        placed = {each.from_eid for some in self.sources.values() for each in some}
        found: dict[str, list[Relation]] = defaultdict(list)
        last = ""
        for node in old:
            if node.eid in self.left:
                found[last].append(self.left[node.eid])
            elif node.eid in placed:
                last = node.eid
        return found

    def rows(self) -> list[Row]:
        """Return all rows."""
        found = [self._gone(each) for each in self.after.pop("", [])]
        for node in self.new:
            sources = self.sources.get(node.eid, [])
            found.append(self._row(node, sources))
            for source in sources:
                found += [self._gone(each) for each in self.after.pop(source.from_eid, [])]
        return found

    def _gone(self, relation: Relation) -> Row:
        is_sure = relation.certainty is Certainty.SURE
        change = Change.DELETED if is_sure else Change.UNCERTAIN
        return Row(change, (self.nodes[relation.from_eid],), None, relation.candidates)

    def _row(self, node: Node, sources: Sequence[Relation]) -> Row:
        if not sources:
            is_open = node.eid in self.wanted
            return Row(Change.UNCERTAIN if is_open else Change.ADDED, (), node)
        change = Change(sources[0].relation.value)
        return Row(change, tuple(self.nodes[each.from_eid] for each in sources), node)


class _Marking:
    """Marks words, as long as that takes a bounded time in all."""

    def __init__(self) -> None:
        self.work = MOST_WORK

    def of(self, row: Row) -> Row:
        """Return a row with its words marked."""
        if row.change not in {Change.EDITED, Change.MERGED} or row.new is None:
            return row
        heading = self._runs(_joined([each.heading for each in row.old]), row.new.heading)
        body = self._runs(_joined([each.body for each in row.old]), row.new.body)
        return replace(row, heading=heading, body=body)

    def _runs(self, before: Words, after: Words) -> dict[str, Sequence[Run]]:
        found: dict[str, Sequence[Run]] = {}
        for language in sorted({*before, *after}):
            was, now = before.get(language, ""), after.get(language, "")
            if was != now:
                found[language] = self._marked(was, now)
        return found

    def _marked(self, was: str, now: str) -> Sequence[Run]:
        self.work -= len(WORDS.findall(was)) * len(WORDS.findall(now))
        return word_runs(was, now) if self.work > 0 else [Run(False, was, now)]


def _joined(many: Sequence[Words]) -> Words:
    languages = sorted({language for words in many for language in words})
    return {
        language: " ".join(words[language] for words in many if language in words)
        for language in languages
    }

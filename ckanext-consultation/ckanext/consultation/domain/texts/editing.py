"""The steps of the editor of nodes; each returns a new text, and untouched nodes keep their ids."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from ckanext.consultation.domain.texts import errors
from ckanext.consultation.domain.texts.eids import eid_for, free
from ckanext.consultation.domain.texts.nodes import (
    CONTAINERS,
    Kind,
    Node,
    Text,
    Words,
    check,
    in_order,
    node_of,
    normalised,
)

CONTENT = frozenset({Kind.PARAGRAPH, Kind.ITEM, Kind.TABLE})
DIVISIONS = frozenset({Kind.PART, Kind.CHAPTER, Kind.SECTION, Kind.ARTICLE})
MAY_CONTAIN: Mapping[Kind | None, frozenset[Kind]] = {
    None: frozenset(Kind),
    Kind.TITLE: frozenset(),
    Kind.PREAMBLE: CONTENT,
    Kind.PART: CONTENT | DIVISIONS,
    Kind.CHAPTER: CONTENT | DIVISIONS,
    Kind.SECTION: CONTENT | DIVISIONS,
    Kind.ANNEX: CONTENT | DIVISIONS,
    Kind.ARTICLE: CONTENT,
    Kind.PARAGRAPH: CONTENT,
    Kind.ITEM: CONTENT,
    Kind.TABLE: frozenset(),
}
"""What may stand in what: no division in an article, nothing in a title or a table."""


def insert_after(text: Text, eid: str | None, node: Node, used: Collection[str] = ()) -> Text:
    """Return the text with a node after another and all that it contains, under the same parent.

    Without ``eid`` it comes first. Of ``node`` the kind and the words count; its id is made
    anew, one that was never ``used`` in any version.
    """
    parent = node_of(text, eid).parent_eid if eid else None
    place = _end_of(text, eid) if eid else 0
    return _inserted(text, place, parent, node, used)


def insert_into(text: Text, parent_eid: str, node: Node, used: Collection[str] = ()) -> Text:
    """Return the text with a node as the first under a parent; its id is made anew."""
    place = _place(text, parent_eid) + 1
    return _inserted(text, place, parent_eid, node, used)


def edit(
    text: Text,
    eid: str,
    language: str,
    *,
    number: str | None = None,
    heading: str | None = None,
    body: str | None = None,
) -> Text:
    """Return the text with other words of a node in one language; ``None`` leaves them as they are.

    Raises:
        NothingLeft: a paragraph would have no words in any language.
    """
    node = node_of(text, eid)
    changed = replace(
        node,
        number=_with(node.number, language, number),
        heading=_with(node.heading, language, heading),
        body=_with(node.body, language, body),
    )
    _check_words(changed)
    return _replaced(text, changed)


def change_kind(text: Text, eid: str, kind: Kind) -> Text:
    """Return the text with a node of another kind at the same place.

    Raises:
        LevelNotPossible: it cannot stand in its parent, or its children not in it.
    """
    node = replace(node_of(text, eid), kind=kind)
    _check_place(text, node.kind, node.parent_eid)
    for child in text:
        if child.parent_eid == eid and child.kind not in MAY_CONTAIN[kind]:
            raise errors.LevelNotPossible(parent=eid)
    _check_words(node)
    return _replaced(text, node)


def move(text: Text, eid: str, parent_eid: str | None, after_eid: str | None = None) -> Text:
    """Return the text with a node and all in it under another parent.

    It comes after the child ``after_eid`` of that parent, or first.

    Raises:
        CannotMoveThere: the parent is the node or stands in it, or ``after_eid`` is elsewhere.
        LevelNotPossible: such a node cannot stand there.
    """
    node = node_of(text, eid)
    begin, end = _place(text, eid), _end_of(text, eid)
    moved = text[begin:end]
    inside = {each.eid for each in moved}
    if parent_eid in inside or after_eid in inside:
        raise errors.CannotMoveThere(eid=eid)
    if after_eid and node_of(text, after_eid).parent_eid != parent_eid:
        raise errors.CannotMoveThere(eid=eid)
    _check_place(text, node.kind, parent_eid)
    rest = text[:begin] + text[end:]
    if after_eid:
        place = _end_of(rest, after_eid)
    else:
        place = _place(rest, parent_eid) + 1 if parent_eid else 0
    placed = (replace(node, parent_eid=parent_eid), *moved[1:])
    return _made((*rest[:place], *placed, *rest[place:]))


def join_next(text: Text, eid: str) -> Text:
    """Return the text with the words of the next node in this one, whose id remains.

    What stands in the next one stands in this one then; its number goes.

    Raises:
        NothingToJoin: no node of the same kind follows under the same parent.
        HasParagraphs: a paragraph has items, which would come to stand before the joined words.
    """
    node = node_of(text, eid)
    end = _end_of(text, eid)
    other = text[end] if end < len(text) else None
    if not other or (other.parent_eid, other.kind) != (node.parent_eid, node.kind):
        raise errors.NothingToJoin(eid=eid)
    if end > _place(text, eid) + 1 and other.body:
        raise errors.HasParagraphs(eid=eid)
    break_ = "\n" if node.kind is Kind.TABLE else " "
    joined = replace(
        node,
        heading=_joined(node.heading, other.heading, " "),
        body=_joined(node.body, other.body, break_),
    )
    rest = (
        replace(each, parent_eid=eid) if each.parent_eid == other.eid else each
        for each in _replaced(text, joined)
        if each.eid != other.eid
    )
    return _made(rest)


def split_at(text: Text, eid: str, at: Mapping[str, int], used: Collection[str] = ()) -> Text:
    """Return the text with a node cut in two: the first keeps the id, the second gets a new one.

    ``at`` says for each language of the body after how many characters. What stands in the
    node follows its words, so it goes with the second part.

    Raises:
        CannotSplitHere: a part would be empty, or a language is missing.
    """
    node = node_of(text, eid)
    if not node.body or set(at) != set(node.body):
        raise errors.CannotSplitHere(eid=eid)
    first = {each: normalised(words[: max(at[each], 0)]) for each, words in node.body.items()}
    second = {each: normalised(words[max(at[each], 0) :]) for each, words in node.body.items()}
    if not all((*first.values(), *second.values())):
        raise errors.CannotSplitHere(eid=eid)
    new_eid = _new_eid(text, node.parent_eid, node.kind, used)
    rest = Node(new_eid, node.parent_eid, 0, node.kind, body=second)
    place = _place(text, eid)
    after = (
        replace(each, parent_eid=new_eid) if each.parent_eid == eid else each
        for each in text[place + 1 :]
    )
    return _made((*text[:place], replace(node, body=first), rest, *after))


def remove(text: Text, eid: str, *, with_contents: bool = False) -> Text:
    """Return the text without a node.

    Raises:
        HasParagraphs: others stand in it, and nobody said that they go too.
    """
    begin, end = _place(text, eid), _end_of(text, eid)
    if end > begin + 1 and not with_contents:
        raise errors.HasParagraphs(eid=eid)
    return _made(text[:begin] + text[end:])


def _inserted(
    text: Text, place: int, parent_eid: str | None, node: Node, used: Collection[str]
) -> Text:
    _check_place(text, node.kind, parent_eid)
    made = replace(
        node,
        eid=_new_eid(text, parent_eid, node.kind, used),
        parent_eid=parent_eid,
        number=_tidy(node.number),
        heading=_tidy(node.heading),
        body=_tidy(node.body),
    )
    _check_words(made)
    return _made((*text[:place], made, *text[place:]))


def _new_eid(text: Text, parent_eid: str | None, kind: Kind, used: Collection[str]) -> str:
    """Return a fresh id, numbered after all of its kind under the parent."""
    taken = {*used, *(node.eid for node in text)}
    count = sum(node.parent_eid == parent_eid and node.kind is kind for node in text)
    return free(eid_for(parent_eid, kind, count + 1), taken)


def _made(nodes: Iterable[Node]) -> Text:
    return check(in_order(nodes))


def _replaced(text: Text, node: Node) -> Text:
    return _made(node if each.eid == node.eid else each for each in text)


def _place(text: Sequence[Node], eid: str) -> int:
    for place, node in enumerate(text):
        if node.eid == eid:
            return place
    raise errors.NodeUnknown(eid=eid)


def _end_of(text: Sequence[Node], eid: str) -> int:
    """Return the place after a node and all that stands in it."""
    place = _place(text, eid)
    inside = {eid}
    end = place + 1
    while end < len(text) and text[end].parent_eid in inside:
        inside.add(text[end].eid)
        end += 1
    return end


def _check_place(text: Text, kind: Kind, parent_eid: str | None) -> None:
    parent = node_of(text, parent_eid).kind if parent_eid else None
    if kind not in MAY_CONTAIN[parent]:
        raise errors.LevelNotPossible(parent=parent_eid)


def _check_words(node: Node) -> None:
    """A division may be only a number or less: what it contains says the rest."""
    if node.kind not in CONTAINERS and not any((*node.heading.values(), *node.body.values())):
        raise errors.NothingLeft(eid=node.eid)


def _with(words: Words, language: str, said: str | None) -> Words:
    return words if said is None else _tidy({**words, language: said})


def _tidy(words: Words) -> Words:
    tidy = {language: normalised(said) for language, said in words.items()}
    return {language: said for language, said in tidy.items() if said}


def _joined(one: Words, other: Words, between: str) -> Words:
    return {
        language: between.join(each[language] for each in (one, other) if each.get(language))
        for language in sorted({*one, *other})
    }

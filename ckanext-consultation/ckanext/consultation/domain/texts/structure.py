"""Makes the nodes of a text from its blocks; what it does not recognise stays a paragraph."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ckanext.consultation.domain.texts import errors, headings, markers
from ckanext.consultation.domain.texts.blocks import Block
from ckanext.consultation.domain.texts.eids import eid_for, free
from ckanext.consultation.domain.texts.headings import Heading
from ckanext.consultation.domain.texts.markers import Marker, Style
from ckanext.consultation.domain.texts.nodes import (
    MOST_NODES,
    Kind,
    Node,
    Text,
    check,
    normalised,
)

MOST_SIGNS_OF_A_HEADING = 300
DEEPEST_LIST = 12
"""Items nested deeper stand at this depth."""


@dataclass(slots=True)
class Draft:
    """A node in the making."""

    kind: Kind
    parent: Draft | None
    number: str = ""
    heading: str = ""
    body: str = ""
    value: str = ""
    eid: str = ""
    children: dict[Kind, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Open:
    """A division that is not closed yet: what follows stands in it."""

    draft: Draft
    rank: int
    level: int
    is_recognised: bool

    def contains(self, other: Open) -> bool:
        """Tell whether the other stands inside; of what has no word, by the file's own levels."""
        if self.draft.kind is Kind.PREAMBLE:
            return False
        if self.level and other.level and not (self.is_recognised and other.is_recognised):
            return self.level < other.level
        return self.rank < other.rank


@dataclass(slots=True)
class OpenItem:
    """The last item of a list that may go on."""

    draft: Draft
    style: Style
    value: int
    depth: int


def nodes_of(blocks: Iterable[Block], language: str) -> Text:
    """Return the nodes that the blocks of a text make, in one language.

    Raises:
        EmptyText: no block says anything.
        DomainError: the text is over a bound of ``nodes``.
    """
    kept = [block for each in blocks if (block := _cleaned(each)) is not None]
    if not kept:
        raise errors.EmptyText
    if len(kept) > MOST_NODES:
        raise errors.TooManyParagraphs(most=MOST_NODES)
    builder = Builder(kept)
    builder.build()
    return check(_named(builder.drafts, language))


def _cleaned(block: Block) -> Block | None:
    text = normalised(block.text)
    if not block.is_table:
        text = text.replace("\t", " ").strip()
    marker = normalised(block.marker)
    if not text.strip() and not marker:
        return None
    if block.is_table and marker:
        # A table that is the item of a list.
        text, marker = f"{marker} {text}", ""
    depth = min(block.depth, DEEPEST_LIST)
    return Block(text, block.level, block.is_strong, marker, depth, block.is_table)


class Builder:
    """Reads blocks one by one and keeps what is open: divisions, lists, the last paragraph."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks
        self.eastern = headings.is_eastern(block.text for block in blocks)
        self.drafts: list[Draft] = []
        self.open: list[Open] = []
        self.items: list[OpenItem] = []
        self.paragraph: Draft | None = None

    def build(self) -> None:
        """Make a draft of each block; a heading may take the block after it."""
        place = self._build_front()
        while place < len(self.blocks):
            block = self.blocks[place]
            if heading := self._heading_at(place):
                place += self._add_division(block, heading, place)
            elif block.level and not block.marker:
                self._add_unnamed(block)
            else:
                self._add_content(block)
            place += 1

    # -- before the first division

    def _build_front(self) -> int:
        """Make the title and open the preamble; return the place of the first block left."""
        place = 0
        if self._begins_with_title():
            self._add(Kind.TITLE, None, heading=self.blocks[0].text)
            place = 1
        first = next(
            (at for at in range(place, len(self.blocks)) if self._is_division(at)), len(self.blocks)
        )
        if place < first < len(self.blocks):
            self._enter(Open(self._add(Kind.PREAMBLE, None), 0, 0, is_recognised=True))
        return place

    def _is_division(self, place: int) -> bool:
        block = self.blocks[place]
        return self._heading_at(place) is not None or bool(block.level and not block.marker)

    def _begins_with_title(self) -> bool:
        """Tell whether the first block names the text: no other heading stands as high as it."""
        first, *others = self.blocks
        if not others or first.marker or first.is_table or self._heading_at(0):
            return False
        if not first.level:
            return first.is_strong
        return not any(
            0 < other.level <= first.level and not self._heading_at(place)
            for place, other in enumerate(others, start=1)
        )

    # -- divisions

    def _heading_at(self, place: int) -> Heading | None:
        """Return the heading that the block is, if it is one and does not only speak of one."""
        block = self.blocks[place]
        if block.is_table or block.marker:
            return None
        heading = headings.recognise(block.text, eastern=self.eastern)
        if not heading:
            return None
        is_short = len(heading.rest) <= MOST_SIGNS_OF_A_HEADING and not heading.rest.endswith(".")
        is_styled = bool(block.level) or (block.is_strong and is_short)
        if not heading.number and not is_styled and heading.rest:
            return None
        return heading if is_styled or heading.is_set_apart else None

    def _add_division(self, block: Block, heading: Heading, place: int) -> int:
        """Open a division; return 1 if the next block was its heading, else 0."""
        is_article = heading.level.kind is Kind.ARTICLE
        is_titled = not is_article or bool(block.level) or block.is_strong
        is_titled = is_titled and len(heading.rest) <= MOST_SIGNS_OF_A_HEADING
        division = Open(Draft(heading.level.kind, None), heading.level.rank, block.level, True)
        draft = self._enter_division(division)
        draft.number, draft.value = heading.printed, heading.number
        if heading.rest and is_titled:
            draft.heading = heading.rest
        elif heading.rest:
            self._add_content(Block(heading.rest))
        elif self._is_heading_of(place + 1, is_article):
            draft.heading = self.blocks[place + 1].text
            return 1
        return 0

    def _is_heading_of(self, place: int, is_article: bool) -> bool:
        """Tell whether the block only names the division before it."""
        if place >= len(self.blocks):
            return False
        block = self.blocks[place]
        if block.marker or block.is_table or len(block.text) > MOST_SIGNS_OF_A_HEADING:
            return False
        if self._heading_at(place) or markers.read_marker(block.text):
            return False
        if block.is_strong and not block.level:
            return True
        follows = place + 1 < len(self.blocks) and self._heading_at(place + 1) is not None
        return follows and not is_article and not block.level

    def _add_unnamed(self, block: Block) -> None:
        """Open a section for a heading without a word of the law; inside an article it is text."""
        rank = headings.UNNUMBERED_RANK
        division = Open(Draft(Kind.SECTION, None), rank, block.level, is_recognised=False)
        top = self.open[-1] if self.open else None
        if top and top.draft.kind is Kind.ARTICLE and top.contains(division):
            self._add_content(Block(block.text))
            return
        self._enter_division(division).heading = block.text

    def _enter_division(self, division: Open) -> Draft:
        while self.open and not self.open[-1].contains(division):
            self.open.pop()
        draft = division.draft
        draft.parent = self.open[-1].draft if self.open else None
        self.drafts.append(draft)
        self._enter(division)
        return draft

    def _enter(self, division: Open) -> None:
        self.open.append(division)
        self.items, self.paragraph = [], None

    # -- what stands in them

    def _add_content(self, block: Block) -> None:
        home = self.open[-1].draft if self.open else None
        if block.is_table:
            self.items, self.paragraph = [], None
            self._add(Kind.TABLE, home, body=block.text)
        elif marker := _marker_in(block):
            self._add_item(block, marker, home)
        elif block.depth and self.items:
            self._close_items(block.depth)
            parent = self.items[-1].draft if self.items else self.paragraph or home
            self._add(Kind.PARAGRAPH, parent, body=block.text)
        else:
            self.items = []
            self.paragraph = self._add(Kind.PARAGRAPH, home, body=block.text)

    def _add_item(self, block: Block, marker: Marker, home: Draft | None) -> None:
        if block.depth:
            self._close_items(block.depth - 1)
        else:
            marker = self._close_to_style(marker)
        parent = self.items[-1].draft if self.items else self.paragraph or home
        depth = block.depth or len(self.items) + 1
        draft = self._add(Kind.ITEM, parent, number=marker.printed, body=marker.rest)
        if len(self.items) < DEEPEST_LIST:
            self.items.append(OpenItem(draft, marker.style, marker.value, depth))

    def _close_items(self, depth: int) -> None:
        while self.items and self.items[-1].depth > depth:
            self.items.pop()

    def _close_to_style(self, marker: Marker) -> Marker:
        """Close the lists inside the one that this marker goes on with; a new style goes deeper."""
        for place in reversed(range(len(self.items))):
            last = self.items[place]
            is_next_letter = (
                last.style is Style.LETTER
                and markers.may_be_letter(marker)
                and (letter := markers.as_letter(marker)).value == last.value + 1
            )
            if is_next_letter:
                marker = letter
            if last.style is marker.style:
                del self.items[place:]
                break
        return marker

    def _add(
        self,
        kind: Kind,
        parent: Draft | None,
        *,
        number: str = "",
        heading: str = "",
        body: str = "",
    ) -> Draft:
        draft = Draft(kind, parent, number=number, heading=heading, body=body)
        self.drafts.append(draft)
        return draft


def _marker_in(block: Block) -> Marker | None:
    """Return the marker that the file's list prints, or that is typed before the text."""
    if not block.marker:
        return markers.read_marker(block.text)
    known = markers.marker_of(block.marker)
    style, value = (known.style, known.value) if known else (Style.DASH, 0)
    return Marker(block.marker, style, value, block.text)


def _named(drafts: Sequence[Draft], language: str) -> Text:
    used: set[str] = set()
    at_root: dict[Kind, int] = {}
    nodes = []
    for position, draft in enumerate(drafts, start=1):
        counts = draft.parent.children if draft.parent else at_root
        counts[draft.kind] = counts.get(draft.kind, 0) + 1
        parent_eid = draft.parent.eid if draft.parent else None
        draft.eid = free(eid_for(parent_eid, draft.kind, draft.value or counts[draft.kind]), used)
        used.add(draft.eid)
        words = (
            {language: text} if text else {} for text in (draft.number, draft.heading, draft.body)
        )
        nodes.append(Node(draft.eid, parent_eid, position, draft.kind, *words))
    return tuple(nodes)

"""Reads HTML of any quality: nh3 makes it well-formed and harmless, then it is cut into blocks."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

import nh3

from ckanext.consultation.domain.texts import errors
from ckanext.consultation.domain.texts.blocks import Block, table_of
from ckanext.consultation.domain.texts.listing import BULLET, counted
from ckanext.consultation.domain.texts.markers import read_marker
from ckanext.consultation.domain.texts.nodes import MOST_CHARACTERS

MOST_SIGNS = 4 * MOST_CHARACTERS
"""Of the source: markup takes its part."""
DEEPEST = 200

HEADINGS = {f"h{level}": level for level in range(1, 7)}
LISTS = frozenset({"ol", "ul"})
CELLS = frozenset({"td", "th"})
STRONG = frozenset({"b", "strong"})
DIVIDES = frozenset(
    {
        "address", "article", "aside", "blockquote", "caption", "center", "dd", "details", "div",
        "dl", "dt", "figcaption", "figure", "footer", "header", "hr", "li", "main", "nav", "p",
        "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr",
    }
)  # fmt: skip
KEPT = {*HEADINGS, *LISTS, *CELLS, *STRONG, *DIVIDES, "br"}
UNSEEN = {"script", "style", "title", "template", "noscript", "iframe", "object", "svg", "math"}
ATTRIBUTES = {"ol": {"start", "type"}, "li": {"value"}}
COUNTED_BY = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}


def blocks_of_html(source: str) -> list[Block]:
    """Return the blocks of a page; scripts, styles and comments say nothing.

    Raises:
        TextTooLong: the source is longer than the longest text with its markup.
        NestedTooDeep: elements are nested over 200 times.
    """
    if len(source) > MOST_SIGNS:
        raise errors.TextTooLong(most=MOST_CHARACTERS)
    clean = nh3.clean(
        source, tags=KEPT, clean_content_tags=UNSEEN, attributes=ATTRIBUTES, link_rel=None
    )
    reader = _Reader()
    reader.feed(clean)
    reader.close()
    return reader.finish()


@dataclass(slots=True)
class _List:
    is_ordered: bool
    counts: str
    next: int


@dataclass(slots=True)
class _Table:
    outer: list[Block]
    rows: list[list[list[Block]]] = field(default_factory=list)


class _Reader(HTMLParser):
    """Cuts at every element that stands on its own line."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.parts: list[str] = []
        self.depth = 0
        self.level = 0
        self.strong = 0
        self.is_all_strong = True
        self.marker = ""
        self.lists: list[_List] = []
        self.tables: list[_Table] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        if tag == "br":
            self.parts.append("\n")
            return
        if tag == "hr":
            self._flush()
            return
        self.depth += 1
        if self.depth > DEEPEST:
            raise errors.NestedTooDeep
        if tag in STRONG:
            self.strong += 1
            return
        self._flush()
        self.level = HEADINGS.get(tag, self.level)
        self._open(tag, dict(attrs))

    def _open(self, tag: str, attributes: dict[str, str | None]) -> None:
        if tag in LISTS:
            start = _number(attributes.get("start"), 1)
            counts = COUNTED_BY.get(attributes.get("type") or "", "decimal")
            self.lists.append(_List(tag == "ol", counts, start))
        elif tag == "li" and self.lists:
            last = self.lists[-1]
            number = _number(attributes.get("value"), last.next)
            last.next = number + 1
            self.marker = f"{counted(number, last.counts)}." if last.is_ordered else BULLET
        elif tag == "table":
            self.tables.append(_Table(self.blocks))
            self.blocks = []
        elif tag == "tr" and self.tables:
            self.tables[-1].rows.append([])
        elif tag in CELLS and self.tables:
            self.blocks = []

    def handle_endtag(self, tag: str) -> None:
        """Close an element; nh3 closes each one that it opens."""
        if tag in {"br", "hr"}:
            return
        self.depth -= 1
        if tag in STRONG:
            self.strong -= 1
            return
        self._flush()
        if tag in HEADINGS:
            self.level = 0
        elif tag in LISTS and self.lists:
            self.lists.pop()
        elif tag == "li":
            self.marker = ""
        elif self.tables:
            self._close_in_table(tag)

    def _close_in_table(self, tag: str) -> None:
        table = self.tables[-1]
        if tag in CELLS:
            if not table.rows:
                table.rows.append([])
            table.rows[-1].append(self.blocks)
            self.blocks = []
        elif tag == "caption":
            # It stands before the table, as a paragraph.
            table.outer += self.blocks
            self.blocks = []
        elif tag == "table":
            self.tables.pop()
            self.blocks = [*table.outer, *self.blocks, *table_of(table.rows, len(self.lists))]

    def handle_data(self, data: str) -> None:
        """Take what people read; line breaks of the source are blanks."""
        if data.strip():
            self.is_all_strong = self.is_all_strong and self.strong > 0
        self.parts.append(" ".join(data.split("\n")) if "\n" in data else data)

    def _flush(self) -> None:
        text = "".join(self.parts).strip()
        if text:
            # People type "a)" into lists that print bullets without showing them.
            typed = self.marker == BULLET and read_marker(text) is not None
            marker = "" if typed else self.marker
            block = Block(text, self.level, self.is_all_strong, marker, len(self.lists))
            self.blocks.append(block if not typed else Block(text, is_strong=self.is_all_strong))
            self.marker = ""
        self.parts, self.is_all_strong = [], True

    def finish(self) -> list[Block]:
        """Return all blocks, when everything was read."""
        self._flush()
        return self.blocks


def _number(text: str | None, otherwise: int) -> int:
    short = (text or "")[:6].strip()
    return int(short) if short.isascii() and short.lstrip("-").isdigit() else otherwise

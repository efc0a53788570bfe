"""Reads HTML of any quality, as a stream of balanced elements, and cuts it into blocks.

libxml2 reads as browsers do and in linear time; Python's own parser and html5ever take minutes
for pages made to be slow. Only letters leave this module, never markup.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from ckanext.consultation.domain.texts import errors
from ckanext.consultation.domain.texts.blocks import Block, table_of
from ckanext.consultation.domain.texts.listing import BULLET, counted
from ckanext.consultation.domain.texts.markers import read_marker
from ckanext.consultation.domain.texts.nodes import MILLION, MOST_CHARACTERS

MOST_SIGNS = 4 * MOST_CHARACTERS
"""Of the source: markup takes its part."""
DEEPEST = 200
PIECE = 65_536
"""Bytes at a time, so that what is refused is not read to its end."""

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
UNSEEN = frozenset(
    {
        "script", "style", "title", "template", "noscript", "noframes", "iframe", "object",
        "svg", "math", "textarea", "select", "audio", "video", "canvas",
    }
)  # fmt: skip
CUTS = DIVIDES | HEADINGS.keys() | LISTS | CELLS
COUNTED_BY = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}


def blocks_of_html(source: str) -> list[Block]:
    """Return the blocks of a page; scripts, styles and comments say nothing.

    Raises:
        TextTooLong: the source is longer than the longest text with its markup.
        NestedTooDeep: elements are nested over 200 times.
    """
    if len(source) > MOST_SIGNS:
        raise errors.TextTooLong(most=MOST_CHARACTERS // MILLION)
    reader = _Reader()
    parser = etree.HTMLParser(target=reader, encoding="utf-8", no_network=True)
    content = source.replace("\0", "").encode("utf-8", "ignore")
    for begin in range(0, len(content), PIECE):
        parser.feed(content[begin : begin + PIECE])
    if content:
        parser.close()
    return reader.blocks


@dataclass(slots=True)
class _List:
    is_ordered: bool
    counts: str
    next: int


@dataclass(slots=True)
class _Table:
    outer: list[Block]
    rows: list[list[list[Block]]] = field(default_factory=list)


class _Reader:
    """Cuts at every element that stands on its own line; the parser calls it."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.parts: list[str] = []
        self.depth = 0
        self.unseen = 0
        self.level = 0
        self.strong = 0
        self.is_all_strong = True
        self.marker = ""
        self.lists: list[_List] = []
        self.tables: list[_Table] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Open an element."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise errors.NestedTooDeep
        self.unseen += tag in UNSEEN
        if self.unseen:
            return
        self.strong += tag in STRONG
        if tag == "br":
            self.parts.append("\n")
        elif tag in CUTS:
            self._flush()
            self.level = HEADINGS.get(tag, self.level)
            self._open(tag, attributes)

    def _open(self, tag: str, attributes: Mapping[str, str]) -> None:
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

    def end(self, tag: str) -> None:
        """Close an element; the parser closes each one that it opens."""
        self.depth -= 1
        if self.unseen:
            self.unseen -= tag in UNSEEN
            return
        self.strong -= tag in STRONG
        if tag not in CUTS:
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

    def data(self, text: str) -> None:
        """Take what people read; line breaks of the source are blanks."""
        if self.unseen:
            return
        if text.strip():
            self.is_all_strong = self.is_all_strong and self.strong > 0
        self.parts.append(" ".join(text.split("\n")))

    def comment(self, _text: str) -> None:
        """Pass over a comment."""

    def pi(self, _target: str, _text: str | None = None) -> None:
        """Pass over an instruction to programs."""

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

    def close(self) -> None:
        """Take the last words, when everything was read."""
        self._flush()


def _number(text: str | None, otherwise: int) -> int:
    short = (text or "")[:6].strip()
    return int(short) if short.isascii() and short.lstrip("-").isdigit() else otherwise

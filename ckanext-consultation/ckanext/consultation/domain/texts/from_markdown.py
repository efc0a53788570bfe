"""Reads Markdown: headings, paragraphs, lists with their own numbers, tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ckanext.consultation.domain.texts import errors
from ckanext.consultation.domain.texts.blocks import Block, table_of, typed_blocks
from ckanext.consultation.domain.texts.listing import BULLET
from ckanext.consultation.domain.texts.nodes import MILLION, MOST_CHARACTERS

DEEPEST = 30
"""The parser leaves out what is nested deeper; the text is refused before anything is lost."""

PARSER = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST}).enable("table")


def blocks_of_markdown(source: str) -> Iterator[Block]:
    """Yield the blocks of a Markdown text; HTML in it is read as the letters that stand there.

    Raises:
        TextTooLong: the source is longer than any text may be.
        NestedTooDeep: lists or quotations are nested about fourteen deep.
    """
    if len(source) > MOST_CHARACTERS:
        raise errors.TextTooLong(most=MOST_CHARACTERS // MILLION)
    tokens = PARSER.parse(source)
    if any(token.level >= DEEPEST - 2 for token in tokens):
        raise errors.NestedTooDeep
    yield from _Reader(tokens).blocks()


class _Reader:
    """Goes through the tokens of the parser and keeps the lists and tables that are open."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.marker = ""
        self.depth = 0
        self.level = 0
        self.rows: list[list[list[Block]]] = []

    def blocks(self) -> Iterator[Block]:
        for token in self.tokens:
            name = token.type
            if name == "list_item_open":
                self.depth += 1
                self.marker = f"{token.info}{token.markup}" if token.info else BULLET
            elif name == "list_item_close":
                self.depth -= 1
                self.marker = ""
            elif name in {"heading_open", "heading_close"}:
                self.level = int(token.tag[1:]) if name == "heading_open" else 0
            elif name in {"fence", "code_block"}:
                yield self._block(token.content)
            elif name == "table_close":
                yield from table_of(self.rows, self.depth)
                self.rows = []
            else:
                yield from self._inline(token)

    def _inline(self, token: Token) -> Iterator[Block]:
        if token.type == "tr_open":
            self.rows.append([])
        elif token.type == "inline" and self.rows:
            self.rows[-1].append([Block(_said(token.children or []))])
        elif token.type == "inline":
            children = token.children or []
            for text in typed_blocks(_said(children).split("\n")):
                yield self._block(text, is_strong=_is_strong(children))

    def _block(self, text: str, *, is_strong: bool = False) -> Block:
        marker, self.marker = self.marker, ""
        return Block(text, self.level, is_strong, marker, self.depth)


def _said(children: Sequence[Token]) -> str:
    """Return what is read of a paragraph; of a picture, the words in its place."""
    parts = []
    for child in children:
        if child.type in {"softbreak", "hardbreak"}:
            parts.append("\n")
        elif child.type == "image":
            parts.append(_said(child.children or []))
        else:
            parts.append(child.content)
    return "".join(parts)


def _is_strong(children: Sequence[Token]) -> bool:
    depth = 0
    for child in children:
        depth += {"strong_open": 1, "strong_close": -1}.get(child.type, 0)
        if child.content.strip() and not depth:
            return False
    return bool(children)

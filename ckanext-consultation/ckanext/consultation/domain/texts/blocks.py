"""What the readers of files make: blocks, in the order of reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ckanext.consultation.domain.texts import headings, markers


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a file that stands on its own: a heading, a paragraph, an item, a table."""

    text: str
    level: int = 0
    """Of a heading by the style of the file, 1 the highest; 0 for other blocks."""
    is_strong: bool = False
    """All of it is in bold: people often write headings so."""
    marker: str = ""
    """What the list prints before the item: "1.", "a)", "•"."""
    depth: int = 0
    """How many lists the block stands in."""
    is_table: bool = False


Cell: TypeAlias = Sequence[Block]


def table_of(rows: Iterable[Sequence[Cell]], depth: int = 0) -> Iterator[Block]:
    """Yield a table as one block; of a single column, which only lays out a page, its blocks."""
    kept = [row for row in rows if row]
    if all(len(row) == 1 for row in kept):
        for row in kept:
            yield from row[0]
        return
    lines = ("\t".join(_as_line(cell) for cell in row) for row in kept)
    text = "\n".join(lines)
    if text.strip():
        yield Block(text, depth=depth, is_table=True)


def _as_line(cell: Cell) -> str:
    parts = (f"{block.marker} {block.text}" for block in cell)
    return " ".join(" ".join(parts).split())


def typed_blocks(lines: Iterable[str]) -> Iterator[str]:
    """Yield the paragraphs of lines without a blank one between: a heading or marker begins one."""
    kept: list[str] = []
    is_heading = False
    for line in lines:
        heading = headings.recognise(line)
        begins = bool(heading and heading.is_set_apart) or markers.read_marker(line) is not None
        if kept and (begins or is_heading):
            yield "\n".join(kept)
            kept = []
        kept.append(line)
        is_heading = bool(heading and heading.is_set_apart and not heading.rest)
    if kept:
        yield "\n".join(kept)

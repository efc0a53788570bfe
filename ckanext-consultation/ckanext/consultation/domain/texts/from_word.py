"""Reads Word documents (.docx): headings, lists with their numbers, tables, notes.

Changes that are tracked are read as accepted; hidden text, headers and footers are left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from ckanext.consultation.domain.texts import headings
from ckanext.consultation.domain.texts.blocks import Block, table_of
from ckanext.consultation.domain.texts.word_lists import PRIVATE_SIGNS, Lists, Styles
from ckanext.consultation.domain.texts.word_package import Element, Package

LEFT_OUT = frozenset(
    {
        "w:pPr", "w:rPr", "w:del", "w:moveFrom", "w:delText", "w:instrText", "w:delInstrText",
        "w:sectPr", "w:tblPr", "w:tblGrid", "w:trPr", "w:tcPr", "w:sdtPr", "w:sdtEndPr",
        "w:footnoteRef", "w:endnoteRef", "w:annotationRef", "w:rt",
    }
)  # fmt: skip
BREAKS = {"w:tab": " ", "w:ptab": " ", "w:cr": "\n", "w:noBreakHyphen": "\u2011"}
NOTES = {"w:footnoteReference": "footnotes", "w:endnoteReference": "endnotes"}
PARTED = frozenset({"w:p", "w:tbl"})
TYPED_BREAKS = frozenset({None, "textWrapping"})


def blocks_of_word(content: bytes) -> list[Block]:
    """Return the blocks of a document.

    Raises:
        NotWord, OldWord, WithMacros, ForeignEntities, FileTooLarge, NestedTooDeep: the file is
            refused before its text is looked at.
    """
    package = Package(content)
    name, root = package.document()
    related = package.related(name)

    def part(kind: str) -> Element | None:
        names = related.get(kind, [])
        return package.part(names[0]) if names else None

    reader = _Reader(Styles(part("styles")), Lists(part("numbering")))
    reader.read_notes({kind: part(kind) for kind in NOTES.values()})
    body = root.find("w:body")
    return list(reader.blocks(body)) if body else []


class _Reader:
    """Goes through the elements of the body in the order of reading."""

    def __init__(self, styles: Styles, lists: Lists) -> None:
        self.styles = styles
        self.lists = lists
        self.notes: dict[tuple[str, str], str] = {}
        self.noted: list[str] = []
        self.boxes: list[Element] = []

    def read_notes(self, parts: dict[str, Element | None]) -> None:
        """Take the notes, to put each under the paragraph that refers to it."""
        for kind, part in parts.items():
            for note in part.children if part else ():
                key = (kind, note.attributes.get("id", ""))
                paragraphs = (self._said(each) for each in note.children if each.name == "w:p")
                self.notes[key] = " ".join(" ".join(paragraphs).split())

    def blocks(self, element: Element) -> Iterator[Block]:
        """Yield what stands in a body, a cell, a box or a content control."""
        for child in element.children:
            if child.name == "w:p":
                yield from self._paragraph(child)
            elif child.name == "w:tbl":
                rows = [
                    [list(self.blocks(cell)) for cell in _inside(row, "w:tc")]
                    for row in _inside(child, "w:tr")
                ]
                yield from table_of(rows)
            elif child.name == ":AlternateContent":
                yield from self.blocks(_chosen(child))
            elif child.name not in LEFT_OUT:
                yield from self.blocks(child)

    def _paragraph(self, paragraph: Element) -> Iterator[Block]:
        is_strong = self._is_strong(paragraph)
        self.noted, self.boxes = [], []
        text = self._said(paragraph)
        noted, boxes = self.noted, self.boxes
        level = self.styles.level(paragraph)
        marker, depth = self._marker(paragraph) if text.strip() else ("", 0)
        if marker and (level or headings.recognise(f"{marker} x")):
            # Word counts the articles itself: "Article %1 -".
            text, marker, depth = f"{marker} {text}", "", 0
        if not level:
            text = "\n".join([text, *noted])
        if text.strip():
            yield Block(text, level, is_strong, marker, depth)
        if level:
            yield from map(Block, noted)
        for box in boxes:
            yield from self.blocks(box)

    def _marker(self, paragraph: Element) -> tuple[str, int]:
        numbering = self.styles.numbering(paragraph)
        counted = self.lists.next(*numbering) if numbering else None
        return counted or ("", 0)

    def _is_strong(self, paragraph: Element) -> bool:
        runs = [run for run in _runs(paragraph) if self._said(run).strip()]
        return bool(runs) and all(self.styles.is_bold(paragraph, run) for run in runs)

    def _said(self, element: Element) -> str:
        """Return what is read in a paragraph or run; its boxes and notes are kept for later."""
        return "".join(self._pieces(element))

    def _pieces(self, element: Element) -> Iterator[str]:
        if element.name == "w:r" and _is_hidden(element):
            return
        for child in element.children:
            if child.name in {"w:t", ":t"}:
                yield child.text
            elif child.name == "w:txbxContent":
                self.boxes.append(child)
            elif child.name == ":AlternateContent":
                yield from self._pieces(_chosen(child))
            elif child.name not in LEFT_OUT:
                yield self._sign(child)
                yield from self._pieces(child)

    def _sign(self, element: Element) -> str:
        """Return what an element without text prints."""
        if element.name == "w:br":
            return "\n" if element.attributes.get("type") in TYPED_BREAKS else " "
        if element.name == "w:sym":
            return _symbol(element.attributes.get("char", ""))
        if element.name in NOTES:
            return self._note(element)
        return BREAKS.get(element.name, "")

    def _note(self, element: Element) -> str:
        key = (NOTES[element.name], element.attributes.get("id", ""))
        if key not in self.notes:
            return ""
        sign = f"[{key[1]}]" if key[0] == "footnotes" else f"[*{key[1]}]"
        self.noted.append(f"{sign} {self.notes[key]}")
        return sign


def _inside(element: Element, name: str) -> Iterator[Element]:
    """Yield rows or cells, also those in content controls."""
    for child in element.children:
        if child.name == name:
            yield child
        elif child.name not in LEFT_OUT and child.name not in PARTED:
            yield from _inside(child, name)


def _runs(element: Element) -> Iterator[Element]:
    for child in element.children:
        if child.name == "w:r":
            yield child
        elif child.name not in LEFT_OUT and child.name != "w:txbxContent":
            yield from _runs(child)


def _chosen(alternates: Element) -> Element:
    """Return one of two drawings of the same thing."""
    return alternates.find(":Choice") or alternates.find(":Fallback") or Element("", {})


def _is_hidden(run: Element) -> bool:
    hidden = run.find("w:rPr", "w:vanish")
    return hidden is not None and hidden.attributes.get("val", "1") not in {"0", "false", "off"}


def _symbol(code: str) -> str:
    """Return a sign of a symbol font: its own if letters have it, else a bullet."""
    try:
        value = int(code, 16)
        return "•" if value in PRIVATE_SIGNS else chr(value)
    except (ValueError, OverflowError):
        return ""

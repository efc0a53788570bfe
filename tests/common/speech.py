"""What a page says to its reader, and what of it is English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import html

SILENT = {"script", "style", "template", "svg"}
# Code, names and quotations are in the language they are in.
APART = {"code", "pre", "bdi", "kbd", "samp", "textarea", "q", "blockquote"}
SPOKEN = ("title", "aria-label", "placeholder", "alt", "label", "data-module-content")
BUTTONS = {"submit", "button", "reset"}

NAMES = ("Frictionless Table Schema", "not-sure")
"""What has no other name in any language."""

LATIN_RUN = re.compile(r"[A-Za-z][\w'.-]*(?:[ ,]+[A-Za-z][\w'.-]*){2,}")
ENGLISH = re.compile(
    r"\b(?:the|of|and|is|are|was|has|have|been|be|to|this|that|you|your|for|with|not|no|from"
    r"|there|it|can|will|does|by|all|any|or|my|new|add|edit|delete|search|show)\b",
    re.IGNORECASE,
)
NUMBER = re.compile(r"^\d+ ")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sdir]|\{[\w.!]*\}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A text of a page: what stands between two tags, or in an attribute."""

    text: str
    place: str


def pieces(page: str, language: str) -> Iterator[Piece]:
    """Yield all texts of a page in its own language."""
    yield from _of(html.document_fromstring(page), language)


def _of(element, language: str) -> Iterator[Piece]:
    if not isinstance(element.tag, str) or element.tag in SILENT:
        return
    if element.get("lang", language) != language:
        return
    yield from _in_attributes(element)
    if element.tag in APART or "diff" in element.get("class", "").split():
        return
    yield from _piece(element.text, element.tag)
    for child in element:
        yield from _of(child, language)
        yield from _piece(child.tail, element.tag)


def _in_attributes(element) -> Iterator[Piece]:
    for name in SPOKEN:
        yield from _piece(element.get(name), f"{element.tag}[{name}]")
    if element.tag == "input" and element.get("type") in BUTTONS:
        yield from _piece(element.get("value"), "input[value]")


def _piece(text: str | None, place: str) -> Iterator[Piece]:
    if text and text.strip():
        yield Piece(" ".join(text.split()), place)


class English:
    """Knows English sentences by the catalogues, and by sight."""

    def __init__(self, translations: dict[str, str]):
        different = {
            english: translation
            for english, translation in translations.items()
            if english != translation and re.search("[A-Za-z]{2}", PLACEHOLDER.sub("", english))
        }
        self.exact = {" ".join(english.split()) for english in different}
        self.patterns = [_pattern(each) for each in different if PLACEHOLDER.search(each)]

    def faults(self, page: str, language: str) -> Iterator[str]:
        """Yield what a page says in English."""
        for piece in pieces(page, language):
            if self.is_english(piece.text, language):
                yield f"{piece.place}: {piece.text[:120]}"

    def is_english(self, text: str, language: str) -> bool:
        """Tell whether a text is English, in a page of another language."""
        parts = (NUMBER.sub("", part) for part in text.split(" - "))
        if not self.exact.isdisjoint(parts) or any(
            each.fullmatch(text) for each in self.patterns if each
        ):
            return True
        for name in NAMES:
            text = text.replace(name, "")
        if language == "ar":
            return bool(LATIN_RUN.search(text))
        return len(text.split()) >= 3 and len(ENGLISH.findall(text)) >= 2


def _pattern(english: str) -> re.Pattern[str] | None:
    words = re.findall("[A-Za-z]{2,}", PLACEHOLDER.sub(" ", english))
    if len(words) < 2:
        return None
    parts = PLACEHOLDER.split(" ".join(english.split()))
    return re.compile(".+?".join(map(re.escape, parts)))

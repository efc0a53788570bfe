"""Styles and automatic numbers of a Word document: "Heading 2" is a level, "%1.%2)" is counted."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ckanext.consultation.domain.texts.listing import BULLET, counted
from ckanext.consultation.domain.texts.word_package import Element

HEADING_NAME = re.compile(r"heading (\d)", re.IGNORECASE)
BODY_LEVEL = 9
"""The outline level of text that is no heading."""
LONGEST_CHAIN = 20
"""Styles rest on styles; a damaged file may go in a circle."""
PRIVATE_SIGNS = range(0xE000, 0xF900)
"""Signs of symbol fonts, which draw bullets there."""
PLACE = re.compile(r"%([1-9])")
LEVELS_OF_A_LIST = 9


class Styles:
    """What the named styles of a document say of headings, lists and bold."""

    def __init__(self, root: Element | None) -> None:
        styles = list(root.all("w:style")) if root else []
        self._styles = {style.attributes.get("styleId", ""): style for style in styles}
        self._usual = next(
            (
                style.attributes.get("styleId", "")
                for style in styles
                if style.attributes.get("default") in {"1", "true"}
                and style.attributes.get("type") == "paragraph"
            ),
            "",
        )

    def chain(self, name: str | None) -> list[Element]:
        """Return a style and those that it rests on, the nearest first."""
        found: list[Element] = []
        style = self._styles.get(name or self._usual)
        while style and len(found) < LONGEST_CHAIN:
            found.append(style)
            style = self._styles.get(style.value("w:basedOn") or "")
        return found

    def level(self, paragraph: Element) -> int:
        """Return a heading's level, 1 for the title of the document, 0 for what is no heading."""
        own = paragraph.value("w:pPr", "w:outlineLvl")
        chain = self.chain(paragraph.value("w:pPr", "w:pStyle"))
        if own is None and any((style.value("w:name") or "").lower() == "title" for style in chain):
            return 1
        for said in (own, *(_outline(style) for style in chain)):
            if said is not None:
                level = int(said) if said.isdigit() else BODY_LEVEL
                return level + 2 if level < BODY_LEVEL else 0
        return 0

    def is_bold(self, paragraph: Element, run: Element) -> bool:
        """Tell whether a run of the paragraph is bold, by itself or by a style."""
        chains = (run.value("w:rPr", "w:rStyle"), paragraph.value("w:pPr", "w:pStyle"))
        named = [style for name in chains if name for style in self.chain(name)]
        for element in (run, *named):
            if bold := element.find("w:rPr", "w:b") or element.find("w:rPr", "w:bCs"):
                return bold.attributes.get("val", "1") not in {"0", "false", "off"}
        return False

    def numbering(self, paragraph: Element) -> tuple[str, int | None, str] | None:
        """Return the list of a paragraph, its level if it says so, and the style that says it."""
        name = paragraph.value("w:pPr", "w:pStyle")
        own = paragraph.find("w:pPr", "w:numPr")
        level = _level_in(own)
        if own and (number := own.value("w:numId")):
            return (number, level, "") if number != "0" else None
        for style in self.chain(name):
            if number := style.value("w:pPr", "w:numPr", "w:numId"):
                stated = level if level is not None else _level_in(style.find("w:pPr", "w:numPr"))
                return (number, stated, style.attributes.get("styleId", ""))
        return None


def _outline(style: Element) -> str | None:
    if (said := style.value("w:pPr", "w:outlineLvl")) is not None:
        return said
    match = HEADING_NAME.fullmatch(style.value("w:name") or "")
    return str(int(match[1]) - 1) if match else None


def _level_in(numbering: Element | None) -> int | None:
    said = numbering.value("w:ilvl") if numbering else None
    return min(int(said), LEVELS_OF_A_LIST - 1) if said and said.isdigit() else None


@dataclass(slots=True)
class _Level:
    start: int = 1
    way: str = "decimal"
    pattern: str = ""
    style: str = ""
    is_legal: bool = False


@dataclass(slots=True)
class _Count:
    """Where the lists of one abstract definition are; Word counts on from one to the other."""

    values: dict[int, int] = field(default_factory=dict)


class Lists:
    """Counts the automatic numbers of a document, as Word prints them."""

    def __init__(self, root: Element | None) -> None:
        self._abstract = {
            each.attributes.get("abstractNumId", ""): _levels(each)
            for each in (root.all("w:abstractNum") if root else ())
        }
        self._lists = {
            each.attributes.get("numId", ""): each for each in (root.all("w:num") if root else ())
        }
        self._counts: dict[str, _Count] = {}
        self._begun: set[tuple[str, int]] = set()

    def next(self, number: str, level: int | None, style: str) -> tuple[str, int] | None:
        """Return what stands before the next paragraph of a list, and how deep it is (from 1)."""
        definition = self._lists.get(number)
        if definition is None:
            return None
        abstract = definition.value("w:abstractNumId") or ""
        levels = _overridden(self._abstract.get(abstract, {}), definition)
        if level is None:
            level = next((at for at, each in levels.items() if style and each.style == style), 0)
        count = self._counts.setdefault(abstract, _Count())
        self._count(count, levels, definition, level)
        return _printed(count, levels, level), level + 1

    def _count(
        self, count: _Count, levels: dict[int, _Level], definition: Element, level: int
    ) -> None:
        number = definition.attributes.get("numId", "")
        start = levels.get(level, _Level()).start
        restarts = _start_override(definition, level)
        if restarts is not None and (number, level) not in self._begun:
            count.values.pop(level, None)
            start = restarts
        self._begun.add((number, level))
        count.values[level] = count.values[level] + 1 if level in count.values else start
        for deeper in [each for each in count.values if each > level]:
            del count.values[deeper]


def _levels(abstract: Element) -> dict[int, _Level]:
    found = {}
    for each in abstract.all("w:lvl"):
        at = each.attributes.get("ilvl", "")
        if at.isdigit():
            found[int(at)] = _level(each)
    return found


def _level(element: Element) -> _Level:
    start = element.value("w:start") or "1"
    return _Level(
        int(start) if start.isdigit() else 1,
        element.value("w:numFmt") or "decimal",
        element.value("w:lvlText") or "",
        element.value("w:pStyle") or "",
        element.find("w:isLgl") is not None,
    )


def _overridden(levels: dict[int, _Level], definition: Element) -> dict[int, _Level]:
    own = {}
    for each in definition.all("w:lvlOverride"):
        level, at = each.find("w:lvl"), each.attributes.get("ilvl", "")
        if level and at.isdigit():
            own[int(at)] = _level(level)
    return levels | own


def _start_override(definition: Element, level: int) -> int | None:
    for each in definition.all("w:lvlOverride"):
        start = each.value("w:startOverride")
        if each.attributes.get("ilvl") == str(level) and start and start.isdigit():
            return int(start)
    return None


def _printed(count: _Count, levels: dict[int, _Level], level: int) -> str:
    """Return "2.1.", "b)" or a bullet."""
    own = levels.get(level, _Level(pattern=f"%{level + 1}."))
    if own.way == "bullet":
        is_drawn = any(ord(sign) in PRIVATE_SIGNS for sign in own.pattern)
        return BULLET if is_drawn or not own.pattern.strip() else own.pattern.strip()

    def number(match: re.Match[str]) -> str:
        at = int(match[1]) - 1
        other = levels.get(at, _Level())
        way = "decimal" if own.is_legal else other.way
        return counted(count.values.get(at, other.start), way)

    return PLACE.sub(number, own.pattern).strip()

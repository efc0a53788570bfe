"""Recognises headings of laws in Arabic, French and English: "Article 12 bis", "الباب الأوّل"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ckanext.consultation.domain.texts.nodes import Kind
from ckanext.consultation.domain.texts.numbers import UNIQUE, plain, read_number

UNNUMBERED_RANK = 5


@dataclass(frozen=True, slots=True)
class Level:
    """What a word of the law means; a smaller rank contains a larger one."""

    kind: Kind
    rank: int


BOOK, PART = Level(Kind.PART, 0), Level(Kind.PART, 1)
CHAPTER = Level(Kind.CHAPTER, 2)
SECTION, SUBSECTION = Level(Kind.SECTION, 3), Level(Kind.SECTION, 4)
ARTICLE = Level(Kind.ARTICLE, 9)
ANNEX = Level(Kind.ANNEX, 0)

LEVELS = {
    "livre": BOOK, "book": BOOK, "كتاب": BOOK,
    "titre": PART, "partie": PART, "part": PART, "title": PART, "عنوان": PART, "جزء": PART,
    "chapitre": CHAPTER, "chapter": CHAPTER, "باب": CHAPTER,
    "section": SECTION, "قسم": SECTION, "فرع": SECTION,
    "sous-section": SUBSECTION, "subsection": SUBSECTION, "قسم فرعي": SUBSECTION,
    "article": ARTICLE, "art": ARTICLE, "فصل": ARTICLE, "ماده": ARTICLE,
    "annexe": ANNEX, "annex": ANNEX, "appendix": ANNEX, "schedule": ANNEX, "ملحق": ANNEX,
}  # fmt: skip
EASTERN = {"باب": PART, "فصل": CHAPTER}
"""Where an article is called المادة, الفصل is a chapter and الباب a part."""
ARTICLE_IN_THE_EAST = "ماده"

KEYWORD = re.compile(
    r"(قسم\s+فرعي|القسم\s+الفرعي|sous-section|[^\W\d_][\w\u064b-\u0652\u0670\u0640]*)(\.?)\s*",
    re.IGNORECASE,
)
SEPARATOR = re.compile(r"\s*(?:[.:)\-\u2013\u2014\u2212/\u0640]\s*)+")
ORDINAL_FIRST = re.compile(r"(\S+)\s+(\S+)")


@dataclass(frozen=True, slots=True)
class Heading:
    """A recognised heading: what it is, its number, what was printed for it, and what follows."""

    level: Level
    number: str
    printed: str
    rest: str
    is_set_apart: bool
    """A sign or the end of the line stands after the number."""


def is_eastern(lines: Iterable[str]) -> bool:
    """Tell whether articles are called المادة, as they are east of Tunisia."""
    found = (KEYWORD.match(line) for line in lines)
    return any(
        match
        and _word(match[1]) == ARTICLE_IN_THE_EAST
        and (heading := recognise(match.string)) is not None
        and heading.is_set_apart
        for match in found
    )


def recognise(line: str, *, eastern: bool = False) -> Heading | None:
    """Return the heading that a line begins with, or ``None``.

    ``is_set_apart`` is for the caller to weigh: "Article 3 of this decree" is none by itself.
    """
    match = KEYWORD.match(line)
    level = _level(match[1], eastern) if match else None
    if not match or not level:
        return _ordinal_first(line, eastern)
    number = read_number(line[match.end() :])
    if number:
        return _heading(line, level, number.value, match.end() + number.length)
    if level is ANNEX:
        return _heading(line, level, "", match.end(1))
    return None


def _level(word: str, eastern: bool) -> Level | None:
    name = _word(word)
    return (EASTERN.get(name) if eastern else None) or LEVELS.get(name)


def _word(word: str) -> str:
    return " ".join(part.removeprefix("ال") for part in plain(word).split())


def _ordinal_first(line: str, eastern: bool) -> Heading | None:
    """Read "Première partie" and "Sole article"."""
    match = ORDINAL_FIRST.match(line)
    number = read_number(match[1]) if match else None
    if not match or not number or number.length != len(match[1]):
        return None
    word = match[2].rstrip(".:-\u2013")
    level = _level(word, eastern)
    is_word = number.value == UNIQUE or match[1].isalpha()
    if not level or not is_word or len(match[1]) == 1:
        return None
    return _heading(line, level, number.value, match.start(2) + len(word))


def _heading(line: str, level: Level, number: str, end: int) -> Heading:
    separator = SEPARATOR.match(line, end)
    stop = separator.end() if separator else end
    is_set_apart = bool(separator) or not line[end:].strip()
    return Heading(level, number, line[:stop].strip(), line[stop:].strip(), is_set_apart)

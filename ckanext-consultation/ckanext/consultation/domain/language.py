"""The language of a comment, and the direction in which it runs.

The writer says it, or the letters suggest it; where neither helps, the page's language holds.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import regex

from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_

LANGUAGES = ("ar", "fr", "en")
ARABIC = "ar"
RIGHT_TO_LEFT = frozenset({ARABIC})
ADDRESS = regex.compile(r"(?:https?://|www\.)\S+|\S+@\S+")
ARABIC_LETTER = regex.compile(r"[\p{Arabic}&&\p{L}]", regex.VERSION1)
LATIN_LETTER = regex.compile(r"[\p{Latin}&&\p{L}]", regex.VERSION1)
WORD = regex.compile(r"\p{L}+")

FRENCH = """
le la les l un une des du d de au aux et ou où est sont sera pas ne n que qu qui quoi ce c cette
ces se s sa son ses il elle ils elles nous vous je j tu mon ma mes notre nos votre vos leur leurs
pour par sur dans avec sans plus moins très trop mais donc car si y en comme être avoir fait faut
peut doit tout tous toute toutes même aussi bien merci oui non chaque entre sous avant après contre
"""
ENGLISH = """
the an of to and is are was were be been not that which who what this these those it its they them
their we our us you your i my he she his her for by in at with without from but if so because more
less very too than then there here have has had do does did will would should can could must may
all any every each also just only no yes about into over under before after against how when where
why please
"""
COMMON_WORDS = {"fr": frozenset(FRENCH.split()), "en": frozenset(ENGLISH.split())}
"""Words of one of the languages alone: «a», «on», «or», «as» are of both."""
LEAST_HITS, LEAST_LEAD = 2, 2
"""Common words that must be found, and how many times as many as in the other language."""


class UnknownLanguage(DomainError):
    """The site does not speak this language."""

    code = "unknown-language"
    field = "lang"
    template = N_("Choose one of the languages of this site: {choices}.")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A language, and whether the text itself spoke for it."""

    lang: str
    is_sure: bool


def language_of(given: str | None, text: str, page_language: str) -> str:
    """Return the language of a comment: the writer's word, else what the text suggests.

    Raises:
        UnknownLanguage: the writer names none of ``LANGUAGES``.
    """
    if not given:
        return suggested(text, page_language).lang
    if given not in LANGUAGES:
        raise UnknownLanguage(choices=", ".join(LANGUAGES))
    return given


def suggested(text: str, page_language: str) -> Suggestion:
    """Return the language that the letters speak for: the script first, then common words.

    Arabic letters are taken for Arabic: the site speaks no other language that uses them.
    """
    text = ADDRESS.sub(" ", text)
    arabic, latin = len(ARABIC_LETTER.findall(text)), len(LATIN_LETTER.findall(text))
    if arabic > latin:
        return Suggestion(ARABIC, is_sure=True)
    words = [word.casefold() for word in WORD.findall(text)]
    hits = {lang: sum(word in common for word in words) for lang, common in COMMON_WORDS.items()}
    second, first = sorted(hits, key=hits.__getitem__)
    if hits[first] >= max(LEAST_HITS, LEAST_LEAD * hits[second]):
        return Suggestion(first, is_sure=True)
    return Suggestion(page_language, is_sure=False)


def direction_of(text: str, lang: str) -> str:
    """Return ``rtl`` or ``ltr`` by the first letter that has a direction, else by the language."""
    for sign in text:
        found = unicodedata.bidirectional(sign)
        if found in ("R", "AL"):
            return "rtl"
        if found == "L":
            return "ltr"
    return "rtl" if lang in RIGHT_TO_LEFT else "ltr"

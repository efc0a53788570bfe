"""What people type into a field of search, and the forms under which it is found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

FIELD = re.compile(r"(?<!\S)[-+(]?[a-z_]+:[^\s/]")
MEANS_SOMETHING_TO_SOLR = str.maketrans(dict.fromkeys(":\\/()[]{}^~!+*?&|", " "))
QUOTED = re.compile(r'("[^"]*")')
WORD = re.compile(r"\w+")

APOSTROPHES = "'\u2018\u2019\u02bc\uff07\u0060\u00b4"
ELIDED = re.compile(
    rf"(?<!\w)(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)[{APOSTROPHES}](?=\w)", re.IGNORECASE
)
"""What French leaves of a small word before a vowel: it stands in nearly every text."""
SMALL_WORDS = frozenset(
    # French, English and Arabic ones.
    [
        *("a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les"),
        *("ou", "par", "pour", "sur", "un", "une"),
        *("an", "and", "for", "in", "not", "of", "on", "or", "the", "to"),
        *("في", "من", "على", "الى", "عن", "او"),
    ]
)

LOOKALIKES = (
    "\u0623\u0625\u0622\u0671\u0649\u0629\u0624\u0626",
    "\u0627\u0627\u0627\u0627\u064a\u0647\u0648\u064a",
)
"""Alefs, yeh, teh marbuta and hamzas that people type for one another."""
ALIKE = str.maketrans(*LOOKALIKES)
NOT_READ = re.compile("[\u0640\u061c\u200b-\u200f]")

ARABIC = re.compile("[\u0621-\u064a]{3,}")
AND, WITH, THE = ("", "و", "ف"), ("", "ب", "ك", "ل"), ("", "ال")
LEAST = 3
"""Letters that a word keeps, whatever is taken off it."""
LEAST_AFTER_ARTICLE = 2
ARTICLE = re.compile(f"[وف]?(?:[بك]?ال|لل)(?=.{{{LEAST_AFTER_ARTICLE}}})")
ENDINGS = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")  # noqa: RUF001
"""Of plurals, of the feminine, of "its" and of adjectives. Source: Larkey, light10 (2002)."""


def plain(text: str) -> str:
    """Return the words alone, without what the search engine would read as an order to it.

    Whoever types "Tunis: inhabitants" looks for two words, not in a field named Tunis. What
    stands between two quotes stays together, and a minus before a word leaves it out.
    """
    words = text.translate(MEANS_SOMETHING_TO_SOLR)
    if words.count('"') % 2:
        words = words.replace('"', " ")
    return " ".join(word for word in words.split() if word.strip("-"))


def sought(text: str) -> str:
    """Return the query for what somebody typed: each word in the form that the index has.

    Small words, which stand in nearly every text, are left out unless there are no others.
    """
    # Lower case: the engine takes AND, OR and NOT for orders.
    parts = QUOTED.split(plain(text).lower())
    found = [[part] if part.startswith('"') else _stems(part) for part in parts]
    return " ".join(word for words in found for word in words) or " ".join(stems(text))


def stems(text: str) -> list[str]:
    """Return the words of a text as they are sought; small ones if there are no others."""
    return _stems(text) or [stem(word) for word in _split(ELIDED.sub("", text))]


def _stems(text: str) -> list[str]:
    found = []
    for word in ELIDED.sub("", text).split():
        sign = "-" if word.startswith("-") else ""
        found += [sign + stem(each) for each in _split(word) if each not in SMALL_WORDS]
    return found


def indexed(texts: Iterable[str]) -> str:
    """Return every form under which the words of the texts are found, each once."""
    words = dict.fromkeys(word for text in texts for word in _split(text))
    return " ".join(dict.fromkeys(form for word in words for form in forms(word)))


def names_field(text: str) -> bool:
    """Tell whether it is a query for one who knows the index: ``title:budget``."""
    return bool(FIELD.search(text))


def folded(text: str) -> str:
    """Return the text without case, accents, vowel marks and ways to write the same letter."""
    # Before the letters are taken apart: a hamza above is a mark then.
    alike = unicodedata.normalize("NFKC", text).translate(ALIKE)
    apart = unicodedata.normalize("NFKD", NOT_READ.sub("", alike).casefold())
    return "".join(_in_ascii(sign) for sign in apart if not unicodedata.combining(sign))


def with_ascii_digits(text: str) -> str:
    """Return the text with the digits of every script as 0 to 9."""
    return "".join(map(_in_ascii, text))


def _in_ascii(sign: str) -> str:
    return str(unicodedata.decimal(sign)) if sign.isdecimal() else sign


def stem(word: str) -> str:
    """Return the form in which a folded word is sought."""
    if ARABIC.fullmatch(word):
        return _without_ending(ARTICLE.sub("", word, count=1))
    return _without_french_x(word)


def forms(word: str) -> Iterator[str]:
    """Yield the forms under which a folded word is found.

    A first letter may be a word of its own or belong to the root: the index has both readings.
    """
    yield stem(word)
    if not ARABIC.fullmatch(word):
        return
    for first in (one + other for one in AND for other in WITH):
        rest = word.removeprefix(first)
        if word.startswith(first) and len(rest) >= LEAST:
            yield _without_ending(rest)
            yield _without_ending(ARTICLE.sub("", rest, count=1))


def _split(text: str) -> list[str]:
    return WORD.findall(folded(text))


def _without_ending(word: str) -> str:
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= LEAST:
            word = word.removesuffix(ending)
    return word


def _without_french_x(word: str) -> str:
    """Return "eau" for "eaux" and "national" for "nationaux"; other plurals end in s."""
    if word.endswith("eaux"):
        return word[:-1]
    if word.endswith("aux") and len(word) > len("maux"):
        return word[:-2] + "l"
    return word

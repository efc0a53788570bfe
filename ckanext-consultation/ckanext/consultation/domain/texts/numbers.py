"""Reads the numbers of headings: digits of any script, Roman ones, words in three languages."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

UNIQUE, PRELIMINARY = "unique", "preliminary"
MOST_WORDS_OF_A_NUMBER = 2

FRENCH = (
    "premier premiere|deuxieme second seconde|troisieme|quatrieme|cinquieme|sixieme|septieme|"
    "huitieme|neuvieme|dixieme|onzieme|douzieme|treizieme|quatorzieme|quinzieme|seizieme|"
    "dix-septieme|dix-huitieme|dix-neuvieme|vingtieme"
)
ENGLISH = (
    "first one|second two|third three|fourth four|fifth five|sixth six|seventh seven|eighth eight|"
    "ninth nine|tenth ten|eleventh eleven|twelfth twelve|thirteenth thirteen|fourteenth fourteen|"
    "fifteenth fifteen|sixteenth sixteen|seventeenth seventeen|eighteenth eighteen|"
    "nineteenth nineteen|twentieth twenty"
)
ARABIC_UNITS = (
    "اول اولي|ثاني ثانيه|ثالث ثالثه|رابع رابعه|خامس خامسه|سادس سادسه|سابع سابعه|ثامن ثامنه|"
    "تاسع تاسعه"
)
ARABIC_TENS = dict(
    zip(range(20, 100, 10), ("عشر", "ثلاث", "اربع", "خمس", "ست", "سبع", "ثمان", "تسع"), strict=True)
)
SPECIAL = {
    UNIQUE: "unique sole single وحيد وحيده فريد فريده",
    PRELIMINARY: "preliminaire liminaire preliminary تمهيدي تمهيديه",
}
TIMES = {"bis": "bis مكرر", "ter": "ter", "quater": "quater", "quinquies": "quinquies"}
ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
ROMAN_STEPS = (
    ("M", 1000), ("CM", 900), ("D", 500), ("CD", 400), ("C", 100), ("XC", 90), ("L", 50),
    ("XL", 40), ("X", 10), ("IX", 9), ("V", 5), ("IV", 4), ("I", 1),
)  # fmt: skip

MARKS = re.compile("[\u0300-\u036f\u064b-\u065f\u0670\u0640]")
LETTERS = str.maketrans("أإآٱىة", "اااايه")

BEFORE = re.compile(r"(?:n\s?[°º]|no\.|عدد|رقم)\s*", re.IGNORECASE)
DIGITS = re.compile(
    r"(\d{1,4}(?:[.\-/]\d{1,3})*)(?:\s?(?:°|º|er|[eè]re|re|[eè]me|e|st|nd|rd|th))?(?!\w)",
    re.IGNORECASE,
)
ROMAN_SIGNS = re.compile(r"([IVXLC]+)(?:er|[eè]re)?(?!\w)")
LETTER = re.compile(r"([A-Z])(?![\w'\u2019])")
WORD = re.compile(r"[^\W\d_](?:[\w\u0640\u064b-\u0652\u0670]|-(?=\w))*")
AMENDED = re.compile(r"\s*\((?:nouveau|nouvelle|new|جديد|جديدة)\)", re.IGNORECASE)


class Number(NamedTuple):
    """A number and how many signs of the text it takes: ``("12bis", 6)`` of "12 bis"."""

    value: str
    length: int


def plain(word: str) -> str:
    """Return a word without accents, vowels and variants of letters, in small letters.

    Hamza and madda are part of their letter here, as people write both ways.
    """
    word = unicodedata.normalize("NFC", word).translate(LETTERS)
    bare = MARKS.sub("", unicodedata.normalize("NFD", word))
    return unicodedata.normalize("NFC", bare).casefold()


def _ordinals() -> dict[str, str]:
    known = {word: value for value, words in SPECIAL.items() for word in words.split()}
    for table in (FRENCH, ENGLISH):
        for number, words in enumerate(table.split("|"), start=1):
            known |= dict.fromkeys(words.split(), str(number))
    known |= _arabic_ordinals()
    return known


def _arabic_ordinals() -> dict[str, str]:
    """Return them without the article: "حادي عشر", "ثاني وعشرون"."""
    known = {"عاشر": "10", "عاشره": "10"}
    for number, words in enumerate(ARABIC_UNITS.split("|"), start=1):
        known |= dict.fromkeys(words.split(), str(number))
        compound = words.split() if number > 1 else ["حادي", "حاديه"]
        for word in compound:
            known |= {f"{word} عشر": str(number + 10), f"{word} عشره": str(number + 10)}
            for tens, stem in ARABIC_TENS.items():
                for end in ("ون", "ين"):
                    known[f"{word} و{stem}{end}"] = str(number + tens)
                    known[f"{stem}{end}"] = str(tens)
    return known


ORDINALS = _ordinals()
TIMES_OF = {word: name for name, words in TIMES.items() for word in words.split()}


def read_number(text: str) -> Number | None:
    """Return the number with which the text begins, with "bis" and "(nouveau)", or ``None``."""
    start = len(text) - len(text.lstrip())
    if mark := BEFORE.match(text, start):
        start = mark.end()
    found = _digits(text, start) or _roman(text, start) or _words(text, start)
    if not found and (letter := LETTER.match(text, start)):
        found = Number(letter[1].lower(), letter.end())
    if not found:
        return None
    found = _with_times(text, found)
    amended = AMENDED.match(text, found.length)
    return Number(found.value, amended.end()) if amended else found


def _digits(text: str, start: int) -> Number | None:
    match = DIGITS.match(text, start)
    if not match:
        return None
    parts = re.split(r"[.\-/]", match[1])
    return Number("_".join(str(int(part)) for part in parts), match.end())


def _roman(text: str, start: int) -> Number | None:
    """Read I, V, X and longer ones; a single L or C is a letter."""
    match = ROMAN_SIGNS.match(text, start)
    value = roman_value(match[1]) if match and match[1] not in "LC" else 0
    return Number(str(value), match.end()) if match and value else None


def roman_value(signs: str) -> int:
    """Return the value of a Roman number, 0 if it is none."""
    values = [ROMAN.get(sign, 0) for sign in signs.upper()]
    total = sum(
        -value if any(later > value for later in values[place + 1 : place + 2]) else value
        for place, value in enumerate(values)
    )
    return total if total > 0 and as_roman(total) == signs.upper() else 0


def as_roman(number: int) -> str:
    """Return a number from 1 to 3999 in Roman signs."""
    signs = ""
    for sign, value in ROMAN_STEPS:
        signs += sign * (number // value)
        number %= value
    return signs


def _words(text: str, start: int) -> Number | None:
    """Read an ordinal of up to two words, the longest that is known."""
    found, ends, words = None, start, []
    for _ in range(MOST_WORDS_OF_A_NUMBER):
        match = WORD.match(text, ends)
        if not match:
            break
        words.append(_without_article(plain(match[0])))
        if value := ORDINALS.get(" ".join(words)):
            found = Number(value, match.end())
        blank = re.compile(r"\s+").match(text, match.end())
        if not blank:
            break
        ends = blank.end()
    return found


def _without_article(word: str) -> str:
    """Return an Arabic word without "ال", also after "و"."""
    if word.startswith("وال"):
        return "و" + word[3:]
    return word[2:] if word.startswith("ال") else word


def _with_times(text: str, found: Number) -> Number:
    match = re.compile(r"\s*(\w[\w\u064b-\u0652]*)").match(text, found.length)
    times = TIMES_OF.get(plain(match[1])) if match else None
    return Number(found.value + times, match.end()) if match and times else found

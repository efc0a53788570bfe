"""The text as search and the comparison of comments see it: words without their dress.

Two spellings of one word become one: with or without vowel signs, hamza, accents, capitals,
lengthened letters, Arabic-Indic or European digits. What is folded is never shown to people.
"""

# ruff: noqa: RUF001 - letters of several scripts
from __future__ import annotations

import hashlib
import unicodedata

import regex

# Marks of scripts that are read without them too; those of Indic scripts are vowels.
OPTIONAL_MARKS = regex.compile(
    r"[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0898-\u089f"
    r"\u08ca-\u08ff\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f--\p{L}\p{N}\u06dd\u06e9]",
    regex.VERSION1,
)
UNSEEN = regex.compile(r"[\p{Cf}\p{Cs}\u0640]+")
BETWEEN_WORDS = regex.compile(r"[^\p{L}\p{N}\p{M}]+")
DIGITS = regex.compile(r"\p{Nd}")
LETTERS = str.maketrans(
    {
        "ٱ": "ا",
        "ء": "",
        "ٴ": "",
        "ة": "ه",
        "ۃ": "ه",
        "ہ": "ه",
        "ۀ": "ه",
        "ى": "ي",
        "ی": "ي",
        "ے": "ي",
        "ک": "ك",
        "œ": "oe",
        "æ": "ae",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ł": "l",
        "ħ": "h",
        "þ": "th",
        "ı": "i",
    }
)
"""What does not come apart into a letter and a mark. Source: Lucene's ArabicNormalizer and
ASCIIFoldingFilter; the hamza alone is ours, as people leave it out."""


def search_text(text: str) -> str:
    """Return the words of a text in one spelling, with single blanks between them.

    Folding twice changes nothing.
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    text = OPTIONAL_MARKS.sub("", unicodedata.normalize("NFKD", UNSEEN.sub("", text)))
    text = DIGITS.sub(_as_ascii, text.translate(LETTERS))
    text = BETWEEN_WORDS.sub(" ", text)
    return unicodedata.normalize("NFC", text).strip()


def _as_ascii(digit: regex.Match[str]) -> str:
    # Python's own tables may be older than those of the pattern.
    return str(unicodedata.decimal(digit[0], digit[0]))


def words_of(text: str) -> list[str]:
    """Return the words of a text in one spelling."""
    return search_text(text).split()


def norm_sha256(text: str) -> bytes:
    """Return the hash of the folded text: equal for texts that differ in dress alone."""
    return hashlib.sha256(search_text(text).encode()).digest()

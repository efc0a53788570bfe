"""The names under which people and organisations speak: short, readable, not those of the state.

What deceives is refused, what may deceive is flagged for the moderators: most people whose
name looks odd are honest.
"""

# ruff: noqa: RUF001 - letters that look like others are the subject
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import regex

from ckanext.consultation.domain.search_text import search_text
from ckanext.opengov.shared.domain import characters
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_

LEAST, MOST = 2, 80
SIGNS_PER_CHARACTER = 4
RESERVED = (
    "Président de la République",
    "Présidence",
    "Gouvernement",
    "Ministre",
    "Ministère",
    "Secrétariat d'État",
    "Gouverneur",
    "Gouvernorat",
    "Municipalité",
    "Administrateur",
    "Administration",
    "Modérateur",
    "Modération",
    "Réponse officielle",
    "رئيس الجمهورية",
    "رئاسة",
    "الحكومة",
    "وزير",
    "وزارة",
    "كتابة الدولة",
    "ولاية",
    "بلدية",
    "المشرف",
    "المراجع",
    "جواب رسمي",
    "President of the Republic",
    "Government",
    "Minister",
    "Ministry",
    "Governor",
    "Municipality",
    "Administrator",
    "Admin",
    "Moderator",
    "Official reply",
)
"""What no participant is called by default. A site sets its own list."""

ADDRESS = regex.compile(r"\S+@\S+|https?:|www\.|\w\.(?:com|net|org|info|io|tn|fr)\b", regex.I)
LETTER = regex.compile(r"\p{L}")
BLANKS = regex.compile(r"[\s\p{Z}]+")
WORD = regex.compile(r"[\p{L}\p{M}\p{N}’']+")
ALIKE = ("Latin", "Cyrillic", "Greek", "Armenian", "Cherokee", "Coptic", "Lisu")
"""Alphabets whose letters are drawn alike. Arabic and Latin beside one another deceive nobody."""
SCRIPTS = {script: regex.compile(rf"\p{{Script={script}}}") for script in ALIKE}
STYLED = regex.compile(r"[\U0001d400-\U0001d7ff\u2460-\u24ff\uff21-\uff5a\U0001f130-\U0001f189]")
LOOKALIKES = str.maketrans(
    "аАВсСԁеЕҽԌһНіІјЈКкММоОрРԛѕЅТтѵуУԜѡхХүҮӏӀЬгпαΑΒϲϹΕϜΗιΙͿϳΚΜΝοΟΟρΡσΤυνΥΧΖօՕոսհցզքաՏՍ",
    "aABcCdeEeGhHiIjJKkMMoOpPqsSTtvyYWwxXyYlIbrnaABcCEFHiIJjKMNoOOpPoTuvYXZoOnuhgqfwSU",
)
"""Source: Unicode Technical Standard 39, confusables.txt: the letters of single-letter entries
that people meet, and of those that a reader takes for one another at small sizes, к т п г."""


class Flag(StrEnum):
    """What moderators are told about a name."""

    MIXED_ALPHABETS = "mixed-alphabets"
    """A word has letters of two alphabets that look alike."""
    LOOKALIKE = "lookalike"
    """A word of another alphabet reads as Latin letters."""
    STYLED_LETTERS = "styled-letters"
    """Letters of mathematics or in circles stand for plain ones."""
    NAMES_OFFICIALS = "names-officials"
    """A word of the reserved list stands further back in it."""


class NameRequired(DomainError):
    """A name has letters."""

    code = "required"
    field = "display_name"
    template = N_("Give a name with at least {least} characters, among them a letter.")


class NameTooLong(DomainError):
    """A name fits on a line."""

    code = "too-long"
    field = "display_name"
    template = N_("This name is too long. Characters: {given}; allowed: {most}.")


class AddressInName(DomainError):
    """A name is public; an address in it is spam, or a private one given away."""

    code = "address-in-name"
    field = "display_name"
    template = N_("Everyone sees this name: leave out web addresses and e-mail addresses.")


class PrivateSignsInName(DomainError):
    """Signs that only the writer's fonts know."""

    code = "private-signs"
    field = "display_name"
    template = N_("This name has signs of a special font, which others cannot see.")


class NameReserved(DomainError):
    """The name is that of an official."""

    code = "name-reserved"
    field = "display_name"
    template = N_("Names that begin with “{reserved}” are kept for officials. Choose another name.")


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it is stored, and what moderators are told about it."""

    text: str
    flags: frozenset[Flag]


def checked_name(
    text: str, *, reserved: Iterable[str] = RESERVED, field: str = "display_name"
) -> Name:
    """Return the name of a person or an organisation, on one line.

    Raises:
        NameRequired: it is too short or has no letter.
        NameTooLong: it is too long.
        AddressInName: it holds an address.
        PrivateSignsInName: it has signs that others cannot see.
        NameReserved: it begins as an official's does, or looks as if it did.
    """
    if len(text) > MOST * SIGNS_PER_CHARACTER * SIGNS_PER_CHARACTER:
        raise NameTooLong(field=field, given=len(text), most=MOST)
    name = _on_one_line(text)
    _check_form(name, field)
    found = _reserved_in(name, reserved)
    if found is not None and found[1] == 0:
        raise NameReserved(field=field, reserved=found[0])
    return Name(name, flags_of(name, reserved=reserved))


def flags_of(name: str, *, reserved: Iterable[str] = RESERVED) -> frozenset[Flag]:
    """Return what moderators are told about a name."""
    found = _reserved_in(name, reserved)
    return frozenset({*_flags(name)} | ({Flag.NAMES_OFFICIALS} if found else set()))


def likeness(name: str) -> str:
    """Return what a reader takes the name for: equal for names that are hard to tell apart."""
    return search_text(_skeleton(name))


def _on_one_line(text: str) -> str:
    line = characters.cleaned(BLANKS.sub(" ", text))
    return characters.cleaned(BLANKS.sub(" ", characters.without_directions(line)).strip())


def _check_form(name: str, field: str) -> None:
    length = characters.length_of(name)
    if length < LEAST or LETTER.search(name) is None:
        raise NameRequired(field=field, least=LEAST)
    if length > MOST or len(name) > MOST * SIGNS_PER_CHARACTER:
        raise NameTooLong(field=field, given=length, most=MOST)
    if characters.private_signs(name):
        raise PrivateSignsInName(field=field)
    if ADDRESS.search(name):
        raise AddressInName(field=field)


def _skeleton(name: str) -> str:
    # A zero or a one between letters is read as a letter.
    plain = name.translate(LOOKALIKES)
    return regex.sub(r"(?<=\p{Latin})0|0(?=\p{Latin})", "o", plain)


def _reserved_in(name: str, reserved: Iterable[str]) -> tuple[str, int] | None:
    """Return the first reserved words in the name and the place of their first word."""
    words = [_without_article(word) for word in likeness(name).split()]
    found = []
    for each in reserved:
        wanted = [_without_article(word) for word in likeness(each).split()]
        starts = range(len(words) - len(wanted) + 1) if wanted else ()
        found += [(start, each) for start in starts if words[start : start + len(wanted)] == wanted]
    if not found:
        return None
    place, each = min(found)
    return each, _place_without_small_words(words, place)


SMALL_WORDS = frozenset({"le", "la", "les", "l", "the", "un", "une", "m", "mr", "mme", "monsieur"})


def _place_without_small_words(words: list[str], place: int) -> int:
    """Return the place of a word: "the" before it moves nothing."""
    return sum(word not in SMALL_WORDS for word in words[:place])


def _without_article(word: str) -> str:
    return word[2:] if word.startswith("ال") and len(word) > len("الله") else word


def _flags(name: str) -> Iterable[Flag]:
    if STYLED.search(name):
        yield Flag.STYLED_LETTERS
    for word in WORD.findall(name):
        alphabets = {script for script, letters in SCRIPTS.items() if letters.search(word)}
        if len(alphabets) > 1:
            yield Flag.MIXED_ALPHABETS
        elif alphabets - {"Latin"} and _reads_as_latin(word):
            yield Flag.LOOKALIKE


def _reads_as_latin(word: str) -> bool:
    return all(SCRIPTS["Latin"].match(sign) for sign in _skeleton(word) if sign.isalpha())

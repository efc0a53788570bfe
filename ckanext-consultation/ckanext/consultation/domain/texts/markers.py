"""Recognises the signs before the items of a list: "1.", "أ)", "a)", "iv)", "-"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from ckanext.consultation.domain.texts.numbers import roman_value

# Hyphen, en dash, em dash, minus; then also full stop and slash.
DASHES = r"\-\u2013\u2014\u2212"
AFTER = rf"[.{DASHES}/]"
MARKER = re.compile(
    rf"""(?P<sign>
      \(?(?:(?P<digits>\d{{1,3}})|(?P<roman>[ivx]{{2,6}})|(?P<letter>[a-z])|
          (?P<capital>[A-Z])|(?P<arabic>[\u0621-\u064a](?:\u0640|\u200d)?))\s?\)
      |(?P<digits2>\d{{1,3}})\s?(?:{AFTER}|[°º]\s?[{DASHES}.)]?)(?=\s)
      |(?P<roman2>[ivx]{{2,6}})\s?{AFTER}(?=\s)
      |(?P<capital_roman>[IVX]{{1,6}})\s?(?:{AFTER}|\))(?=\s)
      |(?P<letter2>[a-z])\s?{AFTER}(?=\s)
      |(?P<capital2>[A-Z])\s?[{DASHES}/](?=\s)
      |(?P<arabic2>[\u0621-\u064a](?:\u0640|\u200d)?)\s?(?:{AFTER}|\u0640)(?=\s)
      |(?P<dash>[{DASHES}•●▪■◦○*·\uf0b7])(?=\s)
    )\s*(?=\S)""",
    re.VERBOSE,
)
SIGNS_AROUND = "(). -\u2013\u2014\u2212/"
ROMAN_OR_LETTER = frozenset("ivx")


class Style(StrEnum):
    """How the items of one list are counted."""

    DIGITS = "digits"
    ROMAN = "roman"
    LETTER = "letter"
    CAPITAL = "capital"
    ARABIC = "arabic"
    DASH = "dash"


@dataclass(frozen=True, slots=True)
class Marker:
    """The sign of an item, and what it says of its list: "b)" is the second of letters."""

    printed: str
    style: Style
    value: int
    """0 where order says nothing: dashes, Arabic letters (two alphabets are in use)."""
    rest: str


def read_marker(line: str) -> Marker | None:
    """Return the marker that a line begins with, or ``None``. A single "i)" is a Roman one."""
    match = MARKER.match(line)
    if not match:
        return None
    style, value = _counted(match)
    return Marker(match["sign"].strip(), style, value, line[match.end() :].strip())


def marker_of(printed: str) -> Marker | None:
    """Return what a marker alone says, without the text after it."""
    return read_marker(f"{printed} .")


def as_letter(marker: Marker) -> Marker:
    """Return a Roman "i)", "v)" or "x)" read as a letter."""
    sign = marker.printed.strip(SIGNS_AROUND)
    return Marker(marker.printed, Style.LETTER, ord(sign) - 96, marker.rest)


def may_be_letter(marker: Marker) -> bool:
    """Tell whether it is one of the three that are both."""
    return marker.printed.strip(SIGNS_AROUND) in ROMAN_OR_LETTER


def _counted(match: re.Match[str]) -> tuple[Style, int]:
    if match["dash"]:
        return Style.DASH, 0
    if digits := match["digits"] or match["digits2"]:
        return Style.DIGITS, int(digits)
    if roman := match["roman"] or match["roman2"]:
        return Style.ROMAN, roman_value(roman)
    if match["arabic"] or match["arabic2"]:
        return Style.ARABIC, 0
    return _lettered(match)


def _lettered(match: re.Match[str]) -> tuple[Style, int]:
    if roman := match["capital_roman"]:
        return Style.ROMAN, roman_value(roman)
    if capital := match["capital"] or match["capital2"]:
        return Style.CAPITAL, ord(capital) - 64
    letter = match["letter"] or match["letter2"]
    if letter in ROMAN_OR_LETTER:
        return Style.ROMAN, roman_value(letter)
    return Style.LETTER, ord(letter) - 96

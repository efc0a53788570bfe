"""How lists print their numbers, by the names that Word gives to the ways of counting."""

from __future__ import annotations

from ckanext.consultation.domain.texts.numbers import as_roman

BULLET = "•"
ABJAD = "أبجدهوزحطيكلمنسعفصقرشتثخذضظغ"
ALPHABET = "أبتثجحخدذرزسشصضطظعغفقكلمنهوي"
LATIN = "abcdefghijklmnopqrstuvwxyz"
LARGEST_ROMAN = 3999


def counted(number: int, way: str) -> str:
    """Return a number as the list prints it; unknown ways and odd numbers in digits."""
    if way == "none":
        return ""
    if number < 1:
        return str(number)
    if way in {"lowerRoman", "upperRoman"} and number <= LARGEST_ROMAN:
        roman = as_roman(number)
        return roman.lower() if way == "lowerRoman" else roman
    letters = {"lowerLetter": LATIN, "upperLetter": LATIN.upper()}
    letters |= {"arabicAlpha": ALPHABET, "arabicAbjad": ABJAD}
    if way in letters:
        # Word goes on with "aa", "bb" after "z".
        times, place = divmod(number - 1, len(letters[way]))
        return letters[way][place] * (times + 1) if times < len(LATIN) else str(number)
    return f"{number:02d}" if way == "decimalZero" else str(number)

"""Names of months, as French, English and the Arabic of each region write them."""

# ruff: noqa: RUF001 - Arabic

from __future__ import annotations

import re
import unicodedata

NOT_READ = re.compile(
    "[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u0640\u061c\u200b\u200e\u200f]"
)
"""Accents and vowel marks that stand apart, and signs that nobody sees."""
NAMES = (
    ("janvier janv jan january", "جانفي يناير كانون_الثاني"),
    ("fevrier fevr fev february feb", "فيفري فبراير شباط"),
    ("mars mar march", "مارس آذار"),
    ("avril avr april apr", "أفريل أبريل إبريل نيسان"),
    ("mai may", "ماي مايو أيار"),
    ("juin june jun", "جوان يونيو يونيه حزيران"),
    ("juillet juil july jul", "جويلية يوليو يوليوز يوليه تموز"),
    ("aout august aug", "أوت أغسطس غشت آب"),
    ("septembre september sept sep", "سبتمبر شتنبر أيلول"),
    ("octobre october oct", "أكتوبر تشرين_الأول"),
    ("novembre november nov", "نوفمبر نونبر تشرين_الثاني"),
    ("decembre december dec", "ديسمبر دجنبر كانون_الأول"),
)
"""Of each month: Latin letters; Arabic ones, as in the Maghreb, in Egypt and the Gulf, in the
Levant."""


def folded(text: str) -> str:
    """Return the text without case, accents, hamzas and marks that nobody sees."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return NOT_READ.sub("", apart).replace("ى", "ي").replace("ة", "ه")


MONTHS = {
    folded(name).replace("_", " "): number
    for number, scripts in enumerate(NAMES, 1)
    for name in " ".join(scripts).split()
}
"""The number of a month by its folded name."""

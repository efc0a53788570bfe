"""Words as people type them: without case, accents and vowel marks."""

from __future__ import annotations

import sqlalchemy as sa

LATIN = ("àâäáãåçéèêëíìîïñóòôöõúùûüýÿ", "aaaaaaceeeeiiiinooooouuuuyy")
ARABIC = (
    "\u0623\u0625\u0622\u0671\u0649\u0629\u0624\u0626",
    "\u0627\u0627\u0627\u0627\u064a\u0647\u0648\u064a",
)
"""Alefs, yeh, teh marbuta and hamzas that people type for one another."""
PLAIN = (LATIN[0] + ARABIC[0], LATIN[1] + ARABIC[1])
"""Letters, and the one that stands for each."""
TATWEEL_AND_MARKS = "\u0640\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652"


def plain(text: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """Return the text without case, accents and vowel marks."""
    bare = sa.func.translate(sa.func.lower(text), TATWEEL_AND_MARKS, "")
    return sa.func.translate(bare, *PLAIN)

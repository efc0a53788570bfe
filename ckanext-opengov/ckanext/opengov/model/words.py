"""Words as people type them: without case, accents and vowel marks."""

from __future__ import annotations

import sqlalchemy as sa

from ckanext.opengov.domain.words import LOOKALIKES

LATIN = ("àâäáãåçéèêëíìîïñóòôöõúùûüýÿ", "aaaaaaceeeeiiiinooooouuuuyy")
PLAIN = (LATIN[0] + LOOKALIKES[0], LATIN[1] + LOOKALIKES[1])
"""Letters, and the one that stands for each."""
TATWEEL_AND_MARKS = "\u0640\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652"


def plain(text: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """Return the text without case, accents and vowel marks."""
    bare = sa.func.translate(sa.func.lower(text), TATWEEL_AND_MARKS, "")
    return sa.func.translate(bare, *PLAIN)

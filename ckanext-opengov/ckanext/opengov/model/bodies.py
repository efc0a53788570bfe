"""Public bodies by the words of their names."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ckan import model as ckan_model

LATIN = ("àâäáãåçéèêëíìîïñóòôöõúùûüýÿ", "aaaaaaceeeeiiiinooooouuuuyy")
ARABIC = (
    "\u0623\u0625\u0622\u0671\u0649\u0629\u0624\u0626",
    "\u0627\u0627\u0627\u0627\u064a\u0647\u0648\u064a",
)
"""Alefs, yeh, teh marbuta and hamzas that people type for one another."""
PLAIN = (LATIN[0] + ARABIC[0], LATIN[1] + ARABIC[1])
"""Letters, and the one that stands for each."""
TATWEEL_AND_MARKS = "\u0640\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652"


def named_like(text: str) -> tuple[sa.Select[Any], sa.ColumnElement[str], sa.ColumnElement[str]]:
    """Return a query for the bodies whose names, in any language, have all these words.

    With it comes its order: by title, then by id.
    """
    group: Any = ckan_model.Group
    translated = group.extras["title_translated"].astext
    names = sa.func.concat_ws(" ", group.name, group.title, translated)
    query = sa.select(group.id, group.name, group.title, translated.label("translated")).where(
        group.is_organization, group.state == "active", group.type == "organization"
    )
    for word in text.split()[:10]:
        query = query.where(sa.func.strpos(plain(names), plain(sa.literal(word))) > 0)
    return query, sa.func.coalesce(group.title, ""), group.id


def plain(text: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """Return the text without case, accents and vowel marks."""
    bare = sa.func.translate(sa.func.lower(text), TATWEEL_AND_MARKS, "")
    return sa.func.translate(bare, *PLAIN)

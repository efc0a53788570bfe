"""Names nodes in the manner of Akoma Ntoso: ``chp_1__art_12__p_2``, the same in all languages."""

from __future__ import annotations

from collections.abc import Collection

from ckanext.consultation.domain.texts.nodes import Kind

NAMES = {
    Kind.TITLE: "title",
    Kind.PREAMBLE: "preamble",
    Kind.PART: "part",
    Kind.CHAPTER: "chp",
    Kind.SECTION: "sec",
    Kind.ARTICLE: "art",
    Kind.ANNEX: "annex",
    Kind.PARAGRAPH: "p",
    Kind.ITEM: "item",
    Kind.TABLE: "table",
}
ALONE = frozenset({Kind.TITLE, Kind.PREAMBLE})
"""Kinds of which a text has one, so that they need no number."""


def eid_for(parent_eid: str | None, kind: Kind, number: str | int) -> str:
    """Return the id of a node: its parent's, what it is, and its number or place."""
    local = NAMES[kind] if kind in ALONE else f"{NAMES[kind]}_{number}"
    return f"{parent_eid}__{local}" if parent_eid else local


def free(eid: str, used: Collection[str]) -> str:
    """Return the id, or with ``_2``, ``_3`` … the first that was never used."""
    if eid not in used:
        return eid
    times = 2
    while f"{eid}_{times}" in used:
        times += 1
    return f"{eid}_{times}"

"""A text as people read it: part by part, with what was said beside each paragraph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession, Context, DataDict

from ckanext.consultation.domain.texts import parts, publishing
from ckanext.consultation.domain.texts.nodes import CONTAINERS, Kind, Node, Text
from ckanext.consultation.logic import dictize, spoken, texts
from ckanext.consultation.model import anchors, consultations
from ckanext.consultation.model import texts as stored
from ckanext.opengov.shared import pager
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["consultation_node_list", "consultation_node_show", "consultation_text_show"]

MOST_OF_CONTENTS = 200
LOWEST_FIRST = (Kind.ARTICLE, Kind.SECTION, Kind.CHAPTER)
BESIDE = 2
"""Comments beside each paragraph; the rest has a page of its own."""


@tk.side_effect_free
@domain_action
def consultation_text_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return a part of a version's text as people read it, and what the text contains.

    ``nodes`` are those of the part, as ``consultation_node_list`` has them, each with its
    ``label`` ("3 § 2"), ``depth``, ``comment_count`` and its two newest ``comments``.
    ``contents`` are the divisions of the whole text, each with its ``part``; ``above`` those
    that the part goes on with. As many queries however long the text is.

    Args:
        consultation_id (str): id or name of the consultation
        version (str, optional): the version's name in addresses; the current one by default
        part (int, optional): the part, from 1
        eid (str, optional): that node alone, with what contains it
    """
    tk.check_access("consultation_show", context, data_dict)
    found = texts.asked_version(context, data_dict)
    session = context["session"]
    outline = stored.outline(session, found.version.id)
    all_parts = parts.parts_of(outline)
    part = _part(outline, all_parts, data_dict)
    only = str(data_dict.get("eid") or "")
    if only:
        place = next(node.position for node in outline if node.eid == only)
        shown = stored.nodes_between(session, found.version.id, place, place)
    else:
        shown = stored.nodes_between(session, found.version.id, part.first, part.last)
    above = parts.above(outline, shown[0].eid) if shown else []
    return {
        **_around(session, found),
        "languages": stored.languages_of(session, found.version.id),
        "part": part.number,
        "parts": len(all_parts),
        "contents": _contents(outline, all_parts),
        "above": [texts.node(node) for node in above],
        "nodes": _nodes(session, found, outline, shown, with_comments=not only),
    }


def _part(outline: Text, all_parts: Sequence[parts.Part], asked: DataDict) -> parts.Part:
    """Return the part that is asked for, or the one with a node.

    Raises:
        ParagraphNotFound: there is no such part or node.
    """
    if not outline:
        return parts.Part(1, 1, 0)
    if asked.get("eid"):
        for node in outline:
            if node.eid == str(asked["eid"]):
                return parts.part_with(all_parts, node.position)
        raise publishing.ParagraphNotFound
    wished = str(asked.get("part") or 1)
    for part in all_parts:
        if str(part.number) == wished:
            return part
    raise publishing.ParagraphNotFound


def _around(session: AlchemySession, found: texts.Found) -> dict[str, Any]:
    now = consultations.now(session)
    before = found.before
    return {
        "consultation": {
            **dictize.consultation(found.row, now),
            "is_staff": bool(found.actor.roles),
        },
        "document": texts.document(found.row, found.document, found.versions),
        "version": texts.version(found.document, found.version),
        "before": texts.version(found.document, before) if before else None,
        "is_current": found.is_current,
        "standing": anchors.standing_open(session, found.version.id, anchors.WITH_WORDS[:1]),
    }


def _contents(outline: Text, all_parts: Sequence[parts.Part]) -> list[dict[str, Any]]:
    """Return the divisions of a text; where there are very many, the highest alone."""
    depths = parts.depths(outline)
    divisions = [
        node for node in outline if node.kind in CONTAINERS and (node.number or node.heading)
    ]
    for kind in LOWEST_FIRST:
        if len(divisions) > MOST_OF_CONTENTS:
            divisions = [node for node in divisions if node.kind is not kind]
    return [
        {
            "eid": node.eid,
            "kind": node.kind,
            "depth": depths[node.eid],
            "part": parts.part_with(all_parts, node.position).number,
            "number_translated": dict(node.number),
            "heading_translated": dict(node.heading),
        }
        for node in divisions[:MOST_OF_CONTENTS]
    ]


def _nodes(
    session: AlchemySession,
    found: texts.Found,
    outline: Text,
    shown: Sequence[Node],
    *,
    with_comments: bool,
) -> list[dict[str, Any]]:
    eids = [node.eid for node in shown]
    labels, depths = parts.labels(outline), parts.depths(outline)
    counts = anchors.counts(session, found.version.id, eids)
    beside = _beside(session, found, list(counts)) if with_comments else {}
    return [
        {
            **texts.node(node),
            "label": labels[node.eid],
            "depth": depths[node.eid],
            "comment_count": counts.get(node.eid, 0),
            "comments": beside.get(node.eid, []),
        }
        for node in shown
    ]


def _beside(
    session: AlchemySession, found: texts.Found, eids: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    """Return the newest comments at each paragraph that has some."""
    if not eids:
        return {}
    first = anchors.first_at(session, found.version.id, eids, BESIDE)
    flat = [comment for each in first.values() for comment in each]
    said = {each["id"]: each for each in spoken.many(session, found.row, flat, None)}
    return {eid: [said[comment.id] for comment in some] for eid, some in first.items()}


@tk.side_effect_free
@domain_action
def consultation_node_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the nodes of a version in the order of reading, page by page.

    Each is ``{"eid", "parent_eid", "position", "kind", "number_translated",
    "heading_translated", "body_translated", "languages", "fingerprint", "comment_count"}``. In
    the body of a ``table`` a line is a row and a tab divides cells.

    Args:
        version_id (str): id of the version; or else
        consultation_id (str): id or name of the consultation, and
        version (str, optional): the version's name in addresses; the current one by default
        language (str, optional): words in this language alone
        cursor (str, optional): ``next_cursor`` of the page before
        limit (int, optional): 1 to 100, 20 by default
    """
    tk.check_access("consultation_show", context, data_dict)
    found = texts.asked_version(context, data_dict)
    language = str(data_dict.get("language") or "") or None
    query = stored.nodes_of(found.version.id)
    page = pager.page(context["session"], query, [stored.POSITION], data_dict)
    eids = [row.eid for row in page.rows]
    counts = anchors.counts(context["session"], found.version.id, eids)
    shown = page.as_dict(
        lambda row: {
            **texts.node(stored.node_of_row(row), language),
            "comment_count": counts.get(row.eid, 0),
        }
    )
    return {**shown, "version": texts.version(found.document, found.version)}


@tk.side_effect_free
@domain_action
def consultation_node_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return one node of a version.

    Args:
        version_id (str): id of the version; or ``consultation_id`` and ``version``
        eid (str): id of the node
    """
    tk.check_access("consultation_show", context, data_dict)
    found = texts.asked_version(context, data_dict)
    eid = str(tk.get_or_bust(data_dict, "eid"))
    node = stored.node(context["session"], found.version.id, eid)
    if node is None:
        raise publishing.ParagraphNotFound
    return {**texts.node(node), "version": texts.version(found.document, found.version)}

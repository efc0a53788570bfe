"""What became of a text and of the comments on it, from one version to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession, Context, DataDict

from ckanext.consultation.domain.life import Role
from ckanext.consultation.domain.texts import errors, publishing
from ckanext.consultation.domain.texts.matching import Anchor, Kinship, Relation
from ckanext.consultation.domain.texts.nodes import Node
from ckanext.consultation.logic import spoken, texts
from ckanext.consultation.logic.text_steps import note
from ckanext.consultation.model import anchors, consultations
from ckanext.consultation.model import comments as said
from ckanext.consultation.model import texts as stored
from ckanext.consultation.model.anchors import CommentAnchor, NodeQuestion
from ckanext.consultation.model.comments import Comment
from ckanext.opengov.shared import pager
from ckanext.opengov.shared.domain.errors import DomainError, NotPermitted
from ckanext.opengov.shared.domain.fields import wished
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = [
    "consultation_node_remap",
    "consultation_orphan_list",
    "consultation_question_list",
]

RELATIONS = {
    "same": Kinship.SAME,
    "edited": Kinship.EDITED,
    "moved": Kinship.MOVED,
    "orphaned": Kinship.DELETED,
}
MAY_PLACE = frozenset({Role.AUTHOR, Role.PUBLISHER, Role.MODERATOR, Role.ANALYST})
"""Roles in a consultation that say where an uncertain comment stands."""


class UnknownPlace(DomainError):
    """One of four."""

    code = "unknown-choice"
    field = "state"
    template = N_("Choose one of: {choices}.")


@tk.side_effect_free
@domain_action
def consultation_question_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the comments that wait for a person to say where they stand in a version.

    Each is the comment with ``was`` (the paragraph in the version on which it was made, with
    its words) and ``candidates``, the nodes that may be meant, each with its ``parent``; the
    oldest first.

    Args:
        version_id (str): id of the version; or ``consultation_id`` and ``version``
        state (str, optional): ``ambiguous`` (by default) or ``orphaned``
        cursor (str, optional): ``next_cursor`` of the page before
        limit (int, optional): 1 to 100, 20 by default
    """
    found = texts.asked_version(context, data_dict)
    tk.check_access("consultation_update", context, {"roles": found.actor.roles})
    state = Anchor.ORPHANED if data_dict.get("state") == "orphaned" else Anchor.AMBIGUOUS
    shown = _open_ones(context, found, data_dict, state, anchors.WITH_WORDS)
    return {**shown, "version": texts.version(found.document, found.version)}


@tk.side_effect_free
@domain_action
def consultation_orphan_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the comments whose paragraph is no more in a version, with its former words.

    Args:
        version_id (str): id of the version; or else
        consultation_id (str): id or name of the consultation, and
        version (str, optional): the version's name in addresses; the current one by default
        cursor (str, optional): ``next_cursor`` of the page before
        limit (int, optional): 1 to 100, 20 by default
    """
    tk.check_access("consultation_show", context, data_dict)
    found = texts.asked_version(context, data_dict)
    shown = _open_ones(context, found, data_dict, Anchor.ORPHANED, anchors.WITH_WORDS[:1])
    return {**shown, "version": texts.version(found.document, found.version)}


def _open_ones(
    context: Context, found: texts.Found, asked: DataDict, state: Anchor, states: Sequence[str]
) -> dict[str, Any]:
    session, version_id = context["session"], found.version.id
    query = anchors.open_ones(version_id, state, states)
    page = pager.page(session, query, [anchors.SEQ], asked)
    pairs: list[tuple[Comment, CommentAnchor]] = [(row[0], row[1]) for row in page.rows]
    shown = spoken.many(session, found.row, [comment for comment, _anchor in pairs], None)
    names = [(str(each.version_id), str(each.eid)) for each, _anchor in pairs]
    names += [(version_id, eid) for _comment, anchor in pairs for eid in anchor.candidates]
    nodes = stored.nodes_named(session, set(names))
    nodes |= stored.nodes_named(session, {(v, str(n.parent_eid)) for (v, _), n in nodes.items()})
    return {
        "results": [
            {
                "comment": {**said_of, **_for_staff(comment, states)},
                "was": _node(nodes, str(comment.version_id), str(comment.eid)),
                "candidates": _candidates(nodes, version_id, anchor),
            }
            for said_of, (comment, anchor) in zip(shown, pairs, strict=True)
        ],
        "next_cursor": page.next_cursor,
    }


def _for_staff(comment: Comment, states: Sequence[str]) -> dict[str, Any]:
    """Return the words of a comment that waits for a moderator, which the public does not see."""
    return {"body": comment.body} if "pending" in states else {}


def _node(
    nodes: Mapping[tuple[str, str], Node], version_id: str, eid: str
) -> dict[str, Any] | None:
    node = nodes.get((version_id, eid))
    if node is None:
        return None
    above = nodes.get((version_id, str(node.parent_eid)))
    return {**texts.node(node), "parent": texts.node(above) if above else None}


def _candidates(
    nodes: Mapping[tuple[str, str], Node], version_id: str, anchor: CommentAnchor
) -> list[dict[str, Any]]:
    found = (_node(nodes, version_id, eid) for eid in anchor.candidates)
    return [node for node in found if node]


@domain_action
def consultation_node_remap(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Say where one comment stands in the current version, or all that stood at its paragraph.

    Only what waits for a person (``ambiguous``) or has lost its paragraph (``orphaned``) can be
    placed. Returns ``{"placed"}``, the number of comments.

    Args:
        version_id (str): id of the version
        comment_id (str): id of the comment
        state (str): ``same``, ``edited``, ``moved`` or ``orphaned``
        eid (str, optional): the node at which it stands; none: ``orphaned``
        all (bool, optional): so do all uncertain comments of the same former paragraph
    """
    found = texts.version_of(context, data_dict.get("version_id"), lock=True)
    session = context["session"]
    tk.check_access("consultation_update", context, {"roles": found.actor.roles})
    if MAY_PLACE.isdisjoint(found.actor.roles):
        raise NotPermitted
    if not found.is_current:
        raise publishing.TextChanged(field="version_id")
    comment, anchor = _open_anchor(session, found, data_dict)
    state, eid = _answer(session, found, data_dict)
    now, by = consultations.now(session), str(found.actor.user_id)
    chosen, question = _only(anchor), None
    if wished(data_dict, "all") and anchor.state == Anchor.AMBIGUOUS:
        chosen, question = _alike(session, found, comment) or (chosen, None)
    if question is not None:
        _confirm(session, question, data_dict, by, now)
    placed = anchors.settle(session, chosen, eid=eid, state=state, by=by, now=now)
    number = {"document": found.document.id, "number": found.version.number}
    details = {**number, "comment": comment.id, "state": str(state), "node": eid, "placed": placed}
    note(session, found.row, found.actor, "comment-place", details)
    session.commit()
    return {"placed": placed}


def _open_anchor(
    session: AlchemySession, found: texts.Found, asked: DataDict
) -> tuple[Comment, CommentAnchor]:
    """Return a comment that stands nowhere, held against others.

    Raises:
        DocumentNotFound: there is no such comment on this text.
        NotACandidate: it stands somewhere for sure, or somebody else has placed it.
    """
    comment = said.find(session, str(tk.get_or_bust(asked, "comment_id")))
    if comment is None or comment.consultation_id != found.row.id:
        raise publishing.DocumentNotFound
    anchor = anchors.anchor_of(session, comment.id, found.version.id, lock=True)
    if anchor is None:
        raise publishing.DocumentNotFound
    if anchor.eid is not None or (anchor.state == Anchor.ORPHANED and anchor.confirmed_at):
        raise errors.NotACandidate(field="comment_id", eid=comment.seq)
    return comment, anchor


def _answer(
    session: AlchemySession, found: texts.Found, asked: DataDict
) -> tuple[Anchor, str | None]:
    """Return the state and the node that a person chose."""
    state, eid = str(asked.get("state") or ""), str(asked.get("eid") or "") or None
    if state not in RELATIONS:
        raise UnknownPlace(choices=", ".join(RELATIONS))
    if state == "orphaned":
        return Anchor.ORPHANED, None
    if eid is None or stored.node(session, found.version.id, eid) is None:
        raise publishing.ParagraphUnknown(eid=eid or "")
    return Anchor(state), eid


def _alike(
    session: AlchemySession, found: texts.Found, comment: Comment
) -> tuple[sa.Select[Any], NodeQuestion | None] | None:
    """Select all uncertain comments of a comment's former paragraph, and what was asked of it."""
    before = found.before
    stood = anchors.anchor_of(session, comment.id, before.id) if before else None
    if before is None or stood is None or stood.eid is None:
        return None
    asked = anchors.questions(session, before.id, found.version.id)
    question = next((each for each in asked if each.from_eid == stood.eid), None)
    return anchors.ambiguous_from(before.id, stood.eid, found.version.id), question


def _only(anchor: CommentAnchor) -> sa.Select[Any]:
    return sa.select(CommentAnchor.comment_id, CommentAnchor.version_id).where(
        CommentAnchor.comment_id == anchor.comment_id,
        CommentAnchor.version_id == anchor.version_id,
    )


def _confirm(
    session: AlchemySession, question: NodeQuestion, asked: DataDict, by: str, now: datetime
) -> None:
    """Store for a paragraph what was said of all its comments."""
    kinship = RELATIONS[str(asked["state"])]
    to_eid = None if kinship is Kinship.DELETED else str(asked["eid"])
    relation = Relation(question.from_eid, to_eid, kinship)
    anchors.confirm(session, question, relation, by, now)

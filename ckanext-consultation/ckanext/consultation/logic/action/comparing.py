"""Two versions of a text side by side."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession, Context, DataDict

from ckanext.consultation.domain.texts.chains import composed
from ckanext.consultation.domain.texts.diff import Change, Row, marked, rows_of
from ckanext.consultation.domain.texts.matching import Relation
from ckanext.consultation.domain.texts.nodes import Node
from ckanext.consultation.domain.texts.revising import relations_of_draft
from ckanext.consultation.logic import texts
from ckanext.consultation.logic.access import consultation_of
from ckanext.consultation.model import anchors
from ckanext.consultation.model import texts as stored
from ckanext.opengov.shared import pager
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.fields import wished
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["consultation_document_diff"]


ROWS, MOST_ROWS = 100, 500
"""Of a page, if nothing else is asked, and at most."""


class NotComparable(DomainError):
    """The comparison goes from one version to the next public one, or to its draft."""

    code = "not-comparable"
    field = "to"
    template = N_("Compare two versions of one text, the older one first.")


class NotCarriedYet(DomainError):
    """A job still finds out what became of each paragraph."""

    code = "not-carried-yet"
    template = N_("What became of each paragraph is still being found out. Try again in a minute.")


@tk.side_effect_free
@domain_action
def consultation_document_diff(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what changed from one version of a text to another, node by node.

    Each row is ``{"change", "old", "new", "candidates", "is_renumbered", "heading", "body"}``:
    ``change`` is ``same``, ``edited``, ``moved``, ``split``, ``merged``, ``deleted``, ``added``
    or ``uncertain`` (a person has not said yet what it became, or, without ``old``, what it
    was). ``candidates`` are the nodes that may be meant. ``heading`` and ``body`` hold by
    language the runs ``[is_equal, before, after]`` of what was edited.

    Args:
        consultation_id (str): id or name of the consultation
        from (str): the older version's name in addresses ("1", of a second text "2-1")
        to (str): the newer one's
        language (str, optional): words in this language alone
        all (bool, optional): also what did not change
        cursor (str, optional): ``next_cursor`` of the page before
        limit (int, optional): 1 to 500 rows, 100 by default
    """
    tk.check_access("consultation_show", context, data_dict)
    row, actor = consultation_of(context, tk.get_or_bust(data_dict, "consultation_id"))
    session = context["session"]
    older, newer = (
        texts.labelled(session, row, actor, str(tk.get_or_bust(data_dict, name)))
        for name in ("from", "to")
    )
    if older.document.id != newer.document.id or older.version.number >= newer.version.number:
        raise NotComparable
    before = stored.text_of(session, older.version.id)
    after = stored.text_of(session, newer.version.id)
    is_draft = newer.version.state not in stored.PUBLIC
    relations = _through(session, _chain(older, newer), is_draft=is_draft)
    language = str(data_dict.get("language") or "") or None
    wants_all = wished(data_dict, "all")
    rows = rows_of(before, after, relations)
    kept = [each for each in rows if wants_all or _is_change(each, language)]
    start, limit = _start(data_dict), pager.limit_of(data_dict, ROWS, MOST_ROWS)
    known = {node.eid: node for node in after}
    shown = [_row(each, language, known) for each in marked(kept[start : start + limit])]
    following = start + limit
    return {
        "from": texts.version(older.document, older.version),
        "to": texts.version(newer.document, newer.version),
        "document": texts.document(row, newer.document, newer.versions),
        "rows": shown,
        "next_cursor": str(following) if following < len(kept) else None,
        "counts": {str(change): sum(each.change is change for each in rows) for change in Change},
    }


def _start(data_dict: DataDict) -> int:
    """Return at which row a page begins: what is compared never changes.

    Raises:
        InvalidCursor: the comparison has no such row.
    """
    cursor = str(data_dict.get("cursor") or 0)
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < len("10000")):
        raise pager.InvalidCursor
    return int(cursor)


def _chain(older: texts.Found, newer: texts.Found) -> list[str]:
    """Return the ids of the versions between two, these included.

    Raises:
        NotCarriedYet: what became of the nodes of one is not known yet.
    """
    between = [
        each
        for each in newer.versions
        if older.version.number <= each.number <= newer.version.number
    ]
    kept = [each for each in between if each.state in stored.PUBLIC or each is newer.version]
    if any(each.state in stored.PUBLIC and each.carried_at is None for each in kept[1:]):
        raise NotCarriedYet
    return [each.id for each in kept]


def _through(session: AlchemySession, chain: Sequence[str], *, is_draft: bool) -> list[Relation]:
    """Return what became of the first version's nodes in the last, step by step."""
    found: list[Relation] | None = None
    for older, newer in itertools.pairwise(chain):
        step = anchors.relations(session, older, newer)
        if is_draft and newer == chain[-1]:
            # What was noted at its import may have been edited since.
            before, after = (stored.text_of(session, each) for each in (older, newer))
            step = list(relations_of_draft(before, after, step))
        found = step if found is None else composed(found, step)
    return found or []


def _is_change(row: Row, language: str | None) -> bool:
    """Tell whether a reader of the language sees a change in the node itself.

    A division counts as changed with what it contains; that has rows of its own.
    """
    if row.change is not Change.EDITED or row.new is None:
        return row.change is not Change.SAME or row.is_renumbered
    languages = [language] if language else sorted(row.new.languages | row.old[0].languages)
    return row.is_renumbered or row.new.said_in(languages) != row.old[0].said_in(languages)


def _row(row: Row, language: str | None, known: Mapping[str, Node]) -> dict[str, Any]:
    return {
        "change": row.change,
        "old": [texts.node(each, language) for each in row.old],
        "new": texts.node(row.new, language) if row.new else None,
        "candidates": [texts.node(known[eid], language) for eid in row.candidates if eid in known],
        "is_renumbered": row.is_renumbered,
        **{
            name: {
                each: [list(run) for run in runs]
                for each, runs in getattr(row, name).items()
                if language in (None, each)
            }
            for name in ("heading", "body")
        },
    }

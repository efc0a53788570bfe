"""Consultations in lists, and the bodies that hold them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.consultation.domain.schedule import Phase
from ckanext.consultation.logic import dictize
from ckanext.consultation.logic.clock import hold_until_any
from ckanext.consultation.model import bodies, consultations
from ckanext.consultation.model.consultations import Consultation
from ckanext.opengov.shared import pager
from ckanext.opengov.shared.domain.fields import one_of, wished
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["consultation_body_list", "consultation_list"]


@tk.side_effect_free
@domain_action
def consultation_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return public consultations, page by page: those that close first come first.

    Of closed ones and of all together the last closed come first. ``count`` says how many
    there are on all pages.

    Args:
        phase (str, optional): ``scheduled``, ``open`` or ``closed``
        overdue (bool, optional): only those that should have been answered by now
        owner_org (str, optional): id or name of the body
        q (str, optional): words of title or summary, in any language
        cursor (str, optional): ``next_cursor`` of the page before
        limit (int, optional): 1 to 100, 20 by default
    """
    tk.check_access("consultation_list", context, data_dict)
    session = context["session"]
    now = consultations.now_for_readers(session)
    phase = one_of(data_dict["phase"], list(Phase)) if data_dict.get("phase") else None
    query = consultations.public(Phase(phase) if phase else None, now)
    if wished(data_dict, "overdue"):
        query = query.where(*consultations.overdue(now))
    if data_dict.get("owner_org"):
        body_id = bodies.id_of(session, str(data_dict["owner_org"]))
        query = query.where(Consultation.owner_org == body_id)
    if data_dict.get("q"):
        query = query.where(*consultations.with_words(str(data_dict["q"])))
    is_next_first = phase in (Phase.OPEN, Phase.SCHEDULED)
    by: list[sa.ColumnElement[Any]] = [consultations.END, consultations.ID]
    found = pager.page(session, query, by, data_dict, newest_first=not is_next_first)
    hold_until_any(session, now)
    is_all = not data_dict.get("cursor") and not found.next_cursor
    return {
        "results": dictize.many(session, [row[0] for row in found.rows], now),
        "next_cursor": found.next_cursor,
        "count": len(found.rows) if is_all else consultations.count(session, query),
    }


@tk.side_effect_free
@domain_action
def consultation_body_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """Return the bodies that consulted the public: of each how many, ``open`` and ``overdue``.

    Args:
        owner_org (str, optional): only this body, by id or name
    """
    tk.check_access("consultation_list", context, data_dict)
    session = context["session"]
    now = consultations.now_for_readers(session)
    asked = str(data_dict.get("owner_org") or "")
    found = consultations.counts_of(session, now, bodies.id_of(session, asked) if asked else "")
    hold_until_any(session, now)
    named = bodies.named(session, [each.owner_org for each in found])
    return [
        {**named[each.owner_org], "count": each.count, "open": each.open, "overdue": each.overdue}
        for each in found
        if each.owner_org in named
    ]

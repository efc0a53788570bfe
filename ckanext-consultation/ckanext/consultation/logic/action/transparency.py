"""How a consultation is moderated: what everyone may know of it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.consultation.domain.description import Settings
from ckanext.consultation.domain.moderation import AGAINST
from ckanext.consultation.logic.access import visible_to
from ckanext.consultation.model import moderation
from ckanext.consultation.model.comments import Comment
from ckanext.consultation.model.moderation import Appeal, Decision, ReportRow
from ckanext.opengov.shared import pager
from ckanext.opengov.shared.domain.moments import as_utc
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["consultation_moderation_log_list", "consultation_transparency_show"]


@tk.side_effect_free
@domain_action
def consultation_moderation_log_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what moderators decided in a consultation, the newest first: codes, and no names.

    Each is ``{"decision", "reason", "note_translated", "day", "seq", "appeal"}``.
    ``seq`` and the note are there where the comment was public once: who decided, whose it
    was, and what was never public, this does not tell. ``appeal`` is the state of the appeal.

    Args:
        consultation_id (str): id or name of the consultation
        cursor (str, optional): ``next_cursor`` of the page before
        limit (int, optional): 1 to 100, 20 by default
    """
    tk.check_access("consultation_moderation_log_list", context, data_dict)
    row = visible_to(context, tk.get_or_bust(data_dict, "consultation_id"))
    by: list[sa.ColumnElement[Any]] = [moderation.DECIDED_AT, moderation.DECISION_ID]
    query = moderation.log(row.id)
    found = pager.page(context["session"], query, by, data_dict, newest_first=True)
    return found.as_dict(_line)


@tk.side_effect_free
@domain_action
def consultation_transparency_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return how a consultation is moderated, in numbers.

    ``comments`` by state, ``decisions`` by code, ``reasons`` of those against a comment,
    ``appeals`` by state, ``reports`` by reason, ``median_minutes`` from when a comment began to
    wait until it was decided on (null: none was), and the rules: ``moderation``, ``appeal_days``.

    Args:
        consultation_id (str): id or name of the consultation
    """
    tk.check_access("consultation_transparency_show", context, data_dict)
    row = visible_to(context, tk.get_or_bust(data_dict, "consultation_id"))
    session, settings = context["session"], Settings.read(row.settings)
    is_here = Decision.consultation_id == row.id
    of_decision = Appeal.decision_id.in_(moderation.ids_in(row.id))
    of_comment = ReportRow.comment_id == Comment.id
    wait = moderation.median_wait(session, row.id)
    tally = moderation.tally
    return {
        "consultation_id": row.id,
        "moderation": settings.moderation,
        "appeal_days": settings.appeal_days,
        "comments": tally(session, Comment.state, Comment.consultation_id == row.id),
        "decisions": tally(session, Decision.decision, is_here),
        "reasons": tally(session, Decision.reason, is_here, Decision.decision.in_(AGAINST)),
        "appeals": tally(session, Appeal.state, of_decision),
        "reports": tally(session, ReportRow.reason, of_comment, Comment.consultation_id == row.id),
        "median_minutes": None if wait is None else round(wait / 60),
    }


def _line(row: Any) -> dict[str, Any]:
    decision, seq, published_at, appeal = row[:4]
    was_public = published_at is not None
    return {
        "decision": decision.decision,
        "reason": decision.reason,
        "note_translated": decision.note_translated if was_public else {},
        "day": str(as_utc(decision.decided_at))[:10],
        "seq": seq if was_public else None,
        "appeal": appeal,
    }

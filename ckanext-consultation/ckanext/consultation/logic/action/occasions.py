"""What happened to consultations, what was said last, and their dates: for feeds and calendars."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession, Context, DataDict

from ckanext.consultation.domain import occasions
from ckanext.consultation.domain.occasions import Kind
from ckanext.consultation.domain.texts.publishing import label_of
from ckanext.consultation.logic import answering, dictize, spoken
from ckanext.consultation.logic.access import consultation_of, participant_of, visible_to
from ckanext.consultation.logic.clock import hold_until_any
from ckanext.consultation.model import bodies, consultations
from ckanext.consultation.model import occasions as stored
from ckanext.opengov.shared import pager
from ckanext.opengov.shared.domain.errors import NotFound
from ckanext.opengov.shared.domain.fields import one_of
from ckanext.opengov.shared.domain.moments import as_utc
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = [
    "consultation_calendar_list",
    "consultation_comment_latest_list",
    "consultation_event_list",
]

IN_FEEDS = tuple(kind for kind in Kind if kind is not Kind.CLOSING)
STAYS = timedelta(days=90)
"""What ended longer ago has left the calendar."""
MOST_DATED = 1000


class BodyNotFound(NotFound):
    """No public body has this id or name."""

    code = "not-found"
    template = N_("Public body not found")


@tk.side_effect_free
@domain_action
def consultation_event_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what happened to public consultations, page by page, the newest first.

    Each is ``{"id", "kind", "at", "consultation"}``, of kind ``announced``, ``opened``,
    ``extended``, ``version``, ``closed``, ``replied``, ``overdue``, ``results`` or
    ``cancelled``; with the ``version`` ("2") or the ``reply`` that it is about.

    Args:
        consultation_id (str, optional): only of this consultation, by id or name
        owner_org (str, optional): only of this body, by id or name
        kinds (list, optional): only of these kinds
        cursor (str, optional): ``next_cursor`` of the page before
        limit (int, optional): 1 to 100, 20 by default
    """
    tk.check_access("consultation_list", context, data_dict)
    session = context["session"]
    now = consultations.now(session)
    where = {
        "consultation_id": _consultation_id(context, data_dict),
        "body_id": _body_id(session, data_dict),
    }
    query, by = stored.of_public(now, _kinds(data_dict.get("kinds")), **where)
    found = pager.page(session, query, by, data_dict, newest_first=True)
    hold_until_any(session, now)
    return {"results": _shown(session, found.rows, now), "next_cursor": found.next_cursor}


@tk.side_effect_free
@domain_action
def consultation_comment_latest_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return public comments and answers page by page, those published last first.

    What was hidden, withdrawn or erased leaves the list.

    Args:
        consultation_id (str): id or name of the consultation
        cursor (str, optional): ``next_cursor`` of the page before
        limit (int, optional): 1 to 100, 20 by default
    """
    tk.check_access("consultation_comment_list", context, data_dict)
    row = visible_to(context, tk.get_or_bust(data_dict, "consultation_id"))
    session = context["session"]
    query = stored.latest_comments(row.id)
    by: list[sa.ColumnElement[Any]] = [stored.PUBLISHED, stored.COMMENT_ID]
    found = pager.page(session, query, by, data_dict, newest_first=True)
    comments = [each[0] for each in found.rows]
    said = spoken.many(session, row, comments, participant_of(context, row, data_dict))
    shown = [
        {**one, "published_at": as_utc(each.published_at)}
        for one, each in zip(said, comments, strict=True)
    ]
    return {"results": shown, "next_cursor": found.next_cursor}


@tk.side_effect_free
@domain_action
def consultation_calendar_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """Return the public consultations with dates that lie ahead or at most 90 days back.

    At most a thousand: those that close last. Each has ``changed_at``; its ``version`` grows
    with each change.

    Args:
        consultation_id (str, optional): this one alone, by id or name, whenever it was
        owner_org (str, optional): only of this body, by id or name
    """
    tk.check_access("consultation_list", context, data_dict)
    session = context["session"]
    now = consultations.now(session)
    asked = _consultation_id(context, data_dict)
    since = now - STAYS if asked is None else datetime.min.replace(tzinfo=now.tzinfo)
    query = stored.dated(since, _body_id(session, data_dict), asked)
    rows = list(session.execute(query.limit(MOST_DATED)).scalars())
    shown = dictize.many(session, rows, now)
    return [
        {**one, "changed_at": as_utc(row.changed_at)} for one, row in zip(shown, rows, strict=True)
    ]


def _consultation_id(context: Context, data_dict: DataDict) -> str | None:
    asked = data_dict.get("consultation_id")
    return consultation_of(context, asked)[0].id if asked else None


def _body_id(session: AlchemySession, data_dict: DataDict) -> str | None:
    """Return the id of the body that is asked for.

    Raises:
        BodyNotFound: there is none.
    """
    asked = str(data_dict.get("owner_org") or "")
    if not asked:
        return None
    found = bodies.id_of(session, asked)
    if not bodies.named(session, [found]):
        raise BodyNotFound
    return found


def _kinds(given: object) -> list[Kind]:
    listed = given.split(",") if isinstance(given, str) else given
    if not isinstance(listed, list) or not listed:
        return list(IN_FEEDS)
    return [Kind(one_of(each, list(IN_FEEDS))) for each in listed]


def _shown(
    session: AlchemySession, rows: Sequence[sa.Row[Any]], now: datetime
) -> list[dict[str, Any]]:
    """Return what happened, each with its consultation: as many queries, whatever their number."""
    ids = {row.consultation_id for row in rows}
    held = stored.consultations_of(session, ids)
    named = {each["id"]: each for each in dictize.many(session, held.values(), now)}
    about = {**_versions(session, rows), **_replies(session, rows)}
    return [
        {
            "id": row.key,
            "kind": row.kind,
            "at": as_utc(row.at),
            "day": as_utc(occasions.day_of(Kind(row.kind), held[row.consultation_id].window)),
            "consultation": named[row.consultation_id],
            **about.get(row.key, {}),
        }
        for row in rows
    ]


def _versions(session: AlchemySession, rows: Sequence[sa.Row[Any]]) -> dict[str, dict[str, Any]]:
    of_kind = {row.subject: row.key for row in rows if row.kind == Kind.VERSION}
    labels = stored.labels_of(session, of_kind) if of_kind else {}
    return {of_kind[id]: {"version": label_of(*place)} for id, place in labels.items()}


def _replies(session: AlchemySession, rows: Sequence[sa.Row[Any]]) -> dict[str, dict[str, Any]]:
    of_kind = {row.subject: row.key for row in rows if row.kind == Kind.REPLIED}
    found = stored.replies_of(session, of_kind) if of_kind else []
    shown = answering.shown_replies(session, found)
    return {of_kind[each["id"]]: {"reply": each} for each in shown}

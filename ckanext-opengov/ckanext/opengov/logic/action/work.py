"""What is to do in the caller's bodies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.opengov import config, messages
from ckanext.opengov.domain.freshness import freshness
from ckanext.opengov.domain.work import Work, next_step, work_of
from ckanext.opengov.logic.reminders import day_of
from ckanext.opengov.logic.steps import actor_of
from ckanext.opengov.model import publication, work
from ckanext.opengov.shared import pager
from ckanext.opengov.shared.domain.moments import as_utc, utc_now
from ckanext.opengov.shared.domain.texts import as_texts, pick
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["opengov_work_list"]


@tk.side_effect_free
@domain_action
def opengov_work_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the datasets of the bodies that the caller edits or reviews, by what is to do next.

    ``counts`` says how many there are in each ``state``, whatever state is asked for;
    ``bodies`` names the caller's bodies. Each of ``results`` has a ``state`` (``returned``,
    ``late``, ``scheduled``, ``draft``, ``submitted``, ``published``, ``withdrawn``), the
    ``reason`` where it was returned, ``due`` and ``days_late`` where a frequency was
    promised, and what to do ``next``: ``mend``, ``update``, ``go-on``, ``review`` or ``see``.
    ``revision`` is the number of the change that is under way, or null.

    Args:
        owner_org (str): only those of this body, by id or name
        state (str): only those in this state
        q (str): only those whose title has all these words
        cursor (str): ``next_cursor`` of the page before
        limit (int): 1 to 100, 20 by default
    """
    tk.check_access("opengov_work_list", context, data_dict)
    session, user_id = context["session"], actor_of(context, None).user_id or ""
    bodies = publication.bodies_worked_in(session, user_id)
    wanted = data_dict.get("owner_org")
    asked = [each for each in bodies if not wanted or wanted in (each.id, each.name)]
    state = work_of(data_dict["state"]) if data_dict.get("state") else None
    # What no database stores is in no title.
    text = str(data_dict.get("q") or "").encode(errors="ignore").decode().replace("\0", " ")
    day = day_of(utc_now())
    rows = work.of_bodies([each.id for each in asked], user_id, text, day)
    query = sa.select(rows) if state is None else sa.select(rows).where(rows.c.work == state)
    found = pager.page(session, query, work.order_of(rows), data_dict)
    roles = {each.id: each.capacity for each in bodies}
    return {
        **found.as_dict(lambda row: _item(row, roles, day)),
        "counts": work.counts(session, rows),
        "bodies": [_body(each) for each in bodies],
    }


def _item(row: sa.Row[Any], roles: Mapping[str, str], day: work.Day) -> dict[str, Any]:
    state = Work(row.work)
    fresh = freshness(row.frequency or "", row.last, day.today)
    is_awaited = row.is_published and fresh.due is not None
    may_review = roles.get(row.owner_org) == "admin" and not row.wrote
    language = tk.h.lang() or ""
    extras = {"title_translated": row.translated}
    return {
        "id": row.id,
        "name": row.name,
        "title": messages.title_of(extras, row.title or row.name, language),
        "owner_org": row.owner_org,
        "revision": row.revision,
        "state": state,
        "reason": row.reason if state in (Work.RETURNED, Work.WITHDRAWN) else None,
        "due": fresh.due.isoformat() if fresh.due and is_awaited else None,
        "days_late": fresh.days_late if is_awaited else 0,
        "changed_at": as_utc(row.changed_at),
        "publish_at": as_utc(row.publish_at),
        "next": next_step(state, has_change=row.revision is not None, may_review=may_review),
    }


def _body(row: sa.Row[Any]) -> dict[str, str]:
    texts = as_texts(row.translated) or {}
    title = pick(texts, [tk.h.lang() or "", *config.languages()])
    return {"id": row.id, "name": row.name, "title": title or row.title or row.name}

"""What is to do in the consultations in which the caller works."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.consultation.domain.work import Work, next_step, work_of
from ckanext.consultation.logic import dictize
from ckanext.consultation.logic.access import IN_BODY, user_id_of
from ckanext.consultation.model import bodies, consultations, work
from ckanext.consultation.model.consultations import Consultation
from ckanext.opengov.shared import pager
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["consultation_work_list"]


@tk.side_effect_free
@domain_action
def consultation_work_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the consultations in which the caller works, by what is to do next.

    Those of the bodies that the caller edits or reviews, and those in which they have a role.
    Each of ``results`` is as ``consultation_show`` has it, with what it waits for (``work``:
    ``overdue``, ``in-review``, ``returned``, ``closed``, ``draft``, ``open``, ``scheduled``,
    ``results``, ``archived``, ``cancelled``) and what the caller can do ``next`` (``answer``,
    ``review``, ``mend``, ``go-on``, ``see``). ``counts`` says how many there are of each,
    whatever is asked for; ``bodies`` names the caller's bodies.

    Args:
        owner_org (str, optional): only those of this body, by id or name
        state (str, optional): only those that wait for this, by a word of ``work``
        q (str, optional): only those whose title or summary has all these words
        cursor (str, optional): ``next_cursor`` of the page before
        limit (int, optional): 1 to 100, 20 by default
    """
    tk.check_access("consultation_work_list", context, data_dict)
    session, user_id = context["session"], user_id_of(context) or ""
    now = consultations.now(session)
    capacities = work.bodies_of(session, user_id)
    named = bodies.named(session, capacities)
    wanted = data_dict.get("owner_org")
    asked = [each["id"] for each in named.values() if wanted in (None, "", *_calls(each))]
    text = str(data_dict.get("q") or "")
    rows = work.of(user_id, asked, now, text, in_all=not wanted)
    query = sa.select(Consultation, rows.c.work, rows.c.wrote).join(
        rows, rows.c.id == Consultation.id
    )
    if data_dict.get("state"):
        query = query.where(rows.c.work == work_of(data_dict["state"]))
    found = pager.page(session, query, [rows.c.rank, rows.c.key, rows.c.id], data_dict)
    shown = dictize.many(session, [row[0] for row in found.rows], now)
    here = work.roles_in(session, user_id, [each["id"] for each in shown])
    return {
        "results": [
            _item(each, row, _roles(capacities.get(each["owner_org"], ""), here.get(each["id"])))
            for each, row in zip(shown, found.rows, strict=True)
        ],
        "next_cursor": found.next_cursor,
        "counts": work.counts(session, rows),
        "bodies": list(named.values()),
    }


def _calls(body: dict[str, Any]) -> tuple[str, str]:
    return body["id"], body["name"]


def _roles(capacity: str, here: list[str] | None) -> set[str]:
    return {*IN_BODY.get(capacity, ()), *(here or ())}


def _item(shown: dict[str, Any], row: sa.Row[Any], roles: set[str]) -> dict[str, Any]:
    waits_for = Work(row.work)
    step = next_step(waits_for, roles, has_written=row.wrote)
    return {**shown, "work": waits_for, "next": step}

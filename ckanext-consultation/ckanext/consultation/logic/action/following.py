"""Following a consultation: to be told what becomes of it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.consultation.logic import dictize, following
from ckanext.consultation.logic.access import consultation_of, user_id_of, visible_to
from ckanext.consultation.model import consultations, follows
from ckanext.consultation.model.consultations import Consultation
from ckanext.opengov.shared import pager
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError, NotPermitted
from ckanext.opengov.shared.domain.moments import as_utc
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = [
    "consultation_follow_create",
    "consultation_follow_delete",
    "consultation_follow_list",
    "consultation_follow_show",
]


class NotPublicYet(DomainError):
    """There is nothing that followers could be told."""

    code = "not-public-yet"
    template = N_("This consultation is not public yet.")


@domain_action
def consultation_follow_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Follow a consultation, as oneself; return ``{"consultation_id", "is_following"}``.

    Followers are told in their inbox, and by mail as they chose: when it opens, closes soon,
    has more time or a new text, when the body replies, is late, publishes results or gives up.

    Args:
        consultation_id (str): id or name of the consultation
    """
    row, user_id = _asked(context, data_dict)
    if not row.is_public:
        raise NotPublicYet
    session = context["session"]
    follows.follow(session, row.id, user_id, consultations.now(session))
    session.commit()
    return {"consultation_id": row.id, "is_following": True}


@domain_action
def consultation_follow_delete(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Follow a consultation no more; return ``{"consultation_id", "is_following"}``.

    Who says something there later does not follow again by that.

    Args:
        consultation_id (str): id or name of the consultation
    """
    row, user_id = _asked(context, data_dict)
    session = context["session"]
    following.leave(session, row.id, user_id, consultations.now(session))
    session.commit()
    return {"consultation_id": row.id, "is_following": False}


@tk.side_effect_free
@domain_action
def consultation_follow_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return ``{"is_following"}``, and to the consultation's own people ``follower_count``.

    Args:
        consultation_id (str): id or name of the consultation
    """
    tk.check_access("consultation_follow_show", context, data_dict)
    row, actor = consultation_of(context, tk.get_or_bust(data_dict, "consultation_id"))
    session, user_id = context["session"], user_id_of(context)
    shown: dict[str, Any] = {
        "consultation_id": row.id,
        "is_following": bool(user_id and follows.follows(session, row.id, user_id)),
    }
    return {**shown, **_count(context, row, actor)}


@tk.side_effect_free
@domain_action
def consultation_follow_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the consultations that the caller follows, page by page, the last begun first.

    Args:
        cursor (str, optional): ``next_cursor`` of the page before
        limit (int, optional): 1 to 100, 20 by default
    """
    tk.check_access("consultation_follow_list", context, data_dict)
    session, user_id = context["session"], user_id_of(context)
    if user_id is None:
        raise NotPermitted
    by: list[sa.ColumnElement[Any]] = [follows.SINCE, follows.OF]
    found = pager.page(session, follows.followed_by(user_id), by, data_dict, newest_first=True)
    now = consultations.now(session)
    shown = dictize.many(session, [row[0] for row in found.rows], now)
    return {
        "results": [
            {**one, "followed_at": as_utc(row[1])}
            for one, row in zip(shown, found.rows, strict=True)
        ],
        "next_cursor": found.next_cursor,
    }


def _asked(context: Context, data_dict: DataDict) -> tuple[Consultation, str]:
    tk.check_access("consultation_follow_create", context, data_dict)
    row = visible_to(context, tk.get_or_bust(data_dict, "consultation_id"))
    user_id = user_id_of(context)
    if user_id is None:
        raise NotPermitted
    return row, user_id


def _count(context: Context, row: Consultation, actor: Actor) -> dict[str, Any]:
    if not actor.roles:
        return {}
    return {"follower_count": follows.count(context["session"], row.id)}

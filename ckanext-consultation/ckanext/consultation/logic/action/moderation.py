"""What moderators read and decide, and what readers report to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession, Context, DataDict

from ckanext.consultation.domain import abuse
from ckanext.consultation.domain.comments import Role, State, View
from ckanext.consultation.domain.form_tokens import Form, Purpose
from ckanext.consultation.domain.moderation import (
    claimed,
)
from ckanext.consultation.domain.queue import Cause, look_by
from ckanext.consultation.domain.reports import report_reason
from ckanext.consultation.logic import guarding, limiting, reviewing, spoken
from ckanext.consultation.logic.access import (
    consultation_of,
    form_holder,
    taking_part,
    user_id_of,
    visible_to,
)
from ckanext.consultation.logic.action.comments import CommentNotFound
from ckanext.consultation.model import comments as stored
from ckanext.consultation.model import consultations, moderation
from ckanext.consultation.model.comments import Comment
from ckanext.consultation.model.consultations import Consultation
from ckanext.consultation.model.moderation import Item
from ckanext.opengov.shared import pager
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import NotFound, NotPermitted
from ckanext.opengov.shared.domain.fields import one_of
from ckanext.opengov.shared.domain.moments import as_utc
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = [
    "consultation_comment_report",
    "consultation_review_claim",
    "consultation_review_list",
    "consultation_review_release",
    "consultation_review_show",
]


class ItemNotFound(NotFound):
    """There is none, or the caller may not know of it."""

    code = "not-found"
    template = N_("Not found")


@tk.side_effect_free
@domain_action
def consultation_review_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the comments that wait for the caller as a moderator, the most urgent first.

    Of all consultations that the caller moderates, without their own comments. Each has the
    ``comment``, what it answers (``parent``), its ``paragraph``, why it waits (``causes``), since
    when, by when to look (``look_by``), the ``claim`` of whoever is reading it, the ``signals``
    of personal data and their places, ``copies`` (exact ones), ``near`` ones, ``reports`` by
    reason, ``history`` of decisions, ``decisions`` that are possible, and the ``version`` that a
    decision must name. ``consultations`` says where how many wait; ``appeals`` and
    ``appeals_elsewhere`` how many appeals the caller can decide on, and how many against the
    caller's own decisions others have to.

    Args:
        consultation_id (str, optional): only of this consultation, by id or name
        cause (str, optional): only what waits for this, by a word of ``causes``
        same_as (str, optional): only what says the same as this entry, word for word
        cursor (str, optional): ``next_cursor`` of the page before
        limit (int, optional): 1 to 100, 20 by default
    """
    tk.check_access("consultation_review_list", context, data_dict)
    session, user_id = context["session"], _user(context)
    within = moderation.moderated_by(user_id)
    if data_dict.get("consultation_id"):
        row = moderated(context, data_dict["consultation_id"])
        within = within.where(Consultation.id == row.id)
    query = moderation.queue(within, user_id)
    if data_dict.get("cause"):
        cause = one_of(data_dict["cause"], list(Cause), "cause")
        query = query.where(Item.causes.contains([str(cause)]))
    if data_dict.get("same_as"):
        query = moderation.saying_the_same(query, str(data_dict["same_as"]))
    found = pager.page(session, query, [moderation.LOOK_BY, moderation.ITEM_ID], data_dict)
    now = consultations.now(session)
    return {
        "results": reviewing.items(session, found.rows, user_id, now),
        "next_cursor": found.next_cursor,
        "consultations": [_waiting(each) for each in moderation.counts(session, user_id)],
        **_appeals(session, user_id),
    }


@tk.side_effect_free
@domain_action
def consultation_review_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return one entry of the queue, as ``consultation_review_list`` has it.

    Args:
        id (str): the entry
    """
    tk.check_access("consultation_review_list", context, data_dict)
    session = context["session"]
    item = moderation.item(session, str(tk.get_or_bust(data_dict, "id")))
    if item is None:
        raise ItemNotFound
    return shown_to(context, item.comment_id)


@domain_action
def consultation_review_claim(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Reserve a comment for some minutes, so that no colleague reads it too; return the entry.

    The claim ends by itself; claiming again renews it. A comment that does not wait is put into
    the queue: so a moderator takes up what nobody reported, or a decision of before.

    Args:
        id (str, optional): the entry; or else
        comment_id (str, optional): the comment
    """
    tk.check_access("consultation_review_list", context, data_dict)
    session = context["session"]
    comment, _row, actor = held(context, data_dict)
    now = consultations.now(session)
    found = moderation.item_of(session, comment.id, lock=True)
    claim = claimed(
        _user(context), found.claim if found else None, now, is_own=Role.AUTHOR in actor.roles
    )
    if found is None or found.state != moderation.PENDING:
        if comment.state in (State.WITHDRAWN, State.ERASED):
            raise ItemNotFound
        found = moderation.put(session, comment, {Cause.TAKEN_UP}, now)
    found.claimed_by, found.claimed_at = claim.moderator_id, claim.at
    session.commit()
    return shown_to(context, comment.id)


@domain_action
def consultation_review_release(context: Context, data_dict: DataDict) -> None:
    """Leave a comment that one claimed to the colleagues.

    What waited for no other reason than that a moderator took it up leaves the queue.

    Args:
        id (str): the entry
    """
    tk.check_access("consultation_review_list", context, data_dict)
    session = context["session"]
    comment, _row, _actor = held(context, data_dict)
    found = moderation.item_of(session, comment.id, lock=True)
    if found is not None and found.claimed_by == _user(context):
        found.claimed_by = found.claimed_at = None
        if found.causes == [Cause.TAKEN_UP]:
            found.state = moderation.DECIDED
    session.commit()


@domain_action
def consultation_comment_report(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Report a public comment to the moderators; return ``{"id", "reason", "is_new"}``.

    It stays public until a moderator decides, however many report it. Each participant reports a
    comment once; ``is_new`` is false if they had done so before.

    Args:
        id (str): the comment
        reason (str): ``spam``, ``abuse``, ``hate``, ``personal-data``, ``impersonation``,
            ``illegal`` or ``off-topic``
        guest_key (str, optional): the key of a guest, who has no account
    """
    tk.check_access("consultation_comment_report", context, data_dict)
    session = context["session"]
    asked = stored.find(session, str(tk.get_or_bust(data_dict, "id")))
    if asked is None:
        raise CommentNotFound
    row = visible_to(context, asked.consultation_id)
    now = consultations.now(session)
    caller = taking_part(context, row, data_dict)
    form = Form(Purpose.REPORT, row.id, form_holder(context, data_dict))
    guarding.is_suspect(context, data_dict, form, now)
    known = caller.known(session)
    is_own = known is not None and asked.participant_id == known.id
    if not is_own and spoken.view_of(asked, None) is not View.WHOLE:
        raise CommentNotFound
    reason = report_reason(str(data_dict.get("reason") or ""), is_own=is_own)
    limiting.count(abuse.Act.REPORT, row.id, caller.key, asked.id)
    participant = caller.enter(session, now)
    comment = stored.find(session, asked.id, lock=True)
    if comment is None or comment.state != State.PUBLISHED:
        raise CommentNotFound
    is_new = moderation.report(session, comment, participant, reason, now)
    if is_new:
        _bring_forward(session, comment, now)
    session.commit()
    return {"id": comment.id, "reason": reason, "is_new": is_new}


def moderated(context: Context, id_or_name: object) -> Consultation:
    """Return a consultation that the caller moderates.

    Raises:
        tk.ObjectNotFound: there is none, or they do not: what waits there is none of their
            business, and so is whether anything does.
    """
    row, actor = consultation_of(context, id_or_name)
    if Role.MODERATOR not in actor.roles:
        raise tk.ObjectNotFound(tk._("Consultation not found"))
    return row


def _user(context: Context) -> str:
    user_id = user_id_of(context)
    if user_id is None:
        raise NotPermitted
    return user_id


def held(context: Context, data_dict: DataDict) -> tuple[Comment, Consultation, Actor]:
    """Return a comment of a consultation that the caller moderates, held against others."""
    session, comment_id = context["session"], data_dict.get("comment_id")
    if data_dict.get("id") or not comment_id:
        item = moderation.item(session, str(tk.get_or_bust(data_dict, "id")))
        comment_id = item.comment_id if item else ""
    comment = stored.find(session, str(comment_id))
    if comment is None:
        raise ItemNotFound
    try:
        row = moderated(context, comment.consultation_id)
    except tk.ObjectNotFound as error:
        raise ItemNotFound from error
    locked = stored.find(session, comment.id, lock=True)
    if locked is None:
        raise ItemNotFound
    participant = stored.people_of(session, [locked])[locked.participant_id]
    return locked, row, reviewing.moderating(_user(context), participant)


def _bring_forward(session: AlchemySession, comment: Comment, now: datetime) -> None:
    """Put a reported comment where the weight of its reports belongs in the queue."""
    known = moderation.item_of(session, comment.id, lock=True)
    since = known.since if known and known.state == moderation.PENDING else now
    by = look_by(since, moderation.urgency(session, comment.id, now))
    moderation.put(session, comment, {Cause.REPORTED}, now, by=by)


def shown_to(context: Context, comment_id: str) -> dict[str, Any]:
    """Return the entry of a comment, if the caller moderates it and did not write it."""
    session, user_id = context["session"], _user(context)
    query = moderation.entries(moderation.moderated_by(user_id), user_id)
    rows = session.execute(query.where(Comment.id == comment_id)).all()
    if not rows:
        raise ItemNotFound
    return reviewing.items(session, rows, user_id, consultations.now(session))[0]


def _waiting(row: Any) -> dict[str, Any]:
    return {
        **reviewing.titled(row[0]),
        "waiting": row.waiting,
        "reported": row.reported,
        "waiting_since": as_utc(row.since),
    }


def _appeals(session: AlchemySession, user_id: str) -> dict[str, int]:
    query = moderation.appeals_in(moderation.moderated_by(user_id))
    own = moderation.count(session, moderation.for_another(query, user_id))
    return {"appeals": own, "appeals_elsewhere": moderation.count(session, query) - own}

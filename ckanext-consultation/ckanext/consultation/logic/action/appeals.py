"""Appeals: an author asks another person to look at a decision again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession, Context, DataDict

from ckanext.consultation.domain import abuse, appeals, comments
from ckanext.consultation.domain.appeals import Judged, NothingToAppeal, checked_appeal
from ckanext.consultation.domain.comments import Facts, Role, State, View
from ckanext.consultation.domain.description import Settings
from ckanext.consultation.domain.moderation import DecidedMeanwhile
from ckanext.consultation.logic import limiting, notes, results_data, reviewing, spoken, telling
from ckanext.consultation.logic.access import caller_of, taking_part, user_id_of, visible_to
from ckanext.consultation.logic.action.comments import CommentNotFound
from ckanext.consultation.logic.action.moderation import ItemNotFound, moderated
from ckanext.consultation.model import comments as stored
from ckanext.consultation.model import consultations, moderation
from ckanext.consultation.model.comments import Comment, Participant
from ckanext.consultation.model.consultations import Consultation
from ckanext.consultation.model.moderation import Appeal, Decision
from ckanext.opengov.shared import audit, pager
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import NotPermitted
from ckanext.opengov.shared.domain.fields import one_of
from ckanext.opengov.shared.domain.lifecycle import advance
from ckanext.opengov.shared.domain.moments import as_utc
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = [
    "consultation_appeal_create",
    "consultation_appeal_decide",
    "consultation_appeal_list",
    "consultation_comment_mine_list",
]

AGAINST_AUTHOR = (State.HIDDEN, State.REJECTED)


@domain_action
def consultation_appeal_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Appeal against the decision that hid or rejected one's comment; return the appeal.

    Possible once for each decision, for as many days as the consultation's ``appeal_days`` say,
    also after its end. Another moderator than the one who decided looks at it again.

    Args:
        id (str): the comment
        text (str): why the decision was wrong, for the moderators: at most 2,000 characters
        guest_key (str, optional): the key of a guest, who has no account
    """
    tk.check_access("consultation_appeal_create", context, data_dict)
    session = context["session"]
    asked = stored.find(session, str(tk.get_or_bust(data_dict, "id")))
    if asked is None:
        raise CommentNotFound
    row = visible_to(context, asked.consultation_id)
    caller = taking_part(context, row, data_dict)
    reader = caller.known(session)
    comment = stored.find(session, asked.id, lock=True)
    if comment is None or spoken.view_of(comment, reader) is View.ABSENT:
        raise CommentNotFound
    now = consultations.now(session)
    decision, known = _against(session, comment)
    own = {Role.AUTHOR} if reader and comment.participant_id == reader.id else set()
    text = checked_appeal(
        Actor(caller.user_id, frozenset(own)),
        _judged(decision),
        str(data_dict.get("text") or ""),
        now,
        has_appealed=known is not None,
        days=Settings.read(row.settings).appeal_days,
    )
    limiting.count(abuse.Act.APPEAL, row.id, caller.key)
    appeal = Appeal(
        decision_id=decision.id,
        text=text,
        state=appeals.State.OPEN,
        note_translated={},
        created_at=now,
    )
    session.add(appeal)
    session.flush()
    but = {str(caller.user_id), str(decision.decided_by)}
    telling.tell_moderators(session, row, decision, but, now)
    # By nobody: the history cannot be erased, and would say for good who wrote the comment.
    _note(session, decision, "appeal-create", None, now)
    session.commit()
    return _appeal(appeal)


@tk.side_effect_free
@domain_action
def consultation_appeal_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the appeals on which the caller can decide, the oldest first.

    None against the caller's own decisions, and none of the caller's own.

    Args:
        consultation_id (str, optional): only in this consultation, by id or name
        cursor (str, optional): ``next_cursor`` of the page before
        limit (int, optional): 1 to 100, 20 by default
    """
    tk.check_access("consultation_review_list", context, data_dict)
    session, user_id = context["session"], _user(context)
    within = moderation.moderated_by(user_id)
    if data_dict.get("consultation_id"):
        row = moderated(context, data_dict["consultation_id"])
        within = within.where(Consultation.id == row.id)
    every = moderation.appeals_in(within)
    query = moderation.for_another(every, user_id)
    by: list[sa.ColumnElement[Any]] = [moderation.APPEALED_AT, moderation.APPEAL_ID]
    found = pager.page(session, query, by, data_dict)
    elsewhere = moderation.count(session, every) - moderation.count(session, query)
    return {**found.as_dict(_for_moderator), "elsewhere": elsewhere}


@domain_action
def consultation_appeal_decide(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Decide on an appeal, as another moderator than the one who decided first; return it.

    Its author is told. Overturned, the comment is public again, or for the first time.

    Args:
        id (str): the appeal
        decision (str): ``uphold``: the decision stands; or ``overturn``
        public_note (str or dict, optional): a note for the author, or one by language
    """
    tk.check_access("consultation_review_list", context, data_dict)
    session, user_id = context["session"], _user(context)
    step = appeals.Step(one_of(data_dict.get("decision"), list(appeals.Step), "decision"))
    note = notes.read(data_dict.get("public_note"))
    row, appeal, decision, comment, participant = _held(context, data_dict)
    actor = reviewing.moderating(user_id, participant)
    now = consultations.now(session)
    if appeal.state != appeals.State.OPEN:
        raise DecidedMeanwhile
    state = appeals.State(appeal.state)
    appeal.state = advance(appeals.TRANSITIONS, state, step, actor, _judged(decision))
    appeal.note_translated = note
    appeal.decided_by, appeal.decided_at = user_id, now
    if step is appeals.Step.OVERTURN:
        _restore(session, comment, actor, now)
    kind = telling.OVERTURNED if step is appeals.Step.OVERTURN else telling.UPHELD
    telling.tell_author(session, row, decision, participant, kind, now)
    _note(session, decision, f"appeal-{step}", user_id, now)
    session.commit()
    return _appeal(appeal)


@tk.side_effect_free
@domain_action
def consultation_comment_mine_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what the caller said in a consultation, in whatever state, the newest first.

    Each comment as others have it, and under ``decision`` what a moderator decided against it
    last: ``decision``, ``reason``, ``note``, ``note_translated``, ``decided_at``,
    ``appeal_until`` (null where no appeal is possible), and the ``appeal`` that was made.

    Args:
        consultation_id (str): id or name of the consultation
        cursor (str, optional): ``next_cursor`` of the page before
        limit (int, optional): 1 to 100, 20 by default
        guest_key (str, optional): the key of a guest, by POST alone
    """
    tk.check_access("consultation_comment_mine_list", context, data_dict)
    row = visible_to(context, tk.get_or_bust(data_dict, "consultation_id"))
    session = context["session"]
    reader = caller_of(context, row, data_dict).known(session)
    query = stored.of_participant(reader.id if reader else "")
    found = pager.page(session, query, [stored.SEQ], data_dict, newest_first=True)
    own: list[Comment] = [each[0] for each in found.rows]
    decided = moderation.last_against(session, [each.id for each in own])
    days = timedelta(days=Settings.read(row.settings).appeal_days)
    now = consultations.now(session)
    results = [
        {**said, "decision": _decided(decided.get(comment.id), comment, days, now)}
        for said, comment in zip(spoken.many(session, row, own, reader), own, strict=True)
    ]
    return {"results": results, "next_cursor": found.next_cursor}


def _user(context: Context) -> str:
    user_id = user_id_of(context)
    if user_id is None:
        raise NotPermitted
    return user_id


def _against(session: AlchemySession, comment: Comment) -> tuple[Decision, Appeal | None]:
    """Return the decision by which a comment is not public now."""
    found = moderation.last_against(session, [comment.id]).get(comment.id)
    if found is None or comment.state not in AGAINST_AUTHOR:
        raise NothingToAppeal
    return found


def _judged(decision: Decision) -> Judged:
    step = comments.Step(decision.decision)
    return Judged(step, decision.decided_by or "", decision.decided_at)


def _held(
    context: Context, data_dict: DataDict
) -> tuple[Consultation, Appeal, Decision, Comment, Participant]:
    """Return an appeal in a consultation that the caller moderates, held against others."""
    session = context["session"]
    decision = session.get(Decision, str(tk.get_or_bust(data_dict, "id")))
    if decision is None:
        raise ItemNotFound
    try:
        row = moderated(context, decision.consultation_id)
    except tk.ObjectNotFound as error:
        raise ItemNotFound from error
    comment = stored.find(session, decision.comment_id, lock=True)
    appeal = moderation.appeal(session, decision.id, lock=True)
    if comment is None or appeal is None:
        raise ItemNotFound
    participant = stored.people_of(session, [comment])[comment.participant_id]
    return row, appeal, decision, comment, participant


def _restore(session: AlchemySession, comment: Comment, actor: Actor, now: datetime) -> None:
    facts = Facts(now, comment.created_at, is_open=False, is_on_appeal=True)
    advance(comments.TRANSITIONS, State(comment.state), comments.Step.RESTORE, actor, facts)
    stored.publish(session, comment, now)
    results_data.refresh(session, comment.consultation_id, now)
    moderation.judge_reports(session, comment.id, is_upheld=False, again=True)
    moderation.settle(session, comment.id)


def _note(
    session: AlchemySession, decision: Decision, step: str, user_id: str | None, now: datetime
) -> None:
    details = {"comment": decision.comment_id, "decision": decision.id}
    subject = f"consultation:{decision.consultation_id}"
    audit.record(session, subject=subject, step=step, actor_id=user_id, at=now, details=details)


def _appeal(row: Appeal) -> dict[str, Any]:
    return {
        "id": row.decision_id,
        "text": row.text,
        "state": row.state,
        "created_at": as_utc(row.created_at),
        "decided_at": as_utc(row.decided_at),
        "note_translated": row.note_translated,
    }


def _for_moderator(row: Any) -> dict[str, Any]:
    appeal, decision, comment, _participant, consultation = row[:5]
    return {
        **_appeal(appeal),
        "consultation": reviewing.titled(consultation),
        "comment": reviewing.words(comment),
        "decision": spoken.decided(decision),
    }


def _decided(
    found: tuple[Decision, Appeal | None] | None,
    comment: Comment,
    days: timedelta,
    now: datetime,
) -> dict[str, Any] | None:
    """Return the decision by which a comment is not public, or that an appeal overturned."""
    if found is None:
        return None
    decision, appeal = found
    until = decision.decided_at + days
    can_appeal = comment.state in AGAINST_AUTHOR and appeal is None and now <= until
    return {
        **spoken.decided(decision),
        "appeal_until": as_utc(until) if can_appeal else None,
        "appeal": _appeal(appeal) if appeal else None,
    }

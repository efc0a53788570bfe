"""What moderators read and decide, and what readers report to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession, Context, DataDict

from ckanext.consultation.domain import abuse, comments
from ckanext.consultation.domain.comments import Facts, OwnComment, Role, State, Step, View
from ckanext.consultation.domain.description import one_of
from ckanext.consultation.domain.form_tokens import Form, Purpose
from ckanext.consultation.domain.moderation import (
    AGAINST,
    DecidedMeanwhile,
    Verdict,
    check_free,
    check_version,
    checked_verdict,
    claimed,
)
from ckanext.consultation.domain.queue import Cause, look_by
from ckanext.consultation.domain.reports import report_reason
from ckanext.consultation.logic import (
    guarding,
    limiting,
    notes,
    results_data,
    reviewing,
    spoken,
    telling,
)
from ckanext.consultation.logic.access import consultation_of, user_id_of
from ckanext.consultation.logic.action.comments import CommentNotFound
from ckanext.consultation.model import comments as stored
from ckanext.consultation.model import consultations, moderation
from ckanext.consultation.model.comments import Comment
from ckanext.consultation.model.consultations import Consultation
from ckanext.consultation.model.moderation import Decision, Item
from ckanext.opengov.shared import audit, pager
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError, NotFound, NotPermitted
from ckanext.opengov.shared.domain.lifecycle import advance
from ckanext.opengov.shared.domain.moments import as_utc
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = [
    "consultation_comment_report",
    "consultation_review_claim",
    "consultation_review_decide",
    "consultation_review_list",
    "consultation_review_release",
    "consultation_review_show",
]

MOST_VERSIONS = 2**31


class ItemNotFound(NotFound):
    """There is none, or the caller may not know of it."""

    code = "not-found"
    template = N_("Not found")


class VersionNeeded(DomainError):
    """A decision says what was seen."""

    code = "required"
    field = "version"
    template = N_("Say which version of the entry you decide on.")


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
    return _shown(context, item.comment_id)


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
    comment, _row, actor = _held(context, data_dict)
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
    return _shown(context, comment.id)


@domain_action
def consultation_review_release(context: Context, data_dict: DataDict) -> None:
    """Leave a comment that one claimed to the colleagues.

    What waited for no other reason than that a moderator took it up leaves the queue.

    Args:
        id (str): the entry
    """
    tk.check_access("consultation_review_list", context, data_dict)
    session = context["session"]
    comment, _row, _actor = _held(context, data_dict)
    found = moderation.item_of(session, comment.id, lock=True)
    if found is not None and found.claimed_by == _user(context):
        found.claimed_by = found.claimed_at = None
        if found.causes == [Cause.TAKEN_UP]:
            found.state = moderation.DECIDED
    session.commit()


@domain_action
def consultation_review_decide(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Decide on a comment; return the entry. The author is told, with the reason.

    Refused with ``decided-meanwhile`` if a colleague decided or the author changed the words
    since ``version``, with ``claimed`` while a colleague is reading it, with ``own-comment`` to
    its author.

    Args:
        id (str): the entry
        decision (str): ``publish`` or ``reject`` what waits; ``hide`` or ``keep`` what is public;
            ``restore`` what is hidden
        reason_code (str, optional): why; needed to reject and to hide
        public_note (str or dict, optional): a note for the author and all readers, or one by
            language; needed where the reason is ``other``
        version (int): the ``version`` of the entry that was read
    """
    tk.check_access("consultation_review_list", context, data_dict)
    note = notes.read(data_dict.get("public_note"))
    decided, reason_code = (str(data_dict.get(each) or "") for each in ("decision", "reason_code"))
    verdict = checked_verdict(decided, reason_code, notes.first(note))
    comment, row, actor = _held(context, data_dict)
    session, user_id = context["session"], _user(context)
    now = consultations.now(session)
    found = _undecided(session, comment, actor, _version(data_dict), now)
    before = State(comment.state)
    facts = Facts(now, comment.created_at, is_open=False)
    after = advance(comments.TRANSITIONS, before, verdict.step, actor, facts)
    _apply(session, comment, after, now)
    is_against = verdict.step in AGAINST
    reason = verdict.reason if is_against else None
    told = note if is_against else {}
    decision = moderation.decide(session, found, verdict.step, reason, told, (user_id, now))
    if verdict.step is Step.RESTORE:
        _end_appeals(session, comment, user_id, now)
    author_id, kind = stored.user_of(session, comment), telling.KINDS.get(verdict.step)
    telling.tell_author(session, decision, author_id, kind, now)
    _note(session, row, decision, before, verdict)
    if after != before:
        results_data.refresh(session, row.id, now)
    session.commit()
    return _shown(context, comment.id)


@domain_action
def consultation_comment_report(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Report a public comment to the moderators; return ``{"id", "reason", "is_new"}``.

    It stays public until a moderator decides, however many report it. Each participant reports a
    comment once; ``is_new`` is false if they had done so before.

    Args:
        id (str): the comment
        reason (str): ``spam``, ``abuse``, ``hate``, ``personal-data``, ``impersonation``,
            ``illegal`` or ``off-topic``
    """
    tk.check_access("consultation_comment_report", context, data_dict)
    session, user_id = context["session"], _user(context)
    asked = stored.find(session, str(tk.get_or_bust(data_dict, "id")))
    if asked is None:
        raise CommentNotFound
    row, _actor = consultation_of(context, asked.consultation_id)
    now = consultations.now(session)
    guarding.is_suspect(context, data_dict, Form(Purpose.REPORT, row.id, user_id), now)
    is_own = stored.user_of(session, asked) == user_id
    if not is_own and spoken.view_of(asked, None) is not View.WHOLE:
        raise CommentNotFound
    reason = report_reason(str(data_dict.get("reason") or ""), is_own=is_own)
    limiting.count(abuse.Act.REPORT, row.id, user_id, asked.id)
    participant = stored.take_part(session, row.id, user_id, now)
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


def _held(context: Context, data_dict: DataDict) -> tuple[Comment, Consultation, Actor]:
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


def _version(data_dict: DataDict) -> int:
    text = str(data_dict.get("version") or "")
    if not (text.isascii() and text.isdigit() and len(text) < len(str(MOST_VERSIONS))):
        raise VersionNeeded
    return int(text)


def _undecided(
    session: AlchemySession, comment: Comment, actor: Actor, version: int, now: datetime
) -> Item:
    """Return the entry that the caller may decide on, as they saw it."""
    if Role.AUTHOR in actor.roles:
        raise OwnComment
    found = moderation.item_of(session, comment.id, lock=True)
    if found is None or found.state != moderation.PENDING:
        raise DecidedMeanwhile
    check_version(version, found.version)
    check_free(str(actor.user_id), found.claim, now)
    return found


def _apply(session: AlchemySession, comment: Comment, after: State, now: datetime) -> None:
    if after is State.PUBLISHED:
        stored.publish(session, comment, now)
    comment.state = after


def _end_appeals(session: AlchemySession, comment: Comment, user_id: str, now: datetime) -> None:
    """Grant the appeal of an author to whom a moderator gives right without it."""
    for decision, appeal in moderation.last_against(session, [comment.id]).values():
        if appeal is not None and appeal.state == "open":
            appeal.state, appeal.decided_by, appeal.decided_at = "overturned", user_id, now
            moderation.judge_reports(session, decision.comment_id, is_upheld=False, again=True)


def _note(
    session: AlchemySession, row: Consultation, decision: Decision, before: State, verdict: Verdict
) -> None:
    """Write in the consultation's history what was decided: ids and codes, no word of anyone."""
    details = {
        "comment": decision.comment_id,
        "decision": decision.id,
        "reason": decision.reason,
        "before": before,
    }
    audit.record(
        session,
        subject=f"consultation:{row.id}",
        step=f"comment-{verdict.step}",
        actor_id=decision.decided_by,
        at=decision.decided_at,
        details=details,
    )


def _bring_forward(session: AlchemySession, comment: Comment, now: datetime) -> None:
    """Put a reported comment where the weight of its reports belongs in the queue."""
    known = moderation.item_of(session, comment.id, lock=True)
    since = known.since if known and known.state == moderation.PENDING else now
    by = look_by(since, moderation.urgency(session, comment.id, now))
    moderation.put(session, comment, {Cause.REPORTED}, now, by=by)


def _shown(context: Context, comment_id: str) -> dict[str, Any]:
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

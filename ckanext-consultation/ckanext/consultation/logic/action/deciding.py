"""What moderators decide on comments, one at a time or several at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession, Context, DataDict

from ckanext.consultation.domain import comments
from ckanext.consultation.domain.comments import Facts, OwnComment, Role, State, Step
from ckanext.consultation.domain.moderation import (
    AGAINST,
    DecidedMeanwhile,
    Verdict,
    check_free,
    check_version,
    checked_verdict,
)
from ckanext.consultation.logic import notes, results_data, telling
from ckanext.consultation.logic.access import user_id_of
from ckanext.consultation.logic.action.moderation import held, shown_to
from ckanext.consultation.model import comments as stored
from ckanext.consultation.model import consultations, moderation
from ckanext.consultation.model.comments import Comment
from ckanext.consultation.model.consultations import Consultation
from ckanext.consultation.model.moderation import Decision, Item
from ckanext.opengov.shared import audit
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.lifecycle import advance
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action, sentence_of

__all__ = ["consultation_review_bulk_decide", "consultation_review_decide"]

MOST_AT_ONCE = 100
MOST_VERSIONS = 2**31


class VersionNeeded(DomainError):
    """A decision says what was seen."""

    code = "required"
    field = "version"
    template = N_("Say which version of the entry you decide on.")


class SeveralNeeded(DomainError):
    """None are given, or too many, or in another shape."""

    code = "several-needed"
    field = "items"
    template = N_("Choose 1 to {most} comments.")


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
    comment_id = _decide(context, data_dict, *_wished(data_dict))
    return shown_to(context, comment_id)


@domain_action
def consultation_review_bulk_decide(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Decide the same on several comments; return ``{"results": [{"id", "error", "code"}]}``.

    Each is decided by itself, as ``consultation_review_decide`` does: what is refused for one, as
    a colleague came first, say, keeps no other back. ``error`` and ``code`` are null where it
    was decided.

    Args:
        items (list): at most 100 of ``{"id", "version"}``
        decision (str): as for one
        reason_code (str, optional): as for one
        public_note (str or dict, optional): as for one
    """
    tk.check_access("consultation_review_list", context, data_dict)
    wished = _wished(data_dict)
    results = []
    for each in _several(data_dict.get("items")):
        error = _refusal(context, each, *wished)
        code = error.code if error else None
        sentence = sentence_of(error) if error else None
        results.append({"id": each.get("id"), "error": sentence, "code": code})
    return {"results": results}


def _several(items: object) -> list[Mapping[str, Any]]:
    found = items if isinstance(items, list) else []
    are_named = all(isinstance(each, Mapping) and _is_id(each.get("id")) for each in found)
    if not are_named or not 1 <= len(found) <= MOST_AT_ONCE:
        raise SeveralNeeded(most=MOST_AT_ONCE)
    return found


def _is_id(given: object) -> bool:
    """Tell whether this may be an id: the database refuses some signs, and with them all others."""
    return isinstance(given, str) and bool(given) and given.isprintable()


def _refusal(
    context: Context, item: Mapping[str, Any], verdict: Verdict, note: dict[str, str]
) -> DomainError | None:
    """Decide on one of several; return why not."""
    try:
        _decide(context, item, verdict, note)
    except DomainError as error:
        context["session"].rollback()
        return error
    return None


def _wished(data_dict: DataDict) -> tuple[Verdict, dict[str, str]]:
    note = notes.read(data_dict.get("public_note"))
    decided, reason_code = (str(data_dict.get(each) or "") for each in ("decision", "reason_code"))
    return checked_verdict(decided, reason_code, notes.first(note)), note


def _decide(
    context: Context, item: Mapping[str, Any], verdict: Verdict, note: dict[str, str]
) -> str:
    """Decide on a comment, at once and for good; return its id."""
    comment, row, actor = held(context, dict(item))
    session, user_id = context["session"], str(user_id_of(context))
    now = consultations.now(session)
    found = _undecided(session, comment, actor, _version(item), now)
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
    author, kind = stored.author_of(session, comment), telling.KINDS.get(verdict.step)
    telling.tell_author(session, row, decision, author, kind, now)
    _note(session, row, decision, before, verdict)
    if after != before:
        results_data.refresh(session, row.id, now)
    session.commit()
    return comment.id


def _version(item: Mapping[str, Any]) -> int:
    text = str(item.get("version") or "")
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

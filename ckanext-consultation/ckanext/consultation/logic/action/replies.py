"""What the body replies, and the paragraphs that it changed for it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.consultation.domain import answers
from ckanext.consultation.domain.comments import State as CommentState
from ckanext.consultation.domain.life import Role, State
from ckanext.consultation.domain.occasions import Kind
from ckanext.consultation.logic import answering, following
from ckanext.consultation.logic.access import consultation_of, visible_to
from ckanext.consultation.logic.action.themes import themes_of
from ckanext.consultation.model import answers as stored
from ckanext.consultation.model import comments, consultations, statistics
from ckanext.consultation.model.answers import Reply
from ckanext.consultation.model.consultations import Consultation
from ckanext.opengov.shared import pager, readers
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError, NotFound, NotPermitted
from ckanext.opengov.shared.domain.fields import one_of, wished
from ckanext.opengov.shared.domain.versions import check_version
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = [
    "consultation_change_link_create",
    "consultation_change_link_delete",
    "consultation_change_link_list",
    "consultation_reply_create",
    "consultation_reply_delete",
    "consultation_reply_list",
    "consultation_reply_publish",
    "consultation_reply_show",
    "consultation_reply_update",
    "consultation_results_show",
    "consultation_stats",
]

FIELDS = ("decision", "text_translated")
WRITERS = answers.RESPONDERS | answers.PUBLISHERS


class TargetNotFound(NotFound):
    """Nothing to answer."""

    code = "not-found"
    field = "comment_id"
    template = N_("The comment or theme that you answer was not found.")


class NoSuchParagraph(DomainError):
    """A link leads somewhere."""

    code = "no-such-paragraph"
    field = "eid"
    template = N_("This version of the text has no such paragraph.")


@domain_action
def consultation_reply_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Draft what the body replies to a comment, to a theme, or to everyone; return it.

    Args:
        consultation_id (str): id or name of the consultation
        comment_id (str, optional): the comment that it answers; or else
        theme_id (str, optional): the theme; with neither it answers all of the consultation
        decision (str): ``accepted``, ``in-part``, ``refused`` or ``noted``
        text_translated (dict): the reasons, by language
    """
    row, actor = _as(context, tk.get_or_bust(data_dict, "consultation_id"), answers.RESPONDERS)
    session, now = context["session"], consultations.now(context["session"])
    theme_id, comment_id = data_dict.get("theme_id") or None, data_dict.get("comment_id") or None
    answers.check_one_target(theme_id, comment_id)
    _check_target(context, row, theme_id, comment_id)
    reply = Reply(
        id=str(uuid.uuid4()),
        consultation_id=row.id,
        theme_id=theme_id,
        comment_id=comment_id,
        written_by=actor.user_id,
        created_at=now,
        version=0,
    )
    _write(reply, answers.read_answer(data_dict, readers.languages()), now)
    session.add(reply)
    session.flush()
    answering.note(session, row, actor, "reply-create", now, reply_id=reply.id)
    session.commit()
    return answering.shown_replies(session, [reply])[0]


@domain_action
def consultation_reply_update(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Change a reply that is not published; return it. What is not named stays as it is.

    Args:
        id (str): id of the reply
        version (int, optional): the version that was shown; refused if another was stored since
        decision, text_translated: see ``consultation_reply_create``
    """
    row, actor, reply = _held(context, data_dict, answers.RESPONDERS)
    session, now = context["session"], consultations.now(context["session"])
    answers.check_unpublished(reply.published_at)
    check_version(reply.version, data_dict.get("version"))
    kept = {name: getattr(reply, name) for name in FIELDS}
    given = {name: data_dict[name] for name in FIELDS if name in data_dict}
    _write(reply, answers.read_answer({**kept, **given}, readers.languages()), now)
    answering.note(session, row, actor, "reply-update", now, reply_id=reply.id)
    session.commit()
    return answering.shown_replies(session, [reply])[0]


@domain_action
def consultation_reply_delete(context: Context, data_dict: DataDict) -> None:
    """Delete a reply that is not published.

    Args:
        id (str): id of the reply
    """
    row, actor, reply = _held(context, data_dict, answers.RESPONDERS)
    session, now = context["session"], consultations.now(context["session"])
    answers.check_unpublished(reply.published_at)
    answering.note(session, row, actor, "reply-delete", now, reply_id=reply.id)
    session.delete(reply)
    session.commit()


@domain_action
def consultation_reply_publish(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Publish a reply, and tell those whom it answers; return it. It stays as it is from then on.

    Args:
        id (str): id of the reply
        version (int, optional): the version that was shown; refused if another was stored since
    """
    row, actor, reply = _held(context, data_dict, answers.PUBLISHERS)
    session, now = context["session"], consultations.now(context["session"])
    answers.check_unpublished(reply.published_at)
    check_version(reply.version, data_dict.get("version"))
    reply.published_at, reply.version = now, reply.version + 1
    details = {"reply_id": reply.id, "decision": reply.decision}
    answering.note(session, row, actor, "reply-publish", now, **details)
    following.note(session, row, Kind.REPLIED, now, reply.id)
    session.commit()
    return answering.shown_replies(session, [reply])[0]


@tk.side_effect_free
@domain_action
def consultation_reply_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return one reply; what is not published, to those who write replies.

    ``changes`` are the paragraphs that were changed for it: ``version_id``, ``version``, ``eid``,
    ``change`` and ``name_translated``, the number and heading of each or else its first words.

    Args:
        id (str): id of the reply
    """
    tk.check_access("consultation_show", context, data_dict)
    session = context["session"]
    reply = stored.reply(session, str(tk.get_or_bust(data_dict, "id")))
    if reply is None:
        raise answering.ReplyNotFound
    _row, actor = consultation_of(context, reply.consultation_id)
    if reply.published_at is None and not actor.roles & WRITERS:
        raise answering.ReplyNotFound
    return answering.shown_replies(session, [reply])[0]


@tk.side_effect_free
@domain_action
def consultation_reply_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the published replies of a consultation page by page, the newest first.

    A reply to a comment that is no longer public may quote it, and leaves the list.

    Args:
        consultation_id (str): id or name of the consultation
        theme_id (str, optional): only replies to this theme
        comment_id (str, optional): only replies to this comment itself
        drafts (bool, optional): those that are not published, for the body's people
        cursor (str, optional): ``next_cursor`` of the page before
        limit (int, optional): 1 to 100, 20 by default
    """
    tk.check_access("consultation_show", context, data_dict)
    row, actor = consultation_of(context, tk.get_or_bust(data_dict, "consultation_id"))
    session, drafts = context["session"], wished(data_dict, "drafts")
    query = stored.replies(
        row.id, theme_id=data_dict.get("theme_id"), comment_id=data_dict.get("comment_id")
    )
    if drafts and not actor.roles & WRITERS:
        raise NotPermitted
    by: list[sa.ColumnElement[Any]] = [stored.CREATED if drafts else stored.PUBLISHED]
    query = query.where(Reply.published_at.is_(None) if drafts else stored.is_read())
    page = pager.page(session, query, [*by, stored.REPLY_ID], data_dict, newest_first=True)
    shown = answering.shown_replies(session, [each[0] for each in page.rows])
    return {"results": shown, "next_cursor": page.next_cursor}


@domain_action
def consultation_change_link_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Say that a paragraph was changed because of a reply; return the reply.

    Everyone reads it at the paragraph and at the reply, as soon as the version is public.

    Args:
        reply_id (str): id of the reply
        version_id (str): id of the version of the text
        eid (str): id of the paragraph in it
        change (str): ``added``, ``changed`` or ``deleted`` (by the version after this one)
    """
    asked = {"id": tk.get_or_bust(data_dict, "reply_id")}
    row, actor, reply = _held(context, asked, answers.RESPONDERS)
    session, now = context["session"], consultations.now(context["session"])
    version_id, eid = (str(tk.get_or_bust(data_dict, name)) for name in ("version_id", "eid"))
    change = one_of(data_dict.get("change") or answers.Change.CHANGED, list(answers.Change))
    if not stored.has_paragraph(session, row.id, version_id, eid):
        raise NoSuchParagraph
    stored.link(session, reply.id, version_id, eid, change)
    details = {"reply_id": reply.id, "version_id": version_id, "eid": eid, "change": change}
    answering.note(session, row, actor, "change-link", now, **details)
    session.commit()
    return answering.shown_replies(session, [reply])[0]


@domain_action
def consultation_change_link_delete(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Take back that a paragraph was changed because of a reply; return the reply.

    Args:
        reply_id, version_id, eid: see ``consultation_change_link_create``
    """
    asked = {"id": tk.get_or_bust(data_dict, "reply_id")}
    row, actor, reply = _held(context, asked, answers.RESPONDERS)
    session, now = context["session"], consultations.now(context["session"])
    version_id, eid = (str(tk.get_or_bust(data_dict, name)) for name in ("version_id", "eid"))
    stored.unlink(session, reply.id, version_id, eid)
    details = {"reply_id": reply.id, "version_id": version_id, "eid": eid}
    answering.note(session, row, actor, "change-unlink", now, **details)
    session.commit()
    return answering.shown_replies(session, [reply])[0]


@tk.side_effect_free
@domain_action
def consultation_change_link_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return, by paragraph of a public version, the public replies that changed it, and how.

    Args:
        consultation_id (str): id or name of the consultation
        version_id (str): id of the version of the text
    """
    tk.check_access("consultation_show", context, data_dict)
    row = visible_to(context, tk.get_or_bust(data_dict, "consultation_id"))
    session = context["session"]
    found = stored.reasons_for(session, row.id, str(tk.get_or_bust(data_dict, "version_id")))
    rows = [reply for each in found.values() for reply, _change in each]
    shown = {each["id"]: each for each in answering.shown_replies(session, rows)}
    return {
        eid: [{**shown[reply.id], "change": change} for reply, change in each]
        for eid, each in found.items()
    }


@tk.side_effect_free
@domain_action
def consultation_results_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what was heard and what was answered.

    ``counts`` (``comments``, ``distinct_texts``, ``participants``, ``votes``), ``decisions`` (how
    many published replies decided what), ``replies`` to everyone, ``themes`` as
    ``consultation_theme_list`` has them, and how many ``single_replies`` stand at their comments.

    Args:
        id (str): id or name of the consultation
    """
    tk.check_access("consultation_show", context, data_dict)
    row, actor = consultation_of(context, tk.get_or_bust(data_dict, "id"))
    session = context["session"]
    collected, decisions = stored.public_replies(session, row.id), stored.decisions(session, row.id)
    to_all = [each for each in collected if not each.theme_id]
    return {
        "counts": statistics.counts(session, row.id),
        "decisions": decisions,
        "single_replies": sum(decisions.values()) - len(collected),
        "replies": answering.shown_replies(session, to_all),
        "themes": themes_of(context, row, actor),
    }


@tk.side_effect_free
@domain_action
def consultation_stats(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return how many took part, and how: of what is public alone.

    ``counts`` as in ``consultation_results_show``; ``by_day`` (of the site's time zone),
    ``by_position``, ``by_channel`` and ``by_lang`` of the comments.

    Args:
        id (str): id or name of the consultation
    """
    tk.check_access("consultation_show", context, data_dict)
    row = visible_to(context, tk.get_or_bust(data_dict, "id"))
    session = context["session"]
    zone = str(tk.h.get_display_timezone())
    return {
        "counts": statistics.counts(session, row.id),
        **statistics.by_kind(session, row.id, zone),
    }


def _write(reply: Reply, found: answers.Answer, now: datetime) -> None:
    reply.decision, reply.text_translated = found.decision, found.text
    reply.changed_at, reply.version = now, reply.version + 1


def _check_target(
    context: Context, row: Consultation, theme_id: str | None, comment_id: str | None
) -> None:
    """Refuse to answer what is elsewhere, or what nobody reads."""
    session = context["session"]
    if theme_id:
        theme = stored.theme(session, str(theme_id))
        if theme is None or theme.consultation_id != row.id:
            raise TargetNotFound(field="theme_id")
    if comment_id:
        comment = comments.find(session, str(comment_id))
        is_here = comment is not None and comment.consultation_id == row.id
        if comment is None or not is_here or comment.state != CommentState.PUBLISHED:
            raise TargetNotFound


def _as(context: Context, id_or_name: object, roles: frozenset[Role]) -> tuple[Consultation, Actor]:
    row, actor = consultation_of(context, id_or_name, share=True)
    tk.check_access("consultation_update", context, {"roles": actor.roles})
    answers.check_may_answer(State(row.state), actor, roles)
    return row, actor


def _held(
    context: Context, data_dict: DataDict, roles: frozenset[Role]
) -> tuple[Consultation, Actor, Reply]:
    """Return a reply for one of its writers, held against others."""
    session = context["session"]
    reply = stored.reply(session, str(tk.get_or_bust(data_dict, "id")))
    if reply is None:
        raise answering.ReplyNotFound
    row, actor = _as(context, reply.consultation_id, roles)
    locked = stored.reply(session, reply.id, lock=True)
    if locked is None:
        raise answering.ReplyNotFound
    return row, actor, locked

"""What people say in a consultation: writing, reading, changing and taking back."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.consultation.domain import abuse, comments, threads
from ckanext.consultation.domain.comment_text import comment_text
from ckanext.consultation.domain.comments import Role, State, Step, View
from ckanext.consultation.domain.form_tokens import Form, Purpose
from ckanext.consultation.domain.search_text import words_of
from ckanext.consultation.logic import entering, guarding, limiting, paragraphs, saying, spoken
from ckanext.consultation.logic.access import (
    actor_of,
    form_holder,
    participant_of,
    taking_part,
    visible_to,
)
from ckanext.consultation.model import anchors, consultations, moderation
from ckanext.consultation.model import comments as stored
from ckanext.consultation.model.comments import Comment, Participant
from ckanext.consultation.model.consultations import Consultation
from ckanext.opengov.shared import pager
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError, NotFound, NotPermitted
from ckanext.opengov.shared.domain.fields import wished
from ckanext.opengov.shared.domain.lifecycle import advance
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = [
    "consultation_comment_create",
    "consultation_comment_list",
    "consultation_comment_show",
    "consultation_comment_update",
    "consultation_comment_vote",
    "consultation_comment_withdraw",
]

SORTS = ("newest", "oldest", "top")
MOST_COUNTED = 10_000
MOST_WORDS = 10
"""Of a search."""


class UnknownSort(DomainError):
    """An order is one of three."""

    code = "unknown-choice"
    field = "sort"
    template = N_("Choose one of: {choices}.")


class CommentNotFound(NotFound):
    """There is none, or the reader may not know of it."""

    code = "not-found"
    template = N_("Comment not found")


@domain_action
def consultation_comment_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Say something on a consultation, a paragraph of its text, or a comment; return the comment.

    Its ``state`` is ``published``, or ``pending`` where a moderator reads it first. Its author
    follows the consultation from now on, unless they left it before.

    Args:
        consultation_id (str): id or name of the consultation
        body (str): what to say: 1 to 10,000 characters, with a small part of Markdown
        parent_id (str, optional): the comment that it answers
        eid (str, optional): the paragraph of the current text that it is on; answers stand
            where the comment stands that they answer
        document_id (str, optional): the text, where the consultation has several
        text_version (str, optional): the name of the version that was read ("2"); refused if
            the text has a newer one
        position (int, optional): -1 against, 0 no opinion, 1 for
        lang (str, optional): its language; guessed if it is not given
        client_token (str, optional): a UUID: whatever is sent twice with it is one comment
        guest_key (str, optional): the key of a guest, who has no account
    """
    tk.check_access("consultation_comment_create", context, data_dict)
    row = visible_to(context, tk.get_or_bust(data_dict, "consultation_id"), share=True)
    # If another changed it while this waited, PostgreSQL read it again, and the clock with it.
    session, now = context["session"], row.read_at
    saying.check_takes_part(row, now)
    caller = taking_part(context, row, data_dict)
    form = Form(Purpose.COMMENT, row.id, form_holder(context, data_dict))
    is_trapped = guarding.is_suspect(context, data_dict, form, now)
    saying.check_words(data_dict)
    limiting.count(abuse.Act.COMMENT, row.id, caller.key)
    participant = caller.enter(session, now)
    origin = saying.Origin("web" if context.get("for_view") else "api", now, is_trapped)
    comment = saying.say(session, row, participant, data_dict, origin, now)
    # Before it is stored for good, when every row would be read again.
    is_new = comment.created_at == now
    said = spoken.one(session, row, comment, participant, is_new=is_new)
    session.commit()
    return said


@tk.side_effect_free
@domain_action
def consultation_comment_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return a comment with what it answers, the root first, under ``ancestors``.

    ``revisions`` are its former wordings, the newest first: those that others had answered or
    voted on before it was changed.

    Args:
        id (str, optional): id of the comment; or else
        consultation_id (str, optional): id or name of the consultation, and
        seq (int, optional): the comment's number in it
        guest_key (str, optional): the key of a guest, by POST alone
    """
    tk.check_access("consultation_comment_show", context, data_dict)
    row, comment, reader = _found(context, data_dict)
    session = context["session"]
    shown = spoken.many(session, row, [*stored.ancestors(session, comment), comment], reader)
    revisions = spoken.former(session, comment) if shown[-1]["edited_at"] else []
    has_words = shown[-1]["body"] is not None
    return {
        **shown[-1],
        "ancestors": shown[:-1],
        "revisions": revisions if has_words else [],
    }


@tk.side_effect_free
@domain_action
def consultation_comment_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return comments page by page, each with its first three ``replies`` and ``reply_count``.

    ``count`` says how many public ones there are on all pages, answers included where the whole
    consultation is listed; above 10,000 it is 10,001.

    Args:
        consultation_id (str): id or name of the consultation
        parent_id (str, optional): only answers to this comment
        eid (str, optional): only comments that stand at this paragraph
        document_id (str, optional): its text, where the consultation has several
        text_version (str, optional): its version ("2"); the current one by default
        mine (bool, optional): only the caller's own, in whatever state
        q (str, optional): only comments with these words
        sort (str, optional): ``newest`` (the usual order), ``oldest`` or ``top``
        cursor (str, optional): ``next_cursor`` of the page before
        limit (int, optional): 1 to 100, 20 by default
        guest_key (str, optional): the key of a guest, by POST alone
    """
    tk.check_access("consultation_comment_list", context, data_dict)
    row = visible_to(context, tk.get_or_bust(data_dict, "consultation_id"))
    session = context["session"]
    sort = str(data_dict.get("sort") or SORTS[0])
    if sort not in SORTS:
        raise UnknownSort(choices=", ".join(SORTS))
    reader = participant_of(context, row, data_dict)
    query, counted, seq = _asked(context, row, data_dict)
    by: list[sa.ColumnElement[Any]] = [stored.SCORE, seq] if sort == "top" else [seq]
    page = pager.page(session, query, by, data_dict, newest_first=sort != "oldest")
    found = [each[0] for each in page.rows]
    shown = spoken.with_replies(session, row, found, reader)
    if counted is None:
        count = stored.count_public(session, row.id, MOST_COUNTED)
    else:
        count = stored.count(session, counted, MOST_COUNTED)
    return {"results": shown, "next_cursor": page.next_cursor, "count": count}


def _asked(
    context: Context, row: Consultation, data_dict: DataDict
) -> tuple[sa.Select[Any], sa.Select[Any] | None, sa.ColumnElement[int]]:
    """Return what a list selects, what its count counts, and the number that orders it.

    None: the whole consultation is listed, and all that is public in it counts.
    """
    if wished(data_dict, "mine"):
        reader = participant_of(context, row, data_dict)
        own = stored.of_participant(reader.id if reader else "")
        return own, own, stored.SEQ
    words = words_of(str(data_dict.get("q") or ""))[:MOST_WORDS]
    if data_dict.get("eid") and not words:
        here = paragraphs.thread(context["session"], row, actor_of(context, row), data_dict)
        return here, here, anchors.SEQ
    parent_id = data_dict.get("parent_id")
    query = stored.thread(row.id, parent_id=parent_id, words=words)
    return query, query if parent_id or words else None, stored.SEQ


@domain_action
def consultation_comment_update(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Change the words of one's comment, within the time that the body allows; return it.

    Where comments of its author are read first, it waits again: its ``state`` is ``pending``.

    Args:
        id (str): id of the comment
        body (str): the new words
        lang (str, optional): their language
        guest_key (str, optional): the key of a guest, who has no account
    """
    row, comment, actor, participant = _own(context, data_dict)
    session, now = context["session"], consultations.now(context["session"])
    facts = spoken.facts_of(row, comment, now)
    advance(comments.TRANSITIONS, State(comment.state), Step.EDIT, actor, facts)
    body = comment_text(str(data_dict.get("body") or ""))
    limiting.count(abuse.Act.EDIT, row.id, taking_part(context, row, data_dict).key)
    if body != comment.body:
        stored.keep_revision(session, comment, now)
        saying.write(comment, body, data_dict.get("lang"), row)
        comment.edited_at, comment.version = now, comment.version + 1
        entering.change(session, row, comment, facts)
    session.commit()
    return spoken.one(session, row, comment, participant)


@domain_action
def consultation_comment_withdraw(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Take one's comment back; its place stays, and the answers to it.

    Args:
        id (str): id of the comment
        guest_key (str, optional): the key of a guest, who has no account
    """
    row, comment, actor, participant = _own(context, data_dict)
    session, now = context["session"], consultations.now(context["session"])
    facts = spoken.facts_of(row, comment, now)
    comment.state = advance(comments.TRANSITIONS, State(comment.state), Step.WITHDRAW, actor, facts)
    comment.version += 1
    moderation.settle(session, comment.id)
    session.commit()
    return spoken.one(session, row, comment, participant)


@domain_action
def consultation_comment_vote(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Say what one thinks of a comment; return ``{"for", "neutral", "against", "mine"}``.

    Each participant has one vote, and may change it while the consultation is open.

    Args:
        id (str): id of the comment
        value (int): -1 against, 0 no opinion, 1 for
        guest_key (str, optional): the key of a guest, who has no account
    """
    tk.check_access("consultation_comment_vote", context, data_dict)
    session = context["session"]
    value = threads.position_of(tk.get_or_bust(data_dict, "value"))
    asked = stored.find(session, str(tk.get_or_bust(data_dict, "id")))
    if asked is None or value is None:
        raise CommentNotFound
    row = visible_to(context, asked.consultation_id, share=True)
    now = consultations.now(session)
    saying.check_takes_part(row, now)
    caller = taking_part(context, row, data_dict)
    limiting.count(abuse.Act.VOTE, row.id, caller.key, asked.id)
    participant = caller.enter(session, now)
    comment = stored.find(session, asked.id, lock=True)
    if comment is None or comment.state != State.PUBLISHED:
        raise CommentNotFound
    tally = stored.vote(session, comment, participant, value, now)
    session.commit()
    return {**tally.as_dict(), "mine": int(value)}


def _found(
    context: Context, data_dict: DataDict
) -> tuple[Consultation, Comment, Participant | None]:
    """Return a comment, if the caller may know of it, and who the caller is beside it."""
    session = context["session"]
    if data_dict.get("id"):
        comment = stored.find(session, str(data_dict["id"]))
        row_id: object = comment.consultation_id if comment else None
    else:
        comment, row_id = None, tk.get_or_bust(data_dict, "consultation_id")
    if row_id is None:
        raise CommentNotFound
    row = visible_to(context, row_id)
    seq = str(data_dict.get("seq") or "")
    if comment is None and seq.isascii() and seq.isdigit() and len(seq) < len(str(2**63)):
        comment = stored.by_number(session, row.id, int(seq))
    reader = participant_of(context, row, data_dict)
    if comment is None or spoken.view_of(comment, reader) is View.ABSENT:
        raise CommentNotFound
    return row, comment, reader


def _own(context: Context, data_dict: DataDict) -> tuple[Consultation, Comment, Actor, Participant]:
    """Return the caller's own comment, held against others."""
    tk.check_access("consultation_comment_update", context, data_dict)
    session = context["session"]
    comment = stored.find(session, str(tk.get_or_bust(data_dict, "id")))
    if comment is None:
        raise CommentNotFound
    row = visible_to(context, comment.consultation_id, share=True)
    participant = taking_part(context, row, data_dict).known(session)
    locked = stored.find(session, comment.id, lock=True)
    if locked is None or spoken.view_of(locked, participant) is View.ABSENT:
        raise CommentNotFound
    if participant is None or locked.participant_id != participant.id:
        raise NotPermitted
    return row, locked, Actor(participant.user_id, frozenset({Role.AUTHOR})), participant

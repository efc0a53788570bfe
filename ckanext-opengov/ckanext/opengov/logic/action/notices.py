"""What the caller was told, and how they want to be told."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import Context, DataDict

from ckanext.opengov import config
from ckanext.opengov.shared import digests, inbox, pager, readers
from ckanext.opengov.shared.domain import moments
from ckanext.opengov.shared.domain.errors import DomainError, NotFound
from ckanext.opengov.shared.domain.moments import as_utc, utc_now
from ckanext.opengov.shared.domain.notices import (
    Frequency,
    UnknownLanguage,
    frequency_of,
)
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action
from ckanext.opengov.shared.outbox import Message
from ckanext.opengov.shared.rendering import Said, To, said

__all__ = [
    "opengov_notice_list",
    "opengov_notice_read",
    "opengov_notice_settings_show",
    "opengov_notice_settings_update",
]


class WhichNotice(DomainError):
    """Neither one notice is named nor all."""

    code = "required"
    field = "id"
    template = N_("Say which notice, or that you mean all.")


class NotYesOrNo(DomainError):
    """Neither true nor false."""

    code = "not-yes-or-no"
    template = N_("Say true or false.")


@tk.side_effect_free
@domain_action
def opengov_notice_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what the caller was told, the newest first, in the caller's language.

    Each is ``{"id", "kind", "created_at", "read_at", "sentence", "todo", "url", "quote"}``.
    Where the caller may not know any more what it is about, the last four are null.
    ``unread`` counts all that is not read; above a hundred it is 101.

    Args:
        unread (bool): only what is not read
        cursor (str): ``next_cursor`` of the page before
        limit (int): 1 to 100, 20 by default
    """
    tk.check_access("opengov_notice_list", context, data_dict)
    session, user = context["session"], _caller(context)
    unread_only = _flag(data_dict, "unread")
    query, moment, id_ = inbox.of_person(user.id, unread_only=unread_only)
    found = pager.page(session, query, [moment, id_], data_dict, newest_first=True)
    to = To(user, tk.h.lang() or config.languages()[0])
    messages = [row[0] for row in found.rows]
    words = dict(zip(messages, said(session, to, messages), strict=True))
    answer = found.as_dict(lambda row: _notice(row[0], words[row[0]]))
    return {**answer, "unread": inbox.unread(session, user.id)}


def _notice(message: Message, words: Said | None) -> dict[str, Any]:
    return {
        "id": message.id,
        "kind": message.kind,
        "created_at": as_utc(message.created_at),
        "read_at": as_utc(message.read_at),
        "sentence": words and words.sentence,
        "todo": words and words.todo,
        "url": words and words.url,
        "quote": words and words.quote,
    }


@domain_action
def opengov_notice_read(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Mark a notice as read, or all of them; return ``{"unread"}``, how many are left.

    Args:
        id (str): the notice
        all (bool): instead of one notice, all of them
        until (str): with ``all``, only those that came up to this moment, in ISO 8601
    """
    tk.check_access("opengov_notice_read", context, data_dict)
    session, user_id, now = context["session"], _caller(context).id, utc_now()
    if _flag(data_dict, "all"):
        until = moments.read(data_dict.get("until"), "until") or now
        inbox.mark_all_read(session, user_id, until, now)
    elif not isinstance(data_dict.get("id"), str) or not data_dict["id"]:
        raise WhichNotice
    elif not inbox.mark_read(session, user_id, data_dict["id"].replace("\0", ""), now):
        raise NotFound
    session.commit()
    return {"unread": inbox.unread(session, user_id)}


def _flag(data_dict: DataDict, name: str) -> bool:
    try:
        return bool(tk.asbool(data_dict.get(name) or False))
    except ValueError as error:
        raise NotYesOrNo(field=name) from error


@tk.side_effect_free
@domain_action
def opengov_notice_settings_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return how the caller is told of things: ``{"frequency", "language", "language_unchosen"}``.

    ``frequency`` is ``at-once``, ``daily``, ``weekly`` or ``inbox``: no mail. ``language``
    is null for who chose none: then ``language_unchosen`` counts, that of their last
    sign-in, or the site's.
    """
    tk.check_access("opengov_notice_settings_show", context, data_dict)
    return _settings(context)


def _settings(context: Context) -> dict[str, Any]:
    wishes = readers.wishes_of(context["session"], _caller(context).id)
    return {
        "frequency": wishes.frequency,
        "language": wishes.chosen,
        "language_unchosen": wishes.unchosen,
    }


@domain_action
def opengov_notice_settings_update(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Choose how the caller is told of things; return it. What is left out stays.

    Messages about the security of the account are mailed at once, whatever is chosen.

    Args:
        frequency (str): ``at-once``, ``daily``, ``weekly`` or ``inbox``
        language (str): ``ar``, ``fr`` or ``en``; empty: that of the last sign-in
    """
    tk.check_access("opengov_notice_settings_update", context, data_dict)
    session, user_id = context["session"], _caller(context).id
    before = readers.wishes_of(session, user_id)
    frequency = frequency_of(data_dict.get("frequency", before.frequency))
    language = data_dict.get("language", before.chosen) or None
    if language is not None and language not in config.languages():
        raise UnknownLanguage(choices=", ".join(config.languages()))
    readers.wish(session, user_id, frequency, language)
    if frequency is Frequency.INBOX:
        digests.keep_in_inbox(session, user_id)
    session.commit()
    if frequency is Frequency.AT_ONCE:
        # What waited for a digest goes now, in one mail.
        digests.gather(session, user_id, utc_now())
    return _settings(context)


def _caller(context: Context) -> ckan_model.User:
    user: Any = context.get("auth_user_obj") or ckan_model.User.get(context["user"])
    return user

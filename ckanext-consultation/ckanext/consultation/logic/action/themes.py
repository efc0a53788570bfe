"""Themes: what many comments have in common, in the words of who read them all."""

from __future__ import annotations

import uuid
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.consultation.domain import answers
from ckanext.consultation.domain.life import State
from ckanext.consultation.logic import answering, spoken
from ckanext.consultation.logic.access import consultation_of, participant_of
from ckanext.consultation.model import answers as stored
from ckanext.consultation.model import comments, consultations
from ckanext.consultation.model.answers import Theme
from ckanext.consultation.model.consultations import Consultation
from ckanext.opengov.shared import pager, readers
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import NotPermitted
from ckanext.opengov.shared.domain.moments import as_utc
from ckanext.opengov.shared.domain.versions import check_version
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = [
    "consultation_theme_comment_add",
    "consultation_theme_comment_list",
    "consultation_theme_comment_remove",
    "consultation_theme_create",
    "consultation_theme_delete",
    "consultation_theme_list",
    "consultation_theme_update",
]

FIELDS = ("title_translated", "summary_translated")


@domain_action
def consultation_theme_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Begin a theme in a published consultation, as one of its analysts; return it.

    Args:
        consultation_id (str): id or name of the consultation
        title_translated (dict): what the comments are about, by language
        summary_translated (dict, optional): what people say of it, by language
    """
    row, actor = _as_analyst(context, tk.get_or_bust(data_dict, "consultation_id"))
    session, now = context["session"], consultations.now(context["session"])
    found = answers.read_theme(data_dict, readers.languages())
    theme = Theme(id=str(uuid.uuid4()), consultation_id=row.id, created_at=now, version=0)
    _write(theme, found, now)
    session.add(theme)
    session.flush()
    answering.note(session, row, actor, "theme-create", now, theme_id=theme.id)
    session.commit()
    return _shown(theme, {}, [])


@domain_action
def consultation_theme_update(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Say anew what a theme is about; return it. What is not named stays as it is.

    Args:
        id (str): id of the theme
        version (int, optional): the version that was shown; refused if another was stored since
        title_translated, summary_translated: see ``consultation_theme_create``
    """
    row, actor, theme = _held(context, data_dict)
    session, now = context["session"], consultations.now(context["session"])
    check_version(theme.version, data_dict.get("version"))
    kept = {name: getattr(theme, name) for name in FIELDS}
    given = {name: data_dict[name] for name in FIELDS if name in data_dict}
    _write(theme, answers.read_theme({**kept, **given}, readers.languages()), now)
    answering.note(session, row, actor, "theme-update", now, theme_id=theme.id)
    counts = stored.counts_of_themes(session, row.id)
    session.commit()
    return _shown(theme, counts, [])


@domain_action
def consultation_theme_delete(context: Context, data_dict: DataDict) -> None:
    """Delete a theme that was not answered; its comments stay.

    Args:
        id (str): id of the theme
    """
    row, actor, theme = _held(context, data_dict)
    session, now = context["session"], consultations.now(context["session"])
    if any(reply.theme_id == theme.id for reply in stored.public_replies(session, row.id)):
        raise answers.ThemeAnswered
    answering.note(session, row, actor, "theme-delete", now, theme_id=theme.id)
    session.delete(theme)
    session.commit()


@tk.side_effect_free
@domain_action
def consultation_theme_list(context: Context, data_dict: DataDict) -> list[dict[str, Any]]:
    """Return the themes of a consultation, as they were made.

    Everyone reads those that were answered, and all once the results are published. Each has
    ``counts`` of its public comments (``comments``, ``participants``, ``for``, ``neutral``,
    ``against``) and the public ``replies`` to it.

    Args:
        consultation_id (str): id or name of the consultation
    """
    tk.check_access("consultation_show", context, data_dict)
    row, actor = consultation_of(context, tk.get_or_bust(data_dict, "consultation_id"))
    return themes_of(context, row, actor)


@domain_action
def consultation_theme_comment_add(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Put public comments into a theme; return ``{"added": n}``, those that it has now.

    Args:
        id (str): id of the theme
        comment_ids (list): ids of at most 100 comments of the consultation
    """
    row, _actor, theme = _held(context, data_dict)
    ids = answering.ids_in(data_dict.get("comment_ids"))
    session = context["session"]
    added = stored.gather(session, theme, ids)
    session.commit()
    return {"added": added, "id": theme.id, "consultation_id": row.id}


@domain_action
def consultation_theme_comment_remove(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Take comments out of a theme again.

    Args:
        id (str): id of the theme
        comment_ids (list): ids of at most 100 comments
    """
    row, _actor, theme = _held(context, data_dict)
    session = context["session"]
    stored.scatter(session, theme, answering.ids_in(data_dict.get("comment_ids")))
    session.commit()
    return {"id": theme.id, "consultation_id": row.id}


@tk.side_effect_free
@domain_action
def consultation_theme_comment_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the public comments of a theme page by page, the newest first.

    Without a theme, those that are in none: for the analysts.

    Args:
        consultation_id (str): id or name of the consultation
        theme_id (str, optional): id of the theme
        cursor (str, optional): ``next_cursor`` of the page before
        limit (int, optional): 1 to 100, 20 by default
    """
    tk.check_access("consultation_show", context, data_dict)
    row, actor = consultation_of(context, tk.get_or_bust(data_dict, "consultation_id"))
    session, theme_id = context["session"], str(data_dict.get("theme_id") or "")
    if not theme_id:
        if answers.ANALYSTS.isdisjoint(actor.roles):
            raise NotPermitted
        query, by = stored.without_theme(row.id), comments.SEQ
    else:
        if theme_id not in {each["id"] for each in themes_of(context, row, actor)}:
            raise answering.ThemeNotFound
        query, by = stored.in_theme(row.id, theme_id), stored.THEME_SEQ
    page = pager.page(session, query, [by], data_dict, newest_first=True)
    reader = participant_of(context, row, data_dict)
    shown = spoken.many(session, row, [each[0] for each in page.rows], reader)
    return {"results": shown, "next_cursor": page.next_cursor}


def themes_of(context: Context, row: Consultation, actor: Actor) -> list[dict[str, Any]]:
    """Return the themes that the caller may read."""
    session = context["session"]
    counts = stored.counts_of_themes(session, row.id)
    replies = answering.shown_replies(session, stored.public_replies(session, row.id))
    shown = [
        _shown(theme, counts, [each for each in replies if each["theme_id"] == theme.id])
        for theme in stored.themes(session, row.id)
    ]
    if actor.roles or State(row.state) in (State.RESULTS, State.ARCHIVED):
        return shown
    return [each for each in shown if each["replies"]]


def _shown(
    theme: Theme, counts: dict[str, dict[str, int]], replies: list[dict[str, Any]]
) -> dict[str, Any]:
    nothing = dict.fromkeys(("comments", "participants", "for", "neutral", "against"), 0)
    return {
        "id": theme.id,
        "consultation_id": theme.consultation_id,
        "title_translated": theme.title_translated,
        "summary_translated": theme.summary_translated,
        "counts": counts.get(theme.id, nothing),
        "replies": replies,
        "changed_at": as_utc(theme.changed_at),
        "version": theme.version,
    }


def _write(theme: Theme, found: answers.Theme, now: Any) -> None:
    theme.title_translated, theme.summary_translated = found.title, found.summary
    theme.changed_at, theme.version = now, theme.version + 1


def _as_analyst(context: Context, id_or_name: object) -> tuple[Consultation, Actor]:
    row, actor = consultation_of(context, id_or_name, share=True)
    tk.check_access("consultation_update", context, {"roles": actor.roles})
    answers.check_may_answer(State(row.state), actor, answers.ANALYSTS)
    return row, actor


def _held(context: Context, data_dict: DataDict) -> tuple[Consultation, Actor, Theme]:
    """Return a theme for one of its analysts, held against others."""
    session = context["session"]
    theme = stored.theme(session, str(tk.get_or_bust(data_dict, "id")))
    if theme is None:
        raise answering.ThemeNotFound
    row, actor = _as_analyst(context, theme.consultation_id)
    locked = stored.theme(session, theme.id, lock=True)
    if locked is None:
        raise answering.ThemeNotFound
    return row, actor, locked

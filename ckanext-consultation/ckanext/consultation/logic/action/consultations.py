"""The life of a consultation, from its draft to the archive."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession, Context, DataDict

from ckanext.consultation import config
from ckanext.consultation.domain import description
from ckanext.consultation.domain.life import (
    TRANSITIONS,
    Facts,
    State,
    Step,
    check_editable,
)
from ckanext.consultation.domain.occasions import Kind
from ckanext.consultation.logic import dictize, following, texts
from ckanext.consultation.logic.access import actor_of, consultation_of
from ckanext.consultation.logic.action.versions import check_first, publish_first
from ckanext.consultation.logic.addresses import name_from
from ckanext.consultation.logic.clock import hold_until
from ckanext.consultation.model import answers, consultations
from ckanext.consultation.model.consultations import Consultation
from ckanext.opengov.shared import audit, readers
from ckanext.opengov.shared.domain import moments
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError, NotPermitted
from ckanext.opengov.shared.domain.lifecycle import advance, outlook
from ckanext.opengov.shared.domain.versions import check_version
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action, sentences_of

__all__ = [
    "consultation_archive",
    "consultation_cancel",
    "consultation_create",
    "consultation_delete",
    "consultation_extend",
    "consultation_publish",
    "consultation_results_publish",
    "consultation_return",
    "consultation_show",
    "consultation_submit_review",
    "consultation_update",
]

FIELDS = (
    *("name", "kind", "title_translated", "summary_translated", "primary_lang"),
    *("opens_at", "closes_at", "response_due_at", "settings"),
)

TOLD = {
    Step.EXTEND: Kind.EXTENDED,
    Step.CANCEL: Kind.CANCELLED,
    Step.GIVE_RESULTS: Kind.RESULTS,
}
"""Of which steps followers are told."""


class NameTaken(DomainError):
    """Another consultation has this address."""

    code = "name-taken"
    field = "name"
    template = N_("Another consultation has this name. Choose another one.")


@domain_action
def consultation_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Draft a consultation of a public body; return it.

    Args:
        name (str, optional): its name in addresses; without it, one like the title
        title_translated (dict): title by language
        summary_translated (dict, optional): what it is about and why, by language, in Markdown
        owner_org (str): id or name of the body
        kind (str): ``law``, ``regulation``, ``plan``, ``budget``, ``policy`` or ``other``
        primary_lang (str, optional): language of the text that counts; the first that has a title
        opens_at (str, optional): when people may begin to take part; needed to submit it
        closes_at (str, optional): when they no longer may
        response_due_at (str, optional): by when the body answers
        settings (dict, optional): ``moderation`` (``pre``, ``post``, ``hybrid``), ``guests``,
            ``edit_minutes``, ``appeal_days``, ``trusted_after``
    """
    body = _body(context, data_dict)
    tk.check_access("consultation_create", context, {"owner_org": body})
    session = context["session"]
    now = consultations.now(session)
    named = data_dict.get("name") or name_from(session, data_dict.get("title_translated"))
    found = description.read({**data_dict, "name": named}, readers.languages())
    row = Consultation(
        id=str(uuid.uuid4()),
        owner_org=body,
        state=State.DRAFT,
        created_at=now,
        version=0,
        **_EMPTY,
    )
    actor = actor_of(context, row)
    _describe(session, row, found, now)
    session.add(row)
    _flush(session)
    _note(session, row, actor, "create", now)
    session.commit()
    return _shown(context, row, actor, now)


@domain_action
def consultation_update(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Change a draft; return it. What is not named stays as it is.

    Args:
        id (str): id or name of the consultation
        version (int, optional): the version that was shown; refused if another was stored since
        name, title_translated, … : see ``consultation_create``
    """
    row, actor = _locked(context, data_dict)
    session = context["session"]
    check_editable(State(row.state))
    now = consultations.now(session)
    advance(TRANSITIONS, State(row.state), Step.EDIT, actor, Facts(now))
    check_version(row.version, data_dict.get("version"))
    kept = {name: getattr(row, name) for name in FIELDS}
    given = {name: data_dict[name] for name in FIELDS if name in data_dict}
    found = description.read({**kept, **given}, readers.languages())
    _describe(session, row, found, now)
    _flush(session)
    _note(session, row, actor, Step.EDIT, now)
    session.commit()
    return _shown(context, row, actor, now)


@tk.side_effect_free
@domain_action
def consultation_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return a consultation, with ``phase`` (``scheduled``, ``open``, ``closed``) by the clock.

    ``documents`` are its texts, each with the ``versions`` that the caller may read.
    Its people also get ``roles``, what they are to it; ``steps``: what each may do now, and
    what is in the way of it; and ``obstacles``: in sentences, what no form that they fill in
    takes away.

    Args:
        id (str): id or name of the consultation
    """
    tk.check_access("consultation_show", context, data_dict)
    row, actor = consultation_of(context, tk.get_or_bust(data_dict, "id"))
    hold_until(context["session"], row.window.next_change(row.read_at))
    return _shown(context, row, actor, row.read_at)


@domain_action
def consultation_submit_review(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Hand a draft over for review; return the consultation.

    Args:
        id (str): id or name of the consultation
        version (int, optional): the version that was shown; refused if another was stored since
    """
    return _take(context, data_dict, Step.SUBMIT)


@domain_action
def consultation_return(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Give a consultation back to its authors; return it.

    Args:
        id (str): id or name of the consultation
        version (int, optional): the version that was shown; refused if another was stored since
        reason (str): what to mend, for the authors
    """
    return _take(context, data_dict, Step.RETURN, reason=_reason(data_dict))


@domain_action
def consultation_publish(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Approve a consultation, as someone who did not write it; return it.

    It opens and closes by its dates.

    Args:
        id (str): id or name of the consultation
        version (int, optional): the version that was shown; refused if another was stored since
    """
    return _take(context, data_dict, Step.PUBLISH)


@domain_action
def consultation_extend(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Put off the end of a consultation that is not over; return it.

    The answer is due as many days later.

    Args:
        id (str): id or name of the consultation
        version (int, optional): the version that was shown; refused if another was stored since
        closes_at (str): the new end, later than the old one
    """
    return _take(
        context,
        data_dict,
        Step.EXTEND,
        closes_at=moments.read(data_dict.get("closes_at"), "closes_at"),
    )


@domain_action
def consultation_cancel(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Give a consultation up, for a reason that everyone reads; return it.

    Args:
        id (str): id or name of the consultation
        version (int, optional): the version that was shown; refused if another was stored since
        reason (str): why, for the public
    """
    return _take(context, data_dict, Step.CANCEL, reason=_reason(data_dict))


@domain_action
def consultation_results_publish(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Publish the results of a closed consultation; return it.

    Args:
        id (str): id or name of the consultation
        version (int, optional): the version that was shown; refused if another was stored since
    """
    return _take(context, data_dict, Step.GIVE_RESULTS)


@domain_action
def consultation_archive(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Put an answered consultation into the archive; return it.

    Args:
        id (str): id or name of the consultation
        version (int, optional): the version that was shown; refused if another was stored since
    """
    return _take(context, data_dict, Step.ARCHIVE)


@domain_action
def consultation_delete(context: Context, data_dict: DataDict) -> None:
    """Delete a draft. What was public once is cancelled, never deleted.

    Args:
        id (str): id or name of the consultation
        version (int, optional): the version that was shown; refused if another was stored since
    """
    row, actor = _locked(context, data_dict)
    session = context["session"]
    check_version(row.version, data_dict.get("version"))
    check_editable(State(row.state))
    now = consultations.now(session)
    advance(TRANSITIONS, State(row.state), Step.EDIT, actor, Facts(now))
    _note(session, row, actor, "delete", now)
    session.delete(row)
    session.commit()


_EMPTY: dict[str, Any] = {"summary_translated": {}, "settings": {}, "search_text": ""}


def _body(context: Context, data_dict: DataDict) -> str:
    """Return the id of the body; what does not exist may not be written in either."""
    found = tk.get_action("organization_show")
    asked = str(tk.get_or_bust(data_dict, "owner_org"))
    try:
        return str(found({**context}, {"id": asked})["id"])
    except tk.ObjectNotFound as error:
        raise NotPermitted from error


def _reason(data_dict: DataDict) -> str:
    reason = data_dict.get("reason")
    return reason.strip() if isinstance(reason, str) else ""


def _locked(context: Context, data_dict: DataDict) -> tuple[Consultation, Actor]:
    """Return the consultation, held against others, and the caller, who works in it.

    Raises:
        NotPermitted: they may read it, no more.
    """
    row, actor = consultation_of(context, tk.get_or_bust(data_dict, "id"), lock=True)
    tk.check_access("consultation_update", context, {"roles": actor.roles})
    return row, actor


def _describe(
    session: AlchemySession, row: Consultation, found: description.Description, now: datetime
) -> None:
    row.name, row.kind, row.primary_lang = found.name, found.kind, found.primary_lang
    row.title_translated, row.summary_translated = found.title, found.summary
    row.search_text = consultations.searchable(found.title, found.summary)
    row.opens_at, row.closes_at = found.window.opens_at, found.window.closes_at
    row.response_due_at = found.window.response_due_at
    row.settings = found.settings.as_dict()
    row.changed_at, row.version = now, row.version + 1


def _flush(session: AlchemySession) -> None:
    try:
        session.flush()
    except sa.exc.IntegrityError as error:
        session.rollback()
        if "consultation_name_key" in str(error.orig):
            raise NameTaken from error
        raise


def _take(context: Context, data_dict: DataDict, step: Step, **details: Any) -> dict[str, Any]:
    """Take the step: ask the rules, store, audit, commit once."""
    row, actor = _locked(context, data_dict)
    session = context["session"]
    check_version(row.version, data_dict.get("version"))
    facts = _facts(session, row, **details)
    after = advance(TRANSITIONS, State(row.state), step, actor, facts)
    if step is Step.SUBMIT:
        check_first(session, row, actor)
    if after is State.PUBLISHED and row.published_at is None:
        publish_first(session, row, actor, facts.now)
    if step is Step.EXTEND and facts.closes_at and row.closes_at and row.response_due_at:
        row.response_due_at += facts.closes_at - row.closes_at
        row.closes_at = facts.closes_at
    if after is State.PUBLISHED and row.published_at is None:
        row.published_at = facts.now
    if after is State.RESULTS:
        row.answered_at = facts.now
    row.state, row.changed_at, row.reason = after, facts.now, facts.reason or None
    row.version += 1
    _note(session, row, actor, step, facts.now)
    if row.is_public and step in TOLD:
        following.note(session, row, TOLD[step], facts.now, str(row.version))
    session.commit()
    return _shown(context, row, actor, facts.now)


def _facts(session: AlchemySession, row: Consultation, **details: Any) -> Facts:
    return Facts(
        now=consultations.now(session),
        window=row.window,
        least_days=config.least_days(),
        barred=consultations.authors(session, row.id),
        answers=sum(answers.decisions(session, row.id).values()),
        **details,
    )


def _note(
    session: AlchemySession, row: Consultation, actor: Actor, step: str, now: datetime
) -> None:
    """Write in the consultation's history who did what, and who wrote in it."""
    if actor.user_id and step in ("create", Step.EDIT, Step.SUBMIT):
        consultations.add_author(session, row.id, actor.user_id)
    subject = f"consultation:{row.id}"
    details = {"state": row.state, "version": row.version}
    audit.record(
        session, subject=subject, step=step, actor_id=actor.user_id, at=now, details=details
    )


def _shown(context: Context, row: Consultation, actor: Actor, now: datetime) -> dict[str, Any]:
    session = context["session"]
    [shown] = dictize.many(session, [row], now)
    shown["documents"] = texts.documents(session, row, actor)
    if not actor.roles:
        return shown
    state, facts = State(row.state), _facts(session, row)
    steps = outlook(TRANSITIONS, state, actor, facts)
    # What a form asks for is not in the way.
    filled_in = replace(facts, reason="-", closes_at=row.window.later())
    ahead = outlook(TRANSITIONS, state, actor, filled_in)
    return {
        **shown,
        "roles": sorted(actor.roles),
        "steps": {step: each.code if each else None for step, each in steps.items()},
        "obstacles": {step: sentences_of(each) for step, each in ahead.items() if each},
    }

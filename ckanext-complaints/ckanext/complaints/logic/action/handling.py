"""How the staff of a unit works on its cases.

Only in a browser's session that passed the second factor: no API token opens a case. What
carries words cannot be called through CKAN's action API.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import Context, DataDict

from ckanext.complaints.domain.life import Outcome, Step
from ckanext.complaints.domain.network import WORKERS
from ckanext.complaints.domain.sayings import said_text
from ckanext.complaints.logic import (
    attaching,
    excluding,
    noticing,
    placing,
    showing,
    stepping,
    telling,
    terms,
    vault,
)
from ckanext.complaints.logic.content import content_action
from ckanext.complaints.logic.desk import Desk, at_desk, at_work
from ckanext.complaints.logic.roles import Roles, actor
from ckanext.complaints.logic.vault import Kind, Said
from ckanext.complaints.model import cases, members, referrals, worklists
from ckanext.complaints.model.cases import Assignment
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.moments import utc_now
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action
from ckanext.opengov.shared.pager import Branch

__all__ = [
    "complaint_acknowledge",
    "complaint_answer",
    "complaint_assign",
    "complaint_claim",
    "complaint_close_duplicate",
    "complaint_evidence_open",
    "complaint_extend",
    "complaint_list",
    "complaint_message_add",
    "complaint_note_add",
    "complaint_request_info",
    "complaint_resume",
    "complaint_show",
]

SOON = timedelta(days=7)


class NotInUnit(DomainError):
    """Only who works in the unit gets its cases."""

    code = "not-in-unit"
    field = "user"
    template = N_("Choose somebody who works in this unit.")


@tk.side_effect_free
@domain_action
def complaint_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what the caller's units have to answer and to decide, due first, without the words.

    ``counts`` has ``all``, ``late``, ``soon`` (due within seven days) and ``unassigned``, and how
    many came in a flood and wait in the slow queue, ``slow``; no more than 1,000 are counted.
    ``asked`` says how many requests of other units wait.

    Args:
        unit_id (str, optional): only of this unit
        state (str, optional): only in this state; those that are answered too
        assigned (str, optional): ``me`` or ``nobody``
        queue (str, optional): ``slow``: those of the slow queue instead
        cursor (str, optional): ``next_cursor`` of the page before
        limit (int, optional): 1 to 100, 20 by default
    """
    tk.check_access("complaint_list", context, data_dict)
    session, roles = context["session"], actor(context)
    units = roles.units(*WORKERS)
    if data_dict.get("unit_id"):
        units &= {str(data_dict["unit_id"])}
    day = terms.today(utc_now())
    person, state = excluding.among(session, roles), str(data_dict.get("state") or "")
    everything = excluding.worklists(person, units)
    slow = excluding.worklists(person, units, is_slow=True)
    chosen = excluding.worklists(person, units, state) if state else everything
    if data_dict.get("queue") == "slow":
        chosen = slow
    page = worklists.page(session, _given_to(chosen, data_dict, roles), data_dict)
    others = {
        "asked": referrals.count_asked(units, day, sa.not_(excluding.concerns(person))),
        "slow": cases.counted(slow),
    }
    counts = cases.counts(session, everything, (day, day + SOON), **others)
    return {
        "results": [showing.in_list(row, day, roles.user_id) for row in page.rows],
        "next_cursor": page.next_cursor,
        "asked": counts.pop("asked"),
        "counts": counts,
    }


def _given_to(branches: Sequence[Branch], data_dict: DataDict, roles: Roles) -> Sequence[Branch]:
    """Return worklists with the cases alone that are given to ``me``, or to ``nobody``."""
    conditions = {
        "me": Assignment.user_id == roles.user_id,
        "nobody": cases.nobody_has(),
    }
    wanted = conditions.get(str(data_dict.get("assigned")))
    if wanted is None:
        return branches
    return [Branch(each.query.where(wanted), each.by) for each in branches]


@content_action
def complaint_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return a case of one of the caller's units with all that was said; the citizen sees it.

    Args:
        reference (str): number of the complaint
    """
    tk.check_access("complaint_list", context, data_dict)
    desk = at_desk(context, data_dict.get("reference"))
    cases.note_opening(desk.session, desk.case.id, desk.user_id, desk.unit_id, desk.now)
    shown = showing.to_staff(desk)
    desk.session.commit()
    return shown


@content_action
def complaint_evidence_open(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return a file of a case, ``content`` chunk by chunk: its safe copy, if there is one.

    Args:
        reference (str): number of the complaint
        file (str): id of the file
        original (bool, optional): the file as it came, which may be harmful
    """
    tk.check_access("complaint_list", context, data_dict)
    desk = at_desk(context, data_dict.get("reference"))
    is_original = bool(data_dict.get("original"))
    held = vault.held_by_service(desk.session, desk.case)
    file_id = str(data_dict.get("file") or "")
    found = attaching.content(desk.session, desk.case, held, file_id, copy=not is_original)
    if found is None:
        raise tk.ObjectNotFound(tk._("File not found"))
    step = "open-original" if is_original else "open-file"
    details = {"unit_id": desk.unit_id, "file_id": file_id, "for": "staff"}
    stepping.note(desk.session, desk.case, step, desk.actor, desk.now, **details)
    desk.session.commit()
    return found


@content_action
def complaint_claim(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Take a case of one's unit to work on it oneself; return it."""
    desk = _held(context, data_dict)
    _step(desk, Step.TAKE)
    cases.assign(desk.session, desk.case.id, desk.user_id, desk.user_id, desk.now)
    return _done(desk)


@content_action
def complaint_assign(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Give a case to somebody of the unit; return it. For leads.

    Args:
        user (str): id or name of the account
    """
    desk = _held(context, data_dict)
    user = ckan_model.User.get(str(data_dict.get("user") or ""))
    if user is not None:
        members.keep(desk.session, [user.id])
    barred = {row.user_id for row in excluding.known(desk.session, desk.case)}
    if user is None or user.id not in placing.workers(desk.session, desk.unit_id) - barred:
        raise NotInUnit
    _step(desk, Step.ASSIGN)
    cases.assign(desk.session, desk.case.id, user.id, desk.user_id, desk.now)
    if user.id != desk.user_id:
        people = noticing.recipients(desk.session, desk.case, {user.id})
        noticing.to_people(desk.session, people, noticing.Notice.ASSIGNED, desk.now)
    return _done(desk)


@content_action
def complaint_acknowledge(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Confirm to the citizen that a person has read the complaint; return it.

    Args:
        text (str, optional): what to say besides
    """
    desk, text = _held(context, data_dict), data_dict.get("text")
    content = {"text": said_text(text)} if text else {}
    _say(desk, "acknowledge", content)
    _step(desk, Step.ACKNOWLEDGE)
    return _done(desk)


@content_action
def complaint_message_add(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Write to the citizen, without stopping the clock; return the case.

    Args:
        text (str): what to say
    """
    desk = _held(context, data_dict)
    _say(desk, "message", {"text": said_text(data_dict.get("text"))})
    _note(desk, "message")
    return _done(desk)


@content_action
def complaint_note_add(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Note something that the staff of the unit alone reads; return the case.

    Args:
        text (str): what to note
    """
    desk = _held(context, data_dict)
    _say(desk, "note", {"text": said_text(data_dict.get("text"))}, Kind.STAFF)
    _note(desk, "note")
    return _done(desk)


@content_action
def complaint_request_info(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Ask the citizen for something: the clock stops once; return the case.

    Args:
        text (str): what is asked
    """
    desk = _held(context, data_dict)
    _say(desk, "question", {"text": said_text(data_dict.get("text"))})
    _step(desk, Step.ASK)
    return _done(desk)


@content_action
def complaint_resume(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Go on without what the citizen was asked for; return the case."""
    desk = _held(context, data_dict)
    _step(desk, Step.RESUME)
    return _done(desk)


@content_action
def complaint_extend(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Take more time, once, with reasons that the citizen reads; return the case. For leads.

    Args:
        reason (str): why
    """
    desk, reason = _held(context, data_dict), said_text(data_dict.get("reason"), "reason")
    _say(desk, "extend", {"text": reason})
    _step(desk, Step.EXTEND, reason=reason)
    return _done(desk)


@content_action
def complaint_answer(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Answer a complaint with an outcome and reasons; return it.

    Args:
        outcome (str): ``granted``, ``partly-granted``, ``refused``, ``answered`` or ``settled``
        text (str): the answer and its reasons
    """
    desk, text = _held(context, data_dict), said_text(data_dict.get("text"))
    given = str(data_dict.get("outcome") or "")
    outcome = Outcome(given) if given in set(Outcome) else None
    _say(desk, "answer", {"text": text, "outcome": given})
    _step(desk, Step.ANSWER, outcome=outcome, reason=text)
    return _done(desk)


@content_action
def complaint_close_duplicate(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Close a complaint that repeats another of the same unit, with reasons; return it. For leads.

    Args:
        duplicate_of (str): number of the other
        reason (str): why, as the citizen reads it
    """
    desk, reason = _held(context, data_dict), said_text(data_dict.get("reason"), "reason")
    other = at_desk(context, data_dict.get("duplicate_of")).case
    if other.owner_unit_id != desk.case.owner_unit_id:
        raise tk.ObjectNotFound(tk._("Complaint not found"))
    _say(desk, "duplicate", {"text": reason})
    _step(desk, Step.CLOSE_DUPLICATE, reason=reason, duplicate_of=other.id)
    desk.case.dup_of = other.id
    return _done(desk)


def _held(context: Context, data_dict: DataDict) -> Desk:
    """Return the caller with a case that is held, and that nobody changed since it was read."""
    tk.check_access("complaint_list", context, data_dict)
    return at_work(context, data_dict.get("reference"), data_dict.get("version"))


def _say(desk: Desk, kind: str, content: dict[str, Any], key: Kind = Kind.TALK) -> None:
    said = Said(kind, "staff", desk.user_id, desk.unit_id, key, content)
    vault.say(desk.session, desk.case, said, desk.now)
    if key is Kind.TALK:
        telling.soon(desk.session, desk.case, desk.now)


def _step(desk: Desk, step: Step, **facts: Any) -> None:
    facts["unit_id"] = desk.unit_id
    stepping.take(desk.session, desk.case, step, desk.actor, desk.now, **facts)


def _note(desk: Desk, step: str) -> None:
    desk.case.version += 1
    whom = "staff" if step == "note" else "all"
    details = {"unit_id": desk.unit_id, "for": whom}
    stepping.note(desk.session, desk.case, step, desk.actor, desk.now, **details)


def _done(desk: Desk) -> dict[str, Any]:
    shown = showing.to_staff(desk)
    desk.session.commit()
    return shown

"""What citizens do in their own case, with the two numbers of the receipt and no account.

Each takes ``reference`` and ``secret``, or the ``visit`` of a page. None can be called through
CKAN's action API: pages and ``/complaints/api`` call them.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.complaints.domain import receipts, tickets
from ckanext.complaints.domain.life import State, Step
from ckanext.complaints.domain.sayings import said_text
from ckanext.complaints.logic import (
    attaching,
    filing,
    noticing,
    placing,
    showing,
    stepping,
    telling,
    vault,
    visiting,
)
from ckanext.complaints.logic.content import content_action
from ckanext.complaints.logic.filing import CITIZEN
from ckanext.complaints.logic.noticing import Notice
from ckanext.complaints.logic.vault import Said
from ckanext.complaints.logic.visiting import Guest
from ckanext.complaints.model import cases, sealed, signing, visits
from ckanext.opengov.shared.domain.errors import StepNotAllowed

__all__ = [
    "complaint_accept",
    "complaint_acknowledgement_show",
    "complaint_appeal",
    "complaint_case_show",
    "complaint_file_open",
    "complaint_leave",
    "complaint_reopen",
    "complaint_reply",
    "complaint_secret_change",
    "complaint_track",
    "complaint_visit_show",
    "complaint_withdraw",
]


@content_action
def complaint_track(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Open a case by its two numbers; return the ``visit`` by which pages go on.

    Args:
        reference (str): the public number
        secret (str): the secret code
    """
    tk.check_access("complaint_track", context, data_dict)
    session = context["session"]
    given = (str(data_dict.get(name) or "") for name in ("reference", "secret"))
    guest = visiting.arrive(session, *given)
    ticket = visiting.stay(session, guest, cases.now(session))
    session.commit()
    return {"visit": ticket.text, "must_change": guest.access.must_change}


@content_action
def complaint_visit_show(context: Context, data_dict: DataDict) -> dict[str, bool]:
    """Tell whether the secret must be changed before anything else: ``must_change``."""
    tk.check_access("complaint_track", context, data_dict)
    session = context["session"]
    guest = visiting.guest_of(session, data_dict, cases.now(session), for_secret=True)
    session.commit()
    return {"must_change": guest.access.must_change}


@content_action
def complaint_leave(context: Context, data_dict: DataDict) -> None:
    """End a visit.

    Args:
        visit (str): what ``complaint_track`` returned
    """
    tk.check_access("complaint_track", context, data_dict)
    visiting.leave(context["session"], tickets.read(data_dict.get("visit")))
    context["session"].commit()


@content_action
def complaint_case_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the citizen's case: its dates, what was said, who opened it, what they may do."""
    guest, session = _guest(context, data_dict), context["session"]
    shown = showing.to_citizen(session, guest, CITIZEN, cases.now(session))
    session.commit()
    return shown


@content_action
def complaint_acknowledgement_show(context: Context, data_dict: DataDict) -> dict[str, str]:
    """Return the signed acknowledgement as ``document``, a JSON text."""
    guest, session = _guest(context, data_dict), context["session"]
    papers = [
        row for row in sealed.messages_of(session, guest.case.id) if row.kind == "acknowledgement"
    ]
    said = vault.heard(guest.held, papers[-1:])
    session.commit()
    if not said:
        raise tk.ObjectNotFound
    return {"document": said[0][1]["document"]}


@content_action
def complaint_reply(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Write to the body; return the case.

    Args:
        text (str): what to say, 1 to 5,000 characters
        came (list, optional): files that came with the request
    """
    guest, session = _held(context, data_dict), context["session"]
    now, text = cases.now(session), said_text(data_dict.get("text"))
    if State(guest.case.state) in (State.CLOSED, State.PURGED):
        raise StepNotAllowed(state=guest.case.state, step=Step.REPLY)
    row = vault.say(session, guest.case, Said("message", "citizen", content={"text": text}), now)
    place = attaching.Place(case=guest.case, message=row)
    attaching.add(session, place, data_dict.get("came") or [], now)
    if State(guest.case.state) is State.WAITING_CITIZEN:
        stepping.take(session, guest.case, Step.REPLY, CITIZEN, now)
    else:
        _note(session, guest, "write", now)
    noticing.to_whoever_works_on(session, guest.case, Notice.REPLIED, now)
    return _done(session, guest)


@content_action
def complaint_file_open(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return a file of one's own case, ``content`` chunk by chunk.

    Args:
        file (str): its id
    """
    guest, session = _guest(context, data_dict), context["session"]
    file_id = str(data_dict.get("file") or "")
    found = attaching.content(session, guest.case, guest.held, file_id, copy=False)
    session.commit()
    if found is None:
        raise tk.ObjectNotFound
    return found


@content_action
def complaint_withdraw(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Take the complaint back, for good; return the case."""
    return _step(context, data_dict, Step.WITHDRAW)


@content_action
def complaint_accept(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Accept the answer, which closes the case; return it."""
    return _step(context, data_dict, Step.ACCEPT)


@content_action
def complaint_reopen(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Say once that the answer does not settle it; return the case.

    Args:
        text (str): what is missing
    """
    return _step(context, data_dict, Step.REOPEN, text=said_text(data_dict.get("text")))


@content_action
def complaint_appeal(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Appeal against an answer, or against silence past the date; return the case.

    Args:
        text (str): why; against silence it may be left out
    """
    given = data_dict.get("text")
    guest = _take(context, data_dict, Step.APPEAL, said_text(given) if given else "")
    session, case = context["session"], guest.case
    case.appeal_unit_id = placing.judge_of(session, case)
    signing.sign(case)
    if case.appeal_unit_id:
        at, judge = cases.now(session), case.appeal_unit_id
        noticing.to_unit(session, judge, Notice.APPEALED, at, case=case)
    return _done(session, guest)


@content_action
def complaint_secret_change(context: Context, data_dict: DataDict) -> dict[str, str]:
    """Return another secret code: the one before opens nothing any more, and ends all visits."""
    guest, session = _held(context, data_dict, for_secret=True), context["session"]
    now, secret = cases.now(session), receipts.new_secret()
    if guest.access.must_change:
        # Should it be the clerk who does this, the citizen hears that something happened.
        telling.soon(session, guest.case, now)
    public = filing.give_access(session, guest.case, secret, now)
    vault.regrant_to_citizen(session, guest.case, guest.held, public, now)
    visits.end_visits(session, guest.case.id)
    _note(session, guest, "change-secret", now)
    session.commit()
    return {"reference": receipts.shown(guest.case.reference), "secret": receipts.shown(secret)}


def _guest(context: Context, data_dict: DataDict) -> Guest:
    tk.check_access("complaint_track", context, data_dict)
    session = context["session"]
    return visiting.guest_of(session, data_dict, cases.now(session))


def _held(context: Context, data_dict: DataDict, *, for_secret: bool = False) -> Guest:
    """Return the citizen in their case, which is held against every other change."""
    tk.check_access("complaint_track", context, data_dict)
    session = context["session"]
    return visiting.holding_guest(session, data_dict, cases.now(session), for_secret=for_secret)


def _step(context: Context, data_dict: DataDict, step: Step, text: str = "") -> dict[str, Any]:
    return _done(context["session"], _take(context, data_dict, step, text))


def _take(context: Context, data_dict: DataDict, step: Step, text: str) -> Guest:
    guest, session = _held(context, data_dict), context["session"]
    now = cases.now(session)
    if text:
        vault.say(session, guest.case, Said(step, "citizen", content={"text": text}), now)
    stepping.take(session, guest.case, step, CITIZEN, now, reason=text)
    if step is Step.REOPEN:
        noticing.to_whoever_works_on(session, guest.case, Notice.REPLIED, now)
    return guest


def _note(session: Any, guest: Guest, step: str, now: Any) -> None:
    guest.case.version += 1
    stepping.note(session, guest.case, step, CITIZEN, now)


def _done(session: Any, guest: Guest) -> dict[str, Any]:
    shown = showing.to_citizen(session, guest, CITIZEN, cases.now(session))
    session.commit()
    return shown

"""Complaints that a clerk writes down for somebody at the counter or on the telephone.

What is typed lies in a sealed draft, whose key the clerk's browser alone has. The clerk reads
the secret once and gives it to the citizen; until the citizen has changed it, it opens nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession, Context, DataDict

from ckanext.complaints.argon import Busy
from ckanext.complaints.domain import counter, life
from ckanext.complaints.domain import filing as rules
from ckanext.complaints.logic import attaching, drafting, filing, offering, terms, written
from ckanext.complaints.logic.content import content_action
from ckanext.complaints.logic.filing import Arrival
from ckanext.complaints.logic.roles import TAKERS, actor
from ckanext.complaints.logic.written import DraftGone, Opened
from ckanext.complaints.model import cases
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError

__all__ = [
    "complaint_intake_begin",
    "complaint_intake_draft_show",
    "complaint_intake_keep",
    "complaint_intake_receipt_show",
    "complaint_intake_record",
]

BESIDES = ("channel", "consent")
"""What a clerk says besides the complaint."""


@content_action
def complaint_intake_begin(context: Context, data_dict: DataDict) -> dict[str, str]:
    """Begin a complaint for somebody else; return its ``draft``. For clerks and leads."""
    tk.check_access("complaint_intake_record", context, data_dict)
    session, now = context["session"], cases.now(context["session"])
    ticket = drafting.begin(session, now)
    row = written.found(drafting.find(session, ticket, now, lock=True))
    drafting.write(ticket, row, {"by": actor(context).user_id}, now)
    session.commit()
    return {"draft": ticket.text}


@content_action
def complaint_intake_draft_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what a clerk has written so far: to nobody but them.

    Args:
        draft (str): what ``complaint_intake_begin`` returned
    """
    session = context["session"]
    ticket, row, content = _own(context, data_dict)
    if row.case_id is not None:
        return {"is_filed": True, "is_shown": "secret" not in (content.get("receipt") or {})}
    given = rules.read(content.get("filing") or {})
    files = attaching.of_draft(session, ticket.hash.hex())
    besides = {name: content.get(name) or "" for name in BESIDES}
    return {"is_filed": False, "files": files, **besides, **written.shown(session, given)}


@content_action
def complaint_intake_keep(context: Context, data_dict: DataDict) -> None:
    """Keep what was typed by somebody whose session ended meanwhile; nothing is returned.

    Args:
        draft (str): what ``complaint_intake_begin`` returned
    """
    tk.check_access("complaint_submit", context, data_dict)
    session, now = context["session"], cases.now(context["session"])
    ticket, row, content = written.opened(session, data_dict, lock=True)
    if row.case_id is None and content.get("by"):
        drafting.write(ticket, row, _typed(content, data_dict), now)
    session.commit()


@content_action
def complaint_intake_record(context: Context, data_dict: DataDict) -> dict[str, bool]:
    """File what somebody told at the counter or on the telephone. For clerks and leads.

    What is sent twice is one case. What was typed is kept, whatever is wrong with it. The
    receipt is read by ``complaint_intake_receipt_show``.

    Args:
        draft (str): what ``complaint_intake_begin`` returned
        channel (str): ``counter`` or ``phone``
        consent (str): anything but empty: the citizen was told who reads it, and agrees
        category, body, happened, wanted, region, place, day, when, mode, name, email, phone,
            notices, language, form (optional): as for ``complaint_submit``
        came (list, optional): files that came with the request
        remove (str, optional): id of a file that goes
        is_for_later (bool, optional): keep it, and file nothing yet
    """
    session, now = context["session"], cases.now(context["session"])
    opened = ticket, row, content = _own(context, data_dict, lock=True)
    if row.case_id is None:
        content.update(_typed(content, data_dict))
        drafting.write(ticket, row, content, now)
        session.flush()
        try:
            with session.begin_nested():
                written.attached(session, ticket, data_dict, now)
            if not data_dict.get("is_for_later"):
                with session.begin_nested():
                    _file(session, opened, _arrival(context), now)
        except (DomainError, Busy):
            # Nothing that was typed is lost.
            session.commit()
            raise
    session.commit()
    return {"is_filed": row.case_id is not None}


@content_action
def complaint_intake_receipt_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the receipt for the citizen, with the ``secret`` the first time alone.

    Args:
        draft (str): what ``complaint_intake_begin`` returned
    """
    session, now = context["session"], cases.now(context["session"])
    ticket, row, content = _own(context, data_dict, lock=True)
    if row.case_id is None:
        raise DraftGone
    receipt = content.get("receipt") or {}
    if "secret" in receipt:
        rest = {name: text for name, text in receipt.items() if name != "secret"}
        drafting.write(ticket, row, {**content, "receipt": rest}, now)
    session.commit()
    return dict(receipt)


def _own(context: Context, data_dict: Mapping[str, Any], *, lock: bool = False) -> Opened:
    """Return a draft of the caller's own: on a shared machine the next one finds nothing of it."""
    tk.check_access("complaint_intake_record", context, dict(data_dict))
    opened = written.opened(context["session"], data_dict, lock=lock)
    if opened[2].get("by") != actor(context).user_id:
        raise DraftGone
    return opened


def _typed(content: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a draft with what was typed now."""
    filing_ = {**(content.get("filing") or {}), **given}
    besides = {name: str(given.get(name) or "")[:20] for name in BESIDES}
    return {**content, **besides, "filing": rules.read(filing_).as_json()}


def _arrival(context: Context) -> Arrival:
    roles = actor(context)
    unit_id = min(each.unit_id for each in roles.held if each.role in TAKERS)
    return Arrival(Actor(roles.user_id, frozenset({life.Role.CLERK})), unit_id)


def _file(session: AlchemySession, opened: Opened, arrival: Arrival, now: datetime) -> None:
    ticket, row, content = opened
    given = rules.read(content["filing"])
    offer = offering.offered(session, terms.today(now), given.category).offer
    wrong = counter.problems(content["channel"], content["consent"])
    for question in rules.ORDER:
        wrong += rules.problems(given, question, offer)
    if wrong:
        raise rules.Unfinished(*wrong)
    complaint = rules.whole(given, offer)
    filed = filing.file_case(session, complaint, content["channel"], now, arrival)
    attaching.take_over(session, ticket.hash.hex(), filed.case, filed.message)
    receipt = {**written.receipt(filed), "language": complaint.language}
    drafting.write(ticket, row, {"by": content["by"], "receipt": receipt}, now)
    row.case_id = filed.case.id

"""How units pass cases on, work on them together, and ask each other.

Only in a browser's session that passed the second factor, like all work on cases.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.complaints.domain.forms import UnknownChoice
from ckanext.complaints.domain.network import WORKERS
from ckanext.complaints.domain.referrals import Mode
from ckanext.complaints.domain.sayings import said_text
from ckanext.complaints.logic import excluding, placing, referring, showing, terms
from ckanext.complaints.logic.content import content_action
from ckanext.complaints.logic.desk import Asked, Desk, at_request, at_work
from ckanext.complaints.logic.roles import actor
from ckanext.complaints.model import cases, referrals
from ckanext.opengov.shared import pager
from ckanext.opengov.shared.domain.errors import DomainError, NotPermitted
from ckanext.opengov.shared.domain.versions import check_version
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = [
    "complaint_refer",
    "complaint_referral_accept",
    "complaint_referral_end",
    "complaint_referral_list",
    "complaint_referral_refuse",
    "complaint_referral_say",
    "complaint_referral_show",
    "complaint_referral_withdraw",
]


class NotJoint(DomainError):
    """Before it is accepted there is nobody to write to."""

    code = "not-joint"
    template = N_("You can write to each other once the other unit works on this complaint too.")


@tk.side_effect_free
@domain_action
def complaint_referral_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what other units ask of the caller's units, without what they say; due ones first.

    Cases on which the caller's units work together with others are among them (``state``:
    ``accepted``).

    Args:
        cursor (str, optional): ``next_cursor`` of the page before
        limit (int, optional): 1 to 100, 20 by default
    """
    tk.check_access("complaint_list", context, data_dict)
    session, roles = context["session"], actor(context)
    units = roles.units(*WORKERS)
    unseen = excluding.concerns(excluding.among(session, roles))
    query = referrals.before(units).where(sa.not_(unseen))
    page = pager.page(session, query, referrals.BY_DUE, data_dict)
    named, categories = placing.names(session), showing.categories(session)
    day = terms.today(cases.now(session))
    return {
        "results": [
            {
                **showing.asked(row[0], [], named, day),
                "case": showing.listed(row[1], day, named, categories),
            }
            for row in page.rows
        ],
        "next_cursor": page.next_cursor,
    }


@content_action
def complaint_referral_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what a unit asks of another, with what is known of the case without opening it.

    Args:
        id (str): of the request
    """
    tk.check_access("complaint_list", context, data_dict)
    return _shown(at_request(context, data_dict.get("id")))


@content_action
def complaint_refer(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Ask another unit to take a case, to work on it too, or to say what it knows.

    The unit has the days of the policy to accept or refuse; the date of the answer stays. Where
    the coordinator passes a case on, the other unit has it at once. Returns the request, or
    ``{"moved": True}`` if the case is no longer the caller's.

    Args:
        reference (str): number of the complaint
        unit_id (str): the other unit
        mode (str): ``transfer``, ``joint`` or ``opinion``
        text (str): why, and what the other unit has to know; both units read it, the citizen not
        version (int): of the case, as it was read
    """
    desk, text = _held(context, data_dict), said_text(data_dict.get("text"))
    given = str(data_dict.get("mode") or "")
    if given not in set(Mode):
        raise UnknownChoice(field="mode")
    unit_id = str(data_dict.get("unit_id") or "")
    row = referring.propose(desk.session, desk.case, unit_id, Mode(given), text, desk.by)
    has_moved = desk.case.owner_unit_id != desk.unit_id
    shown = {"moved": True} if has_moved else _shown(Asked(desk, row))
    desk.session.commit()
    return shown


@content_action
def complaint_referral_accept(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Do what another unit asks for; return the request, and the number of the case.

    Args:
        id (str): of the request
        text (str): of an opinion: what the unit knows
    """
    asked = _asked(context, data_dict)
    is_opinion, given = asked.row.mode == Mode.OPINION, data_dict.get("text")
    text = said_text(given) if is_opinion or given else ""
    desk = asked.desk
    referring.accept(desk.session, desk.case, asked.row, desk.by, text)
    return _done(asked)


@content_action
def complaint_referral_refuse(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Say no, and which unit should; return the request.

    Args:
        id (str): of the request
        reason (str): why; the unit that asked reads it, and the coordinator
    """
    asked = _asked(context, data_dict)
    desk = asked.desk
    reason = said_text(data_dict.get("reason"), "reason")
    referring.refuse(desk.session, desk.case, asked.row, reason, desk.by)
    return _done(asked)


@content_action
def complaint_referral_say(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Write to the other unit with which one works on a case; return the request.

    Args:
        id (str): of the request
        text (str): what to say
    """
    asked = _held_request(context, data_dict)
    if asked.row.state != "accepted" or asked.row.mode != Mode.JOINT:
        raise NotJoint
    desk, text = asked.desk, said_text(data_dict.get("text"))
    referring.say(desk.session, asked.row, "say", text, desk.by)
    return _done(asked)


@content_action
def complaint_referral_withdraw(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Ask no more; return the request.

    Args:
        id (str): of the request
    """
    asked = _held_request(context, data_dict)
    if not asked.is_owner:
        raise NotPermitted
    referring.withdraw(asked.desk.session, asked.desk.case, asked.row, asked.desk.by)
    return _done(asked)


@content_action
def complaint_referral_end(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """End the work on a case together, as one of the two units; return the request.

    Args:
        id (str): of the request
    """
    asked = _held_request(context, data_dict)
    referring.end(asked.desk.session, asked.desk.case, asked.row, asked.desk.by)
    return _done(asked)


def _held(context: Context, data_dict: DataDict) -> Desk:
    tk.check_access("complaint_list", context, data_dict)
    return at_work(context, data_dict.get("reference"), data_dict.get("version"))


def _held_request(context: Context, data_dict: DataDict) -> Asked:
    """Return the caller with a request by, or to, one of their units; its case is held."""
    tk.check_access("complaint_list", context, data_dict)
    asked = at_request(context, data_dict.get("id"), lock=True)
    check_version(asked.desk.case.version, data_dict.get("version"))
    return asked


def _asked(context: Context, data_dict: DataDict) -> Asked:
    """Return the caller with a request to one of their units."""
    asked = _held_request(context, data_dict)
    # A colleague may have taken the case just now: then the step itself says why not.
    if asked.is_owner and asked.row.to_unit != asked.desk.unit_id:
        raise NotPermitted
    return asked


def _done(asked: Asked) -> dict[str, Any]:
    shown = _shown(asked)
    asked.desk.session.commit()
    return shown


def _shown(asked: Asked) -> dict[str, Any]:
    desk, row = asked.desk, asked.row
    named, day = placing.names(desk.session), terms.today(desk.now)
    words = referrals.words_of(desk.session, [row.id])
    return {
        **showing.asked(row, words, named, day),
        "case": showing.listed(desk.case, day, named, showing.categories(desk.session)),
        "version": desk.case.version,
        "is_owner": asked.is_owner,
        "opens": row.mode == Mode.JOINT and row.state == "accepted",
    }

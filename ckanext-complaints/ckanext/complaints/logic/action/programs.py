"""Tokens for programs of a unit, and what such a program may call.

CKAN's own tokens open no case: a sysadmin makes them in anybody's name. These are made by a lead
in a browser past the second factor, for the lead's own unit, and act in the lead's name as a
handler of that unit, and as nothing else.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from werkzeug.exceptions import Unauthorized

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession, Context, DataDict

from ckanext.complaints.domain.network import Kind, Role
from ckanext.complaints.domain.programs import (
    LEAST_NAME,
    MOST_IN_USE,
    MOST_NAME,
    MadeBefore,
    ProgramNotThere,
    State,
    TooManyPrograms,
    check_end,
)
from ckanext.complaints.domain.reading import day_of, line_of
from ckanext.complaints.logic import changing, placing, terms
from ckanext.complaints.logic.content import content_action
from ckanext.complaints.logic.roles import PROGRAM, Acting, actor
from ckanext.complaints.model import cases, members, people, programs
from ckanext.complaints.model.members import Held
from ckanext.complaints.model.programs import Program
from ckanext.opengov.shared.domain.errors import NotFound
from ckanext.opengov.shared.domain.moments import as_utc
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = [
    "complaint_program_call",
    "complaint_program_create",
    "complaint_program_list",
    "complaint_program_revoke",
]

MOST_LISTED = 200
CALLS = {
    "list": ("complaint_list", ("state", "assigned", "queue", "cursor", "limit")),
    "show": ("complaint_show", ("reference",)),
    "claim": ("complaint_claim", ("reference", "version")),
    "acknowledge": ("complaint_acknowledge", ("reference", "version", "text")),
    "message": ("complaint_message_add", ("reference", "version", "text")),
    "note": ("complaint_note_add", ("reference", "version", "text")),
    "question": ("complaint_request_info", ("reference", "version", "text")),
    "answer": ("complaint_answer", ("reference", "version", "text", "outcome")),
}
"""What a program may do, and what of its input counts. Nothing here appoints, or makes tokens."""


@content_action
def complaint_program_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Make a token for a program of one's unit; return it with the ``token``, once. For leads.

    Args:
        unit_id (str): id of a general unit that the caller leads
        name (str): what the program is
        ends_on (str): the last day on which it works, at most a year ahead
        id (str, optional): a UUID that the page was given, so that sending it twice makes one
    """
    session, unit_id = context["session"], str(data_dict.get("unit_id") or "")
    tk.check_access("complaint_program", context, {"unit_id": unit_id})
    lead = _lead(actor(context).held, unit_id)
    if lead.kind != Kind.GENERAL:
        raise ProgramNotThere
    changing.asked_unit(session, unit_id, lock=True)
    now = cases.now(session)
    name = line_of(data_dict.get("name"), LEAST_NAME, MOST_NAME, "name")
    ends_on = day_of(str(data_dict.get("ends_on") or ""), "ends_on")
    check_end(ends_on, terms.today(now))
    _check_few(session, unit_id)
    values = {"id": _free_id(session, data_dict.get("id")), "name": name, "made_at": now}
    token = programs.new_token()
    row = programs.make(session, lead, token, {**values, "ends_on": ends_on})
    changing.note(session, unit_id, "program-create", lead.user_id, now, program=row.id)
    session.commit()
    return {"id": row.id, "name": name, "ends_on": ends_on.isoformat(), "token": token}


@tk.side_effect_free
@domain_action
def complaint_program_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the tokens of the units that the caller leads, the newest first, without the tokens.

    Each of ``results`` is ``{"id", "name", "unit_id", "unit", "made_by", "made_at", "ends_on",
    "last_used_at", "state"}``; the state is ``active``, ``expired``, ``revoked``, or ``ended``: who
    made it leads the unit no more. ``units`` are those for which tokens can be made.
    """
    tk.check_access("complaint_program", context, {})
    session, leading = context["session"], _leading(actor(context).held)
    units = {each.unit_id for each in leading}
    rows, day = programs.of_units(session, units, MOST_LISTED), terms.today(cases.now(session))
    held, named = members.members_of(session, units), placing.names(session)
    makers = {row.user_id for row in rows}
    called = people.named(session, makers)
    return {
        "results": [
            {
                **_shown(row),
                "unit": named[row.unit_id].unit,
                "made_by": called.get(row.user_id),
                "state": str(programs.state(row, held, day)),
            }
            for row in rows
        ],
        "units": [
            {
                "code": each.unit_id,
                "label": f"{named[each.unit_id].unit}, {named[each.unit_id].body}",
            }
            for each in leading
            if each.kind == Kind.GENERAL
        ],
    }


@domain_action
def complaint_program_revoke(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """End a token at once; return it. For the leads of its unit.

    Args:
        id (str): id of the token, as listed
    """
    tk.check_access("complaint_program", context, {})
    session, roles = context["session"], actor(context)
    row = programs.find(session, str(data_dict.get("id") or ""), lock=True)
    if row is None or row.unit_id not in roles.units(Role.LEAD):
        raise NotFound
    if row.revoked_at is None:
        now = cases.now(session)
        programs.revoke(session, row, now)
        changing.note(session, row.unit_id, "program-revoke", roles.user_id, now, program=row.id)
    session.commit()
    return {**_shown(row), "state": str(State.REVOKED)}


@content_action
def complaint_program_call(context: Context, data_dict: DataDict) -> Any:
    """Do in the name of a program what its token allows; return what that returns.

    Args:
        token (str): the program's
        call (str): ``list``, ``show``, ``claim``, ``acknowledge``, ``message``, ``note``,
            ``question`` or ``answer``
        given (dict): what it takes

    Raises:
        Unauthorized: the token opens nothing: unknown, expired, revoked, or its maker has left.
    """
    tk.check_access("complaint_submit", context, data_dict)
    session = context["session"]
    action, fields = CALLS[data_dict["call"]]
    now = cases.now(session)
    found = programs.acting(session, str(data_dict.get("token") or ""), terms.today(now))
    if found is None:
        raise Unauthorized(tk._("This token opens nothing here."))
    row, lead = found
    programs.note_use(session, row, now)
    session.commit()
    user: Any = ckan_model.User.get(lead.user_id)
    acting: Any = {"session": session, "user": user.name, "auth_user_obj": user}
    acting[PROGRAM] = Acting(row.id, replace(lead, role=Role.HANDLER))
    given = {name: data_dict["given"][name] for name in fields if name in data_dict["given"]}
    return tk.get_action(action)(acting, given)


def _leading(held: Collection[Held]) -> list[Held]:
    return [each for each in held if each.role == Role.LEAD]


def _lead(held: Collection[Held], unit_id: str) -> Held:
    return next(each for each in _leading(held) if each.unit_id == unit_id)


def _check_few(session: AlchemySession, unit_id: str) -> None:
    day = terms.today(cases.now(session))
    held = members.members_of(session, [unit_id])
    rows = programs.of_units(session, [unit_id], MOST_LISTED)
    if sum(programs.state(row, held, day) is State.ACTIVE for row in rows) >= MOST_IN_USE:
        raise TooManyPrograms(most=MOST_IN_USE)


def _free_id(session: AlchemySession, asked: object) -> str:
    try:
        id = str(uuid.UUID(str(asked))) if asked else str(uuid.uuid4())
    except ValueError as error:
        raise NotFound from error
    if programs.find(session, id) is not None:
        raise MadeBefore
    return id


def _shown(row: Program) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "unit_id": row.unit_id,
        "made_at": as_utc(row.made_at),
        "ends_on": row.ends_on.isoformat(),
        "last_used_at": as_utc(row.last_used_at),
    }

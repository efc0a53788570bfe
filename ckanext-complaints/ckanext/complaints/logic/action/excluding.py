"""Who must not know of a case, and which cases belong together."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import Context, DataDict

from ckanext.complaints.domain import life
from ckanext.complaints.domain.network import NotInNetwork, UserNotFound
from ckanext.complaints.logic import excluding, referring, showing, stepping
from ckanext.complaints.logic.content import content_action
from ckanext.complaints.logic.desk import Desk, at_desk, at_work
from ckanext.complaints.model import cases, exclusions, network, signing
from ckanext.opengov.shared.domain.errors import DomainError, NotFound, NotPermitted
from ckanext.opengov.shared.domain.wording import N_

__all__ = [
    "complaint_exclude",
    "complaint_exclusion_lift",
    "complaint_link",
    "complaint_recuse",
    "complaint_unlink",
]


class Oneself(DomainError):
    """Another step does that, and lets nobody think that a lead ordered it."""

    code = "recuse-instead"
    field = "user"
    template = N_("To step back yourself, say that you have an interest in this case.")


class NotByOneself(DomainError):
    """Whoever stepped back does not come back by their own choice."""

    code = "recused"
    template = N_("Who stepped back from a case stays out of it.")


class LinkToItself(DomainError):
    """It belongs with itself already."""

    code = "link-to-itself"
    field = "other"
    template = N_("Choose another complaint.")


@content_action
def complaint_recuse(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Step back from a case in which one has an interest, for good: one sees nothing more of it.

    Where nobody else works in the unit, the coordinator gets the case.

    Args:
        reference (str): number of the complaint
        version (int): of the case, as it was read
    """
    desk = _held(context, data_dict)
    _exclude(desk, "recusal", user_id=desk.user_id)
    desk.session.commit()
    return {"recused": True}


@content_action
def complaint_exclude(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Keep a case from a person, or from a body with all below it; return it. For leads.

    It goes to the coordinator if its own unit may not know of it any more, and then
    ``{"moved": True}`` is returned.

    Args:
        reference (str): number of the complaint
        user (str, optional): id or name of an account
        org_id (str, optional): id or name of a body of the network; one of the two
        version (int): of the case, as it was read
    """
    desk = _led(context, data_dict)
    if data_dict.get("user"):
        user = ckan_model.User.get(str(data_dict["user"]))
        if user is None or user.state != "active":
            raise UserNotFound
        if user.id == desk.user_id:
            raise Oneself
        _exclude(desk, "lead", user_id=user.id)
    else:
        org_id = network.organization(desk.session, str(data_dict.get("org_id") or ""))
        if org_id is None or org_id not in network.whole(desk.session).bodies:
            raise NotInNetwork(field="org_id")
        _exclude(desk, "lead", org_id=org_id)
    return _shown(desk)


@content_action
def complaint_exclusion_lift(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Let a person or a body know of a case again; return it. For leads.

    Args:
        reference (str): number of the complaint
        id (str): of the exclusion
        version (int): of the case, as it was read
    """
    desk = _led(context, data_dict)
    rows = excluding.known(desk.session, desk.case)
    row = next((each for each in rows if each.id == data_dict.get("id")), None)
    if row is None:
        raise NotFound
    if row.source == "recusal":
        raise NotByOneself
    desk.session.delete(row)
    desk.session.flush()
    _signed(desk, "exclusion-lift", whom=row.org_id or row.user_id)
    return _shown(desk)


@content_action
def complaint_link(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Note that two cases of the unit belong together; return the first.

    Args:
        reference (str): number of the complaint
        other (str): number of the other
        version (int): of the case, as it was read
    """
    desk, other = _two(context, data_dict)
    exclusions.link(desk.session, desk.case.id, other, desk.user_id, desk.now)
    return _linked(desk, "link")


@content_action
def complaint_unlink(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Note that two cases of the unit do not belong together; return the first.

    Args:
        reference (str): number of the complaint
        other (str): number of the other
        version (int): of the case, as it was read
    """
    desk, other = _two(context, data_dict)
    exclusions.unlink(desk.session, desk.case.id, other)
    return _linked(desk, "unlink")


def _two(context: Context, data_dict: DataDict) -> tuple[Desk, str]:
    desk = _held(context, data_dict)
    other = at_desk(context, data_dict.get("other")).case
    if other.owner_unit_id != desk.case.owner_unit_id:
        raise tk.ObjectNotFound(tk._("Complaint not found"))
    if other.id == desk.case.id:
        raise LinkToItself
    return desk, other.id


def _linked(desk: Desk, step: str) -> dict[str, Any]:
    desk.case.version += 1
    details = {"unit_id": desk.unit_id, "for": "staff"}
    stepping.note(desk.session, desk.case, step, desk.actor, desk.now, **details)
    shown = showing.to_staff(desk)
    desk.session.commit()
    return shown


def _held(context: Context, data_dict: DataDict) -> Desk:
    tk.check_access("complaint_list", context, data_dict)
    return at_work(context, data_dict.get("reference"), data_dict.get("version"))


def _led(context: Context, data_dict: DataDict) -> Desk:
    desk = _held(context, data_dict)
    if life.Role.LEAD not in desk.actor.roles:
        raise NotPermitted
    return desk


def _exclude(
    desk: Desk, source: str, *, user_id: str | None = None, org_id: str | None = None
) -> None:
    session, case = desk.session, desk.case
    # Refused, if a row went past the application: signing anew would hide it.
    excluding.known(session, case)
    values = {"case_id": case.id, "org_id": org_id, "user_id": user_id, "source": source}
    if not exclusions.add(session, **values, made_at=desk.now, made_by=desk.user_id):
        return
    assigned = cases.assigned_to(session, case.id)
    if assigned is not None and assigned.user_id == user_id:
        cases.assign(session, case.id, None, desk.user_id, desk.now)
    step = "recuse" if source == "recusal" else "exclude"
    _signed(desk, step, whom=org_id or user_id)
    referring.settle(session, case, desk.now)


def _signed(desk: Desk, step: str, **details: Any) -> None:
    """Sign a case with who must not know of it now, and note it."""
    desk.case.excluded = exclusions.digest(exclusions.of_case(desk.session, desk.case.id))
    desk.case.version += 1
    signing.sign(desk.case)
    details |= {"unit_id": desk.unit_id, "for": "staff"}
    stepping.note(desk.session, desk.case, step, desk.actor, desk.now, **details)


def _shown(desk: Desk) -> dict[str, Any]:
    """Return the case, if it is still its unit's and whoever acted may know of it."""
    rows = excluding.known(desk.session, desk.case)
    is_theirs = desk.case.owner_unit_id == desk.unit_id and not excluding.covers(rows, desk.who)
    shown = showing.to_staff(desk) if is_theirs else {"moved": True}
    desk.session.commit()
    return shown

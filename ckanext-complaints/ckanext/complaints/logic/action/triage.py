"""The slow queue: what came in a flood, to be looked at a page at a time."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.complaints.domain.life import Step
from ckanext.complaints.domain.sayings import said_text
from ckanext.complaints.logic import stepping, telling, vault
from ckanext.complaints.logic.content import content_action
from ckanext.complaints.logic.desk import Desk, Part, at_desk
from ckanext.complaints.logic.vault import Said
from ckanext.opengov.shared.domain.errors import DomainError, NotPermitted
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["complaint_slow_close", "complaint_slow_release"]

MOST = 100


class ChooseSome(DomainError):
    """None is no choice, and more than a page nobody has looked at."""

    code = "choose-some"
    field = "references"
    template = N_("Choose 1 to {most} complaints.")


@domain_action
def complaint_slow_release(context: Context, data_dict: DataDict) -> dict[str, int]:
    """Move complaints from the slow queue to the others; return how many: ``released``.

    Args:
        references (list): numbers of the complaints, 1 to 100; all or none are moved
    """
    done = 0
    for desk in _held(context, data_dict):
        if desk.case.is_slow:
            desk.case.is_slow = False
            desk.case.version += 1
            details = {"unit_id": desk.unit_id, "for": "staff"}
            stepping.note(desk.session, desk.case, "release", desk.actor, desk.now, **details)
            done += 1
    context["session"].commit()
    return {"released": done}


@content_action
def complaint_slow_close(context: Context, data_dict: DataDict) -> dict[str, int]:
    """Close complaints of the slow queue that repeat another; return how many: ``closed``.

    For leads. Each citizen reads the reason, and can appeal.

    Args:
        references (list): numbers of the complaints, 1 to 100; all or none are closed
        duplicate_of (str): number of the one that they repeat, of the same unit
        reason (str): why, as the citizens read it
    """
    held = _held(context, data_dict)
    reason = said_text(data_dict.get("reason"), "reason")
    other = at_desk(context, data_dict.get("duplicate_of")).case
    slow = [desk for desk in held if desk.case.is_slow and desk.case.id != other.id]
    if any(other.owner_unit_id != desk.case.owner_unit_id for desk in slow):
        raise tk.ObjectNotFound(tk._("Complaint not found"))
    for desk in slow:
        _close(desk, reason, other.id)
    context["session"].commit()
    return {"closed": len(slow)}


def _close(desk: Desk, reason: str, other_id: str) -> None:
    session, case = desk.session, desk.case
    said = Said("duplicate", "staff", desk.user_id, desk.unit_id, content={"text": reason})
    vault.say(session, case, said, desk.now)
    telling.soon(session, case, desk.now)
    facts: dict[str, Any] = {"reason": reason, "duplicate_of": other_id, "unit_id": desk.unit_id}
    stepping.take(session, case, Step.CLOSE_DUPLICATE, desk.actor, desk.now, **facts)
    case.dup_of = other_id


def _held(context: Context, data_dict: DataDict) -> list[Desk]:
    """Return the caller with each case that they name, all held, always in the same order.

    Raises:
        ChooseSome: none is named, or too many.
        NotPermitted: one is not their unit's to answer.
    """
    tk.check_access("complaint_list", context, data_dict)
    given = data_dict.get("references")
    named = {str(each) for each in given} if isinstance(given, list) else set()
    if not 1 <= len(named) <= MOST:
        raise ChooseSome(most=MOST)
    held = [at_desk(context, each, lock=True) for each in sorted(named)]
    if any(desk.part is not Part.OWNER for desk in held):
        raise NotPermitted
    return held

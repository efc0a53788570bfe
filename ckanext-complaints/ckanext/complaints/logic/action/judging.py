"""How an uninvolved body decides on an appeal."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.complaints.domain.life import Outcome, Step
from ckanext.complaints.domain.sayings import said_text
from ckanext.complaints.logic import noticing, showing, stepping, telling, vault
from ckanext.complaints.logic.content import content_action
from ckanext.complaints.logic.desk import Part, at_desk
from ckanext.complaints.logic.vault import Said
from ckanext.opengov.shared.domain.versions import check_version

__all__ = ["complaint_appeal_decide", "complaint_appeal_remand"]


@content_action
def complaint_appeal_decide(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Decide on an appeal in place of the body, which closes the case; return what it says.

    Args:
        reference (str): number of the complaint
        outcome (str): ``granted``, ``partly-granted``, ``refused``, ``answered`` or ``settled``
        text (str): the decision and its reasons, as the citizen reads them
    """
    given = str(data_dict.get("outcome") or "")
    outcome = Outcome(given) if given in set(Outcome) else None
    return _decide(context, data_dict, Step.DECIDE, outcome=outcome)


@content_action
def complaint_appeal_remand(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Let the body answer anew; return what the case says.

    Args:
        reference (str): number of the complaint
        text (str): what was wrong with the answer, as the citizen and the body read it
    """
    return _decide(context, data_dict, Step.REMAND)


def _decide(context: Context, data_dict: DataDict, step: Step, **facts: Any) -> dict[str, Any]:
    tk.check_access("complaint_list", context, data_dict)
    desk = at_desk(context, data_dict.get("reference"), lock=True)
    check_version(desk.case.version, data_dict.get("version"))
    text = said_text(data_dict.get("text"))
    content = {"text": text, "outcome": str(facts.get("outcome") or "")}
    said = Said("decision", "staff", desk.user_id, desk.unit_id, content=content)
    vault.say(desk.session, desk.case, said, desk.now)
    telling.soon(desk.session, desk.case, desk.now)
    facts |= {"reason": text, "is_uninvolved": desk.part is Part.JUDGE, "unit_id": desk.unit_id}
    stepping.take(desk.session, desk.case, step, desk.actor, desk.now, **facts)
    if step is Step.REMAND:
        kind = noticing.Notice.REMANDED
        noticing.to_whoever_works_on(desk.session, desk.case, kind, desk.now)
    shown = showing.to_staff(desk)
    desk.session.commit()
    return shown

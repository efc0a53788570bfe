"""How citizens rate what became of their complaint; of many ratings the mean alone is shown."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.complaints.domain.surveys import HIGHEST, LOWEST, check_may_rate
from ckanext.complaints.logic import showing, visiting
from ckanext.complaints.logic.content import content_action
from ckanext.complaints.logic.filing import CITIZEN
from ckanext.complaints.model import cases, figures
from ckanext.opengov.shared.domain.fields import Fields, whole

__all__ = ["complaint_survey"]


@content_action
def complaint_survey(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Rate what became of one's complaint, once it is answered; return the case.

    A rating can be changed as long as the case is there. It stands in no log of the case, and no
    office sees it: it counts in the public figures, where at least ten are told together.

    Args:
        score (int): 1 (not content at all) to 5 (very content)
    """
    tk.check_access("complaint_track", context, data_dict)
    session = context["session"]
    now = cases.now(session)
    guest = visiting.holding_guest(session, data_dict, now)
    case = guest.case
    check_may_rate(case.state, case.outcome or case.standing)
    fields = Fields(data_dict)
    score = fields.take("score", lambda value: whole(value, LOWEST, HIGHEST), LOWEST)
    fields.check()
    figures.rate(session, case.id, score, now)
    shown = showing.to_citizen(session, guest, CITIZEN, now)
    session.commit()
    return shown

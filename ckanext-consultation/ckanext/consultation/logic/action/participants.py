"""How others see those who take part, as each of them chooses."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession, Context, DataDict

from ckanext.consultation.domain import abuse
from ckanext.consultation.domain.description import Settings
from ckanext.consultation.domain.schedule import Phase
from ckanext.consultation.logic import limiting, naming
from ckanext.consultation.logic.access import Caller, caller_of, visible_to
from ckanext.consultation.model import comments as stored
from ckanext.consultation.model import consultations
from ckanext.consultation.model.comments import Participant
from ckanext.consultation.model.consultations import Consultation
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["consultation_participant_show", "consultation_participant_update"]


@tk.side_effect_free
@domain_action
def consultation_participant_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return how others see the caller in a consultation.

    ``kind`` (``account``, ``guest`` or ``organization``), ``display_name``, ``org_name``,
    ``may_be_named``; ``name`` that is shown, or null where the ``number`` is (null as long as
    the caller did nothing); ``is_fixed``: others reacted, or the consultation is not open, so
    that a name is not exchanged for another; ``may_act``: guests still take part.

    Args:
        consultation_id (str): id or name of the consultation
        guest_key (str, optional): the key of a guest, by POST alone
    """
    tk.check_access("consultation_participant_show", context, data_dict)
    row = visible_to(context, tk.get_or_bust(data_dict, "consultation_id"))
    session, caller = context["session"], caller_of(context, row, data_dict)
    participant = caller.known(session)
    is_fixed = not _is_open(session, row, caller)
    if participant is not None and not is_fixed:
        is_fixed = stored.has_reactions(session, participant.id)
    return {**_shown(caller, participant), "is_fixed": is_fixed, "may_act": _may_act(row, caller)}


@domain_action
def consultation_participant_update(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Choose how others see one in a consultation; return it as ``_show`` has it.

    It holds for all that one said there. Once others have answered or voted, or the consultation
    is over, a name is not exchanged for another (``name-stands``): they knew who spoke. To stop
    being named is possible at any time, but not for an organisation.

    Args:
        consultation_id (str): id or name of the consultation
        kind (str, optional): ``account`` (``guest`` for a guest), or ``organization``
        display_name (str, optional): the name of a person
        org_name (str, optional): the name of the organisation for which one speaks
        may_be_named (bool, optional): whether others read the name, and not a number
        guest_key (str, optional): the key of a guest, who has no account
    """
    tk.check_access("consultation_participant_update", context, data_dict)
    row = visible_to(context, tk.get_or_bust(data_dict, "consultation_id"), share=True)
    session, caller = context["session"], caller_of(context, row, data_dict)
    now = consultations.now(session)
    wish = naming.wished(naming.base_of(caller.guest), data_dict)
    limiting.count(abuse.Act.NAME, row.id, caller.key)
    participant = caller.enter(session, now)
    naming.change(session, participant, wish, now, is_open=_is_open(session, row, caller))
    session.commit()
    return consultation_participant_show(context, data_dict)


def _may_act(row: Consultation, caller: Caller) -> bool:
    return caller.guest is None or Settings.read(row.settings).guests


def _is_open(session: AlchemySession, row: Consultation, caller: Caller) -> bool:
    """Tell whether the caller could say something now, or later."""
    phase = row.window.phase(consultations.now(session))
    is_ahead = row.state == "published" and phase is not Phase.CLOSED
    return is_ahead and _may_act(row, caller)


def _shown(caller: Caller, participant: Participant | None) -> dict[str, Any]:
    if participant is None:
        nothing = dict.fromkeys(("number", "name", "display_name", "org_name"))
        return {**nothing, "kind": naming.base_of(caller.guest), "may_be_named": False}
    return {
        "number": participant.number,
        "name": participant.shown_name,
        "kind": participant.kind,
        "display_name": participant.display_name,
        "org_name": participant.org_name,
        "may_be_named": participant.may_be_named,
    }

"""By when complaints are answered, and where these numbers come from."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.complaints.domain import catalogue as rules
from ckanext.complaints.logic import changing
from ckanext.complaints.model import catalogue, network
from ckanext.complaints.model.catalogue import Policy
from ckanext.opengov.shared import readers
from ckanext.opengov.shared.domain.errors import NotFound
from ckanext.opengov.shared.domain.fields import Fields
from ckanext.opengov.shared.domain.versions import check_version
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["complaint_policy_create", "complaint_policy_list", "complaint_policy_update"]


@tk.side_effect_free
@domain_action
def complaint_policy_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the policies, those in use first.

    Each of ``results`` has the fields of ``_create``, ``id`` and ``version``. ``source`` says by
    field where a number comes from; one that it leaves out has no source yet, and is to be
    confirmed by the country.
    """
    tk.check_access("complaint_category_list", context, data_dict)
    return {"results": [_shown(row) for row in catalogue.policies(context["session"])]}


@domain_action
def complaint_policy_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Make a policy; return it. For stewards. Its numbers never change: they were promised.

    Args:
        code (str): what it is called in data; stays
        label_translated (dict): what it is called, by language
        day_type (str): ``calendar`` or ``working``: how the days of an answer are counted
        ack_days (int): working days until a person acknowledges
        answer_days (int): days until the answer
        extension_days (int): days by which a lead may put it off, once
        again_days (int): days for another answer after a reopening or a remand
        appeal_days (int): calendar days within which an answer can be appealed
        decision_days (int): calendar days within which an appeal is decided
        reopen_days (int): calendar days within which a case can be reopened
        pause_days (int): calendar days for which a question stops the clock, at most
        pause_wait_days (int): calendar days after which work goes on without a reply
        accept_days (int): working days to accept or refuse a referral
        retention_days (int): calendar days from the end of a case until it is erased
        source (dict, optional): where a number comes from, by field
    """
    session, user_id, at = changing.by_steward(context, data_dict)
    network.hold(session)
    values = rules.read_policy(data_dict, readers.languages())
    if catalogue.policy(session, str(values["code"]), lock=True):
        raise rules.CodeTaken
    row = catalogue.make_policy(session, **values)
    numbers = {name: getattr(row, name) for name in ("day_type", *rules.PERIODS)}
    changing.note(session, row.id, "policy-create", user_id, at, code=row.code, **numbers)
    session.commit()
    return _shown(row)


@domain_action
def complaint_policy_update(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Call a policy otherwise, name its sources, or take it out of use; return it. For stewards.

    For other numbers make another policy, and give it to the categories: what people were
    promised stays.

    Args:
        id (str): id or code of the policy
        label_translated (dict, optional): what it is called, by language
        source (dict, optional): where a number comes from, by field
        active (bool, optional): whether categories can have it
        version (int, optional): as it was read; if it has changed meanwhile, nothing is stored
    """
    session, user_id, at = changing.by_steward(context, data_dict)
    row = catalogue.policy(session, str(data_dict.get("id") or ""), lock=True)
    if row is None:
        raise NotFound
    check_version(row.version, data_dict.get("version"))
    stored = {"label_translated": row.labels, "source": row.source, "active": row.active}
    fields = Fields({**stored, **data_dict})
    values = rules.read_words(fields, readers.languages())
    fields.check()
    in_use = {each.policy_id for each in catalogue.categories(session)}
    if not values["active"] and row.id in in_use:
        raise rules.PolicyInUse
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    session.flush()
    changing.note(session, row.id, "policy-update", user_id, at, active=row.active)
    session.commit()
    return _shown(row)


def _shown(row: Policy) -> dict[str, Any]:
    return {
        "id": row.id,
        "code": row.code,
        "label_translated": row.labels,
        "day_type": row.day_type,
        **{name: getattr(row, name) for name in rules.PERIODS},
        "source": row.source,
        "active": row.active,
        "version": row.version,
    }

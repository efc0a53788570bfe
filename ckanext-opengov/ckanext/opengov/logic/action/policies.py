"""Which findings block: per body, within what the country asks of all."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import Context, DataDict

from ckanext.opengov.logic.steps import actor_of
from ckanext.opengov.model import policies
from ckanext.opengov.shared import audit
from ckanext.opengov.shared.domain.errors import DomainError, Several
from ckanext.opengov.shared.domain.moments import utc_now
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action
from ckanext.opengov.validation.weights import (
    CODES,
    FLOORS,
    RANK,
    WEIGHTS,
    Policy,
    Weight,
    default,
    title_of,
)

__all__ = ["opengov_policy_show", "opengov_policy_update"]


class NoWeights(DomainError):
    """Not an object with weights."""

    code = "no-weights"
    field = "weights"
    template = N_("Give a weight by code: ignore, warn or block; empty for the usual one.")


class UnknownCode(DomainError):
    """The check gives out no such code."""

    code = "unknown-code"
    template = N_("The check has no such kind of finding.")


class UnknownWeight(DomainError):
    """None of the three."""

    code = "unknown-weight"
    template = N_("Choose ignore, warn or block, or nothing for the usual weight.")


class BelowMinimum(DomainError):
    """The country, or the file itself, asks for more."""

    code = "below-minimum"
    template = N_("This may not weigh less. The least here is “{least}”.")


@tk.side_effect_free
@domain_action
def opengov_policy_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return which findings block the files of a body, or what the country asks of all bodies.

    ``results`` has for each code ``{"code", "title", "usual", "least", "wish", "weight"}``:
    weights are ``ignore``, ``warn`` and ``block``; ``least`` is what may not be gone below,
    ``wish`` what the body (or the country) chose, null for the usual one, ``weight`` what holds.

    Args:
        id (str, optional): id or name of the body; without one: the country
    """
    body_id = _body_id(data_dict)
    tk.check_access("opengov_policy_show", context, {"id": body_id})
    return _shown(policies.of_body(context["session"], body_id), body_id)


@domain_action
def opengov_policy_update(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Choose which findings block the files of a body; return what ``opengov_policy_show`` does.

    What is published stays: a policy counts where a file is checked, reviewed and approved. It
    counts at once for reports that are there already. Codes that are not named stay as they are.

    Args:
        id (str, optional): id or name of the body; without one, what no body may go below
        weights (dict): by code ``ignore``, ``warn`` or ``block``; null or empty for the usual
    """
    body_id, session = _body_id(data_dict), context["session"]
    tk.check_access("opengov_policy_update", context, {"id": body_id})
    # Two changes at once take turns, so that the log tells what came of both.
    lock = sa.func.hashtextextended(f"opengov.policy:{body_id}", 0)
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
    before = policies.of_body(session, body_id)
    wanted = _weights(data_dict.get("weights"), before, body_id)
    old = before.wishes if body_id else before.country
    changed = {code: weight for code, weight in wanted.items() if weight != old.get(code)}
    if changed:
        now = utc_now()
        policies.put(session, body_id, changed, now)
        audit.record(
            session,
            subject=f"policy:{body_id or 'country'}",
            step="change",
            actor_id=actor_of(context, None).user_id,
            at=now,
            details={"weights": {code: weight or "" for code, weight in changed.items()}},
        )
    session.commit()
    return _shown(policies.of_body(session, body_id), body_id)


def _body_id(data_dict: DataDict) -> str:
    given = data_dict.get("id")
    if given in (None, ""):
        return policies.COUNTRY
    body = ckan_model.Group.get(str(given))
    if body is None or not body.is_organization or body.state != "active":
        raise tk.ObjectNotFound(tk._("Organization not found"))
    return str(body.id)


def _weights(given: object, before: Policy, body_id: str) -> dict[str, Weight | None]:
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            given = None
    if not isinstance(given, dict):
        raise NoWeights
    wanted: dict[str, Weight | None] = {}
    errors: list[DomainError] = []
    for code, value in given.items():
        try:
            weight = _weight(code, value)
            least = before.least(code) if body_id else FLOORS.get(code, Weight.IGNORE)
            if weight and RANK[weight] < RANK[least] and weight != before.wishes.get(code):
                word = tk._(WEIGHTS[least])
                raise BelowMinimum(field=code, least=word)
            wanted[code] = weight
        except DomainError as error:
            errors.append(error)
    if errors:
        raise Several(*errors)
    return wanted


def _weight(code: str, value: object) -> Weight | None:
    if code not in CODES:
        raise UnknownCode(field=str(code)[:100])
    if value in (None, ""):
        return None
    if value not in list(Weight):
        raise UnknownWeight(field=code)
    return Weight(str(value))


def _shown(policy: Policy, body_id: str) -> dict[str, Any]:
    wishes = policy.wishes if body_id else policy.country
    results = [
        {
            "code": code,
            "title": tk._(title_of(code)),
            "usual": default(code),
            "least": policy.least(code) if body_id else FLOORS.get(code, Weight.IGNORE),
            "wish": wishes.get(code),
            "weight": policy.weight(code),
        }
        for code in CODES
    ]
    return {"body_id": body_id or None, "results": results}

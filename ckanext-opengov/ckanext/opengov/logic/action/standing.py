"""Standing approvals: asked for by an editor, given by a reviewer, ended by either."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession, Context, DataDict

from ckanext.opengov import messages
from ckanext.opengov.domain import standing as rules
from ckanext.opengov.domain.publication import NotPublished, ReasonNeeded, State
from ckanext.opengov.domain.standing import Facts, Step
from ckanext.opengov.logic import standing as steps
from ckanext.opengov.logic import upserting
from ckanext.opengov.logic.bodies import title as title_of_body
from ckanext.opengov.logic.people import people_of
from ckanext.opengov.logic.steps import actor_of, package_of, state_of
from ckanext.opengov.model import publication, standing, upserts
from ckanext.opengov.model.standing import Standing
from ckanext.opengov.shared import pager, redaction
from ckanext.opengov.shared.domain.errors import DomainError, NotPermitted
from ckanext.opengov.shared.domain.lifecycle import outlook
from ckanext.opengov.shared.domain.moments import as_utc, utc_now
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action, sentence_of
from ckanext.opengov.validation.records import is_about_the_table

__all__ = [
    "opengov_standing_decline",
    "opengov_standing_end",
    "opengov_standing_grant",
    "opengov_standing_list",
    "opengov_standing_request",
    "opengov_standing_show",
]

DAYS_SHOWN = 30


class NotADay(DomainError):
    """A day that cannot be read."""

    code = "not-a-day"
    field = "until"
    template = N_("Give a day as 2026-12-31.")


class UnknownState(DomainError):
    """No approval stands so."""

    code = "unknown-state"
    field = "state"
    template = N_("Choose one of these states: {choices}.")


@domain_action
def opengov_standing_request(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Ask for a standing approval for a published CSV file with a schema; return it.

    Once another person has given it, editors of the body add rows by ``opengov_table_upsert``
    without a review of each call.

    Args:
        resource_id (str): id of the file's resource
        reason (str): what it is for; the reviewers read it
        mode (str): ``append`` (only new rows) or ``upsert`` (also replace rows by their key)
        most_rows (int): records in one call, 1 to 5000
        most_rows_a_day (int): records in one local day, 1 to 1000000
    """
    session, now = context["session"], utc_now()
    resource = session.get(ckan_model.Resource, str(tk.get_or_bust(data_dict, "resource_id")))
    if resource is None:
        raise tk.ObjectNotFound(tk._("Resource not found"))
    package = package_of(context, str(resource.package_id))
    tk.check_access("opengov_standing_request", context, {"id": package.id})
    actor = actor_of(context, package.owner_org)
    if actor.roles.isdisjoint(rules.AUTHORS) or actor.user_id is None:
        raise NotPermitted
    mode = rules.mode_of(data_dict.get("mode"))
    reason = _reason(data_dict)
    if not reason:
        raise ReasonNeeded
    rows = rules.rows_of(data_dict.get("most_rows"), "most_rows", rules.MOST_RECORDS)
    daily = rules.rows_of(data_dict.get("most_rows_a_day"), "most_rows_a_day", rules.MOST_A_DAY)
    upserts.lock(session, resource.id)
    if state_of(publication.find(session, package.id)) is not State.PUBLISHED:
        raise NotPublished
    file = upserting.served(session, resource.id)
    if file is None or not file.is_table or resource.id in redaction.plans_of(session, package.id):
        raise rules.NotFitting
    rules.check_terms(file.schema, mode, is_about_the_table=is_about_the_table(file.schema))
    if standing.open_of(session, resource.id) is not None:
        raise rules.AlreadyOpen
    row = Standing(
        id=str(uuid.uuid4()),
        package_id=package.id,
        resource_id=resource.id,
        state=rules.State.REQUESTED,
        mode=mode,
        reason=reason,
        most_rows=rows,
        most_rows_a_day=daily,
        terms=file.candidate.schema,
        asked_by=actor.user_id,
        asked_at=now,
    )
    session.add(row)
    session.flush()
    steps.note(session, row, "request", actor, now, standing=row.id, files=[resource.id])
    session.commit()
    return _shown(context, [row])[0]


@domain_action
def opengov_standing_grant(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Give a standing approval; return it. Nobody gives what they asked for.

    Args:
        id (str): id of the approval
        until (str): the last day on which it holds, at most a year ahead
    """
    return _take(context, data_dict, Step.GRANT, until=_day(data_dict.get("until")))


@domain_action
def opengov_standing_decline(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Decline what is asked for; return it.

    Args:
        id (str): id of the approval
        reason (str): why, for who asked
    """
    return _take(context, data_dict, Step.DECLINE, reason=_reason(data_dict))


@domain_action
def opengov_standing_end(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """End a standing approval, or take a request back; return it.

    The body's editors and reviewers may, and sysadmins.

    Args:
        id (str): id of the approval
        reason (str): why, for the others
    """
    return _take(context, data_dict, Step.END, reason=_reason(data_dict))


@tk.side_effect_free
@domain_action
def opengov_standing_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return a standing approval.

    ``use`` has the last thirty days on which rows came, the newest first:
    ``{"day", "calls", "rows"}``; ``steps`` what the caller's role allows next:
    ``{"step", "obstacle"}``; ``waiting_calls`` how many calls the published file lacks yet;
    ``lost_calls`` how many were answered and came into no file.

    Args:
        id (str): id of the approval
    """
    row, _package = _found(context, data_dict)
    return _shown(context, [row])[0]


@tk.side_effect_free
@domain_action
def opengov_standing_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return standing approvals of the caller's bodies, the newest request first.

    Args:
        dataset_id (str): only those of this dataset, by id or name
        state (str): only those that are ``requested``, ``granted``, ``declined`` or ``ended``
        to_decide (bool): only requests in bodies that the caller reviews, by others
        cursor (str): ``next_cursor`` of the page before
        limit (int): 1 to 100, 20 by default
    """
    tk.check_access("opengov_standing_list", context, data_dict)
    session, user_id = context["session"], actor_of(context, None).user_id or ""
    package_id, states = None, _states(data_dict)
    bodies: list[str] | None = [each.id for each in publication.bodies_worked_in(session, user_id)]
    if data_dict.get("dataset_id"):
        package = package_of(context, str(data_dict["dataset_id"]))
        tk.check_access("opengov_standing_request", context, {"id": package.id})
        package_id, bodies = package.id, None
    is_to_decide = str(data_dict.get("to_decide")).lower() in ("true", "1", "yes", "on")
    if is_to_decide:
        bodies, states = publication.bodies_reviewed_by(session, user_id), ["requested"]
    query, *order = standing.listed(bodies, package_id, states)
    if is_to_decide:
        query = query.where(Standing.asked_by != user_id)
    found = pager.page(session, query, order, data_dict, newest_first=True)
    shown = {each["id"]: each for each in _shown(context, [row[0] for row in found.rows])}
    answer: dict[str, Any] = found.as_dict(lambda row: shown[row[0].id])
    counted = sa.select(sa.func.count()).select_from(query.order_by(None).subquery())
    return {**answer, "count": session.execute(counted).scalar()}


def _found(
    context: Context, data_dict: DataDict, *, lock: bool = False
) -> tuple[Standing, ckan_model.Package]:
    """Return an approval whose dataset the caller may edit."""
    session = context["session"]
    row = standing.find(session, str(tk.get_or_bust(data_dict, "id")), lock=lock)
    if row is None:
        raise tk.ObjectNotFound(tk._("This was not found."))
    package = package_of(context, row.package_id)
    try:
        tk.check_access("opengov_standing_show", context, {"id": package.id})
    except tk.NotAuthorized as error:
        # Not even that there is one.
        raise tk.ObjectNotFound(tk._("This was not found.")) from error
    return row, package


def _take(context: Context, data_dict: DataDict, step: Step, **details: Any) -> dict[str, Any]:
    session, now = context["session"], utc_now()
    row, package = _found(context, data_dict, lock=True)
    actor = steps.person_of(context, package.owner_org)
    facts = steps.facts_of(session, package, row, now, **details)
    steps.take(session, row, step, actor, facts, now)
    session.commit()
    return _shown(context, [row])[0]


def _reason(data_dict: DataDict) -> str:
    given = data_dict.get("reason")
    reason = given.strip() if isinstance(given, str) else ""
    if len(reason) > rules.MAX_REASON:
        raise rules.ReasonTooLong(most=rules.MAX_REASON)
    return reason


def _day(given: object) -> date | None:
    """Return a day; None: nothing was given."""
    if given in (None, ""):
        return None
    try:
        return date.fromisoformat(str(given))
    except ValueError as error:
        raise NotADay from error


def _states(data_dict: DataDict) -> list[str]:
    wanted = data_dict.get("state")
    if not wanted:
        return []
    if wanted not in list(rules.State):
        raise UnknownState(choices=", ".join(rules.State))
    return [str(wanted)]


def _shown(context: Context, found: Iterable[Standing]) -> list[dict[str, Any]]:
    """Return approvals as the API shows them."""
    session, now, listed = context["session"], utc_now(), list(found)
    packages = publication.packages_of(session, {row.package_id for row in listed})
    uses = standing.uses_of(session, [row.id for row in listed], DAYS_SHOWN)
    return [
        _one(context, row, packages[row.package_id], uses.get(row.id, []), now)
        for row in listed
        if row.package_id in packages
    ]


def _one(
    context: Context,
    row: Standing,
    package: ckan_model.Package,
    uses: list[standing.Use],
    now: datetime,
) -> dict[str, Any]:
    session = context["session"]
    ids = [row.asked_by, row.decided_by, row.ended_by]
    people = people_of(session, package.owner_org, ids)
    resource = session.get(ckan_model.Resource, row.resource_id)
    body = next(iter(publication.bodies(session, [package.owner_org or ""])), None)
    language = tk.h.lang() or ""
    return {
        "id": row.id,
        "dataset_id": row.package_id,
        "dataset_name": package.name,
        "dataset_title": messages.title_of(package.extras, package.title or "", language),
        "body": title_of_body(body) if body else "",
        "resource_id": row.resource_id,
        "resource_name": (resource.name if resource else "") or "",
        "state": row.state,
        "mode": row.mode,
        "reason": row.reason,
        "most_rows": row.most_rows,
        "most_rows_a_day": row.most_rows_a_day,
        "asked_by": people.get(row.asked_by),
        "asked_at": as_utc(row.asked_at),
        "decided_by": people.get(row.decided_by) if row.decided_by else None,
        "decided_at": as_utc(row.decided_at),
        "until": row.until.isoformat() if row.until else None,
        "ended_by": people.get(row.ended_by) if row.ended_by else None,
        "ended_at": as_utc(row.ended_at),
        "end_code": row.end_code,
        "end_reason": row.end_reason,
        "use": [
            {"day": each.day.isoformat(), "calls": each.calls, "rows": each.rows} for each in uses
        ],
        "waiting_calls": upserts.count_waiting(session, [row.resource_id]),
        "lost_calls": upserts.count_lost(session, row.id),
        "steps": _next(session, package, row, steps.person_of(context, package.owner_org), now),
    }


def _next(
    session: AlchemySession, package: ckan_model.Package, row: Standing, actor: Any, now: datetime
) -> list[dict[str, Any]]:
    """Return what the actor's role allows next; what steps bring themselves is taken as given."""
    given: dict[str, Any] = {"reason": "-", "rows": 1, "wanted": "append"}
    if row.state == rules.State.REQUESTED:
        given["until"] = steps.today(now)
    facts: Facts = steps.facts_of(session, package, row, now, **given)
    found = outlook(rules.TRANSITIONS, rules.State(row.state), actor, facts)
    return [{"step": step, "obstacle": _obstacle(error)} for step, error in found.items()]


def _obstacle(error: DomainError | None) -> dict[str, str] | None:
    if error is None:
        return None
    return {"code": error.code, "field": error.field, "message": sentence_of(error)}

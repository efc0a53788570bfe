"""What the steps of a standing approval share: who acts, what is known, how it is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ckan import model as ckan_model
from ckan.types import AlchemySession, Context

from ckanext.opengov import config, standing_messages
from ckanext.opengov.domain.membership import beholden
from ckanext.opengov.domain.standing import (
    OPERATOR,
    SUITE,
    TRANSITIONS,
    End,
    Facts,
    State,
    Step,
    change_of,
)
from ckanext.opengov.logic.candidates import Candidate
from ckanext.opengov.logic.reminders import day_of
from ckanext.opengov.logic.steps import actor_of
from ckanext.opengov.model import publication, standing
from ckanext.opengov.model.standing import Standing
from ckanext.opengov.shared import audit
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.lifecycle import advance

THE_SUITE = Actor(None, frozenset({SUITE}))
AT_ONCE = 200


def person_of(context: Context, owner_org: str | None) -> Actor:
    """Return the caller with their roles; a sysadmin may end what a body was given."""
    actor = actor_of(context, owner_org)
    user = ckan_model.User.get(actor.user_id) if actor.user_id else None
    if user is not None and user.sysadmin:
        return Actor(actor.user_id, actor.roles | {OPERATOR})
    return actor


def today(now: datetime) -> date:
    """Return the local day of a moment."""
    return day_of(now).today


def facts_of(
    session: AlchemySession, package: ckan_model.Package, row: Standing, now: datetime, **more: Any
) -> Facts:
    """Gather what the guards look at. ``more`` are further fields of :class:`Facts`."""
    asker = frozenset({row.asked_by})
    known = {
        "today": today(now),
        "barred": asker | beholden(publication.roles_given(session, package.owner_org), asker),
        "one_person_body": config.allows_one_person_bodies()
        and len(publication.roles_in(session, package.owner_org)) == 1,
        "until": row.until,
        "mode": row.mode,
        "most_rows": row.most_rows,
        "most_rows_a_day": row.most_rows_a_day,
        "rows_today": standing.rows_on(session, row.id, today(now)),
    }
    return Facts(**{**known, **more})


def take(
    session: AlchemySession, row: Standing, step: Step, actor: Actor, facts: Facts, now: datetime
) -> None:
    """Take a step of an approval, in the open transaction: ask the rules, store, audit, tell."""
    row.state = advance(TRANSITIONS, State(row.state), step, actor, facts)
    if step is Step.GRANT:
        row.until = facts.until
    if step in (Step.GRANT, Step.DECLINE):
        row.decided_by, row.decided_at = actor.user_id, now
    if step is Step.DECLINE:
        row.end_reason = facts.reason.strip()
    if step is Step.END:
        row.ended_by, row.ended_at = actor.user_id, now
        row.end_code, row.end_reason = row.end_code or End.PERSON, facts.reason.strip()
    details: dict[str, Any] = {"standing": row.id, "files": [row.resource_id]}
    if step is Step.GRANT and row.until:
        details["until"] = row.until.isoformat()
    if step is Step.END:
        details["end_code"] = row.end_code
    note(session, row, step, actor, now, **details)


def note(
    session: AlchemySession, row: Standing, step: str, actor: Actor, now: datetime, **details: Any
) -> None:
    """Write a step in the dataset's history, and tell of it."""
    audit.record(
        session,
        subject=f"dataset:{row.package_id}",
        step=f"standing-{step}",
        actor_id=actor.user_id,
        at=now,
        details=details,
    )
    standing_messages.tell(session, row, step, actor_id=actor.user_id, now=now)


def end_by_itself(session: AlchemySession, resource_id: str, code: End, now: datetime) -> None:
    """End what is asked for or granted for a file, because it has no object any more."""
    row = standing.open_of(session, resource_id, lock=True)
    if row is not None:
        _end(session, row, code, now)


def end_of_dataset(session: AlchemySession, package_id: str, code: End, now: datetime) -> None:
    """End what is asked for or granted for the files of a dataset."""
    for row in standing.open_of_dataset(session, package_id):
        _end(session, row, code, now)


def end_of_changed(
    session: AlchemySession,
    package_id: str,
    before: Mapping[str, Candidate],
    after: Mapping[str, Candidate],
    now: datetime,
) -> None:
    """End what was asked for or granted for files that are others now, or have another schema."""
    for row in standing.open_of_dataset(session, package_id):
        was, now_is = before.get(row.resource_id), after.get(row.resource_id)
        code: End | None = End.FILE
        if was is not None and now_is is not None and was.sha256 == now_is.sha256:
            code = change_of(was.descriptor, now_is.descriptor)
        if code is not None:
            _end(session, row, code, now)


def end_past(session: AlchemySession, now: datetime) -> int:
    """End the approvals whose last day has passed, in the open transaction; return how many."""
    found = standing.past(session, today(now), AT_ONCE)
    for row in found:
        _end(session, row, End.DAY, now)
    return len(found)


def terms_of(row: Standing) -> dict[str, Any]:
    """Return the schema under which an approval was asked for."""
    found: dict[str, Any] = json.loads(row.terms)
    return found


def _end(session: AlchemySession, row: Standing, code: End, now: datetime) -> None:
    row.end_code = code
    take(session, row, Step.END, THE_SUITE, Facts(today=today(now), reason=code), now)
    row.end_reason = None

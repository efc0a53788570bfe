"""What the staff is told of its cases: that there is something to do, and never in which case.

A notice names no case, no number and nobody; its link leads to a list, which shows each what is
theirs. What comes within half an hour goes in one mail. These are matters of duty: a
reader's wish for fewer mails does not hold them back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.complaints.domain.network import Role
from ckanext.complaints.logic import excluding, terms
from ckanext.complaints.model import cases, members
from ckanext.complaints.model.cases import Case
from ckanext.opengov.shared import outbox
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.outbox import Message, News
from ckanext.opengov.shared.rendering import Said, To, renders

LEADS, WORKERS = frozenset({Role.LEAD}), frozenset({Role.LEAD, Role.HANDLER})
WATCHERS = frozenset({Role.SUPERVISOR})
SPACE = timedelta(minutes=30)
BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
"""From when half hours are counted."""


class Notice(StrEnum):
    """What staff is told; those that follow from a date bear the names of ``escalation.RULES``."""

    NEW = "complaints-new"
    ASSIGNED = "complaints-assigned"
    REPLIED = "complaints-replied"
    APPEALED = "complaints-appealed"
    ASKED = "complaints-asked"
    REPLIED_UNIT = "complaints-replied-unit"
    LEFT = "complaints-left"
    REMANDED = "complaints-remanded"
    RESUMED = "complaints-resumed"
    ACK_SOON = "complaints-ack-soon"
    ACK_LATE = "complaints-ack-late"
    ANSWER_SOON = "complaints-answer-soon"
    ANSWER_VERY_SOON = "complaints-answer-very-soon"
    ANSWER_LATE = "complaints-answer-late"
    ANSWER_VERY_LATE = "complaints-answer-very-late"
    DECISION_SOON = "complaints-decision-soon"
    DECISION_LATE = "complaints-decision-late"


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one kind of notice."""

    heading: str
    sentence: str
    todo: str
    is_of_a_date: bool = False
    """Once a day is enough."""
    endpoint: str = "complaints_desk.index"
    roles: frozenset[Role] = WORKERS
    """Who has lost these since is told nothing."""


SOON, LATE = N_("Complaints that are due soon"), N_("Complaints that are late")
LOOK = N_("Your worklist shows which, those due first.")
ASK = N_("Ask the unit what is in the way. What the complaint says is not yours to read.")
WORDING = {
    Notice.NEW: Wording(
        N_("New complaints"),
        N_("A complaint came in for your unit."),
        N_("Give it to somebody, or take it yourself."),
    ),
    Notice.ASSIGNED: Wording(
        N_("Complaints given to you"),
        N_("A complaint was given to you."),
        N_("Read it, and confirm that to the citizen."),
    ),
    Notice.REPLIED: Wording(
        N_("What citizens wrote"), N_("A citizen wrote in a complaint of your unit."), LOOK
    ),
    Notice.APPEALED: Wording(
        N_("Appeals against answers"),
        N_("An appeal came in for your unit to decide on."),
        N_("Read it, and decide within the time."),
    ),
    Notice.ASKED: Wording(
        N_("Requests of other units"),
        N_("Another unit asks yours about a complaint."),
        N_("Accept or refuse within the time shown."),
        endpoint="complaints_requests.index",
    ),
    Notice.REPLIED_UNIT: Wording(
        N_("Requests of other units"),
        N_("Another unit answered in a complaint of your unit."),
        LOOK,
    ),
    Notice.LEFT: Wording(
        N_("Complaints that nobody has any more"),
        N_("Somebody left your unit, and their complaints wait to be given to others."),
        LOOK,
    ),
    Notice.REMANDED: Wording(
        N_("Appeals against answers"),
        N_("An appeal against an answer of your unit was upheld: the unit answers anew."),
        LOOK,
    ),
    Notice.RESUMED: Wording(
        N_("Complaints that go on"),
        N_("The time to reply to a question of your unit is over: the work goes on without."),
        LOOK,
    ),
    Notice.ACK_SOON: Wording(
        SOON,
        N_("A complaint of your unit is to be acknowledged within one working day."),
        LOOK,
        is_of_a_date=True,
    ),
    Notice.ANSWER_SOON: Wording(
        SOON,
        N_("A complaint of your unit is to be answered within 5 working days."),
        LOOK,
        is_of_a_date=True,
    ),
    Notice.ANSWER_VERY_SOON: Wording(
        SOON,
        N_("A complaint of your unit is to be answered within 2 working days."),
        LOOK,
        is_of_a_date=True,
    ),
    Notice.DECISION_SOON: Wording(
        SOON, N_("An appeal is to be decided within 5 working days."), LOOK, is_of_a_date=True
    ),
    Notice.ACK_LATE: Wording(
        LATE,
        N_("A complaint of your unit was not acknowledged in time."),
        LOOK,
        is_of_a_date=True,
    ),
    Notice.ANSWER_LATE: Wording(
        LATE,
        N_("A complaint of your unit is late: the citizen can appeal against the silence."),
        LOOK,
        is_of_a_date=True,
    ),
    Notice.ANSWER_VERY_LATE: Wording(
        LATE,
        N_("A body over which you watch is late with an answer by more than 5 working days."),
        ASK,
        is_of_a_date=True,
        endpoint="complaints_overview.index",
        roles=WATCHERS,
    ),
    Notice.DECISION_LATE: Wording(
        LATE,
        N_("A body over which you watch did not decide on an appeal in time."),
        ASK,
        is_of_a_date=True,
        endpoint="complaints_overview.index",
        roles=WATCHERS,
    ),
}


def recipients(session: AlchemySession, case: Case, user_ids: Collection[str]) -> frozenset[str]:
    """Return those of these people who may know of a case: every list of them passes here."""
    if not case.excluded:
        return frozenset(user_ids)
    return excluding.those_who_may_know(session, case, user_ids)


def to_unit(
    session: AlchemySession,
    unit_id: str,
    kind: Notice,
    now: datetime,
    *,
    roles: frozenset[Role] = LEADS,
    case: Case | None = None,
) -> None:
    """Tell those of a unit who have one of these roles; where nobody may know, all who work there.

    In the caller's transaction. ``case``: of which it is, for ``recipients``.
    """
    held = members.members_of(session, [unit_id])
    for some in (roles, WORKERS):
        people = frozenset(each.user_id for each in held if each.role in some)
        if case is not None:
            people = recipients(session, case, people)
        if people:
            break
    to_people(session, people, kind, now)


def to_whoever_works_on(session: AlchemySession, case: Case, kind: Notice, now: datetime) -> None:
    """Tell whoever has a case; as long as nobody has, the leads of its unit."""
    row = cases.assigned_to(session, case.id)
    if row is None:
        to_unit(session, case.owner_unit_id, kind, now, case=case)
    else:
        to_people(session, recipients(session, case, {row.user_id}), kind, now)


def to_people(
    session: AlchemySession, user_ids: Iterable[str], kind: Notice, now: datetime
) -> None:
    """Tell these people, in the caller's transaction; of a kind of dates once a day."""
    is_of_a_date = WORDING[kind].is_of_a_date
    until = _half_hour_after(morning(now) if is_of_a_date else now)
    since = terms.today(now) if is_of_a_date else until
    news = News(kind, {}, f"{kind} {since.isoformat()}")
    outbox.gather(session, news, list(user_ids), now, until=until)


def morning(now: datetime) -> datetime:
    """Return when people may be told of a date: now, or when mails go out on this day."""
    local = now.astimezone(terms.zone())
    hour = int(tk.config["ckanext.opengov.digest_hour"])
    return max(now, datetime.combine(local.date(), time(hour), local.tzinfo))


def _half_hour_after(moment: datetime) -> datetime:
    return BEGINS + ((moment - BEGINS) // SPACE + 1) * SPACE


@renders({kind: wording.heading for kind, wording in WORDING.items()}, is_urgent=True)
def render(session: AlchemySession, to: To, messages: Sequence[Message]) -> list[Said | None]:
    """Return what each notice says to somebody who still works where it comes from."""
    roles = {each.role for each in members.held_by(session, to.user.id)}
    return [_said(WORDING[Notice(each.kind)], roles, each, to.language) for each in messages]


def _said(wording: Wording, roles: set[str], message: Message, language: str) -> Said | None:
    if wording.roles.isdisjoint(roles):
        return None
    url = str(tk.url_for(wording.endpoint, locale=language, _external=True))
    sentence, todo = tk._(wording.sentence), tk._(wording.todo)
    return Said(sentence, todo, url, is_past=message.read_at is not None)

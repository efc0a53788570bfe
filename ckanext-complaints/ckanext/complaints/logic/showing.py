"""What a case looks like: to its citizen, to those who work on it, and in lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.complaints.domain import clock, life, receipts, surveys
from ckanext.complaints.domain.filing import Mode
from ckanext.complaints.keys import Purpose
from ckanext.complaints.logic import (
    attaching,
    excluding,
    placing,
    referring,
    stepping,
    terms,
    vault,
)
from ckanext.complaints.logic.desk import Desk, Part
from ckanext.complaints.logic.visiting import Guest
from ckanext.complaints.model import (
    cases,
    catalogue,
    exclusions,
    figures,
    network,
    people,
    referrals,
    sealed,
)
from ckanext.complaints.model.cases import Case
from ckanext.complaints.model.referrals import Referral, Word
from ckanext.complaints.model.sealed import Message
from ckanext.opengov.shared import audit, readers
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.moments import as_utc
from ckanext.opengov.shared.domain.texts import as_texts, pick

Categories = Mapping[str, str]
"""What categories are called, by id."""

MOST_OPENINGS = 100
MOST_STEPS = 500
MOST_LINKS = 50
NOT_TALK = frozenset({"acknowledgement"})


def to_citizen(
    session: AlchemySession, guest: Guest, actor: Actor, now: datetime
) -> dict[str, Any]:
    """Return a case as its citizen sees it."""
    case, day = guest.case, terms.today(now)
    named = placing.names(session)
    said = vault.heard(guest.held, sealed.messages_of(session, case.id))
    ahead = stepping.ahead(session, case, actor, day)
    return {
        **about(session, case, day, named),
        "conversation": talk(said, named, attaching.by_message(session, case, guest.held)),
        "form": form(session, case),
        "timeline": timeline(session, case, named),
        "openings": openings(session, case, named),
        "steps": {step: each.code if each else None for step, each in ahead.items()},
        "rating": figures.rating_of(session, case.id),
        "may_rate": surveys.may_rate(case.state, case.outcome or case.standing),
    }


def to_staff(desk: Desk) -> dict[str, Any]:
    """Return a case as those see it who work on it."""
    session, case, day = desk.session, desk.case, terms.today(desk.now)
    named, held = placing.names(session), vault.held_by_service(session, case)
    is_owner, is_judge = desk.part is Part.OWNER, desk.part is Part.JUDGE
    said = vault.heard(held, _read_by(desk))
    ahead = stepping.ahead(session, case, desk.actor, day, is_uninvolved=is_judge)
    now_with = cases.assigned_to(session, case.id)
    person = ckan_model.User.get(now_with.user_id) if now_with else None
    return {
        **about(session, case, day, named),
        "conversation": talk(said, named, attaching.by_message(session, case, held)),
        "form": form(session, case),
        "timeline": timeline(session, case, named, staff=is_owner),
        "part": desk.part,
        "is_lead": life.Role.LEAD in desk.actor.roles,
        "is_held": case.legal_hold,
        "steps": {step: each.code if each else None for step, each in ahead.items()},
        "citizen": _citizen(session, case) if desk.part is not Part.JOINT else {},
        "pause_days": terms.terms_of(session, case).policy.pause_days,
        "assigned_to": person.display_name if person else None,
        "is_mine": now_with is not None and now_with.user_id == desk.user_id,
        "requests": requests(desk, named),
        **(_beside(desk, named) if is_owner else {}),
    }


def _read_by(desk: Desk) -> list[Message]:
    """Return the messages that a unit reads: internal notes are its own alone."""
    rows = sealed.messages_of(desk.session, desk.case.id, staff=desk.part is Part.OWNER)
    return [row for row in rows if row.key_kind == "talk" or row.unit_id == desk.unit_id]


def _linked(desk: Desk) -> list[Case]:
    """Return the cases of the unit that belong to one, of which the caller may know."""
    seen = sa.not_(exclusions.concerns(desk.who.user_id, desk.who.org_ids))
    own = Case.owner_unit_id == desk.case.owner_unit_id
    return exclusions.linked(desk.session, desk.case.id, MOST_LINKS, own, seen)


def _beside(desk: Desk, named: Mapping[str, placing.Names]) -> dict[str, Any]:
    """Return what the unit that has a case sees besides: who is excluded, and what is like it."""
    session, case = desk.session, desk.case
    rows = excluding.known(session, case)
    users = people.named(session, {row.user_id for row in rows if row.user_id})
    titles = placing.titles(network.whole(session), readers.here_first())
    units = referring.choices(session, case, rows) if case.state in life.OPEN else []
    return {
        "excluded": [
            {
                "id": row.id,
                "name": {**titles, **users}.get(row.org_id or str(row.user_id), ""),
                "kind": "body" if row.org_id else "person",
                "source": row.source,
            }
            for row in rows
        ],
        "links": [
            {"number": each.reference, "reference": receipts.shown(each.reference)}
            for each in _linked(desk)
        ],
        "units": [
            {"id": id, "unit": named[id].unit, "body": named[id].body, "kind": named[id].kind}
            for id in units
        ],
    }


def requests(desk: Desk, named: Mapping[str, placing.Names]) -> list[dict[str, Any]]:
    """Return what was asked of other units in a case; whoever was asked sees their own alone."""
    rows = [
        row
        for row in referrals.of_case(desk.session, desk.case.id)
        if desk.part is Part.OWNER or row.to_unit == desk.unit_id
    ]
    if desk.part is Part.JUDGE or not rows:
        return []
    said: dict[str, list[Any]] = {}
    for word in referrals.words_of(desk.session, [row.id for row in rows]):
        said.setdefault(word.referral_id, []).append(word)
    day = terms.today(desk.now)
    return [asked(row, said.get(row.id, []), named, day) for row in rows]


def asked(
    row: Referral, words: Iterable[Word], named: Mapping[str, placing.Names], day: date
) -> dict[str, Any]:
    """Return what one unit asked another, with what both said."""
    return {
        "id": row.id,
        "mode": row.mode,
        "state": row.rule().state_on(day),
        "from": _by(row.from_unit, named),
        "to": _by(row.to_unit, named),
        "at": as_utc(row.made_at),
        "expires_on": _day(row.expires_on),
        "days_left": clock.days_left(row.expires_on, day),
        "words": [
            {
                "kind": word.kind,
                "by": _by(word.unit_id, named),
                "at": as_utc(word.at),
                "text": referring.heard(row, word),
            }
            for word in words
        ],
    }


def _citizen(session: AlchemySession, case: Case) -> dict[str, str]:
    """Return who filed a case, if they gave their name to the office."""
    row = session.get(sealed.Identity, case.id)
    if row is None or case.mode != Mode.NAMED:
        return {}
    return vault.open_for(Purpose.IDENTITY, case.id, row.key_id, row.blob)


def about(
    session: AlchemySession, case: Case, day: date, named: Mapping[str, placing.Names]
) -> dict[str, Any]:
    """Return what is known of a case without opening it."""
    dates, deadlines = terms.dates_of(case), terms.deadlines_of(case)
    return {
        **listed(case, day, named, categories(session)),
        **{name: _day(getattr(dates, name)) for name in dates.__slots__},
        **{str(each): _day(deadlines.of(each)) for each in clock.Due},
        "lang": case.lang,
        "closed_at": as_utc(case.closed_at),
        "version": case.version,
    }


def categories(session: AlchemySession) -> Categories:
    """Return what categories are called in the reader's language, those out of use too."""
    rows, languages = catalogue.categories(session, only_active=False), readers.here_first()
    return {row.id: pick(row.labels, languages) for row in rows}


def listed(
    case: Case, day: date, named: Mapping[str, placing.Names], categories: Categories
) -> dict[str, Any]:
    """Return what a list says of a case: nothing that is sealed."""
    unit = named.get(case.owner_unit_id)
    return {
        "reference": receipts.shown(case.reference),
        "number": case.reference,
        "mode": case.mode,
        "channel": case.channel,
        "state": case.state,
        "outcome": case.outcome or case.standing,
        "category": categories.get(case.category_id or ""),
        "region": case.region,
        "body": unit.body if unit else "",
        "unit": unit.unit if unit else "",
        "unit_id": case.owner_unit_id,
        "received_at": as_utc(case.received_at),
        "answer_due": _day(case.answer_due),
        "decision_due": _day(case.decision_due),
        "is_late": _is_late(case, day),
        "days_left": clock.days_left(case.decision_due or case.answer_due, day),
    }


def in_list(row: Any, day: date, user_id: str | None) -> dict[str, Any]:
    """Return what a worklist says of a case, from a row of ``model.worklists``."""
    languages = readers.here_first()
    body = pick(as_texts(row.titles) or {}, languages) or row.title or ""
    unit = placing.Names(pick(row.unit, languages), body, row.org_id, row.kind)
    category = {row.Case.category_id: pick(row.category or {}, languages)}
    return {
        **listed(row.Case, day, {row.Case.owner_unit_id: unit}, category),
        "assigned_to": row.fullname or row.name,
        "is_mine": row.user_id is not None and row.user_id == user_id,
    }


def _is_late(case: Case, day: date) -> bool:
    """Tell whether the answer, or the decision on the appeal, is overdue."""
    dates, deadlines = terms.dates_of(case), terms.deadlines_of(case)
    if deadlines.decision_due:
        return day > deadlines.decision_due
    return clock.is_refused_by_silence(dates, deadlines, day)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def talk(
    said: Iterable[tuple[Message, Mapping[str, Any]]],
    named: Mapping[str, placing.Names],
    files: Mapping[str, list[dict[str, Any]]],
) -> list[dict[str, Any]]:
    """Return what was said, the oldest first, each with its files."""
    return [
        {
            "seq": row.seq,
            "kind": row.kind,
            "author": row.author,
            "files": files.get(row.id, []),
            "key": row.key_kind,
            "by": _by(row.unit_id, named),
            "at": as_utc(row.at),
            **content,
        }
        for row, content in said
        if row.kind not in NOT_TALK
    ]


def form(session: AlchemySession, case: Case) -> list[dict[str, Any]]:
    """Return the questions that a case answers besides, as they were asked."""
    row = catalogue.form(session, case.form_id) if case.form_id else None
    return list(row.questions) if row else []


def _by(unit_id: str | None, named: Mapping[str, placing.Names]) -> dict[str, str] | None:
    unit = named.get(unit_id or "")
    return {"unit": unit.unit, "body": unit.body} if unit else None


def timeline(
    session: AlchemySession,
    case: Case,
    named: Mapping[str, placing.Names],
    *,
    staff: bool = False,
) -> list[dict[str, Any]]:
    """Return what happened to a case, the oldest first; who of the staff did it, is not told."""
    query, number = audit.of_subject(f"complaint:{case.id}")
    rows = session.execute(query.order_by(number).limit(MOST_STEPS)).scalars()
    return [
        {
            "step": row.step,
            "at": as_utc(row.at),
            "by": _by(row.details.get("unit_id"), named),
            "is_mine": row.actor_id is None and row.details.get("by") != "system",
        }
        for row in rows
        if staff or row.details.get("for", "all") == "all"
    ]


def openings(
    session: AlchemySession, case: Case, named: Mapping[str, placing.Names]
) -> list[dict[str, Any]]:
    """Return who on the staff opened a case, by unit; the newest first."""
    found = cases.openings(session, case.id, MOST_OPENINGS)
    return [{"at": as_utc(row.at), "by": _by(row.unit_id, named)} for row in found]

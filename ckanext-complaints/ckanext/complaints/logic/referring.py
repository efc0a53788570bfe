"""How a case gets to another unit, and how several work on it; the citizen's dates stay."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from ckan.types import AlchemySession

from ckanext.complaints.domain import life
from ckanext.complaints.domain import referrals as rules
from ckanext.complaints.domain.life import TRANSITIONS
from ckanext.complaints.domain.referrals import Facts, Holding, Mode, Next, Role, State, Step
from ckanext.complaints.keys import Purpose
from ckanext.complaints.logic import (
    excluding,
    noticing,
    placing,
    stepping,
    telling,
    terms,
    vault,
)
from ckanext.complaints.logic.noticing import Notice
from ckanext.complaints.model import cases, exclusions, network, referrals, signing
from ckanext.complaints.model.cases import Case
from ckanext.complaints.model.exclusions import Exclusion
from ckanext.complaints.model.referrals import Referral, Word
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError, StepNotAllowed
from ckanext.opengov.shared.domain.lifecycle import advance
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.keyring import Unreadable

log = logging.getLogger(__name__)

SYSTEM = Actor(None, frozenset({life.Role.SYSTEM}))
AT_ONCE = 200
"""Requests that one sweep looks at."""


class NobodyElse(DomainError):
    """The case would be left with nobody who may work on it."""

    code = "nobody-else"
    template = N_(
        "Nobody else could take this complaint. Ask the stewards of the network to name a"
        " coordinator, or to admit a colleague."
    )


@dataclass(frozen=True, slots=True)
class By:
    """Who does something in a case that is held, and as whose member."""

    user_id: str
    unit_id: str
    now: datetime


def holding(session: AlchemySession, case: Case, excluded: Sequence[Exclusion]) -> Holding:
    """Return who has a case, and where it was, as the rules look at it.

    Raises:
        Unreadable: the case, or a request, was altered past the application.
    """
    signing.check(case)
    rows = referrals.of_case(session, case.id)
    for row in rows:
        signing.check(row)
    history = [row.rule() for row in rows]
    return Holding(case.owner_unit_id, _coordinator(session, case, excluded), history)


def _coordinator(session: AlchemySession, case: Case, excluded: Sequence[Exclusion]) -> str | None:
    """Return who gets a case that nobody takes: the nearest coordinator who may, and can."""
    whole, bars = network.whole(session), excluding.of_units(session, excluded)
    for org_id in whole.above(whole.units[case.owner_unit_id].org_id):
        unit = whole.units.get(whole.bodies[org_id].coordinator_unit_id or "")
        if unit and unit.active and not bars(unit.id) and works(session, unit.id, excluded):
            return unit.id
    return None


def works(session: AlchemySession, unit_id: str, excluded: Sequence[Exclusion]) -> bool:
    """Tell whether somebody works in a unit who may know of a case."""
    barred = {row.user_id for row in excluded if row.user_id}
    return bool(placing.workers(session, unit_id) - barred)


def _bars(session: AlchemySession, excluded: Sequence[Exclusion]) -> Callable[[str], bool]:
    """Return what tells of a unit that it may not know of a case, or is not there to take it."""
    whole, is_excluded = network.whole(session), excluding.of_units(session, excluded)

    def bars(unit_id: str) -> bool:
        unit = whole.units.get(unit_id)
        return unit is None or not unit.active or is_excluded(unit_id)

    return bars


def choices(session: AlchemySession, case: Case, excluded: Sequence[Exclusion]) -> list[str]:
    """Return the units that can be asked for something: those for a form to offer."""
    held, bars = holding(session, case, excluded), _bars(session, excluded)
    units, day = list(network.whole(session).units), terms.today(cases.now(session))
    asked = {mode: rules.choices(held, units, mode, day, bars) for mode in Mode}
    return [unit for unit in units if any(unit in found for found in asked.values())]


def propose(
    session: AlchemySession, case: Case, to_unit: str, mode: Mode, text: str, by: By
) -> Referral:
    """Ask another unit; what the coordinator decides is done at once.

    Raises:
        DomainError: this cannot be asked, or not of this unit.
    """
    if (life.State(case.state), life.Step.HAND_OVER) not in TRANSITIONS:
        raise StepNotAllowed(state=case.state, step=life.Step.HAND_OVER)
    excluded, day = excluding.known(session, case), terms.today(by.now)
    held, bars = holding(session, case, excluded), _bars(session, excluded)
    rules.check_proposal(held, to_unit, mode, day, bars)
    if not works(session, to_unit, excluded):
        raise rules.UnitNotAvailable
    row = referrals.make(
        case_id=case.id,
        from_unit=case.owner_unit_id,
        to_unit=to_unit,
        mode=mode,
        state=State.PROPOSED,
        is_by_coordinator=held.is_with_coordinator,
        made_at=by.now,
        made_by=by.user_id,
        expires_on=terms.terms_of(session, case).referral_due(day),
    )
    signing.sign(row)
    session.add(row)
    session.flush()
    say(session, row, "ask", text, by)
    _note(session, case, "refer", by, row)
    noticing.to_unit(session, to_unit, Notice.ASKED, by.now, case=case)
    if mode is Mode.TRANSFER and held.is_with_coordinator:
        _advance(row, Step.ACCEPT, Actor(None, frozenset({Role.SYSTEM})), by.now)
        hand_over(session, case, to_unit, SYSTEM, by.now)
    return row


def accept(session: AlchemySession, case: Case, row: Referral, by: By, text: str = "") -> None:
    """Do what is asked: take the case, work on it too, or say what one knows (``text``)."""
    _advance(row, Step.ACCEPT, _receiver(by), by.now)
    if text:
        say(session, row, "say", text, by)
    if row.mode == Mode.TRANSFER:
        actor = Actor(by.user_id, frozenset({life.Role.RECEIVER}))
        hand_over(session, case, row.to_unit, actor, by.now)
    else:
        _note(session, case, "refer-accept", by, row)
        noticing.to_whoever_works_on(session, case, Notice.REPLIED_UNIT, by.now)


def refuse(session: AlchemySession, case: Case, row: Referral, reason: str, by: By) -> None:
    """Say no, and which unit should; after two refusals the coordinator gets the case."""
    _advance(row, Step.REFUSE, _receiver(by), by.now, reason)
    say(session, row, "refuse", reason, by)
    _note(session, case, "refer-refuse", by, row)
    noticing.to_whoever_works_on(session, case, Notice.REPLIED_UNIT, by.now)
    _send_up(session, case, by.now)


def withdraw(session: AlchemySession, case: Case, row: Referral, by: By) -> None:
    """Ask no more."""
    _advance(row, Step.WITHDRAW, Actor(by.user_id, frozenset({Role.SENDER})), by.now)
    _note(session, case, "refer-withdraw", by, row)


def end(session: AlchemySession, case: Case, row: Referral, by: By) -> None:
    """End joint work, as one of the two units."""
    _advance(row, Step.END, Actor(by.user_id, frozenset({Role.SENDER})), by.now)
    _note(session, case, "refer-end", by, row)


def say(session: AlchemySession, row: Referral, kind: str, text: str, by: By) -> None:
    """Keep what a unit says in a referral; the other one reads it, and nobody else."""
    word = Word(id=str(uuid.uuid4()), referral_id=row.id, unit_id=by.unit_id)
    word.user_id, word.kind, word.at = by.user_id, kind, by.now
    content = {"text": text}
    word.service_key_id, word.blob = vault.seal_for(
        Purpose.SERVICE, row.case_id, content, f"{row.id} {word.id}"
    )
    signing.sign(word)
    session.add(word)
    session.flush()


def heard(row: Referral, word: Word) -> str:
    """Return what was said; raises ``Unreadable``."""
    signing.check(word)
    where = f"{row.id} {word.id}"
    found = vault.open_for(Purpose.SERVICE, row.case_id, word.service_key_id, word.blob, where)
    return str(found["text"])


def hand_over(
    session: AlchemySession, case: Case, unit_id: str, actor: Actor, now: datetime
) -> None:
    """Give a case that is held to another unit, which nobody of the former one reads any more."""
    stepping.take(session, case, life.Step.HAND_OVER, actor, now, is_referred=True, unit_id=unit_id)
    case.owner_unit_id = unit_id
    signing.sign(case)
    cases.assign(session, case.id, None, actor.user_id or "", now)
    for row in referrals.of_case(session, case.id):
        if row.to_unit == unit_id and row.mode != Mode.TRANSFER and row.state in referrals.STANDS:
            row.state, row.decided_at = State.ENDED, now
            signing.sign(row)
    telling.soon(session, case, now)
    noticing.to_unit(session, unit_id, Notice.NEW, now, case=case)


def settle(session: AlchemySession, case: Case, now: datetime) -> bool:
    """Let a case that is held be with those alone who may know of it; tell whether it moved.

    Raises:
        NobodyElse: nobody could take it.
        Unreadable: it was altered past the application.
    """
    signing.check(case)
    excluded = excluding.known(session, case)
    bars = excluding.of_units(session, excluded)
    for row in referrals.of_case(session, case.id):
        if row.state in referrals.STANDS and bars(row.to_unit):
            row.state, row.decided_at = State.ENDED, now
            signing.sign(row)
    if case.appeal_unit_id and bars(case.appeal_unit_id):
        case.appeal_unit_id = placing.judge_of(session, case)
        signing.sign(case)
    if not bars(case.owner_unit_id) and works(session, case.owner_unit_id, excluded):
        return False
    coordinator = _coordinator(session, case, excluded)
    if coordinator in (None, case.owner_unit_id):
        raise NobodyElse
    _to_coordinator(session, case, str(coordinator), now)
    return True


def _send_up(session: AlchemySession, case: Case, now: datetime) -> None:
    held = holding(session, case, excluding.known(session, case))
    if rules.next_step(held, terms.today(now)) is Next.TO_COORDINATOR:
        _to_coordinator(session, case, str(held.coordinator_unit), now)


def _to_coordinator(session: AlchemySession, case: Case, unit_id: str, now: datetime) -> None:
    """Give a case to the coordinator, in whatever state it is."""
    row = referrals.make(
        case_id=case.id,
        from_unit=case.owner_unit_id,
        to_unit=unit_id,
        mode=Mode.TRANSFER,
        state=State.ACCEPTED,
        is_by_coordinator=False,
        made_at=now,
        made_by=None,
        expires_on=terms.today(now),
    )
    for each in referrals.of_case(session, case.id):
        if each.state == State.PROPOSED and each.mode == Mode.TRANSFER:
            each.state, each.decided_at = State.WITHDRAWN, now
            signing.sign(each)
    session.flush()
    signing.sign(row)
    session.add(row)
    if (life.State(case.state), life.Step.HAND_OVER) in TRANSITIONS:
        hand_over(session, case, unit_id, SYSTEM, now)
        return
    # Answered or appealed: it is the same case, with another unit behind the answer.
    case.owner_unit_id = unit_id
    case.version += 1
    signing.sign(case)
    cases.assign(session, case.id, None, "", now)
    stepping.note(session, case, "hand-over", SYSTEM, now, unit_id=unit_id)


def sweep(session: AlchemySession, now: datetime) -> int:
    """Write down what time or the network has decided; each case in a transaction of its own."""
    day, done = terms.today(now), 0
    for case_id, id in [(row.case_id, row.id) for row in referrals.expired(session, day, AT_ONCE)]:
        done += _one(session, case_id, partial(_expire, session, case_id, id, now))
    for case_id in {case.id for case, _org_id in exclusions.open_with_bodies(session)}:
        done += _one(session, case_id, partial(_settled, session, case_id, now))
    for case_id in [case.id for case in cases.unjudged(session, AT_ONCE)]:
        done += _one(session, case_id, partial(_judged, session, case_id, now))
    return done


def _one(session: AlchemySession, case_id: str, work: Callable[[], int]) -> int:
    """Do something in one case; the others go on if it was altered past the application."""
    try:
        return work()
    except Unreadable:
        session.rollback()
        log.error("Complaint %s was altered, and stays as it is", case_id)  # noqa: TRY400
        return 0


def _expire(session: AlchemySession, case_id: str, id: str, now: datetime) -> int:
    case, row = cases.find(session, case_id, lock=True), referrals.find(session, id)
    done = 0
    if case and row and row.state == State.PROPOSED and row.expires_on < terms.today(now):
        signing.check(case)
        signing.check(row)
        _advance(row, Step.EXPIRE, Actor(None, frozenset({Role.SYSTEM})), now)
        by = By("", row.to_unit, now)
        _note(session, case, "refer-expire", by, row)
        _send_up(session, case, now)
        done = 1
    session.commit()
    return done


def _settled(session: AlchemySession, case_id: str, now: datetime) -> int:
    case, moved = cases.find(session, case_id, lock=True), False
    try:
        moved = case is not None and settle(session, case, now)
    except NobodyElse:
        session.rollback()
    session.commit()
    return int(moved)


def _judged(session: AlchemySession, case_id: str, now: datetime) -> int:
    case = cases.find(session, case_id, lock=True)
    if case and case.state == life.State.APPEALED and case.appeal_unit_id is None:
        signing.check(case)
        case.appeal_unit_id = placing.judge_of(session, case)
        signing.sign(case)
        if case.appeal_unit_id:
            noticing.to_unit(session, case.appeal_unit_id, Notice.APPEALED, now, case=case)
    found = bool(case and case.appeal_unit_id)
    session.commit()
    return int(found)


def _advance(row: Referral, step: Step, actor: Actor, now: datetime, reason: str = "") -> None:
    facts = Facts(terms.today(now), row.rule(), reason)
    row.state = advance(rules.TRANSITIONS, State(row.state), step, actor, facts)
    row.decided_at = now
    signing.sign(row)


def _receiver(by: By) -> Actor:
    return Actor(by.user_id, frozenset({Role.RECEIVER}))


def _note(session: AlchemySession, case: Case, step: str, by: By, row: Referral) -> None:
    case.version += 1
    details: dict[str, Any] = {"unit_id": row.to_unit, "mode": row.mode, "by_unit": by.unit_id}
    actor = Actor(by.user_id or None, frozenset())
    stepping.note(session, case, step, actor, by.now, **details)

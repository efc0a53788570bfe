"""How a complaint becomes a case: its place in the network, its keys, its dates and its receipt."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ckan.types import AlchemySession

from ckanext.complaints import argon, keys
from ckanext.complaints.domain import acknowledgements, crypto, receipts
from ckanext.complaints.domain.filing import Complaint, Notices
from ckanext.complaints.domain.life import Role, State
from ckanext.complaints.keys import Purpose
from ckanext.complaints.logic import noticing, placing, stepping, terms, vault
from ckanext.complaints.logic.vault import Said
from ckanext.complaints.model import cases, signing
from ckanext.complaints.model.cases import Case
from ckanext.complaints.model.sealed import Access, Contact, Identity, Message
from ckanext.opengov.shared.domain.actors import Actor

CITIZEN = Actor(None, frozenset({Role.CITIZEN}))
TRIES = 20


@dataclass(frozen=True, slots=True)
class Filed:
    """A new case, and what its citizen alone gets."""

    case: Case
    message: Message
    """What the complaint says."""
    reference: str
    secret: str = field(repr=False)
    acknowledgement: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who brought a complaint, and into which queue."""

    by: Actor = CITIZEN
    """A clerk, who then knows the secret until it is changed."""
    unit_id: str | None = None
    """The clerk's."""
    is_slow: bool = False


def file_case(
    session: AlchemySession,
    complaint: Complaint,
    channel: str,
    now: datetime,
    arrival: Arrival | None = None,
) -> Filed:
    """Make a case, in the caller's transaction."""
    arrival = arrival or Arrival()
    placed = placing.place(session, complaint)
    day = terms.today(now)
    terms.keep_calendar(session)
    counted = terms.terms(session, placed.policy_id, placed.org_id, day)
    case = Case(
        id=str(uuid.uuid4()),
        reference=_new_reference(session),
        track="ordinary",
        mode=complaint.mode,
        channel=channel,
        lang=complaint.language,
        category_id=placed.category_id,
        policy_id=placed.policy_id,
        form_id=placed.form_id,
        region=complaint.region or None,
        owner_unit_id=placed.unit_id,
        calendar_org_id=placed.org_id,
        excluded="",
        state=State.REGISTERED,
        received_at=now,
        received_on=day,
        epoch=1,
        version=1,
        was_reopened=False,
        legal_hold=False,
        is_slow=arrival.is_slow,
    )
    terms.put(case, counted.deadlines(terms.dates_of(case)))
    signing.sign(case)
    session.add(case)
    session.flush()
    secret = receipts.new_secret()
    is_known = arrival.by is not CITIZEN
    own = give_access(session, case, secret, now, is_temporary=is_known)
    vault.begin(session, case, own, now)
    content = content_of(complaint)
    message = vault.say(session, case, Said("complaint", "citizen", content=content), now)
    _seal_person(session, case, complaint)
    paper = acknowledge(session, case, complaint.happened, now)
    noted = {"unit_id": arrival.unit_id or case.owner_unit_id}
    stepping.note(session, case, "file", arrival.by, now, **noted)
    noticing.to_unit(session, case.owner_unit_id, noticing.Notice.NEW, now, case=case)
    return Filed(case, message, case.reference, secret, paper)


def content_of(complaint: Complaint) -> dict[str, Any]:
    """Return what a complaint says, as its first message keeps it."""
    said = {
        "happened": complaint.happened,
        "wanted": complaint.wanted,
        "place": complaint.place,
        "day": complaint.day.isoformat() if complaint.day else "",
        "when": complaint.when,
        "form": dict(complaint.form),
    }
    return {name: text for name, text in said.items() if text}


def give_access(
    session: AlchemySession, case: Case, secret: str, now: datetime, *, is_temporary: bool = False
) -> bytes:
    """Let a secret open a case, and no other that did before; return the citizen's public key."""
    lock, derived = argon.lock(secret, case.reference)
    citizen = crypto.new_pair()
    row = Access(
        case_id=case.id,
        salt=lock.salt,
        kdf=lock.kdf._asdict(),
        pepper_id=lock.pepper_id,
        verifier=lock.verifier,
        citizen_pk=citizen.public,
        wrapped_sk=crypto.wrap(derived.wrap, citizen.secret, case.id, pad=False),
        must_change=is_temporary,
        changed_at=now,
    )
    signing.sign(row)
    session.merge(row)
    session.flush()
    return citizen.public


def acknowledge(session: AlchemySession, case: Case, text: str, now: datetime) -> bytes:
    """Return the signed acknowledgement, which the case keeps too."""
    named = placing.names_of(session, case.owner_unit_id, case.lang)
    stated = {
        "reference": receipts.shown(case.reference),
        "body": named.body,
        "unit": named.unit,
        "received_on": case.received_on.isoformat(),
        "ack_due": case.ack_due.isoformat(),
        "answer_due": case.answer_due.isoformat(),
    }
    paper = acknowledgements.acknowledge(*keys.signer(), stated, text)
    said = Said("acknowledgement", "system", content={"document": paper.decode()})
    vault.say(session, case, said, now)
    return paper


def _new_reference(session: AlchemySession) -> str:
    for _ in range(TRIES):
        reference = receipts.new_reference()
        if not cases.is_taken(session, reference):
            return reference
    raise RuntimeError("no number is free")


def _seal_person(session: AlchemySession, case: Case, complaint: Complaint) -> None:
    """Keep who it is and where they are told, each under a key of its own."""
    where = {"email": complaint.email, "phone": complaint.phone}
    told = {**where, "notices": complaint.notices}
    for purpose, table, person in (
        (Purpose.IDENTITY, Identity, {"name": complaint.name, **where}),
        (Purpose.NOTIFIER, Contact, told if complaint.notices != Notices.NONE else {}),
    ):
        given = {name: str(each) for name, each in person.items() if each}
        if given:
            key_id, blob = vault.seal_for(purpose, case.id, given)
            session.add(table(case_id=case.id, key_id=key_id, blob=blob))

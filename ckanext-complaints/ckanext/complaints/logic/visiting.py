"""How a citizen comes to their case: by the two numbers of the receipt, then by a ticket.

Whoever gives a number that there is not, and whoever gives a wrong secret, costs the same
statements and the same derivation, and reads the same sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import has_request_context, request

from ckan.types import AlchemySession

from ckanext.complaints import argon
from ckanext.complaints.domain import crypto, receipts, tickets
from ckanext.complaints.domain.crypto import Kdf, KeyPair, Unreadable
from ckanext.complaints.domain.tickets import Ticket
from ckanext.complaints.logic import vault
from ckanext.complaints.model import cases, sealed, signing, visits
from ckanext.complaints.model.cases import Case
from ckanext.complaints.model.sealed import Access
from ckanext.complaints.model.visits import Visit
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.limits import Limit, network_of

STAYS = timedelta(minutes=30)
"""From one page to the next."""
TRIES = Limit("complaint-track", 60, timedelta(hours=1))
"""Of one network: a hundred people may sit behind it, and 10^16 secrets are not tried so."""


class WrongPair(DomainError):
    """No case has this number and this secret; which of them is wrong, nobody is told."""

    code = "wrong-pair"
    field = "secret"
    template = N_(
        "No complaint has this number together with this code. Look at both once more on your"
        " receipt."
    )


class TooManyTries(DomainError):
    """Slow down; from another network the case stays open."""

    code = "too-many"
    field = "secret"
    template = N_("Too many tries from this connection. Minutes until the next try: {minutes}")


class VisitOver(DomainError):
    """The cookie is gone, or time is."""

    code = "visit-over"
    template = N_("Your visit has ended. Enter the number and the code again.")


class SecretFirst(DomainError):
    """Somebody else knows the secret: until it is changed, it opens nothing."""

    code = "change-secret-first"
    template = N_(
        "A clerk filed this complaint with you and has seen the code. Get another code first: then"
        " you alone can open it."
    )


@dataclass(frozen=True, slots=True)
class Guest:
    """A citizen in their own case."""

    case: Case
    access: Access
    citizen: KeyPair = field(repr=False)
    held: vault.Held = field(repr=False)


def arrive(session: AlchemySession, reference: str, secret: str) -> Guest:
    """Return the citizen with these two numbers.

    Raises:
        DomainError: they are none; WrongPair, TooManyTries.
        argon.Busy: too many wait.
    """
    reference, secret = receipts.read_reference(reference), receipts.read_secret(secret)
    _count_try()
    found = sealed.access_of(session, reference)
    derived = argon.unlock(_lock_of(found[1]) if found else None, secret, reference)
    if derived is None or found is None:
        raise WrongPair
    case, access = found
    own = crypto.unwrap(derived.wrap, access.wrapped_sk, case.id, pad=False)
    return _guest(session, case, access, own)


def _lock_of(access: Access) -> argon.Lock:
    kdf = Kdf.read(access.kdf)
    return argon.Lock(access.salt, access.pepper_id, access.verifier, kdf)


def _guest(session: AlchemySession, case: Case, access: Access, secret: bytes) -> Guest:
    signing.check(access)
    citizen = crypto.pair_of(secret, access.citizen_pk)
    return Guest(case, access, citizen, vault.held_by_citizen(session, case, citizen))


def _count_try() -> None:
    network = network_of(request.remote_addr or "") if has_request_context() else ""
    wait = TRIES.take(network) if network else None
    if wait:
        raise TooManyTries(minutes=int(wait.total_seconds() // 60) + 1)


def stay(session: AlchemySession, guest: Guest, now: datetime) -> Ticket:
    """Return a ticket by which the citizen comes from one page to the next."""
    ticket = tickets.new()
    session.add(
        Visit(
            hash=ticket.hash,
            case_id=guest.case.id,
            blob=crypto.wrap(ticket.key, guest.citizen.secret, f"visit {guest.case.id}", pad=False),
            expires_at=now + STAYS,
        )
    )
    session.flush()
    return ticket


def _come_back(session: AlchemySession, ticket: Ticket | None, now: datetime) -> Guest:
    """Return the citizen with a ticket.

    Raises:
        VisitOver: too late, left, or no ticket of ours.
    """
    row = visits.visit(session, ticket.hash, now) if ticket else None
    if row is None or ticket is None:
        raise VisitOver
    case, access = cases.find(session, row.case_id), session.get(Access, row.case_id)
    if case is None or access is None:
        raise VisitOver
    try:
        own = crypto.unwrap(ticket.key, row.blob, f"visit {case.id}", pad=False)
        guest = _guest(session, case, access, own)
    except Unreadable as error:
        raise VisitOver from error
    return guest


def guest_of(
    session: AlchemySession, given: Mapping[str, Any], now: datetime, *, for_secret: bool = False
) -> Guest:
    """Return the citizen who asks: by the ticket of a page, or by the numbers themselves.

    All that a citizen looks at in a case passes here. ``for_secret``: to change the secret.

    Raises:
        SecretFirst: a clerk knows it, and something else is asked for.
    """
    guest = _recognised(session, given, now, for_secret=for_secret)
    _stay_on(session, given, now)
    return guest


def holding_guest(
    session: AlchemySession, given: Mapping[str, Any], now: datetime, *, for_secret: bool = False
) -> Guest:
    """Return the citizen who asks, in their case, which is held against every other change.

    All that a citizen changes in a case passes here; see ``guest_of``.

    Raises:
        VisitOver: meanwhile somebody else changed the secret, or the case was deleted.
    """
    guest = _recognised(session, given, now, for_secret=for_secret)
    before = guest.access.verifier
    held = cases.find(session, guest.case.id, lock=True)
    access = sealed.access_to(session, guest.case.id)
    if held is None or access is None or access.verifier != before:
        raise VisitOver
    _stay_on(session, given, now)
    return guest


def _recognised(
    session: AlchemySession, given: Mapping[str, Any], now: datetime, *, for_secret: bool
) -> Guest:
    if given.get("visit") is not None:
        # Pages send it, empty where the browser has none: nobody typed a number.
        guest = _come_back(session, tickets.read(given["visit"]), now)
    else:
        numbers = (str(given.get(name) or "") for name in ("reference", "secret"))
        guest = arrive(session, *numbers)
    if guest.access.must_change and not for_secret:
        raise SecretFirst
    return guest


def _stay_on(session: AlchemySession, given: Mapping[str, Any], now: datetime) -> None:
    ticket = tickets.read(given.get("visit"))
    if ticket and not visits.stay_on(session, ticket.hash, now + STAYS):
        raise VisitOver


def leave(session: AlchemySession, ticket: Ticket | None) -> None:
    """End a visit."""
    if ticket:
        row = session.get(Visit, ticket.hash)
        if row is not None:
            session.delete(row)

"""What people do with a second factor: set it up, use it, turn it off, have it reset."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ckan.types import AlchemySession

from ckanext.opengov.shared import audit, keyring, outbox
from ckanext.opengov.shared.domain import totp
from ckanext.opengov.shared.domain.second_factor import (
    Broken,
    NothingToReset,
    NotOn,
    OnlyRecovery,
    SetUpExpired,
    State,
    WrongCode,
    WrongHandover,
)
from ckanext.opengov.shared.second_factor import rows
from ckanext.opengov.shared.second_factor.mail import Kind
from ckanext.opengov.shared.second_factor.rows import Standing

RECOVERY_CODES = 10
MOST_FAILURES = 1000
"""Wrong codes in a row, after which the app opens nothing and a recovery code must: whoever has
the password and empties the table of limits finds the right code with a chance of 1 in 330."""
SET_UP_WITHIN = timedelta(hours=1)
HANDOVER_WITHIN = timedelta(days=7)
CANDIDATE = "second-factor candidate"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A key that counts once a code shows that an app has it."""

    secret: bytes
    token: str
    """Sealed; carries the key from the page that shows it to the one that confirms it."""


def begin(session: AlchemySession, user_id: str, code: str, now: datetime) -> Candidate:
    """Return a new key. Nothing is stored yet.

    ``code`` is needed to replace an app (its code or a recovery code, which is used up)
    and after a reset (what the colleague handed over).

    Raises:
        DomainError: the code is not right, or the stored row is not to be trusted.
    """
    held = rows.hold(session, user_id)
    if held.state is State.BROKEN:
        raise Broken
    if held.state is State.RESET:
        _check_handover(held, code, now)
    if held.state is State.ON:
        _use(session, held, code, now)
    secret = totp.new_secret()
    content = {"secret": secret.hex(), "at": now.timestamp(), "instead_of": held.enrolment}
    sealed = rows.keys(session).seal(CANDIDATE, user_id, json.dumps(content).encode())
    return Candidate(secret, sealed.hex())


def candidate(session: AlchemySession, user_id: str, token: str, now: datetime) -> Candidate:
    """Return the key again, for the page that asks for its first code.

    Raises:
        SetUpExpired: it was made too long ago, for someone else or for another state.
    """
    try:
        text = rows.keys(session).open(CANDIDATE, user_id, bytes.fromhex(token))
    except (keyring.Unreadable, ValueError) as error:
        raise SetUpExpired from error
    content = json.loads(text)
    is_late = now.timestamp() - content["at"] > SET_UP_WITHIN.total_seconds()
    if is_late or content["instead_of"] != rows.standing(session, user_id).enrolment:
        raise SetUpExpired
    return Candidate(bytes.fromhex(content["secret"]), token)


def confirm(
    session: AlchemySession,
    user_id: str,
    token: str,
    code: str,
    now: datetime,
    *,
    bodies: Iterable[str],
) -> list[str]:
    """Turn the second factor on with the first code of the new key; return the recovery codes.

    ``bodies`` are those whose administrators may reset it.

    Raises:
        WrongCode: the app shows another code.
        SetUpExpired: see ``candidate``.
        Broken: the stored row is not to be trusted.
    """
    held = rows.hold(session, user_id)
    if held.state is State.BROKEN:
        raise Broken
    secret = candidate(session, user_id, token, now).secret
    step = totp.matching_step(secret, totp.plain(code), now, after=0)
    if step is None:
        raise WrongCode
    codes = [totp.new_recovery_code() for _ in range(RECOVERY_CODES)]
    _note(session, user_id, Kind.ON, user_id, now)
    rows.keep(
        session,
        held,
        bodies=bodies,
        state=State.ON,
        enrolment=str(uuid.uuid4()),
        secret=rows.seal(session, user_id, secret),
        last_step=step,
        failures=0,
        recovery=[_hash(user_id, each) for each in codes],
        handover=None,
        handover_until=None,
        changed_at=now,
        used_at=now,
    )
    return codes


def use(session: AlchemySession, user_id: str, code: str, now: datetime) -> str:
    """Use up a code of the app or a recovery code, at once and for good; return the enrolment.

    Raises:
        DomainError: the code is not right or was used, or there is nothing to check it against.
    """
    held = rows.hold(session, user_id)
    if held.state is State.BROKEN:
        raise Broken
    if held.state is not State.ON:
        raise NotOn
    _use(session, held, code, now)
    return held.enrolment


def _use(session: AlchemySession, held: Standing, code: str, now: datetime) -> None:
    typed = totp.plain(code)
    if totp.is_one_time(typed):
        _use_one_time(session, held, typed, now)
        return
    hashed = _hash(held.user_id, code)
    left = [each for each in held.values["recovery"] if not hmac.compare_digest(each, hashed)]
    if len(left) == len(held.values["recovery"]):
        raise WrongCode
    _note(session, held.user_id, Kind.RECOVERY_USED, held.user_id, now, left=len(left))
    rows.keep(session, held, recovery=left, failures=0, used_at=now)


def _use_one_time(session: AlchemySession, held: Standing, code: str, now: datetime) -> None:
    failures = held.values["failures"]
    if failures >= MOST_FAILURES:
        raise OnlyRecovery
    secret = rows.unsealed(session, held)
    step = totp.matching_step(secret, code, now, after=held.values["last_step"])
    if step is None:
        rows.keep(session, held, failures=failures + 1)
        raise WrongCode
    rows.keep(session, held, last_step=step, failures=0, used_at=now)


def renew_recovery(session: AlchemySession, user_id: str, now: datetime) -> list[str]:
    """Return new recovery codes; the old ones open nothing any more."""
    held = rows.hold(session, user_id)
    if held.state is not State.ON:
        raise NotOn
    codes = [totp.new_recovery_code() for _ in range(RECOVERY_CODES)]
    _note(session, user_id, Kind.RECOVERY_RENEWED, user_id, now)
    rows.keep(session, held, recovery=[_hash(user_id, each) for each in codes])
    return codes


def turn_off(session: AlchemySession, user_id: str, now: datetime) -> None:
    """Do without a second factor from now on."""
    held = rows.hold(session, user_id)
    if held.state is not State.ON:
        raise NotOn
    _note(session, user_id, Kind.OFF, user_id, now)
    enrolment = str(uuid.uuid4())
    rows.keep(
        session,
        held,
        state=State.OFF,
        enrolment=enrolment,
        secret=None,
        recovery=[],
        changed_at=now,
    )


def trust(session: AlchemySession, user_id: str, bodies: Iterable[str], now: datetime) -> None:
    """Let the administrators of these bodies, and no others, reset the second factor."""
    held = rows.hold(session, user_id)
    if held.state is not State.ON:
        raise NotOn
    details = {"bodies": sorted(bodies)}
    _note(session, user_id, Kind.TRUSTED, user_id, now, **details)
    rows.keep(session, held, bodies=details["bodies"])


def reset(
    session: AlchemySession,
    user_id: str,
    *,
    by: str | None,
    tell: Iterable[str],
    now: datetime,
    body: str = "",
) -> str:
    """Let a person enrol anew; return the code that must be handed over to them.

    What was enrolled before opens nothing any more, sessions included. Whether ``by`` may
    do this, the caller has asked before; None is the operator at the server.

    Raises:
        NothingToReset: the person never enrolled, and needs nobody to do so.
    """
    held = rows.hold(session, user_id)
    if held.state is State.OFF:
        raise NothingToReset
    code = totp.new_recovery_code()
    _note(session, user_id, Kind.RESET, by, now, tell=tell, body=body, was=held.state)
    rows.keep(
        session,
        held,
        state=State.RESET,
        enrolment=str(uuid.uuid4()),
        secret=None,
        recovery=[],
        handover=_hash(user_id, code),
        handover_until=now + HANDOVER_WITHIN,
        changed_at=now,
    )
    return code


def _check_handover(held: Standing, code: str, now: datetime) -> None:
    expected, until = held.values["handover"] or "", held.values["handover_until"]
    is_right = hmac.compare_digest(expected, _hash(held.user_id, code))
    if not is_right or until is None or now > until:
        raise WrongHandover


def _hash(user_id: str, code: str) -> str:
    return hashlib.sha256(f"{user_id}\0{totp.plain(code)}".encode()).hexdigest()


def _note(
    session: AlchemySession,
    user_id: str,
    kind: Kind,
    actor_id: str | None,
    now: datetime,
    *,
    tell: Iterable[str] = (),
    **details: object,
) -> None:
    """Write in the audit log what was done, and tell those whom it concerns."""
    audit.record(
        session,
        subject=f"account:{user_id}",
        step=kind,
        actor_id=actor_id,
        at=now,
        details=details,
    )
    params = {"user_id": user_id, "actor_id": actor_id or ""}
    if kind is not Kind.TRUSTED:
        for reader in sorted({user_id, *tell}):
            outbox.post(session, kind=kind, recipient_id=reader, params=params, now=now)

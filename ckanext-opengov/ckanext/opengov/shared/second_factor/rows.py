"""The rows of the second factor: signed whole, their secrets sealed, the newest alone valid."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.opengov.shared import keyring, register
from ckanext.opengov.shared.domain.second_factor import Broken, State

log = logging.getLogger(__name__)

PURPOSE = "second-factor"
MOMENT = sa.DateTime(timezone=True)
NO_ROW = 0
"""Stands in the register while the first row of a person is being committed."""
LOOKS = 3
"""How often a row is read again that changed between the looks at register and database."""


class SecondFactor(tk.BaseModel):
    """A person's second factor. ``mac`` covers every other column."""

    __tablename__ = "opengov_second_factor"

    user_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    state: Mapped[str] = mapped_column(sa.Text)
    generation: Mapped[int] = mapped_column(sa.BigInteger)
    """One more with each change; the register knows the one that counts."""
    enrolment: Mapped[str] = mapped_column(sa.Text)
    """Changes with the secret: sessions name it, and end with it."""
    secret: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    """Sealed."""
    last_step: Mapped[int] = mapped_column(sa.BigInteger)
    """Time step of the last code that was used."""
    failures: Mapped[int] = mapped_column(sa.Integer)
    """Wrong codes since the last right one: whoever empties the table of limits finds these."""
    recovery: Mapped[list[str]] = mapped_column(JSONB)
    """Hashes of the recovery codes that are left."""
    handover: Mapped[str | None] = mapped_column(sa.Text)
    """Hash of the code that a colleague hands over after a reset."""
    handover_until: Mapped[datetime | None] = mapped_column(MOMENT)
    changed_at: Mapped[datetime] = mapped_column(MOMENT)
    """When it was turned on, off or reset."""
    used_at: Mapped[datetime | None] = mapped_column(MOMENT)
    key_id: Mapped[str] = mapped_column(sa.Text)
    mac: Mapped[str] = mapped_column(sa.Text)


COLUMNS = tuple(SecondFactor.__table__.columns)
UNSIGNED = ("key_id", "mac")
BLANK: dict[str, Any] = {
    "state": State.OFF,
    "generation": NO_ROW,
    "enrolment": "",
    "secret": None,
    "last_step": 0,
    "failures": 0,
    "recovery": [],
    "handover": None,
    "handover_until": None,
    "used_at": None,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person's second factor stands, as far as it is to be trusted."""

    user_id: str
    state: State
    values: Mapping[str, Any] = field(default_factory=dict)
    """The columns of the row; nothing of one that is not to be trusted."""
    generation: int = 0
    """The newest that the register knows."""
    bodies: frozenset[str] = frozenset()

    @property
    def enrolment(self) -> str:
        """Return the name of what is enrolled now."""
        return str(self.values.get("enrolment", ""))


def folder() -> Path:
    """Return where keys and register lie."""
    chosen = tk.config.get("ckanext.opengov.second_factor_folder")
    return Path(chosen or Path(tk.config["ckan.storage_path"]) / "opengov" / "second-factor")


def keys(session: AlchemySession) -> keyring.Keyring:
    """Return the keys; make the first if nothing was ever signed.

    Raises:
        FileNotFoundError: rows exist, and their keys do not.
    """
    path = folder() / "keys"
    if not path.exists() and register.is_empty(folder()) and _is_unused(session):
        keyring.make(path)
    return keyring.load(path)


def standing(session: AlchemySession, user_id: str) -> Standing:
    """Return where the person's second factor stands now."""
    for _ in range(LOOKS):
        found = _look(session, user_id)
        if found.state is not State.BROKEN:
            return found
    log.warning("The second factor of %s is not to be trusted", user_id)
    return found


def _look(session: AlchemySession, user_id: str) -> Standing:
    row = session.execute(sa.select(*COLUMNS).where(SecondFactor.user_id == user_id)).first()
    try:
        entry = register.find(folder(), user_id)
        if entry is None:
            # A row without an entry is a copy from elsewhere, or the register was emptied.
            is_new = row is None and _is_register_there(session)
            return Standing(user_id, State.OFF if is_new else State.BROKEN)
        ring = keys(session)
    except (OSError, ValueError) as error:
        log.error("Keys or register of the second factor: %s", type(error).__name__)  # noqa: TRY400
        return Standing(user_id, State.BROKEN)
    values = dict(row._mapping) if row else {}
    newest = max(entry.generations, default=0)
    if values.get("generation", NO_ROW) not in entry.generations:
        state, values = State.BROKEN, {}
    elif row is None:
        state = State.OFF
    elif ring.holds(PURPOSE, _content(values), values["key_id"], values["mac"]):
        state = State(values["state"])
    else:
        state, values = State.BROKEN, {}
    return Standing(user_id, state, values, generation=newest, bodies=entry.bodies)


def _is_register_there(session: AlchemySession) -> bool:
    """Tell whether the folder is the one that belongs to the database, and not an empty one."""
    return (folder() / "keys").exists() or _is_unused(session)


def _is_unused(session: AlchemySession) -> bool:
    return session.execute(sa.select(SecondFactor.user_id).limit(1)).first() is None


def hold(session: AlchemySession, user_id: str) -> Standing:
    """Return the standing, and let nobody else change it before the transaction ends."""
    lock = sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"second_factor:{user_id}", 0))
    session.execute(sa.select(lock))
    return standing(session, user_id)


def keep(
    session: AlchemySession,
    before: Standing,
    *,
    bodies: Iterable[str] | None = None,
    **changes: Any,
) -> None:
    """Store what changes in a standing that is held, with all else of the transaction, and commit.

    The register names both generations while the commit is under way: after a crash
    the one that was committed counts. The next one who changes the row waits until the
    register has caught up, so that the two never write it in the wrong order.
    """
    trusted = before.bodies if bodies is None else frozenset(bodies)
    values = {**BLANK, **before.values, **changes, "user_id": before.user_id}
    old = values["generation"]
    values["generation"] = max(before.generation, old) + 1
    values["key_id"], values["mac"] = keys(session).sign(PURPOSE, _content(values))
    row = insert(SecondFactor).values(values)
    session.execute(row.on_conflict_do_update(index_elements=["user_id"], set_=values))
    new = {values["generation"]}
    during = new if before.state is State.BROKEN else new | {old}
    with _register_turn(before.user_id):
        register.put(folder(), before.user_id, during, trusted)
        session.commit()
        register.put(folder(), before.user_id, new, trusted)


@contextmanager
def _register_turn(user_id: str) -> Iterator[None]:
    """Let one process at a time write the person's entry, past the end of its transaction."""
    key = sa.func.hashtextextended(f"second_factor_register:{user_id}", 0)
    engine = ckan_model.ensure_engine()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as guard:
        guard.execute(sa.select(sa.func.pg_advisory_lock(key)))
        try:
            yield
        finally:
            guard.execute(sa.select(sa.func.pg_advisory_unlock(key)))


def accept_restored(session: AlchemySession) -> tuple[int, int]:
    """Take the rows of a restored database for the newest; return how many, and how many are bad.

    For the operator alone: the register is ahead of a database that comes from a backup.
    """
    ring, taken, bad = keys(session), 0, 0
    for row in session.execute(sa.select(*COLUMNS)).all():
        values = dict(row._mapping)
        if ring.holds(PURPOSE, _content(values), values["key_id"], values["mac"]):
            entry = register.find(folder(), row.user_id)
            bodies = entry.bodies if entry else ()
            register.put(folder(), row.user_id, {values["generation"]}, bodies)
            taken += 1
        else:
            bad += 1
    return taken, bad


def rotate(session: AlchemySession) -> int:
    """Put a new key into use and write every sound row anew with it; return how many."""
    keyring.add(folder() / "keys")
    ids = session.execute(sa.select(SecondFactor.user_id)).scalars().all()
    written = 0
    for user_id in ids:
        held = hold(session, user_id)
        if held.state is State.BROKEN:
            session.rollback()
            continue
        sealed = held.values["secret"]
        secret = None if sealed is None else seal(session, user_id, unsealed(session, held))
        keep(session, held, secret=secret)
        written += 1
    return written


def seal(session: AlchemySession, user_id: str, secret: bytes) -> bytes:
    """Return the secret as the row keeps it."""
    return keys(session).seal(PURPOSE, user_id, secret)


def unsealed(session: AlchemySession, held: Standing) -> bytes:
    """Return the secret of someone's authenticator app.

    Raises:
        Broken: it was sealed for someone else, or its key is gone.
    """
    try:
        return keys(session).open(PURPOSE, held.user_id, bytes(held.values["secret"]))
    except keyring.Unreadable as error:
        raise Broken from error


def _content(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the signature covers."""
    return {name: _plain(value) for name, value in values.items() if name not in UNSIGNED}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value

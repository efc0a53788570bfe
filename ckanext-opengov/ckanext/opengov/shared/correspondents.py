"""People without an account whom the suite writes to: an address, sealed, and a language.

A row is one person in one matter: two rows never tell that they are of the same person. Whoever
is deleted gets no more mail, that under way included.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.opengov.shared import jobs, readers
from ckanext.opengov.shared.domain.notices import Frequency
from ckanext.opengov.shared.keyring import Unreadable
from ckanext.opengov.shared.second_factor.rows import keys

log = logging.getLogger(__name__)

PREFIX = "correspondent-"
"""Of their ids: so nobody looks for an account first."""
PURPOSE = "correspondent"
BATCH = 1000
"""Rows that one transaction forgets."""
MOMENT = sa.DateTime(timezone=True)


class Correspondent(tk.BaseModel):
    """Someone who gave an address in one matter."""

    __tablename__ = "opengov_correspondent"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    address: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """Sealed under keys that the database does not hold."""
    language: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    confirmed_at: Mapped[datetime | None] = mapped_column(MOMENT)
    expires_at: Mapped[datetime | None] = mapped_column(MOMENT)
    """Until when an address waits for its owner to confirm it."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """A correspondent as mail is written to them."""

    id: str
    email: str
    display_name: str = ""
    """Unknown here: a mail server on the way need not learn how they call themselves."""
    state: str = "active"


def is_one(recipient_id: str) -> bool:
    """Tell whether an id is that of a correspondent, and not of an account."""
    return recipient_id.startswith(PREFIX)


def add(
    session: AlchemySession, address: str, language: str, now: datetime, until: datetime
) -> str:
    """Keep an address until somebody confirms it, in the caller's transaction; return the id."""
    id = f"{PREFIX}{uuid.uuid4()}"
    sealed = keys(session).seal(PURPOSE, id, address.encode())
    known = readers.languages()
    row = Correspondent(
        id=id,
        address=sealed,
        language=language if language in known else known[0],
        created_at=now,
        expires_at=until,
    )
    session.add(row)
    session.flush()
    return id


def find(session: AlchemySession, id: str) -> Correspondent | None:
    """Return a correspondent; None: there is none, or no more."""
    return session.get(Correspondent, id, populate_existing=True)


def expect(session: AlchemySession, id: str, until: datetime, language: str = "") -> None:
    """Wait longer for somebody to confirm their address, in the caller's transaction."""
    row = find(session, id)
    if row is not None:
        if row.expires_at is not None:
            row.expires_at = max(row.expires_at, until)
        if language in readers.languages():
            row.language = language


def confirm(session: AlchemySession, id: str, now: datetime) -> None:
    """Note that mail to this address reached its owner, in the caller's transaction."""
    row = find(session, id)
    if row is not None and row.confirmed_at is None:
        row.confirmed_at, row.expires_at = now, None


def forget(session: AlchemySession, id: str) -> None:
    """Delete a correspondent, in the caller's transaction: whatever waits is not sent."""
    session.execute(sa.delete(Correspondent).where(Correspondent.id == id))


def addressee(session: AlchemySession, id: str) -> Addressee | None:
    """Return where to write to; None: nowhere, or nobody can read it any more."""
    row = find(session, id)
    if row is None:
        return None
    try:
        address = keys(session).open(PURPOSE, id, row.address)
    except Unreadable:
        log.warning("The address of %s was sealed under a key that is not there", id)
        return None
    return Addressee(id, address.decode())


def wishes_of(session: AlchemySession, id: str) -> readers.Wishes:
    """Return how a correspondent is told: at once, for they have no inbox."""
    row, known = find(session, id), readers.languages()
    language = row.language if row and row.language in known else known[0]
    return readers.Wishes(Frequency.AT_ONCE, language, language, known[0])


@jobs.sweeper
def forget_unconfirmed(session: AlchemySession, now: datetime) -> int:
    """Delete addresses that nobody confirmed in time."""
    old = sa.select(Correspondent.id).where(Correspondent.expires_at <= now).limit(BATCH)
    gone = sa.delete(Correspondent).where(Correspondent.id.in_(old)).returning(Correspondent.id)
    found = len(session.execute(gone, execution_options={"synchronize_session": False}).all())
    session.commit()
    return found

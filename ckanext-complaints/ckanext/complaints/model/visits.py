"""What is kept between two pages of a citizen: sealed under keys that only their browser has."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

MOMENT = sa.DateTime(timezone=True)


class Draft(tk.BaseModel):
    """A complaint that is being written."""

    __tablename__ = "complaints_draft"

    hash: Mapped[bytes] = mapped_column(sa.LargeBinary, primary_key=True)
    blob: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """Its answers; once it is filed, the receipt until it was shown, then nothing."""
    case_id: Mapped[str | None] = mapped_column(sa.Text)
    made_at: Mapped[datetime] = mapped_column(MOMENT)
    expires_at: Mapped[datetime] = mapped_column(MOMENT)


class Visit(tk.BaseModel):
    """A citizen who opened their case, for as long as they are there."""

    __tablename__ = "complaints_visit"

    hash: Mapped[bytes] = mapped_column(sa.LargeBinary, primary_key=True)
    case_id: Mapped[str] = mapped_column(sa.Text)
    blob: Mapped[bytes] = mapped_column(sa.LargeBinary)
    expires_at: Mapped[datetime] = mapped_column(MOMENT)


def draft(
    session: AlchemySession, hash: bytes, now: datetime, *, lock: bool = False
) -> Draft | None:
    """Return a draft that is not too old."""
    query = sa.select(Draft).where(Draft.hash == hash, Draft.expires_at > now)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.execute(query).scalar_one_or_none()


def reserve(session: AlchemySession, hash: bytes, now: datetime, until: datetime) -> None:
    """Make room for what is filed under a mark, unless another request did it first."""
    row = insert(Draft).values(hash=hash, blob=b"", made_at=now, expires_at=until)
    session.execute(row.on_conflict_do_nothing())


def visit(session: AlchemySession, hash: bytes, now: datetime) -> Visit | None:
    """Return a visit that has not ended."""
    query = sa.select(Visit).where(Visit.hash == hash, Visit.expires_at > now)
    return session.execute(query).scalar_one_or_none()


def stay_on(session: AlchemySession, hash: bytes, until: datetime) -> bool:
    """Let a visit go on; False: somebody ended it meanwhile."""
    longer = sa.update(Visit).where(Visit.hash == hash).values(expires_at=until)
    found = session.execute(
        longer.returning(Visit.case_id), execution_options={"synchronize_session": False}
    )
    return found.first() is not None


def end_visits(session: AlchemySession, case_id: str, *, but: bytes = b"") -> None:
    """End every visit of a case, but for one."""
    session.execute(sa.delete(Visit).where(Visit.case_id == case_id, Visit.hash != but))


def forget(session: AlchemySession, now: datetime, most: int) -> int:
    """Delete drafts and visits that are over; return how many drafts."""
    session.execute(sa.delete(Visit).where(Visit.expires_at <= now))
    old = sa.select(Draft.hash).where(Draft.expires_at <= now).limit(most)
    done = session.execute(sa.delete(Draft).where(Draft.hash.in_(old)).returning(Draft.hash))
    return len(done.all())

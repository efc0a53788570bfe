"""The append-only log of what was done to whom, one hash chain per subject.

A row holds ids and codes, never people's words: what a person may have erased
elsewhere must not survive here. A trigger refuses changes; the chain shows those
made past the trigger.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

START = "0" * 64
"""What the first row of a chain follows."""


class AuditRow(tk.BaseModel):
    """One step. ``hash`` covers every other column."""

    __tablename__ = "opengov_audit"

    subject: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    seq: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    """Counted from 1 within the subject."""
    step: Mapped[str] = mapped_column(sa.Text)
    actor_id: Mapped[str | None] = mapped_column(sa.Text)
    at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    previous_hash: Mapped[str] = mapped_column(sa.Text)
    hash: Mapped[str] = mapped_column(sa.Text)


@dataclass(frozen=True, slots=True)
class Break:
    """A place where a chain does not hold: the first row that is wrong."""

    subject: str
    seq: int


def digest(row: AuditRow) -> str:
    """Return the hash that the row must carry.

    Raises:
        ValueError: the moment has no time zone.
        TypeError: a detail is a floating-point number. Neither is sure to come back
            from the database as it was hashed.
    """
    if row.at.tzinfo is None:
        raise ValueError("the moment of an audit row needs a time zone")
    _refuse_floats(row.details)
    content = {
        "subject": row.subject,
        "seq": row.seq,
        "step": row.step,
        "actor_id": row.actor_id,
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "details": row.details,
        "previous_hash": row.previous_hash,
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _refuse_floats(detail: object) -> None:
    if isinstance(detail, float):
        raise TypeError("the details of an audit row hold no floating-point numbers")
    if isinstance(detail, Mapping):
        detail = detail.values()
    if isinstance(detail, Iterable) and not isinstance(detail, str):
        for each in detail:
            _refuse_floats(each)


def record(
    session: AlchemySession,
    *,
    subject: str,
    step: str,
    actor_id: str | None,
    at: datetime,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add a row to the subject's chain, in the caller's transaction.

    ``subject`` is the kind and the id, as in ``dataset:<uuid>``.
    """
    # Two transactions on one subject take turns, so that the chain never forks.
    lock = sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"opengov_audit:{subject}", 0))
    session.execute(sa.select(lock))
    newest = (
        sa.select(AuditRow.seq, AuditRow.hash)
        .where(AuditRow.subject == subject)
        .order_by(AuditRow.seq.desc())
        .limit(1)
    )
    last = session.execute(newest).first()
    seq, previous_hash = (last.seq, last.hash) if last else (0, START)
    row = AuditRow(
        subject=subject,
        seq=seq + 1,
        step=step,
        actor_id=actor_id,
        at=at,
        details=dict(details or {}),
        previous_hash=previous_hash,
    )
    row.hash = digest(row)
    session.add(row)
    session.flush()


def of_subject(subject: str) -> tuple[sa.Select[Any], sa.ColumnElement[int]]:
    """Select the subject's rows, and the column that orders them; the caller pages it."""
    query = sa.select(AuditRow).where(AuditRow.subject == subject)
    return query, sa.type_coerce(AuditRow.seq, sa.BigInteger)


def _digest_found(row: AuditRow) -> str | None:
    """Return the row's hash; None: nothing that we ever wrote."""
    try:
        return digest(row)
    except (TypeError, ValueError):
        return None


def breaks(rows: Iterable[AuditRow]) -> Iterator[Break]:
    """Yield the first wrong row of each chain. Rows come by subject, then ``seq``.

    Finds an edited, a missing and a moved row. A cut tail leaves a sound chain:
    only the signed daily root shows that.
    """
    subject, seq, previous_hash, is_broken = None, 0, START, False
    for row in rows:
        if row.subject != subject:
            subject, seq, previous_hash, is_broken = row.subject, 0, START, False
        seq += 1
        follows = row.seq == seq and row.previous_hash == previous_hash
        if not is_broken and not (follows and row.hash == _digest_found(row)):
            is_broken = True
            yield Break(row.subject, row.seq)
        previous_hash = row.hash


def verify(session: AlchemySession) -> Iterator[Break]:
    """Yield the first wrong row of each chain; memory stays bounded however long the log is."""
    query = sa.select(AuditRow).order_by(AuditRow.subject, AuditRow.seq)
    yield from breaks(session.execute(query.execution_options(yield_per=1000)).scalars())

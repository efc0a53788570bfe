"""Daily roots over the audit log, signed with a key that the database does not hold.

A root covers the head (newest row) of every chain: it lists those that grew since the
root before, and its hash covers that root's. So what stood in the log at a root cannot
be cut off, removed whole or rewritten without the key.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.opengov.shared import jobs
from ckanext.opengov.shared.audit import START, AuditRow, Break

BATCH = 1000


class AuditRoot(tk.BaseModel):
    """The log as it stood at a moment."""

    __tablename__ = "opengov_audit_root"

    number: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    """Counted from 1."""
    at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    subjects: Mapped[int] = mapped_column(sa.BigInteger)
    entries: Mapped[int] = mapped_column(sa.BigInteger)
    hash: Mapped[str] = mapped_column(sa.Text)
    signature: Mapped[str] = mapped_column(sa.Text)


class AuditHead(tk.BaseModel):
    """The newest row of a chain that grew before this root."""

    __tablename__ = "opengov_audit_head"

    subject: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    seq: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    hash: Mapped[str] = mapped_column(sa.Text)
    root: Mapped[int] = mapped_column(sa.BigInteger)


def key_path() -> Path:
    """Return where the signing key lies."""
    chosen = tk.config.get("ckanext.opengov.audit_key")
    return Path(chosen or Path(tk.config["ckan.storage_path"]) / "opengov" / "audit-key.pem")


def load_key(path: Path) -> Ed25519PrivateKey:
    """Return the signing key.

    Raises:
        FileNotFoundError: there is none.
    """
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path} is not an Ed25519 key")
    return key


def make_key(path: Path) -> None:
    """Write a new key that only its owner reads; never over an old one."""
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(pem)


def newest(session: AlchemySession) -> AuditRoot | None:
    """Return the last root."""
    query = sa.select(AuditRoot).order_by(AuditRoot.number.desc()).limit(1)
    return session.execute(query).scalar_one_or_none()


def make_root(session: AlchemySession, now: datetime) -> AuditRoot:
    """Sign the log as it stands and commit.

    The first root makes the key if there is none; later a missing key is an error,
    because a new one would not verify the roots before.

    Raises:
        FileNotFoundError: roots exist, and their key does not.
    """
    lock = sa.func.pg_advisory_xact_lock(sa.func.hashtextextended("opengov_audit_root", 0))
    session.execute(sa.select(lock))
    before, path = newest(session), key_path()
    if before is None and not path.exists():
        make_key(path)
    key = load_key(path)
    number = before.number + 1 if before else 1
    _add_heads(session, number)
    root = AuditRoot(number=number, at=now, **_counts(session, number))
    root.hash = digest(session, root, before.hash if before else START)
    root.signature = key.sign(bytes.fromhex(root.hash)).hex()
    session.add(root)
    session.commit()
    return root


def _add_heads(session: AlchemySession, number: int) -> None:
    """List the chains that grew since the root before."""
    heads = (
        sa.select(AuditRow.subject, AuditRow.seq, AuditRow.hash)
        .distinct(AuditRow.subject)
        .order_by(AuditRow.subject, AuditRow.seq.desc())
        .subquery()
    )
    is_listed = sa.exists().where(
        AuditHead.subject == heads.c.subject, AuditHead.seq == heads.c.seq
    )
    grown = sa.select(heads, sa.literal(number)).where(~is_listed)
    session.execute(sa.insert(AuditHead).from_select(["subject", "seq", "hash", "root"], grown))


def _counts(session: AlchemySession, number: int) -> dict[str, int]:
    """Return how many chains and rows the heads up to this root stand for."""
    tops = (
        sa.select(sa.func.max(AuditHead.seq).label("seq"))
        .where(AuditHead.root <= number)
        .group_by(AuditHead.subject)
        .subquery()
    )
    query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(tops.c.seq), 0))
    subjects, entries = session.execute(query.select_from(tops)).one()
    return {"subjects": subjects, "entries": int(entries)}


def digest(session: AlchemySession, root: AuditRoot, previous_hash: str) -> str:
    """Return the hash that the root must carry."""
    at = root.at.astimezone(UTC).isoformat(timespec="microseconds")
    start = [root.number, at, root.subjects, root.entries, previous_hash]
    total = hashlib.sha256(json.dumps(start).encode())
    query = (
        sa.select(AuditHead.subject, AuditHead.seq, AuditHead.hash)
        .where(AuditHead.root == root.number)
        .order_by(AuditHead.subject.collate("C"), AuditHead.seq)
    )
    for head in session.execute(query.execution_options(yield_per=BATCH)):
        total.update(b"\n" + json.dumps(list(head)).encode())
    return total.hexdigest()


def broken_roots(session: AlchemySession) -> Iterator[int]:
    """Yield the number of each root that is missing, or whose hash or signature is wrong.

    Raises:
        FileNotFoundError: roots exist, and their key does not.
    """
    roots = session.execute(sa.select(AuditRoot).order_by(AuditRoot.number)).scalars().all()
    if not roots:
        return
    key = load_key(key_path()).public_key()
    previous_hash, expected = START, 1
    for root in roots:
        yield from range(expected, root.number)
        expected = root.number + 1
        try:
            key.verify(bytes.fromhex(root.signature), bytes.fromhex(root.hash))
            holds = root.hash == digest(session, root, previous_hash)
        except (InvalidSignature, ValueError):
            holds = False
        if not holds:
            yield root.number
        previous_hash = root.hash


def lost_heads(session: AlchemySession) -> Iterator[Break]:
    """Yield each row that a root covers and that is gone or is another by now."""
    query = (
        sa.select(AuditHead.subject, AuditHead.seq)
        .outerjoin(
            AuditRow,
            sa.and_(AuditRow.subject == AuditHead.subject, AuditRow.seq == AuditHead.seq),
        )
        .where(AuditRow.hash.is_distinct_from(AuditHead.hash))
        .order_by(AuditHead.subject, AuditHead.seq)
    )
    for head in session.execute(query.execution_options(yield_per=BATCH)):
        yield Break(head.subject, head.seq)


@jobs.sweeper
def make_daily_root(session: AlchemySession, now: datetime) -> int:
    """Sign the log once on each day (UTC); return how many roots were made."""
    last = newest(session)
    if last is not None and last.at.astimezone(UTC).date() >= now.astimezone(UTC).date():
        return 0
    make_root(session, now)
    return 1

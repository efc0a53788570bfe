"""Rate limits: how often someone may do something, kept in PostgreSQL, so also without Redis.

Each limit is a bucket that leaks evenly (GCRA): one row with the moment at which it will
be empty. A burst is allowed and a steady flow too, at one statement each. A limit on an
address shuts out everyone behind it: make it wide, and put a narrow one on the pair of
address and target.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.opengov.shared import jobs

NOW = sa.func.clock_timestamp()
CUSTOMER_BITS = 64
"""Of an IPv6 address: who has one has all others that begin with them."""


class Bucket(tk.BaseModel):
    """How much of a limit one caller has used up."""

    __tablename__ = "opengov_limit"

    key: Mapped[bytes] = mapped_column(sa.LargeBinary, primary_key=True)
    empty_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


@cache
def _counted(drop: timedelta, span: timedelta) -> Any:
    """Return the statement that counts one more, if that is not one too many."""
    start = sa.func.greatest(Bucket.empty_at, NOW)
    row = insert(Bucket).values(key=sa.bindparam("one"), empty_at=NOW + drop)
    counted = row.on_conflict_do_update(
        index_elements=[Bucket.key],
        set_={"empty_at": start + drop},
        where=start + drop <= NOW + span,
    )
    return counted.returning(Bucket.empty_at)


@dataclass(frozen=True, slots=True)
class Limit:
    """``most`` times within ``span``, for each of those whom the caller names.

    Names and addresses are stored as keyed hashes alone.
    """

    name: str
    most: int
    span: timedelta

    def take(self, *whom: str) -> timedelta:
        """Count one more; return how long to wait if that is one too many, else nothing.

        At once and for good, whatever becomes of the request's own transaction.
        """
        drop, key = self.span / self.most, self._key(whom)
        with ckan_model.ensure_engine().begin() as connection:
            if connection.execute(_counted(drop, self.span), {"one": key}).first():
                return timedelta(0)
            wait = sa.select(sa.type_coerce(Bucket.empty_at + drop - self.span - NOW, sa.Interval))
            left = connection.execute(wait.where(Bucket.key == key)).scalar()
        return max(left or timedelta(0), timedelta(seconds=1))

    def give_back(self, *whom: str) -> None:
        """Count one less."""
        less = sa.update(Bucket).where(Bucket.key == self._key(whom))
        with ckan_model.ensure_engine().begin() as connection:
            connection.execute(less.values(empty_at=Bucket.empty_at - self.span / self.most))

    def is_used(self, *whom: str) -> bool:
        """Tell whether anything counts at the moment."""
        used = sa.select(Bucket.key).where(Bucket.key == self._key(whom), Bucket.empty_at > NOW)
        with ckan_model.ensure_engine().connect() as connection:
            return connection.execute(used).first() is not None

    def _key(self, whom: tuple[str, ...]) -> bytes:
        text = "\0".join((self.name, *whom)).encode(errors="replace")
        return hmac.digest(str(tk.config["SECRET_KEY"]).encode(), text, hashlib.sha256)


def network_of(address: str) -> str:
    """Return what one customer of a network provider has: an IPv4 address, an IPv6 network."""
    try:
        bits = CUSTOMER_BITS if ipaddress.ip_address(address).version == 6 else 32  # noqa: PLR2004
    except ValueError:
        return address
    return str(ipaddress.ip_network(f"{address}/{bits}", strict=False))


@jobs.sweeper
def forget(session: AlchemySession, _now: datetime) -> int:
    """Delete the buckets that are empty."""
    session.execute(sa.delete(Bucket).where(Bucket.empty_at < NOW))
    session.commit()
    return 0

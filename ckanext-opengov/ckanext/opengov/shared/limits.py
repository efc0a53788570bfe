"""Rate limits: how often someone may do something, kept in PostgreSQL, so also without Redis.

Each limit is a bucket that leaks evenly (GCRA): one row with the moment at which it will
be empty. A burst is allowed and a steady flow too, at one statement each. A limit on an
address shuts out everyone behind it: make it wide, and put a narrow one on the pair of
address and target.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
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


# As text: SQLAlchemy compiles ON CONFLICT anew each time.
_COUNTED = sa.text(
    "INSERT INTO opengov_limit (key, empty_at) VALUES (:one, clock_timestamp() + :drop)"
    " ON CONFLICT (key) DO UPDATE"
    " SET empty_at = greatest(opengov_limit.empty_at, clock_timestamp()) + :drop"
    " WHERE greatest(opengov_limit.empty_at, clock_timestamp()) + :drop"
    " <= clock_timestamp() + :span RETURNING empty_at"
)
"""Counts one more, if that is not one too many."""


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
        with _at_once() as connection:
            if connection.execute(_COUNTED, {"one": key, "drop": drop, "span": self.span}).first():
                return timedelta(0)
            wait = sa.select(sa.type_coerce(Bucket.empty_at + drop - self.span - NOW, sa.Interval))
            left = connection.execute(wait.where(Bucket.key == key)).scalar()
        return max(left or timedelta(0), timedelta(seconds=1))

    def give_back(self, *whom: str) -> None:
        """Count one less."""
        less = sa.update(Bucket).where(Bucket.key == self._key(whom))
        with _at_once() as connection:
            connection.execute(less.values(empty_at=Bucket.empty_at - self.span / self.most))

    def is_used(self, *whom: str) -> bool:
        """Tell whether anything counts at the moment."""
        used = sa.select(Bucket.key).where(Bucket.key == self._key(whom), Bucket.empty_at > NOW)
        with _at_once() as connection:
            return connection.execute(used).first() is not None

    def _key(self, whom: tuple[str, ...]) -> bytes:
        text = "\0".join((self.name, *whom)).encode(errors="replace")
        return hmac.digest(str(tk.config["SECRET_KEY"]).encode(), text, hashlib.sha256)


def _at_once() -> sa.Connection:
    """Return a connection on which each statement counts by itself."""
    return _engine(ckan_model.ensure_engine()).connect()


@functools.cache
def _engine(engine: sa.Engine) -> sa.Engine:
    """Return an engine with a few connections of its own.

    Who counts holds one of the request already: were both from one pool, as many requests at once
    as it has connections would all wait for a second one.
    """
    return sa.create_engine(
        engine.url,
        isolation_level="AUTOCOMMIT",
        pool_size=1,
        max_overflow=4,
        pool_pre_ping=True,
        hide_parameters=engine.hide_parameters,
    )


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

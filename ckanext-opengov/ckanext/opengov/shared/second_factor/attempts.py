"""How often one may try a code: narrow for an address on an account, and no stranger's for all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from flask import has_request_context, request
from flask_babel import format_timedelta

from ckan.types import AlchemySession

from ckanext.opengov.shared import outbox
from ckanext.opengov.shared.domain.second_factor import TooManyAttempts
from ckanext.opengov.shared.limits import Limit, network_of
from ckanext.opengov.shared.second_factor.mail import Kind

PAIR = Limit("second-factor", 5, timedelta(minutes=15))
"""Of one address on one account."""
ACCOUNT = Limit("second-factor-account", 30, timedelta(hours=1))
"""Of all unknown addresses on one account: many machines that guess together, day and night,
need 460 days on average for the three codes in a million that are right at any moment."""
KNOWN = Limit("second-factor-known", 1, timedelta(days=30))
"""Addresses where the owner passed: strangers who guess elsewhere do not shut them out there."""
TOLD = Limit("second-factor-told", 1, timedelta(days=1))


@contextmanager
def counted(session: AlchemySession, user_id: str, now: datetime) -> Iterator[None]:
    """Count the attempt that the block makes, unless the block comes to its end.

    Raises:
        TooManyAttempts: there were too many already; the owner is told.
    """
    address = (request.remote_addr or "") if has_request_context() else ""
    whom = network_of(address), user_id
    is_known, wait = KNOWN.is_used(*whom), PAIR.take(*whom)
    if not wait and not is_known:
        wait = ACCOUNT.take(user_id)
    if wait:
        _tell(session, user_id, now)
        raise TooManyAttempts(time=format_timedelta(wait))
    yield
    PAIR.give_back(*whom)
    if not is_known:
        ACCOUNT.give_back(user_id)
        KNOWN.take(*whom)


def _tell(session: AlchemySession, user_id: str, now: datetime) -> None:
    """Let the owner know that someone has the password."""
    if not TOLD.take(user_id):
        params = {"user_id": user_id, "actor_id": ""}
        outbox.post(session, kind=Kind.GUESSED, recipient_id=user_id, params=params, now=now)
        session.commit()

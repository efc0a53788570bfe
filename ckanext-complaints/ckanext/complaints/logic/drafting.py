"""A complaint that is being written: kept for a day, read by the browser alone that writes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ckan.types import AlchemySession

from ckanext.complaints.domain import crypto, tickets
from ckanext.complaints.domain.tickets import Ticket
from ckanext.complaints.model import visits
from ckanext.complaints.model.visits import Draft

KEPT = timedelta(hours=24)
"""From the last answer. WCAG 2.2, 2.2.1 asks for ways to extend any limit below 20 hours."""


def begin(session: AlchemySession, now: datetime) -> Ticket:
    """Return the ticket of an empty draft."""
    ticket = tickets.new()
    blob = _sealed(ticket, {})
    session.add(Draft(hash=ticket.hash, blob=blob, made_at=now, expires_at=now + KEPT))
    session.flush()
    return ticket


def find(
    session: AlchemySession, ticket: Ticket | None, now: datetime, *, lock: bool = False
) -> Draft | None:
    """Return the draft of a ticket, if it is still there."""
    return visits.draft(session, ticket.hash, now, lock=lock) if ticket else None


def read(ticket: Ticket, row: Draft) -> dict[str, Any]:
    """Return what is in a draft; raises ``Unreadable``."""
    if not row.blob:
        return {}
    found: dict[str, Any] = json.loads(crypto.unwrap(ticket.key, row.blob, _about(ticket)))
    return found


def write(ticket: Ticket, row: Draft, content: Mapping[str, Any], now: datetime) -> None:
    """Put something else into a draft that the caller holds."""
    row.blob, row.expires_at = _sealed(ticket, content), now + KEPT


def _sealed(ticket: Ticket, content: Mapping[str, Any]) -> bytes:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return crypto.wrap(ticket.key, text.encode(), _about(ticket))


def _about(ticket: Ticket) -> str:
    return f"draft {ticket.hash.hex()}"

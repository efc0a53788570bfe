"""Moments: aware, in UTC, and in the API as ISO 8601."""

from __future__ import annotations

from datetime import UTC, datetime

from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_


class NotATime(DomainError):
    """A date and time that cannot be read, or means another one elsewhere."""

    code = "not-a-time"
    template = N_("Give date and time as 2026-05-04T08:00:00Z, with the time zone.")


def utc_now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)


def read(value: object, field: str = "") -> datetime | None:
    """Return a moment from ISO 8601 with a time zone; None: nothing was given.

    Raises:
        NotATime: it is something else.
    """
    if value in (None, ""):
        return None
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError as error:
        raise NotATime(field=field) from error
    if found.tzinfo is None:
        raise NotATime(field=field)
    return found


def as_utc(moment: datetime | None) -> str | None:
    """Return the moment as the API writes it: ISO 8601 in UTC with ``Z``."""
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

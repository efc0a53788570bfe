"""What the API says of a consultation."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ckan.types import AlchemySession

from ckanext.consultation.domain.life import State
from ckanext.consultation.model import bodies, results_data
from ckanext.consultation.model.consultations import BY_THE_CLOCK, Consultation
from ckanext.opengov.shared.domain.moments import as_utc

MOMENTS = ("opens_at", "closes_at", "response_due_at", "published_at", "answered_at")


def consultation(row: Consultation, now: datetime) -> dict[str, Any]:
    """Return a consultation as everyone may read it.

    ``phase`` is null where the clock has no say: in drafts and in what was cancelled.
    """
    by_the_clock = State(row.state) in BY_THE_CLOCK
    return {
        "id": row.id,
        "name": row.name,
        "owner_org": row.owner_org,
        "kind": row.kind,
        "state": row.state,
        "phase": row.window.phase(now) if by_the_clock else None,
        "is_overdue": row.state == State.PUBLISHED and row.window.is_overdue(now),
        "title_translated": row.title_translated,
        "summary_translated": row.summary_translated,
        "primary_lang": row.primary_lang,
        "settings": row.settings,
        "reason": row.reason,
        "dataset_id": row.dataset_id,
        "version": row.version,
        **{name: as_utc(getattr(row, name)) for name in MOMENTS},
    }


def many(
    session: AlchemySession, rows: Iterable[Consultation], now: datetime
) -> list[dict[str, Any]]:
    """Return consultations, each with the ``organization`` that holds it."""
    found = [consultation(row, now) for row in rows]
    public = results_data.public_datasets(
        session, {each["dataset_id"] for each in found if each["dataset_id"]}
    )
    for each in found:
        # Before its publication nobody knows of it, nor after it was withdrawn.
        each["dataset_id"] = each["dataset_id"] if each["dataset_id"] in public else None
    named = bodies.named(session, {each["owner_org"] for each in found})
    return [{**each, "organization": named.get(each["owner_org"])} for each in found]

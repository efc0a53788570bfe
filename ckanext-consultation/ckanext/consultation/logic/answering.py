"""What the actions of themes and replies share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ckan.types import AlchemySession

from ckanext.consultation.domain.answers import MOST_AT_ONCE, TooManyAtOnce
from ckanext.consultation.domain.texts.parts import names_of
from ckanext.consultation.model import answers as stored
from ckanext.consultation.model.answers import Reply
from ckanext.consultation.model.consultations import Consultation
from ckanext.opengov.shared import audit
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError, NotFound
from ckanext.opengov.shared.domain.moments import as_utc
from ckanext.opengov.shared.domain.wording import N_


class ThemeNotFound(NotFound):
    """There is none, or the reader may not know of it."""

    code = "not-found"
    template = N_("Theme not found")


class ReplyNotFound(NotFound):
    """There is none, or the reader may not know of it."""

    code = "not-found"
    template = N_("Reply not found")


class NoIds(DomainError):
    """A list of ids is asked for."""

    code = "required"
    field = "comment_ids"
    template = N_("Choose at least one comment.")


def ids_in(given: object) -> list[str]:
    """Return the ids of a list; one alone stands for a list of one."""
    listed = [given] if isinstance(given, str) else given
    ids = [str(each) for each in listed if each] if isinstance(listed, list) else []
    if not ids:
        raise NoIds
    if len(ids) > MOST_AT_ONCE:
        raise TooManyAtOnce(most=MOST_AT_ONCE)
    return ids


def note(
    session: AlchemySession,
    row: Consultation,
    actor: Actor,
    step: str,
    now: datetime,
    **details: Any,
) -> None:
    """Write in the consultation's history who did what; ids and codes alone."""
    audit.record(
        session,
        subject=f"consultation:{row.id}",
        step=step,
        actor_id=actor.user_id,
        at=now,
        details=details,
    )


def shown_replies(session: AlchemySession, found: Sequence[Reply]) -> list[dict[str, Any]]:
    """Return replies as the API says them: as many queries, whatever their number."""
    changes = stored.changes_of(session, found)
    return [
        {
            "id": each.id,
            "consultation_id": each.consultation_id,
            "theme_id": each.theme_id,
            "comment_id": each.comment_id,
            "decision": each.decision,
            "text_translated": each.text_translated,
            "changes": [_named(change) for change in changes.get(each.id, [])],
            "published_at": as_utc(each.published_at),
            "changed_at": as_utc(each.changed_at),
            "version": each.version,
        }
        for each in found
    ]


def _named(change: dict[str, Any]) -> dict[str, Any]:
    """Return a change with what people call its paragraph."""
    said = {name: each for name, each in change.items() if name != "node"}
    return {**said, "name_translated": names_of(change["node"])}

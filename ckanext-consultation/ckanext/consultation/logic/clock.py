"""Pages that the clock changes are kept no longer than until then."""

from __future__ import annotations

from datetime import datetime

from flask import g, has_request_context

from ckan.types import AlchemySession

from ckanext.consultation.model import consultations
from ckanext.opengov.shared.web import pages


def hold_until(session: AlchemySession, moment: datetime | None) -> None:
    """Let the page under way, if any, be kept no longer than until this moment."""
    if moment is not None:
        # By the database's clock as it is now: what was read before takes its time too.
        pages.good_for(lambda: moment - consultations.now(session))


def hold_until_any(session: AlchemySession, now: datetime) -> None:
    """Let the page be kept no longer than until any consultation opens, closes or is due.

    Asked once for a page, however many lists it shows.
    """
    if not has_request_context() or g.get("consultation_held"):
        return
    g.consultation_held = True
    pages.good_for(lambda: consultations.until_next_change(session, now))

"""What the API says of a version, to everyone and to those who work on it."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession, Context

from ckanext.consultation.logic import importing, texts
from ckanext.consultation.model import anchors
from ckanext.consultation.model import texts as stored
from ckanext.consultation.model.texts import Import
from ckanext.opengov.shared import jobs
from ckanext.opengov.shared.domain.moments import as_utc


def version_shown(context: Context, found: texts.Found) -> dict[str, Any]:
    """Return a version as the caller may see it."""
    session, version = context["session"], found.version
    shown = {
        **texts.version(found.document, version),
        "consultation_id": found.row.id,
        "languages": stored.languages_of(session, version.id),
        "is_current": found.is_current,
    }
    if not found.actor.roles:
        return shown
    before = found.before
    asked = anchors.questions(session, before.id, version.id) if before else []
    return {
        **shown,
        "imports": [_import(session, each) for each in stored.imports_of(session, version.id)],
        "questions": len(asked),
        "comments": anchors.standing_open(session, version.id, anchors.WITH_WORDS),
    }


def _import(session: AlchemySession, row: Import) -> dict[str, Any]:
    job = jobs.latest(session, importing.IMPORT, row.id) if row.finished_at is None else None
    status = str(job.status) if job else "failed" if row.error else "done"
    if job and job.status == jobs.Status.DONE:
        status = "failed"
    return {
        "id": row.id,
        "language": row.language,
        "name": row.name,
        "status": status,
        "progress": job.progress if job else 1.0,
        "is_tried_again": bool(job and job.error),
        "error": _sentence(row.error) if row.error else None,
        "found": row.found,
        "created_at": as_utc(row.created_at),
        "finished_at": as_utc(row.finished_at),
    }


def _sentence(error: dict[str, Any]) -> dict[str, str]:
    """Return what was wrong with a file, in the reader's language."""
    template = str(error["template"])
    said = tk._(template).format(**error["details"])
    return {"code": error["code"], "message": said}

"""The results of a consultation flow back into the catalogue as a dataset: the worker's side."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession, Context

from ckanext.consultation.domain import results_data as files
from ckanext.consultation.domain.life import State
from ckanext.consultation.logic import results_dataset, results_files, results_telling
from ckanext.consultation.logic.results_dataset import Maker, Written
from ckanext.consultation.model import consultations, results_data
from ckanext.consultation.model.consultations import Consultation
from ckanext.consultation.model.results_data import Export
from ckanext.opengov.shared import audit, jobs, readers, redaction
from ckanext.opengov.shared.domain.errors import DomainError, NotPermitted
from ckanext.opengov.shared.domain.redaction import Loss, Plan

EXPORT, RENEW = "consultation.export", "consultation.export-renew"
WROTE = 0.9
"""How far the work is once the files are written."""
CHUNK = 1 << 20
ANSWERED = (State.RESULTS, State.ARCHIVED)


def make(session: AlchemySession, job: jobs.Job) -> None:
    """Make the dataset, or make its files anew, as someone of the body asked."""
    row = consultations.find(session, job.subject)
    asked = results_data.export_of(session, job.subject)
    if row is None or asked is None or asked.finished_at is not None:
        return
    user = ckan_model.User.get(asked.asked_by)
    context: Any = {"session": session, "user": user.name if user else "", "auth_user_obj": user}
    _try(session, job, row, context)


def renew(session: AlchemySession, job: jobs.Job) -> None:
    """Prepare a change of the dataset to what is public now, in the portal's own name.

    Nobody is its author: whoever submits it becomes one, and someone else approves it.
    """
    row = consultations.find(session, job.subject)
    asked = results_data.export_of(session, job.subject)
    if row is None or asked is None or row.dataset_id is None:
        return
    context: Any = {"session": session, "user": "", "auth_user_obj": None, "ignore_auth": True}
    if results_dataset.state_of(context, row.dataset_id) is not None:
        _try(session, job, row, context)


def _try(session: AlchemySession, job: jobs.Job, row: Consultation, context: Context) -> None:
    """Do the work; note what a person must mend. Whatever else is wrong is tried again."""
    consultation_id, is_wish = row.id, job.kind == EXPORT
    try:
        _make(session, job, row, context)
    except tk.NotAuthorized:
        error: DomainError = NotPermitted()
    except tk.ValidationError as refused:
        if "under-review" not in str(refused.error_dict.get("__codes")):
            raise
        error = files.DatasetUnderReview()
    except DomainError as broken:
        error = broken
    else:
        return
    session.rollback()
    asked = results_data.export_of(session, consultation_id, lock=True)
    if asked is not None and (is_wish or asked.finished_at is not None):
        told = {"code": error.code, "template": error.template, "details": _plain(error)}
        asked.error, asked.finished_at = told, consultations.now(session)


def _plain(error: DomainError) -> dict[str, Any]:
    return {
        name: each if isinstance(each, int) else str(each) for name, each in error.details.items()
    }


def _make(session: AlchemySession, job: jobs.Job, row: Consultation, context: Context) -> None:
    # One at a time for each consultation. No row is held: people go on meanwhile.
    lock = sa.func.hashtextextended(f"{EXPORT}:{row.id}", 0)
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
    begun = results_data.export_of(session, row.id)
    asked_at = begun.asked_at if begun else None
    with _folder(row.id) as folder:
        written = _write(session, job, row, folder)
        results_dataset.check_sizes(written)
        held = consultations.find(session, row.id, lock=True)
        asked = results_data.export_of(session, row.id, lock=True)
        if held is None or asked is None or State(held.state) not in files.CLOSED:
            raise files.NotClosed
        before = held.dataset_id
        had_change = bool(before and results_dataset.open_change(context, before))
        maker = Maker(context, readers.languages())
        held.dataset_id = results_dataset.bring(maker, held, asked, written)
        if asked.asked_at == asked_at and (job.kind == EXPORT or asked.finished_at is not None):
            # Else somebody has asked meanwhile, and another job is on its way.
            asked.error, asked.finished_at = None, consultations.now(session)
        # What was taken back while the files were written is in them.
        jobs.enqueue(session, redaction.REDACT, held.dataset_id, now=consultations.now(session))
        _note(session, held, asked, context, before)
        if job.kind == RENEW and not had_change:
            _tell_of_change(session, held, context)


def _tell_of_change(session: AlchemySession, row: Consultation, context: Context) -> None:
    """Tell the body of a change that nobody there asked for."""
    if row.dataset_id and results_dataset.open_change(context, row.dataset_id):
        results_telling.tell(session, row, consultations.now(session))


def _write(session: AlchemySession, job: jobs.Job, row: Consultation, folder: Path) -> Written:
    with results_files.snapshot() as seen:
        zone = str(tk.h.get_display_timezone())
        is_answered = State(row.state) in ANSWERED
        source = results_files.Source(seen, row.id, readers.languages(), zone, is_answered)
        found = results_files.write(
            source, folder, lambda share: jobs.report_progress(session, job, WROTE * share)
        )
        figures = source.figures()
    jobs.report_progress(session, job, WROTE)
    paths = {name: path for name, (path, _rows) in found.items()}
    return Written(paths, {name: _sha256(path) for name, path in paths.items()}, figures)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _folder(consultation_id: str) -> Iterator[Path]:
    """Give an empty folder of the consultation's own, in which no killed worker left anything."""
    folder = Path(tk.config["ckan.storage_path"]) / "opengov" / "exports" / consultation_id
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _note(
    session: AlchemySession,
    row: Consultation,
    asked: Export,
    context: Context,
    before: str | None,
) -> None:
    """Write in the consultation's history who had which data made."""
    user: Any = context.get("auth_user_obj")
    step = "results-data" if before == row.dataset_id else "results-dataset"
    details = {"dataset": row.dataset_id, "figures": asked.figures}
    audit.record(
        session,
        subject=f"consultation:{row.id}",
        step=step,
        actor_id=user.id if user else None,
        at=consultations.now(session),
        details=details,
    )


def ask(
    session: AlchemySession, row: Consultation, user_id: str, license_id: str, now: datetime
) -> None:
    """Ask for the data in the caller's transaction."""
    results_data.ask(session, row.id, user_id, license_id, now)
    jobs.enqueue(session, EXPORT, row.id, now=now)


def refresh(session: AlchemySession, consultation_id: str, now: datetime) -> None:
    """Ask for the data anew, in the transaction of a change to what is public. It locks nothing.

    To be called where a comment is hidden, restored or erased, or a person is: see
    docs/results.md. Where there is no dataset, nothing happens.
    """
    query = sa.select(Consultation.dataset_id).where(Consultation.id == consultation_id)
    dataset_id = session.execute(query).scalar()
    if dataset_id is not None:
        jobs.enqueue(session, redaction.REDACT, dataset_id, now=now)
        jobs.enqueue(session, RENEW, consultation_id, now=now)


@redaction.source
def plans(session: AlchemySession, dataset_id: str) -> dict[str, Plan]:
    """Return which words of a dataset's files may no longer be public, by resource id."""
    row = results_data.of_dataset(session, dataset_id)
    asked = results_data.export_of(session, row.id) if row else None
    if row is None or asked is None:
        return {}
    return {
        resource_id: _plan(session, row.id, files.BY_NAME[name])
        for name, resource_id in asked.files.items()
        if files.BY_NAME[name].about
    }


def _plan(session: AlchemySession, consultation_id: str, file: files.File) -> Plan:
    def losses(values: Collection[str]) -> dict[str, Loss]:
        numbers = {int(each) for each in values if each.isdecimal()}
        public = results_data.public_people(session, consultation_id, numbers)
        return files.losses(file, numbers, public)

    return Plan(file.about, losses)

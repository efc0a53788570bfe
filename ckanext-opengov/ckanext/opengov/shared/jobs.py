"""Long work: the truth about a job is a row; RQ only wakes a worker for it.

A row is written in the transaction of the change that asks for the work. A worker
runs it while it holds a PostgreSQL session lock, which dies with the process; the
sweep wakes a worker again for every unfinished row whose lock is free. So a killed
worker, an empty Redis or one that is down loses nothing, and no job runs twice at
once. What a job changes, and that it is done, are committed together.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import redis
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession

log = logging.getLogger(__name__)

SHORT, LONG = "opengov-short", "opengov-long"
"""Queues: short work is never stuck behind long."""
MAX_ATTEMPTS = 5
FIRST_RETRY = timedelta(seconds=10)
BATCH = 200
MOMENT = sa.DateTime(timezone=True)


class Status(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


UNFINISHED = (Status.QUEUED, Status.RUNNING)


class Job(tk.BaseModel):
    """One piece of work on one subject."""

    __tablename__ = "opengov_job"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.Text)
    subject: Mapped[str] = mapped_column(sa.Text)
    """Id of what the work is about; jobs carry nothing else."""
    queue: Mapped[str] = mapped_column(sa.Text)
    status: Mapped[str] = mapped_column(sa.Text)
    progress: Mapped[float] = mapped_column(sa.Float)
    """From 0 to 1."""
    attempt: Mapped[int] = mapped_column(sa.Integer)
    error: Mapped[str | None] = mapped_column(sa.Text)
    """Name of the exception of the last attempt."""
    run_at: Mapped[datetime] = mapped_column(MOMENT)
    created_at: Mapped[datetime] = mapped_column(MOMENT)


Handler = Callable[[AlchemySession, Job], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """What does a kind of job, and in which queue."""

    handler: Handler
    queue: str


KINDS: dict[str, Kind] = {}


def kind(name: str, *, queue: str) -> Callable[[Handler], Handler]:
    """Register the decorated function as the one that does jobs of this kind.

    It must not commit, and may run again after a failure.
    """

    def register(handler: Handler) -> Handler:
        KINDS[name] = Kind(handler, queue)
        return handler

    return register


def enqueue(session: AlchemySession, name: str, subject: str, *, now: datetime) -> Job:
    """Write a job in the caller's transaction; a worker is woken once that commits."""
    job = Job(
        id=str(uuid.uuid4()),
        kind=name,
        subject=subject,
        queue=KINDS[name].queue,
        status=Status.QUEUED,
        progress=0.0,
        attempt=0,
        run_at=now,
        created_at=now,
    )
    session.add(job)
    session.flush()
    session.info.setdefault("opengov_jobs", []).append((job.id, job.queue))
    return job


def latest(session: AlchemySession, name: str, subject: str) -> Job | None:
    """Return the newest job of this kind on the subject."""
    query = (
        sa.select(Job)
        .where(Job.subject == subject, Job.kind == name)
        .order_by(Job.created_at.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    return session.execute(query).scalar_one_or_none()


def wake(job_id: str, queue: str) -> bool:
    """Wake a worker for the job; False if Redis does not answer, which the sweep mends."""
    try:
        tk.enqueue_job(run, [job_id], queue=queue, rq_kwargs={"result_ttl": 0, "failure_ttl": 0})
    except redis.RedisError:
        log.warning("Redis does not answer; job %s waits for the sweep", job_id)
        return False
    return True


def wake_after_commit(session: AlchemySession) -> None:
    """Wake workers for what the committed transaction asked for."""
    for job_id, queue in session.info.pop("opengov_jobs", []):
        wake(job_id, queue)


def forget_after_rollback(session: AlchemySession, previous: Any) -> None:
    """Wake nobody for what never happened. Savepoints keep the list: the sweep sorts it out."""
    if previous.parent is None:
        session.info.pop("opengov_jobs", None)


def listen(session: Any) -> None:
    """Watch the commits of CKAN's sessions; called once when the plugin starts."""
    if not sa.event.contains(session, "after_commit", wake_after_commit):
        sa.event.listen(session, "after_commit", wake_after_commit)
        sa.event.listen(session, "after_soft_rollback", forget_after_rollback)


def _lock_key(job_id: str) -> Any:
    return sa.func.hashtextextended(f"opengov_job:{job_id}", 0)


def run(job_id: str) -> None:
    """Do one job, unless someone else does it right now or it is finished."""
    engine = ckan_model.ensure_engine()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as guard:
        if not guard.execute(sa.select(sa.func.pg_try_advisory_lock(_lock_key(job_id)))).scalar():
            return
        try:
            _run_locked(guard, job_id)
        finally:
            guard.execute(sa.select(sa.func.pg_advisory_unlock(_lock_key(job_id))))
            ckan_model.Session.remove()  # noqa: TID251 - the worker's own session


def _run_locked(guard: sa.Connection, job_id: str) -> None:
    session = ckan_model.Session  # noqa: TID251 - the worker's own session
    started = (
        sa.update(Job)
        .where(Job.id == job_id, Job.status.in_(UNFINISHED), Job.run_at <= sa.func.now())
        .values(status=Status.RUNNING, attempt=Job.attempt + 1, progress=0.0)
    )
    # On the guard's connection, so that others see the job run while its transaction is open.
    if not guard.execute(started).rowcount:
        return
    job = session.get_one(Job, job_id)
    session.info["opengov_progress"] = guard
    try:
        KINDS[job.kind].handler(session, job)
        session.execute(
            sa.update(Job).where(Job.id == job_id).values(status=Status.DONE, progress=1.0)
        )
        session.commit()
    except Exception as error:
        session.rollback()
        log.exception("Job %s failed", job_id)
        _put_back(guard, job_id, type(error).__name__)
    finally:
        session.info.pop("opengov_progress", None)


def _put_back(guard: sa.Connection, job_id: str, error: str) -> None:
    """Let the job be tried again later, twice as late each time; at last give it up."""
    attempt = guard.execute(sa.select(Job.attempt).where(Job.id == job_id)).scalar_one()
    is_last = attempt >= MAX_ATTEMPTS
    values = {
        "status": Status.FAILED if is_last else Status.QUEUED,
        "run_at": datetime.now(UTC) + FIRST_RETRY * 2 ** (attempt - 1),
        "error": error,
    }
    guard.execute(sa.update(Job).where(Job.id == job_id).values(**values))


def report_progress(session: AlchemySession, job: Job, share: float) -> None:
    """Show how far the job is (0 to 1), at once and to everyone."""
    guard: sa.Connection = session.info["opengov_progress"]
    guard.execute(sa.update(Job).where(Job.id == job.id).values(progress=share))


Sweeper = Callable[[AlchemySession, datetime], int]

SWEEPERS: list[Sweeper] = []


def sweeper(function: Sweeper) -> Sweeper:
    """Register what every sweep does besides waking workers; it returns how much it did."""
    SWEEPERS.append(function)
    return function


def sweep(session: AlchemySession, now: datetime) -> int:
    """Do what is due, and wake workers for unfinished jobs that nobody does; return how many."""
    done = sum(function(session, now) for function in SWEEPERS)
    waiting = (
        sa.select(Job.id, Job.queue)
        .where(Job.status.in_(UNFINISHED), Job.run_at <= now)
        .order_by(Job.run_at)
        .limit(BATCH)
    )
    for job_id, queue in session.execute(waiting).all():
        is_free = session.execute(
            sa.select(sa.func.pg_try_advisory_xact_lock(_lock_key(job_id)))
        ).scalar()
        # The lock must be free again before the worker looks.
        session.commit()
        if is_free:
            done += wake(job_id, queue)
    return done

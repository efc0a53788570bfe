"""Long work: the truth about a job is a row; RQ only wakes a worker for it.

A row is written in the transaction of the change that asks for the work. A worker
runs it while it holds a PostgreSQL session lock, which dies with the process; the
sweep wakes a worker again for every unfinished row whose lock is free. So a killed
worker, an empty Redis or one that is down loses nothing. A worker that was woken does the
job whose turn it is: parties (public bodies, say) take turns, and in each of them what is small
goes before what is large, unless that has waited long. What a job changes, and that
it is done, are committed together, and only by the newest attempt: a runner that lost
its lock and was overtaken commits nothing.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import redis
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, Session, mapped_column

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession

log = logging.getLogger(__name__)

SHORT, LONG = "opengov-short", "opengov-long"
"""Queues: short work is never stuck behind long."""
MAX_ATTEMPTS = 10
WORKER_DIED, UNKNOWN_KIND = "worker-died", "unknown-kind"
"""Codes in ``error`` where no exception could be named."""
FIRST_RETRY = timedelta(seconds=10)
"""Doubled each time: the last attempt comes about three hours after the first."""
BATCH = 200
MB = 1 << 20
SMALL = MB
"""Bytes up to which work on a file goes to the short queue: a matter of seconds."""
GIVES_WAY = timedelta(seconds=10)
"""For each megabyte, so long does a job let smaller ones of the same party go before it."""
TURNS_KEPT = timedelta(hours=1)
"""After so long without a job a party is as one that never had any."""
MOST_TRIED = 20
GOES_ON_SECONDS = 30
"""So long a worker that was woken for short work does what else there is."""
TIMEOUT_SECONDS = 24 * 3600
"""Work that takes longer is ended. CKAN's own three minutes would end, each time, what is large."""
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
    """Name of the exception of the last attempt, or a code."""
    run_at: Mapped[datetime] = mapped_column(MOMENT)
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    party: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    """Whose work it is, such as a body's id; empty: the site's."""
    weight: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")
    """Bytes to work through; 0: it does not matter."""
    started_at: Mapped[datetime | None] = mapped_column(MOMENT)


Handler = Callable[[AlchemySession, Job], None]


@dataclass(frozen=True, slots=True)
class Share:
    """Whose a job is, and how large."""

    party: str = ""
    weight: int = 0
    """In bytes."""


ShareOf = Callable[[AlchemySession, str], Share]


@dataclass(frozen=True, slots=True)
class Kind:
    """What does a kind of job, in which queue, and by which share it takes its turn."""

    handler: Handler
    queue: str
    share_of: ShareOf | None = None


KINDS: dict[str, Kind] = {}


def kind(name: str, *, queue: str, share_of: ShareOf | None = None) -> Callable[[Handler], Handler]:
    """Register the decorated function as the one that does jobs of this kind.

    It must not commit, and may run again after a failure. ``share_of`` tells from the subject
    whose the job is and how large; small ones go to the short queue.
    """

    def register(handler: Handler) -> Handler:
        KINDS[name] = Kind(handler, queue, share_of)
        return handler

    return register


def enqueue(session: AlchemySession, name: str, subject: str, *, now: datetime) -> Job:
    """Write a job in the caller's transaction; a worker is woken once that commits.

    Where the same is asked for already and has not begun, that job stands for both.
    """
    # Under this lock no worker begins it before our change is there to be seen.
    waiting = (
        sa.select(Job)
        .where(Job.kind == name, Job.subject == subject, Job.status == Status.QUEUED)
        .where(Job.attempt == 0, Job.run_at <= now)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    job = session.execute(waiting).scalar_one_or_none()
    if job is None:
        asked = KINDS[name]
        share = asked.share_of(session, subject) if asked.share_of else Share()
        is_small = asked.share_of is not None and share.weight <= SMALL
        job = Job(
            id=str(uuid.uuid4()),
            kind=name,
            subject=subject,
            queue=SHORT if is_small else asked.queue,
            party=share.party,
            weight=share.weight,
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


def enqueue_fresh(
    session: AlchemySession, name: str, subjects: Sequence[str], *, now: datetime
) -> None:
    """Write a job for each of many subjects that are new, in the caller's transaction."""
    rows = [
        {
            "id": str(uuid.uuid4()),
            "kind": name,
            "subject": subject,
            "queue": KINDS[name].queue,
            "status": Status.QUEUED,
            "progress": 0.0,
            "attempt": 0,
            "run_at": now,
            "created_at": now,
        }
        for subject in subjects
    ]
    if rows:
        session.execute(sa.insert(Job), rows)
        asked = session.info.setdefault("opengov_jobs", [])
        asked.extend((row["id"], row["queue"]) for row in rows)


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


def due(session: AlchemySession) -> list[str]:
    """Return the ids of the jobs that a worker would begin now, the oldest first."""
    waiting = sa.select(Job.id).where(Job.status == Status.QUEUED, Job.run_at <= sa.func.now())
    ids = list(session.scalars(waiting.order_by(Job.created_at).limit(BATCH)))
    session.rollback()
    return ids


def forget_superseded(session: AlchemySession, before: datetime) -> int:
    """Delete finished jobs older than this whose work was done anew since; return how many."""
    newer = orm.aliased(Job)
    again = sa.exists().where(newer.subject == Job.subject, newer.kind == Job.kind)
    old = (
        sa.select(Job.id)
        .where(Job.status.not_in(UNFINISHED), Job.created_at < before)
        .where(again.where(newer.created_at > Job.created_at))
        .limit(BATCH)
    )
    gone = session.scalars(sa.delete(Job).where(Job.id.in_(old)).returning(Job.id))
    return len(gone.all())


def counts(session: AlchemySession) -> list[tuple[str, str, str | None, int]]:
    """Return how many jobs there are of each kind, status and error."""
    kinds = (Job.kind, Job.status, Job.error)
    query = sa.select(*kinds, sa.func.count()).group_by(*kinds).order_by(*kinds)
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(query)]


def wake(job_id: str, queue: str) -> bool:
    """Wake a worker for the job; False if Redis does not answer, which the sweep mends.

    A job that waits in the queue already is not put there again.
    """
    rq_id = f"opengov-{job_id}"
    kept = {"result_ttl": 0, "failure_ttl": 0}
    options = {"job_id": rq_id, "timeout": TIMEOUT_SECONDS, **kept}
    try:
        if rq_id not in tk.get_job_queue(queue).job_ids:
            tk.enqueue_job(run_next, [queue], queue=queue, rq_kwargs=options)
    except redis.RedisError:
        log.warning("Redis does not answer; job %s waits for the sweep", job_id)
        return False
    return True


def dismiss(job_id: str) -> None:
    """Take a job out of the queues that was done without a worker.

    A worker starts CKAN for each it finds there: hundreds that are done already keep people
    waiting for minutes.
    """
    try:
        for queue in (SHORT, LONG):
            asked, rq_id = tk.get_job_queue(queue), f"opengov-{job_id}"
            waiting = asked.fetch_job(rq_id) if rq_id in asked.job_ids else None
            if waiting is not None:
                waiting.delete()
    except redis.RedisError:
        log.warning("Redis does not answer; a worker finds job %s done", job_id)


def wake_after_commit(session: Session) -> None:
    """Wake workers for what the committed transaction asked for."""
    # The release of a savepoint is announced as a commit too; nobody sees the row yet.
    if session.in_nested_transaction():
        return
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


def run_next(queue: str) -> None:
    """Do the job of a queue whose turn it is, unless all are done or others do them.

    There are as many wake-ups as jobs: each does one, though not always the one that asked for it.
    Short ones go on with the next: starting CKAN takes longer than most of them.
    """
    until = time.monotonic() + (GOES_ON_SECONDS if queue == SHORT else 0)
    done = _next_done(queue)
    while done and time.monotonic() < until:
        done = _next_done(queue)
        if done:
            dismiss(done)


def _next_done(queue: str) -> str | None:
    """Do the job whose turn it is; return its id, or None: there is none."""
    session = ckan_model.Session  # noqa: TID251 - the worker's own session
    ids = in_turn(session, queue, MOST_TRIED)
    session.rollback()
    return next(filter(run, ids), None)


def in_turn(session: AlchemySession, queue: str, limit: int) -> list[str]:
    """Return the ids of the due jobs of a queue in the order of their turns.

    First those of the party whose last turn is the longest ago; of each party, one after
    the other. In a party, by when they were asked for and ``GIVES_WAY`` for each megabyte.
    """
    last = (
        sa.select(Job.party, sa.func.max(Job.started_at).label("at"))
        .where(Job.queue == queue, Job.started_at > sa.func.now() - TURNS_KEPT)
        .group_by(Job.party)
        .subquery()
    )
    gives_way = sa.literal(GIVES_WAY, sa.Interval) * (sa.cast(Job.weight, sa.Float) / MB)
    order = (Job.created_at + gives_way, Job.id)
    place = sa.func.row_number().over(partition_by=Job.party, order_by=order)
    waiting = (
        sa.select(Job.id, Job.party, Job.created_at, place.label("place"))
        .where(Job.queue == queue, Job.status.in_(UNFINISHED), Job.run_at <= sa.func.now())
        .subquery()
    )
    query = (
        sa.select(waiting.c.id)
        .outerjoin(last, last.c.party == waiting.c.party)
        .order_by(waiting.c.place, last.c.at.asc().nulls_first(), waiting.c.created_at)
        .limit(limit)
    )
    return list(session.scalars(query))


def run(job_id: str) -> bool:
    """Do one job, unless someone else does it right now or it is finished; return whether so."""
    engine = ckan_model.ensure_engine()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as guard:
        if not guard.execute(sa.select(sa.func.pg_try_advisory_lock(_lock_key(job_id)))).scalar():
            return False
        try:
            return _run_locked(guard, job_id)
        finally:
            guard.execute(sa.select(sa.func.pg_advisory_unlock(_lock_key(job_id))))
            ckan_model.Session.remove()  # noqa: TID251 - the worker's own session


def _run_locked(guard: sa.Connection, job_id: str) -> bool:
    session = ckan_model.Session  # noqa: TID251 - the worker's own session
    attempt = _start(guard, job_id)
    if attempt is None:
        return False
    mine = sa.update(Job).where(
        Job.id == job_id, Job.status == Status.RUNNING, Job.attempt == attempt
    )
    job = session.get_one(Job, job_id)
    session.info["opengov_progress"] = guard
    try:
        KINDS[job.kind].handler(session, job)
        done: Any = session.execute(mine.values(status=Status.DONE, progress=1.0))
        if done.rowcount:
            session.commit()
        else:
            session.rollback()
            log.warning("Job %s was overtaken by another attempt", job_id)
    except Exception as error:
        session.rollback()
        log.exception("Job %s failed", job_id)
        is_last = attempt >= MAX_ATTEMPTS
        status = Status.FAILED if is_last else Status.QUEUED
        guard.execute(mine.values(status=status, error=type(error).__name__))
    finally:
        session.info.pop("opengov_progress", None)
    return True


def _start(guard: sa.Connection, job_id: str) -> int | None:
    """Mark the job as running; return which attempt this is, or None: there is nothing to do.

    On the guard's connection, so that others see the job run while its transaction is open.
    """
    due = sa.update(Job).where(
        Job.id == job_id, Job.status.in_(UNFINISHED), Job.run_at <= sa.func.now()
    )
    # A job that kills its worker raises no error: its attempts are counted all the same.
    given_up = due.where(Job.attempt >= MAX_ATTEMPTS)
    guard.execute(given_up.values(status=Status.FAILED, error=WORKER_DIED))
    unknown = due.where(Job.kind.not_in(list(KINDS)))
    guard.execute(unknown.values(status=Status.FAILED, error=UNKNOWN_KIND))
    # The next attempt waits twice as long as this one did, also if this one leaves no trace.
    pause = sa.literal(FIRST_RETRY, sa.Interval) * sa.func.power(2, Job.attempt)
    started = due.values(
        status=Status.RUNNING,
        attempt=Job.attempt + 1,
        progress=0.0,
        run_at=sa.func.now() + pause,
        started_at=sa.func.now(),
    )
    return guard.execute(started.returning(Job.attempt)).scalar_one_or_none()


def beside(session: AlchemySession) -> sa.Connection:
    """Return a connection on which a running job tells something at once and to everyone."""
    guard: sa.Connection = session.info["opengov_progress"]
    return guard


def report_progress(session: AlchemySession, job: Job, share: float) -> None:
    """Show how far the job is (0 to 1), at once and to everyone."""
    beside(session).execute(sa.update(Job).where(Job.id == job.id).values(progress=share))


Sweeper = Callable[[AlchemySession, datetime], int]

SWEEPERS: list[Sweeper] = []


def sweeper(function: Sweeper) -> Sweeper:
    """Register what every sweep does besides waking workers; it returns how much it did."""
    SWEEPERS.append(function)
    return function


def sweep(session: AlchemySession, now: datetime) -> int:
    """Wake workers for unfinished jobs that nobody does, and do what is due; return how many."""
    return _wake_waiting(session, now) + sum(_try(each, session, now) for each in SWEEPERS)


def _try(function: Sweeper, session: AlchemySession, now: datetime) -> int:
    """Let one sweeper work; whatever it runs into stops no other."""
    try:
        return function(session, now)
    except Exception:
        session.rollback()
        log.exception("The sweeper %s failed", function.__name__)
        return 0


def _wake_waiting(session: AlchemySession, now: datetime) -> int:
    woken = 0
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
            woken += wake(job_id, queue)
    return woken

"""Messages to account holders: a row written with the change, sent by a job afterwards.

A row holds ids and codes; the text is rendered at delivery, in the reader's language,
and never stored. The Message-ID comes from the row's id: should a worker die between
sending and noting it, mail programs know the second copy for the same message.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from flask_babel import force_locale
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.lib.mailer import MailerException
from ckan.types import AlchemySession

from ckanext.opengov.shared import jobs

log = logging.getLogger(__name__)

MAIL = "opengov.mail"
MAX_ATTEMPTS = 11
FIRST_RETRY = timedelta(minutes=1)
"""Doubled each time: the last attempt comes about 17 hours after the first."""


class State(StrEnum):
    """Where a message stands."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    """The mail server refused it or was away until the last attempt."""
    UNDELIVERABLE = "undeliverable"
    """The recipient has no active account with an address."""


class Message(tk.BaseModel):
    """One message to one person."""

    __tablename__ = "opengov_outbox"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.Text)
    recipient_id: Mapped[str] = mapped_column(sa.Text)
    params: Mapped[dict[str, str]] = mapped_column(JSONB)
    """Ids and codes that the renderer needs."""
    state: Mapped[str] = mapped_column(sa.Text)
    attempts: Mapped[int] = mapped_column(sa.Integer)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


Renderer = Callable[[AlchemySession, Mapping[str, str]], tuple[str, str]]
"""Returns subject and body, both plain text, in the language that is set."""

RENDERERS: dict[str, Renderer] = {}


def message(kind: str) -> Callable[[Renderer], Renderer]:
    """Register the decorated function as the one that writes messages of this kind."""

    def register(renderer: Renderer) -> Renderer:
        RENDERERS[kind] = renderer
        return renderer

    return register


def post(
    session: AlchemySession,
    *,
    kind: str,
    recipient_id: str,
    params: Mapping[str, str],
    now: datetime,
) -> None:
    """Write a message in the caller's transaction; it is sent once that commits."""
    row = Message(
        id=str(uuid.uuid4()),
        kind=kind,
        recipient_id=recipient_id,
        params=dict(params),
        state=State.QUEUED,
        attempts=0,
        created_at=now,
    )
    session.add(row)
    session.flush()
    jobs.enqueue(session, MAIL, row.id, now=now)


@jobs.kind(MAIL, queue=jobs.SHORT)
def deliver(session: AlchemySession, job: jobs.Job) -> None:
    """Send a message, unless it was sent; ask for a later attempt where that fails."""
    row = session.get_one(Message, job.subject, with_for_update=True, populate_existing=True)
    if row.state != State.QUEUED:
        return
    user = session.get(ckan_model.User, row.recipient_id)
    if user is None or user.state != "active" or not user.email:
        row.state = State.UNDELIVERABLE
        return
    row.attempts += 1
    try:
        _send(session, row, user.display_name, user.email, _language_of(user))
    except (MailerException, OSError) as error:
        log.warning("Message %s was not sent: %s", row.id, type(error).__name__)
        _put_off(session, row)
    else:
        row.state = State.SENT


def _send(session: AlchemySession, row: Message, name: str, address: str, language: str) -> None:
    with force_locale(language):
        subject, body = RENDERERS[row.kind](session, row.params)
    # A title may hold line breaks, and a subject none.
    subject = " ".join(subject.split())
    domain = tk.config["ckan.site_url"].split("//")[-1].split("/")[0].split(":")[0]
    headers = {"Message-ID": f"<{row.id}@{domain}>", "Auto-Submitted": "auto-generated"}
    tk.mail_recipient(name, address, subject, body, headers=headers)


def _language_of(user: ckan_model.User) -> str:
    """Return the language that the person chose, or else the site's."""
    chosen = ((user.plugin_extras or {}).get("opengov") or {}).get("lang")
    offered = tk.aslist(tk.config.get("ckan.locales_offered") or [])
    return str(chosen if chosen in offered else tk.config["ckan.locale_default"])


def _put_off(session: AlchemySession, row: Message) -> None:
    if row.attempts >= MAX_ATTEMPTS:
        row.state = State.FAILED
        return
    later = datetime.now(UTC) + FIRST_RETRY * 2 ** (row.attempts - 1)
    jobs.enqueue(session, MAIL, row.id, now=later)


def counts(session: AlchemySession) -> dict[str, int]:
    """Return how many messages are in each state."""
    query = sa.select(Message.state, sa.func.count()).group_by(Message.state)
    found = {row[0]: row[1] for row in session.execute(query)}
    return {state.value: found.get(state, 0) for state in State}


def retry_failed(session: AlchemySession, now: datetime) -> int:
    """Send what failed once more, in the caller's transaction; return how many."""
    failed = sa.update(Message).where(Message.state == State.FAILED)
    ids = session.execute(failed.values(state=State.QUEUED, attempts=0).returning(Message.id))
    found = list(ids.scalars())
    for message_id in found:
        jobs.enqueue(session, MAIL, message_id, now=now)
    return len(found)

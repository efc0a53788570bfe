"""What people are told: rows written with the change, mailed after it.

A message holds ids and codes; its text is rendered when it is read or sent, in the
reader's language, and never stored. A mail carries one message, or a digest of many:
which, is settled before it is sent, in a row whose id is the Message-ID. Should a
worker die between sending and noting it, mail programs know the second copy for the
same mail.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.lib.mailer import MailerException
from ckan.types import AlchemySession

from ckanext.opengov.shared import correspondents, jobs, letters, readers
from ckanext.opengov.shared.domain.notices import Frequency, Way, way
from ckanext.opengov.shared.rendering import Person, To, is_urgent

log = logging.getLogger(__name__)

MAIL = "opengov.mail"
MAX_ATTEMPTS = 11
FIRST_RETRY = timedelta(minutes=1)
"""Doubled each time: the last attempt comes about 17 hours after the first."""
MOST_WAITING = 400
OCCASIONS = uuid.UUID("5f1f0c0e-6d0e-4b43-9d8e-6c1d1f6f1c6a")
"""Of ids that are made of an occasion and a person."""
MOMENT = sa.DateTime(timezone=True)


class State(StrEnum):
    """Where a mail stands."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    """The mail server refused it or was away until the last attempt."""
    UNDELIVERABLE = "undeliverable"
    """The recipient has no active account with an address."""
    NEEDLESS = "needless"
    """Nothing was left to say: read meanwhile, or about what the reader may not know any more."""


SETTLED = (State.SENT, State.UNDELIVERABLE, State.NEEDLESS)
"""Nothing is to be done with such a mail any more."""


class Message(tk.BaseModel):
    """One thing that one person is told."""

    __tablename__ = "opengov_outbox"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.Text)
    recipient_id: Mapped[str] = mapped_column(sa.Text)
    params: Mapped[dict[str, str]] = mapped_column(JSONB)
    """Ids and codes that the renderer needs."""
    way: Mapped[str] = mapped_column(sa.Text)
    mail_id: Mapped[str | None] = mapped_column(sa.Text)
    """None: it waits for a digest, or is in the inbox alone."""
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    read_at: Mapped[datetime | None] = mapped_column(MOMENT)


class Mail(tk.BaseModel):
    """One letter to one person."""

    __tablename__ = "opengov_mail"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    recipient_id: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text)
    attempts: Mapped[int] = mapped_column(sa.Integer)
    created_at: Mapped[datetime] = mapped_column(MOMENT)


def post(
    session: AlchemySession,
    *,
    kind: str,
    recipient_id: str,
    params: Mapping[str, str],
    now: datetime,
) -> None:
    """Tell a person, in the caller's transaction: in their inbox, and by mail as they wish.

    ``recipient_id`` is that of an account, or of a correspondent, who is mailed at once.
    """
    wishes = _wishes_of(session, recipient_id)
    chosen = way(wishes.frequency, is_urgent=is_urgent(kind))
    row = Message(
        id=str(uuid.uuid4()),
        kind=kind,
        recipient_id=recipient_id,
        params=dict(params),
        way=chosen,
        created_at=now,
    )
    if chosen is Way.MAIL:
        row.mail_id = add_mail(session, recipient_id, now)
    session.add(row)
    session.flush()


@dataclass(frozen=True, slots=True)
class News:
    """What many people are told."""

    kind: str
    params: Mapping[str, str]
    occasion: str
    """Id of what happened: nobody is told of it twice."""


def post_to_many(
    session: AlchemySession,
    news: News,
    recipient_ids: Sequence[str],
    now: datetime,
    *,
    is_quiet: bool = False,
) -> None:
    """Tell many people the same, in the caller's transaction: as many statements for all.

    Each is told once, however often this is called; ``is_quiet``: in their inbox alone.
    """
    frequencies = readers.frequencies_of(session, recipient_ids)
    ways = {
        person: Way.INBOX if is_quiet else way(frequency, is_urgent=is_urgent(news.kind))
        for person, frequency in frequencies.items()
    }
    ids = {person: str(uuid.uuid5(OCCASIONS, f"{news.occasion} {person}")) for person in ways}
    rows = [
        {
            "id": ids[person],
            "kind": news.kind,
            "recipient_id": person,
            "params": dict(news.params),
            "way": chosen,
            # A mail for this message alone needs no other id.
            "mail_id": ids[person] if chosen is Way.MAIL else None,
            "created_at": now,
        }
        for person, chosen in ways.items()
    ]
    if not rows:
        return
    written = insert(Message).values(rows).on_conflict_do_nothing(index_elements=["id"])
    fresh = session.execute(written.returning(Message.recipient_id, Message.mail_id)).all()
    _add_mails(session, {row.mail_id: row.recipient_id for row in fresh if row.mail_id}, now)


def gather(
    session: AlchemySession,
    news: News,
    recipient_ids: Sequence[str],
    now: datetime,
    *,
    until: datetime,
) -> None:
    """Tell people of their work, in the caller's transaction: all until then goes in one mail.

    Each is told once of an occasion. For urgent kinds: how often they want mail does not count.
    """
    rows = [
        {
            "id": str(uuid.uuid5(OCCASIONS, f"{news.occasion} {person}")),
            "kind": news.kind,
            "recipient_id": person,
            "params": dict(news.params),
            "way": Way.MAIL,
            "mail_id": str(uuid.uuid5(OCCASIONS, f"until {until.isoformat()} {person}")),
            "created_at": now,
        }
        for person in sorted(set(recipient_ids))
    ]
    if not rows:
        return
    written = insert(Message).values(rows).on_conflict_do_nothing(index_elements=["id"])
    fresh = session.execute(written.returning(Message.recipient_id, Message.mail_id)).all()
    if not fresh:
        return
    common = {"state": State.QUEUED, "attempts": 0, "created_at": now}
    mails = [{"id": row.mail_id, "recipient_id": row.recipient_id, **common} for row in fresh]
    added = insert(Mail).values(mails).on_conflict_do_nothing(index_elements=["id"])
    new = session.execute(added.returning(Mail.id)).scalars().all()
    jobs.enqueue_fresh(session, MAIL, list(new), now=until)


def _add_mails(session: AlchemySession, mails: Mapping[str, str], now: datetime) -> None:
    """Write mails to these people, by the mails' ids, to be sent once this commits."""
    common = {"state": State.QUEUED, "attempts": 0, "created_at": now}
    rows = [{"id": id_, "recipient_id": person, **common} for id_, person in mails.items()]
    if rows:
        session.execute(sa.insert(Mail), rows)
        jobs.enqueue_fresh(session, MAIL, list(mails), now=now)


def is_busy(session: AlchemySession) -> bool:
    """Tell whether many mails wait for their first attempt.

    Who tells thousands waits then: a mail that somebody needs to sign in stands in the same line.
    """
    waiting = sa.select(sa.literal(1)).where(Mail.state == State.QUEUED, Mail.attempts == 0)
    some = waiting.limit(MOST_WAITING).subquery()
    counted = session.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()
    return int(counted) >= MOST_WAITING


def withhold(session: AlchemySession, recipient_id: str, about: sa.ColumnElement[bool]) -> None:
    """Let what is not mailed yet of these messages of a person stay in the inbox alone."""
    not_sent = sa.select(Mail.id).where(
        Mail.recipient_id == recipient_id, Mail.state == State.QUEUED
    )
    waiting = sa.or_(Message.mail_id.is_(None), Message.mail_id.in_(not_sent))
    session.execute(
        sa.update(Message)
        .where(Message.recipient_id == recipient_id, about, waiting)
        .values(way=Way.INBOX, mail_id=None),
        execution_options={"synchronize_session": False},
    )


def add_mail(session: AlchemySession, recipient_id: str, now: datetime) -> str:
    """Write a mail, to be sent once the caller's transaction commits; return its id."""
    mail = Mail(
        id=str(uuid.uuid4()),
        recipient_id=recipient_id,
        state=State.QUEUED,
        attempts=0,
        created_at=now,
    )
    session.add(mail)
    session.flush()
    jobs.enqueue(session, MAIL, mail.id, now=now)
    return mail.id


@jobs.kind(MAIL, queue=jobs.SHORT)
def deliver(session: AlchemySession, job: jobs.Job) -> None:
    """Send a mail, unless it was sent; ask for a later attempt where that fails."""
    mail = session.get_one(Mail, job.subject, with_for_update=True, populate_existing=True)
    if mail.state != State.QUEUED:
        return
    person = _person(session, mail.recipient_id)
    if person is None or person.state != "active" or not person.email:
        mail.state = State.UNDELIVERABLE
        return
    wishes = _wishes_of(session, person.id)
    letter = letters.write(session, To(person, wishes.language), _content(session, mail, wishes))
    if letter is None:
        mail.state = State.NEEDLESS
        return
    mail.attempts += 1
    try:
        letters.send(person.display_name, person.email, letter, mail.id)
    except (MailerException, OSError) as error:
        log.warning("Mail %s was not sent: %s", mail.id, type(error).__name__)
        _put_off(session, mail)
    else:
        mail.state = State.SENT
        if correspondents.is_one(person.id):
            _note_read(session, mail)


def _wishes_of(session: AlchemySession, recipient_id: str) -> readers.Wishes:
    if correspondents.is_one(recipient_id):
        return correspondents.wishes_of(session, recipient_id)
    return readers.wishes_of(session, recipient_id)


def _person(session: AlchemySession, recipient_id: str) -> Person | None:
    if correspondents.is_one(recipient_id):
        return correspondents.addressee(session, recipient_id)
    return session.get(ckan_model.User, recipient_id)


def _note_read(session: AlchemySession, mail: Mail) -> None:
    """Let what was mailed be forgotten in time: who has no inbox reads it nowhere else."""
    of_mail = sa.update(Message).where(Message.mail_id == mail.id)
    session.execute(of_mail.values(read_at=datetime.now(UTC)))


def _content(session: AlchemySession, mail: Mail, wishes: readers.Wishes) -> list[Message]:
    """Return what the mail is about, without what was read or unwished for meanwhile."""
    query = sa.select(Message).where(Message.mail_id == mail.id)
    rows = session.execute(query.order_by(Message.created_at, Message.id)).scalars().all()
    is_wanted = wishes.frequency is not Frequency.INBOX
    return [row for row in rows if is_urgent(row.kind) or (is_wanted and row.read_at is None)]


def _put_off(session: AlchemySession, mail: Mail) -> None:
    if mail.attempts >= MAX_ATTEMPTS:
        mail.state = State.FAILED
        return
    later = datetime.now(UTC) + FIRST_RETRY * 2 ** (mail.attempts - 1)
    jobs.enqueue(session, MAIL, mail.id, now=later)


def counts(session: AlchemySession) -> dict[str, int]:
    """Return how many mails are in each state."""
    query = sa.select(Mail.state, sa.func.count()).group_by(Mail.state)
    found = {row[0]: row[1] for row in session.execute(query)}
    return {state.value: found.get(state, 0) for state in State}


def retry_failed(session: AlchemySession, now: datetime) -> int:
    """Send what failed once more, in the caller's transaction; return how many."""
    failed = sa.update(Mail).where(Mail.state == State.FAILED)
    ids = session.execute(failed.values(state=State.QUEUED, attempts=0).returning(Mail.id))
    found = list(ids.scalars())
    for mail_id in found:
        jobs.enqueue(session, MAIL, mail_id, now=now)
    return len(found)

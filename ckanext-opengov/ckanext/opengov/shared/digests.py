"""Gathers what waits for each reader into one mail, when its time has come.

Which messages a digest carries is settled and committed before it is sent; from there
on it is a mail like any other. So a sweep that is killed, late or run twice at once
neither loses a message nor sends it in two digests.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.opengov.shared import jobs, leaving, letters, readers, site
from ckanext.opengov.shared.domain.notices import Frequency, Way, last_digest
from ckanext.opengov.shared.leaving import MailingList, Subscription
from ckanext.opengov.shared.outbox import Message, add_mail
from ckanext.opengov.shared.readers import Reader

BATCH = 200
"""Readers of one sweep; the next comes within seconds."""
WAITING = (
    Message.way == Way.DIGEST,
    Message.mail_id.is_(None),
    Message.read_at.is_(None),
)


@jobs.sweeper
def gather_due(session: AlchemySession, now: datetime) -> int:
    """Make the digests that are due; return how many."""
    found = session.execute(_due(now)).scalars().all()
    session.commit()
    return sum(gather(session, reader, now) for reader in found)


def gather(session: AlchemySession, recipient_id: str, now: datetime) -> int:
    """Put all that waits for this reader into one mail, and commit; return 1, or 0: nothing did."""
    mail_id = add_mail(session, recipient_id, now)
    waiting = sa.update(Message).where(Message.recipient_id == recipient_id, *WAITING)
    # Of two sweeps at once, the second waits here for the first, and finds nothing left.
    taken = session.execute(waiting.values(mail_id=mail_id).returning(Message.id)).scalars().all()
    if not taken:
        session.rollback()
        return 0
    session.commit()
    return 1


def keep_in_inbox(session: AlchemySession, recipient_id: str) -> None:
    """Let what waits for this reader's digest stay in the inbox alone."""
    waiting = sa.update(Message).where(Message.recipient_id == recipient_id, *WAITING)
    session.execute(waiting.values(way=Way.INBOX))


def _due(now: datetime) -> sa.Select[tuple[str]]:
    """Select the readers for whom something waits since before their last digest was due."""
    zone = ZoneInfo(str(tk.h.get_display_timezone()))
    hour = int(tk.config["ckanext.opengov.digest_hour"])
    local = now.astimezone(zone)
    weekly, daily = (
        last_digest(each, local, hour).astimezone(UTC)
        for each in (Frequency.WEEKLY, Frequency.DAILY)
    )
    # Who chose something else while a message was written gets it with the others'.
    due = sa.case((Reader.frequency == Frequency.WEEKLY, weekly), else_=daily)
    return (
        sa.select(Message.recipient_id)
        .outerjoin(Reader, Reader.user_id == Message.recipient_id)
        .where(*WAITING, Message.created_at < due)
        .group_by(Message.recipient_id)
        .order_by(sa.func.min(Message.created_at))
        .limit(BATCH)
    )


def _leave_mail(session: AlchemySession, subscription: Subscription, _now: datetime) -> None:
    """Let a person read everything in the inbox alone."""
    person = subscription.recipient_id
    chosen = readers.wishes_of(session, person).chosen
    readers.wish(session, person, Frequency.INBOX, chosen)
    keep_in_inbox(session, person)


def _about_mail(_session: AlchemySession, _subscription: Subscription) -> str:
    return tk._("All notices of {site}").format(site=site.name(tk.h.lang()))


leaving.register(letters.MAIL, MailingList(_leave_mail, _about_mail))

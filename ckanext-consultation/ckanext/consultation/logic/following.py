"""Tells those who follow a consultation what becomes of it: each once of each occasion."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.consultation.domain import occasions
from ckanext.consultation.domain.life import State
from ckanext.consultation.domain.occasions import Kind
from ckanext.consultation.logic import happened
from ckanext.consultation.model import answers, consultations, follows
from ckanext.consultation.model.consultations import Consultation
from ckanext.consultation.model.follows import Occasion
from ckanext.opengov.shared import jobs, leaving, outbox
from ckanext.opengov.shared.domain.moments import utc_now
from ckanext.opengov.shared.leaving import Leave, MailingList, Subscription
from ckanext.opengov.shared.outbox import Message, News

LIST = "consultation"
TELL = "consultation.tell"
TOLD_AT_ONCE = 200
PAUSE = timedelta(seconds=20)
"""Before more people are told while many mails wait."""
RARELY = timedelta(days=1)
"""Followers hear of replies at most so often: the first message leads to all of them."""
REPLY, TEXT_CHANGED = "consultation-reply", "consultation-text-changed"
"""Of replies to oneself; of new versions."""
MESSAGES = {
    **{kind: f"consultation-{kind}" for kind in Kind},
    Kind.VERSION: TEXT_CHANGED,
}
"""Kinds of messages by what happened."""
ALL = (*MESSAGES.values(), REPLY)


def note(
    session: AlchemySession, row: Consultation, kind: Kind, now: datetime, subject: str = ""
) -> bool:
    """Note that followers are to be told of something, in the caller's transaction.

    Noted again, it stays one occasion: then this returns False.
    """
    found = follows.note(session, row.id, kind, subject, now)
    if found:
        jobs.enqueue(session, TELL, found, now=utc_now())
    return bool(found)


def note_due(session: AlchemySession, reminder: timedelta) -> int:
    """Note what the clock has brought about since the last time; return how much that was."""
    now, noted = consultations.now(session), 0
    for row in list(session.execute(follows.due(now, reminder)).scalars()):
        for kind, moment in occasions.due(row.window, now, reminder):
            # Who followed between the hour and now knows of it; of the end anybody may be told.
            at = now if kind is Kind.CLOSING else moment
            found = follows.note(session, row.id, kind, occasions.mark(moment), at)
            if found:
                jobs.enqueue(session, TELL, found, now=now)
                noted += 1
    session.commit()
    return noted


def tell(session: AlchemySession, job: jobs.Job) -> None:
    """Tell some of those who are still to be told; ask to go on."""
    occasion = follows.occasion(session, job.subject)
    row = consultations.find(session, occasion.consultation_id) if occasion else None
    if occasion is None or row is None or occasion.told_at is not None:
        return
    now = utc_now()
    if outbox.is_busy(session):
        jobs.enqueue(session, TELL, occasion.id, now=now + PAUSE)
        return
    people = _next(session, row, occasion, consultations.now(session))
    if people:
        _post(session, occasion, people, now)
    if len(people) == TOLD_AT_ONCE:
        occasion.told_to = people[-1]
        jobs.enqueue(session, TELL, occasion.id, now=now)
    else:
        # Nothing of a person is kept in what is done.
        occasion.told_at, occasion.told_to = now, ""


def _next(
    session: AlchemySession, row: Consultation, occasion: Occasion, now: datetime
) -> list[str]:
    kind = Kind(occasion.kind)
    goes_on = row.state != State.CANCELLED or kind is Kind.CANCELLED
    is_late = kind is Kind.OVERDUE and row.state != State.PUBLISHED
    if not row.is_public or not goes_on or is_late:
        return []
    if not occasions.still_matters(kind, occasion.subject, row.window, now):
        return []
    groups = [follows.followers(occasion)]
    if kind is Kind.VERSION:
        groups.append(follows.took_part(occasion))
    if kind is Kind.REPLIED:
        reply = answers.reply(session, occasion.subject)
        groups = [answers.concerned(reply)] if reply else []
        if reply and not reply.comment_id:
            groups.append(follows.followers(occasion))
    return follows.next_of(session, occasion, groups, TOLD_AT_ONCE) if groups else []


def _post(session: AlchemySession, occasion: Occasion, people: list[str], now: datetime) -> None:
    kind = Kind(occasion.kind)
    params = {"consultation_id": occasion.consultation_id}
    if kind is Kind.VERSION:
        params["version"] = occasion.subject
    if kind is Kind.REPLIED:
        params["reply_id"] = occasion.subject
        people = _answered(session, occasion, people, params, now)
    news = News(MESSAGES[kind], params, occasion.id)
    outbox.post_to_many(session, news, people, now)


def _answered(
    session: AlchemySession,
    occasion: Occasion,
    people: list[str],
    params: dict[str, str],
    now: datetime,
) -> list[str]:
    """Tell those of these people whom a reply answers; return whom else to tell of it."""
    reply = answers.reply(session, occasion.subject)
    if reply is None:
        return []
    mine = follows.among(session, answers.concerned(reply), people)
    gone = follows.among(session, follows.left(occasion.consultation_id), people)
    news = News(REPLY, params, occasion.id)
    outbox.post_to_many(session, news, sorted(mine - gone), now)
    # A reply to oneself is kept, also by who wants no mail of this consultation.
    outbox.post_to_many(session, news, sorted(mine & gone), now, is_quiet=True)
    told = sa.select(Message.recipient_id.label("who")).where(
        Message.kind == MESSAGES[Kind.REPLIED],
        about(occasion.consultation_id),
        Message.created_at > now - RARELY,
    )
    return sorted(set(people) - mine - follows.among(session, told, people))


def about(consultation_id: str) -> sa.ColumnElement[bool]:
    """Return what holds of messages about a consultation."""
    return Message.params["consultation_id"].astext == consultation_id


def leave(session: AlchemySession, consultation_id: str, recipient_id: str, now: datetime) -> None:
    """Let somebody follow no more, in the caller's transaction; nothing more is mailed to them."""
    follows.leave(session, consultation_id, recipient_id, now)
    mine = sa.and_(Message.kind.in_(ALL), about(consultation_id))
    outbox.withhold(session, recipient_id, mine)


def way_out(row: Consultation, recipient_id: str, language: str) -> Leave:
    """Return how a reader of a mail about a consultation gets no more of them."""
    title = happened.title_of(row.title_translated, row.primary_lang, language)
    words = tk._("To get no more mail about the consultation “{title}”:").format(title=title)
    url = leaving.url(Subscription(LIST, recipient_id, row.id), language)
    return Leave(f"{row.name}.consultation", words, url)


def _leave(session: AlchemySession, subscription: Subscription, now: datetime) -> None:
    """Take somebody off by the link of a mail; the consultation may be gone."""
    if consultations.find(session, subscription.subject):
        leave(session, subscription.subject, subscription.recipient_id, now)


def _about(session: AlchemySession, subscription: Subscription) -> str:
    row = consultations.find(session, subscription.subject)
    if row is None or not row.is_public:
        return ""
    title = happened.title_of(row.title_translated, row.primary_lang, tk.h.lang())
    return tk._("Consultation: {title}").format(title=title)


leaving.register(LIST, MailingList(_leave, _about))

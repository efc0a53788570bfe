"""What participants are told, and what each reads of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.consultation.model import answers
from ckanext.consultation.model.answers import Reply
from ckanext.consultation.model.consultations import Consultation
from ckanext.opengov.shared import outbox, readers
from ckanext.opengov.shared.domain.notices import isolated
from ckanext.opengov.shared.domain.texts import pick
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.outbox import Message
from ckanext.opengov.shared.rendering import Said, To, renders

REPLY = "consultation-reply"


def tell_of_reply(session: AlchemySession, reply: Reply, now: datetime) -> None:
    """Tell the people whom a reply answers, each once."""
    params = {"consultation_id": reply.consultation_id, "reply_id": reply.id}
    for recipient_id in answers.people_concerned(session, reply):
        outbox.post(session, kind=REPLY, recipient_id=recipient_id, params=params, now=now)


@renders({REPLY: N_("Official replies")})
def render_replies(
    session: AlchemySession, to: To, messages: Sequence[Message]
) -> list[Said | None]:
    """Return what each message says of a reply and its consultation."""
    ids = {message.params["consultation_id"] for message in messages}
    query = sa.select(Consultation).where(Consultation.id.in_(ids))
    rows = {row.id: row for row in session.execute(query).scalars()}
    return [_of_reply(rows.get(each.params["consultation_id"]), each, to) for each in messages]


def _of_reply(row: Consultation | None, message: Message, to: To) -> Said | None:
    if row is None or not row.is_public:
        return None
    title = pick(row.title_translated, [to.language, *readers.languages()])
    sentence = tk._("The public body replied to you: {title}")
    url = tk.url_for(
        "consultation_answers.results",
        name=row.name,
        locale=to.language,
        _external=True,
        _anchor=f"reply-{message.params['reply_id']}",
    )
    todo = tk._("Read what it decided, and why.")
    return Said(sentence.format(title=isolated(title, to.language)), todo, str(url))

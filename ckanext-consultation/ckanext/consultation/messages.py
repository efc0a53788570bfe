"""What participants and followers are told, and what each reads of it."""

from __future__ import annotations

from collections.abc import Sequence

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.consultation.domain.life import State
from ckanext.consultation.domain.occasions import (
    CALLS,
    SEE_RESULTS,
    WORDING,
    Kind,
    day_of,
    still_says,
)
from ckanext.consultation.domain.schedule import Over
from ckanext.consultation.logic import following, happened
from ckanext.consultation.logic.following import MESSAGES, REPLY
from ckanext.consultation.model import consultations, occasions
from ckanext.consultation.model.consultations import BY_THE_CLOCK, Consultation
from ckanext.opengov.shared.domain.moments import as_utc
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.outbox import Message
from ckanext.opengov.shared.rendering import Said, To, renders

OF_MESSAGE = {message: kind for kind, message in MESSAGES.items() if kind is not Kind.VERSION}
AT_RESULTS = (Kind.REPLIED, Kind.RESULTS)


def _rows(session: AlchemySession, messages: Sequence[Message]) -> dict[str, Consultation]:
    ids = {message.params["consultation_id"] for message in messages}
    return occasions.consultations_of(session, ids)


@renders({message: WORDING[kind].heading for message, kind in OF_MESSAGE.items()})
def render(session: AlchemySession, to: To, messages: Sequence[Message]) -> list[Said | None]:
    """Return what each message says to a follower."""
    rows = _rows(session, messages)
    now = consultations.now(session)
    found: list[Said | None] = []
    for message in messages:
        row = rows.get(message.params["consultation_id"])
        kind = OF_MESSAGE[message.kind]
        if row is None or not row.is_public:
            found.append(None)
            continue
        phase = row.window.phase(now) if State(row.state) in BY_THE_CLOCK else None
        holds = still_says(kind, phase, is_answered=row.answered_at is not None)
        found.append(_said(kind, row, to, is_past=not holds))
    return found


def _said(kind: Kind, row: Consultation, to: To, *, is_past: bool) -> Said:
    title = happened.title_of(row.title_translated, row.primary_lang, to.language)
    words = happened.words(kind, title, as_utc(day_of(kind, row.window)))
    page = "consultation_answers.results" if kind in AT_RESULTS else "consultation.read"
    url = tk.url_for(page, name=row.name, locale=to.language, _external=True)
    later = tk._(Over.template) if kind in CALLS else ""
    todo = later if is_past else words.todo
    leave = following.way_out(row, to.user.id, to.language)
    return Said(words.sentence, todo, str(url), leave=leave, is_past=is_past)


@renders({REPLY: N_("Official replies")})
def render_replies(
    session: AlchemySession, to: To, messages: Sequence[Message]
) -> list[Said | None]:
    """Return what each message says of a reply and its consultation."""
    rows = _rows(session, messages)
    return [_of_reply(rows.get(each.params["consultation_id"]), each, to) for each in messages]


def _of_reply(row: Consultation | None, message: Message, to: To) -> Said | None:
    if row is None or not row.is_public:
        return None
    title = happened.title_of(row.title_translated, row.primary_lang, to.language)
    sentence = tk._("The public body replied to you: {title}").format(title=title)
    url = tk.url_for(
        "consultation_answers.results",
        name=row.name,
        locale=to.language,
        _external=True,
        _anchor=f"reply-{message.params['reply_id']}",
    )
    leave = following.way_out(row, to.user.id, to.language)
    return Said(sentence, tk._(SEE_RESULTS), str(url), leave=leave)

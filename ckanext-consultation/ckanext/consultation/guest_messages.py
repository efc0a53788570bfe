"""The mail that brings a guest the link by which they confirm what they wrote."""

from __future__ import annotations

from collections.abc import Sequence

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.consultation.domain.guests import Purpose
from ckanext.consultation.logic import guesting
from ckanext.consultation.model import consultations
from ckanext.consultation.model.guests import Draft
from ckanext.opengov.shared import readers
from ckanext.opengov.shared.domain.notices import isolated
from ckanext.opengov.shared.domain.texts import pick
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.outbox import Message
from ckanext.opengov.shared.rendering import Said, To, renders

SENTENCES = {
    Purpose.COMMENT: N_("Confirm your opinion: {title}"),
    Purpose.VOTE: N_("Confirm your vote: {title}"),
    Purpose.RETURN: N_("The way back to what you said: {title}"),
}
TODO = N_(
    "Open this page and press the button until {day}. Nobody sees what you wrote before that. The"
    " link works once."
)
TODO_BACK = N_("Open this page and press the button until {day}. The link works once.")


@renders({guesting.LINK: N_("Links of consultations")}, is_urgent=True)
def render(session: AlchemySession, to: To, messages: Sequence[Message]) -> list[Said | None]:
    """Return the link of each message, to the owner of the address alone."""
    return [_said(session, to, message.params["draft"]) for message in messages]


def _said(session: AlchemySession, to: To, draft_id: str) -> Said | None:
    draft = session.get(Draft, draft_id)
    if draft is None or draft.correspondent_id != to.user.id:
        return None
    row = consultations.find(session, draft.consultation_id)
    url = guesting.url_of(session, row, draft_id, to.language) if row else None
    if row is None or url is None or not row.is_public:
        return None
    title = pick(row.title_translated, [to.language, row.primary_lang, *readers.languages()])
    purpose = Purpose(draft.purpose)
    sentence = tk._(SENTENCES[purpose]).format(title=isolated(title, to.language))
    todo = tk._(TODO_BACK if purpose is Purpose.RETURN else TODO)
    day = tk.h.render_datetime(draft.expires_at, with_hours=True)
    return Said(sentence, todo.format(day=day), url)

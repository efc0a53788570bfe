"""What those who took part read when the text has a new version."""

from __future__ import annotations

from collections.abc import Sequence

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.consultation.domain.texts.publishing import label_of
from ckanext.consultation.logic import following, happened
from ckanext.consultation.logic.following import TEXT_CHANGED
from ckanext.consultation.model import consultations, texts
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.outbox import Message
from ckanext.opengov.shared.rendering import Said, To, renders

HEADING = N_("Consultations whose text has changed")


@renders({TEXT_CHANGED: HEADING})
def render(session: AlchemySession, to: To, messages: Sequence[Message]) -> list[Said | None]:
    """Return what each message says of its text."""
    return [_said(session, to, message.params["version"]) for message in messages]


def _said(session: AlchemySession, to: To, version_id: str) -> Said | None:
    found = texts.find_version(session, version_id)
    row = consultations.find(session, found[0].consultation_id) if found else None
    if found is None or row is None or not row.is_public:
        return None
    document, version = found
    title = happened.title_of(row.title_translated, row.primary_lang, to.language)
    sentence = tk._("The text has a new version: {title}")
    label = label_of(document.position, version.number)
    address = {"name": row.name, "version": label, "locale": to.language, "_external": True}
    return Said(
        sentence.format(title=title),
        tk._("Look at what has changed, and whether your comments still say what you mean."),
        str(tk.url_for("consultation_texts.show", **address)),
        leave=following.way_out(row, to.user.id, to.language),
    )

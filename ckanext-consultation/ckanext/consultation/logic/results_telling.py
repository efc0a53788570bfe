"""Tells those who publish for a body that the data of its results wait for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.consultation.model import results_data
from ckanext.consultation.model.consultations import Consultation
from ckanext.opengov.shared import outbox, readers
from ckanext.opengov.shared.domain.notices import isolated
from ckanext.opengov.shared.domain.texts import pick
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.outbox import Message
from ckanext.opengov.shared.rendering import Said, To, renders

CHANGED = "consultation-results-changed"


def tell(session: AlchemySession, row: Consultation, now: datetime) -> None:
    """Tell each administrator of the body that a change of the dataset was prepared."""
    params = {"consultation_id": row.id}
    for user_id in results_data.publishers_of(session, row.owner_org):
        outbox.post(session, kind=CHANGED, recipient_id=user_id, params=params, now=now)


@renders({CHANGED: N_("Results as data")})
def render(session: AlchemySession, to: To, messages: Sequence[Message]) -> list[Said | None]:
    """Return what each message says, to those who still publish for the body."""
    ids = {message.params["consultation_id"] for message in messages}
    query = sa.select(Consultation).where(Consultation.id.in_(ids))
    rows = {row.id: row for row in session.execute(query).scalars()}
    return [_said(session, rows.get(each.params["consultation_id"]), to) for each in messages]


def _said(session: AlchemySession, row: Consultation | None, to: To) -> Said | None:
    if row is None or to.user.id not in results_data.publishers_of(session, row.owner_org):
        return None
    title = pick(row.title_translated, [to.language, *readers.languages()])
    sentence = tk._("What is public of the results has changed: {title}")
    todo = tk._("What may no longer be public is gone. Look at the change of the dataset.")
    url = tk.url_for("consultation_data.index", name=row.name, locale=to.language, _external=True)
    return Said(sentence.format(title=isolated(title, to.language)), todo, str(url))

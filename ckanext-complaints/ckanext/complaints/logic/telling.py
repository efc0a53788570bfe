"""Tells citizens who asked for it that there is news: not what, and not in which case.

The address is opened inside the worker, at the moment of sending. Whoever reads the mail learns
that somebody wrote to this portal. Mails of one case come half an hour apart at least: what
happens meanwhile goes with the next.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from markupsafe import Markup

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.complaints.keys import Purpose
from ckanext.complaints.logic import vault
from ckanext.complaints.model import cases
from ckanext.complaints.model.cases import Case
from ckanext.complaints.model.sealed import Contact
from ckanext.opengov.shared import jobs, letters, site
from ckanext.opengov.shared.domain.notices import RIGHT_TO_LEFT
from ckanext.opengov.shared.letters import Letter
from ckanext.opengov.shared.web.speaking import speaking

TELL = "complaints.tell-citizen"
SPACE, JITTER_SECONDS = timedelta(minutes=30), 300
"""Between two mails about one case."""
HTML = Markup(
    '<html lang="{0}" dir="{1}"><body><div lang="{0}" dir="{1}"><p>{2}</p>'
    '<p><a href="{3}" dir="ltr">{3}</a></p></div></body></html>'
)


def soon(
    session: AlchemySession, case: Case, now: datetime, *, not_before: datetime | None = None
) -> None:
    """Let the citizen be told, if they left an address, once the caller commits.

    The caller holds the case.
    """
    contact = session.get(Contact, case.id)
    if contact is None or (contact.told_at is not None and contact.told_at > now):
        return  # The mail that is to go tells of this too.
    at = max(now, not_before or now)
    if contact.told_at is not None and at < contact.told_at + SPACE:
        # Not to the second: when something was written is nobody's business on the way.
        at = contact.told_at + SPACE + timedelta(seconds=secrets.randbelow(JITTER_SECONDS))
    contact.told_at = at
    jobs.enqueue(session, TELL, case.id, now=at)


def tell(session: AlchemySession, job: jobs.Job) -> None:
    """Tell the citizen of a case. A second copy of the same mail has the same Message-ID.

    Raises:
        MailerException, OSError: the mail server did not take it; the job tries again.
    """
    case, contact = cases.find(session, job.subject), session.get(Contact, job.subject)
    if case is None or contact is None:
        return
    where = vault.open_for(Purpose.NOTIFIER, case.id, contact.key_id, contact.blob)
    if where.get("email"):
        letters.send("", where["email"], _letter(case.lang), job.id)


def _letter(language: str) -> Letter:
    with speaking(language):
        sentence = tk._("There is news for you. To read it, enter your two numbers on this page:")
        address = str(tk.url_for("complaints_case.track", locale=language, _external=True))
        direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
        html = HTML.format(language, direction, sentence, address)
        subject = tk._("There is news for you")
        return Letter(subject, f"{sentence}\n\n{address}\n", str(html), site.name(language))

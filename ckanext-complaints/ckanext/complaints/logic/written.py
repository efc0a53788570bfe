"""A complaint that is being written, as whoever writes it sees it: answers, files, receipt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ckan.types import AlchemySession

from ckanext.complaints.domain import filing as rules
from ckanext.complaints.domain import receipts, tickets
from ckanext.complaints.domain.filing import Filing
from ckanext.complaints.domain.tickets import Ticket
from ckanext.complaints.logic import attaching, drafting, offering, terms
from ckanext.complaints.logic.filing import Filed
from ckanext.complaints.model import cases
from ckanext.complaints.model.visits import Draft
from ckanext.opengov.shared.domain.errors import NotFound
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import sentence_of

Opened = tuple[Ticket, Draft, dict[str, Any]]
"""A draft's ticket, its row and what is in it."""


class DraftGone(NotFound):
    """It is too old, or of another browser."""

    code = "draft-gone"
    template = N_("What you were writing is no longer here: it is kept for a day.")


def opened(session: AlchemySession, given: Mapping[str, Any], *, lock: bool = False) -> Opened:
    """Return the draft that somebody has the ticket of.

    Raises:
        DraftGone: there is none.
    """
    ticket = tickets.read(given.get("draft"))
    if ticket is None:
        raise DraftGone
    row = found(drafting.find(session, ticket, cases.now(session), lock=lock))
    return ticket, row, drafting.read(ticket, row)


def found(row: Draft | None) -> Draft:
    """Return a draft that there is; raises ``DraftGone``."""
    if row is None:
        raise DraftGone
    return row


def attached(
    session: AlchemySession, ticket: Ticket, given: Mapping[str, Any], now: datetime
) -> list[str]:
    """Add files to a draft and take some away; return the ids of all that it has."""
    draft_id = ticket.hash.hex()
    if given.get("remove"):
        attaching.drop_from_draft(session, draft_id, str(given["remove"]))
    before = [each["id"] for each in attaching.of_draft(session, draft_id)]
    place = attaching.Place(draft_id=draft_id)
    return before + attaching.add(session, place, given.get("came") or [], now, len(before))


def shown(session: AlchemySession, given: Filing) -> dict[str, Any]:
    """Return what was typed, what is wrong with it, and what can be chosen."""
    known = offering.offered(session, terms.today(cases.now(session)), given.category)
    offer = known.offer
    pages = rules.questions(given, offer)
    form = offer.forms.get(given.category)
    wrong = {page: rules.problems(given, page, offer) for page in pages}
    return {
        "filing": given.as_json(),
        "questions": [str(page) for page in pages],
        "next": rules.next_question(given, offer),
        "problems": {
            str(page): {each.field: sentence_of(each) for each in errors}
            for page, errors in wrong.items()
            if errors
        },
        "categories": known.categories,
        "bodies": known.bodies,
        "regions": known.regions,
        "form": form.as_json()["questions"] if form else [],
    }


def receipt(filed: Filed) -> dict[str, Any]:
    """Return what a citizen keeps of a case that was just filed."""
    case = filed.case
    return {
        "reference": receipts.shown(filed.reference),
        "secret": receipts.shown(filed.secret),
        "received_on": case.received_on.isoformat(),
        "ack_due": case.ack_due.isoformat(),
        "answer_due": case.answer_due.isoformat(),
    }

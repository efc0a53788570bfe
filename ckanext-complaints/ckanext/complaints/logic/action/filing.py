"""How a complaint is filed: page by page as a draft, or at once by a program."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.complaints import keys
from ckanext.complaints.domain import filing as rules
from ckanext.complaints.domain.filing import Question
from ckanext.complaints.domain.tickets import Ticket
from ckanext.complaints.logic import attaching, drafting, filing, flooding, offering, terms, written
from ckanext.complaints.logic.content import content_action
from ckanext.complaints.logic.filing import Arrival
from ckanext.complaints.model import cases, visits
from ckanext.opengov.shared.domain.errors import DomainError, NotFound
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = [
    "complaint_acknowledgement_keys",
    "complaint_choice_list",
    "complaint_draft_answer",
    "complaint_draft_begin",
    "complaint_draft_show",
    "complaint_intake_show",
    "complaint_receipt_show",
    "complaint_submit",
]

REPEATS = timedelta(minutes=15)
"""For so long a program that lost the answer gets the same receipt again."""


class MarkNeeded(DomainError):
    """What is sent twice is one complaint, if the sender says that it is the same."""

    code = "required"
    field = "client_token"
    template = N_("Send a client_token of at least 32 signs, another one for each complaint.")


@tk.side_effect_free
@domain_action
def complaint_intake_show(context: Context, data_dict: DataDict) -> dict[str, bool]:
    """Tell whether complaints are taken here now: ``is_open``."""
    tk.check_access("complaint_submit", context, data_dict)
    return {"is_open": offering.is_open(context["session"])}


@tk.side_effect_free
@domain_action
def complaint_choice_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return ``categories``, ``bodies`` and ``regions`` as they can be chosen: code and label.

    Args:
        category (str, optional): return its further questions too, as ``form``
    """
    tk.check_access("complaint_submit", context, data_dict)
    session = context["session"]
    category = str(data_dict.get("category") or "")
    found = offering.offered(session, terms.today(cases.now(session)), category)
    form = found.offer.forms.get(category)
    return {
        "categories": [_choice(each) for each in found.categories if not each.is_sealed],
        "bodies": [_choice(each) for each in found.bodies],
        "regions": [_choice(each) for each in found.regions],
        "form": form.as_json()["questions"] if form else [],
    }


def _choice(offered: offering.Choice) -> dict[str, str]:
    return {"code": offered.code, "label": offered.label}


@tk.side_effect_free
@domain_action
def complaint_acknowledgement_keys(context: Context, data_dict: DataDict) -> dict[str, str]:
    """Return the public keys of acknowledgements by id: Ed25519, 32 bytes in base 64."""
    tk.check_access("complaint_submit", context, data_dict)
    found = keys.acknowledgement_keys()
    return {id: base64.b64encode(public).decode() for id, public in found.items()}


@content_action
def complaint_draft_begin(context: Context, data_dict: DataDict) -> dict[str, str]:
    """Begin a complaint; return the ``draft`` by which it is gone on with."""
    tk.check_access("complaint_submit", context, data_dict)
    session = context["session"]
    ticket = drafting.begin(session, cases.now(session))
    session.commit()
    return {"draft": ticket.text}


@content_action
def complaint_draft_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return a draft: what was typed, which pages it has, and what can be chosen.

    Args:
        draft (str): what ``complaint_draft_begin`` returned
    """
    tk.check_access("complaint_submit", context, data_dict)
    session = context["session"]
    ticket, row, content = written.opened(session, data_dict)
    given = rules.read(content.get("filing") or {})
    files = attaching.of_draft(session, ticket.hash.hex())
    return {"is_filed": row.case_id is not None, "files": files, **written.shown(session, given)}


@content_action
def complaint_draft_answer(context: Context, data_dict: DataDict) -> dict[str, str]:
    """Keep the answers of one page; return the ``next`` question.

    Args:
        draft (str): what ``complaint_draft_begin`` returned
        question (str): whose page was sent
        came (list, optional): of the question ``files``: what came with the request
        remove (str, optional): id of a file that goes
    """
    tk.check_access("complaint_submit", context, data_dict)
    session, now = context["session"], cases.now(context["session"])
    question = _question(data_dict)
    ticket, row, content = written.opened(session, data_dict, lock=True)
    sent = data_dict
    if question is Question.FILES:
        sent = {"files": written.attached(session, ticket, data_dict, now)}
    given = rules.answered(rules.read(content.get("filing") or {}), question, sent)
    if row.case_id is None:
        drafting.write(ticket, row, {**content, "filing": given.as_json()}, now)
    session.commit()
    offer = offering.offered(session, terms.today(now), given.category).offer
    wrong = rules.problems(given, question, offer)
    if wrong:
        raise rules.Unfinished(*wrong)
    return {"next": rules.next_question(given, offer)}


@content_action
def complaint_submit(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """File a complaint. What is sent twice is one case.

    A page sends its ``draft`` and reads the receipt by ``complaint_receipt_show``. A program
    sends the answers, and gets the receipt at once, and again for a quarter of an hour.

    Args:
        draft (str, optional): what ``complaint_draft_begin`` returned; or else
        client_token (str, optional): a secret mark of the program's own, for this complaint
            alone
    """
    tk.check_access("complaint_submit", context, data_dict)
    session, now = context["session"], cases.now(context["session"])
    if data_dict.get("draft"):
        ticket, row, content = written.opened(session, data_dict, lock=True)
        given, channel = rules.read(content.get("filing") or {}), "web"
    else:
        ticket, given, channel = _marked(data_dict), rules.read(data_dict), "api"
        visits.reserve(session, ticket.hash, now, now + REPEATS)
        row = written.found(drafting.find(session, ticket, now, lock=True))
    if row.case_id is None:
        offer = offering.offered(session, terms.today(now), given.category).offer
        complaint = rules.whole(given, offer)
        arrival = Arrival(is_slow=flooding.is_slow(complaint, now))
        filed = filing.file_case(session, complaint, channel, now, arrival)
        attaching.take_over(session, ticket.hash.hex(), filed.case, filed.message)
        paper = filed.acknowledgement.decode()
        receipt = {**written.receipt(filed), "acknowledgement": paper}
        drafting.write(ticket, row, {"receipt": receipt}, now)
        row.case_id, row.expires_at = filed.case.id, now + REPEATS
    said = drafting.read(ticket, row).get("receipt") or {}
    session.commit()
    return said if channel == "api" else {"is_filed": True}


@content_action
def complaint_receipt_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the receipt of a draft that was filed, with the ``secret`` the first time alone."""
    tk.check_access("complaint_submit", context, data_dict)
    session, now = context["session"], cases.now(context["session"])
    ticket, row, content = written.opened(session, data_dict, lock=True)
    if row.case_id is None:
        raise written.DraftGone
    receipt = content.get("receipt") or {}
    rest = {name: text for name, text in receipt.items() if name != "secret"}
    if "secret" in receipt:
        drafting.write(ticket, row, {"receipt": rest}, now)
        row.expires_at = now + REPEATS
    session.commit()
    return dict(receipt)


def _question(data_dict: Mapping[str, Any]) -> Question:
    try:
        return Question(str(data_dict.get("question")))
    except ValueError as error:
        raise NotFound from error


def _marked(data_dict: Mapping[str, Any]) -> Ticket:
    """Return the ticket that a program's own mark stands for."""
    mark = str(data_dict.get("client_token") or "")
    if len(mark) < 32:  # noqa: PLR2004
        raise MarkNeeded
    parts = (sha256(f"{part} {mark}".encode()).digest() for part in ("name", "key"))
    return Ticket(*parts)

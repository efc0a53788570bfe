"""People without an account take part: they write, a link comes by mail, they confirm."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession, Context, DataDict

from ckanext.consultation.domain import abuse, threads
from ckanext.consultation.domain import guests as rules
from ckanext.consultation.domain.comments import State
from ckanext.consultation.domain.description import Settings
from ckanext.consultation.domain.form_tokens import Form
from ckanext.consultation.domain.form_tokens import Purpose as FormPurpose
from ckanext.consultation.domain.guests import LinkUnknown, Purpose, Times
from ckanext.consultation.domain.language import direction_of
from ckanext.consultation.domain.markup import rendered
from ckanext.consultation.domain.participants import BY_NUMBER, Kind, NameStands
from ckanext.consultation.logic import (
    guarding,
    guesting,
    limiting,
    naming,
    paragraphs,
    saying,
    spoken,
)
from ckanext.consultation.logic.access import check_guests, key_of, visible_to
from ckanext.consultation.logic.action.comments import CommentNotFound
from ckanext.consultation.logic.guesting import Wish
from ckanext.consultation.model import comments as stored
from ckanext.consultation.model import consultations, guests
from ckanext.consultation.model.comments import Participant
from ckanext.consultation.model.consultations import Consultation
from ckanext.consultation.model.guests import Draft
from ckanext.opengov.shared import correspondents
from ckanext.opengov.shared.domain.fields import one_of
from ckanext.opengov.shared.domain.moments import as_utc
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = [
    "consultation_guest_ask",
    "consultation_guest_confirm",
    "consultation_guest_discard",
    "consultation_guest_leave",
    "consultation_guest_show",
]

WORDS = ("body", "position", "parent_id", "eid", "document_id", "text_version", "lang")
VOTE = ("comment_id", "value")


@domain_action
def consultation_guest_ask(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Take what somebody without an account has to say; return ``{"expires_at"}``.

    A link goes to the address. Nothing is shown, counted or moderated until its owner confirms
    with it. What was written before the end counts if it is confirmed while the link holds. The
    answer is the same whether the address took part before or not.

    Args:
        consultation_id (str): id or name of a consultation whose setting ``guests`` is true
        email (str): the address; one is one participant
        purpose (str, optional): ``comment`` (the usual one), ``vote``, or ``return``: back to
            what one said before, also after the end
        body (str): for a comment, and likewise ``position``, ``parent_id``, ``eid``,
            ``document_id``, ``text_version``, ``lang`` as ``consultation_comment_create`` has them
        comment_id (str): for a vote: the comment
        value (int): for a vote: -1 against, 0 no opinion, 1 for
        kind (str, optional): ``guest``, or ``organization``
        display_name (str, optional): how to be called, if ``may_be_named``
        org_name (str, optional): the organisation
        may_be_named (bool, optional): whether others read the name, and not a number
        client_token (str, optional): a UUID: whatever is sent twice with it is one
    """
    tk.check_access("consultation_guest_ask", context, data_dict)
    row = visible_to(context, tk.get_or_bust(data_dict, "consultation_id"), share=True)
    session, now = context["session"], consultations.now(context["session"])
    purpose = Purpose(one_of(data_dict.get("purpose") or "comment", list(Purpose), "purpose"))
    if purpose is not Purpose.RETURN:
        saying.check_takes_part(row, now)
        check_guests(row)
    form = Form(FormPurpose.GUEST, row.id)
    is_trapped = guarding.is_suspect(context, data_dict, form, now)
    content = _content(session, row, purpose, data_dict, now)
    content["channel"] = "web" if context.get("for_view") else "api"
    address = rules.address_of(str(data_dict.get("email") or ""))
    digests = guesting.digests_of(session, row, address)
    # By network too: else anyone could find out by it whether an address is used here.
    limiting.count(abuse.Act.GUEST, row.id, f"{limiting.own_network()} {digests[0].hex()}")
    token = saying.token_of(data_dict.get("client_token"))
    wish = Wish(purpose, content, token, is_trapped)
    written = _kept(session, row, (address, digests), wish, rules.times(now))
    session.commit()
    return {"expires_at": as_utc(written.expires_at)}


@domain_action
def consultation_guest_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return what a link is for, without using it. By POST alone.

    ``purpose``, ``expires_at``, ``name`` to be called by or null, ``is_organization``; of a
    comment ``body``, ``html``, ``lang``, ``dir``, ``position``; of a vote the ``comment``
    and its ``value``; the ``consultation`` as ``{"id", "name"}``.

    Args:
        token (str): the link's
    """
    tk.check_access("consultation_guest_confirm", context, data_dict)
    row, draft = _draft(context, data_dict)
    session, content = context["session"], draft.content
    name = naming.wished(Kind.GUEST, content).shown
    found = {
        "purpose": draft.purpose,
        "expires_at": as_utc(draft.expires_at),
        "consultation": {"id": row.id, "name": row.name},
        "is_organization": name[0],
        "name": name[1],
    }
    if draft.purpose == Purpose.COMMENT:
        return {**found, **_words(content)}
    if draft.purpose == Purpose.VOTE:
        comment = stored.find(session, str(content["comment_id"]))
        shown = spoken.one(session, row, comment, None) if comment else None
        return {**found, "value": int(content["value"]), "comment": shown}
    return found


@domain_action
def consultation_guest_confirm(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Confirm what one wrote by the link that was mailed; return it and a key.

    It then goes the way of every comment or vote: moderation, copies, limits. ``comment`` is it
    or null, ``votes`` as ``consultation_comment_vote`` has them or null, and ``guest_key`` lets
    one act as the same participant: send it in the body of later requests, never in an address.
    A link works once.

    Args:
        token (str): the link's
    """
    tk.check_access("consultation_guest_confirm", context, data_dict)
    session = context["session"]
    row, draft = _draft(context, data_dict, lock=True)
    now = consultations.now(session)
    written, purpose = Times(draft.written_at, draft.expires_at), Purpose(draft.purpose)
    if purpose is not Purpose.RETURN:
        check_guests(row)
        is_public = row.state == "published"
        rules.check_counts(row.window, written, now, is_public=is_public)
    participant = guests.take_part(session, draft, [draft.email_hmac], now)
    correspondents.confirm(session, draft.correspondent_id, now)
    _call(session, row, participant, draft, now)
    done = _done(session, row, participant, draft, now)
    key = guesting.give_key(session, participant, now)
    session.delete(draft)
    session.commit()
    return {**done, "guest_key": key, "consultation": {"id": row.id, "name": row.name}}


@domain_action
def consultation_guest_discard(context: Context, data_dict: DataDict) -> None:
    """Throw away what a link is for: somebody else had typed the address, say.

    Args:
        token (str): the link's
    """
    tk.check_access("consultation_guest_confirm", context, data_dict)
    _row, draft = _draft(context, data_dict, lock=True)
    context["session"].delete(draft)
    context["session"].commit()


@domain_action
def consultation_guest_leave(context: Context, data_dict: DataDict) -> None:
    """Let a key open nothing any more: on a device that others use, say.

    Args:
        guest_key (str): the key
    """
    tk.check_access("consultation_guest_confirm", context, data_dict)
    guests.drop_key(context["session"], rules.hashed(key_of(data_dict)))
    context["session"].commit()


def _content(
    session: AlchemySession, row: Consultation, purpose: Purpose, given: DataDict, now: datetime
) -> dict[str, Any]:
    """Return what a form has, as it waits; whatever is wrong with it is said at once."""
    if purpose is Purpose.RETURN:
        return {}
    naming.wished(Kind.GUEST, given)
    content = {name: given[name] for name in naming.FIELDS if given.get(name)}
    if purpose is Purpose.VOTE:
        return {**content, **_vote(session, row, given)}
    origin = saying.Origin("web", now, is_trapped=False)
    saying.composed(session, row, "", given, origin)
    words = {name: given[name] for name in WORDS if given.get(name) is not None}
    label = paragraphs.read_now(session, row, given)
    return {**content, **words, **({"text_version": label} if label else {})}


def _vote(session: AlchemySession, row: Consultation, given: DataDict) -> dict[str, Any]:
    value = threads.position_of(tk.get_or_bust(given, "value"))
    comment = stored.find(session, str(tk.get_or_bust(given, "comment_id")))
    is_here = comment is not None and comment.consultation_id == row.id
    if value is None or comment is None or not is_here or comment.state != State.PUBLISHED:
        raise CommentNotFound
    return {"comment_id": comment.id, "value": int(value)}


def _kept(
    session: AlchemySession,
    row: Consultation,
    whose: tuple[str, list[bytes]],
    wish: Wish,
    written: Times,
) -> Times:
    """Keep what was written and mail its link; return until when it holds."""
    address, digests = whose
    guests.hold(session, digests[0])
    known = guests.sent_before(session, row.id, digests, wish.client_token)
    if known is not None:
        return Times(known.written_at, known.expires_at)
    is_closed_to_guests = not Settings.read(row.settings).guests
    if is_closed_to_guests and guests.participant_by_mail(session, row.id, digests) is None:
        # Nobody has anything to come back to, and nobody is told so.
        return written
    if limiting.may_mail(rules.likeness_of(address).decode()):
        owner = guesting.owner_of(session, row, address, digests, written)
        draft = guesting.link(session, row, owner, wish, written)
        if draft is not None:
            guesting.mail(session, draft, written.written_at)
    return written


def _draft(
    context: Context, data_dict: DataDict, *, lock: bool = False
) -> tuple[Consultation, Draft]:
    """Return what a link is for, held against a second use, and its consultation.

    Raises:
        LinkUnknown: used, too old, or never ours.
    """
    session = context["session"]
    token_hash = rules.hashed(str(tk.get_or_bust(data_dict, "token")))
    found = guests.draft(session, token_hash)
    if found is None:
        raise LinkUnknown
    # The consultation first, in the order of all who write in it.
    row = visible_to(context, found.consultation_id, share=lock)
    draft = guests.draft(session, token_hash, lock=lock)
    if draft is None or consultations.now(session) >= draft.expires_at:
        raise LinkUnknown
    return row, draft


def _call(
    session: AlchemySession,
    row: Consultation,
    participant: Participant,
    draft: Draft,
    now: datetime,
) -> None:
    """Call a guest as the form says, unless others know them by another name already."""
    wish = naming.wished(Kind.GUEST, draft.content)
    if wish.shown == BY_NUMBER:
        return
    try:
        naming.change(session, participant, wish, now, is_open=True)
    except NameStands:
        return


def _done(
    session: AlchemySession,
    row: Consultation,
    participant: Participant,
    draft: Draft,
    now: datetime,
) -> dict[str, Any]:
    """Do what was confirmed, by the same door as those with an account."""
    nothing: dict[str, Any] = {"comment": None, "votes": None}
    key, content = f"guest {participant.id}", draft.content
    if draft.purpose == Purpose.VOTE:
        limiting.count(abuse.Act.VOTE, row.id, key, str(content["comment_id"]))
        comment = stored.find(session, str(content["comment_id"]), lock=True)
        if comment is None or comment.state != State.PUBLISHED:
            raise CommentNotFound
        value = int(content["value"])
        tally = stored.vote(session, comment, participant, value, now)
        return {**nothing, "votes": {**tally.as_dict(), "mine": value, "seq": comment.seq}}
    if draft.purpose == Purpose.RETURN:
        return nothing
    limiting.count(abuse.Act.COMMENT, row.id, key)
    given = {**paragraphs.renewed(session, row, content), "client_token": draft.client_token}
    origin = saying.Origin(str(content["channel"]), draft.written_at, draft.is_trapped)
    made = saying.say(session, row, participant, given, origin, now)
    return {**nothing, "comment": spoken.one(session, row, made, participant)}


def _words(content: dict[str, Any]) -> dict[str, Any]:
    body = str(content.get("body") or "")
    position = threads.position_of(content.get("position"))
    lang = str(content.get("lang") or "")
    return {
        "body": body,
        "html": rendered(body).html,
        "lang": lang,
        "dir": direction_of(body, lang),
        "position": position,
    }

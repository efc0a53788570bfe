"""What people may ask of what they left in consultations: to see it, to have it, to erase it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession, Context, DataDict

from ckanext.consultation.domain.comments import HELD
from ckanext.consultation.logic import erasing, reviewing, spoken
from ckanext.consultation.logic.access import participant_of, user_id_of, visible_to
from ckanext.consultation.model import comments as stored
from ckanext.consultation.model import consultations, moderation, participations
from ckanext.consultation.model.comments import Comment, Participant
from ckanext.consultation.model.consultations import Consultation
from ckanext.opengov.shared import pager
from ckanext.opengov.shared.domain.errors import NotFound, NotPermitted
from ckanext.opengov.shared.domain.fields import one_of
from ckanext.opengov.shared.domain.moments import as_utc
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = [
    "consultation_participant_erase",
    "consultation_participant_export",
    "consultation_participation_list",
]


class TookNoPart(NotFound):
    """The caller left nothing in this consultation."""

    code = "took-no-part"
    template = N_("You took no part in this consultation.")


@tk.side_effect_free
@domain_action
def consultation_participation_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the consultations in which the caller took part, the newest first.

    Each of ``results`` is ``{"consultation", "participant", "since", "comments", "votes"}``.

    Args:
        cursor (str, optional): ``next_cursor`` of the page before
        limit (int, optional): 1 to 100, 20 by default
    """
    tk.check_access("consultation_participation_list", context, data_dict)
    user_id = user_id_of(context)
    if user_id is None:
        raise NotPermitted
    query = participations.of_user(user_id)
    by: list[sa.ColumnElement[Any]] = [participations.SINCE, participations.PARTICIPANT_ID]
    return pager.page(context["session"], query, by, data_dict, newest_first=True).as_dict(_part)


@tk.side_effect_free
@domain_action
def consultation_participant_export(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return all that is held about the caller in a consultation, page by page.

    ``participant`` says how others see them. ``results`` are their comments, in whatever state,
    with every former wording, the decisions on them and their appeals; or their votes, as
    ``{"seq", "value", "changed_at"}``; or their reports, as ``{"seq", "reason", "created_at"}``.

    Args:
        consultation_id (str): id or name of the consultation
        of (str, optional): ``comments`` (the usual), ``votes`` or ``reports``
        guest_key (str, optional): the key of a guest, by POST alone
        cursor (str, optional): ``next_cursor`` of the page before
        limit (int, optional): 1 to 100, 20 by default
    """
    tk.check_access("consultation_participant_export", context, data_dict)
    row, person = _took_part(context, data_dict)
    kind = one_of(data_dict.get("of") or HELD[0], HELD, "of")
    listed = {"comments": _comments, "votes": _votes, "reports": _reports}[kind]
    said = {**spoken.named(person), "since": as_utc(person.created_at)}
    return {"participant": said, **listed(context["session"], row, person, data_dict)}


@domain_action
def consultation_participant_erase(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Erase the caller from a consultation, for good; return how many ``comments`` and ``votes``.

    Their words, names and former wordings are gone from pages, answers of the API, search and
    exports; what they sent stays as an empty place, with the answers of others. Votes are taken
    back as long as the consultation is open, and stay in the totals afterwards.

    Args:
        consultation_id (str): id or name of the consultation
        guest_key (str, optional): the key of a guest, who has no account
    """
    tk.check_access("consultation_participant_erase", context, data_dict)
    row, person = _took_part(context, data_dict, share=True)
    session = context["session"]
    done = erasing.erase(session, row, person.id, consultations.now(session))
    if done is None:
        raise TookNoPart
    session.commit()
    return done.as_dict()


def _took_part(
    context: Context, data_dict: DataDict, *, share: bool = False
) -> tuple[Consultation, Participant]:
    asked = tk.get_or_bust(data_dict, "consultation_id")
    row = visible_to(context, asked, share=share)
    person = participant_of(context, row, data_dict)
    if person is None:
        raise TookNoPart
    return row, person


def _part(row: Any) -> dict[str, Any]:
    person, consultation, said, voted = row[:4]
    return {
        "consultation": reviewing.titled(consultation),
        "participant": spoken.named(person),
        "since": as_utc(person.created_at),
        "comments": said,
        "votes": voted,
    }


def _comments(
    session: AlchemySession, row: Consultation, person: Participant, data_dict: DataDict
) -> dict[str, Any]:
    query = stored.of_participant(person.id)
    found = pager.page(session, query, [stored.SEQ], data_dict)
    own: list[Comment] = [each[0] for each in found.rows]
    ids = [each.id for each in own]
    wordings = participations.wordings_of(session, ids)
    decisions, appeals = moderation.decisions_on(session, ids), moderation.appeals_on(session, ids)
    shown = spoken.many(session, row, own, person)
    results = [
        {
            **said,
            # Even what was taken back is handed to whoever wrote it.
            "body": comment.body,
            "wordings": [
                {"body": each.body, "replaced_at": as_utc(each.replaced_at)}
                for each in wordings.get(comment.id, [])
            ],
            "decisions": [spoken.decided(each) for each in decisions.get(comment.id, [])],
            "appeals": [
                {"text": each.text, "state": each.state, "created_at": as_utc(each.created_at)}
                for each in appeals.get(comment.id, [])
            ],
        }
        for said, comment in zip(shown, own, strict=True)
    ]
    return {"results": results, "next_cursor": found.next_cursor}


def _votes(
    session: AlchemySession, _row: Consultation, person: Participant, data_dict: DataDict
) -> dict[str, Any]:
    query = participations.votes_of(person.id)
    found = pager.page(session, query, [participations.VOTED_ON], data_dict)
    return found.as_dict(
        lambda row: {
            "seq": row.seq,
            "value": row.Vote.value,
            "changed_at": as_utc(row.Vote.changed_at),
        }
    )


def _reports(
    session: AlchemySession, _row: Consultation, person: Participant, data_dict: DataDict
) -> dict[str, Any]:
    query = participations.reports_of(person.id)
    found = pager.page(session, query, [participations.REPORTED], data_dict)
    return found.as_dict(
        lambda row: {
            "seq": row.seq,
            "reason": row.ReportRow.reason,
            "created_at": as_utc(row.ReportRow.created_at),
        }
    )

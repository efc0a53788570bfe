"""What authors and moderators are told: never in the words of a comment, which mail would keep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.consultation.domain.comments import State, Step
from ckanext.consultation.domain.description import Settings
from ckanext.consultation.domain.moderation import AGAINST, REASONS, Reason
from ckanext.consultation.logic import guesting
from ckanext.consultation.model.comments import RECIPIENT, Comment, Participant
from ckanext.consultation.model.consultations import Consultation
from ckanext.consultation.model.moderation import Decision, moderators_of
from ckanext.opengov.shared import correspondents, outbox, readers
from ckanext.opengov.shared.domain.notices import isolated
from ckanext.opengov.shared.domain.texts import pick
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.outbox import Message
from ckanext.opengov.shared.rendering import Said, To, renders


@dataclass(frozen=True, slots=True)
class Wording:
    """The words for one occasion."""

    heading: str
    sentence: str
    todo: str = ""


APPEALED = "consultation-appeal-created"
UPHELD, OVERTURNED = "consultation-appeal-upheld", "consultation-appeal-overturned"
KINDS = {
    Step.PUBLISH: "consultation-comment-published",
    Step.REJECT: "consultation-comment-rejected",
    Step.HIDE: "consultation-comment-hidden",
    Step.RESTORE: "consultation-comment-restored",
}
WORDING = {
    "consultation-comment-published": Wording(
        N_("Your comments that were published"),
        N_("Your comment {number} was published: {title}"),
        N_("Everyone can read it and answer it."),
    ),
    "consultation-comment-rejected": Wording(
        N_("Your comments that were not published"),
        N_("Your comment {number} was not published: {title}"),
    ),
    "consultation-comment-hidden": Wording(
        N_("Your comments that were hidden"),
        N_("Your comment {number} was hidden: {title}"),
    ),
    "consultation-comment-restored": Wording(
        N_("Your comments that are shown again"),
        N_("Your comment {number} is shown again: {title}"),
        N_("Everyone can read it and answer it."),
    ),
    UPHELD: Wording(
        N_("Your appeals"),
        N_("The decision on your comment {number} stands: {title}"),
        N_("Another moderator looked at it again after your appeal."),
    ),
    OVERTURNED: Wording(
        N_("Your appeals"),
        N_("Your appeal was right, your comment {number} is published: {title}"),
        N_("Another moderator looked at it again after your appeal."),
    ),
}
FOR_MODERATORS = Wording(
    N_("Appeals to decide on"),
    N_("An author appeals against a decision on comment {number}: {title}"),
    N_("Look at it again as someone who did not decide the first time."),
)
DONE = N_("This is done: nothing waits for you here any more.")


LEAD_BACK = (KINDS[Step.REJECT], KINDS[Step.HIDE], UPHELD)
"""To a guest these have a link to what they said: there is the note, and the way to appeal."""


def tell_author(
    session: AlchemySession,
    row: Consultation,
    decision: Decision,
    author: Participant,
    kind: str | None,
    now: datetime,
) -> None:
    """Tell the author what was decided, in the caller's transaction: guests by mail alone."""
    if not kind or not author.recipient_id:
        return
    params = {"comment": decision.comment_id, "decision": decision.id}
    if author.user_id is None and kind in LEAD_BACK:
        days = Settings.read(row.settings).appeal_days
        back = guesting.way_back(session, row, author, now, days)
        params |= {"draft": back} if back else {}
    outbox.post(session, kind=kind, recipient_id=author.recipient_id, params=params, now=now)


def tell_moderators(
    session: AlchemySession, row: Consultation, decision: Decision, but: set[str], now: datetime
) -> None:
    """Tell those who may decide on an appeal."""
    params = {"comment": decision.comment_id, "decision": decision.id}
    for each in sorted(moderators_of(session, row) - but):
        outbox.post(session, kind=APPEALED, recipient_id=each, params=params, now=now)


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a message is about."""

    comment: Comment
    author_id: str | None
    """Whom the outbox tells."""
    row: Consultation
    decision: Decision

    def title(self, language: str) -> str:
        titles = self.row.title_translated
        return isolated(pick(titles, [language, *readers.languages()]), language)


@renders({kind: wording.heading for kind, wording in WORDING.items()})
def render(session: AlchemySession, to: To, messages: Sequence[Message]) -> list[Said | None]:
    """Return what each message says to the author, and to nobody else."""
    subjects = _subjects(session, messages)
    found: list[Said | None] = []
    for message in messages:
        about = subjects.get(message.params["decision"])
        if about is None or about.author_id != to.user.id or not about.row.is_public:
            found.append(None)
        else:
            url = _where(session, about, message, to.language)
            found.append(_to_author(WORDING[message.kind], about, url, to.language))
    return found


@renders({APPEALED: FOR_MODERATORS.heading})
def render_appeals(
    session: AlchemySession, to: To, messages: Sequence[Message]
) -> list[Said | None]:
    """Return what each message says to a moderator who still is one."""
    subjects = _subjects(session, messages)
    found: list[Said | None] = []
    for message in messages:
        about = subjects.get(message.params["decision"])
        if about is None or to.user.id not in moderators_of(session, about.row):
            found.append(None)
            continue
        numbers = {"number": about.comment.seq, "title": about.title(to.language)}
        sentence = tk._(FOR_MODERATORS.sentence).format(**numbers)
        is_open = about.comment.state in (State.HIDDEN, State.REJECTED)
        todo = tk._(FOR_MODERATORS.todo if is_open else DONE)
        url = tk.url_for("consultation_review.appeals", locale=to.language, _external=True)
        found.append(Said(sentence, todo, str(url)))
    return found


def _where(session: AlchemySession, about: _Subject, message: Message, language: str) -> str:
    """Return where the author reads more: a guest on any device, so by a link or in public."""
    place = {"name": about.row.name, "locale": language, "_external": True}
    if not correspondents.is_one(message.recipient_id):
        return str(tk.url_for("consultation_own.mine", **place))
    back = message.params.get("draft")
    link = guesting.url_of(session, about.row, back, language) if back else None
    if link is None and about.comment.state == State.PUBLISHED:
        place["seq"] = str(about.comment.seq)
        return str(tk.url_for("consultation.comment", **place))
    return link or str(tk.url_for("consultation_guests.back", **place))


def _to_author(wording: Wording, about: _Subject, url: str, language: str) -> Said:
    numbers = {"number": about.comment.seq, "title": about.title(language)}
    sentence = tk._(wording.sentence).format(**numbers)
    todo = tk._(wording.todo) if wording.todo else _why(about)
    note = about.decision.note_translated
    quote = pick(note, [language, *note]) if not wording.todo else ""
    return Said(sentence, todo, url, quote)


def _why(about: _Subject) -> str:
    """Return the reason of a decision against a comment, and what its author can do."""
    decision = about.decision
    if decision.decision not in AGAINST or not decision.reason:
        return ""
    days = Settings.read(about.row.settings).appeal_days
    last = tk.h.render_datetime(decision.decided_at + timedelta(days=days))
    appeal = tk._("You can appeal until {day}: another person then looks at it again.")
    reason = tk._(REASONS[Reason(decision.reason)].sentence)
    return f"{reason} {appeal.format(day=last)}"


def _subjects(session: AlchemySession, messages: Iterable[Message]) -> dict[str, _Subject]:
    ids = {message.params["decision"] for message in messages}
    query = (
        sa.select(Decision, Comment, RECIPIENT, Consultation)
        .join(Comment, Comment.id == Decision.comment_id)
        .join(Participant, Participant.id == Comment.participant_id)
        .join(Consultation, Consultation.id == Decision.consultation_id)
        .where(Decision.id.in_(ids))
    )
    return {row[0].id: _Subject(row[1], row[2], row[3], row[0]) for row in session.execute(query)}

"""Moderation: what is read before it is public, and how a moderator decides.

Every decision against a comment has a reason of one list, which everyone reads. Criticism of a
public body is none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ckanext.consultation.domain.comment_text import comment_text
from ckanext.consultation.domain.comments import OwnComment, State, Step
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_

CLAIM_MINUTES = 15
MOST_IN_NOTE = 1_000


class Mode(StrEnum):
    """When comments are read by a moderator."""

    PRE = "pre"
    """Before they are public."""
    POST = "post"
    """Once they are public."""
    HYBRID = "hybrid"
    """Before, until their author is trusted."""


@dataclass(frozen=True, slots=True)
class TrustRule:
    """From when on comments of a participant are public at once: a setting."""

    published: int = 3
    clean_days: int = 90
    """Days without a rejected or hidden comment."""


@dataclass(frozen=True, slots=True)
class Record:
    """What became of a participant's comments."""

    published: int = 0
    last_refused_at: datetime | None = None
    """When a moderator last rejected or hid one, unless an appeal overturned it."""

    def is_trusted(self, rule: TrustRule, now: datetime) -> bool:
        """Tell whether the participant has shown what they write."""
        since = now - timedelta(days=rule.clean_days)
        is_clean = self.last_refused_at is None or self.last_refused_at <= since
        return self.published >= rule.published and is_clean


def is_read_first(
    mode: Mode, record: Record, rule: TrustRule, now: datetime, *, is_suspicious: bool
) -> bool:
    """Tell whether a comment waits for a moderator, when it is new and when it was changed.

    ``is_suspicious``: the trap of the form was filled, or the name was flagged. Such a comment
    waits in every mode and is lost in none.
    """
    if mode is Mode.PRE or is_suspicious:
        return True
    return mode is Mode.HYBRID and not record.is_trusted(rule, now)


def first_state(
    mode: Mode, record: Record, rule: TrustRule, now: datetime, *, is_suspicious: bool
) -> State:
    """Return the state in which a new comment begins."""
    waits = is_read_first(mode, record, rule, now, is_suspicious=is_suspicious)
    return State.PENDING if waits else State.PUBLISHED


class Reason(StrEnum):
    """Why a comment is rejected or hidden, by code."""

    SPAM = "spam"
    ABUSE = "abuse"
    HATE = "hate"
    PERSONAL_DATA = "personal-data"
    IMPERSONATION = "impersonation"
    ILLEGAL = "illegal"
    OFF_TOPIC = "off-topic"
    DUPLICATE = "duplicate"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Wording:
    """How a reason is said: to the one who chooses it, and to everyone."""

    label: str
    sentence: str


REASONS: Mapping[Reason, Wording] = {
    Reason.SPAM: Wording(
        N_("Advertising or automatic content"), N_("It is advertising or was sent by a program.")
    ),
    Reason.ABUSE: Wording(N_("Insult or threat"), N_("It insults or threatens someone.")),
    Reason.HATE: Wording(N_("Call for hatred or violence"), N_("It calls for hatred or violence.")),
    Reason.PERSONAL_DATA: Wording(
        N_("Personal data of someone else"), N_("It gives away personal data of someone else.")
    ),
    Reason.IMPERSONATION: Wording(
        N_("Writes in someone else's name"), N_("It was written in the name of someone else.")
    ),
    Reason.ILLEGAL: Wording(N_("Against the law"), N_("The law forbids to publish it.")),
    Reason.OFF_TOPIC: Wording(
        N_("Off topic"), N_("It has nothing to do with the text under consultation.")
    ),
    Reason.DUPLICATE: Wording(
        N_("Sent twice by the same participant"),
        N_("The same participant had sent it before. The first one stays."),
    ),
    Reason.OTHER: Wording(N_("Another reason"), N_("The moderator's note says why.")),
}
"""In this order. What several people send alike is no duplicate: each of them counts."""


DECISIONS = (Step.PUBLISH, Step.REJECT, Step.HIDE, Step.RESTORE, Step.KEEP)
"""What a moderator decides: these steps of a comment's life."""
AGAINST = frozenset({Step.REJECT, Step.HIDE})
"""Need a reason, and may be appealed against."""


class UnknownDecision(DomainError):
    """A decision is one of the list."""

    code = "unknown-decision"
    field = "decision"
    template = N_("Choose one of these decisions: {choices}.")


class ReasonRequired(DomainError):
    """People are told why."""

    code = "required"
    field = "reason_code"
    template = N_("Choose a reason: the author and all readers see it.")


class UnknownReason(DomainError):
    """A reason is one of the list."""

    code = "unknown-reason"
    field = "reason_code"
    template = N_("Choose one of these reasons: {choices}.")


class NoteRequired(DomainError):
    """The reason "other" says nothing by itself."""

    code = "required"
    field = "public_note"
    template = N_("Say which other reason it is: the author and all readers see this note.")


class ClaimedByColleague(DomainError):
    """Two people do not read the same comment."""

    code = "claimed"
    template = N_("A colleague is reading this comment. Minutes until it is free again: {minutes}.")


class DecidedMeanwhile(DomainError):
    """The comment or its queue entry is not what the moderator saw."""

    code = "decided-meanwhile"
    field = "version"
    template = N_(
        "A colleague has decided on this comment meanwhile, or its author changed it."
        " Your decision was not recorded. Look at it again."
    )


@dataclass(frozen=True, slots=True)
class Verdict:
    """A complete decision."""

    step: Step
    reason: Reason | None
    note: str


def checked_verdict(decision: str, reason_code: str = "", note: str = "") -> Verdict:
    """Return a decision as a moderator sends it.

    Raises:
        UnknownDecision, UnknownReason: a code is in neither list.
        ReasonRequired: a decision against a comment has none.
        NoteRequired: the reason is another one, and none is given.
        TextTooLong, PrivateSigns: the note cannot be shown.
    """
    if decision not in DECISIONS:
        raise UnknownDecision(choices=", ".join(DECISIONS))
    if reason_code and reason_code not in list(Reason):
        raise UnknownReason(choices=", ".join(Reason))
    if decision in AGAINST and not reason_code:
        raise ReasonRequired
    if reason_code == Reason.OTHER and not note.strip():
        raise NoteRequired
    kept = comment_text(note, most=MOST_IN_NOTE, field="public_note") if note.strip() else ""
    return Verdict(Step(decision), Reason(reason_code) if reason_code else None, kept)


@dataclass(frozen=True, slots=True)
class Claim:
    """A moderator took a comment to read it."""

    moderator_id: str
    at: datetime

    def until(self) -> datetime:
        """Return when others may take it."""
        return self.at + timedelta(minutes=CLAIM_MINUTES)


def claimed(moderator_id: str, claim: Claim | None, now: datetime, *, is_own: bool) -> Claim:
    """Return the claim of a moderator; one's own is renewed.

    Raises:
        OwnComment: the moderator wrote the comment.
        ClaimedByColleague: a colleague has it and their time is not over.
    """
    if is_own:
        raise OwnComment
    check_free(moderator_id, claim, now)
    return Claim(moderator_id, now)


def check_free(moderator_id: str, claim: Claim | None, now: datetime) -> None:
    """Refuse to decide on what a colleague is reading.

    Raises:
        ClaimedByColleague: a colleague has it and their time is not over.
    """
    if claim is None or claim.moderator_id == moderator_id or now >= claim.until():
        return
    # Rounded up: nobody is told to come back in no minute.
    raise ClaimedByColleague(minutes=-((now - claim.until()) // timedelta(minutes=1)))


def check_version(seen: int, current: int) -> None:
    """Refuse a decision on something else than what the moderator saw.

    Raises:
        DecidedMeanwhile: it has changed.
    """
    if seen != current:
        raise DecidedMeanwhile

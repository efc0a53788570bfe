"""Appeals: an author asks another person to look at a decision again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ckanext.consultation.domain import comments
from ckanext.consultation.domain.comment_text import comment_text
from ckanext.consultation.domain.comments import Role
from ckanext.consultation.domain.moderation import AGAINST
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError, NotPermitted
from ckanext.opengov.shared.domain.lifecycle import Table, Transition
from ckanext.opengov.shared.domain.wording import N_

APPEAL_DAYS = 14
MOST_IN_APPEAL = 2_000


class State(StrEnum):
    """Where an appeal stands."""

    OPEN = "open"
    UPHELD = "upheld"
    """The decision stands."""
    OVERTURNED = "overturned"


class Step(StrEnum):
    """What a second moderator does."""

    UPHOLD = "uphold"
    OVERTURN = "overturn"


@dataclass(frozen=True, slots=True)
class Judged:
    """A decision as the log has it."""

    decision: comments.Step
    decided_by: str
    decided_at: datetime


class NothingToAppeal(DomainError):
    """Only what went against the author is appealed."""

    code = "nothing-to-appeal"
    template = N_("There is no decision against this comment.")


class AppealTooLate(DomainError):
    """The time for an appeal is over."""

    code = "appeal-too-late"
    template = N_("The time to appeal against this decision is over. Days that it lasted: {days}.")


class AppealedAlready(DomainError):
    """A decision is looked at again once."""

    code = "appealed-already"
    template = N_("You have already appealed against this decision.")


class OwnDecision(DomainError):
    """Nobody judges whether they judged well."""

    code = "own-decision"
    template = N_("This appeal is against your own decision: another moderator decides on it.")


class OwnAppeal(DomainError):
    """Nobody judges their own appeal."""

    code = "own-appeal"
    template = N_("This is your own appeal: another moderator decides on it.")


def checked_appeal(
    actor: Actor,
    judged: Judged,
    text: str,
    now: datetime,
    *,
    has_appealed: bool,
    days: int = APPEAL_DAYS,
) -> str:
    """Return the text of an appeal that its author may make.

    Raises:
        NotPermitted: someone else wrote the comment.
        NothingToAppeal, AppealTooLate, AppealedAlready: the decision is none to appeal.
        TextRequired, TextTooLong, PrivateSigns: see ``comment_text``.
    """
    if Role.AUTHOR not in actor.roles:
        raise NotPermitted
    if judged.decision not in AGAINST:
        raise NothingToAppeal
    if has_appealed:
        raise AppealedAlready
    if now > judged.decided_at + timedelta(days=days):
        raise AppealTooLate(days=days)
    return comment_text(text, most=MOST_IN_APPEAL, field="text")


def of_someone_else(actor: Actor, _judged: Judged) -> None:
    """Refuse moderators who made the appeal."""
    if Role.AUTHOR in actor.roles:
        raise OwnAppeal


def by_another_moderator(actor: Actor, judged: Judged) -> None:
    """Refuse the one whose decision it is."""
    if actor.user_id is None or actor.user_id == judged.decided_by:
        raise OwnDecision


MODERATORS = frozenset({Role.MODERATOR})
GUARDS = (of_someone_else, by_another_moderator)
TRANSITIONS: Table[State, Step, Judged] = {
    (State.OPEN, Step.UPHOLD): Transition(State.UPHELD, MODERATORS, GUARDS),
    (State.OPEN, Step.OVERTURN): Transition(State.OVERTURNED, MODERATORS, GUARDS),
}
"""Overturned, the comment is restored: ``comments.Step.RESTORE`` with ``is_on_appeal``."""

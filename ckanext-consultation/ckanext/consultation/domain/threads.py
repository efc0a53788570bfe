"""Where a comment stands: under what, how deep, in which order, for or against."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

from ckanext.consultation.domain.comments import View
from ckanext.opengov.shared.domain.errors import DomainError, NotFound
from ckanext.opengov.shared.domain.wording import N_

DEEPEST = 4
"""A comment on the consultation has depth 0; answers go down to this one."""


class Position(IntEnum):
    """What a comment thinks of what it comments on."""

    AGAINST = -1
    NO_OPINION = 0
    FOR = 1


class UnknownPosition(DomainError):
    """A position is one of three."""

    code = "unknown-position"
    field = "position"
    template = N_("Choose for, no opinion or against.")


class TooDeep(DomainError):
    """A thread stays readable on a phone."""

    code = "too-deep"
    field = "parent_id"
    template = N_(
        "This conversation goes no deeper. Answer the comment above this one,"
        " and say to whom you speak."
    )


class ParentNotFound(NotFound):
    """There is no such comment here, or the writer may not know of it."""

    code = "parent-not-found"
    field = "parent_id"
    template = N_("The comment that you answer was not found.")


class NoAnswersHere(DomainError):
    """What is not read is not answered."""

    code = "no-answers-here"
    field = "parent_id"
    template = N_("This comment is no longer shown, so it cannot be answered.")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a comment stands in its consultation."""

    comment_id: str
    consultation_id: str
    root_id: str
    parent_id: str | None
    depth: int


def first_place(consultation_id: str, comment_id: str) -> Place:
    """Return the place of a comment that answers none."""
    return Place(comment_id, consultation_id, comment_id, None, 0)


def place_under(parent: Place, view: View, consultation_id: str, comment_id: str) -> Place:
    """Return the place of an answer; ``view`` is what its writer sees of the parent.

    Raises:
        ParentNotFound: the parent is of another consultation, or hidden from the writer.
        NoAnswersHere: the parent is not shown any more, or not yet.
        TooDeep: the parent stands at the deepest level.
    """
    if parent.consultation_id != consultation_id or view is View.ABSENT:
        raise ParentNotFound
    if view is not View.WHOLE:
        raise NoAnswersHere
    if parent.depth >= DEEPEST:
        raise TooDeep
    depth = parent.depth + 1
    return Place(comment_id, consultation_id, parent.root_id, parent.comment_id, depth)


def position_of(given: object) -> Position | None:
    """Return the position that a form or the API names; None where it names none.

    Raises:
        UnknownPosition: it is not -1, 0 or 1.
    """
    if given is None or given == "":
        return None
    text = str(given)
    if isinstance(given, bool) or text not in {str(each.value) for each in Position}:
        raise UnknownPosition
    return Position(int(text))


CONFIDENCE = 1.96
"""Standard deviations that hold 95 % of a normal distribution."""
MILLION = 1_000_000


def support(in_favour: int, against: int) -> int:
    """Return how much of the readers surely supports a comment, in millionths.

    The lower end of Wilson's interval at 95 %: ten of ten come before one of one, and what
    nobody voted on comes last.

    Source: E. B. Wilson, Journal of the American Statistical Association 22 (1927), 209-212
    """
    votes = in_favour + against
    if not in_favour:
        return 0
    share, square = in_favour / votes, CONFIDENCE**2
    spread = CONFIDENCE * math.sqrt(share * (1 - share) / votes + square / (4 * votes**2))
    return int(MILLION * (share + square / (2 * votes) - spread) / (1 + square / votes))

"""What consultations ask of those who work in them, in the order in which it should be done."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from ckanext.consultation.domain.life import Role
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_


class Work(StrEnum):
    """What a consultation waits for."""

    OVERDUE = "overdue"
    """For the answer, which should be there by now."""
    IN_REVIEW = "in-review"
    RETURNED = "returned"
    """For its authors, who are asked to mend something."""
    CLOSED = "closed"
    """For the answer, which is due later."""
    DRAFT = "draft"
    OPEN = "open"
    SCHEDULED = "scheduled"
    RESULTS = "results"
    ARCHIVED = "archived"
    CANCELLED = "cancelled"


RANKS = {work: rank for rank, work in enumerate(Work)}
"""What is done first comes first; inside a rank, whose date comes first."""


class Next(StrEnum):
    """What a person can do next with a consultation."""

    ANSWER = "answer"
    REVIEW = "review"
    MEND = "mend"
    GO_ON = "go-on"
    SEE = "see"


class UnknownWork(DomainError):
    """No consultation waits for this."""

    code = "unknown-state"
    field = "state"
    template = N_("Choose one of these states: {choices}.")


def work_of(text: object) -> Work:
    """Return the state that this names.

    Raises:
        UnknownWork: it names none.
    """
    try:
        return Work(str(text))
    except ValueError as error:
        raise UnknownWork(choices=", ".join(Work)) from error


STEPS = {
    Work.OVERDUE: (Next.ANSWER, frozenset({Role.PUBLISHER, Role.RESPONDER})),
    Work.CLOSED: (Next.ANSWER, frozenset({Role.PUBLISHER, Role.RESPONDER})),
    Work.RETURNED: (Next.MEND, frozenset({Role.AUTHOR})),
    Work.DRAFT: (Next.GO_ON, frozenset({Role.AUTHOR})),
    Work.IN_REVIEW: (Next.REVIEW, frozenset({Role.PUBLISHER})),
}


def next_step(work: Work, roles: Collection[str], *, has_written: bool) -> Next:
    """Return what to do next; who wrote in a consultation does not review it."""
    step, whose = STEPS.get(work, (Next.SEE, frozenset()))
    if whose.isdisjoint(roles) or (step is Next.REVIEW and has_written):
        return Next.SEE
    return step

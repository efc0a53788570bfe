"""What the datasets of a body ask of its people, in the order in which it should be done."""

from __future__ import annotations

from enum import StrEnum

from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_


class Work(StrEnum):
    """What a dataset, or the change to it that is under way, waits for."""

    RETURNED = "returned"
    """For its authors, who are asked to mend something."""
    LATE = "late"
    """For a new version: its period has passed, and none is under review."""
    SCHEDULED = "scheduled"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    PUBLISHED = "published"
    """For nothing."""
    WITHDRAWN = "withdrawn"


RANKS = {
    Work.RETURNED: 0,
    Work.LATE: 1,
    Work.SCHEDULED: 2,
    Work.DRAFT: 2,
    Work.SUBMITTED: 3,
    Work.PUBLISHED: 4,
    Work.WITHDRAWN: 5,
}
"""What is done first. Inside a rank: the longest late, then the longest waiting first; of
what waits for nothing, the newest first."""
AT_REST = frozenset({Work.PUBLISHED, Work.WITHDRAWN})


class Next(StrEnum):
    """What a person can do next with a dataset."""

    MEND = "mend"
    UPDATE = "update"
    GO_ON = "go-on"
    REVIEW = "review"
    SEE = "see"


class UnknownWork(DomainError):
    """No dataset waits for this."""

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


def next_step(work: Work, *, has_change: bool, may_review: bool) -> Next:
    """Return what to do next; ``has_change``: a change to what is published is begun."""
    if work is Work.LATE:
        return Next.GO_ON if has_change else Next.UPDATE
    if work is Work.SUBMITTED:
        return Next.REVIEW if may_review else Next.SEE
    return {Work.RETURNED: Next.MEND, Work.DRAFT: Next.GO_ON}.get(work, Next.SEE)

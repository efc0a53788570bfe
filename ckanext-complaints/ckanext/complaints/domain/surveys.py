"""When a citizen may rate what became of their complaint, and how."""

from __future__ import annotations

from ckanext.complaints.domain.life import ANSWERS, State
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_

LOWEST, HIGHEST = 1, 5


class NothingToRate(DomainError):
    """There is no answer."""

    code = "nothing-to-rate"
    field = "score"
    template = N_("You can rate this once the complaint is answered.")


def may_rate(state: str, outcome: str | None) -> bool:
    """Tell whether there is something to rate: an answer that stands, or a decision."""
    return state in (State.ANSWERED, State.CLOSED) and outcome in ANSWERS


def check_may_rate(state: str, outcome: str | None) -> None:
    """Refuse a rating of what was not answered.

    Raises:
        NothingToRate: it was not, or it was withdrawn, or repeats another.
    """
    if not may_rate(state, outcome):
        raise NothingToRate

"""Why a dataset is returned to its authors: codes to count by, beside the reviewer's words."""

from __future__ import annotations

from collections.abc import Iterable

from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_

OTHER = "other"
REASONS = {
    "description-unclear": N_("The description is unclear or incomplete"),
    "wrong-file": N_("It is the wrong file, or files are missing"),
    "licence": N_("The licence does not fit"),
    "personal-data": N_("It holds personal data"),
    "numbers-look-wrong": N_("Numbers look wrong"),
    OTHER: N_("Something else"),
}
"""What a reviewer ticks, in this order."""


class UnknownReason(DomainError):
    """A reason is none of the list."""

    code = "unknown-reason"
    field = "reasons"
    template = N_("This is none of the reasons: {reason}.")


def check_reasons(given: Iterable[str]) -> tuple[str, ...]:
    """Return the reasons in the order of the list, each once.

    Raises:
        UnknownReason: one is not in the list.
    """
    wanted = set(given)
    for reason in sorted(wanted - REASONS.keys()):
        raise UnknownReason(reason=reason)
    return tuple(reason for reason in REASONS if reason in wanted)

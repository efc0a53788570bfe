"""Two people who write in the same thing: the second one sees what the first one stored."""

from __future__ import annotations

from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_


class ChangedMeanwhile(DomainError):
    """Someone else wrote in it."""

    code = "changed-meanwhile"
    field = "version"
    template = N_("Someone changed this meanwhile. Look at it again, then save once more.")


def check_version(version: int, seen: object) -> None:
    """Refuse to write over what the caller has not seen; who names no version has seen all."""
    if seen not in (None, "", version, str(version)):
        raise ChangedMeanwhile

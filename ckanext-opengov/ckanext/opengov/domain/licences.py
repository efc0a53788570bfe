"""Whether data under some licences may be passed on under another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_


@dataclass(frozen=True, slots=True)
class Licence:
    """What a licence asks of those who pass the data on."""

    id: str
    attribution: bool = False
    share_alike: bool = False
    non_commercial: bool = False
    no_derivatives: bool = False
    grants_nothing: bool = False
    compatible_with: tuple[str, ...] = ()
    """Ids of the licences that a share-alike one accepts beside itself."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a source forbids the candidate."""

    source: str
    """Id of the source's licence."""
    code: str
    template: str


class LicenceRequired(DomainError):
    """Without a licence nobody may reuse the data."""

    code = "licence-required"
    field = "license_id"
    template = N_("Choose a licence: without one nobody may reuse the data.")


class UnknownLicence(DomainError):
    """The register has no such licence."""

    code = "unknown-licence"
    field = "license_id"
    template = N_("This licence is not in the site's register (opengov_licence_list).")


UNKNOWN = "unknown-licence"
WORDING = {
    UNKNOWN: N_("The licence of this source is not known: ask its producer."),
    "not-licensed": N_("This source has no licence: nobody may reuse it."),
    "no-derivatives": N_("This source may not be changed or combined."),
    "non-commercial": N_("This source forbids commercial use, which the licence would allow."),
    "share-alike": N_("This source must be passed on under its own licence or a compatible one."),
    "attribution": N_("This source must be named, and the licence would not ask for it."),
}
FORBIDS: dict[str, Callable[[Licence, Licence], bool]] = {
    "not-licensed": lambda source, _candidate: source.grants_nothing,
    "no-derivatives": lambda source, _candidate: source.no_derivatives,
    "non-commercial": lambda source, candidate: (
        source.non_commercial and not candidate.non_commercial
    ),
    "share-alike": lambda source, candidate: (
        source.share_alike and candidate.id not in (source.id, *source.compatible_with)
    ),
    "attribution": lambda source, candidate: source.attribution and not candidate.attribution,
}
"""What stands against a candidate, by code; the first that holds is told."""


def reasons_against(
    register: Mapping[str, Licence], sources: Iterable[str], candidate_id: str
) -> list[Reason]:
    """Return why data from these sources may not be published under the candidate.

    Raises:
        UnknownLicence: the candidate is not in the register.
    """
    candidate = register.get(candidate_id)
    if candidate is None:
        raise UnknownLicence
    found = []
    for each in dict.fromkeys(sources):
        source = register.get(each)
        rules = FORBIDS.items() if source else ()
        code = next((code for code, rule in rules if source and rule(source, candidate)), None)
        if code or source is None:
            found.append(Reason(each, code or UNKNOWN, WORDING[code or UNKNOWN]))
    return found

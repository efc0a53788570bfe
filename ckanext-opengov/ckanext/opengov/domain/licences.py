"""Whether data under some licences may be passed on under another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_

TERMS = ("attribution", "share_alike", "non_commercial", "no_derivatives")
"""What a register says of each licence, or leaves open."""
MAX_SOURCES = 50
"""Sources of a dataset: each costs a look at every licence."""


class Answer(StrEnum):
    """Whether a licence may be chosen."""

    YES = "yes"
    NO = "no"
    NOT_SURE = "not-sure"


@dataclass(frozen=True, slots=True)
class Licence:
    """What a licence asks of those who pass the data on. None: the register does not say."""

    id: str
    attribution: bool | None = None
    share_alike: bool | None = None
    non_commercial: bool | None = None
    no_derivatives: bool | None = None
    grants_nothing: bool = False
    is_generic: bool = False
    """A name for licences of a kind, of which one may not be the other."""
    flows_into: tuple[str, ...] | None = None
    """Ids of the licences under which the data may be passed on, beside its own."""

    @property
    def is_known(self) -> bool:
        """Tell whether the register says all that the rules ask for."""
        return all(getattr(self, term) is not None for term in TERMS)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a source forbids a candidate, or leaves it open."""

    source: str
    """Id of the source's licence."""
    candidate: str
    code: str
    template: str
    answer: Answer


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


class SourcesForbid(DomainError):
    """The data of others may not be passed on under this licence."""

    code = "sources-forbid"
    field = "license_id"

    def __init__(self, reason: Reason) -> None:
        super().__init__(source=reason.source, candidate=reason.candidate)
        self.template = reason.template


class WordNeeded(DomainError):
    """Where the register cannot say, a person does."""

    code = "licence-word-needed"
    field = "licence_word"
    template = N_(
        "It is not sure that the sources allow the licence. Say why you approve it all the same."
    )


class SourceSaysNothing(DomainError):
    """Nobody could find the source."""

    code = "source-says-nothing"
    field = "sources"
    template = N_("Name this source: its title, its address or the dataset of this portal.")


class TooManySources(DomainError):
    """More than anyone reads."""

    code = "too-many-sources"
    field = "sources"
    template = N_("Name at most {most} sources; these are {count}.")


class NoSuchSource(DomainError):
    """No dataset that the public knows."""

    code = "no-such-dataset"
    field = "dataset_id"
    template = N_("This portal has no published dataset of this name.")


UNKNOWN = "unknown-licence"
OPEN_QUESTIONS = {
    UNKNOWN: N_("The licence of this source is not known: ask its producer."),
    "terms-unknown": N_("The register does not say all that this licence asks for."),
    "not-stated": N_("Neither licence says whether data may pass from the one to the other."),
}
"""Why nobody can say yes, by code."""
WORDING = {
    "not-licensed": N_("This source has no licence: nobody may reuse it."),
    "no-derivatives": N_("This source may not be changed or combined."),
    "non-commercial": N_("This source forbids commercial use, which the licence would allow."),
    "share-alike": N_("This source must be passed on under its own licence or a compatible one."),
    "attribution": N_("This source must be named, and the licence would not ask for it."),
}


def _must_stay(source: Licence, candidate: Licence) -> bool:
    # Without a list of what it flows into, or beside a licence that may be any, nobody knows.
    if not source.share_alike or source.flows_into is None or candidate.is_generic:
        return False
    return candidate.id not in (source.id, *source.flows_into)


FORBIDS: dict[str, Callable[[Licence, Licence], bool]] = {
    "not-licensed": lambda source, _candidate: source.grants_nothing,
    "no-derivatives": lambda source, _candidate: source.no_derivatives is True,
    "non-commercial": lambda source, candidate: (
        source.non_commercial is True and candidate.non_commercial is False
    ),
    "share-alike": _must_stay,
    "attribution": lambda source, candidate: (
        source.attribution is True and candidate.attribution is False
    ),
}
"""What stands against a candidate, by code; the first that holds is told."""


def reasons_against(
    register: Mapping[str, Licence], sources: Iterable[str], candidate_id: str
) -> list[Reason]:
    """Return why data from these sources may not, or perhaps not, be under the candidate.

    A candidate outside the register is older than the suite: of it, nobody can be sure.
    """
    candidate = register.get(candidate_id)
    found = []
    for each in dict.fromkeys(sources):
        code, answer = _judge(register.get(each), candidate)
        if answer is not Answer.YES:
            template = WORDING.get(code) or OPEN_QUESTIONS[code]
            found.append(Reason(each, candidate_id, code, template, answer))
    return found


def answer_of(reasons: Iterable[Reason]) -> Answer:
    """Return what the reasons come to."""
    given = {reason.answer for reason in reasons}
    return next((each for each in (Answer.NO, Answer.NOT_SURE) if each in given), Answer.YES)


def _judge(source: Licence | None, candidate: Licence | None) -> tuple[str, Answer]:
    """Return the code of what stands against the candidate, and what it comes to.

    Only what the register states is a yes: that nothing is known to be wrong is not enough.
    """
    if candidate is None:
        return "terms-unknown", Answer.NOT_SURE
    if source is None:
        return UNKNOWN, Answer.NOT_SURE
    code = next((code for code, rule in FORBIDS.items() if rule(source, candidate)), None)
    if code:
        return code, Answer.NO
    is_same = source.id == candidate.id and not source.is_generic
    if source.is_known and (is_same or candidate.id in (source.flows_into or ())):
        return "", Answer.YES
    is_vague = source.is_generic or candidate.is_generic
    is_known = source.is_known and candidate.is_known and not is_vague
    return "not-stated" if is_known else "terms-unknown", Answer.NOT_SURE

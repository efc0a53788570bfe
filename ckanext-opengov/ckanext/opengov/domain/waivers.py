"""Findings that a second person may let pass."""

from __future__ import annotations

from ckanext.opengov.domain.publication import Facts, ReasonNeeded, Role, by_a_second_person
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError, NotPermitted
from ckanext.opengov.shared.domain.wording import N_

MAX_REASON = 2000


class NotWaivable(DomainError):
    """Only what is no fault of the file can be let pass."""

    code = "not-waivable"
    field = "code"
    template = N_("Findings of this kind are solved in the file; nobody can let them pass.")


class ReasonTooLong(DomainError):
    """A reason is read, not studied."""

    code = "too-long"
    field = "reason"
    template = N_("The reason has at most {most} characters.")


def check_waiver(actor: Actor, facts: Facts) -> None:
    """See that this person may let a finding pass, and says why.

    Raises:
        NotPermitted: they review nothing of the body.
        SecondPersonNeeded: they wrote in the dataset.
        DomainError: there is no reason, or a long one.
    """
    if Role.REVIEWER not in actor.roles:
        raise NotPermitted
    by_a_second_person(actor, facts)
    if not facts.reason:
        raise ReasonNeeded
    if len(facts.reason) > MAX_REASON:
        raise ReasonTooLong(most=MAX_REASON)

"""A version of a schema: a draft that may change, published for good, then no longer proposed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ckanext.opengov.domain.standing import OPERATOR
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.lifecycle import Table, Transition
from ckanext.opengov.shared.domain.wording import N_


class State(StrEnum):
    """Where a version stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    DEPRECATED = "deprecated"


STATES = {
    State.DRAFT: N_("Draft"),
    State.PUBLISHED: N_("Published"),
    State.DEPRECATED: N_("Deprecated"),
}


class Step(StrEnum):
    """What an operator does to it."""

    PUBLISH = "publish"
    DEPRECATE = "deprecate"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards look at."""

    ref: str
    successor: str = ""
    """What files should declare instead; empty: nothing."""
    published: Collection[str] = ()


class WrongSuccessor(DomainError):
    """Nobody can declare it, or it is the version itself."""

    code = "wrong-successor"
    field = "successor"
    template = N_("Choose another version that is published, or none.")


def with_a_good_successor(_actor: Actor, facts: Facts) -> None:
    """What is to be declared instead, if anything, is another published version."""
    is_good = facts.successor in facts.published and facts.successor != facts.ref
    if facts.successor and not is_good:
        raise WrongSuccessor


OPERATORS = frozenset({OPERATOR})

TRANSITIONS: Table[State, Step, Facts] = {
    (State.DRAFT, Step.PUBLISH): Transition(State.PUBLISHED, OPERATORS),
    (State.PUBLISHED, Step.DEPRECATE): Transition(
        State.DEPRECATED, OPERATORS, (with_a_good_successor,)
    ),
    (State.DEPRECATED, Step.RESTORE): Transition(State.PUBLISHED, OPERATORS),
}


def successor_of(ref: str, deprecated: Mapping[str, str | None]) -> str | None:
    """Return what is to be declared instead of a deprecated version, however long the chain is.

    ``deprecated`` has the successor that was named by reference; None: there is none.
    """
    seen, found = set[str](), ref
    while found in deprecated and found not in seen:
        seen.add(found)
        found = deprecated[found] or ""
    return found if found and found not in deprecated else None

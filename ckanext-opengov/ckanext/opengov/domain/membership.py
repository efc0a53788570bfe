"""Who owes a role to whom: an author must not choose the person who approves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RoleGiven:
    """One person gave another a role in a body. ``by_operator``: a sysadmin did so."""

    user_id: str
    maker_id: str | None
    by_operator: bool


@dataclass(frozen=True, slots=True)
class VouchedRole:
    """A role in a body that the site itself gave; ``maker_id`` is None for the operator."""

    role: str
    maker_id: str | None


def is_colleague(user_id: str, vouched: VouchedRole | None) -> bool:
    """Tell whether others made this person an administrator of the body.

    A role that its owner gave themselves, as a sysadmin can, or that was written past
    the site makes nobody a colleague.
    """
    return vouched is not None and vouched.role == "admin" and vouched.maker_id != user_id


def beholden(events: Iterable[RoleGiven], authors: frozenset[str]) -> frozenset[str]:
    """Return those who owe their role to an author, directly or through others.

    Events come oldest first. What an operator gave replaces what was given
    before (an operator who is an author is an author still); the rest adds up,
    so that a reviewer made by an author does not become free by giving
    themselves the role once more.
    """
    makers: dict[str, set[str]] = {}
    for event in events:
        if event.by_operator:
            makers[event.user_id] = set()
        if event.maker_id:
            makers.setdefault(event.user_id, set()).add(event.maker_id)
    tainted = set(authors)
    while grown := {user for user, by in makers.items() if by & tainted} - tainted:
        tainted |= grown
    return frozenset(tainted - authors)

"""How a participant is called, and until when that changes.

A name is part of what was said: others answered and voted knowing who spoke. So it holds for all
that a participant said, and is not exchanged for another once others have reacted to it or the
consultation is over. People may stop being named at any time.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ckanext.consultation.domain.names import Flag, checked_name
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.fields import one_of
from ckanext.opengov.shared.domain.wording import N_


class Kind(StrEnum):
    """Who takes part."""

    ACCOUNT = "account"
    GUEST = "guest"
    """Without an account, confirmed by mail."""
    ORGANIZATION = "organization"


BY_NUMBER = (False, None)
"""How those are shown who do not want to be named."""


class NameStands(DomainError):
    """Others reacted to words knowing whose they are."""

    code = "name-stands"
    template = N_(
        "Others have answered or voted knowing who spoke, or the consultation is over: this name"
        " stays. You can stop being named, unless you speak for an organisation."
    )


@dataclass(frozen=True, slots=True)
class Appearance:
    """How others see a participant: by a name, or by a number."""

    kind: Kind
    display_name: str | None = None
    org_name: str | None = None
    may_be_named: bool = False
    flags: frozenset[Flag] = frozenset()
    """What moderators should know about the name."""

    @property
    def shown(self) -> tuple[bool, str | None]:
        """Whether it is an organisation, and its name; None: a number."""
        if self.kind is Kind.ORGANIZATION:
            return True, self.org_name
        return False, self.display_name if self.may_be_named else None


def appearance(
    base: Kind, kind: str, display_name: str, org_name: str, *, may_be_named: bool
) -> Appearance:
    """Return how a participant wants to be seen; ``base`` is what they are as one person.

    Raises:
        NoSuchChoice: the kind is neither that nor an organisation.
        DomainError: see ``checked_name``.
    """
    chosen = Kind(one_of(kind or base, [base, Kind.ORGANIZATION], "kind"))
    if chosen is Kind.ORGANIZATION:
        name = checked_name(org_name, field="org_name")
        return Appearance(chosen, None, name.text, may_be_named=True, flags=name.flags)
    if not display_name.strip() and not may_be_named:
        return Appearance(chosen)
    name = checked_name(display_name)
    return Appearance(chosen, name.text, None, may_be_named, name.flags)


def check_change(
    before: Appearance, after: Appearance, *, is_open: bool, has_reactions: bool
) -> None:
    """Refuse to exchange a name that others know for another.

    Raises:
        NameStands: it stays.
    """
    was, will_be = before.shown, after.shown
    stops = not was[0] and will_be == BY_NUMBER
    if was == will_be or stops:
        return
    starts = was == BY_NUMBER and not will_be[0]
    if not is_open or (has_reactions and not starts):
        raise NameStands

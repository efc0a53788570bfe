"""What a clerk says besides the complaint that they write down for somebody."""

from __future__ import annotations

from enum import StrEnum

from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_


class Channel(StrEnum):
    """How the citizen came to the clerk."""

    COUNTER = "counter"
    PHONE = "phone"


class ChannelNeeded(DomainError):
    """It is counted, and told to who handles the case."""

    code = "required"
    field = "channel"
    template = N_("Say whether the citizen is at the counter or on the telephone.")


class ConsentNeeded(DomainError):
    """Nobody files in the name of somebody who was not told what that means."""

    code = "required"
    field = "consent"
    template = N_("First read to the citizen what you wrote, and tell them who reads it.")


def problems(channel: str, consent: str) -> list[DomainError]:
    """Return what is missing."""
    wrong: list[DomainError] = []
    if channel not in set(Channel):
        wrong.append(ChannelNeeded())
    if not consent:
        wrong.append(ConsentNeeded())
    return wrong

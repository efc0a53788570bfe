"""What can be in the way of an order that keeps a case past its day."""

from __future__ import annotations

from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_

MOST_CHARACTERS = 200
"""Of the order's reference: the court and its number, or the article of the law."""


class HeldAlready(DomainError):
    """One order at a time."""

    code = "held-already"
    template = N_("An order keeps this complaint already. End that one first.")


class NotHeld(DomainError):
    """There is nothing to end."""

    code = "not-held"
    template = N_("No order keeps this complaint.")

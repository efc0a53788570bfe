"""How often people may act: each participant, and all behind one network together."""

from __future__ import annotations

from flask import has_request_context, request

from ckanext.consultation.domain.abuse import LIMITS, MAILS_TO_ONE, Act, Whom
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.limits import Limit, network_of


class TooMany(DomainError):
    """Slow down."""

    code = "too-many"
    template = N_("That was a lot in a short time. Try again in {minutes} minutes.")


def own_network() -> str:
    """Return what the caller shares with all behind one line; nothing outside of a request."""
    return network_of(request.remote_addr or "") if has_request_context() else ""


def may_mail(address: str) -> bool:
    """Count a mail to an address that anyone may have typed; False: it got enough of them."""
    most, span = MAILS_TO_ONE
    return not Limit("consultation-guest-mails", most, span).take(address)


def count(act: Act, consultation_id: str, user_id: str, target: str = "") -> None:
    """Count what somebody does; ``target`` is the comment on which they act.

    Raises:
        TooMany: it was too much in too short a time, by them or by all of their network.
    """
    network = own_network()
    whom = {
        Whom.PARTICIPANT: (consultation_id, user_id),
        Whom.NETWORK: (consultation_id, network) if network else (),
        Whom.NETWORK_AND_TARGET: (target, network) if network and target else (),
    }
    for each in LIMITS[act]:
        caller = whom[each.whom]
        wait = caller and Limit(each.name, each.most, each.span).take(*caller)
        if wait:
            raise TooMany(minutes=int(wait.total_seconds() // 60) + 1)

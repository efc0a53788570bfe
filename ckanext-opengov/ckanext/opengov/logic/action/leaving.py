"""Leaving what one gets mail about, by the link that stands in each mail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import has_request_context, request

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.opengov.shared import leaving
from ckanext.opengov.shared.domain.errors import DomainError, NotFound
from ckanext.opengov.shared.domain.moments import utc_now
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action
from ckanext.opengov.shared.leaving import Subscription
from ckanext.opengov.shared.limits import Limit, network_of

__all__ = ["opengov_unsubscribe", "opengov_unsubscribe_show"]

WRONG = Limit("unsubscribe", 60, timedelta(hours=1))
"""Of one network, links that are none. Right ones are not counted: a mail provider sends those
of all its customers from one address."""


class NoSuchLink(NotFound):
    """Not one of ours, or not whole: which, nobody is told."""

    code = "not-found"
    template = N_("This link does not work. Copy it whole from the mail, or sign in.")


class TooManyWrong(DomainError):
    """Somebody tries links."""

    code = "too-many"
    template = N_("That was a lot in a short time. Try again in {minutes} minutes.")


@tk.side_effect_free
@domain_action
def opengov_unsubscribe_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return ``{"about"}``: what one would get no more mail about, in words.

    Args:
        token (str): the last part of the link in the mail
    """
    tk.check_access("opengov_unsubscribe", context, data_dict)
    return _about(context, _subscription(data_dict))


@domain_action
def opengov_unsubscribe(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Stop mail about something, as its reader, without signing in; return ``{"about"}``.

    Done again, it changes nothing. Notices go on to the inbox of who has an account.

    Args:
        token (str): the last part of the link in the mail
    """
    tk.check_access("opengov_unsubscribe", context, data_dict)
    subscription, session = _subscription(data_dict), context["session"]
    leaving.LISTS[subscription.list].leave(session, subscription, utc_now())
    session.commit()
    return _about(context, subscription)


def _subscription(data_dict: DataDict) -> Subscription:
    """Return what the token stands for.

    Raises:
        NoSuchLink: it is none.
        TooManyWrong: nor were many others from this network.
    """
    found = leaving.read(str(data_dict.get("token") or ""))
    if found is not None:
        return found
    if has_request_context():
        wait = WRONG.take(network_of(request.remote_addr or ""))
        if wait:
            raise TooManyWrong(minutes=int(wait.total_seconds() // 60) + 1)
    raise NoSuchLink


def _about(context: Context, subscription: Subscription) -> dict[str, Any]:
    mailing_list = leaving.LISTS[subscription.list]
    return {
        "list": subscription.list,
        "about": mailing_list.about(context["session"], subscription),
    }

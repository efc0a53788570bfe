"""What all changes of the network share: who does it, and the row that says so."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession, Context, DataDict

from ckanext.complaints.domain.network import NoSuchUnit, NotInNetwork, UserNotFound
from ckanext.complaints.logic.roles import user_id_of
from ckanext.complaints.model import network
from ckanext.complaints.model.network import Body, Unit
from ckanext.opengov.shared import audit


def note(
    session: AlchemySession,
    about: str,
    step: str,
    actor_id: str | None,
    at: datetime,
    **details: Any,
) -> None:
    """Add to the log of a body, unit, category, policy or calendar; ids and codes alone."""
    subject = f"complaint-network:{about}"
    audit.record(session, subject=subject, step=step, actor_id=actor_id, at=at, details=details)


def by_steward(context: Context, data_dict: DataDict) -> tuple[AlchemySession, str, datetime]:
    """Return the session, who changes the network and when.

    Raises:
        tk.NotAuthorized: the caller is no steward.
    """
    tk.check_access("complaint_steward", context, data_dict)
    session = context["session"]
    return session, str(user_id_of(context)), network.now(session)


def asked_body(session: AlchemySession, value: object, field: str = "org") -> Body:
    """Return the body that a caller names, by the id or name of its organization.

    Raises:
        NotInNetwork: it is none of the network.
    """
    org_id = network.organization(session, str(value or ""))
    row = network.body(session, org_id) if org_id else None
    if row is None:
        raise NotInNetwork(field=field)
    return row


def asked_unit(session: AlchemySession, value: object, *, lock: bool = False) -> Unit:
    """Return the unit that a caller names.

    Raises:
        NoSuchUnit: there is none.
    """
    row = network.unit(session, str(value or ""), lock=lock)
    if row is None:
        raise NoSuchUnit
    return row


def asked_user(value: object, *, was_once: bool = False) -> ckan_model.User:
    """Return the account that a caller names; ``was_once``: it may be deleted.

    Raises:
        UserNotFound: there is none.
    """
    user = ckan_model.User.get(str(value or ""))
    if user is None or not (was_once or user.state == "active"):
        raise UserNotFound
    return user

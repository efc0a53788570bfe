"""What the pages of accounts and of a body's members ask for."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import authz

from ckanext.opengov import config
from ckanext.opengov.shared.web import forms


def opengov_role(title: str) -> str:
    """Return the role that CKAN names so in the reader's language."""
    roles = {authz.trans_role(role): role for role in authz.ROLE_PERMISSIONS}
    return roles.get(title, title)


def opengov_here() -> str:
    """Return the address of this page, to come back to after signing in."""
    return forms.here()


def opengov_two_factor() -> str:
    """Return who needs a second step to sign in: ``off``, ``optional`` or ``staff``."""
    return config.two_factor()


def opengov_second_factors(body_id: str) -> dict[str, dict[str, Any]]:
    """Return where the second factor of each member of a body stands, by user id.

    Nothing for those who may not know: everyone but the body's administrators.
    """
    try:
        found = tk.get_action("opengov_two_factor_list")({}, {"id": body_id})
    except (tk.NotAuthorized, tk.ObjectNotFound, tk.ValidationError):
        return {}
    return {each["user"]: each for each in found}

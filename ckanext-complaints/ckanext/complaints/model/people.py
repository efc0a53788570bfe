"""What accounts of CKAN are called."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from ckan import model as ckan_model
from ckan.types import AlchemySession


def named(session: AlchemySession, ids: Collection[str]) -> dict[str, str]:
    """Return what people are called, by the ids of their accounts."""
    if not ids:
        return {}
    query = sa.select(ckan_model.User).where(ckan_model.User.id.in_(ids))
    return {user.id: user.display_name for user in session.execute(query).scalars()}

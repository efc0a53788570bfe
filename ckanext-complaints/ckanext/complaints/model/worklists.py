"""A page of a worklist, with all that it shows: one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.complaints.model.cases import Case
from ckanext.complaints.model.catalogue import Category
from ckanext.complaints.model.network import Unit
from ckanext.opengov.shared import pager
from ckanext.opengov.shared.pager import Branch, Page

GROUP: Any = ckan_model.Group
USER: Any = ckan_model.User


def page(session: AlchemySession, branches: Sequence[Branch], request: Mapping[str, Any]) -> Page:
    """Return cases with what they are shown with.

    Rows of ``Case``; ``user_id``, ``fullname`` and ``name`` of whoever has it; ``unit`` and
    ``category`` (labels by language), ``kind`` and ``org_id`` of the unit, ``title`` and ``titles``
    of its body.
    """
    return pager.merged(session, branches, request, _shown)


def _shown(found: sa.Subquery) -> sa.Select[Any]:
    return (
        sa.select(
            Case,
            found.c.user_id,
            USER.fullname,
            USER.name,
            Unit.labels.label("unit"),
            Unit.kind,
            Unit.org_id,
            Category.labels.label("category"),
            GROUP.title,
            GROUP.extras["title_translated"].astext.label("titles"),
        )
        .select_from(found)
        .join(Case, Case.id == found.c.id)
        .join(Unit, Unit.id == Case.owner_unit_id)
        .outerjoin(Category, Category.id == Case.category_id)
        .outerjoin(GROUP, GROUP.id == Unit.org_id)
        .outerjoin(USER, USER.id == found.c.user_id)
    )

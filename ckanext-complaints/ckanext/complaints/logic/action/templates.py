"""Texts that answers begin with: a lead writes those of their unit, a steward those for all.

They are texts of the staff, and so do not come through CKAN's action API, which logs them.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.complaints.domain import templates as rules
from ckanext.complaints.domain.network import NoSuchUnit, Role
from ckanext.complaints.logic import changing
from ckanext.complaints.logic.content import content_action
from ckanext.complaints.logic.desk import WORKERS
from ckanext.complaints.logic.roles import Roles, actor
from ckanext.complaints.model import network, templates
from ckanext.complaints.model.templates import TemplateRow
from ckanext.opengov.shared import readers
from ckanext.opengov.shared.domain.errors import NotPermitted
from ckanext.opengov.shared.domain.fields import Fields
from ckanext.opengov.shared.domain.versions import check_version

__all__ = [
    "complaint_template_create",
    "complaint_template_delete",
    "complaint_template_list",
    "complaint_template_update",
]


@content_action
def complaint_template_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the texts that the caller's answers may begin with: of their units, and for all.

    Each of ``results`` is ``{"id", "unit_id", "title", "text_translated", "may_change",
    "version"}``; ``unit_id`` null: for all.

    Args:
        unit_id (str, optional): only of this unit, and for all
    """
    tk.check_access("complaint_template", context, data_dict)
    roles = actor(context)
    units = roles.units(*WORKERS)
    if data_dict.get("unit_id"):
        units &= {str(data_dict["unit_id"])}
    rows = templates.usable(context["session"], units)
    return {"results": [_shown(row, roles) for row in rows]}


@content_action
def complaint_template_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Write a text that answers may begin with; return it.

    Args:
        unit_id (str, optional): of this unit, for its lead; left out: for all, for stewards
        title (str): what it is for, 1 to 100 characters
        text_translated (dict): the words by language, up to 5,000 characters each
    """
    tk.check_access("complaint_template", context, data_dict)
    session, roles = context["session"], actor(context)
    unit_id = str(data_dict["unit_id"]) if data_dict.get("unit_id") else None
    if unit_id and network.unit(session, unit_id) is None:
        raise NoSuchUnit(field="unit_id")
    if not _may_change(unit_id, roles):
        raise NotPermitted
    given, now = rules.read(Fields(data_dict), readers.languages()), network.now(session)
    row = templates.make(session, unit_id, given.title, given.texts, now)
    changing.note(session, row.id, "template-create", roles.user_id, now, unit_id=unit_id)
    session.commit()
    return _shown(row, roles)


@content_action
def complaint_template_update(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Write a template otherwise; return it.

    Args:
        id (str): id of the template
        title (str): what it is for
        text_translated (dict): the words by language
        version (int, optional): as it was read; if it has changed meanwhile, nothing is stored
    """
    row, roles = _changed(context, data_dict)
    session = context["session"]
    check_version(row.version, data_dict.get("version"))
    given, now = rules.read(Fields(data_dict), readers.languages()), network.now(session)
    row.title, row.texts, row.updated_at = given.title, given.texts, now
    row.version += 1
    session.flush()
    changing.note(session, row.id, "template-update", roles.user_id, now, unit_id=row.unit_id)
    session.commit()
    return _shown(row, roles)


@content_action
def complaint_template_delete(context: Context, data_dict: DataDict) -> None:
    """Delete a template. What was written with it stays.

    Args:
        id (str): id of the template
    """
    row, roles = _changed(context, data_dict)
    session = context["session"]
    about = {"unit_id": row.unit_id}
    changing.note(session, row.id, "template-delete", roles.user_id, network.now(session), **about)
    session.delete(row)
    session.commit()


def _changed(context: Context, data_dict: DataDict) -> tuple[TemplateRow, Roles]:
    """Return a template that the caller changes, which is held.

    Raises:
        tk.ObjectNotFound: there is none, or it is another unit's.
        NotPermitted: they use it, and others write it.
    """
    tk.check_access("complaint_template", context, data_dict)
    roles = actor(context)
    row = templates.find(context["session"], str(data_dict.get("id") or ""))
    if row is None or (row.unit_id and row.unit_id not in roles.units(*WORKERS)):
        raise tk.ObjectNotFound
    if not _may_change(row.unit_id, roles):
        raise NotPermitted
    return row, roles


def _may_change(unit_id: str | None, roles: Roles) -> bool:
    return Role.LEAD in roles.in_unit(unit_id) if unit_id else roles.is_steward


def _shown(row: TemplateRow, roles: Roles) -> dict[str, Any]:
    return {
        "id": row.id,
        "unit_id": row.unit_id,
        "title": row.title,
        "text_translated": row.texts,
        "may_change": _may_change(row.unit_id, roles),
        "version": row.version,
    }

"""The questions of a category: each version stays, since complaints answer it."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession, Context, DataDict

from ckanext.complaints.domain.catalogue import read_questions
from ckanext.complaints.logic import changing
from ckanext.complaints.model import catalogue
from ckanext.complaints.model.catalogue import Category, Form
from ckanext.opengov.shared.domain.errors import NotFound
from ckanext.opengov.shared.domain.moments import as_utc
from ckanext.opengov.shared.domain.versions import check_version
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = ["complaint_form_create", "complaint_form_list", "complaint_form_show"]


@domain_action
def complaint_form_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Put the next version of a category's form into use; return it. For stewards.

    Args:
        category (str): id or code of the category
        org (str, optional): id or name of the body whose complaints it is for; all by default
        questions (list): each with ``id``, ``kind`` and ``label``; none: nothing more is asked
        seen (int, optional): number of the version that was read; if there is another meanwhile,
            nothing is stored
    """
    session, user_id, at = changing.by_steward(context, data_dict)
    category = _category(session, data_dict.get("category"), lock=True)
    org_id = None
    if data_dict.get("org"):
        org_id = changing.asked_body(session, data_dict["org"]).org_id
    questions = read_questions(data_dict.get("questions"))
    last = catalogue.newest_form(session, category.id, org_id)
    is_own = last is not None and last.org_id == org_id
    check_version(last.version if last and is_own else 0, data_dict.get("seen"))
    row = catalogue.make_form(session, category, org_id, questions, at)
    details = {"form": row.id, "org": org_id, "version": row.version}
    changing.note(session, category.id, "form-create", user_id, at, **details)
    session.commit()
    return _shown(row)


@tk.side_effect_free
@domain_action
def complaint_form_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return a form: ``{"id", "category_id", "org_id", "version", "questions", "created_at"}``.

    Args:
        id (str): id of the form; or else
        category (str): id or code of the category whose form asks now, and
        org (str, optional): id or name of the body that is complained to
    """
    tk.check_access("complaint_category_list", context, data_dict)
    session = context["session"]
    if data_dict.get("id"):
        row = catalogue.form(session, str(data_dict["id"]))
    else:
        category = _category(session, data_dict.get("category"))
        asked = data_dict.get("org")
        org_id = changing.asked_body(session, asked).org_id if asked else None
        row = catalogue.newest_form(session, category.id, org_id)
    if row is None:
        raise NotFound
    return _shown(row)


@tk.side_effect_free
@domain_action
def complaint_form_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the forms of a category that ask now: that for all bodies, and those of some.

    Args:
        category (str): id or code of the category
    """
    tk.check_access("complaint_category_list", context, data_dict)
    session = context["session"]
    category = _category(session, data_dict.get("category"))
    return {"results": [_shown(row) for row in catalogue.forms_of(session, category.id)]}


def _category(session: AlchemySession, asked: object, *, lock: bool = False) -> Category:
    found = catalogue.category(session, str(asked or ""), lock=lock)
    if found is None:
        raise NotFound
    return found


def _shown(row: Form) -> dict[str, Any]:
    return {
        "id": row.id,
        "category_id": row.category_id,
        "org_id": row.org_id,
        "version": row.version,
        "questions": row.questions,
        "created_at": as_utc(row.created_at),
    }

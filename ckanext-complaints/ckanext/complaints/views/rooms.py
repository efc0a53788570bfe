"""What the pages of the network share: for whom they are, how they say what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import DataDict

from ckanext.complaints.logic import roles
from ckanext.complaints.views import shell
from ckanext.opengov.shared.web import csrf, forms

FORBIDDEN, UNPROCESSABLE = 403, 422


def for_staff(blueprint: Blueprint, *, has_content: bool = False) -> None:
    """Let a blueprint be for who works in the network; others learn nothing of it.

    ``has_content``: what is typed there belongs to a case, so that nothing of it is kept.
    """
    if has_content:
        shell.guard(blueprint)
    else:
        forms.nothing_is_lost(blueprint)
        blueprint.before_request(csrf.need_token)
    blueprint.before_request(_sign_in)
    blueprint.before_request(_only_staff)
    blueprint.register_error_handler(tk.NotAuthorized, _refuse)
    blueprint.register_error_handler(tk.ObjectNotFound, missing)


def _sign_in() -> ResponseReturnValue | None:
    return None if tk.current_user.is_authenticated else forms.sign_in()


def _only_staff() -> ResponseReturnValue | None:
    session = ckan_model.Session  # noqa: TID251 - a page has no context
    here = roles.roles_of(session, tk.current_user.id)
    if here.is_staff:
        tk.g.complaints_roles = here
        return None
    if roles.works_here(session, tk.current_user.id):
        return tk.render("complaints/network/second_step.html", {}), FORBIDDEN
    return missing(None)


def _refuse(_error: tk.NotAuthorized) -> ResponseReturnValue:
    """Say that this is not for the reader: an error raised from a handler would be a fault."""
    said = {"code": FORBIDDEN, "name": "Forbidden", "content": tk._("You may not do this.")}
    return tk.render("error_document_template.html", said), FORBIDDEN


def closed() -> ResponseReturnValue:
    """Say for whom a page is; whom the second step alone keeps out is led to it."""
    session = ckan_model.Session  # noqa: TID251 - a page has no context
    user_id = tk.current_user.id
    is_kept_out = (
        roles.works_here(session, user_id) and not roles.roles_of(session, user_id).is_staff
    )
    return shell.answer("network/second_step" if is_kept_out else "desk/closed", FORBIDDEN)


def missing(_error: tk.ObjectNotFound | tk.NotAuthorized | None) -> ResponseReturnValue:
    """Say that there is no such page: so too where one may not know that there is."""
    said = {"code": 404, "name": "Not Found", "content": tk._("This was not found.")}
    return tk.render("error_document_template.html", said), 404


def for_stewards() -> None:
    """Refuse a page to everyone but stewards.

    Raises:
        tk.NotAuthorized: the reader is none.
    """
    if not tk.g.complaints_roles.is_steward:
        raise tk.NotAuthorized


def sentences(error: tk.ValidationError) -> dict[str, str]:
    """Return what is wrong, a sentence for each field, as people say it who see no codes."""
    found: dict[str, Any] = dict(error.error_dict)
    codes = found.pop("__codes", None) or {}
    plain = {"unknown-choice": tk._("Choose one of those offered.")}
    return {
        name: next((plain[code] for code in codes.get(name, ()) if code in plain), _joined(each))
        for name, each in found.items()
    }


def _joined(said: Any) -> str:
    return said if isinstance(said, str) else " ".join(map(str, said))


def attempt(action: str, given: DataDict, again: Callable[[dict[str, str]], str]) -> Any:
    """Return what an action answers; of what is wrong, the page that says so and asks again.

    The page is a tuple of text and status, which no action answers.
    """
    try:
        return tk.get_action(action)({}, given)
    except tk.ValidationError as error:
        return again(sentences(error)), UNPROCESSABLE


def is_page(answer: Any) -> bool:
    """Tell whether an attempt failed."""
    return isinstance(answer, tuple)

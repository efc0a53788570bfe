"""What the pages of moderators and those of authors share."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.consultation.views import errors
from ckanext.opengov.shared.web import forms

sentences = errors.sentences
FORBIDDEN, CONFLICT, UNPROCESSABLE = 403, 409, 422


def only_for_the_signed_in() -> ResponseReturnValue | None:
    """Ask visitors to sign in."""
    if tk.current_user.is_authenticated:
        return None
    return tk.redirect_to("user.login", came_from=forms.here())


def refuse(_error: tk.NotAuthorized) -> ResponseReturnValue:
    """Say that this is not for the reader: an error raised from a handler would be a fault."""
    said = {"code": FORBIDDEN, "name": "Forbidden", "content": tk._("You may not do this.")}
    return tk.render("error_document_template.html", said), FORBIDDEN


def has_code(error: tk.ValidationError, *codes: str) -> bool:
    """Tell whether one of these is wrong."""
    found: Any = error.error_dict.get("__codes", {})
    return any(code in said for said in found.values() for code in codes)

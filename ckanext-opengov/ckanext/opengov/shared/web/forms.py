"""Forms of the suite: read as CKAN reads its own, and kept when they cannot be taken."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

import ckan.plugins.toolkit as tk
from ckan.lib.navl import dictization_functions
from ckan.logic import clean_dict, parse_params, tuplize_dict
from ckan.types import DataDict

from ckanext.opengov.shared import readers
from ckanext.opengov.shared.domain.texts import SUFFIX
from ckanext.opengov.shared.web import kept

NOT_FIELDS = ("_ckan_phase", "_csrf_token", "pkg_name", "save", "seen")


def read_form() -> DataDict:
    """Return the fields and files of the request's form; translated ones as one object each."""
    data: DataDict = {}
    for part in (request.form, request.files):
        try:
            found = dictization_functions.unflatten(tuplize_dict(parse_params(part)))
        except dictization_functions.DataError:
            tk.abort(400, tk._("Integrity Error"))
        data |= clean_dict(found)
    return joined({key: value for key, value in data.items() if key not in NOT_FIELDS})


def joined(data: DataDict) -> DataDict:
    """Return the fields with ``title_translated-fr`` and its like as ``title_translated``."""
    texts: DataDict = {}
    rest: DataDict = {}
    for key, value in data.items():
        name, _, language = key.rpartition("-")
        if name.endswith(SUFFIX) and language in readers.languages():
            texts.setdefault(name, {})[language] = str(value).strip()
        else:
            rest[key] = value
    kept_texts = {
        name: {language: text for language, text in found.items() if text}
        for name, found in texts.items()
    }
    return {**rest, **kept_texts}


def fingerprint(values: Any) -> str:
    """Return what changes when any of the values does: a form carries it to see a second tab."""
    text = json.dumps(values, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _nobody() -> bool:
    return False


_kept_for: dict[str, Callable[[], bool]] = {}


def nothing_is_lost(blueprint: Blueprint, is_visitors: Callable[[], bool] = _nobody) -> None:
    """Bring back what was typed into a blueprint's forms, if the session ended meanwhile.

    ``is_visitors`` tells whether the form of this request is for those without an account.
    """
    _kept_for[blueprint.name] = is_visitors
    blueprint.before_request(keep_what_was_typed)


def keep_what_was_typed() -> ResponseReturnValue | None:
    """Send who was signed out to sign in again, and bring what they typed back afterwards."""
    if request.method != "POST" or tk.current_user.is_authenticated or _is_visitors():
        return None
    return kept.keep(_back_by_signing_in())


def renew_the_form(error: CSRFError) -> ResponseReturnValue:
    """Show a form that stood open for too long again, with what was typed."""
    if request.blueprint not in _kept_for:
        # As CKAN shows its errors: one raised from here would be a fault of ours.
        values = {"code": error.code, "name": error.name, "content": error.description}
        return tk.render("error_document_template.html", values), HTTPStatus.BAD_REQUEST
    if not (tk.current_user.is_authenticated or _is_visitors()):
        return kept.keep(_back_by_signing_in())
    tk.h.flash_notice(
        tk._("The page stood open for long. Look at what you typed and send it again.")
    )
    return kept.keep(tk.redirect_to(here()))


def here() -> str:
    """Return the address of this page in the reader's language, with what it was asked for."""
    return str(tk.url_for(tk.h.current_url() if request.method == "GET" else request.path))


def sign_in() -> Any:
    """Lead to the sign-in page, and from there back here in the same language."""
    return tk.redirect_to("user.login", came_from=here())


def _is_visitors() -> bool:
    return _kept_for.get(request.blueprint or "", _nobody)()


def _back_by_signing_in() -> Any:
    tk.h.flash_notice(tk._("You were signed out. Sign in: what you typed comes back."))
    return sign_in()

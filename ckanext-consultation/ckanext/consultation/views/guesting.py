"""What the pages share on which people without an account take part."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.consultation.domain.guests import KEY_DAYS
from ckanext.consultation.logic import guarding
from ckanext.consultation.logic.access import COOKIE
from ckanext.opengov.shared import readers
from ckanext.opengov.shared.web import forms

ABOUT_ME = ("email", "kind", "display_name", "org_name", "may_be_named")
FIELDS = (*ABOUT_ME, "client_token", *guarding.FIELDS)
DAY = 24 * 60 * 60


def is_visitors() -> bool:
    """Tell whether the form under way is that of a guest, or of somebody who asks to be one."""
    return COOKIE in request.cookies or "email" in request.form


def is_known(shown: dict[str, Any]) -> bool:
    """Tell whether the reader has things of their own here: an account, or a guest's key."""
    return bool(tk.current_user.is_authenticated or tk.h.consultation_me(shown))


def may_write(shown: dict[str, Any]) -> bool:
    """Tell whether the reader may fill in a form here, whatever comes of it."""
    return bool(tk.h.consultation_may_act(shown) or tk.h.consultation_asks_guests(shown))


def sign_in() -> ResponseReturnValue:
    """Ask a visitor to sign in, and lead them back here."""
    return tk.redirect_to("user.login", came_from=forms.here())


def who_are_you(shown: dict[str, Any]) -> ResponseReturnValue:
    """Ask a visitor who looks for what they said: here most have no account, elsewhere all do."""
    if shown["settings"]["guests"]:
        return tk.redirect_to("consultation_guests.back", name=shown["name"])
    return sign_in()


def ask(shown: dict[str, Any], given: dict[str, Any]) -> ResponseReturnValue:
    """Take what a visitor wrote, and lead to the page that tells them of the mail.

    Raises:
        tk.ValidationError: what is wrong with it.
    """
    about = {name: request.form.get(name, "") for name in FIELDS}
    asked = {"consultation_id": shown["id"], **about, **given}
    tk.get_action("consultation_guest_ask")({"for_view": True}, asked)
    back = {"back": "1"} if given.get("purpose") == "return" else {}
    return tk.redirect_to("consultation_guests.sent", name=shown["name"], **back)


def typed(*names: str) -> dict[str, str]:
    """Return what was typed into a form, and about its sender."""
    return {name: request.form.get(name, "") for name in (*names, *ABOUT_ME)}


def put_key(response: Response, name: str, key: str) -> Response:
    """Let the browser act as a guest in one consultation."""
    for path in _paths(name):
        response.set_cookie(COOKIE, key, max_age=KEY_DAYS * DAY, path=path, **_guarded())
    return response


def drop_key(response: Response, name: str) -> Response:
    """Let the browser forget a guest."""
    for path in _paths(name):
        response.delete_cookie(COOKIE, path=path, **_guarded())
    return response


def _guarded() -> dict[str, Any]:
    is_https = request.is_secure or str(tk.config["ckan.site_url"]).startswith("https:")
    return {"httponly": True, "samesite": "Lax", "secure": is_https}


def _paths(name: str) -> set[str]:
    """Return where a consultation's pages are, in every language."""
    return {
        str(tk.url_for("consultation.read", name=name, locale=language))
        for language in ("default", *readers.languages())
    }

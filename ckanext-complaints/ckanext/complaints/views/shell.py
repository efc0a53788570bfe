"""What every page of complaints has around it: nothing of it stays in a cache, a log or a tab."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, session
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.complaints.domain.filing_draft import FORM_PREFIX
from ckanext.opengov.shared.web import csrf, forms, pages

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of pages with a case: nothing from elsewhere, and no connection out."""
UNPROCESSABLE = 422
SEVERAL = "[]"
"""After the name of a field whose answer is a list."""


def guard(blueprint: Blueprint, *, has_content: bool = True) -> None:
    """Let the pages of a blueprint ask for their own forms, and leave no trace of cases.

    ``has_content``: they may show what a case says.
    """
    blueprint.before_request(csrf.need_token)
    if has_content:
        blueprint.after_request(_leave_no_trace)


def sign_in() -> ResponseReturnValue | None:
    """Ask who is not signed in to do so."""
    return None if tk.current_user.is_authenticated else forms.sign_in()


def _leave_no_trace(response: Response) -> Response:
    pages.is_for_one()
    if session:
        # It ends with the browser.
        session.permanent = False
    headers = response.headers
    headers["Content-Security-Policy"] = POLICY
    headers["Referrer-Policy"] = "no-referrer"
    headers["X-Robots-Tag"] = "noindex"
    return response


def put_cookie(response: Response, name: str, value: str) -> Response:
    """Let the browser keep something until it is closed; no script reads it."""
    response.set_cookie(_named(name), value, path="/", **_guarded())
    return response


def drop_cookie(response: Response, name: str) -> Response:
    """Let the browser forget something."""
    response.delete_cookie(_named(name), path="/", **_guarded())
    return response


def cookie(name: str) -> str:
    """Return what the browser kept; empty: nothing."""
    return request.cookies.get(_named(name), "")


def _named(name: str) -> str:
    # On an onion address there is no https, and no browser takes the prefix without it.
    return f"__Host-{name}" if _is_https() else name


def _is_https() -> bool:
    return request.is_secure or str(tk.config["ckan.site_url"]).startswith("https:")


def _guarded() -> dict[str, Any]:
    return {"httponly": True, "samesite": "Strict", "secure": _is_https()}


def sentences(error: tk.ValidationError) -> dict[str, str]:
    """Return what is wrong, a sentence for each field."""
    found: dict[str, Any] = dict(error.error_dict)
    found.pop("__codes", None)
    return {
        name: each if isinstance(each, str) else " ".join(map(str, each))
        for name, each in found.items()
    }


def form_answers() -> dict[str, Any]:
    """Return what a page sent for the questions of a form, by their ids."""
    return {
        name.removeprefix(FORM_PREFIX).removesuffix(SEVERAL): values
        if name.endswith(SEVERAL)
        else values[0]
        for name, values in request.form.lists()
        if name.startswith(FORM_PREFIX)
    }


def answer(page: str, status: int = 200, **values: Any) -> ResponseReturnValue:
    """Return a page."""
    return tk.render(f"complaints/{page}.html", values), status

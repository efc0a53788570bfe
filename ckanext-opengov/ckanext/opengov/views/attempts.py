"""How often one may try CKAN's forms that check a password or send mail."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from flask import Blueprint, Response, make_response, request
from flask_babel import format_timedelta

import ckan.plugins.toolkit as tk

from ckanext.opengov.shared.limits import Limit, network_of

attempts = Blueprint("opengov_attempts", __name__)

QUARTER, HOUR, MONTH = timedelta(minutes=15), timedelta(hours=1), timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Form:
    """A form of CKAN: its template, the field that names the account, and its limits."""

    template: str
    field: str
    pair: Limit
    """Of one address on one account: stops guessing, and shuts out nobody else."""
    address: Limit
    """Of one address on all accounts: wide, since a whole ministry may share one."""


FORMS = {
    "user.login": Form(
        "user/login.html", "login", Limit("login", 10, QUARTER), Limit("logins", 300, QUARTER)
    ),
    "user.request_reset": Form(
        "user/request_reset.html", "user", Limit("reset", 3, HOUR), Limit("resets", 100, HOUR)
    ),
}
KNOWN = Limit("known", 1, MONTH)
"""Accounts that signed in from an address: no stranger who guesses there shuts them out."""


@attempts.before_app_request
def count_the_attempt() -> Response | None:
    """Answer 429 to who tried too often."""
    form = FORMS.get(request.endpoint or "")
    if form is None or request.method != "POST":
        return None
    address, account = _whom(form)
    wait = form.pair.take(address, account)
    if not wait and not KNOWN.is_used(address, account):
        wait = form.address.take(address)
    if not wait:
        return None
    sentence = tk._("Too many attempts. Try again in {time}.")
    tk.h.flash_error(sentence.format(time=format_timedelta(wait)))
    answer = make_response(tk.render(form.template, {}), HTTPStatus.TOO_MANY_REQUESTS)
    answer.headers["Retry-After"] = str(math.ceil(wait.total_seconds()))
    return answer


@attempts.after_app_request
def forgive_who_knew_the_password(response: Response) -> Response:
    """Let only failures count."""
    is_sign_in = request.endpoint == "user.login" and request.method == "POST"
    if is_sign_in and tk.current_user.is_authenticated:
        form = FORMS["user.login"]
        address, account = _whom(form)
        form.pair.give_back(address, account)
        if not KNOWN.is_used(address, account):
            form.address.give_back(address)
        KNOWN.take(address, account)
    return response


def _whom(form: Form) -> tuple[str, str]:
    """Return the network that the request comes from, and the account that it names."""
    account = request.form.get(form.field, "").strip().casefold()
    return network_of(request.remote_addr or ""), account

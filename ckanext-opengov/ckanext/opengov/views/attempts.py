"""How often one may try CKAN's forms that check a password or send mail."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from flask import Blueprint, Response, g, make_response, request
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
    # CKAN checks no password for who is signed in.
    if form is None or request.method != "POST" or tk.current_user.is_authenticated:
        return None
    account = request.form.get(form.field, "").strip().casefold()
    whom = network_of(request.remote_addr or ""), account
    wait, is_known = form.pair.take(*whom), KNOWN.is_used(*whom)
    if not wait and not is_known:
        wait = form.address.take(whom[0])
    if not wait:
        g.opengov_attempt = whom, is_known
        return None
    sentence = tk._("Too many attempts. Try again in {time}.")
    values = {"errors": {form.field: sentence.format(time=format_timedelta(wait))}}
    answer = make_response(tk.render(form.template, values), HTTPStatus.TOO_MANY_REQUESTS)
    answer.headers["Retry-After"] = str(math.ceil(wait.total_seconds()))
    return answer


@attempts.after_app_request
def forgive_who_knew_the_password(response: Response) -> Response:
    """Let only failures count."""
    form = FORMS["user.login"]
    attempt = g.get("opengov_attempt") if request.endpoint == "user.login" else None
    knew = tk.current_user.is_authenticated or g.get("opengov_knew_password")
    if attempt and knew:
        whom, is_known = attempt
        form.pair.give_back(*whom)
        if not is_known:
            form.address.give_back(whom[0])
            KNOWN.take(*whom)
    return response

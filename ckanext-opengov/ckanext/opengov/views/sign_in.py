"""Signing in: CKAN's form takes the password, a second page the code."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, g, make_response, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.lib import authenticator

from ckanext.opengov.shared import second_factor
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.moments import utc_now
from ckanext.opengov.shared.domain.second_factor import Broken, State, TooManyAttempts
from ckanext.opengov.shared.glue.actions import sentence_of
from ckanext.opengov.shared.second_factor import attempts, steps
from ckanext.opengov.shared.web import csrf, second_step

sign_in = Blueprint("opengov_sign_in", __name__)
sign_in.before_request(csrf.need_token)


def take_password() -> Response | None:
    """Answer CKAN's sign-in form; None: CKAN shows it."""
    if request.method != "POST" or tk.current_user.is_authenticated:
        return None
    given = {name: request.form.get(name, "") for name in ("login", "password")}
    user = authenticator.ckan_authenticator(dict(given)) if all(given.values()) else None
    if not isinstance(user, ckan_model.User):
        page = tk.render("user/login.html", {"errors": _password_errors(given)})
        return make_response(page)
    g.opengov_knew_password = True
    target = request.args.get("next", request.args.get("came_from"))
    session = ckan_model.Session  # noqa: TID251 - a page has no context
    if not second_factor.is_needed(session, user):
        return second_step.enter(user, target)
    second_step.go_halfway(user, target)
    state = second_factor.standing(session, user.id).state
    page = (
        "opengov_two_factor.begin" if state in (State.OFF, State.RESET) else "opengov_sign_in.code"
    )
    return tk.redirect_to(page)


def _missing() -> dict[str, str]:
    return {
        "login": tk._("Enter your username or email."),
        "password": tk._("Enter your password."),
    }


def _password_errors(given: dict[str, str]) -> dict[str, str]:
    """Return what is wrong by field. Which of the two is wrong, nobody is told."""
    errors = {name: said for name, said in _missing().items() if not given[name]}
    if errors:
        return errors
    if tk.config.get("ckan.recaptcha.privatekey"):
        return {"login": tk._("Login failed. Bad username or password or CAPTCHA.")}
    return {"login": tk._("Username or password is not right. Check both and try again.")}


@sign_in.get("/user/login/code")
def code() -> ResponseReturnValue:
    """Ask for the code of the app, or for a recovery code."""
    found = second_step.halfway()
    if found is None:
        return tk.redirect_to("user.login")
    session = ckan_model.Session  # noqa: TID251
    state = second_factor.standing(session, found.user.id).state
    if state in (State.OFF, State.RESET):
        return tk.redirect_to("opengov_two_factor.begin")
    return _page(found, Broken() if state is State.BROKEN else None)


@sign_in.post("/user/login/code")
def enter() -> ResponseReturnValue:
    """Sign in who knows the code."""
    found = second_step.halfway()
    if found is None:
        return tk.redirect_to("user.login")
    session, user_id = ckan_model.Session, found.user.id  # noqa: TID251
    try:
        with attempts.counted(session, user_id, utc_now()):
            enrolment = steps.use(session, user_id, request.form.get("code", ""), utc_now())
    except TooManyAttempts as error:
        return _page(found, error), HTTPStatus.TOO_MANY_REQUESTS
    except DomainError as error:
        return _page(found, error), HTTPStatus.UNPROCESSABLE_ENTITY
    standing = second_factor.standing(session, user_id)
    if second_factor.bodies_of(session, user_id) - standing.bodies:
        tk.h.flash_notice(tk._("Say which administrators may help if you lose your phone."))
        return second_step.enter(found.user, tk.url_for("opengov_two_factor.show"), enrolment)
    return second_step.enter(found.user, found.target, enrolment)


def _page(found: second_step.Halfway, error: DomainError | None) -> str:
    values = {
        "account": found.user.name,
        "is_broken": isinstance(error, Broken),
        "with_recovery": "recovery" in request.args,
        "errors": {"code": sentence_of(error)} if error else {},
    }
    return tk.render("opengov/two_factor/code.html", values)


@sign_in.before_app_request
def ask_whose_password() -> ResponseReturnValue | None:
    """Say at the field that it is empty: CKAN would lead away with a message."""
    is_sent = request.endpoint == "user.request_reset" and request.method == "POST"
    if not is_sent or request.form.get("user", "").strip():
        return None
    page = tk.render("user/request_reset.html", {"errors": {"user": _missing()["login"]}})
    return page, HTTPStatus.UNPROCESSABLE_ENTITY

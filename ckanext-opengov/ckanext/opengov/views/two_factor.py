"""The pages on which people set up, renew and turn off their second factor."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Blueprint, request, session
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model

from ckanext.opengov.shared import second_factor
from ckanext.opengov.shared.domain.second_factor import Policy, State
from ckanext.opengov.shared.web import csrf, second_step

two_factor = Blueprint("opengov_two_factor", __name__, url_prefix="/user/two-factor")
two_factor.before_request(csrf.need_token)

TOO_MANY = "too-many-attempts"
SETTING_UP = tuple(f"opengov_two_factor.{page}" for page in ("begin", "make_key", "confirm"))


@two_factor.before_request
def only_who_knew_the_password() -> ResponseReturnValue | None:
    """Ask everyone else to sign in; half-way in, only the pages of setting up are open."""
    if second_factor.policy() is Policy.OFF:
        return tk.abort(404)
    if tk.current_user.is_authenticated:
        return None
    found = second_step.halfway()
    if found is None:
        return tk.redirect_to("user.login", came_from=tk.url_for("opengov_two_factor.show"))
    db = ckan_model.Session  # noqa: TID251 - a page has no context
    may_set_up = second_factor.standing(db, found.user.id).state in (State.OFF, State.RESET)
    sets_up = request.endpoint in SETTING_UP
    return None if may_set_up and sets_up else tk.redirect_to("opengov_sign_in.code")


def _call(action: str, **values: Any) -> Any:
    """Call an action as the visitor, also as one who is half-way in."""
    context: Any = {}
    if not tk.current_user.is_authenticated:
        user = second_step.whoever_is_here()
        if user is not None:
            context = {
                "user": user.name,
                "auth_user_obj": user,
                "opengov_knew_password": True,
            }
    return tk.get_action(action)(context, values)


def status_of(error: tk.ValidationError) -> HTTPStatus:
    """Return the status of a page that shows this error."""
    codes: Any = error.error_dict.get("__codes", {})
    is_too_many = any(TOO_MANY in each for each in codes.values())
    return HTTPStatus.TOO_MANY_REQUESTS if is_too_many else HTTPStatus.UNPROCESSABLE_ENTITY


def sentences(error: tk.ValidationError) -> dict[str, str]:
    """Return what is wrong by field, for people."""
    found: dict[str, Any] = dict(error.error_dict)
    return {name: " ".join(said) for name, said in found.items() if name != "__codes"}


@two_factor.get("")
def show() -> ResponseReturnValue:
    """Show where the visitor's second factor stands, and what they can do."""
    return _state_page()


def _state_page(step: str = "", errors: dict[str, str] | None = None) -> str:
    values = {
        "place": _call("opengov_two_factor_show"),
        "step": step,
        "errors": errors or {},
        "policy": second_factor.policy(),
    }
    return tk.render("opengov/two_factor/state.html", values)


def _refused(step: str, error: tk.ValidationError) -> ResponseReturnValue:
    return _state_page(step, sentences(error)), status_of(error)


@two_factor.get("/begin")
def begin() -> ResponseReturnValue:
    """Lead who is half-way in to setting up; whoever is in begins on the page of their state."""
    if tk.current_user.is_authenticated:
        return tk.redirect_to("opengov_two_factor.show")
    if _call("opengov_two_factor_show")["state"] == State.RESET:
        return tk.render("opengov/two_factor/handover.html", {"errors": {}})
    return _set_up_page(_call("opengov_two_factor_begin"))


@two_factor.post("/begin")
def make_key() -> ResponseReturnValue:
    """Show a new key, to who knows the password and what else is needed."""
    given = {name: request.form.get(name, "") for name in ("password", "code")}
    try:
        return _set_up_page(_call("opengov_two_factor_begin", **given))
    except tk.ValidationError as error:
        if tk.current_user.is_authenticated:
            return _refused("begin", error)
        page = tk.render("opengov/two_factor/handover.html", {"errors": sentences(error)})
        return page, status_of(error)


def _set_up_page(made: dict[str, Any], errors: dict[str, str] | None = None) -> str:
    is_halfway = not tk.current_user.is_authenticated
    values = {
        "made": made,
        "errors": errors or {},
        "is_halfway": is_halfway,
        "bodies": _call("opengov_two_factor_show")["bodies"],
    }
    return tk.render("opengov/two_factor/set_up.html", values)


@two_factor.post("/confirm")
def confirm() -> ResponseReturnValue:
    """Turn it on with the first code, sign in who was half-way, and show the recovery codes."""
    token, code = request.form.get("candidate", ""), request.form.get("code", "")
    try:
        codes = _call("opengov_two_factor_confirm", candidate=token, code=code)
    except tk.ValidationError as error:
        return _again(token, error)
    db, halfway = ckan_model.Session, second_step.halfway()  # noqa: TID251
    user = second_step.whoever_is_here()
    if user is None:
        return tk.abort(400)
    enrolment = second_factor.standing(db, user.id).enrolment
    target = halfway.target if halfway else None
    if tk.current_user.is_authenticated:
        second_step.note_passed(user.id, enrolment)
    else:
        second_step.enter(user, target, enrolment)
    return _codes_page(codes, target)


def _again(token: str, error: tk.ValidationError) -> ResponseReturnValue:
    """Show the same key again; or start anew, if its time is over."""
    try:
        made = _call("opengov_two_factor_begin", candidate=token)
    except tk.ValidationError as too_late:
        tk.h.flash_error(" ".join(sentences(too_late).values()))
        is_in = tk.current_user.is_authenticated
        return tk.redirect_to(f"opengov_two_factor.{'show' if is_in else 'begin'}")
    return _set_up_page(made, sentences(error)), status_of(error)


def _codes_page(made: dict[str, Any], target: str | None = None) -> str:
    if not target or not tk.h.url_is_local(target):
        target = tk.url_for("opengov_two_factor.show")
    there = urlsplit(target)
    values = {
        "codes": made["recovery_codes"],
        "path": there.path or "/",
        # A form puts its own fields in the place of the address's.
        "query": parse_qsl(there.query, keep_blank_values=True),
    }
    return tk.render("opengov/two_factor/codes.html", values)


@two_factor.post("/recovery")
def recovery() -> ResponseReturnValue:
    """Show new recovery codes."""
    try:
        made = _call("opengov_two_factor_recovery", code=request.form.get("code", ""))
    except tk.ValidationError as error:
        return _refused("recovery", error)
    return _codes_page(made)


@two_factor.post("/off")
def turn_off() -> ResponseReturnValue:
    """Do without from now on."""
    try:
        _call("opengov_two_factor_disable", code=request.form.get("code", ""))
    except tk.ValidationError as error:
        return _refused("off", error)
    session.pop(second_factor.PASSED, None)
    tk.h.flash_success(tk._("Two-step sign-in is off."))
    return tk.redirect_to("opengov_two_factor.show")


@two_factor.post("/trust")
def trust() -> ResponseReturnValue:
    """Keep which bodies' administrators may help."""
    try:
        _call("opengov_two_factor_trust", bodies=request.form.getlist("bodies"))
    except tk.ValidationError as error:
        return _refused("trust", error)
    tk.h.flash_success(tk._("Saved."))
    return tk.redirect_to("opengov_two_factor.show")

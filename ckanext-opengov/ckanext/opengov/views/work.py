"""What is to do in the visitor's bodies."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model

from ckanext.opengov.shared import places
from ckanext.opengov.shared.web import forms

work = Blueprint("opengov_work", __name__, url_prefix="/dashboard")

FILTERS = ("owner_org", "state", "q")


@work.before_request
def only_for_the_signed_in() -> ResponseReturnValue | None:
    """Ask visitors to sign in."""
    if tk.current_user.is_authenticated:
        return None
    return forms.sign_in()


@work.before_app_request
def come_back_to_ckans_dashboard() -> ResponseReturnValue | None:
    """Ask visitors of CKAN's own pages of the dashboard to sign in: CKAN forgets the page."""
    is_ckans = request.blueprint == "dashboard" or request.endpoint == "activity.dashboard"
    return forms.sign_in() if is_ckans and not tk.current_user.is_authenticated else None


@work.get("/start")
def start() -> ResponseReturnValue:
    """Lead people to their work: datasets of their bodies, or what other plugins have for them."""
    if tk.get_action("opengov_work_list")({}, {"limit": 1})["bodies"]:
        return tk.redirect_to("opengov_work.show")
    session = ckan_model.Session  # noqa: TID251 - a page has no context
    desks = places.desks_of(session, tk.current_user.id)
    # What one does for oneself waits: an officer who also follows a consultation is here to work.
    first = min(desks, key=lambda each: each.is_own, default=None)
    return tk.redirect_to(first.endpoint if first else "dashboard.datasets")


@work.get("/data")
def show() -> ResponseReturnValue:
    """Show the datasets of the visitor's bodies, by what is to do next."""
    chosen = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    try:
        asked = {**chosen, "cursor": request.args.get("cursor")}
        found = tk.get_action("opengov_work_list")({}, asked)
    except tk.ValidationError:
        return tk.redirect_to("opengov_work.show")
    return tk.render("opengov/work.html", {**found, "chosen": chosen})

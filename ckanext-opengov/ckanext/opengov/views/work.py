"""What is to do in the visitor's bodies."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

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
    """Lead who works in a body to its datasets, and others to CKAN's dashboard."""
    works = tk.get_action("opengov_work_list")({}, {"limit": 1})["bodies"]
    return tk.redirect_to("opengov_work.show" if works else "dashboard.datasets")


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

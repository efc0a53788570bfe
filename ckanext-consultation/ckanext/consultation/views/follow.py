"""The pages on which people choose to be told what becomes of a consultation."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.consultation.views import errors, moderating
from ckanext.opengov.shared.web import csrf, forms

consultation_follow = Blueprint("consultation_follow", __name__)
consultation_follow.before_request(csrf.need_token)
consultation_follow.register_error_handler(tk.NotAuthorized, moderating.refuse)

BACK = {"page": "consultation.read", "ways": "consultation_follow.show"}
"""Where a button leads back to, by what its form says."""


@consultation_follow.get("/consultation/<name>/follow")
def show(name: str) -> ResponseReturnValue:
    """Show all ways to follow a consultation: by mail, calendar and feed."""
    shown = tk.get_action("consultation_show")({}, {"id": name})
    return tk.render("consultation/follow/show.html", {"consultation": shown})


@consultation_follow.post("/consultation/<name>/follow")
def change(name: str) -> ResponseReturnValue:
    """Follow a consultation, or follow it no more."""
    shown: dict[str, Any] = tk.get_action("consultation_show")({}, {"id": name})
    if not tk.current_user.is_authenticated:
        return tk.redirect_to("user.login", came_from=tk.url_for(BACK["ways"], name=name))
    wishes = request.form.get("follow") == "1"
    action = "consultation_follow_create" if wishes else "consultation_follow_delete"
    try:
        tk.get_action(action)({}, {"consultation_id": shown["id"]})
    except tk.ValidationError as error:
        tk.h.flash_error(" ".join(errors.sentences(error).values()))
    else:
        tk.h.flash_success(
            tk._("You follow this consultation: you are told what becomes of it.")
            if wishes
            else tk._("You follow this consultation no more.")
        )
    back = request.form.get("back", "")
    if back == "mine":
        return tk.redirect_to("consultation_follow.mine")
    if back.isascii() and back.isdigit():
        return tk.redirect_to("consultation.comment", name=name, seq=back)
    return tk.redirect_to(BACK.get(back, BACK["page"]), name=name)


@consultation_follow.get("/dashboard/following")
def mine() -> ResponseReturnValue:
    """Show what the reader follows."""
    if not tk.current_user.is_authenticated:
        return forms.sign_in()
    try:
        asked = {"cursor": request.args.get("cursor")}
        found = tk.get_action("consultation_follow_list")({}, asked)
    except tk.ValidationError:
        return tk.redirect_to("consultation_follow.mine")
    return tk.render("consultation/follow/mine.html", found)

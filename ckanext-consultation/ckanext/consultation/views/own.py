"""The pages of people on what they said, on reports, and on how is moderated."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.consultation.logic import guarding
from ckanext.consultation.views import guesting, moderating
from ckanext.opengov.shared.web import csrf, forms, kept

consultation_own = Blueprint("consultation_own", __name__, url_prefix="/consultation/<name>")
forms.nothing_is_lost(consultation_own, guesting.is_visitors)
consultation_own.before_request(csrf.need_token)
consultation_own.register_error_handler(tk.NotAuthorized, moderating.refuse)


NAME = ("kind", "display_name", "org_name", "may_be_named")


@consultation_own.get("/mine")
def mine(name: str) -> ResponseReturnValue:
    """Show what the reader said, in whatever state it is."""
    shown = _show(name)
    if not guesting.is_known(shown):
        return guesting.who_are_you(shown)
    asked = {"consultation_id": shown["id"], "cursor": request.args.get("cursor")}
    try:
        found = tk.get_action("consultation_comment_mine_list")({}, asked)
    except tk.ValidationError:
        return tk.redirect_to("consultation_own.mine", name=name)
    values = {"consultation": shown, **found, "appealed": request.args.get("appealed", "")}
    return tk.render("consultation/moderation/mine.html", values)


@consultation_own.route("/mine/name", methods=["GET", "POST"])
def name(name: str) -> ResponseReturnValue:
    """Let somebody who takes part choose how others see them."""
    shown = _show(name)
    if not guesting.is_known(shown):
        return guesting.who_are_you(shown)
    of_it = {"consultation_id": shown["id"]}
    me = tk.get_action("consultation_participant_show")({}, of_it)
    page = "consultation/participant.html"
    data = {**me, **(kept.kept() or {})}
    values = {"consultation": shown, "me": me, "errors": {}, "data": data}
    if request.method != "POST":
        return tk.render(page, {**values, "done": request.args.get("done") == "1"})
    typed = {each: request.form.get(each, "") for each in NAME}
    try:
        tk.get_action("consultation_participant_update")({}, {**of_it, **typed})
    except tk.ValidationError as error:
        wrong = {"errors": moderating.sentences(error), "data": typed}
        return tk.render(page, {**values, **wrong}), moderating.UNPROCESSABLE
    return tk.redirect_to("consultation_own.name", name=shown["name"], done=1)


@consultation_own.route("/c/<seq>/appeal", methods=["GET", "POST"])
def appeal(name: str, seq: str) -> ResponseReturnValue:
    """Take an author's appeal against a decision on their comment."""
    shown, found = _comment(name, seq)
    if not guesting.is_known(shown):
        return guesting.sign_in()
    if not found["is_mine"]:
        raise tk.ObjectNotFound
    page = "consultation/moderation/appeal.html"
    values = {"consultation": shown, "comment": found, "errors": {}, "data": kept.kept() or {}}
    if request.method != "POST":
        return tk.render(page, values)
    typed = {"text": request.form.get("text", "")}
    try:
        tk.get_action("consultation_appeal_create")({}, {"id": found["id"], **typed})
    except tk.ValidationError as error:
        wrong = {"errors": moderating.sentences(error), "data": typed}
        return tk.render(page, {**values, **wrong}), moderating.UNPROCESSABLE
    return tk.redirect_to("consultation_own.mine", name=name, appealed=seq)


@consultation_own.route("/c/<seq>/report", methods=["GET", "POST"])
def report(name: str, seq: str) -> ResponseReturnValue:
    """Take a reader's report of a comment."""
    shown, found = _comment(name, seq)
    if not guesting.is_known(shown):
        return guesting.sign_in()
    page = "consultation/moderation/report.html"
    done = request.args.get("done") == "1"
    data = kept.kept() or {}
    values = {"consultation": shown, "comment": found, "errors": {}, "data": data, "done": done}
    if request.method != "POST":
        return tk.render(page, values)
    typed = {each: request.form.get(each, "") for each in ("reason", *guarding.FIELDS)}
    try:
        given = {"id": found["id"], **typed}
        tk.get_action("consultation_comment_report")({"for_view": True}, given)
    except tk.ValidationError as error:
        wrong = {"errors": moderating.sentences(error), "data": typed}
        return tk.render(page, {**values, **wrong}), moderating.UNPROCESSABLE
    return tk.redirect_to("consultation_own.report", name=name, seq=seq, done=1)


@consultation_own.get("/transparency")
def transparency(name: str) -> ResponseReturnValue:
    """Show how a consultation is moderated."""
    shown = _show(name)
    of_it = {"consultation_id": shown["id"]}
    numbers = tk.get_action("consultation_transparency_show")({}, of_it)
    asked = {**of_it, "cursor": request.args.get("cursor")}
    try:
        log = tk.get_action("consultation_moderation_log_list")({}, asked)
    except tk.ValidationError:
        return tk.redirect_to("consultation_own.transparency", name=name)
    values = {"consultation": shown, "numbers": numbers, "log": log}
    return tk.render("consultation/moderation/transparency.html", values)


def _show(name: str) -> dict[str, Any]:
    return dict(tk.get_action("consultation_show")({}, {"id": name}))


def _comment(name: str, seq: str) -> tuple[dict[str, Any], dict[str, Any]]:
    shown = _show(name)
    asked = {"consultation_id": shown["id"], "seq": seq}
    return shown, dict(tk.get_action("consultation_comment_show")({}, asked))

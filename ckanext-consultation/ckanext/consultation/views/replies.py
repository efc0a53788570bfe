"""The pages on which a body sorts comments into themes, and answers them.

Nothing typed is lost: what is wrong is shown beside what was typed, a session that ended brings
it back after signing in, and a colleague's change is shown, not overwritten.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk
from ckan.types import DataDict

from ckanext.consultation.views import errors, moderating
from ckanext.opengov.shared.web import csrf, forms, kept

consultation_replies = Blueprint(
    "consultation_replies", __name__, url_prefix="/consultation/<name>/manage/answers"
)
forms.nothing_is_lost(consultation_replies)
consultation_replies.before_request(csrf.need_token)
consultation_replies.before_request(moderating.only_for_the_signed_in)
consultation_replies.register_error_handler(tk.NotAuthorized, moderating.refuse)

UNPROCESSABLE = 422
TARGETS = ("theme_id", "comment_id")
LINK = ("reply_id", "version_id", "eid", "change")


@consultation_replies.get("/")
def index(name: str) -> ResponseReturnValue:
    """Show the themes, the replies in work, and the comments that are in no theme."""
    shown = _its_people(name)
    asked = {"consultation_id": shown["id"]}
    themes = tk.get_action("consultation_theme_list")({}, asked)
    drafts = tk.get_action("consultation_reply_list")({}, {**asked, "drafts": True, "limit": 100})
    try:
        thread = tk.get_action("consultation_theme_comment_list")(
            {}, {**asked, "cursor": request.args.get("cursor")}
        )
    except tk.ValidationError:
        return tk.redirect_to("consultation_replies.index", name=name)
    values = {"themes": themes, "drafts": drafts["results"], "thread": thread}
    return tk.render("consultation/answers/work.html", {"consultation": shown, **values})


@consultation_replies.post("/gather")
def gather(name: str) -> ResponseReturnValue:
    """Put the ticked comments into a theme, or take them out of it."""
    shown = _its_people(name)
    is_out = request.form.get("out") == "1"
    action = "consultation_theme_comment_remove" if is_out else "consultation_theme_comment_add"
    theme_id = request.form.get("theme_id", "")
    given = {"id": theme_id, "comment_ids": request.form.getlist("comment_ids")}
    try:
        tk.get_action(action)({}, given)
    except tk.ValidationError as error:
        tk.h.flash_error(" ".join(errors.sentences(error).values()))
    except tk.ObjectNotFound:
        tk.h.flash_error(tk._("Choose a theme."))
        is_out = False
    if is_out:
        return tk.redirect_to("consultation_replies.theme", name=shown["name"], theme_id=theme_id)
    return tk.redirect_to("consultation_replies.index", name=shown["name"], _anchor="loose")


@consultation_replies.route("/theme", methods=["GET", "POST"])
def new_theme(name: str) -> ResponseReturnValue:
    """Begin a theme."""
    shown = _its_people(name)
    if request.method != "POST":
        return _theme_form(shown, None, forms.joined(kept.kept() or {}))
    typed = forms.read_form()
    try:
        tk.get_action("consultation_theme_create")({}, {**typed, "consultation_id": shown["id"]})
    except tk.ValidationError as error:
        return _theme_form(shown, None, typed, error), UNPROCESSABLE
    return tk.redirect_to("consultation_replies.index", name=shown["name"])


@consultation_replies.route("/theme/<theme_id>", methods=["GET", "POST"])
def theme(name: str, theme_id: str) -> ResponseReturnValue:
    """Say anew what a theme is about; show its comments."""
    shown = _its_people(name)
    found = _theme(shown, theme_id)
    if request.method != "POST":
        return _theme_form(shown, found, {**found, **forms.joined(kept.kept() or {})})
    typed = forms.read_form()
    try:
        given = {"title_translated": {}, "summary_translated": {}, **typed, "id": theme_id}
        tk.get_action("consultation_theme_update")({}, given)
    except tk.ValidationError as error:
        # Whoever sends it again has seen that there is another version.
        typed["version"] = found["version"]
        return _theme_form(shown, found, typed, error), UNPROCESSABLE
    return tk.redirect_to("consultation_replies.index", name=shown["name"])


@consultation_replies.route("/theme/<theme_id>/delete", methods=["GET", "POST"])
def delete_theme(name: str, theme_id: str) -> ResponseReturnValue:
    """Ask once more, then delete a theme."""
    shown = _its_people(name)
    found = _theme(shown, theme_id)
    return _confirmed(shown, "delete-theme", "consultation_theme_delete", found)


@consultation_replies.route("/reply", methods=["GET", "POST"])
def new_reply(name: str) -> ResponseReturnValue:
    """Draft a reply to a comment, a theme or everyone."""
    shown = _its_people(name)
    target = {each: request.args[each] for each in TARGETS if request.args.get(each)}
    if request.method != "POST":
        return _reply_form(shown, None, forms.joined(kept.kept() or {}), target)
    typed = forms.read_form()
    given = {**typed, **target, "consultation_id": shown["id"]}
    try:
        tk.get_action("consultation_reply_create")({}, given)
    except tk.ValidationError as error:
        return _reply_form(shown, None, typed, target, error), UNPROCESSABLE
    return tk.redirect_to("consultation_replies.index", name=shown["name"], _anchor="drafts")


@consultation_replies.route("/reply/<reply_id>", methods=["GET", "POST"])
def reply(name: str, reply_id: str) -> ResponseReturnValue:
    """Change a reply that is not published."""
    shown = _its_people(name)
    found = _draft(shown, reply_id)
    if request.method != "POST":
        return _reply_form(shown, found, {**found, **forms.joined(kept.kept() or {})}, found)
    typed = forms.read_form()
    try:
        given = {"text_translated": {}, **typed, "id": reply_id}
        tk.get_action("consultation_reply_update")({}, given)
    except tk.ValidationError as error:
        typed["version"] = found["version"]
        return _reply_form(shown, found, typed, found, error), UNPROCESSABLE
    return tk.redirect_to("consultation_replies.index", name=shown["name"], _anchor="drafts")


@consultation_replies.route("/reply/<reply_id>/publish", methods=["GET", "POST"])
def publish(name: str, reply_id: str) -> ResponseReturnValue:
    """Show a reply once more, then publish it."""
    shown = _its_people(name)
    found = _draft(shown, reply_id)
    return _confirmed(shown, "publish", "consultation_reply_publish", found)


@consultation_replies.route("/reply/<reply_id>/delete", methods=["GET", "POST"])
def delete_reply(name: str, reply_id: str) -> ResponseReturnValue:
    """Ask once more, then delete a draft."""
    shown = _its_people(name)
    found = _draft(shown, reply_id)
    return _confirmed(shown, "delete-reply", "consultation_reply_delete", found)


@consultation_replies.post("/changes")
def link(name: str) -> ResponseReturnValue:
    """Say that a paragraph was changed for a reply, or take that back; then show the paragraph."""
    shown = _its_people(name)
    given = {each: request.form.get(each, "") for each in LINK}
    step = "delete" if request.form.get("undo") else "create"
    try:
        tk.get_action(f"consultation_change_link_{step}")({}, given)
    except tk.ObjectNotFound:
        tk.h.flash_error(tk._("Choose a reply."))
    except tk.ValidationError as error:
        tk.h.flash_error(" ".join(errors.sentences(error).values()))
    here = {"name": shown["name"], "version": request.form.get("version", "")}
    page = "consultation_texts.paragraph"
    return tk.redirect_to(page, **here, eid=given["eid"], _anchor="replies")


def _its_people(name: str) -> dict[str, Any]:
    """Return a consultation, to those who work in it; others learn nothing of this page."""
    shown = dict(tk.get_action("consultation_show")({}, {"id": name}))
    if "steps" not in shown:
        tk.abort(404)
    return shown


def _theme(shown: dict[str, Any], theme_id: str) -> dict[str, Any]:
    themes = tk.get_action("consultation_theme_list")({}, {"consultation_id": shown["id"]})
    found = next((each for each in themes if each["id"] == theme_id), None)
    return dict(found) if found else dict(tk.abort(404, tk._("Theme not found")))


def _draft(shown: dict[str, Any], reply_id: str) -> dict[str, Any]:
    found = tk.get_action("consultation_reply_show")({}, {"id": reply_id})
    if found["consultation_id"] != shown["id"]:
        tk.abort(404, tk._("Reply not found"))
    return dict(found)


def _confirmed(
    shown: dict[str, Any], act: str, action: str, found: dict[str, Any]
) -> ResponseReturnValue:
    """Say what an act does; take it when that is sent."""
    values = {"consultation": shown, "act": act, "subject": found, "errors": {}}
    if request.method != "POST":
        return tk.render("consultation/answers/confirm.html", values)
    try:
        version = request.form.get("version") or "-"
        tk.get_action(action)({}, {"id": found["id"], "version": version})
    except tk.ValidationError as error:
        values["errors"] = errors.sentences(error)
        return tk.render("consultation/answers/confirm.html", values), UNPROCESSABLE
    return tk.redirect_to("consultation_replies.index", name=shown["name"])


def _theme_form(
    shown: dict[str, Any],
    found: dict[str, Any] | None,
    typed: DataDict,
    error: tk.ValidationError | None = None,
) -> str:
    values = {"consultation": shown, "theme": found, "data": typed, "thread": None}
    if found:
        asked = {"consultation_id": shown["id"], "theme_id": found["id"]}
        asked["cursor"] = request.args.get("cursor")
        values["thread"] = tk.get_action("consultation_theme_comment_list")({}, asked)
    values["errors"] = errors.sentences(error) if error else {}
    return tk.render("consultation/answers/theme_form.html", values)


def _reply_form(
    shown: dict[str, Any],
    found: dict[str, Any] | None,
    typed: DataDict,
    target: DataDict,
    error: tk.ValidationError | None = None,
) -> str:
    values = {"consultation": shown, "reply": found, "data": typed, "target": None}
    if target.get("comment_id"):
        asked = {"id": target["comment_id"]}
        values["target"] = tk.get_action("consultation_comment_show")({}, asked)
    elif target.get("theme_id"):
        values["target"] = _theme(shown, target["theme_id"])
    values["errors"] = errors.sentences(error) if error else {}
    return tk.render("consultation/answers/reply_form.html", values)

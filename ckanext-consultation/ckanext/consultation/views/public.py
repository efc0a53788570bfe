"""The pages on which everyone reads consultations and takes part in them.

Nothing typed is lost: what is wrong is shown beside what was typed, also where the consultation
closed meanwhile, and a session that ended brings it back after signing in.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk
from ckan.types import DataDict

from ckanext.consultation.logic import guarding
from ckanext.consultation.views import errors, guesting, lists
from ckanext.opengov.shared.web import csrf, forms, kept

consultation = Blueprint("consultation", __name__, url_prefix="/consultation")
forms.nothing_is_lost(consultation, guesting.is_visitors)
consultation.before_request(csrf.need_token)

UNPROCESSABLE = 422
ON_A_PAGE = 10
"""Comments, each with up to three answers: what a phone shows in a few screens."""
COMMENT = ("body", "position", "lang", "client_token", *guarding.FIELDS)
SAID = ("published", "pending", "changed", "withdrawn", "voted")


@consultation.errorhandler(tk.NotAuthorized)
def refuse(_error: tk.NotAuthorized) -> ResponseReturnValue:
    """Ask visitors to sign in; tell others that they may not."""
    if not tk.current_user.is_authenticated:
        return guesting.sign_in()
    return errors.forbidden()


@consultation.get("/")
def index() -> ResponseReturnValue:
    """Show the consultations that are open, those that close first on top."""
    try:
        found = lists.listed()
    except tk.ValidationError:
        return tk.redirect_to("consultation.index")
    found["bodies"] = tk.get_action("consultation_body_list")({}, {})
    return tk.render("consultation/index.html", found)


@consultation.get("/<name>")
def read(name: str) -> ResponseReturnValue:
    """Show a consultation and what is said in it."""
    shown = _show(name)
    thread = ("sort", "q", "cursor", "mine")
    chosen = {each: request.args[each] for each in thread if request.args.get(each)}
    try:
        found = _comments({"consultation_id": shown["id"], **chosen})
    except tk.ValidationError:
        return tk.redirect_to("consultation.read", name=name)
    values = {"consultation": shown, "thread": found, "chosen": chosen, **_form({})}
    return tk.render("consultation/read.html", values)


@consultation.route("/<name>/respond", methods=["GET", "POST"])
def respond(name: str) -> ResponseReturnValue:
    """Take what somebody has to say on a consultation."""
    shown = _show(name)
    if request.method == "POST":
        return _say(shown, None)
    if not guesting.may_write(shown):
        return guesting.sign_in()
    return _answer_page(shown, None, kept.kept() or {})


@consultation.get("/<name>/c/<seq>")
def comment(name: str, seq: str) -> ResponseReturnValue:
    """Show one comment, what it answers, and the answers to it."""
    shown = _show(name)
    found = _comment(shown, seq)
    asked = {"consultation_id": shown["id"], "parent_id": found["id"], "sort": "oldest"}
    try:
        thread = _comments({**asked, "cursor": request.args.get("cursor")})
    except tk.ValidationError:
        return tk.redirect_to("consultation.comment", name=name, seq=seq)
    said = request.args.get("said")
    values = {
        "consultation": shown,
        "comment": found,
        "thread": thread,
        "said": said if said in SAID else "",
    }
    return tk.render("consultation/comment.html", values)


@consultation.route("/<name>/c/<seq>/reply", methods=["GET", "POST"])
def reply(name: str, seq: str) -> ResponseReturnValue:
    """Take an answer to a comment."""
    shown = _show(name)
    parent = _comment(shown, seq)
    if request.method == "POST":
        return _say(shown, parent)
    if not guesting.may_write(shown):
        return guesting.sign_in()
    return _answer_page(shown, parent, kept.kept() or {})


@consultation.route("/<name>/c/<seq>/edit", methods=["GET", "POST"])
def edit(name: str, seq: str) -> ResponseReturnValue:
    """Let an author change their comment while they may."""
    shown, found = _own(name, seq)
    if request.method != "POST":
        return _edit_page(shown, found, kept.kept() or {})
    typed = {"body": request.form.get("body", "")}
    try:
        tk.get_action("consultation_comment_update")({}, {"id": found["id"], **typed})
    except tk.ValidationError as error:
        return _edit_page(shown, found, typed, error), UNPROCESSABLE
    return tk.redirect_to("consultation.comment", name=name, seq=seq, said="changed")


@consultation.route("/<name>/c/<seq>/withdraw", methods=["GET", "POST"])
def withdraw(name: str, seq: str) -> ResponseReturnValue:
    """Ask once more, then take a comment back."""
    shown, found = _own(name, seq)
    values = {"consultation": shown, "comment": found, "errors": {}}
    if request.method != "POST":
        return tk.render("consultation/withdraw.html", values)
    try:
        tk.get_action("consultation_comment_withdraw")({}, {"id": found["id"]})
    except tk.ValidationError as error:
        values["errors"] = errors.sentences(error)
        return tk.render("consultation/withdraw.html", values), UNPROCESSABLE
    return tk.redirect_to("consultation.comment", name=name, seq=seq, said="withdrawn")


@consultation.route("/<name>/c/<seq>/vote", methods=["GET", "POST"])
def vote(name: str, seq: str) -> ResponseReturnValue:
    """Count what somebody thinks of a comment; of visitors, once they confirm it by mail."""
    shown = _show(name)
    found = _comment(shown, seq)
    if tk.h.consultation_asks_guests(shown) and shown["phase"] == "open":
        return _vote_page(shown, found)
    if request.method == "POST":
        given = {"id": found["id"], "value": request.form.get("value", "")}
        try:
            tk.get_action("consultation_comment_vote")({}, given)
        except tk.ValidationError as error:
            tk.h.flash_error(" ".join(errors.sentences(error).values()))
    return tk.redirect_to("consultation.comment", name=name, seq=seq)


def _show(name: str) -> dict[str, Any]:
    return dict(tk.get_action("consultation_show")({}, {"id": name}))


def _comments(asked: dict[str, Any]) -> dict[str, Any]:
    return dict(tk.get_action("consultation_comment_list")({}, {"limit": ON_A_PAGE, **asked}))


def _comment(shown: dict[str, Any], seq: str) -> dict[str, Any]:
    asked = {"consultation_id": shown["id"], "seq": seq}
    return dict(tk.get_action("consultation_comment_show")({}, asked))


def _own(name: str, seq: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a comment that the reader wrote; of others they learn nothing here."""
    shown = _show(name)
    found = _comment(shown, seq)
    if not found["is_mine"]:
        raise tk.NotAuthorized
    return shown, found


def _say(shown: dict[str, Any], parent: dict[str, Any] | None) -> ResponseReturnValue:
    """Store what was typed and show it; or show it beside what is wrong with it."""
    typed = {name: request.form.get(name, "") for name in COMMENT}
    place = {"parent_id": parent["id"]} if parent else {}
    try:
        if tk.h.consultation_asks_guests(shown):
            return guesting.ask(shown, {**place, **typed})
        made = tk.get_action("consultation_comment_create")(
            {"for_view": True}, {"consultation_id": shown["id"], **place, **typed}
        )
    except tk.ValidationError as error:
        return _answer_page(shown, parent, {**guesting.typed(), **typed}, error), UNPROCESSABLE
    return tk.redirect_to(
        "consultation.comment", name=shown["name"], seq=made["seq"], said=made["state"]
    )


def _vote_page(shown: dict[str, Any], found: dict[str, Any]) -> ResponseReturnValue:
    """Ask a visitor what they think of a comment, and for an address to confirm it by."""
    values = {"consultation": shown, "comment": found}
    page = "consultation/guests/vote.html"
    if request.method != "POST":
        return tk.render(page, {**values, **_form({"value": request.args.get("value", "")})})
    typed = guesting.typed("value", "client_token")
    asked = {"purpose": "vote", "comment_id": found["id"], "value": typed["value"]}
    try:
        return guesting.ask(shown, asked)
    except tk.ValidationError as error:
        return tk.render(page, {**values, **_form(typed, error)}), UNPROCESSABLE


def _answer_page(
    shown: dict[str, Any],
    parent: dict[str, Any] | None,
    typed: DataDict,
    error: tk.ValidationError | None = None,
) -> str:
    values = {"consultation": shown, "parent": parent, **_form(typed, error)}
    return tk.render("consultation/respond.html", values)


def _edit_page(
    shown: dict[str, Any],
    found: dict[str, Any],
    typed: DataDict,
    error: tk.ValidationError | None = None,
) -> str:
    values = {"consultation": shown, "comment": found, **_form({**found, **typed}, error)}
    return tk.render("consultation/edit.html", values)


def _form(typed: DataDict, error: tk.ValidationError | None = None) -> dict[str, Any]:
    """Return what a form of a comment shows."""
    token = typed.get("client_token") or tk.h.consultation_token()
    wrong = errors.sentences(error) if error else {}
    return {"data": {**typed, "client_token": token}, "errors": wrong}

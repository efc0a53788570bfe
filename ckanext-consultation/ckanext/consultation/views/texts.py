"""The pages on which everyone reads a text, compares its versions and comments on paragraphs."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk
from ckan.types import DataDict

from ckanext.consultation.logic import guarding
from ckanext.consultation.views import guesting
from ckanext.consultation.views.errors import sentences
from ckanext.opengov.shared.web import csrf, forms, kept

consultation_texts = Blueprint("consultation_texts", __name__, url_prefix="/consultation")
forms.nothing_is_lost(consultation_texts, guesting.is_visitors)
consultation_texts.before_request(csrf.need_token)

UNPROCESSABLE = 422
COMMENT = ("body", "position", "lang", "client_token", *guarding.FIELDS)


@consultation_texts.errorhandler(tk.ObjectNotFound)
def missing(error: tk.ObjectNotFound) -> ResponseReturnValue:
    """Say that there is no such page."""
    return _refused(404, "Not Found", str(error) or tk._("Text not found"))


@consultation_texts.errorhandler(tk.NotAuthorized)
def refuse(_error: tk.NotAuthorized) -> ResponseReturnValue:
    """Ask visitors to sign in; tell others that they may not."""
    if not tk.current_user.is_authenticated:
        return tk.redirect_to("user.login", came_from=forms.here())
    return _refused(403, "Forbidden", tk._("You may not do this."))


def _refused(code: int, name: str, content: str) -> ResponseReturnValue:
    # As CKAN shows its errors: one raised from a handler would be a fault of ours.
    said = {"code": code, "name": name, "content": content}
    return tk.render("error_document_template.html", said), code


@consultation_texts.get("/<name>/text/<version>")
def show(name: str, version: str) -> ResponseReturnValue:
    """Show a part of a text, with what was said beside each paragraph."""
    found = _text(name, version, part=request.args.get("part"))
    return tk.render("consultation/texts/read.html", found)


@consultation_texts.route("/<name>/text/<version>/<eid>", methods=["GET", "POST"])
def paragraph(name: str, version: str, eid: str) -> ResponseReturnValue:
    """Show what was said on one paragraph, and take what somebody has to say on it."""
    found = _text(name, version, eid=eid)
    if request.method == "POST":
        return _say(found)
    return _paragraph(found, kept.kept() or {})


@consultation_texts.get("/<name>/text/<version>/without-paragraph")
def orphans(name: str, version: str) -> ResponseReturnValue:
    """Show what was said on paragraphs that are no more, with their former words."""
    found = _text(name, version)
    asked = {"version_id": found["version"]["id"], "cursor": request.args.get("cursor")}
    try:
        lost = tk.get_action("consultation_orphan_list")({}, asked)
    except tk.ValidationError:
        return tk.redirect_to("consultation_texts.orphans", name=name, version=version)
    return tk.render("consultation/texts/orphans.html", {**found, "lost": lost})


@consultation_texts.get("/<name>/diff/<pair>")
def diff(name: str, pair: str) -> ResponseReturnValue:
    """Show what changed from one version to another."""
    older, _, newer = pair.partition("..")
    if not older or not newer:
        raise tk.ObjectNotFound(tk._("Text not found"))
    asked = {"consultation_id": name, "from": older, "to": newer}
    asked["cursor"] = request.args.get("cursor", "")
    values: dict[str, Any] = _text(name, newer)
    language = values["language"]
    try:
        found = tk.get_action("consultation_document_diff")({}, {**asked, "language": language})
    except tk.ValidationError as error:
        page = {**values, "problem": " ".join(sentences(error).values())}
        return tk.render("consultation/texts/diff.html", page), 409
    return tk.render("consultation/texts/diff.html", {**values, "found": found})


def _text(name: str, version: str, **wanted: Any) -> dict[str, Any]:
    """Return a text as its action gives it, and the language in which it is read."""
    asked = {"consultation_id": name, "version": version}
    asked |= {key: value for key, value in wanted.items() if value}
    found = dict(tk.get_action("consultation_text_show")({}, asked))
    spoken = found["languages"]
    row = found["consultation"]
    wished = [request.args.get("words"), tk.h.lang(), row["primary_lang"], *spoken]
    found["language"] = next((each for each in wished if each in spoken), row["primary_lang"])
    found["is_open"] = row["state"] == "published" and row["phase"] == "open"
    return found


def _say(found: dict[str, Any]) -> ResponseReturnValue:
    """Store what was typed and show it; or show it beside what is wrong with it."""
    typed = {name: request.form.get(name, "") for name in COMMENT}
    node, label = found["nodes"][0], found["version"]["label"]
    asked = {
        "consultation_id": found["consultation"]["id"],
        "document_id": found["document"]["id"],
        "text_version": label,
        "eid": node["eid"],
    }
    try:
        if tk.h.consultation_asks_guests(found["consultation"]):
            return guesting.ask(found["consultation"], {**asked, **typed})
        made = tk.get_action("consultation_comment_create")({"for_view": True}, {**asked, **typed})
    except tk.ValidationError as error:
        return _paragraph(found, {**guesting.typed(), **typed}, error), UNPROCESSABLE
    address = {"name": found["consultation"]["name"], "version": label, "eid": node["eid"]}
    anchor = f"c-{made['seq']}" if made["state"] == "published" else "said"
    return tk.redirect_to(
        "consultation_texts.paragraph", **address, said=made["state"], _anchor=anchor
    )


def _paragraph(
    found: dict[str, Any], typed: DataDict, error: tk.ValidationError | None = None
) -> str:
    asked = {
        "consultation_id": found["consultation"]["id"],
        "document_id": found["document"]["id"],
        "text_version": found["version"]["label"],
        "eid": found["nodes"][0]["eid"],
        "sort": request.args.get("sort"),
        "cursor": request.args.get("cursor"),
    }
    try:
        thread = tk.get_action("consultation_comment_list")({}, asked)
    except tk.ValidationError:
        thread = tk.get_action("consultation_comment_list")({}, {**asked, "cursor": "", "sort": ""})
    said = request.args.get("said")
    values = {
        **found,
        "replies": _replies_at(found),
        "node": found["nodes"][0],
        "thread": thread,
        "data": {**typed, "client_token": typed.get("client_token") or str(uuid.uuid4())},
        "errors": sentences(error) if error else {},
        "said": said if said in ("published", "pending") else "",
    }
    return tk.render("consultation/texts/paragraph.html", values)


def _replies_at(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the official replies for which a paragraph was changed."""
    asked = {"consultation_id": found["consultation"]["id"], "version_id": found["version"]["id"]}
    changed = tk.get_action("consultation_change_link_list")({}, asked)
    return list(changed.get(found["nodes"][0]["eid"], ()))

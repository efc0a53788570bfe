"""The pages on which a body imports, edits and publishes its texts, and places comments."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk
from ckan.types import DataDict

from ckanext.consultation.views.errors import sentences
from ckanext.consultation.views.texts import missing, refuse
from ckanext.opengov.shared.web import csrf, forms, kept

consultation_text_work = Blueprint(
    "consultation_text_work", __name__, url_prefix="/consultation/<name>/texts"
)
forms.nothing_is_lost(consultation_text_work)
consultation_text_work.before_request(csrf.need_token)
consultation_text_work.errorhandler(tk.ObjectNotFound)(missing)
consultation_text_work.errorhandler(tk.NotAuthorized)(refuse)

CONFLICT, UNPROCESSABLE = 409, 422
WORDS = ("number", "heading", "body")
GAP = re.compile(r"\n[^\S\n]*\n")
CHANGED = {"revision", "fingerprint"}
STATES = ("same", "edited", "moved", "orphaned")


@consultation_text_work.before_request
def only_its_people() -> ResponseReturnValue | None:
    """Ask visitors to sign in; to others than its people there is no such page."""
    if not tk.current_user.is_authenticated:
        return tk.redirect_to("user.login", came_from=forms.here())
    name = str((request.view_args or {})["name"])
    shown = tk.get_action("consultation_show")({}, {"id": name})
    if "steps" not in shown:
        raise tk.ObjectNotFound(tk._("Consultation not found"))
    request.environ["consultation.shown"] = shown
    return None


@consultation_text_work.get("/")
def index(name: str) -> ResponseReturnValue:
    """Show the texts of a consultation, their versions and what can be done to them."""
    return tk.render("consultation/texts/work.html", _page(name))


@consultation_text_work.route("/import", methods=["GET", "POST"])
def send(name: str) -> ResponseReturnValue:
    """Take a file or a typed text, for a new text, its next version or one more language."""
    page = _page(name)
    document_id = request.values.get("document", "")
    document = next((each for each in page["documents"] if each["id"] == document_id), None)
    if request.method != "POST":
        typed = forms.joined(kept.kept() or {})
        return tk.render(
            "consultation/texts/import.html", {**page, "document": document, "data": typed}
        )
    typed = forms.read_form()
    try:
        made = _import(page, document, typed)
    except tk.ValidationError as error:
        values = {**page, "document": document, "data": typed, "errors": sentences(error)}
        return tk.render("consultation/texts/import.html", values), UNPROCESSABLE
    return tk.redirect_to("consultation_text_work.draft", name=name, version_id=made["id"])


def _import(
    page: dict[str, Any], document: dict[str, Any] | None, typed: DataDict
) -> dict[str, Any]:
    sent = {key: typed[key] for key in ("upload", "text", "language") if typed.get(key)}
    if document is not None:
        asked = {"document_id": document["id"], **sent}
        return dict(tk.get_action("consultation_document_version_create")({}, asked))
    asked = {"consultation_id": page["consultation"]["id"]}
    asked["title_translated"] = typed.get("title_translated") or {}
    made = tk.get_action("consultation_document_create")({}, asked)
    try:
        sent["document_id"] = made["id"]
        return dict(tk.get_action("consultation_document_version_create")({}, sent))
    except tk.ValidationError:
        tk.get_action("consultation_document_delete")({}, {"id": made["id"]})
        raise


@consultation_text_work.post("/copy")
def copy(name: str) -> ResponseReturnValue:
    """Begin the next version with the words of the newest one."""
    asked = {"document_id": request.form.get("document"), "copy": True}
    try:
        made = tk.get_action("consultation_document_version_create")({}, asked)
    except tk.ValidationError as error:
        values = {**_page(name), "errors": sentences(error)}
        return tk.render("consultation/texts/work.html", values), CONFLICT
    return tk.redirect_to("consultation_text_work.nodes", name=name, version_id=made["id"])


@consultation_text_work.route("/remove/<document_id>", methods=["GET", "POST"])
def remove(name: str, document_id: str) -> ResponseReturnValue:
    """Ask once more, then take a text out of the draft."""
    page = _page(name)
    document = next((each for each in page["documents"] if each["id"] == document_id), None)
    if document is None:
        raise tk.ObjectNotFound(tk._("Text not found"))
    if request.method != "POST":
        return tk.render("consultation/texts/remove.html", {**page, "document": document})
    try:
        tk.get_action("consultation_document_delete")({}, {"id": document_id})
    except tk.ValidationError as error:
        values = {**page, "document": document, "errors": sentences(error)}
        return tk.render("consultation/texts/remove.html", values), CONFLICT
    return tk.redirect_to("consultation_text_work.index", name=name)


@consultation_text_work.get("/<uuid:version_id>")
def draft(name: str, version_id: object) -> ResponseReturnValue:
    """Show how far an import is, what it found, and what comes next."""
    return tk.render("consultation/texts/draft.html", _version_page(name, version_id))


@consultation_text_work.route("/<uuid:version_id>/pair", methods=["GET", "POST"])
def pair(name: str, version_id: object) -> ResponseReturnValue:
    """Ask which paragraphs of two languages are the same."""
    page = _version_page(name, version_id)
    open_ones = [each for each in page["version"]["imports"] if each["found"].get("misfits")]
    if not open_ones:
        return tk.redirect_to("consultation_text_work.draft", name=name, version_id=version_id)
    row = open_ones[-1]
    asked = {"version_id": str(version_id), "import_id": row["id"]}
    values = {**page, "row": row, "data": {}, **_both(asked)}
    if request.method != "POST":
        return tk.render("consultation/texts/pair.html", values)
    given = {
        key.removeprefix("pair-"): said
        for key, said in request.form.items()
        if key.startswith("pair-")
    }
    pairs = {eid: None if said == "-" else said for eid, said in given.items() if said}
    try:
        tk.get_action("consultation_node_pair")({}, {**asked, "pairs": pairs})
    except tk.ValidationError as error:
        values |= {"errors": sentences(error), "data": given}
        return tk.render("consultation/texts/pair.html", values), UNPROCESSABLE
    return tk.redirect_to("consultation_text_work.draft", name=name, version_id=version_id)


def _both(asked: DataDict) -> dict[str, Any]:
    """Return what stands on both sides of what does not fit, by id."""
    return {"sides": tk.get_action("consultation_misfit_list")({}, asked)["results"]}


@consultation_text_work.get("/<uuid:version_id>/nodes")
def nodes(name: str, version_id: object) -> ResponseReturnValue:
    """Show the paragraphs of a draft, each with its form."""
    page = _version_page(name, version_id)
    asked = {"version_id": str(version_id), "part": request.args.get("part") or 1}
    text = tk.get_action("consultation_text_show")({}, asked)
    return tk.render(
        "consultation/texts/nodes.html", {**page, "text": text, "language": _language(text)}
    )


@consultation_text_work.route("/<uuid:version_id>/nodes/<eid>", methods=["GET", "POST"])
def node(name: str, version_id: object, eid: str) -> ResponseReturnValue:
    """Show the form of one paragraph, and store what was typed."""
    page = _node_page(name, version_id, eid)
    if request.method != "POST":
        return tk.render("consultation/texts/node.html", {**page, "data": kept.kept() or {}})
    typed = request.form.to_dict()
    try:
        _store(page, typed)
    except tk.ValidationError as error:
        return _again("node", page, typed, error)
    return _to_nodes(name, version_id, page, eid)


def _store(page: dict[str, Any], typed: dict[str, str]) -> None:
    words: dict[str, dict[str, str]] = {}
    for field in WORDS:
        for language in tk.h.opengov_languages():
            said = typed.get(f"{field}-{language}")
            if said is not None:
                translated = words.setdefault(f"{field}_translated", {})
                translated[language] = said.replace("\r\n", "\n")
    asked = {"version_id": page["version"]["id"], "eid": page["node"]["eid"]}
    kind = typed.get("kind")
    asked |= {"kind": kind} if kind != page["node"]["kind"] else {}
    seen = {"fingerprint": typed.get("fingerprint")}
    tk.get_action("consultation_node_update")({}, {**asked, **words, **seen})


@consultation_text_work.route("/<uuid:version_id>/nodes/<eid>/split", methods=["GET", "POST"])
def split(name: str, version_id: object, eid: str) -> ResponseReturnValue:
    """Ask where a paragraph is cut in two: at an empty line."""
    page = _node_page(name, version_id, eid)
    if request.method != "POST":
        return tk.render("consultation/texts/split.html", {**page, "data": {}})
    typed = request.form.to_dict()
    at = {}
    for language in page["node"]["body_translated"]:
        text = typed.get(f"body-{language}", "").replace("\r\n", "\n")
        gap = GAP.search(text)
        at[language] = gap.start() if gap else 0
    values = {"at": at, "fingerprint": typed.get("fingerprint")}
    return _change("split", page, typed, values)


@consultation_text_work.route("/<uuid:version_id>/nodes/<eid>/join", methods=["GET", "POST"])
def join(name: str, version_id: object, eid: str) -> ResponseReturnValue:
    """Ask once more, then put the next paragraph's words into this one."""
    page = _node_page(name, version_id, eid)
    if request.method != "POST":
        return tk.render("consultation/texts/join.html", {**page, "data": {}})
    typed = request.form.to_dict()
    return _change("join", page, typed, {"fingerprint": typed.get("fingerprint")})


@consultation_text_work.route("/<uuid:version_id>/nodes/<eid>/delete", methods=["GET", "POST"])
def delete(name: str, version_id: object, eid: str) -> ResponseReturnValue:
    """Ask once more, then take a paragraph out."""
    page = _node_page(name, version_id, eid)
    if request.method != "POST":
        return tk.render("consultation/texts/delete.html", {**page, "data": {}})
    typed = request.form.to_dict()
    values = {
        "with_contents": typed.get("with_contents") == "yes",
        "revision": typed.get("revision"),
        "fingerprint": typed.get("fingerprint"),
    }
    return _change("delete", page, typed, values)


@consultation_text_work.route("/<uuid:version_id>/nodes/<eid>/after", methods=["GET", "POST"])
def after(name: str, version_id: object, eid: str) -> ResponseReturnValue:
    """Ask for a new paragraph behind one, or as the first in a division."""
    page = _node_page(name, version_id, eid)
    if request.method != "POST":
        return tk.render("consultation/texts/after.html", {**page, "data": kept.kept() or {}})
    typed = request.form.to_dict()
    place = "parent_eid" if typed.get("place") == "inside" else "after"
    values = {key: typed.get(key) for key in ("kind", "language", *WORDS)}
    return _change("create", page, typed, {place: eid, **values}, template="after")


def _change(
    step: str, page: dict[str, Any], typed: dict[str, str], values: DataDict, template: str = ""
) -> ResponseReturnValue:
    """Change a draft and go back to its paragraphs; or show what is wrong."""
    asked = {"version_id": page["version"]["id"], "eid": page["node"]["eid"], **values}
    if step == "create":
        asked.pop("eid")
    try:
        made = tk.get_action(f"consultation_node_{step}")({}, asked)
    except tk.ValidationError as error:
        return _again(template or step, page, typed, error)
    where = page["node"]["parent_eid"] or "" if step == "delete" else made["eid"]
    name = page["consultation"]["name"]
    return _to_nodes(name, page["version"]["id"], page, where)


def _again(
    template: str, page: dict[str, Any], typed: dict[str, str], error: tk.ValidationError
) -> ResponseReturnValue:
    """Show a form with what was typed beside what is wrong with it."""
    errors = sentences(error)
    is_late = any(field in CHANGED for field in errors)
    values = {**page, "data": typed, "errors": errors}
    return tk.render(
        f"consultation/texts/{template}.html", values
    ), CONFLICT if is_late else UNPROCESSABLE


def _to_nodes(name: str, version_id: object, page: dict[str, Any], eid: str) -> ResponseReturnValue:
    values = {"name": name, "version_id": version_id, "part": page["text"]["part"]}
    return tk.redirect_to("consultation_text_work.nodes", **values, _anchor=eid)


@consultation_text_work.route("/<uuid:version_id>/publish", methods=["GET", "POST"])
def publish(name: str, version_id: object) -> ResponseReturnValue:
    """Say what happens to the comments, then publish a version."""
    return _step(name, version_id, "publish")


@consultation_text_work.route("/<uuid:version_id>/discard", methods=["GET", "POST"])
def discard(name: str, version_id: object) -> ResponseReturnValue:
    """Ask once more, then throw a draft away."""
    return _step(name, version_id, "discard")


def _step(name: str, version_id: object, step: str) -> ResponseReturnValue:
    page = _version_page(name, version_id)
    if request.method != "POST":
        return tk.render(f"consultation/texts/{step}.html", page)
    asked = {"version_id": str(version_id), "revision": request.form.get("revision")}
    try:
        tk.get_action(f"consultation_document_version_{step}")({}, asked)
    except tk.ValidationError as error:
        values = {**page, "errors": sentences(error)}
        return tk.render(f"consultation/texts/{step}.html", values), CONFLICT
    if step == "publish":
        return tk.redirect_to("consultation_text_work.draft", name=name, version_id=version_id)
    return tk.redirect_to("consultation_text_work.index", name=name)


@consultation_text_work.route("/<uuid:version_id>/comments", methods=["GET", "POST"])
def comments(name: str, version_id: object) -> ResponseReturnValue:
    """Show the comments of which nobody knows where they stand, and take an answer."""
    if request.method == "POST":
        return _place(name, version_id)
    return _questions(name, version_id)


def _questions(
    name: str, version_id: object, errors: dict[str, str] | None = None
) -> ResponseReturnValue:
    page = _version_page(name, version_id)
    asked = {"version_id": str(version_id), "cursor": request.args.get("cursor")}
    try:
        found = tk.get_action("consultation_question_list")({}, asked)
    except tk.ValidationError:
        return tk.redirect_to("consultation_text_work.comments", name=name, version_id=version_id)
    text = tk.get_action("consultation_text_show")({}, {"version_id": str(version_id)})
    values = {**page, "found": found, "errors": errors or {}, "language": _language(text)}
    answer = tk.render("consultation/texts/comments.html", values)
    return (answer, UNPROCESSABLE) if errors else answer


def _place(name: str, version_id: object) -> ResponseReturnValue:
    said, _, eid = request.form.get("place", "").partition(" ")
    if said == "other":
        said, eid = "edited", request.form.get("eid", "").strip().lstrip("#")
    asked = {
        "version_id": str(version_id),
        "comment_id": request.form.get("comment_id"),
        "state": said,
        "eid": eid,
        "all": request.form.get("all") == "yes",
    }
    try:
        tk.get_action("consultation_node_remap")({}, asked)
    except tk.ValidationError as error:
        return _questions(name, version_id, sentences(error))
    tk.h.flash_success(tk._("Your answer is kept."))
    return tk.redirect_to("consultation_text_work.comments", name=name, version_id=version_id)


def _page(name: str) -> dict[str, Any]:
    """Return what every page of the staff shows."""
    shown = request.environ["consultation.shown"]
    return {"consultation": shown, "documents": shown["documents"], "errors": {}, "data": {}}


def _version_page(name: str, version_id: object) -> dict[str, Any]:
    page = _page(name)
    asked = {"version_id": str(version_id)}
    version = tk.get_action("consultation_document_version_show")({}, asked)
    if version["consultation_id"] != page["consultation"]["id"]:
        raise tk.ObjectNotFound(tk._("Text not found"))
    document = next(each for each in page["documents"] if each["id"] == version["document_id"])
    public = [each for each in document["versions"] if each["state"] != "draft"]
    older = [each for each in public if each["number"] < version["number"]]
    return {
        **page,
        "version": version,
        "document": document,
        "before": older[-1] if older else None,
    }


def _node_page(name: str, version_id: object, eid: str) -> dict[str, Any]:
    page = _version_page(name, version_id)
    text = tk.get_action("consultation_text_show")({}, {"version_id": str(version_id), "eid": eid})
    return {**page, "text": text, "node": text["nodes"][0], "language": _language(text)}


def _language(text: dict[str, Any]) -> str:
    wished = [tk.h.lang(), text["consultation"]["primary_lang"], *text["languages"]]
    return next((each for each in wished if each in text["languages"]), wished[1])

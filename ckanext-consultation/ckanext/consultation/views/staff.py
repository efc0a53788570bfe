"""The pages on which a body drafts its consultations, and leads them through their life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk
from ckan.types import DataDict

from ckanext.consultation.views import errors, moderating
from ckanext.opengov.shared.web import csrf, forms, kept

consultation_staff = Blueprint("consultation_staff", __name__)
forms.nothing_is_lost(consultation_staff)
consultation_staff.before_request(csrf.need_token)
consultation_staff.before_request(moderating.only_for_the_signed_in)
consultation_staff.register_error_handler(tk.NotAuthorized, moderating.refuse)

CONFLICT, UNPROCESSABLE = 409, 422
FILTERS = ("owner_org", "state", "q")
PLAIN = ("name", "kind", "primary_lang")
TEXTS = ("title_translated", "summary_translated")
MOMENTS = ("opens_at", "closes_at", "response_due_at")
SETTINGS = ("moderation", "guests", "edit_minutes", "appeal_days", "trusted_after")


@dataclass(frozen=True, slots=True)
class Act:
    """A step that the staff takes on a page of its own."""

    action: str
    step: str
    """As ``steps`` of ``consultation_show`` has it."""


ACTS = {
    "submit": Act("consultation_submit_review", "submit"),
    "return": Act("consultation_return", "return"),
    "publish": Act("consultation_publish", "publish"),
    "extend": Act("consultation_extend", "extend"),
    "cancel": Act("consultation_cancel", "cancel"),
    "results": Act("consultation_results_publish", "give-results"),
    "archive": Act("consultation_archive", "archive"),
    "delete": Act("consultation_delete", "edit"),
}


@consultation_staff.get("/dashboard/consultation")
def work() -> ResponseReturnValue:
    """Show the consultations in which the visitor works, by what is to do next."""
    chosen = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    try:
        asked = {**chosen, "cursor": request.args.get("cursor")}
        found = tk.get_action("consultation_work_list")({}, asked)
    except tk.ValidationError:
        return tk.redirect_to("consultation_staff.work")
    may_draft = bool(tk.h.organizations_available("create_dataset"))
    return tk.render("consultation/work.html", {**found, "chosen": chosen, "may_draft": may_draft})


@consultation_staff.route("/dashboard/consultation/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Ask for all that a draft needs."""
    bodies = tk.h.organizations_available("create_dataset")
    if not bodies:
        return tk.render("consultation/no_body.html"), 403
    if request.method != "POST":
        typed = forms.joined(kept.kept() or {})
        return _form(typed, bodies=bodies)
    typed = forms.read_form()
    try:
        given = {**_described(typed), "owner_org": typed.get("owner_org", "")}
        made = tk.get_action("consultation_create")({}, given)
    except tk.ValidationError as error:
        return _form(typed, error, bodies=bodies), UNPROCESSABLE
    return tk.redirect_to("consultation_staff.manage", name=made["name"])


@consultation_staff.get("/consultation/<name>/manage")
def manage(name: str) -> ResponseReturnValue:
    """Show where a consultation stands, and what the visitor may do with it."""
    return tk.render("consultation/manage.html", {"consultation": _its_people(name)})


@consultation_staff.route("/consultation/<name>/manage/edit", methods=["GET", "POST"])
def edit(name: str) -> ResponseReturnValue:
    """Change a draft."""
    shown = _its_people(name)
    if "edit" not in shown["steps"]:
        return tk.redirect_to("consultation_staff.manage", name=name)
    if request.method != "POST":
        stored = {**shown, **shown["settings"]}
        return _form({**stored, **forms.joined(kept.kept() or {})}, consultation=shown)
    typed = forms.read_form()
    given = {**_described(typed), "id": shown["id"], "version": typed.get("version", "-")}
    try:
        changed = tk.get_action("consultation_update")({}, given)
    except tk.ValidationError as error:
        # Whoever sends it again has seen that there is another version.
        typed["version"] = shown["version"]
        return _form(typed, error, consultation=shown), UNPROCESSABLE
    return tk.redirect_to("consultation_staff.manage", name=changed["name"])


@consultation_staff.route("/consultation/<name>/manage/<step>", methods=["GET", "POST"])
def take(name: str, step: str) -> ResponseReturnValue:
    """Say what a step does, then take it."""
    if step not in ACTS:
        return tk.abort(404)
    shown = _its_people(name)
    if ACTS[step].step not in shown["steps"]:
        return tk.redirect_to("consultation_staff.manage", name=name)
    if request.method != "POST":
        return _confirmation(shown, step, kept.kept() or {})
    typed = {each: request.form.get(each, "") for each in ("reason", "closes_at", "version")}
    given = {**typed, "id": shown["id"], "version": typed["version"] or "-"}
    given["closes_at"] = _as_utc(typed["closes_at"])
    try:
        tk.get_action(ACTS[step].action)({}, given)
    except tk.ValidationError as error:
        return _confirmation(shown, step, typed, error), UNPROCESSABLE
    if step == "delete":
        tk.h.flash_success(tk._("The draft is deleted."))
        return tk.redirect_to("consultation_staff.work")
    return tk.redirect_to("consultation_staff.manage", name=name, taken=step)


def _its_people(name: str) -> dict[str, Any]:
    """Return a consultation, to those who work in it; others learn nothing of this page."""
    shown = dict(tk.get_action("consultation_show")({}, {"id": name}))
    if "steps" not in shown:
        tk.abort(404)
    return shown


def _described(typed: DataDict) -> DataDict:
    """Return what the form says, as the actions take it."""
    moments = {name: _as_utc(str(typed.get(name) or "")) for name in MOMENTS}
    settings = {name: typed[name] for name in SETTINGS if typed.get(name) not in (None, "")}
    settings["guests"] = typed.get("guests") == "true"
    texts = {name: typed.get(name) or {} for name in TEXTS}
    return {
        **{name: typed.get(name, "") for name in PLAIN},
        **texts,
        **moments,
        "settings": settings,
    }


def _as_utc(text: str) -> str:
    """Return the moment of a form, which is local, with its zone; what is none, as it is."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return text
    zone = tk.h.get_display_timezone()
    aware = zone.localize(local) if hasattr(zone, "localize") else local.replace(tzinfo=zone)
    return str(aware.isoformat())


def _form(typed: DataDict, error: tk.ValidationError | None = None, **values: Any) -> str:
    shown = {"data": typed, "errors": errors.sentences(error) if error else {}, **values}
    return tk.render("consultation/form.html", {"consultation": None, "bodies": [], **shown})


def _confirmation(
    shown: dict[str, Any], step: str, typed: DataDict, error: tk.ValidationError | None = None
) -> str:
    obstacles = shown["obstacles"].get(ACTS[step].step, [])
    values = {"consultation": shown, "step": step, "obstacles": obstacles, "data": typed}
    values["errors"] = errors.sentences(error) if error else {}
    return tk.render("consultation/confirm.html", values)

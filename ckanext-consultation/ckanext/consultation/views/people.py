"""The pages on which people see, take along and erase what they left in consultations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, request, stream_with_context
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.consultation.domain.comments import HELD
from ckanext.consultation.views import guesting, moderating
from ckanext.opengov.shared.web import csrf

AT_ONCE = 100

consultation_people = Blueprint("consultation_people", __name__)
consultation_people.before_request(csrf.need_token)
consultation_people.register_error_handler(tk.NotAuthorized, moderating.refuse)


@consultation_people.get("/dashboard/consultation/mine")
def index() -> ResponseReturnValue:
    """Show where the reader took part."""
    if not tk.current_user.is_authenticated:
        return guesting.sign_in()
    asked = {"cursor": request.args.get("cursor")}
    try:
        found = tk.get_action("consultation_participation_list")({}, asked)
    except tk.ValidationError:
        return tk.redirect_to("consultation_people.index")
    values = {**found, "erased": request.args.get("erased", "")}
    return tk.render("consultation/people/index.html", values)


@consultation_people.get("/consultation/<name>/mine/data.json")
def data(name: str) -> ResponseReturnValue:
    """Hand out all that is held about the reader in a consultation, page after page."""
    shown = _show(name)
    if not guesting.is_known(shown):
        return guesting.who_are_you(shown)
    first = _export(name)  # Whoever took no part gets an error and no file.
    response = Response(stream_with_context(_file(name, first)), mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.json"'
    response.headers["Cache-Control"] = "no-store"
    return response


@consultation_people.route("/consultation/<name>/mine/erase", methods=["GET", "POST"])
def erase(name: str) -> ResponseReturnValue:
    """Erase the reader from a consultation, once they have said that they know what it means."""
    shown = _show(name)
    if not guesting.is_known(shown):
        return guesting.who_are_you(shown)
    said = _export(name, limit=1)["participant"]
    errors: dict[str, str] = {}
    if request.method == "POST":
        if request.form.get("sure"):
            tk.get_action("consultation_participant_erase")({}, {"consultation_id": name})
            return _erased(name)
        errors["sure"] = tk._("Tick the box if you want this: nothing brings your words back.")
    values = {"consultation": shown, "participant": said, "errors": errors}
    page = tk.render("consultation/people/erase.html", values)
    return (page, moderating.UNPROCESSABLE) if errors else page


def _show(name: str) -> dict[str, Any]:
    return dict(tk.get_action("consultation_show")({}, {"id": name}))


def _erased(name: str) -> ResponseReturnValue:
    if tk.current_user.is_authenticated:
        return tk.redirect_to("consultation_people.index", erased=name)
    tk.h.flash_success(
        tk._("You are erased from the consultation. Nothing in it leads to you any more.")
    )
    return guesting.drop_key(tk.redirect_to("consultation.read", name=name), name)


def _export(name: str, **asked: object) -> dict[str, Any]:
    given = {"consultation_id": name, "limit": AT_ONCE, **asked}
    return dict(tk.get_action("consultation_participant_export")({}, given))


def _file(name: str, first: dict[str, Any]) -> Iterator[str]:
    """Yield one JSON document; no more than a page of it is held at a time."""
    yield f'{{"participant": {_json(first["participant"])}'
    for kind in HELD:
        yield f', "{kind}": ['
        found, between = first if kind == HELD[0] else _export(name, of=kind), ""
        while True:
            for each in found["results"]:
                yield between + _json(each)
                between = ", "
            if not found["next_cursor"]:
                break
            found = _export(name, of=kind, cursor=found["next_cursor"])
        yield "]"
    yield "}\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)

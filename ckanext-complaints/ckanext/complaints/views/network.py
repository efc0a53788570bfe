"""The pages of bodies, their units, and who works in these."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk
from ckan.types import DataDict

from ckanext.complaints.domain.network import ROLES_IN, Kind
from ckanext.complaints.views import rooms
from ckanext.opengov.shared.web import forms, kept

complaints_network = Blueprint(
    "complaints_network", __name__, url_prefix="/dashboard/complaints/network"
)
rooms.for_staff(complaints_network)

Answer = ResponseReturnValue


@complaints_network.get("/")
def index() -> Answer:
    """Show the bodies as a tree, with their units."""
    return tk.render("complaints/network/index.html", {**_network(), **_done()})


@complaints_network.route("/body/new", methods=["GET", "POST"])
def new_body() -> Answer:
    """Take an organization into the network."""
    rooms.for_stewards()
    return _body({"org": request.args.get("org", "")}, None)


@complaints_network.route("/body/<org_id>", methods=["GET", "POST"])
def body(org_id: str) -> Answer:
    """Change the place of a body in the network."""
    rooms.for_stewards()
    found = next((row for row in _network()["bodies"] if row["org_id"] == org_id), None)
    if found is None:
        raise tk.ObjectNotFound
    return _body({**found, "org": org_id, "parent": found["parent_org_id"]}, found)


def _body(stored: DataDict, found: dict[str, Any] | None) -> Answer:
    if request.method != "POST":
        return _body_form({**stored, **forms.joined(kept.kept() or {})}, found, {})
    typed = forms.read_form()
    given = {name: typed.get(name, "") for name in ("parent", "coordinator_unit_id")}
    given["intake_open"] = "true" if typed.get("intake_open") else "false"
    given["org"] = found["org_id"] if found else str(typed.get("org") or "").strip()
    given["version"] = typed.get("version") if found else None
    seen = {**typed, "version": found["version"] if found else None}

    def again(wrong: dict[str, str]) -> str:
        return _body_form(seen, found, wrong)

    answer = rooms.attempt("complaint_body_update", given, again)
    if rooms.is_page(answer):
        return answer
    return tk.redirect_to("complaints_network.index", done="body", _anchor=answer["org_id"])


def _body_form(data: DataDict, found: dict[str, Any] | None, wrong: dict[str, str]) -> str:
    known = _network()
    names = tk.get_action("organization_list")({}, {}) if found is None else []
    inside = {row["name"] for row in known["bodies"]}
    free = [name for name in names if name not in inside]
    values = {**known, "data": data, "body": found, "errors": wrong, "free": free}
    return str(tk.render("complaints/network/body.html", values))


@complaints_network.route("/unit/new", methods=["GET", "POST"])
def new_unit() -> Answer:
    """Make a unit of a body."""
    rooms.for_stewards()
    known = _network()
    org = request.args.get("org", "")
    found = next((row for row in known["bodies"] if org in (row["org_id"], row["name"])), None)
    if found is None:
        raise tk.ObjectNotFound

    def again(wrong: dict[str, str]) -> str:
        shown = {**known, "data": typed, "errors": wrong, "body": found, "unit": None}
        return str(tk.render("complaints/network/unit_form.html", shown))

    typed = forms.joined(kept.kept() or {})
    if request.method != "POST":
        return again({})
    typed = forms.read_form()
    texts = typed.get("label_translated") or {}
    given = {"org": found["org_id"], "kind": typed.get("kind"), "label_translated": texts}
    answer = rooms.attempt("complaint_unit_create", given, again)
    return answer if rooms.is_page(answer) else _to_unit(answer["id"], "made")


@complaints_network.get("/unit/<unit_id>")
def unit(unit_id: str) -> Answer:
    """Show a unit and who works there."""
    return _unit_page(unit_id, kept.kept() or {}, {})


@complaints_network.route("/unit/<unit_id>/edit", methods=["GET", "POST"])
def edit_unit(unit_id: str) -> Answer:
    """Call a unit otherwise."""
    rooms.for_stewards()
    known, found, owner = _unit(unit_id)

    def again(wrong: dict[str, str]) -> str:
        shown = {**known, "data": typed, "errors": wrong, "body": owner, "unit": found}
        return str(tk.render("complaints/network/unit_form.html", shown))

    typed = {**found, **forms.joined(kept.kept() or {})}
    if request.method != "POST":
        return again({})
    typed = forms.read_form()
    texts = typed.get("label_translated") or {}
    given = {"id": unit_id, "label_translated": texts, "version": typed.get("version")}
    answer = rooms.attempt("complaint_unit_update", given, again)
    return answer if rooms.is_page(answer) else _to_unit(unit_id, "changed")


@complaints_network.route("/unit/<unit_id>/<any(close, open):verb>", methods=["GET", "POST"])
def switch_unit(unit_id: str, verb: str) -> Answer:
    """Say what it means to close a unit, or to open it again; then do it."""
    rooms.for_stewards()
    known, found, owner = _unit(unit_id)

    def again(wrong: dict[str, str]) -> str:
        shown = {**known, "errors": wrong, "body": owner, "unit": found, "verb": verb}
        return str(tk.render("complaints/network/switch_unit.html", shown))

    if request.method != "POST":
        return again({})
    takes_over = "true" if request.form.get("coordinator_takes_over") else "false"
    given = {"id": unit_id, "active": verb == "open", "coordinator_takes_over": takes_over}
    answer = rooms.attempt("complaint_unit_update", given, again)
    return answer if rooms.is_page(answer) else _to_unit(unit_id, verb)


@complaints_network.post("/unit/<unit_id>/admit")
def admit(unit_id: str) -> Answer:
    """Give someone a role in a unit."""
    typed = {name: request.form.get(name, "").strip() for name in ("user", "role")}

    def again(wrong: dict[str, str]) -> str:
        return _unit_page(unit_id, typed, wrong)

    given = {"unit_id": unit_id, **typed}
    answer = rooms.attempt("complaint_member_admit", given, again)
    return answer if rooms.is_page(answer) else _to_unit(unit_id, "admitted", **typed)


@complaints_network.route("/unit/<unit_id>/remove", methods=["GET", "POST"])
def remove(unit_id: str) -> Answer:
    """Say what it means to take a role from someone; then take it."""
    known, found, owner = _unit(unit_id)
    asked = {name: request.values.get(name, "") for name in ("user", "role")}
    people = tk.get_action("complaint_member_list")({}, {"unit_id": unit_id})["results"]
    named = (each for each in people if asked["user"] in (each["name"], each["user_id"]))
    person: dict[str, Any] = next(named, {})
    if asked["role"] not in [each["role"] for each in person.get("roles", ())]:
        return _to_unit(unit_id, "")

    def again(wrong: dict[str, str]) -> str:
        shown = {**known, "errors": wrong, "body": owner, "unit": found, "person": person}
        return str(tk.render("complaints/network/remove.html", {**shown, "role": asked["role"]}))

    if request.method != "POST":
        return again({})
    takes_over = "true" if request.form.get("coordinator_takes_over") else "false"
    given = {"unit_id": unit_id, **asked, "coordinator_takes_over": takes_over}
    answer = rooms.attempt("complaint_member_remove", given, again)
    if rooms.is_page(answer):
        return answer
    if person["user_id"] == tk.current_user.id:
        return tk.redirect_to("home.index")
    return _to_unit(unit_id, "removed", **asked)


def _network() -> dict[str, Any]:
    """Return the bodies as a tree, the units, and the units by body."""
    bodies = tk.get_action("complaint_body_list")({}, {})["results"]
    units = tk.get_action("complaint_unit_list")({}, {})["results"]
    by_body: dict[str, list[dict[str, Any]]] = {}
    for each in units:
        by_body.setdefault(each["org_id"], []).append(each)
    named = {row["org_id"]: row for row in bodies}
    return {
        "bodies": bodies,
        "named": named,
        "units": {each["id"]: each for each in units},
        "units_of": by_body,
        "roles": tk.g.complaints_roles,
        "kinds": list(Kind),
    }


def _unit(unit_id: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return the network, one of its units and the body of that.

    Raises:
        tk.ObjectNotFound: there is no such unit.
    """
    known = _network()
    found = known["units"].get(unit_id)
    if found is None:
        raise tk.ObjectNotFound
    return known, found, known["named"][found["org_id"]]


def _unit_page(unit_id: str, typed: DataDict, wrong: dict[str, str]) -> str:
    known, found, owner = _unit(unit_id)
    here = tk.g.complaints_roles
    is_shown = here.is_steward or here.in_unit(unit_id)
    people = []
    if is_shown:
        people = tk.get_action("complaint_member_list")({}, {"unit_id": unit_id})["results"]
    offered = [role for role in ROLES_IN[Kind(found["kind"])] if here.may_admit(unit_id, role)]
    values = {**known, "unit": found, "body": owner, "people": people, "is_shown": is_shown}
    shown = {**values, "data": typed, "errors": wrong, "offered": offered, **_done()}
    return str(tk.render("complaints/network/unit.html", shown))


def _done() -> dict[str, str]:
    # CKAN's templates call the reader ``user``.
    asked = {"done": "done", "who": "user", "role": "role"}
    return {name: request.args.get(field, "") for name, field in asked.items()}


def _to_unit(unit_id: str, done: str, **values: str) -> Any:
    return tk.redirect_to("complaints_network.unit", unit_id=unit_id, done=done or None, **values)

"""The pages of categories, their questions and policies, and of the calendar."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk
from ckan.types import DataDict

from ckanext.complaints import regions
from ckanext.complaints.domain.catalogue import PERIODS, YEARS, DayType, Track
from ckanext.complaints.views import question_form, rooms
from ckanext.opengov.shared.web import forms, kept

complaints_catalogue = Blueprint(
    "complaints_catalogue", __name__, url_prefix="/dashboard/complaints/network"
)
rooms.for_staff(complaints_catalogue)

Answer = ResponseReturnValue
EMPTY_ROUTES = 3
"""So many more ways can be added at a time, without a script."""


@complaints_catalogue.get("/categories")
def categories() -> Answer:
    """Show all categories."""
    policies = {
        each["code"]: tk.h.complaints_label(each["label_translated"]) for each in _policies()
    }
    values = {"categories": _categories(), "policies": policies}
    values["done"] = request.args.get("done", "")
    return tk.render("complaints/network/categories.html", _with_roles(values))


@complaints_catalogue.route("/category/new", methods=["GET", "POST"])
def new_category() -> Answer:
    """Make a category."""
    return _category(None)


@complaints_catalogue.route("/category/<code>", methods=["GET", "POST"])
def category(code: str) -> Answer:
    """Change a category."""
    return _category(_one(_categories(), code))


def _category(found: dict[str, Any] | None) -> Answer:
    rooms.for_stewards()
    stored = {**(found or {"active": True}), "ways": found["routes"] if found else []}
    if request.method != "POST":
        return _category_form({**stored, **_typed_category(kept.kept() or {})}, found, {})
    typed = _typed_category(forms.read_form())
    given = {**typed, "routes": [way for way in typed.get("ways", []) if way["org"]]}
    given |= {"active": "true" if typed.get("active") else "false"}

    def again(wrong: dict[str, str]) -> str:
        seen = {"version": found["version"]} if found else {}
        return _category_form({**typed, **seen}, found, wrong)

    verb = "create"
    if found:
        verb, given["id"] = "update", found["id"]
        given = {name: each for name, each in given.items() if name not in ("code", "track")}
    answer = rooms.attempt(f"complaint_category_{verb}", given, again)
    if rooms.is_page(answer):
        return answer
    return tk.redirect_to("complaints_catalogue.categories", done=answer["code"])


def _typed_category(typed: DataDict) -> DataDict:
    """Return the fields of the form, its rows of regions and bodies as a list."""
    found = forms.joined(typed)
    numbers = sorted(
        int(name.removeprefix("route-region-"))
        for name in typed
        if name.startswith("route-region-") and name.removeprefix("route-region-").isdecimal()
    )
    if numbers:
        found["ways"] = [
            {"region": typed[f"route-region-{n}"], "org": typed.get(f"route-org-{n}", "")}
            for n in numbers
        ]
    return found


def _category_form(data: DataDict, found: dict[str, Any] | None, wrong: dict[str, str]) -> str:
    ways = [{"region": "", "org": ""}] * EMPTY_ROUTES
    values = {
        "data": data,
        "category": found,
        "errors": wrong,
        "ways": [*data.get("ways", []), *ways],
        "regions": regions.regions(),
        "bodies": tk.get_action("complaint_body_list")({}, {})["results"],
        "policies": _policies(),
        "tops": [each for each in _categories() if each["parent_id"] is None],
        "tracks": list(Track),
    }
    return str(tk.render("complaints/network/category.html", _with_roles(values)))


@complaints_catalogue.route("/category/<code>/questions", methods=["GET", "POST"])
def questions(code: str) -> Answer:
    """Show what a category asks, for all bodies or for one; put another version into use."""
    rooms.for_stewards()
    found = _one(_categories(), code)
    org = request.args.get("org", "")
    asked = tk.get_action("complaint_form_list")({}, {"category": found["id"]})["results"]
    stored = next((each for each in asked if (each["org_id"] or "") == org), None)

    def again(wrong: dict[str, str]) -> str:
        values = {"category": found, "errors": wrong, "org": org, "form_in_use": stored}
        bodies = tk.get_action("complaint_body_list")({}, {})["results"]
        shown = {**values, "rows": rows, "bodies": bodies, "kinds": question_form.KINDS}
        return str(tk.render("complaints/network/questions.html", _with_roles(shown)))

    rows = question_form.rows_of(stored["questions"] if stored else [])
    if request.method != "POST":
        return again({})
    rows = question_form.typed_rows(request.form)
    given = {"category": found["id"], "org": org, "questions": question_form.questions_of(rows)}
    given["seen"] = request.form.get("seen")
    answer = rooms.attempt("complaint_form_create", given, again)
    if rooms.is_page(answer):
        return answer
    tk.h.flash_success(tk._("These questions are asked from now on."))
    return tk.redirect_to("complaints_catalogue.questions", code=code, org=org or None)


@complaints_catalogue.get("/policies")
def policies() -> Answer:
    """Show by when complaints are answered."""
    values = {"policies": _policies(), "periods": list(PERIODS)}
    return tk.render("complaints/network/policies.html", _with_roles(values))


@complaints_catalogue.route("/policy/new", methods=["GET", "POST"])
def new_policy() -> Answer:
    """Make a policy, beginning with the numbers of another."""
    like = next((row for row in _policies() if row["code"] == request.args.get("like")), {})
    return _policy({**like, "code": "", "active": True}, None)


@complaints_catalogue.route("/policy/<code>", methods=["GET", "POST"])
def policy(code: str) -> Answer:
    """Call a policy otherwise, name its sources, take it out of use."""
    found = _one(_policies(), code)
    return _policy(found, found)


def _policy(stored: DataDict, found: dict[str, Any] | None) -> Answer:
    rooms.for_stewards()

    def again(wrong: dict[str, str]) -> str:
        values = {"data": data, "policy": found, "errors": wrong, "periods": PERIODS}
        shown = {**values, "day_types": list(DayType)}
        return str(tk.render("complaints/network/policy.html", _with_roles(shown)))

    data = {**stored, **_typed_policy(kept.kept() or {})}
    if request.method != "POST":
        return again({})
    data = _typed_policy(forms.read_form())
    given = {**data, "active": "true" if data.get("active") or found is None else "false"}
    verb = "update" if found else "create"
    if found:
        given["id"] = found["id"]
        data |= {**{name: found[name] for name in (*PERIODS, "day_type", "version")}}
    answer = rooms.attempt(f"complaint_policy_{verb}", given, again)
    if rooms.is_page(answer):
        return answer
    tk.h.flash_success(tk._("The policy is stored."))
    return tk.redirect_to("complaints_catalogue.policies")


def _typed_policy(typed: DataDict) -> DataDict:
    found = forms.joined(typed)
    sources = {name: typed[f"source-{name}"] for name in PERIODS if f"source-{name}" in typed}
    return {**found, "source": sources} if sources else found


@complaints_catalogue.route("/calendar", methods=["GET", "POST"])
def calendar() -> Answer:
    """Show the days of a year on which nobody works; add one, or those of a fixed date."""
    asked = _asked_calendar()
    if request.method != "POST":
        return _calendar_page(asked, forms.joined(kept.kept() or {}), {})
    typed = forms.read_form()

    def again(wrong: dict[str, str]) -> str:
        return _calendar_page(asked, typed, wrong)

    if request.form.get("verb") == "import":
        answer = rooms.attempt("complaint_holiday_import", {"year": asked["year"]}, again)
    else:
        given = {name: typed.get(name) or "" for name in ("day", "source")}
        given |= {"label_translated": typed.get("label_translated"), "org": asked["org"]}
        answer = rooms.attempt("complaint_holiday_create", given, again)
    if rooms.is_page(answer):
        return answer
    tk.h.flash_success(tk._("The calendar is changed. Open dates have moved with it."))
    year = str(answer.get("day", asked["year"]))[:4]
    return tk.redirect_to("complaints_catalogue.calendar", year=year, org=asked["org"] or None)


@complaints_catalogue.route("/calendar/<id_>/delete", methods=["GET", "POST"])
def delete_day(id_: str) -> Answer:
    """Say what it means to take a day out of the calendar; then do it."""
    asked = _asked_calendar()
    found = tk.get_action("complaint_holiday_list")({}, asked)["results"]
    day = next((each for each in found if each["id"] == id_), None)
    if day is None:
        return tk.redirect_to("complaints_catalogue.calendar", **asked)
    if request.method != "POST":
        shown = _with_roles({"day": day, "asked": asked, "name": _body_named(day["org_id"])})
        return tk.render("complaints/network/delete_day.html", shown)
    tk.get_action("complaint_holiday_delete")({}, {"id": id_})
    tk.h.flash_success(tk._("The calendar is changed. Open dates have moved with it."))
    return tk.redirect_to("complaints_catalogue.calendar", **asked)


def _asked_calendar() -> dict[str, str]:
    """Return the year and the body whose calendar is asked for."""
    year = request.args.get("year", "")
    if not (year.isdecimal() and int(year) in YEARS):
        year = str(datetime.now(tk.h.get_display_timezone()).year)
    return {"year": year, "org": request.args.get("org", "")}


def _calendar_page(asked: dict[str, str], typed: DataDict, wrong: dict[str, str]) -> str:
    bodies = tk.get_action("complaint_body_list")({}, {})["results"]
    org = next((row for row in bodies if asked["org"] in (row["org_id"], row["name"])), None)
    chosen = {"year": asked["year"], "org": org["org_id"] if org else ""}
    found = tk.get_action("complaint_holiday_list")({}, chosen)
    here = tk.g.complaints_roles
    may = here.is_steward or bool(org and org["org_id"] in here.bodies("lead"))
    values = {"asked": chosen, "body": org, "bodies": bodies, "may_change": may, "data": typed}
    shown = {**values, "errors": wrong, "days": found["results"], "expected": found["expected"]}
    shown["is_moving"] = found["is_moving"]
    return str(tk.render("complaints/network/calendar.html", _with_roles(shown)))


def _body_named(org_id: str | None) -> dict[str, Any] | None:
    bodies = tk.get_action("complaint_body_list")({}, {})["results"]
    return next((row for row in bodies if row["org_id"] == org_id), None)


def _categories() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tk.get_action("complaint_category_list")({}, {"all": "true"})[
        "results"
    ]
    return found


def _policies() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tk.get_action("complaint_policy_list")({}, {})["results"]
    return found


def _one(rows: list[dict[str, Any]], code: str) -> dict[str, Any]:
    """Return the one with this code.

    Raises:
        tk.ObjectNotFound: there is none.
    """
    found = next((row for row in rows if row["code"] == code), None)
    if found is None:
        raise tk.ObjectNotFound
    return found


def _with_roles(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "roles": tk.g.complaints_roles}

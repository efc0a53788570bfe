"""Publishing a dataset, one question after the other: a draft, or the change to a published one.

Nothing typed is lost: what is wrong is shown beside what was typed, a session that
ended brings it back after signing in, and a second tab's change is shown, not overwritten.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

import ckan.plugins.toolkit as tk
from ckan.types import DataDict

from ckanext.opengov.domain import keywords
from ckanext.opengov.shared.domain.texts import SUFFIX
from ckanext.opengov.shared.web import csrf, forms, kept
from ckanext.opengov.views.hiding import only_its_people

publish = Blueprint("opengov_publish", __name__)
forms.nothing_is_lost(publish)
publish.before_request(csrf.need_token)
publish.before_request(only_its_people)
publish.app_errorhandler(CSRFError)(forms.renew_the_form)

INSTEAD = {
    "dataset.edit": "opengov_publish.describe",
    "dataset_resource.edit": "opengov_publish.file",
    "dataset_resource.new": "opengov_publish.new_file",
}
"""Our pages, by those of CKAN in whose place they come."""
QUESTIONS = tuple(
    f"opengov_publish.{name}"
    for name in ("columns", "describe", "file", "licence", "new_file", "remove")
)
"""Pages that only a dataset has which may be changed now."""
UNPROCESSABLE = 422
NO_SCHEMA = {"schema": "", "schema_ref": ""}


@publish.before_app_request
def take_ckans_place() -> ResponseReturnValue | None:
    """Show these pages where CKAN has forms that know nothing of the review."""
    if request.endpoint == "dataset.new" and request.method in ("GET", "POST"):
        if not tk.current_user.is_authenticated:
            return forms.keep_what_was_typed() or forms.sign_in()
        return start()
    page = INSTEAD.get(request.endpoint or "")
    if page is None or request.method != "GET":
        return None
    values = {
        key: value for key, value in (request.view_args or {}).items() if key != "package_type"
    }
    return tk.redirect_to(page, **values)


def start() -> ResponseReturnValue:
    """Ask for a title and a body; the draft is there from then on."""
    bodies = tk.h.organizations_available("create_dataset")
    if not bodies:
        return tk.render("opengov/publish/no_body.html"), 403
    values: dict[str, Any] = {"bodies": bodies, "data": {}, "errors": {}}
    if request.method == "POST":
        typed = forms.read_form()
        try:
            dataset = tk.get_action("opengov_dataset_start")({}, typed)
        except tk.ValidationError as error:
            values |= {"data": typed, "errors": error.error_dict}
            return tk.render("opengov/publish/start.html", values), UNPROCESSABLE
        except tk.NotAuthorized:
            return tk.abort(403, tk._("You may not do this."))
        return tk.redirect_to("opengov_publish.tasks", id=dataset["name"])
    values["data"] = forms.joined(kept.kept() or {})
    return tk.render("opengov/publish/start.html", values)


@publish.get("/dataset/<id>/publish")
def tasks(id: str) -> ResponseReturnValue:
    """Show what is done and what is left."""
    return _tasks(id)


def _tasks(id: str, error: tk.ValidationError | None = None) -> str:
    page = _page(id)
    page["found"] = tk.get_action("opengov_dataset_tasks")({}, {"id": id})
    if error:
        page["error_summary"] = error.error_summary
    return tk.render("opengov/publish/tasks.html", page)


@publish.before_request
def show_what_is_closed() -> ResponseReturnValue | None:
    """Say at once that a dataset cannot be changed now, not after somebody has typed."""
    id = (request.view_args or {}).get("id")
    if request.method != "GET" or id is None or request.endpoint not in QUESTIONS:
        return None
    page = _page(id)
    return None if page["can_edit"] else tk.render("opengov/publish/closed.html", page)


@publish.route("/dataset/<id>/publish/describe", methods=["GET", "POST"])
def describe(id: str) -> ResponseReturnValue:
    """Ask what the data is."""
    if request.method == "POST":
        typed = forms.read_form()
        names = keywords.listed(str(typed.get("tag_string", "")))
        tags = [{"name": name, "state": "active"} for name in names]
        return _save(id, typed, {**_without(typed, "tag_string"), "tags": tags}, "describe")
    return _form(id, "describe", forms.joined(kept.kept() or {}))


@publish.route("/dataset/<id>/publish/licence", methods=["GET", "POST"])
def licence(id: str) -> ResponseReturnValue:
    """Ask what others may do with the data, and whose data it is made of."""
    if request.method != "POST":
        return _licence_form(id, _with_sources(kept.kept() or {}))
    typed = _with_sources(forms.read_form(), request.form)
    if request.form.get("do") == "check":
        return _licence_form(id, typed)
    changes: DataDict = {name: typed[name] for name in ("license_id", "sources") if name in typed}
    against = _reasons_against(id, changes)
    if against:
        error = tk.ValidationError({"license_id": against})
        return _licence_form(id, typed, error), UNPROCESSABLE
    return _save(id, typed, {"license_id": "", **changes}, "licence")


def _with_sources(typed: DataDict, form: Mapping[str, Any] | None = None) -> DataDict:
    """Return what was typed with its sources as a list; rows that nobody filled in are none."""
    rows: dict[str, DataDict] = {}
    for key, value in (typed if form is None else form).items():
        prefix, _, rest = key.partition("__")
        place, _, name = rest.partition("__")
        if prefix == "sources" and name:
            rows.setdefault(place, {})[name] = str(value).strip()
    if not rows:
        return typed
    for row in rows.values():
        other = row.pop("license_other", "")
        row["license_id"] = other or row.get("license_id", "")
    filled = ({name: text for name, text in row.items() if text} for row in rows.values())
    rest_of_it = {key: value for key, value in typed.items() if not key.startswith("sources")}
    return {**rest_of_it, "sources": [row for row in filled if row]}


def _licence_form(id: str, typed: DataDict, error: tk.ValidationError | None = None) -> str:
    """Render the question with what the sources say to each answer."""
    page = _page(id)
    sources = typed.get("sources", page["proposed"].get("sources") or [])
    offered = [each["id"] for each in tk.h.opengov_licences(page["proposed"].get("license_id"))]
    fits = {each: _check(sources, each) for each in offered} if sources else {}
    return _form(id, "licence", typed, error, fits=fits, of_files=_of_files(page, sources))


def _of_files(page: dict[str, Any], sources: list[DataDict]) -> list[dict[str, Any]]:
    """Return the files that have another licence than the dataset, if the sources forbid it."""
    own = [each for each in page["resources"] if each.get("license_id")] if sources else []
    found = [{"file": each, **_check(sources, each["license_id"])} for each in own]
    return [each for each in found if not each["compatible"]]


def _check(sources: list[DataDict], candidate: str) -> dict[str, Any]:
    asked = {"sources": sources, "candidate": candidate}
    try:
        return dict(tk.get_action("opengov_licence_check")({}, asked))
    except tk.ValidationError:
        # What is wrong with it is told when it is saved.
        return {"compatible": False, "answer": "not-sure", "reasons": [], "ask": None}


def _reasons_against(id: str, changes: DataDict) -> list[str]:
    """Return why the sources forbid the licence; a doubt is left to the reviewer."""
    stored = _page(id)["proposed"].get("sources") or []
    sources, candidate = changes.get("sources", stored), changes.get("license_id")
    found = _check(sources, str(candidate)) if candidate and sources else {"reasons": []}
    return [
        f"{each['title']}: {each['message']}" if each["title"] else each["message"]
        for each in found["reasons"]
        if each["answer"] == "no"
    ]


@publish.route("/dataset/<id>/publish/submit", methods=["GET", "POST"])
def submit(id: str) -> ResponseReturnValue:
    """Show everything once more, and hand it over."""
    page = _page(id)
    if page["place"]["state"] in ("submitted", "scheduled"):
        return tk.redirect_to("opengov_publish.done", id=id)
    page["licence"] = page["place"]["licence"]
    page["has_changes"] = not page["is_change"] or page["place"]["revision"] is not None
    if request.method == "POST" and page["has_changes"]:
        try:
            tk.get_action("opengov_dataset_submit")({}, {"id": id})
        except tk.ValidationError as error:
            errors = {"errors": error.error_dict, "error_summary": error.error_summary}
            return tk.render("opengov/publish/submit.html", {**page, **errors}), UNPROCESSABLE
        except tk.NotAuthorized:
            return tk.abort(403, tk._("You may not do this."))
        return tk.redirect_to("opengov_publish.done", id=id)
    return tk.render("opengov/publish/submit.html", page)


@publish.get("/dataset/<id>/publish/done")
def done(id: str) -> ResponseReturnValue:
    """Say what happens next."""
    page = _page(id)
    if page["place"]["state"] in ("draft", "returned"):
        return tk.redirect_to("opengov_publish.tasks", id=id)
    return tk.render("opengov/publish/done.html", page)


@publish.route("/dataset/<id>/publish/file", methods=["GET", "POST"], endpoint="new_file")
@publish.route("/dataset/<id>/publish/file/<resource_id>", methods=["GET", "POST"], endpoint="file")
def file(id: str, resource_id: str = "") -> ResponseReturnValue:
    """Ask for a file, or for another in the place of one."""
    if request.method == "POST":
        typed = forms.read_form()
        try:
            saved = _save_file(id, resource_id, typed)
        except tk.ValidationError as error:
            return _file_form(id, resource_id, typed, error), UNPROCESSABLE
        except tk.NotAuthorized:
            return tk.abort(403, tk._("You may not do this."))
        if saved.get("url_type") == "upload":
            return tk.redirect_to("opengov_findings.show", id=id, resource_id=saved["id"])
        return tk.redirect_to("opengov_publish.tasks", id=id)
    return _file_form(id, resource_id, forms.joined(kept.kept() or {}))


@publish.route("/dataset/<id>/publish/file/<resource_id>/remove", methods=["GET", "POST"])
def remove(id: str, resource_id: str) -> ResponseReturnValue:
    """Ask once more, then take the file out."""
    page = _page(id)
    resource = _resource(page, resource_id)
    if request.method != "POST":
        return tk.render("opengov/publish/remove.html", {**page, "resource": resource})
    try:
        if page["is_change"]:
            left = [each for each in page["resources"] if each["id"] != resource_id]
            tk.get_action("opengov_revision_create")({}, {"id": id, "resources": left})
        else:
            tk.get_action("resource_delete")({}, {"id": resource_id})
    except tk.ValidationError as error:
        values = {**page, "resource": resource, "error_summary": error.error_summary}
        return tk.render("opengov/publish/remove.html", values), UNPROCESSABLE
    return tk.redirect_to("opengov_publish.tasks", id=id)


@publish.post("/dataset/<id>/publish/file/<resource_id>/declare")
def declare(id: str, resource_id: str) -> ResponseReturnValue:
    """Let the file declare a schema of the catalogue, or none; it is then checked again."""
    ref = request.form.get("schema_ref", "")
    try:
        _save_file(id, resource_id, {"schema_ref": ref} if ref else {**NO_SCHEMA})
    except tk.ValidationError as error:
        return _tasks(id, error), UNPROCESSABLE
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You may not do this."))
    return tk.redirect_to("opengov_findings.show", id=id, resource_id=resource_id)


@publish.post("/dataset/<id>/publish/file/<resource_id>/move/<any(up, down):to>")
def move(id: str, resource_id: str, to: str) -> ResponseReturnValue:
    """Let the file come one place earlier or later; the first and the last stay."""
    page = _page(id)
    files = page["resources"]
    place = files.index(_resource(page, resource_id))
    other = max(place - 1, 0) if to == "up" else min(place + 1, len(files) - 1)
    files[place], files[other] = files[other], files[place]
    try:
        if page["is_change"]:
            tk.get_action("opengov_revision_create")({}, {"id": id, "resources": files})
        else:
            order = [each["id"] for each in files]
            tk.get_action("package_resource_reorder")({}, {"id": id, "order": order})
    except tk.ValidationError as error:
        return _tasks(id, error), UNPROCESSABLE
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You may not do this."))
    return tk.redirect_to("opengov_publish.tasks", id=id, _anchor=f"file-{resource_id}")


def _page(id: str) -> dict[str, Any]:
    """Return what every page about a dataset shows: as it is, and as it will be."""
    place = tk.get_action("opengov_review_show")({}, {"id": id})
    dataset = tk.get_action("package_show")({}, {"id": id})
    changes = dict(place["revision"]["changes"]) if place["revision"] else {}
    proposed = {**dataset, **changes}
    return {
        "place": place,
        "pkg_dict": dataset,
        "dataset_type": dataset["type"],
        "proposed": proposed,
        "resources": list(proposed["resources"]),
        "is_change": dataset["state"] == "active",
        "can_edit": place["state"] in ("draft", "returned", "published"),
        "errors": {},
        "error_summary": {},
    }


def _form(
    id: str, name: str, typed: DataDict, error: tk.ValidationError | None = None, **more: Any
) -> str:
    """Render a form with what is stored, and over it what was typed."""
    page = {**_page(id), **more}
    page["seen"] = forms.fingerprint(_without(page["proposed"], "resources"))
    page["data"] = _over(page["proposed"], typed)
    if "tag_string" not in typed:
        page["data"]["tag_string"] = ", ".join(tag["name"] for tag in page["proposed"]["tags"])
    if error:
        page |= {"errors": error.error_dict, "error_summary": error.error_summary}
    return tk.render(f"opengov/publish/{name}.html", page)


def _save(id: str, typed: DataDict, changes: DataDict, name: str) -> ResponseReturnValue:
    """Store what was typed, unless somebody stored something else since the form was shown."""
    page = _page(id)
    seen = forms.fingerprint(_without(page["proposed"], "resources"))
    if request.form.get("seen", seen) != seen:
        values = {**page, "data": _over(page["proposed"], typed), "seen": seen, "changed": True}
        return tk.render(f"opengov/publish/{name}.html", values), 409
    action = "opengov_revision_create" if page["is_change"] else "package_patch"
    try:
        tk.get_action(action)({}, {**changes, "id": page["pkg_dict"]["id"]})
    except tk.ValidationError as error:
        if name == "licence":
            return _licence_form(id, typed, error), UNPROCESSABLE
        return _form(id, name, typed, error), UNPROCESSABLE
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You may not do this."))
    name = tk.get_action("package_show")({}, {"id": page["pkg_dict"]["id"]})["name"]
    return tk.redirect_to("opengov_publish.tasks", id=name)


def _file_form(
    id: str, resource_id: str, typed: DataDict, error: tk.ValidationError | None = None
) -> str:
    page = _page(id)
    resource = _resource(page, resource_id) if resource_id else {}
    if error:
        page |= {"errors": _errors_of_file(error, page, resource_id)}
        page["error_summary"] = page["errors"]
    values = {**page, "resource": resource, "data": _over(resource, _without(typed, "upload"))}
    return tk.render("opengov/publish/file.html", values)


def _errors_of_file(
    error: tk.ValidationError, page: dict[str, Any], resource_id: str
) -> dict[str, Any]:
    """Return what is wrong with this file, out of what is wrong with the dataset."""
    listed = error.error_dict.get("resources")
    ids = [each["id"] for each in page["resources"]]
    place = ids.index(resource_id) if resource_id in ids else len(ids)
    if isinstance(listed, list) and place < len(listed) and isinstance(listed[place], dict):
        return cast(dict[str, Any], listed[place])
    return {name: each for name, each in error.error_dict.items() if name != "__codes"}


def _save_file(id: str, resource_id: str, typed: DataDict) -> dict[str, Any]:
    """Store a file and what is said of it; return its resource."""
    page = _page(id)
    package_id, upload_id = page["pkg_dict"]["id"], typed.pop("upload_id", "")
    if upload_id:
        typed["upload_id"] = upload_id
    elif not typed.get("upload"):
        typed.pop("upload", None)
        if not resource_id and not typed.get("url"):
            raise tk.ValidationError(
                {"upload": [tk._("Choose a file, or give the address of one.")]}
            )
    kept_resource = _resource(page, resource_id) if resource_id else {}
    resource = {**kept_resource, **typed}
    if page["is_change"]:
        saved = _save_in_revision(page, resource_id, resource)
    elif resource_id:
        saved = tk.get_action("resource_patch")({}, {**typed, "id": resource_id})
    else:
        saved = tk.get_action("resource_create")({}, {**typed, "package_id": package_id})
    if upload_id:
        tk.get_action("opengov_upload_delete")({}, {"id": upload_id})
    return dict(saved)


def _save_in_revision(
    page: dict[str, Any], resource_id: str, resource: dict[str, Any]
) -> dict[str, Any]:
    resources = page["resources"]
    ids = [each["id"] for each in resources]
    place = ids.index(resource_id) if resource_id else len(ids)
    resources[place : place + 1] = [resource]
    asked = {"id": page["pkg_dict"]["id"], "resources": resources}
    revision = tk.get_action("opengov_revision_create")({}, asked)
    return dict(revision["changes"]["resources"][place])


def _resource(page: dict[str, Any], resource_id: str) -> dict[str, Any]:
    for each in page["resources"]:
        if each["id"] == resource_id:
            return dict(each)
    return cast(dict[str, Any], tk.abort(404, tk._("Resource not found")))


def _over(stored: DataDict, typed: DataDict) -> DataDict:
    """Return what is stored with what was typed over it: what was emptied stays empty."""
    # CKAN's own field would stand in for texts that are in no language any more.
    emptied = {name.removesuffix(SUFFIX): "" for name in typed if name.endswith(SUFFIX)}
    return {**stored, **emptied, **typed}


def _without(values: DataDict, *names: str) -> DataDict:
    return {name: value for name, value in values.items() if name not in names}


page_of = _page

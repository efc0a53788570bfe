"""The catalogue of schemas, for people and as files."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchError
from ckan.lib.search.common import SolrConnectionError

from ckanext.opengov.logic.schemas import sample_of
from ckanext.opengov.shared.web import csrf

schemas = Blueprint("opengov_schemas", __name__)
schemas.before_request(csrf.need_token)

SHOWN_DATASETS, MOST_LISTED = 20, 100
UNPROCESSABLE = 422


@schemas.get("/schema")
def index() -> ResponseReturnValue:
    """List the schemas, or those with the words that are sought."""
    words = request.args.get("q", "").strip()
    asked = {"q": words, "cursor": request.args.get("cursor")}
    try:
        found = tk.get_action("opengov_schema_list")({}, asked)
    except tk.ValidationError:
        return tk.redirect_to("opengov_schemas.index", q=words)
    values = {"q": words, "found": found, "drafts": _drafts(words)}
    return tk.render("opengov/schemas/index.html", values)


def _drafts(words: str) -> list[dict[str, Any]]:
    """Return the drafts, to those who may see them."""
    try:
        asked = {"drafts": True, "q": words, "limit": MOST_LISTED}
        return list(tk.get_action("opengov_schema_list")({}, asked)["results"])
    except tk.NotAuthorized:
        return []


@schemas.get("/schema/<name>")
@schemas.get("/schema/<name>/<version>")
def show(name: str, version: str = "") -> ResponseReturnValue:
    """Show a version of a schema, by default the newest, and who keeps to it."""
    return _page(name, version)


@schemas.post("/schema/<name>/<version>/<any(publish, deprecate, restore):step>")
def take(name: str, version: str, step: str) -> ResponseReturnValue:
    """Publish or deprecate a version, or propose it again."""
    given = {"ref": f"{name}@{version}", "successor": request.form.get("successor", "")}
    try:
        tk.get_action(f"opengov_schema_{step}")({}, given)
    except tk.ValidationError as error:
        return _page(name, version, error.error_summary), UNPROCESSABLE
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You may not do this."))
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("Schema not found"))
    return tk.redirect_to("opengov_schemas.show", name=name, version=version)


def _page(name: str, version: str, errors: Any = None) -> str:
    schema = _schema(name, version)
    asked = {"fq": f'vocab_schema_ref:"{schema["ref"]}"', "rows": SHOWN_DATASETS}
    try:
        datasets = tk.get_action("package_search")({}, asked)
    except (SearchError, SolrConnectionError):
        datasets = None
    values = {"schema": schema, "datasets": datasets, "sample": sample_of(schema["ref"])}
    if "deprecate" in schema["steps"]:
        listed = tk.get_action("opengov_schema_list")({}, {"limit": MOST_LISTED})["results"]
        values["others"] = [each for each in listed if each["state"] == "published"]
    values |= {"errors": errors or {}, "successor": request.form.get("successor", "")}
    return tk.render("opengov/schemas/show.html", values)


@schemas.get("/schema/<name>/<version>/schema.json")
def descriptor(name: str, version: str) -> Response:
    """Send the Table Schema, which never changes."""
    content = json.dumps(_schema(name, version)["schema"], ensure_ascii=False, indent=2)
    return _for_good(Response(content + "\n", mimetype="application/json"))


@schemas.get("/schema/<name>/<version>/valid.csv")
def sample(name: str, version: str) -> Response:
    """Send a file that keeps to the schema."""
    text = sample_of(_schema(name, version)["ref"])
    if not text:
        return tk.abort(404, tk._("Schema not found"))
    answer = Response(text, mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{name}-{version}.csv")
    return _for_good(answer)


def _for_good(answer: Response) -> Response:
    # Programs of other sites read schemas.
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


def _schema(name: str, version: str) -> dict[str, Any]:
    try:
        return dict(tk.get_action("opengov_schema_show")({}, {"name": name, "version": version}))
    except tk.ObjectNotFound:
        return dict(tk.abort(404, tk._("Schema not found")))

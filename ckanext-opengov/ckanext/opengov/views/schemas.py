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

schemas = Blueprint("opengov_schemas", __name__)

SHOWN_DATASETS = 20


@schemas.get("/schema")
def index() -> ResponseReturnValue:
    """List the schemas, or those with the words that are sought."""
    words = request.args.get("q", "").strip()
    asked = {"q": words, "cursor": request.args.get("cursor")}
    try:
        found = tk.get_action("opengov_schema_list")({}, asked)
    except tk.ValidationError:
        return tk.redirect_to("opengov_schemas.index", q=words)
    return tk.render("opengov/schemas/index.html", {"q": words, "found": found})


@schemas.get("/schema/<name>")
@schemas.get("/schema/<name>/<version>")
def show(name: str, version: str = "") -> str:
    """Show a version of a schema, by default the newest, and who keeps to it."""
    schema = _schema(name, version)
    asked = {"fq": f'vocab_schema_ref:"{schema["ref"]}"', "rows": SHOWN_DATASETS}
    try:
        datasets = tk.get_action("package_search")({}, asked)
    except (SearchError, SolrConnectionError):
        datasets = None
    values = {"schema": schema, "datasets": datasets, "sample": sample_of(schema["ref"])}
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

"""Writes the description of the API, in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.opengov import config
from ckanext.opengov.logic.openapi import registry
from ckanext.opengov.logic.openapi.shapes import Schema, ref, shapes
from ckanext.opengov.shared import site
from ckanext.opengov.shared.domain.public_api import MAX_NUMBER, Parameter, PublicAction
from ckanext.opengov.shared.domain.wording import N_

OPENAPI = "3.1.1"
ABOUT = N_(
    "Read the datasets of the portal, the rows of their tables and the register of licences."
    " No account is needed to read."
)
ERRORS = {
    400: N_("The request cannot be read."),
    403: N_("This is not for everyone."),
    404: N_("There is no such thing, or it is not public."),
    409: N_("A value is missing or does not fit; the error says which."),
}
ALWAYS = (400, 403, 409)
JSON = "application/json"


def document() -> Schema:
    """Return the description of the public API as OpenAPI 3.1."""
    groups = dict.fromkeys(action.group for action in registry.ACTIONS)
    return {
        "openapi": OPENAPI,
        "info": {
            "title": tk._("The API of {site}").format(site=site.name(tk.h.lang())),
            "description": tk._(ABOUT),
            "version": version("opengov-suite"),
        },
        "servers": [{"url": tk.config["ckan.site_url"].rstrip("/")}],
        "tags": [{"name": tk._(group)} for group in groups],
        "paths": {path_of(action): {"get": _operation(action)} for action in registry.ACTIONS},
        "components": {
            "schemas": _said(shapes()),
            "parameters": {"Language": _language()},
        },
    }


def path_of(action: PublicAction) -> str:
    """Return the path of an action."""
    return f"/api/3/action/{action.name}"


def _operation(action: PublicAction) -> Schema:
    parameters = [_parameter(each) for each in registry.parameters_of(action)]
    codes = sorted({*ALWAYS, *action.codes})
    return {
        "operationId": action.name,
        "tags": [tk._(action.group)],
        "summary": tk._(action.title),
        "description": tk._(registry.text_of(action)),
        "parameters": [*parameters, {"$ref": "#/components/parameters/Language"}],
        "responses": {
            "200": {
                "description": tk._("The answer is in the field result."),
                "content": {JSON: {"schema": _answer(action.answer)}},
            },
            **{str(code): _error(code) for code in codes},
        },
    }


def _answer(shape: str) -> Schema:
    return {
        "type": "object",
        "required": ["success", "result"],
        "properties": {
            "help": {"type": "string"},
            "success": {"const": True},
            "result": ref(shape),
        },
    }


def _error(code: int) -> Schema:
    schema = ref("Error")
    if code == min(ERRORS):
        schema = {"anyOf": [schema, {"type": "string"}]}
    return {"description": tk._(ERRORS[code]), "content": {JSON: {"schema": schema}}}


def _parameter(parameter: Parameter) -> Schema:
    described: Schema = {
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "description": tk._(parameter.text),
    }
    schema = _schema(parameter)
    if parameter.example is not None:
        described["example"] = parameter.example
    if parameter.kind in ("list", "object"):
        described["content"] = {JSON: {"schema": schema}}
        if parameter.example is not None:
            described["content"][JSON]["example"] = json.loads(described.pop("example"))
        return described
    return {**described, "schema": schema}


def _schema(parameter: Parameter) -> Schema:
    kinds = {"strings": "array", "entries": "array", "list": "array", "words": "string"}
    schema: Schema = {"type": kinds.get(parameter.kind, parameter.kind)}
    if schema["type"] == "array":
        schema["items"] = {"type": "string"}
    if parameter.kind == "integer":
        schema["minimum"] = parameter.minimum
        schema["maximum"] = tk.config[parameter.cap] if parameter.cap else MAX_NUMBER
    if parameter.choices:
        schema["enum"] = list(parameter.choices)
    if parameter.default is not None:
        schema["default"] = parameter.default
    if parameter.kind == "string" and parameter.required:
        schema["minLength"] = 1
    return schema


def _language() -> Schema:
    return {
        "name": "Accept-Language",
        "in": "header",
        "required": False,
        "description": tk._("Language of the texts of the portal and of its errors."),
        "schema": {"type": "string", "enum": config.languages()},
    }


def _said(shape: Any) -> Any:
    """Return a copy whose descriptions are in the reader's language."""
    if isinstance(shape, Mapping):
        return {
            key: tk._(value) if key == "description" and isinstance(value, str) else _said(value)
            for key, value in shape.items()
        }
    return [_said(each) for each in shape] if isinstance(shape, list) else shape

"""Reads the documentation of the suite's own actions."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

from ckanext.opengov.shared.domain.public_api import Parameter

KINDS = {
    "str": "string",
    "int": "integer",
    "bool": "boolean",
    "list of str": "strings",
    "list": "entries",
}
ARGUMENT = re.compile(r"^    (\w+) \(([\w ]+)(, optional)?\): (.+(?:\n {8}.+)*)", re.M)


def text_of(function: Callable[..., Any]) -> str:
    """Return the documentation without its list of arguments, as one paragraph of plain text."""
    text = (inspect.getdoc(inspect.unwrap(function)) or "").split("\n\nArgs:")[0]
    return " ".join(text.replace("``", "").split())


def parameters_of(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    """Return the arguments that the documentation lists."""
    text = inspect.getdoc(inspect.unwrap(function)) or ""
    return tuple(
        Parameter(
            name, " ".join(said.replace("``", "").split()), KINDS[kind], required=not optional
        )
        for name, kind, optional, said in ARGUMENT.findall(text.partition("\n\nArgs:")[2])
    )

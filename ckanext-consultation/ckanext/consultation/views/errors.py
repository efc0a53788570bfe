"""What is wrong with a form, as its page shows it."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk


def forbidden() -> ResponseReturnValue:
    """Answer that this is not for the reader: an error raised from a handler would be a fault."""
    said = {"code": 403, "name": "Forbidden", "content": tk._("You may not do this.")}
    return tk.render("error_document_template.html", said), 403


def sentences(error: tk.ValidationError) -> dict[str, str]:
    """Return what is wrong, a sentence for each field, as people say it who see no codes."""
    found: dict[str, Any] = dict(error.error_dict)
    codes = found.pop("__codes", None) or {}
    plain = {
        "not-a-time": tk._("Give the day and the time."),
        "unknown-choice": tk._("Choose one of those offered."),
        "unknown-decision": tk._("Choose a decision."),
    }
    return {
        name: next((plain[code] for code in codes.get(name, ()) if code in plain), _joined(each))
        for name, each in found.items()
    }


def _joined(said: Any) -> str:
    return said if isinstance(said, str) else " ".join(map(str, said))

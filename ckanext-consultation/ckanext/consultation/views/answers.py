"""The pages on which everyone reads what was heard, and what became of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

consultation_answers = Blueprint("consultation_answers", __name__, url_prefix="/consultation")


@consultation_answers.get("/<name>/results")
def results(name: str) -> ResponseReturnValue:
    """Show the replies, what they decided and changed, and who took part."""
    return tk.render("consultation/answers/results.html", _page(name))


@consultation_answers.get("/<name>/heard")
def heard(name: str) -> ResponseReturnValue:
    """Show what people said, theme by theme."""
    return tk.render("consultation/answers/heard.html", _page(name))


@consultation_answers.get("/<name>/theme/<theme_id>")
def theme(name: str, theme_id: str) -> ResponseReturnValue:
    """Show one theme with its comments."""
    page = _page(name)
    chosen = next((each for each in page["found"]["themes"] if each["id"] == theme_id), None)
    if chosen is None:
        return tk.abort(404, tk._("Theme not found"))
    asked = {"consultation_id": page["consultation"]["id"], "theme_id": theme_id}
    try:
        thread = tk.get_action("consultation_theme_comment_list")(
            {}, {**asked, "cursor": request.args.get("cursor")}
        )
    except tk.ValidationError:
        return tk.redirect_to("consultation_answers.theme", name=name, theme_id=theme_id)
    values = {**page, "theme": chosen, "thread": thread}
    return tk.render("consultation/answers/theme.html", values)


def _page(name: str) -> dict[str, Any]:
    shown = tk.get_action("consultation_show")({}, {"id": name})
    found = tk.get_action("consultation_results_show")({}, {"id": shown["id"]})
    return {"consultation": shown, "found": found}

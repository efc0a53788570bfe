"""The questions of a form as the fields of a page: a row for each, and some that are empty."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ckanext.opengov.shared import readers
from ckanext.opengov.shared.domain.wording import N_

KINDS = {
    "text": N_("A short text"),
    "long-text": N_("A long text"),
    "choice": N_("One of several"),
    "choices": N_("Some of several"),
    "yes-no": N_("Yes or no"),
    "number": N_("A number"),
    "date": N_("A day"),
    "place": N_("A place"),
}
WITH_CHOICES = ("choice", "choices")
EMPTY_ROWS = 2
MOST_ROWS = 40
ROW = re.compile(r"q(\d{1,2})-kind")

Row = dict[str, Any]


def rows_of(questions: list[dict[str, Any]]) -> list[Row]:
    """Return questions as rows to change, and empty ones to fill."""
    rows = [
        {
            **each,
            "options": {
                lang: "\n".join(choice["label"].get(lang, "") for choice in each.get("choices", ()))
                for lang in readers.languages()
            },
        }
        for each in questions
    ]
    return [*rows, *_empty(EMPTY_ROWS)]


def _empty(number: int) -> list[Row]:
    return [
        {"id": "", "kind": "text", "label": {}, "help": {}, "options": {}} for _ in range(number)
    ]


def typed_rows(form: Mapping[str, str]) -> list[Row]:
    """Return the rows as somebody filled them in; those that say nothing go to the end."""
    numbers = sorted(int(found[1]) for name in form if (found := ROW.fullmatch(name)))[:MOST_ROWS]
    rows = [_typed(form, f"q{number}-") for number in numbers]
    return [*(row for row in rows if any(row["label"].values())), *_empty(EMPTY_ROWS)]


def _typed(form: Mapping[str, str], row: str) -> Row:
    texts = {
        part: {lang: form.get(f"{row}{part}-{lang}", "").strip() for lang in readers.languages()}
        for part in ("label", "help", "options")
    }
    kind, id_ = form.get(f"{row}kind", ""), form.get(f"{row}id", "")
    return {"id": id_, "kind": kind, "required": bool(form.get(f"{row}required")), **texts}


def questions_of(rows: list[Row]) -> list[dict[str, Any]]:
    """Return the questions that the rows ask; one without a label is left out."""
    asked = [row for row in rows if any(row["label"].values())]
    taken = {row["id"] for row in asked}
    free = (name for number in range(1, 100) if (name := f"question-{number}") not in taken)
    return [_question(row, row["id"] or next(free)) for row in asked]


def _question(row: Row, id_: str) -> dict[str, Any]:
    question: dict[str, Any] = {
        "id": id_,
        "kind": row["kind"],
        "label": _given(row["label"]),
        "required": bool(row.get("required")),
    }
    if hint := _given(row.get("help") or {}):
        question["help"] = hint
    if row["kind"] in WITH_CHOICES:
        question["choices"] = _choices(row["options"])
    return question


def _choices(options: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return choices from texts with a line for each, the same line in every language."""
    lines = {lang: text.splitlines() for lang, text in options.items()}
    longest = max(map(len, lines.values()), default=0)
    labels = (
        _given({lang: text[at] if at < len(text) else "" for lang, text in lines.items()})
        for at in range(longest)
    )
    found = [label for label in labels if label]
    return [{"code": f"choice-{at}", "label": label} for at, label in enumerate(found, start=1)]


def _given(texts: Mapping[str, str]) -> dict[str, str]:
    return {lang: text.strip() for lang, text in texts.items() if text.strip()}

"""How public bodies keep their dates: a page for everyone, and its numbers as a file."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.complaints.views import shell
from ckanext.opengov.shared.web.conditional import anyone, conditional

complaints_statistics = Blueprint("complaints_statistics", __name__, url_prefix="/complaints")

COUNTS = ("received", "answered", "due", "in_time", "appeals", "ratings")
MEANS = ("share", "median_days", "score")
COLUMNS = ("quarter", "body", "title", *COUNTS, *MEANS)
FEW, WITHHELD = "<10", "withheld"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@complaints_statistics.get("/statistics")
def show() -> ResponseReturnValue:
    """Show the figures of a quarter, the last one by default."""
    return shell.answer("statistics", found=_found())


@complaints_statistics.get("/statistics.csv")
def file() -> Response:
    """Give the figures of a quarter out as a file."""
    found = _found()
    response = conditional([found], lambda: _as_csv(found), "text/csv")
    name = f"complaints-{found['quarter'] or 'none'}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _found() -> dict[str, Any]:
    wished = request.args.get("quarter", "")
    try:
        return dict(tk.get_action("complaint_statistics")(anyone(), {"quarter": wished}))
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("There are no figures of this quarter."))


def _as_csv(found: dict[str, Any]) -> str:
    out = io.StringIO()
    # Without the mark, spreadsheets take UTF-8 for something else.
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in found["results"]:
        title = tk.h.complaints_body_title(row)
        cells = [FEW if row[name] is None else row[name] for name in COUNTS]
        writer.writerow([found["quarter"], row["name"], _harmless(title), *cells, *_means(row)])
    if found["total"]:
        total = found["total"]
        cells = [_total(found, name) for name in COUNTS]
        writer.writerow([found["quarter"], "", tk._("All bodies"), *cells, *_means(total)])
    return out.getvalue()


def _total(found: dict[str, Any], name: str) -> Any:
    if name in found["withheld"]:
        return WITHHELD
    value = found["total"][name]
    return FEW if value is None else value


def _means(row: dict[str, Any]) -> list[Any]:
    return ["" if row[name] is None else row[name] for name in MEANS]


def _harmless(cell: str) -> str:
    """Return a cell that no spreadsheet runs."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell

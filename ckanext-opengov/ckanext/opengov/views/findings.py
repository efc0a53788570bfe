"""The page on which people read what the check of a file found."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.opengov.shared.web import csrf
from ckanext.opengov.views.hiding import only_its_people

findings = Blueprint("opengov_findings", __name__)
findings.before_request(csrf.need_token)
findings.before_request(only_its_people)

CHOICES = ("code", "field")
EDITABLE = ("draft", "returned", "published")
"""States in which another file may be sent."""
SHOWN = 5
"""Findings of each kind on the page of all kinds."""
LISTED = 50
LINES_OF_A_CHUNK = 500
COLUMNS = ("code", "severity", "row", "field", "cell", "message")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@findings.get("/dataset/<id>/review/check/<resource_id>")
def show(id: str, resource_id: str) -> ResponseReturnValue:
    """Show how far the check is, or what it found: all kinds, or all rows of one kind."""
    place, report = tk.get_action("opengov_review_show")({}, {"id": id}), _report(resource_id)
    chosen = {name: request.args[name] for name in CHOICES if request.args.get(name)}
    values: dict[str, Any] = {
        "report": report,
        "chosen": chosen,
        "file": _file(place, resource_id),
        "can_edit": place["state"] in EDITABLE,
    }
    if chosen and "verdict" in report:
        place = {"cursor": request.args.get("cursor"), "limit": LISTED}
        try:
            values["found"] = _list(resource_id, **chosen, **place)
        except tk.ValidationError:
            return tk.redirect_to("opengov_findings.show", id=id, resource_id=resource_id)
    elif "verdict" in report:
        values["kinds"] = _kinds(report)
    values["pkg_dict"] = tk.get_action("package_show")({}, {"id": id})
    return tk.render("opengov/findings.html", values)


@findings.post("/dataset/<id>/review/check/<resource_id>")
def run(id: str, resource_id: str) -> ResponseReturnValue:
    """Check the file again."""
    try:
        tk.get_action("opengov_validation_run")({}, {"resource_id": resource_id})
    except (tk.ObjectNotFound, tk.ValidationError):
        return tk.abort(404, tk._("Resource not found"))
    return tk.redirect_to("opengov_findings.show", id=id, resource_id=resource_id)


@findings.get("/dataset/<id>/review/check/<resource_id>/findings.<any(csv, json):format>")
def download(id: str, resource_id: str, format: str) -> ResponseReturnValue:
    """Send all findings that are kept, or those of one kind, as a file."""
    place = tk.get_action("opengov_review_show")({}, {"id": id})
    file, report = _file(place, resource_id), _report(resource_id)
    if "verdict" not in report:
        return tk.abort(404, tk._("This file has not been checked."))
    chosen = {name: request.args[name] for name in CHOICES if request.args.get(name)}
    found = _chosen(report["findings"], chosen)
    lines = _as_csv(found) if format == "csv" else _as_json(found)
    kind = "text/csv" if format == "csv" else "application/json"
    # The report, which keeps MAX_FINDINGS at most, was read: nothing fails after the headers.
    answer = Response(_in_chunks(lines), mimetype=kind)
    name = f"{file['name'].rpartition('.')[0] or file['name']}-findings.{format}"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _file(place: dict[str, Any], resource_id: str) -> dict[str, Any]:
    """Return the file under review; 404 where the dataset has no such file."""
    for file in place["files"]:
        if file["resource_id"] == resource_id:
            return dict(file)
    return dict(tk.abort(404, tk._("Resource not found")))


def _report(resource_id: str) -> dict[str, Any]:
    try:
        return dict(tk.get_action("opengov_validation_show")({}, {"resource_id": resource_id}))
    except tk.ObjectNotFound:
        return dict(tk.abort(404, tk._("This file has not been checked.")))


def _kinds(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the kinds of findings, what blocks first, each with its first findings."""
    kinds = []
    for count in report["counts"]:
        kind = (count["code"], count["field"])
        alike = [each for each in report["findings"] if (each["code"], each["field"]) == kind]
        kinds.append({**count, "sample": alike[:SHOWN]})
    return sorted(kinds, key=lambda kind: kind["severity"] != "error")


def _list(resource_id: str, **options: Any) -> dict[str, Any]:
    wanted = {"resource_id": resource_id, **options}
    return dict(tk.get_action("opengov_validation_finding_list")({}, wanted))


def _chosen(findings: list[dict[str, Any]], chosen: dict[str, str]) -> Iterator[dict[str, Any]]:
    for each in findings:
        if all(each[name] == value for name, value in chosen.items()):
            yield each


def _in_chunks(lines: Iterator[str]) -> Iterator[str]:
    """Yield the lines some hundreds at a time, so that the whole file never lies in memory."""
    while chunk := "".join(itertools.islice(lines, LINES_OF_A_CHUNK)):
        yield chunk


def _as_csv(found: Iterator[dict[str, Any]]) -> Iterator[str]:
    # Without the mark, spreadsheets take UTF-8 for something else.
    yield "\ufeff" + _line(COLUMNS)
    for finding in found:
        yield _line([_harmless(finding[name]) for name in COLUMNS])


def _line(cells: Any) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _harmless(cell: Any) -> Any:
    """Return a cell that no spreadsheet runs."""
    is_formula = isinstance(cell, str) and cell.startswith(FORMULA_STARTS)
    return f"'{cell}" if is_formula else cell


def _as_json(found: Iterator[dict[str, Any]]) -> Iterator[str]:
    yield "["
    for number, finding in enumerate(found):
        yield (",\n" if number else "\n") + json.dumps(finding, ensure_ascii=False)
    yield "\n]\n"

"""The page on which people read what the check of a file found, and accept repairs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, request, send_file
from flask.typing import ResponseReturnValue

import ckan.plugins.toolkit as tk

from ckanext.opengov import storage
from ckanext.opengov.shared.web import csrf
from ckanext.opengov.shared.web.attachments import attachment
from ckanext.opengov.validation.repairs.steps import ENCODINGS
from ckanext.opengov.validation.report import nameless
from ckanext.opengov.views import finding_files
from ckanext.opengov.views.hiding import only_its_people

findings = Blueprint("opengov_findings", __name__)
findings.before_request(csrf.need_token)
findings.before_request(only_its_people)

CHOICES = ("code", "field")
EDITABLE = ("draft", "returned", "published")
"""States in which another file may be sent."""
SHOWN = 5
"""Findings of each kind on the page of all kinds."""
BESIDE = 2
"""Columns beside that of a finding, to know its row by."""
LISTED = 50
LINES_OF_A_CHUNK = 500
KINDS = {
    "csv": "text/csv",
    "json": "application/json",
    "report.json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Files that the findings come as, by the ends of their names."""
MAX_CARDS, FEW_CARDS = 5, 3
"""Columns with one cause that are shown with their rows; of more columns, the first few."""
OF_CELLS = frozenset({"digits", "number", "date", "type"})
MENDED_BY = {
    "format-mismatch": frozenset({"format"}),
    "wrong-format": frozenset({"format"}),
    "blank-row": frozenset({"blank-rows"}),
    "blank-label": frozenset({"header", "blank-columns"}),
    "blank-header": frozenset({"header"}),
    "duplicate-label": frozenset({"header"}),
    "header-below": frozenset({"header"}),
    "header-lines": frozenset({"header"}),
    "hidden-characters": frozenset({"trim"}),
    "extra-cell": frozenset({"header"}),
    "missing-cell": frozenset({"header"}),
    "missing-label": frozenset({"header", "trim"}),
    "incorrect-label": frozenset({"header", "trim"}),
}
"""Which repairs help against which findings, beside those of the cells of a column."""
BAD_REQUEST, CONFLICT = 400, 409
READ_BY = ("sheet", "encoding", "delimiter", "row", "header_rows")
"""What somebody may choose of how a file is read."""


@findings.get("/dataset/<id>/review/check/<resource_id>")
def show(id: str, resource_id: str) -> ResponseReturnValue:
    """Show how far the check is, or what it found: all kinds, or all rows of one kind."""
    return _page(id, resource_id)


def _page(id: str, resource_id: str, errors: Any = None, status: int = 200) -> ResponseReturnValue:
    place, report = tk.get_action("opengov_review_show")({}, {"id": id}), _report(resource_id)
    chosen = {name: request.args[name] for name in CHOICES if request.args.get(name)}
    values: dict[str, Any] = {
        "report": report,
        "chosen": chosen,
        "labels": labels_of(report),
        "encodings": ENCODINGS,
        "file": _file(place, resource_id),
        "can_edit": place["state"] in EDITABLE,
        "repairs": tk.get_action("opengov_repair_list")({}, {"resource_id": resource_id}),
        "error_summary": errors or {},
    }
    if chosen and "verdict" in report:
        try:
            values["found"] = _list(resource_id, **chosen, cursor=request.args.get("cursor"))
        except tk.ValidationError as error:
            values["error_summary"], status = error.error_summary, BAD_REQUEST
            values["found"] = _list(resource_id, **chosen)
    elif "verdict" in report:
        values["kinds"] = _kinds(report, values["repairs"]["proposals"])
    values["pkg_dict"] = tk.get_action("package_show")({}, {"id": id})
    return tk.render("opengov/findings.html", values), status


@findings.post("/dataset/<id>/review/check/<resource_id>")
def run(id: str, resource_id: str) -> ResponseReturnValue:
    """Check the file again."""
    try:
        tk.get_action("opengov_validation_run")({}, {"resource_id": resource_id})
    except (tk.ObjectNotFound, tk.ValidationError):
        return tk.abort(404, tk._("Resource not found"))
    return tk.redirect_to("opengov_findings.show", id=id, resource_id=resource_id)


@findings.post("/dataset/<id>/review/check/<resource_id>/<any(repair, undo):wish>")
def change(id: str, resource_id: str, wish: str) -> ResponseReturnValue:
    """Accept the repairs that somebody chose, or take them back."""
    action = "opengov_repair_apply" if wish == "repair" else "opengov_repair_undo"
    asked = {
        "resource_id": resource_id,
        "repairs": request.form.getlist("repairs"),
        "version": request.form.get("version"),
    }
    try:
        tk.get_action(action)({}, asked)
    except tk.ValidationError as error:
        return _page(id, resource_id, error.error_summary, CONFLICT)
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You may not do this."))
    return tk.redirect_to("opengov_findings.show", id=id, resource_id=resource_id)


@findings.route("/dataset/<id>/review/check/<resource_id>/reading", methods=["GET", "POST"])
def reading(id: str, resource_id: str) -> ResponseReturnValue:
    """Let somebody choose how the file is read, with its first rows to look at."""
    place = tk.get_action("opengov_review_show")({}, {"id": id})
    file = _file(place, resource_id)
    if place["state"] not in EDITABLE:
        return tk.redirect_to("opengov_findings.show", id=id, resource_id=resource_id)
    errors: dict[str, Any] = {}
    given = request.form if request.method == "POST" else request.args
    # Where the names stood in one sheet says nothing of another.
    is_same = given.get("shown", given.get("sheet")) == given.get("sheet")
    names = READ_BY if is_same else ("sheet",)
    wanted = {name: given[name] for name in names if given.get(name)}
    try:
        if request.method == "POST":
            version = {"version": request.form.get("version")}
            steps = {"reading": wanted, "resource_id": resource_id, **version}
            tk.get_action("opengov_repair_apply")({}, steps)
            return tk.redirect_to("opengov_findings.show", id=id, resource_id=resource_id)
        seen = tk.get_action("opengov_repair_preview")({}, {"resource_id": resource_id, **wanted})
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You may not do this."))
    except tk.ValidationError as error:
        errors = error.error_summary
        seen = tk.get_action("opengov_repair_preview")({}, {"resource_id": resource_id})
    dataset = tk.get_action("package_show")({}, {"id": id})
    values = {
        "file": file,
        "pkg_dict": dataset,
        "proposed": dataset,
        "seen": seen,
        "error_summary": errors,
        "version": tk.get_action("opengov_repair_list")({}, {"resource_id": resource_id})[
            "version"
        ],
    }
    return tk.render("opengov/reading.html", values), CONFLICT if errors else 200


@findings.get("/dataset/<id>/review/check/<resource_id>/original")
def original(id: str, resource_id: str) -> ResponseReturnValue:
    """Send the file as it was before its repairs."""
    _file(tk.get_action("opengov_review_show")({}, {"id": id}), resource_id)
    kept = tk.get_action("opengov_repair_list")({}, {"resource_id": resource_id})["original"]
    if kept is None:
        return tk.abort(404, tk._("Resource not found"))
    path = storage.path_of(kept["sha256"])
    return send_file(path, download_name=kept["name"] or "original", as_attachment=True)


@findings.get("/dataset/<id>/review/check/<resource_id>/findings.<any(csv, json, xlsx):format>")
@findings.get(
    "/dataset/<id>/review/check/<resource_id>/<any('report.json'):format>", endpoint="report"
)
def download(id: str, resource_id: str, format: str) -> ResponseReturnValue:
    """Send all findings that are kept, or those of one kind, as a file."""
    place = tk.get_action("opengov_review_show")({}, {"id": id})
    file, report = _file(place, resource_id), _report(resource_id)
    if "verdict" not in report:
        return tk.abort(404, tk._("This file has not been checked."))
    chosen = {name: request.args[name] for name in CHOICES if request.args.get(name)}
    found = _chosen(report["findings"], chosen)
    # The report, which keeps MAX_FINDINGS at most, was read: nothing fails after the headers.
    answer = Response(_content(format, report, found), mimetype=KINDS[format])
    end = format if format == "report.json" else f"findings.{format}"
    name = f"{file['name'].rpartition('.')[0] or file['name']}-{end}"
    answer.headers["Content-Disposition"] = attachment(name, end)
    return answer


def _content(format: str, report: dict[str, Any], found: Iterator[dict[str, Any]]) -> Any:
    if format == "xlsx":
        is_rtl = tk.h.is_rtl_language()
        labels = labels_of(report)
        return finding_files.as_workbook(report, found, labels, is_rtl=is_rtl)
    if format == "report.json":
        return finding_files.as_frictionless(report, found)
    lines = finding_files.as_csv(found) if format == "csv" else finding_files.as_json(found)
    return _in_chunks(lines)


def _file(place: dict[str, Any], resource_id: str) -> dict[str, Any]:
    """Return the file under review; 404 where the dataset has no such file."""
    for file in place["files"]:
        if file["resource_id"] == resource_id:
            return dict(file)
    return dict(tk.abort(404, tk._("Resource not found")))


def _report(resource_id: str) -> dict[str, Any]:
    asked = {"resource_id": resource_id, "rows": True}
    try:
        return dict(tk.get_action("opengov_validation_show")({}, asked))
    except tk.ObjectNotFound:
        return dict(tk.abort(404, tk._("This file has not been checked.")))


def labels_of(report: dict[str, Any]) -> dict[str, str]:
    """Return what people call the columns that have no name."""
    known: Any = {"counts": [], "fields": [], **(report.get("first") or {}), **report}
    words = tk._("Column {number} (without a name)")
    return {name: words.format(number=place) for name, place in nameless(known).items()}


def _kinds(report: dict[str, Any], repairs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the kinds of findings, what blocks first, the columns with one cause together.

    ``{"severity", "shown", "more"}``, each kind with its first findings in ``sample``, and in
    ``repair`` the id of the first that is proposed against it; ``more`` are without findings.
    """
    causes: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for count in report["counts"]:
        alike = causes.setdefault((count["severity"], count["code"]), [])
        alike.append({**count, "repair": _repair_of(count, repairs)})
    samples: dict[tuple[str, str | None], list[dict[str, Any]]] = {}
    for each in report["findings"]:
        samples.setdefault((each["code"], each["field"]), []).append(each)
    rows = {each["row"]: each["cells"] for each in report["rows"]}
    names = [each["name"] for each in report["fields"]]
    found = []
    for (severity, _code), alike in causes.items():
        number = len(alike) if len(alike) <= MAX_CARDS else FEW_CARDS
        for kind in alike[:number]:
            kind["sample"] = samples.get((kind["code"], kind["field"]), [])[:SHOWN]
            beside = [place for place, name in enumerate(names) if name != kind["field"]][:BESIDE]
            for each in kind["sample"]:
                cells = rows.get(each["row"], [])
                each["beside"] = [cells[place] if place < len(cells) else "" for place in beside]
            if not any(any(each["beside"]) for each in kind["sample"]):
                # Of empty rows, as of findings about the whole file, they would tell nothing.
                beside = []
                for each in kind["sample"]:
                    each["beside"] = []
            kind["beside"] = [names[place] for place in beside]
        found.append({"severity": severity, "shown": alike[:number], "more": alike[number:]})
    return sorted(found, key=lambda cause: cause["severity"] != "error")


def _repair_of(count: dict[str, Any], repairs: list[dict[str, Any]]) -> str | None:
    helpful = MENDED_BY.get(count["code"], frozenset())
    for each in repairs:
        is_of_cell = count["code"] == "type-error" and each["code"] in OF_CELLS
        if each["code"] in helpful or (is_of_cell and each["field"] == count["field"]):
            return str(each["id"])
    return None


def _list(resource_id: str, **options: Any) -> dict[str, Any]:
    wanted = {"resource_id": resource_id, "limit": LISTED, **options}
    return dict(tk.get_action("opengov_validation_finding_list")({}, wanted))


def _chosen(findings: list[dict[str, Any]], chosen: dict[str, str]) -> Iterator[dict[str, Any]]:
    for each in findings:
        if all(each[name] == value for name, value in chosen.items()):
            yield each


def _in_chunks(lines: Iterator[str]) -> Iterator[str]:
    """Yield the lines some hundreds at a time, so that the whole file never lies in memory."""
    while chunk := "".join(itertools.islice(lines, LINES_OF_A_CHUNK)):
        yield chunk

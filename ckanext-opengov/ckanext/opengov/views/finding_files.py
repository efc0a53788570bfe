"""The findings of a check as files: CSV, JSON, a workbook with marked cells."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

import ckan.plugins.toolkit as tk

COLUMNS = ("code", "severity", "row", "field", "cell", "message")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
FILLS = {"error": "FFF8D0CC", "warning": "FFFBE8B8"}
"""Grounds of marked cells."""
MAX_COMMENT = 500

Findings = Iterable[Mapping[str, Any]]


def as_csv(found: Findings) -> Iterator[str]:
    """Yield the findings as lines of CSV."""
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


def as_json(found: Findings) -> Iterator[str]:
    """Yield the findings as a list in JSON."""
    yield "["
    for number, finding in enumerate(found):
        yield (",\n" if number else "\n") + json.dumps(finding, ensure_ascii=False)
    yield "\n]\n"


def as_workbook(
    report: Mapping[str, Any], found: Findings, labels: Mapping[str, str], *, is_rtl: bool
) -> bytes:
    """Return a workbook: the findings, and the rows that they are in with the cells marked.

    ``labels``: what people call columns, where it is not their name.
    """
    book, findings = Workbook(write_only=True), list(found)
    listed, rows = book.create_sheet(tk._("Findings")), book.create_sheet(tk._("Rows"))
    # Such sheets are written as they go: their head comes first.
    listed.sheet_view.rightToLeft = rows.sheet_view.rightToLeft = is_rtl
    names = (tk._("Code"), tk._("Severity"), tk._("Row"), tk._("Column"), tk._("Cell"))
    _write(listed, [_bold(listed, name) for name in (*names, tk._("What is wrong"))])
    for each in findings:
        shown = {**each, "field": labels.get(each["field"], each["field"])}
        _write(listed, [_cell(listed, shown[name]) for name in COLUMNS])
    fields = [each["name"] for each in report["fields"]]
    heads = (labels.get(name, name) for name in fields)
    _write(rows, [_bold(rows, name) for name in (tk._("Row"), *heads)])
    by_row: dict[int, list[Mapping[str, Any]]] = {}
    for each in findings:
        by_row.setdefault(each["row"], []).append(each)
    for row in report["rows"]:
        _write(rows, list(_marked(rows, row, fields, by_row.get(row["row"], []))))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write(sheet: Any, cells: Sequence[Any]) -> None:
    sheet.append(cells)


def _cell(sheet: Any, value: Any) -> Any:
    """Return a cell; a text is one, also where it begins like a formula."""
    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value))
        cell.data_type = "s"
        return cell
    return WriteOnlyCell(sheet, value)


def _bold(sheet: Any, text: str) -> Any:
    cell = _cell(sheet, text)
    cell.font = Font(bold=True)
    return cell


def _marked(
    sheet: Any, row: Mapping[str, Any], fields: Sequence[str], found: Sequence[Mapping[str, Any]]
) -> Iterator[Any]:
    """Yield the cells of a row: its number, marked by what is about the whole row, and the rest."""
    about = {None: [each for each in found if each["field"] not in fields]}
    for place, value in enumerate([row["row"], *row["cells"]]):
        name = fields[place - 1] if 0 < place <= len(fields) else None
        wrong = [each for each in found if each["field"] == name] if name else []
        wrong = about[None] if place == 0 else wrong
        cell = _cell(sheet, value)
        if wrong:
            severity = "error" if any(each["severity"] == "error" for each in wrong) else "warning"
            cell.fill = PatternFill("solid", start_color=FILLS[severity])
            text = "\n".join(dict.fromkeys(str(each["message"]) for each in wrong))[:MAX_COMMENT]
            cell.comment = Comment(ILLEGAL_CHARACTERS_RE.sub("", text), "")
        yield cell


def as_frictionless(report: Mapping[str, Any], found: Findings) -> str:
    """Return a report with the keys of Frictionless', its sentences in the reader's language.

    Source: https://framework.frictionlessdata.io/docs/framework/report.html
    """
    file, findings = report["file"], list(found)
    kinds = {(each["code"], each["field"]): each for each in report["counts"]}
    total = {
        severity: sum(each["count"] for each in report["counts"] if each["severity"] == severity)
        for severity in ("error", "warning")
    }
    fields = [each["name"] for each in report["fields"]]
    stats = {"errors": total["error"], "warnings": total["warning"], "seconds": 0}
    warnings = [each["message"] for each in findings if each["severity"] == "warning"]
    task = {
        "name": "file",
        "type": "table",
        "valid": not total["error"],
        "place": file["name"],
        "labels": fields,
        "stats": {
            "sha256": file["sha256"],
            "bytes": file["bytes"],
            "fields": len(fields),
            "rows": file["rows"],
            **stats,
        },
        "warnings": warnings,
        "errors": [
            _error(each, kinds.get((each["code"], each["field"]), {}), report, fields)
            for each in findings
            if each["severity"] == "error"
        ],
    }
    whole = {
        "valid": task["valid"],
        "stats": {"tasks": 1, **stats},
        "warnings": [],
        "errors": [],
        "tasks": [task],
    }
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def _error(
    finding: Mapping[str, Any],
    kind: Mapping[str, Any],
    report: Mapping[str, Any],
    fields: Sequence[str],
) -> dict[str, Any]:
    row, name = finding["row"], finding["field"]
    tags = ["#table", *(["#row"] if row else []), *(["#cell"] if row and name else [])]
    error: dict[str, Any] = {
        "type": finding["code"],
        "title": kind.get("title", finding["code"]),
        "description": kind.get("advice", ""),
        "message": finding["message"],
        "tags": tags,
        "note": finding["message"],
    }
    if row:
        cells: list[Any] = next((e["cells"] for e in report["rows"] if e["row"] == row), [])
        error |= {"cells": cells, "rowNumber": row}
    if row and name in fields:
        place = fields.index(name) + 1
        error |= {"cell": finding["cell"], "fieldName": name, "fieldNumber": place}
    return error

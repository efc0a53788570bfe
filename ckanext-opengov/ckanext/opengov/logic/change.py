"""What a dataset under review, or a change to one, brings: description, files, rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession, Context

from ckanext.opengov.logic.candidates import candidates, checked
from ckanext.opengov.logic.changes import live_dataset
from ckanext.opengov.logic.comparing import COMPARE, current_of, replacements
from ckanext.opengov.logic.descriptions import ORDER, compared, described, reordered
from ckanext.opengov.model import differences, files, revisions
from ckanext.opengov.shared import jobs
from ckanext.opengov.validation.report import SHOWN_COLUMNS

ROWS = ("added", "removed", "changed")
Side = dict[str, Any]
Sides = dict[str, Side]


def change_of(
    context: Context, package: ckan_model.Package, revision: revisions.Revision | None
) -> dict[str, Any]:
    """Return the fields and files that change; of a draft, all of them are new."""
    if revision is not None and revision.state in revisions.CLOSED:
        return _closed(context["session"], package, revision)
    session, live = context["session"], live_dataset(context, package.id)
    if revision is None:
        after = _sides(session, package, None, live["resources"])
        return {"fields": compared({}, described(live)), "files": _files({}, after, {})}
    proposed = {**live, **revision.changes}
    before = _sides(session, package, None, live["resources"])
    after = _sides(session, package, revision, proposed["resources"])
    found = replacements(session, package, revision)
    done = current_of(session, revision, found)
    told = {
        resource_id: _result(done[resource_id].result)
        if resource_id in done
        else _progress(session, resource_id)
        for resource_id in found
    }
    return {
        "fields": compared(described(live), described(proposed)) + reordered(live, proposed),
        "files": _files(before, after, told),
    }


def _closed(
    session: AlchemySession, package: ckan_model.Package, revision: revisions.Revision
) -> dict[str, Any]:
    """Return what a revision changed that was published, or given up."""
    # One that was closed by an older version of the suite did not keep what it replaced.
    old, new = revision.before or {}, revision.changes
    staged = revisions.files_of(session, revision.id)
    before = {each["id"]: _side(each, None, None) for each in old.get("resources") or []}
    after = {
        each["id"]: _side(each, staged.get(each["id"]), None) for each in new.get("resources") or []
    }
    results = differences.of_revision(session, revision.id)
    told = {row.resource_id: _result(row.result) for row in results}
    kind = {"type": package.type}
    return {
        "fields": compared(described({**kind, **old}), described({**kind, **new}))
        + reordered(old, new),
        "files": _files(before, after, told),
    }


def size_of(change: Mapping[str, Any]) -> dict[str, Any]:
    """Return how large a change is: fields and files that change, and their rows.

    A text in two languages counts twice: as often as it is shown.
    """
    fields = [each for each in change["fields"] if each["field"] != ORDER]
    moved = [each for each in change["files"] if each["status"] != "unchanged"]
    rows = {f"rows_{name}": sum(each[f"rows_{name}"] or 0 for each in moved) for name in ROWS}
    is_known = all((each["comparison"] or {}).get("status", "done") == "done" for each in moved)
    return {
        "fields": len(fields),
        "files": len(moved),
        **rows,
        "is_reordered": len(fields) < len(change["fields"]),
        "is_known": is_known,
    }


def _sides(
    session: AlchemySession,
    package: ckan_model.Package,
    revision: revisions.Revision | None,
    resources: Iterable[Mapping[str, Any]],
) -> Sides:
    found = candidates(session, package, revision)
    checks = checked(session, found)
    stored: dict[str, Any] = dict(files.files_of(session, [each.resource_id for each in found]))
    if revision is not None:
        stored |= revisions.files_of(session, revision.id)
    return {
        each["id"]: _side(each, stored.get(each["id"]), checks.get(each["id"]))
        for each in resources
    }


def _side(resource: Mapping[str, Any], file: Any, check: files.Checked | None) -> Side:
    is_upload = resource.get("url_type") == "upload"
    is_table = check is not None and bool(check.report["fields"])
    return {
        "name": str(tk.h.resource_display_name(resource)),
        "format": resource.get("format") or "",
        "url": resource.get("url"),
        "is_upload": is_upload,
        "sha256": file.sha256 if file else resource.get("sha256"),
        "size": file.size if file else resource.get("size"),
        "rows": check.report["file"]["rows"] if check and is_table else resource.get("rows"),
        "verdict": check.verdict if check else None,
        "first": _first(check) if check and is_table else None,
    }


def _first(check: files.Checked) -> dict[str, Any] | None:
    """Return the head of a table: ``{"columns", "rows"}``; None: an older check kept none."""
    rows = check.report.get("first")
    names = [field["name"] for field in check.report["fields"]]
    return {"columns": names[:SHOWN_COLUMNS], "rows": rows} if rows else None


def _files(before: Sides, after: Sides, told: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "resource_id": resource_id,
            "name": (after.get(resource_id) or before[resource_id])["name"],
            "status": status_of(before.get(resource_id), after.get(resource_id)),
            "before": _facts(before.get(resource_id)),
            "after": _facts(after.get(resource_id)),
            "first": None if resource_id in before else after[resource_id]["first"],
            **(told.get(resource_id) or _result({})),
        }
        for resource_id in dict.fromkeys([*after, *before])
    ]


def _facts(side: Side | None) -> Side | None:
    """Return a side without the rows, which are told of new files alone."""
    return side and {name: value for name, value in side.items() if name != "first"}


def status_of(old: Side | None, new: Side | None) -> str:
    """Return what becomes of a file. The sides have ``sha256`` and ``url``."""
    if old is None:
        return "added"
    if new is None:
        return "removed"
    what = "sha256" if new["sha256"] else "url"
    return "unchanged" if old[what] == new[what] else "replaced"


def _result(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return a comparison as the API shows it; an empty one is of files that are no tables."""
    rows = result.get("rows", {})
    return {
        "comparison": {"status": jobs.Status.DONE, "progress": 1.0} if result else None,
        **{f"rows_{name}": rows.get(name) for name in ROWS},
        **{name: result.get(name) for name in ("by", "key", "columns", "sample")},
    }


def _progress(session: AlchemySession, resource_id: str) -> dict[str, Any]:
    """Return how far a comparison is that has no result yet."""
    job = jobs.latest(session, COMPARE, resource_id)
    if job is None or job.status == jobs.Status.DONE:
        # Asked for once the new file is checked; see also opengov_revision_compare.
        return {**_result({}), "comparison": {"status": "waiting", "progress": 0.0}}
    return {**_result({}), "comparison": {"status": job.status, "progress": job.progress}}

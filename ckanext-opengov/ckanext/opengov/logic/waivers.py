"""Which findings of which file were let pass, and what that leaves in the way."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.opengov.model import files, waivers
from ckanext.opengov.shared.domain.moments import as_utc
from ckanext.opengov.validation import waived
from ckanext.opengov.validation.report import WAIVABLE, nameless, written_finding
from ckanext.opengov.validation.waived import Standing


def in_force(
    session: AlchemySession,
    checks: Mapping[str, files.Checked],
    barred: Collection[str] = frozenset(),
) -> dict[str, list[waivers.Waiver]]:
    """Return the waivers that hold, by resource id.

    They do as long as the same was found in the same file, and for as long as whoever gave
    them is none of ``barred``: a reviewer may have become an author since.
    """
    touched = {id: check for id, check in checks.items() if has_personal_data(check)}
    found: dict[str, list[waivers.Waiver]] = {}
    if touched:
        prints = {resource_id: check.fingerprint for resource_id, check in touched.items()}
        for row in waivers.kept_of(session, prints):
            report = touched[row.resource_id].report
            is_same = waived.evidence_of(report, (row.code, row.field)) == row.evidence
            if is_same and row.waived_by not in barred:
                found.setdefault(row.resource_id, []).append(row)
    return found


def has_personal_data(check: files.Checked | None) -> bool:
    """Tell whether there are findings in a file that a second person may let pass."""
    return check is not None and any(each["code"] in WAIVABLE for each in check.report["counts"])


def waived_as_shown(row: waivers.Waiver) -> dict[str, Any]:
    """Return a waiver as a report shows it."""
    return {
        "id": row.id,
        "code": row.code,
        "field": row.field or None,
        "reason": row.reason,
        "at": as_utc(row.waived_at),
    }


def about_people(check: files.Checked, rows: Sequence[waivers.Waiver]) -> list[dict[str, Any]]:
    """Return the findings about people in a file, each with the waiver that holds, or none."""
    held = {(row.code, row.field): waived_as_shown(row) for row in rows}
    found: dict[tuple[str, str], dict[str, Any]] = {}
    unnamed = nameless(check.report)
    for each in check.report["findings"]:
        kind = (each["code"], each["field"] or "")
        if each["code"] in WAIVABLE and kind not in found:
            sentence = written_finding(each, tk._, tk.h.lang(), unnamed)["message"]
            found[kind] = {
                "code": each["code"],
                "field": each["field"],
                "message": sentence,
                "waiver": held.get(kind),
            }
    return list(found.values())


def standings(
    session: AlchemySession,
    checks: Mapping[str, files.Checked],
    barred: Collection[str] = frozenset(),
) -> dict[str, Standing]:
    """Return what the findings of these files still keep from being published."""
    rows = in_force(session, checks, barred)
    return {
        resource_id: waived.standing(
            check.report,
            {(row.code, row.field) for row in rows.get(resource_id, ())},
            check.blocking,
        )
        for resource_id, check in checks.items()
    }

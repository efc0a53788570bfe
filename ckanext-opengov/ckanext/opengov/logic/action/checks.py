"""The check of a file: start it, follow it, read what it found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.opengov.logic.candidates import Candidate, candidate_of, checked, first_of
from ckanext.opengov.logic.steps import package_of
from ckanext.opengov.logic.waivers import in_force, waived_as_shown
from ckanext.opengov.shared import jobs, pager
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.moments import utc_now
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action, is_yes
from ckanext.opengov.validation.report import in_order, written, written_findings
from ckanext.opengov.validation.waived import standing

__all__ = [
    "opengov_validation_finding_list",
    "opengov_validation_run",
    "opengov_validation_show",
]

CHECK = "opengov.check"


class NothingToCheck(DomainError):
    """Only an uploaded file is checked."""

    code = "nothing-to-check"
    field = "resource_id"
    template = N_("This resource has no uploaded file.")


@domain_action
def opengov_validation_run(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Check the file of a resource again; return ``{"status", "job_id"}``.

    Args:
        resource_id (str): id of the resource
    """
    candidate = candidate_from(context, data_dict)
    tk.check_access("opengov_validation_run", context, {"id": candidate.package_id})
    session = context["session"]
    if candidate.sha256 is None:
        raise NothingToCheck
    job = jobs.latest(session, CHECK, candidate.resource_id)
    if job is None or job.status not in jobs.UNFINISHED:
        job = jobs.enqueue(session, CHECK, candidate.resource_id, now=utc_now())
    session.commit()
    return {"status": job.status, "job_id": job.id}


@tk.side_effect_free
def opengov_validation_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the newest report on the file of a resource, with ``status`` and ``progress``.

    Where an open revision brings a new file, the report is about that one. Until
    the first check is done there are ``status`` and ``progress`` alone; of a large file soon also
    ``first``, a report on its first 20,000 rows. ``waived`` are the findings that a second person
    let pass (``opengov_validation_waive``): they do not count in the ``verdict``.

    Args:
        resource_id (str): id of the resource
        rows (bool): with ``rows``: the first rows that findings are about, as the file has them
    """
    candidate = candidate_from(context, data_dict)
    tk.check_access("opengov_validation_show", context, {"id": candidate.package_id})
    session = context["session"]
    job = jobs.latest(session, CHECK, candidate.resource_id)
    check = checked(session, [candidate]).get(candidate.resource_id)
    if job is None:
        raise tk.ObjectNotFound(tk._("This file has not been checked."))
    if check is None or job.status != jobs.Status.DONE:
        first = first_of(session, candidate)
        told = {"first": written(first.report, tk._, tk.h.lang())} if first else {}
        return {"status": job.status, "progress": job.progress, **told}
    rows = in_force(session, {candidate.resource_id: check}).get(candidate.resource_id, [])
    kinds = {(row.code, row.field) for row in rows}
    report = written(check.report, tk._, tk.h.lang(), kinds)
    report["verdict"] = standing(check.report, kinds, check.blocking).verdict
    report["waived"] = [waived_as_shown(row) for row in rows]
    if is_yes(data_dict, "rows"):
        report["rows"] = check.report.get("affected", [])
    return {"status": job.status, "progress": job.progress, **report}


@tk.side_effect_free
@domain_action
def opengov_validation_finding_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the findings in the file of a resource, by row and column; the whole file first.

    Of each kind (code and column) the first hundred are kept; ``count`` is exact.

    Args:
        resource_id (str): id of the resource
        code (str): only findings with this code
        field (str): only findings in this column
        cursor (str): ``next_cursor`` of the page before
        limit (int): 1 to 100, 20 by default
    """
    candidate = candidate_from(context, data_dict)
    tk.check_access("opengov_validation_finding_list", context, {"id": candidate.package_id})
    check = checked(context["session"], [candidate]).get(candidate.resource_id)
    if check is None:
        raise tk.ObjectNotFound(tk._("This file has not been checked."))
    wanted = {name: data_dict[name] for name in ("code", "field") if data_dict.get(name)}
    listed = ((key, each) for key, each in in_order(check.report) if _is_wanted(each, wanted))
    page, following = pager.within(listed, [int, int, int], data_dict)
    counts = [each for each in check.report["counts"] if _is_wanted(each, wanted)]
    return {
        "results": written_findings(page, check.report, tk._, tk.h.lang()),
        "next_cursor": following,
        "count": sum(each["count"] for each in counts),
    }


def _is_wanted(values: Mapping[str, Any], wanted: dict[str, str]) -> bool:
    return all(values[name] == value for name, value in wanted.items())


def candidate_from(context: Context, data_dict: DataDict) -> Candidate:
    """Return the file of the resource, if the caller may see its dataset."""
    given = tk.get_or_bust(data_dict, "resource_id")
    is_id = isinstance(given, str) and given.isprintable()
    candidate = candidate_of(context["session"], given) if is_id else None
    try:
        if candidate is not None:
            package_of(context, candidate.package_id)
            return candidate
    except (tk.ObjectNotFound, tk.NotAuthorized):
        # Nobody learns that there is a file in a dataset that they may not see.
        pass
    raise tk.ObjectNotFound(tk._("Resource not found"))

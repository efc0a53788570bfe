"""Repairs of a file: which would do it good, which were accepted, and the way back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import Context, DataDict

from ckanext.opengov import storage
from ckanext.opengov.domain.publication import State, Step, check_editable
from ckanext.opengov.logic.action.checks import NothingToCheck, candidate_from
from ckanext.opengov.logic.action.columns import SchemaDeclared
from ckanext.opengov.logic.candidates import Candidate, checked
from ckanext.opengov.logic.repairing import (
    CLOSED,
    DOES_NOT_FIT,
    REPAIR,
    TOO_LARGE,
    begin,
    past_of,
    repairs_of,
)
from ckanext.opengov.logic.steps import actor_of, note_step, state_of
from ckanext.opengov.model import publication, repairs, revisions
from ckanext.opengov.shared import jobs
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.moments import utc_now
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action
from ckanext.opengov.validation.repairs import readings
from ckanext.opengov.validation.repairs.making import header_of
from ckanext.opengov.validation.repairs.originals import BOOKS, REPAIRED, Source, joined
from ckanext.opengov.validation.repairs.proposing import KeptProposal, Past
from ckanext.opengov.validation.repairs.reporting import source_of
from ckanext.opengov.validation.repairs.steps import (
    MAX_STEPS,
    KeptStep,
    Kind,
    NotAStep,
    in_order,
    read,
    read_all,
)
from ckanext.opengov.validation.repairs.steps import Step as Repaired
from ckanext.opengov.validation.repairs.words import written_proposals, written_step
from ckanext.opengov.validation.report import Kept

__all__ = [
    "opengov_repair_apply",
    "opengov_repair_list",
    "opengov_repair_preview",
    "opengov_repair_undo",
]

SAFE, ALL = "safe", "all"
READ_BY = ("sheet", "encoding", "delimiter")
MAX_DIGITS = 10
ERRORS = {
    CLOSED: N_("The dataset was submitted meanwhile: the file stays as it is."),
    TOO_LARGE: N_("The repaired file would be larger than files may be. It stays as it is."),
    DOES_NOT_FIT: N_("These repairs do not fit the file. It stays as it is."),
}


class NotARepair(DomainError):
    """Somebody described a repair that there is not."""

    code = "not-a-repair"
    field = "steps"
    template = N_("One of these is no repair that can be made.")


class UnknownRepair(DomainError):
    """The file was checked anew since the list was read."""

    code = "unknown-repair"
    field = "repairs"
    template = N_("These repairs are not proposed any more. Look at the list again.")


class NothingToRepair(DomainError):
    """A wish for nothing."""

    code = "required"
    field = "repairs"
    template = N_("Choose at least one repair.")


class ChangedSince(DomainError):
    """Two people work on one file."""

    code = "changed-since-seen"
    field = "version"
    template = N_("Somebody else has changed the repairs of this file meanwhile. Look at it again.")


class NothingToUndo(DomainError):
    """The file is as it was sent."""

    code = "nothing-to-undo"
    template = N_("This file has no repairs: it is as it was sent.")


class NotChecked(DomainError):
    """How a file is read is known from its check."""

    code = "not-checked"
    field = "resource_id"
    template = N_("The check of this file is not done yet.")


@tk.side_effect_free
@domain_action
def opengov_repair_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the repairs of a resource's file: those that are proposed, and those accepted.

    ``{"version", "status", "progress", "error", "proposals", "accepted", "original"}``.
    ``proposals`` are those of ``opengov_validation_show``, each with ``id`` and ``step``; of
    those with the same ``choice`` only one can be right; ``safe`` ones lose nothing.
    ``accepted`` has the repairs that the file was made with, or will be once ``status`` is
    ``done``. ``original`` (``name``, ``sha256``, ``bytes``) is null as long as there are none.

    Args:
        resource_id (str): id of the resource
    """
    candidate = candidate_from(context, data_dict)
    tk.check_access("opengov_repair_list", context, {"id": candidate.package_id})
    return _shown(context, candidate)


@tk.side_effect_free
@domain_action
def opengov_repair_preview(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return how the beginning of a resource's file looks, read in one way or another.

    ``{"encoding", "delimiter", "sheet", "row", "header_rows", "encodings", "sheets", "rows",
    "columns"}``. ``encodings`` has those in which the file is a text: ``{"encoding", "name",
    "text"}``; ``sheets`` the names of those of a workbook; ``rows`` the first rows: ``[number,
    cells]``; ``columns`` what the columns are called, if these rows tell. To accept it, give
    ``opengov_repair_apply`` the same as ``reading``.

    Args:
        resource_id (str): id of the resource
        encoding (str): one of the encodings; as the check reads it, if none is given
        delimiter (str): comma, semicolon, tab or upright line; likewise
        sheet (str): of a workbook, the name of a sheet; likewise
        row (int): the first row with the names of the columns
        header_rows (int): how many rows these names take, up to 5; 1 if only ``row`` is given
    """
    candidate = candidate_from(context, data_dict)
    tk.check_access("opengov_repair_list", context, {"id": candidate.package_id})
    kept = _report(context, candidate)
    if kept is None:
        raise NotChecked
    path = storage.path_of(candidate.sha256 or "")
    source = source_of(kept, path)
    if source is None:
        raise NothingToCheck
    past = past_of(context["session"], candidate) or Past(path, source)
    source = past.source.read_by(past.steps)
    steps = reading_steps(data_dict, header_of(source, past.steps))
    source = source.read_by(steps)
    row, header_rows = header_of(source, (*past.steps, *steps))
    sheets = {each["name"]: each for each in kept.get("sheets", [])}
    sheet = sheets.get(source.sheet or "")
    is_text = source.format not in BOOKS
    head = readings.head_of(past) if is_text else b""
    rows = readings.first_rows(head, source) if is_text else sheet["rows"] if sheet else []
    merged = sheet.get("merged", ()) if sheet else ()
    header = [cells for number, cells in rows if row <= number < row + header_rows]
    return {
        "encoding": (source.encoding or "utf-8").removesuffix("-sig"),
        "delimiter": source.delimiter or ",",
        "sheet": source.sheet,
        "row": row,
        "header_rows": header_rows,
        "encodings": readings.samples(head) if is_text else [],
        "sheets": list(sheets),
        "rows": rows,
        "columns": joined(header, row, merged) if len(header) == header_rows else [],
    }


def reading_steps(given: Mapping[str, Any], header: tuple[int, int]) -> list[Repaired]:
    """Return the steps of a way of reading, as far as it is given, as a preview takes it.

    ``header`` is where it stands so far: its first row, and how many it has.

    Raises:
        NotARepair: one of them cannot be.
    """
    found = [{"kind": name, "params": {name: given[name]}} for name in READ_BY if given.get(name)]
    row, rows = given.get("row"), given.get("header_rows")
    if row or rows:
        wanted = _count(row, header[0]), _count(rows, 1 if row else header[1])
        if wanted != header:
            params = dict(zip(("row", "rows"), wanted, strict=True))
            found.append({"kind": Kind.HEADER, "params": params})
    try:
        return list(read_all(found))
    except NotAStep as error:
        raise NotARepair from error


def _count(given: Any, default: int) -> int:
    """Return what was given as a number; 0, which no step takes, if it is none."""
    text = str(given or default)
    return int(text) if text.isascii() and text.isdigit() and len(text) < MAX_DIGITS else 0


@domain_action
def opengov_repair_apply(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Accept repairs of a resource's file; return the list, as ``opengov_repair_list`` does.

    A job makes them, always from the original, and the new file is checked. Of a published
    dataset it becomes a change that waits for approval.

    Args:
        resource_id (str): id of the resource
        repairs (list): ids of proposals; or ``safe``: all that are safe
        steps (list): repairs as objects ``{"kind", "field", "params"}``, as ``step`` of a
            proposal has them
        reading (dict): how the file is to be read, chosen by hand: ``encoding``, ``delimiter``,
            ``sheet``, ``row`` and ``header_rows``, as ``opengov_repair_preview`` takes them
        version (int): ``version`` of the list that was shown; refused if somebody changed it
    """
    candidate = candidate_from(context, data_dict)
    tk.check_access("opengov_repair_apply", context, {"id": candidate.package_id})
    package = _lock_for_editing(context, candidate)
    row = _current(context, candidate, data_dict)
    kept = _report(context, candidate)
    by_hand = data_dict.get("reading") or {}
    if not isinstance(by_hand, dict):
        raise NotARepair
    wished = [*_proposed(kept, data_dict.get("repairs")), *_described(data_dict.get("steps"))]
    if not wished and not by_hand:
        raise NothingToRepair
    values = _begun(context, candidate, kept) if row is None else _values(row)
    before = read_all(values["steps"] if values.get("wanted") is None else values["wanted"])
    source = Source(**values["source"]).read_by(before)
    wanted = (*map(read, wished), *reading_steps(by_hand, header_of(source, before)))
    # Rows and columns of one sheet are none of another.
    is_same = source.read_by(wanted).sheet == source.sheet
    steps = in_order((*(before if is_same else ()), *wanted))
    if not steps:
        raise NothingToRepair
    if candidate.schema_ref and any(each.kind is Kind.TYPE for each in wanted):
        raise SchemaDeclared(field="steps")
    # A file that is written anew is called what it becomes.
    of_file = tuple(each for each in steps if each.kind is not Kind.FORMAT)
    if of_file and values["source"]["format"] not in REPAIRED:
        raise NothingToCheck
    steps = of_file or steps
    if len(steps) > MAX_STEPS:
        raise NotARepair
    _wish(context, package, values, [step.as_dict() for step in steps])
    return _shown(context, candidate)


@domain_action
def opengov_repair_undo(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Take back repairs of a resource's file; return the list, as ``opengov_repair_list`` does.

    Without any repair left, the file and its schema are as they were sent.

    Args:
        resource_id (str): id of the resource
        repairs (list): ids of accepted repairs; or ``all``, as without it
        version (int): ``version`` of the list that was shown; refused if somebody changed it
    """
    candidate = candidate_from(context, data_dict)
    tk.check_access("opengov_repair_undo", context, {"id": candidate.package_id})
    package = _lock_for_editing(context, candidate)
    row = _current(context, candidate, data_dict)
    if row is None:
        raise NothingToUndo
    wished = _listed(data_dict.get("repairs"))
    accepted = read_all(row.wanted if row.wanted is not None else row.steps)
    if not set(wished) - {ALL} <= {step.id for step in accepted}:
        raise UnknownRepair
    is_all = not wished or ALL in wished
    left = [step.as_dict() for step in accepted if not is_all and step.id not in wished]
    _wish(context, package, _values(row), left)
    return _shown(context, candidate)


def _lock_for_editing(context: Context, candidate: Candidate) -> ckan_model.Package:
    """Return the dataset, if it may be edited now; nobody else changes it until the commit."""
    session = context["session"]
    package = session.get_one(ckan_model.Package, candidate.package_id)
    if candidate.sha256 is None:
        raise NothingToCheck
    row = publication.find(session, package.id, lock=True)
    revision = revisions.open_of(session, package.id)
    state = state_of(revision or row)
    if state is not State.PUBLISHED:
        check_editable(state)
    return package


def _current(context: Context, candidate: Candidate, data_dict: DataDict) -> repairs.Repair | None:
    """Return the repairs of this file, if they are those that the caller saw."""
    repairs.find(context["session"], candidate.resource_id, lock=True)
    row = repairs_of(context["session"], candidate)
    seen = data_dict.get("version")
    if seen not in (None, "") and str(seen) != str(row.version if row else 0):
        raise ChangedSince
    return row


def _report(context: Context, candidate: Candidate) -> Kept | None:
    found = checked(context["session"], [candidate]).get(candidate.resource_id)
    return found.report if found else None


def _proposals(kept: Kept | None) -> list[KeptProposal]:
    return kept.get("proposals", []) if kept else []


def _proposed(kept: Kept | None, wished: Any) -> list[KeptStep]:
    """Return the proposed repairs that somebody chose, with those that they build on."""
    ids = _listed(wished)
    proposals = _proposals(kept)
    chosen = [each for each in proposals if each["id"] in ids or (SAFE in ids and each["is_safe"])]
    if set(ids) - {SAFE} - {each["id"] for each in chosen}:
        raise UnknownRepair
    return [step for each in chosen for step in (*each["needs"], each["step"])]


def _listed(given: Any) -> list[str]:
    """Return ids, which come as a list, as its JSON, or one alone."""
    if isinstance(given, str) and given[:1] == "[":
        given = _parsed(given)
    found = given if isinstance(given, list) else [given] if given else []
    if not all(isinstance(each, str) for each in found):
        raise UnknownRepair
    return found


def _described(given: Any) -> Sequence[KeptStep]:
    """Return repairs that somebody described."""
    if isinstance(given, str) and given:
        given = _parsed(given)
    try:
        return [step.as_dict() for step in read_all(given or [])]
    except NotAStep as error:
        raise NotARepair from error


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotARepair from error


def _begun(context: Context, candidate: Candidate, kept: Kept | None) -> dict[str, Any]:
    """Return the repairs of a file that has none yet."""
    if kept is None:
        raise NotChecked
    source = source_of(kept, storage.path_of(candidate.sha256 or ""))
    # To be called otherwise, a file need not be a table.
    return begin(context["session"], candidate, source or Source(str(kept["file"]["format"])))


def _values(row: repairs.Repair) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in repairs.Repair.__table__.columns}


def _wish(
    context: Context, package: ckan_model.Package, values: dict[str, Any], steps: list[KeptStep]
) -> None:
    """Keep the steps that are wanted, note who wants them, and ask for the work."""
    session, now = context["session"], utc_now()
    resource_id, version = values["resource_id"], values["version"] + 1
    new = {"wanted": steps, "version": version, "error": None, "changed_at": now}
    repairs.put(session, {**values, **new})
    revision = revisions.open_of(session, package.id)
    actor = actor_of(context, package.owner_org)
    number = revision.number if revision else _next_number(context, package)
    if actor.user_id:
        publication.add_contributor(session, package.id, number, actor.user_id)
    note_step(context, package.id, Step.EDIT, actor, now, revision=number, repaired=resource_id)
    jobs.enqueue(session, REPAIR, resource_id, now=now)
    session.commit()


def _next_number(context: Context, package: ckan_model.Package) -> int:
    """Return the number of the revision that the repaired file will be in."""
    if package.state != "active":
        return 1
    return revisions.next_number(context["session"], package.id)


def _shown(context: Context, candidate: Candidate) -> dict[str, Any]:
    session = context["session"]
    row, job = repairs_of(session, candidate), jobs.latest(session, REPAIR, candidate.resource_id)
    is_waiting = row is not None and row.wanted is not None and job is not None
    accepted = read_all((row.wanted if row.wanted is not None else row.steps) if row else [])
    known = {step.id for step in accepted}
    proposals = [
        each
        for each in _proposals(_report(context, candidate))
        if each["id"] not in known
        # The catalogue says what type a column has.
        and not (candidate.schema_ref and each["step"]["kind"] == Kind.TYPE)
    ]
    return {
        "version": row.version if row else 0,
        "status": job.status if is_waiting and job else jobs.Status.DONE,
        "progress": job.progress if is_waiting and job else 1.0,
        "error": tk._(ERRORS[row.error]) if row and row.error in ERRORS else None,
        "proposals": written_proposals(proposals, tk._),
        "accepted": [written_step(step.as_dict(), step.id, tk._) for step in accepted],
        "original": {
            "name": row.original["url"],
            "sha256": row.original_sha256,
            "bytes": row.original_size,
        }
        if row
        else None,
    }

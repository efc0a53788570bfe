"""Makes the repairs that were accepted of a file, and puts the result in its place."""

from __future__ import annotations

import json
import mimetypes
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.lib import uploader
from ckan.types import AlchemySession

from ckanext.opengov import storage
from ckanext.opengov.domain.publication import check_editable
from ckanext.opengov.logic.candidates import Candidate, candidate_of
from ckanext.opengov.logic.changes import live_dataset
from ckanext.opengov.logic.comparing import ask_for_comparisons
from ckanext.opengov.logic.steps import patch_package, state_of
from ckanext.opengov.model import files, publication, repairs, revisions
from ckanext.opengov.naming import file_name
from ckanext.opengov.shared import jobs
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.moments import utc_now
from ckanext.opengov.validation.repairs.making import schema_after
from ckanext.opengov.validation.repairs.originals import CannotRepair, Source
from ckanext.opengov.validation.repairs.proposing import Past
from ckanext.opengov.validation.repairs.steps import FORMATS, Kind, Step, read_all

REPAIR = "opengov.repair"
LARGER = 4
"""Letters take up to as many bytes more in UTF-8 than in an older encoding."""
CLOSED, DOES_NOT_FIT, TOO_LARGE = "closed", "does-not-fit", "too-large"
"""Why repairs came to nothing: the dataset may not be edited now; the file is another one; it
would be larger than files may be."""


def repairs_of(session: AlchemySession, candidate: Candidate) -> repairs.Repair | None:
    """Return the repairs of this very file."""
    row = repairs.find(session, candidate.resource_id)
    return row if row is not None and row.sha256 == candidate.sha256 else None


def past_of(session: AlchemySession, candidate: Candidate) -> Past | None:
    """Return the original of a file that came out of repairs."""
    row = repairs_of(session, candidate)
    return _past(row, row.steps) if row else None


def _past(row: repairs.Repair, steps: list[dict[str, Any]]) -> Past:
    of_file = tuple(step for step in read_all(steps) if step.kind is not Kind.FORMAT)
    return Past(storage.path_of(row.original_sha256), Source(**row.source), of_file)


def begin(session: AlchemySession, candidate: Candidate, source: Source) -> dict[str, Any]:
    """Return what is kept of a file before its first repair: columns of ``Repair``."""
    assert candidate.sha256 is not None  # noqa: S101 - only files that were sent are repaired
    resource = _resource(session, candidate)
    return {
        "resource_id": candidate.resource_id,
        "sha256": candidate.sha256,
        "original_sha256": candidate.sha256,
        "original_size": storage.path_of(candidate.sha256).stat().st_size,
        "original": {
            "format": resource.get("format") or "",
            "mimetype": resource.get("mimetype"),
            "schema": candidate.schema,
            "url": file_name(resource.get("url")),
        },
        "source": asdict(source),
        "steps": [],
        "version": 0,
    }


def _resource(session: AlchemySession, candidate: Candidate) -> dict[str, Any]:
    """Return the resource as it is, or as the change under way makes it."""
    revision = revisions.open_of(session, candidate.package_id)
    listed = revision.changes.get("resources") if revision else None
    if listed is None:
        context: Any = {"session": session, "user": "", "ignore_auth": True}
        listed = live_dataset(context, candidate.package_id)["resources"]
    return next(each for each in listed if each["id"] == candidate.resource_id)


@dataclass(frozen=True, slots=True)
class _Made:
    """A file in the store, and what its resource says of it."""

    sha256: str
    size: int
    fields: Mapping[str, Any]


def repair_now(
    session: AlchemySession, resource_id: str, progress: Callable[[float], None]
) -> None:
    """Make the repairs that are wanted of a file, in the open transaction.

    The long work comes before any lock. What came in its way meanwhile (other wishes, another
    file, a review) leaves everything as it was; other wishes have a job of their own.
    """
    row, candidate = repairs.find(session, resource_id), candidate_of(session, resource_id)
    if row is None or row.wanted is None or candidate is None:
        return
    schema = candidate.schema
    wanted, seen = row.wanted, _seen(row)
    made = _tried(row, wanted, candidate, progress)
    publication.find(session, candidate.package_id, lock=True)
    row, candidate = (
        repairs.find(session, resource_id, lock=True),
        candidate_of(session, resource_id),
    )
    if row is None or candidate is None or _seen(row) != seen:
        return
    if candidate.schema != schema:
        # Its columns were described meanwhile: the repaired file has them, too.
        jobs.enqueue(session, REPAIR, resource_id, now=utc_now())
        return
    row.wanted, row.error = None, None
    if isinstance(made, str) or row.sha256 != candidate.sha256:
        row.error = made if isinstance(made, str) else DOES_NOT_FIT
        return
    try:
        _put(session, candidate, made, utc_now())
    except DomainError:
        row.error = CLOSED
        return
    row.sha256, row.steps, row.changed_at = made.sha256, wanted, utc_now()
    if not wanted:
        session.delete(row)
    jobs.enqueue(session, "opengov.check", resource_id, now=utc_now())


def _seen(row: repairs.Repair) -> tuple[object, ...]:
    """Return what changes with every wish, and with the file: the versions of each begin anew."""
    return row.version, row.original_sha256, row.sha256


def _tried(
    row: repairs.Repair,
    wanted: list[dict[str, Any]],
    candidate: Candidate,
    progress: Callable[[float], None],
) -> _Made | str:
    """Return the repaired file, or why there is none."""
    try:
        return _make(row, wanted, candidate, progress)
    except CannotRepair:
        return DOES_NOT_FIT
    except tk.ValidationError:
        return TOO_LARGE


def _make(
    row: repairs.Repair,
    wanted: list[dict[str, Any]],
    candidate: Candidate,
    progress: Callable[[float], None],
) -> _Made:
    """Return the repaired file; without repairs, the original, with a name of its format."""
    past, about = _past(row, wanted), max(row.original_size // 50, 1)
    if not past.steps:
        called = [step.params["format"] for step in read_all(wanted)]
        fields = {**row.original, **(_called(row, called[0]) if called else {})}
        return _Made(row.original_sha256, row.original_size, fields)
    from ckanext.opengov.validation import apart  # noqa: PLC0415 - slow to import

    with _folder() as folder:
        out = folder / "repaired.csv"
        apart.make_repairs(past, out, lambda rows: progress(min(rows / about, 1.0)))
        most = max(uploader.get_max_resource_size() * storage.MB, LARGER * row.original_size)
        with out.open("rb") as stream:
            sha256, size = storage.store(stream, most)
    schema = _schema(row, candidate, past.steps, sha256)
    return _Made(sha256, size, {**_called(row, "csv"), "schema": schema})


def _called(row: repairs.Repair, end: str) -> dict[str, Any]:
    """Return what a resource says of a file of this format."""
    name = row.original["url"].rpartition(".")[0] or row.original["url"] or "file"
    url = f"{name}.{end}"
    return {"format": FORMATS[end], "mimetype": mimetypes.guess_type(url)[0], "url": url}


@contextmanager
def _folder() -> Iterator[Path]:
    storage.folder().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=storage.folder(), prefix="repaired-") as name:
        yield Path(name)


def _schema(row: repairs.Repair, candidate: Candidate, steps: tuple[Step, ...], sha256: str) -> str:
    """Return the schema of the repaired file as JSON; empty: it is inferred."""
    if candidate.schema_ref:
        # A version of the catalogue is as it is.
        return candidate.schema
    given = json.loads(row.original["schema"]) if row.original["schema"] else None
    before, now = read_all(row.steps), candidate.descriptor
    is_inferred = given is None and any(step.kind is Kind.TYPE for step in before)
    if not is_inferred and now != schema_after(given, before):
        # Its publisher has given another one since.
        given = now
    if given is None and any(step.kind is Kind.TYPE for step in steps):
        from ckanext.opengov.validation import apart  # noqa: PLC0415 - slow to import

        path = storage.path_of(sha256)
        report = apart.check_file(
            path, name=candidate.name, format="csv", schema=None, progress=lambda _share: None
        )
        given = {"fields": report["fields"]}
    schema = schema_after(given, steps)
    return "" if schema is None else json.dumps(schema, ensure_ascii=False, sort_keys=True)


def _put(session: AlchemySession, candidate: Candidate, made: _Made, now: datetime) -> None:
    """Let the draft, or the change under way, bring this file. The caller holds the lock.

    Raises:
        DomainError: it may not be edited now.
    """
    package = session.get_one(ckan_model.Package, candidate.package_id)
    context: Any = {"session": session, "user": "", "ignore_auth": True}
    revision = revisions.open_of(session, package.id)
    row = revision or publication.find(session, package.id)
    is_public = package.state == "active"
    if revision or not is_public:
        check_editable(state_of(row))
    live = live_dataset(context, package.id)["resources"]
    listed = (revision.changes.get("resources") if revision else None) or live
    facts = {
        **made.fields,
        "size": made.size,
        "last_modified": now.replace(tzinfo=None).isoformat(),
    }
    resources = [
        {**each, **facts, **_renamed(each, made)} if each["id"] == candidate.resource_id else each
        for each in listed
    ]
    if not is_public:
        files.put_file(session, candidate.resource_id, made.sha256, made.size, now)
        patch_package(context, package.id, {"resources": resources})
        jobs.enqueue(session, "opengov.index", package.id, now=now)
        return
    if revision is None:
        revision = revisions.add_change(session, package.id, now)
    revision.changes = json.loads(
        json.dumps({**revision.changes, "resources": resources}, default=str)
    )
    revision.changed_at = now
    place = {"revision_id": revision.id, "resource_id": candidate.resource_id}
    revisions.stage_file(session, revisions.StagedFile(**place, sha256=made.sha256, size=made.size))
    ask_for_comparisons(session, package)


def _renamed(resource: Mapping[str, Any], made: _Made) -> dict[str, Any]:
    """Return the names of a resource that end like its file, with the end that the new one has."""
    old = file_name(resource.get("url")).rpartition(".")[2].lower()
    new = made.fields["url"].rpartition(".")[2]

    def renamed(text: str) -> str:
        stem, _, end = text.rpartition(".")
        return f"{stem}.{new}" if stem and end.lower() == old else text

    found: dict[str, Any] = {}
    if isinstance(name := resource.get("name"), str):
        found["name"] = renamed(name)
    if isinstance(names := resource.get("name_translated"), dict):
        found["name_translated"] = {key: renamed(text) for key, text in names.items()}
    return found

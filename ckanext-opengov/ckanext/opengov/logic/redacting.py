"""Takes words out of a dataset that has lost the right to them: at once, and everywhere.

The rule of ``domain/redaction.py`` stands in for a reviewer: it can only empty cells. Of a
published dataset it makes a version of its own, which the history names. What was prepared,
submitted or scheduled loses the same words; reports and comparisons, which quote rows, are made
anew. The old bytes go from the disk after the commit.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, cast

from ckan import model as ckan_model
from ckan.lib import uploader
from ckan.types import AlchemySession, Context

from ckanext.opengov import storage
from ckanext.opengov.domain.publication import TRANSITIONS, Facts, Role, State, Step
from ckanext.opengov.domain.redaction import NotOurTable, redacted
from ckanext.opengov.logic.candidates import keep_results
from ckanext.opengov.logic.changes import live_dataset
from ckanext.opengov.logic.steps import note_step, patch_package, state_of
from ckanext.opengov.model import (
    differences,
    files,
    publication,
    repairs,
    revisions,
    tables,
    upserts,
)
from ckanext.opengov.shared import jobs, redaction
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.lifecycle import advance
from ckanext.opengov.shared.domain.redaction import Plan

REDACTOR = Actor(None, frozenset({Role.REDACTOR}))
LINES_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Bytes:
    """A file in the store. ``None`` in its place: the file itself goes."""

    sha256: str
    size: int


Replaced = dict[str, Bytes | None]
"""By resource id, what takes the place of a file."""


def redact(session: AlchemySession, dataset_id: str, now: datetime) -> None:
    """Take out of a dataset's files what their plans name, in the open transaction."""
    package = session.get(ckan_model.Package, dataset_id)
    plans = redaction.plans_of(session, dataset_id)
    if package is None or not plans:
        return
    row = _held(session, dataset_id, plans)
    change = revisions.open_of(session, dataset_id)
    served: Mapping[str, Any] = files.files_of(session, plans)
    staged: Mapping[str, Any] = revisions.files_of(session, change.id) if change else {}
    new_served, new_staged = _rewritten(served, plans), _rewritten(staged, plans)
    # An original would bring the words back.
    originals = repairs.forget(session, plans.keys())
    for sha256 in revisions.hashes_of(session, dataset_id, plans) | originals:
        # Of versions that nobody can read any more.
        jobs.enqueue(session, redaction.FORGET, sha256, now=now)
    if not new_served and not new_staged:
        return
    advance(TRANSITIONS, state_of(row), Step.REDACT, REDACTOR, Facts(now=now, only_removes=True))
    old = {served[id].sha256 for id in new_served} | {staged[id].sha256 for id in new_staged}
    context: Any = {"session": session, "user": "", "ignore_auth": True}
    noted: dict[str, Any] = {"files": sorted({*new_served, *new_staged})}
    if change is not None:
        _redact_change(session, change, {**new_served, **new_staged}, new_staged)
    if new_served:
        noted |= _redact_served(context, row, new_served, now)
    _forget_quotes(session, dataset_id, change, {*new_served, *new_staged})
    note_step(context, dataset_id, Step.REDACT, REDACTOR, now, **noted)
    for resource_id in {*new_served, *new_staged}:
        jobs.enqueue(session, "opengov.check", resource_id, now=now)
    for sha256 in old:
        jobs.enqueue(session, redaction.FORGET, sha256, now=now)
    jobs.enqueue(session, "opengov.index", dataset_id, now=now)


def _held(
    session: AlchemySession, dataset_id: str, resource_ids: Iterable[str]
) -> publication.Publication:
    """Let nobody change the dataset and these files' tables; return its publication."""
    for resource_id in sorted(resource_ids):
        # Who loads an old file into its table ends first.
        upserts.lock(session, resource_id)
    return publication.find(session, dataset_id, lock=True)


def forget_bytes(session: AlchemySession, sha256: str) -> None:
    """Delete bytes from the disk that nothing serves or prepares to."""
    if not (revisions.are_used(session, sha256) or repairs.is_original(session, sha256)):
        storage.path_of(sha256).unlink(missing_ok=True)


def _rewritten(found: Mapping[str, Any], plans: Mapping[str, Plan]) -> Replaced:
    """Return what takes the place of these files; those that lose nothing are absent."""
    replaced: Replaced = {}
    for resource_id, file in found.items():
        if resource_id not in plans:
            continue
        try:
            lines = _Lines(_written(file.sha256, plans[resource_id]))
            most = uploader.get_max_resource_size() * storage.MB
            sha256, size = storage.store(cast(IO[bytes], lines), most)
        except (NotOurTable, UnicodeDecodeError, csv.Error):
            # Somebody replaced it by what nobody could take single rows out of.
            replaced[resource_id] = None
            continue
        if lines.has_lost:
            replaced[resource_id] = Bytes(sha256, size)
    return replaced


def _written(sha256: str, plan: Plan) -> Iterator[tuple[bytes, bool]]:
    """Yield pieces of the new file, and whether words were lost in each."""
    with storage.path_of(sha256).open(encoding="utf-8-sig", newline="") as stream:
        before, given = itertools.tee(csv.reader(stream, strict=True))
        pairs = zip(before, redacted(given, plan), strict=True)
        while chunk := list(itertools.islice(pairs, LINES_AT_ONCE)):
            out = io.StringIO()
            csv.writer(out).writerows(new for _old, new in chunk)
            yield out.getvalue().encode(), any(old != new for old, new in chunk)


class _Lines(io.RawIOBase):
    """The pieces of a file as a stream."""

    def __init__(self, pieces: Iterator[tuple[bytes, bool]]) -> None:
        self._pieces, self.has_lost = pieces, False

    def read(self, _size: int = -1) -> bytes:
        """Return the next piece."""
        piece, has_lost = next(self._pieces, (b"", False))
        self.has_lost = self.has_lost or has_lost
        return piece


def _redact_served(
    context: Context, row: publication.Publication, replaced: Replaced, now: datetime
) -> dict[str, Any]:
    """Let the dataset serve the new files; return what the history says of it."""
    session, dataset_id = context["session"], row.package_id
    before = live_dataset(context, dataset_id)["resources"]
    for resource_id, new in replaced.items():
        tables.drop(resource_id)
        if new is None:
            files.forget_file(session, resource_id)
        else:
            files.put_file(session, resource_id, new.sha256, new.size, now)
    patch_package(context, dataset_id, {"resources": _resources(before, replaced, now)})
    if state_of(row) is not State.PUBLISHED:
        return {}
    keep_results(session, dataset_id)
    jobs.enqueue(session, "opengov.tables", dataset_id, now=now)
    version = revisions.add_redaction(session, dataset_id, now)
    after = live_dataset(context, dataset_id)["resources"]
    version.changes, version.before = _plain({"resources": after}), _plain({"resources": before})
    _stage(session, version, replaced)
    return {"revision": version.number}


def _resources(
    found: list[dict[str, Any]], replaced: Replaced, now: datetime
) -> list[dict[str, Any]]:
    """Return the resources with the sizes of their new files, without those that go."""
    kept = [each for each in found if replaced.get(each["id"], each) is not None]
    changed = now.replace(tzinfo=None).isoformat()
    return [
        {**each, "size": new.size, "last_modified": changed}
        if (new := replaced.get(each["id"]))
        else each
        for each in kept
    ]


def _redact_change(
    session: AlchemySession, change: revisions.Revision, replaced: Replaced, staged: Replaced
) -> None:
    """Let the change under way bring the new files."""
    _stage(session, change, staged)
    listed = change.changes.get("resources")
    if listed is not None:
        resources = _resources(listed, replaced, change.changed_at)
        change.changes = _plain({**change.changes, "resources": resources})
        revisions.keep_files(session, change.id, [each["id"] for each in resources])


def _stage(session: AlchemySession, revision: revisions.Revision, replaced: Replaced) -> None:
    for resource_id, new in replaced.items():
        if new is not None:
            place = {"revision_id": revision.id, "resource_id": resource_id}
            staged = revisions.StagedFile(**place, sha256=new.sha256, size=new.size)
            revisions.stage_file(session, staged)


def _forget_quotes(
    session: AlchemySession,
    dataset_id: str,
    change: revisions.Revision | None,
    resource_ids: set[str],
) -> None:
    """Forget what reports and comparisons quote of the old files."""
    files.forget_checks_of(session, resource_ids)
    if change is not None:
        differences.keep(session, change.id, {})
    differences.shorten_older(session, dataset_id, "")


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(values, default=str))
    return found

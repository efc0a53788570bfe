"""Rows that come one call at a time: checked like a file, put into the table, then into the file.

The published file is written anew by a job from itself and the rows that wait, at most once in
``WRITE_EVERY``. Until then the table is ahead of it. Whatever dies on the way, each batch
is in the table and in the file whole and once: the table notes the batches that it has, and the
file takes them in the transaction that makes it the one that is served.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import logging
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, cast

from ckan import model as ckan_model
from ckan.lib import uploader
from ckan.types import AlchemySession

from ckanext.opengov import storage
from ckanext.opengov.casting.cells import comparable
from ckanext.opengov.domain.publication import State
from ckanext.opengov.domain.standing import End, key_of
from ckanext.opengov.logic import standing
from ckanext.opengov.logic.candidates import (
    USUAL,
    Candidate,
    candidates,
    check,
    checked,
    keep_results,
)
from ckanext.opengov.logic.changes import live_dataset
from ckanext.opengov.logic.comparing import ask_for_comparisons
from ckanext.opengov.logic.steps import check_new_files
from ckanext.opengov.model import files, policies, publication, revisions, upserts
from ckanext.opengov.model import standing as standings
from ckanext.opengov.model.upserts import Batch, Incoming, Table
from ckanext.opengov.shared import audit, jobs, redaction
from ckanext.opengov.validation import records, spawned
from ckanext.opengov.validation.report import Kept
from ckanext.opengov.validation.weights import (
    Descriptor,
    Policy,
    Weight,
    loadable,
    odd_columns,
    weighed,
)

log = logging.getLogger(__name__)

WRITE = "opengov.write-rows"
WRITE_EVERY = timedelta(minutes=10)
"""A file changes no more often, and with it the date and the feeds of its dataset."""
MOST_BATCHES = 50
"""Written at once: of 5 MB each at most."""
LINES_AT_ONCE = 1000
HEAD = 1 << 16
TWICE = "duplicate-row"
ONE_OF_EACH = frozenset({"primary-key", "unique-error"})
"""What no policy lets pass of records: with a key twice, table and file would come apart."""

Progress = Callable[[float], None]


class FileMoved(Exception):
    """The published file became another one while rows were written into it; try again."""


class CheckAborted(Exception):
    """The check of the new file was stopped, which says nothing of its rows; try again."""


@dataclass(frozen=True, slots=True)
class Served:
    """The published file of a resource, with the report on it."""

    candidate: Candidate
    report: Kept
    """As the check gave it, before it is weighed."""
    policy: Policy = USUAL

    @property
    def path(self) -> Path:
        """Where its bytes lie."""
        return storage.path_of(self.candidate.sha256 or "")

    @property
    def schema(self) -> dict[str, Any]:
        """Its Table Schema."""
        return self.candidate.descriptor or {}

    @property
    def blocking(self) -> int:
        """How many findings block it under the policy of its body."""
        return weighed(self.report, self.policy)["blocking"]

    @property
    def has_no_twins(self) -> bool:
        """Tell whether a row that is there twice, whole, blocks it."""
        weights = (
            self.policy.weight(TWICE, each) for each in records.severities(self.schema, TWICE)
        )
        return Weight.BLOCK in weights

    @property
    def loaded(self) -> tuple[Kept, Descriptor | None]:
        """The report and the schema under which its table is made."""
        return loadable(self.report, self.schema)

    @property
    def is_table(self) -> bool:
        """Tell whether it is a CSV file without problems, under a schema."""
        is_csv = str(self.report["file"].get("format")) == "csv"
        return is_csv and not self.blocking and bool(self.schema)

    def names(self) -> list[str]:
        """Return the names of its columns, in its order."""
        from ckanext.opengov.validation.engine import cells  # noqa: PLC0415 - slow to import

        return [str(name) for name in next(cells(self.path, self.report))]


def served(session: AlchemySession, resource_id: str) -> Served | None:
    """Return the published file of a resource; None: there is none, or it is not checked."""
    resource = session.get(ckan_model.Resource, resource_id)
    package = session.get(ckan_model.Package, resource.package_id) if resource else None
    if package is None or package.state != "active":
        return None
    found = {each.resource_id: each for each in candidates(session, package, None)}
    candidate = found.get(resource_id)
    if candidate is None or candidate.sha256 is None:
        return None
    report = checked(session, [candidate]).get(resource_id)
    policy = policies.of_datasets(session, {package.id}).get(package.id, USUAL)
    return Served(candidate, report.found, policy) if report else None


def check_rows(file: Served, found: Sequence[Sequence[str]]) -> Kept:
    """Return what the check of files says of rows (the names of the columns first).

    It is weighed as the body wants, but for what its table has no place for.
    """
    with _written(found) as path:
        schema = records.schema_of(file.schema)
        report = spawned.check_file(
            path, name=file.candidate.name, format="csv", schema=schema, is_part=True
        )
    firm = set(ONE_OF_EACH)
    if odd_columns(report) - odd_columns(file.report):
        firm.add("type-error")
    wishes = {code: weight for code, weight in file.policy.wishes.items() if code not in firm}
    return weighed(report, Policy(wishes, file.policy.country))


@contextmanager
def _written(found: Sequence[Sequence[str]]) -> Iterator[Path]:
    """Give a file of its own with these rows, as long as the block lasts."""
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        records.write(Path(file.name), found)
        yield Path(file.name)


def typed(file: Served, found: Sequence[Sequence[str]]) -> list[list[Any]]:
    """Return rows that were checked (the names of the columns first) with the table's values."""
    from ckanext.opengov.validation.engine import typed_rows  # noqa: PLC0415 - slow to import

    report, schema = file.loaded
    with _written(found) as path:
        return list(typed_rows(path, records.facts(report), schema))  # type: ignore[arg-type]


def incoming(
    file: Served, found: Sequence[Sequence[str]], method: str, *, is_once: bool = False
) -> Incoming:
    """Return rows (the names of the columns first) as the table takes them."""
    fields = file.report["fields"]
    return Incoming(
        names=[str(field["name"]) for field in fields],
        key=key_of(file.schema),
        unique=[
            str(field["name"])
            for field in fields
            if cast(dict[str, Any], field.get("constraints") or {}).get("unique")
        ],
        rows=typed(file, found),
        replaces=method == "upsert",
        is_once=is_once,
    )


def catch_up(session: AlchemySession, table: Table, file: Served) -> None:
    """Put into the table what was taken and did not reach it, or what its file lacks.

    The caller holds the lock on the resource, and commits the table.
    """
    last = table.number()
    for batch in upserts.waiting(session, file.candidate.resource_id):
        if batch.number > last:
            outcome = table.put(incoming(file, batch.records or [], batch.method))
            if outcome.clashes:
                # Of a table whose file was replaced past the review.
                log.error("Batch %s has no place in its table any more", batch.id)
            table.note(batch.number)


def restore(session: AlchemySession, resource_id: str) -> None:
    """Bring a table that was made from the file up to date with the rows that the file lacks.

    The caller holds the lock on the resource.
    """
    file = served(session, resource_id)
    if file is None or not upserts.count_waiting(session, [resource_id]):
        return
    with upserts.table_of(resource_id) as table:
        if table.is_there:
            catch_up(session, table, file)
            table.commit()


def unwritten(
    session: AlchemySession, package: ckan_model.Package, revision: revisions.Revision | None
) -> int:
    """Return how many calls came for files or schemas that the revision replaces, and wait.

    Nobody adds rows to these files until the transaction ends; whoever does it now counts too.
    """
    if revision is None:
        return 0
    before = {each.resource_id: each.fingerprint for each in candidates(session, package, None)}
    after = {each.resource_id: each.fingerprint for each in candidates(session, package, revision)}
    changed = [id for id in before if after.get(id, before[id]) != before[id]]
    busy = sum(
        standings.open_of(session, id) is not None and not upserts.try_lock(session, id)
        for id in changed
    )
    return busy + (upserts.count_waiting(session, changed) if changed else 0)


def ask_to_write(session: AlchemySession, resource_id: str, now: datetime) -> None:
    """Have waiting rows written into the file, in the caller's transaction."""
    served_now = files.file_of(session, resource_id)
    last = upserts.last_written(session, resource_id)
    since = served_now.stored_at if served_now and last else None
    jobs.enqueue(session, WRITE, resource_id, now=max(now, since + WRITE_EVERY) if since else now)


def write_rows(
    session: AlchemySession,
    resource_id: str,
    now: datetime,
    progress: Progress,
    most: int = MOST_BATCHES,
) -> None:
    """Write the rows that wait into the published file, in the open transaction.

    Of calls that together make a file which the check refuses, the first half is written,
    until it is one: that one is lost, and its approval ends.

    Raises:
        FileMoved: it became another file meanwhile.
        CheckAborted: nobody knows what the check would say.
    """
    batches = upserts.waiting(session, resource_id, most)
    file = served(session, resource_id)
    if not batches or file is None:
        return
    largest = uploader.get_max_resource_size() * storage.MB
    sha256, size = storage.store(cast(IO[bytes], _Stream(_lines(file, batches))), largest)
    progress(0.5)
    fresh = replace(file.candidate, sha256=sha256)
    new = Served(fresh, check(fresh, lambda share: progress(0.5 + share / 2)), file.policy)
    if any(each["code"] == "check-aborted" for each in new.report["counts"]):
        raise CheckAborted
    if new.blocking > file.blocking and len(batches) > 1:
        write_rows(session, resource_id, now, progress, most=len(batches) // 2)
    else:
        _serve(session, file, new, size, batches, now)


def _serve(
    session: AlchemySession,
    old: Served,
    new: Served,
    size: int,
    batches: Sequence[Batch],
    now: datetime,
) -> None:
    """Let the dataset serve the new file, if it serves the old one still."""
    resource_id, package_id = old.candidate.resource_id, old.candidate.package_id
    taken = [batch.id for batch in batches]
    upserts.lock(session, resource_id)
    row = publication.find(session, package_id, lock=True)
    current = served(session, resource_id)
    waiting = {batch.id: batch for batch in upserts.waiting(session, resource_id, MOST_BATCHES)}
    if current is None or current.candidate != old.candidate:
        raise FileMoved
    if not set(taken) <= waiting.keys() or row.state != State.PUBLISHED:
        raise FileMoved
    # A policy may have become harder for what was published already: the rows can't help it.
    if replace(new, policy=current.policy).blocking > current.blocking:
        _give_up(session, old, [waiting[each] for each in taken], now)
        return
    with upserts.table_of(resource_id) as table:
        if table.is_there:
            catch_up(session, table, old)
            table.commit()
    version = _publish(session, new, size, now)
    for batch_id in taken:
        batch = waiting[batch_id]
        batch.records, batch.sha256, batch.version = None, new.candidate.sha256, version
    audit.record(
        session,
        subject=f"dataset:{package_id}",
        step="rows",
        actor_id=None,
        at=now,
        details={"revision": version, "files": [resource_id], "calls": len(taken)},
    )
    _ask_for_what_follows(session, old, now)
    if odd_columns(new.report) != odd_columns(old.report):
        # A column whose last odd cell was replaced is one of texts no more.
        jobs.enqueue(session, "opengov.tables", package_id, now=now)


def _give_up(
    session: AlchemySession, file: Served, batches: Sequence[Batch], now: datetime
) -> None:
    """End the approval of a file that the check refuses with these rows; who sent them is told."""
    resource_id, package_id = file.candidate.resource_id, file.candidate.package_id
    log.error("The rows of resource %s make a file that the check refuses", resource_id)
    standing.end_by_itself(session, resource_id, End.BROKEN, now)
    for batch in batches:
        batch.lost = End.BROKEN
    # What was reviewed is the truth: the table is made of it again, and of what waits still.
    jobs.enqueue(session, "opengov.tables", package_id, now=now)
    if upserts.count_waiting(session, [resource_id]):
        ask_to_write(session, resource_id, now)


def _publish(session: AlchemySession, new: Served, size: int, now: datetime) -> int:
    """Let the dataset serve the new file as a version of its own; return its number."""
    resource_id, package_id = new.candidate.resource_id, new.candidate.package_id
    sha256, before = new.candidate.sha256 or "", _resources(session, package_id)
    check_of_it = {
        "resource_id": resource_id,
        "fingerprint": new.candidate.fingerprint,
        "verdict": new.report["verdict"],
        "blocking": new.report["blocking"],
        "report": new.report,
        "checked_at": now,
    }
    files.put_file(session, resource_id, sha256, size, now)
    files.put_check(session, check_of_it)
    files.forget_checks(session, _current(session, resource_id, new.candidate))
    _date(session, resource_id, size, now)
    keep_results(session, package_id)
    version = revisions.add_rows(session, package_id, now)
    version.before, version.changes = before, _resources(session, package_id)
    place = {"revision_id": version.id, "resource_id": resource_id}
    revisions.stage_file(session, revisions.StagedFile(**place, sha256=sha256, size=size))
    return version.number


def _ask_for_what_follows(session: AlchemySession, old: Served, now: datetime) -> None:
    """Have compared, indexed, deleted and written what the new file asks for."""
    resource_id, package_id = old.candidate.resource_id, old.candidate.package_id
    sha256 = old.candidate.sha256 or ""
    package = session.get_one(ckan_model.Package, package_id)
    change = revisions.open_of(session, package_id)
    if change is not None:
        context: Any = {"session": session}
        check_new_files(context, candidates(session, package, change))
    ask_for_comparisons(session, package)
    if revisions.is_of_rows(session, package_id, resource_id, sha256):
        # Nobody but a download under way still reads what was made between two reviews.
        jobs.enqueue(session, redaction.FORGET, sha256, now=now)
    for kind in ("opengov.index", "opengov.exports"):
        jobs.enqueue(session, kind, package_id, now=now)
    if upserts.count_waiting(session, [resource_id]):
        ask_to_write(session, resource_id, now)


def _resources(session: AlchemySession, package_id: str) -> dict[str, Any]:
    """Return the dataset's resources, to be stored in a version."""
    context: Any = {"session": session, "user": "", "ignore_auth": True}
    listed = {"resources": live_dataset(context, package_id)["resources"]}
    found: dict[str, Any] = json.loads(json.dumps(listed, default=str))
    return found


def _current(session: AlchemySession, resource_id: str, served_now: Candidate) -> dict[str, str]:
    """Return what reports are kept about the resource: the new one alone.

    Where a change under way brings a file of its own, its report stays with it.
    """
    change = revisions.open_of(session, served_now.package_id)
    if change is not None and resource_id in revisions.files_of(session, change.id):
        return {}
    return {resource_id: served_now.fingerprint}


def _date(session: AlchemySession, resource_id: str, size: int, now: datetime) -> None:
    """Say in the description, and in a change under way, how large and how new the file is."""
    moment = now.replace(tzinfo=None)
    resource = session.get_one(ckan_model.Resource, resource_id)
    resource.size, resource.last_modified, resource.metadata_modified = size, moment, moment
    package = session.get_one(ckan_model.Package, resource.package_id)
    package.metadata_modified = moment
    change = revisions.open_of(session, package.id)
    listed = change.changes.get("resources") if change else None
    if change is not None and listed is not None:
        dated = {"size": size, "last_modified": moment.isoformat()}
        change.changes = {
            **change.changes,
            "resources": [
                {**each, **dated} if each.get("id") == resource_id else each for each in listed
            ],
        }


class _Stream(io.RawIOBase):
    """Pieces of a file as a stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, _size: int = -1) -> bytes:
        """Return the next piece."""
        return next(self._pieces, b"")


class _Lines(list[str]):
    """Lines as they are written, each at once."""

    def write(self, line: str) -> None:
        """Take a line."""
        self.append(line)


def _lines(file: Served, batches: Sequence[Batch]) -> Iterator[bytes]:
    """Yield the pieces of the new file: as the old one is written, in UTF-8."""
    rows = _merged(file, batches)
    delimiter = str(file.report["file"].get("delimiter") or ",")
    with file.path.open("rb") as stream:
        head = stream.read(HEAD)
    ending = "\r\n" if b"\r\n" in head else "\n"
    while chunk := list(itertools.islice(rows, LINES_AT_ONCE)):
        lines = _Lines()
        # It quotes what has a sign of the line's end: either of them ends a line for who reads.
        csv.writer(lines, delimiter=delimiter, lineterminator="\r\n").writerows(chunk)
        yield "".join(line[:-2] + ending for line in lines).encode()


def _merged(file: Served, batches: Sequence[Batch]) -> Iterator[list[str]]:
    """Yield the rows of the new file: a row with a key that came again has its new cells."""
    from ckanext.opengov.validation.engine import cells, typed_rows  # noqa: PLC0415 - slow

    names = file.names()
    places = _places_of_key(file)
    newest: dict[tuple[Any, ...], list[str]] = {}
    added: list[tuple[tuple[Any, ...], list[str]]] = []
    for batch in batches:
        sent = batch.records or [names]
        order = [sent[0].index(name) for name in names]
        for row, values in zip(sent[1:], typed(file, sent), strict=True):
            key, ordered = _key(values, places), [row[place] for place in order]
            newest[key] = ordered
            added.append((key, ordered))
    yield names
    there: set[tuple[Any, ...]] = set()
    old = itertools.islice(cells(file.path, file.report), 1, None)
    if any(batch.method == "upsert" for batch in batches):
        report, schema = file.loaded
        rows = typed_rows(file.path, report, schema)  # type: ignore[arg-type]
        for row_before, values in zip(old, rows, strict=True):
            key = _key(values, places)
            there |= {key} & newest.keys()
            yield newest.get(key) or _texts(row_before)
    else:
        yield from map(_texts, old)
    for key, ordered in added:
        if not places:
            yield ordered
        elif key not in there:
            there.add(key)
            yield newest[key]


def _places_of_key(file: Served) -> list[int]:
    """Return where the key's columns stand among the typed ones."""
    names = [str(field["name"]) for field in file.report["fields"]]
    return [names.index(name) for name in key_of(file.schema) if name in names]


def _key(row: Sequence[Any], places: Sequence[int]) -> tuple[Any, ...]:
    """Return a row's key as the table compares it."""
    return tuple(comparable(row[place]) for place in places)


def _texts(row: Sequence[object]) -> list[str]:
    return ["" if each is None else str(each) for each in row]

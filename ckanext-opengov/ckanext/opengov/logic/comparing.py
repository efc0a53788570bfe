"""The comparison of a file that a revision brings with the published one it replaces."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.opengov import storage
from ckanext.opengov.logic.candidates import Candidate, candidates, check, checked
from ckanext.opengov.model import differences, revisions
from ckanext.opengov.shared import jobs
from ckanext.opengov.shared.domain.moments import utc_now

COMPARE = "opengov.compare"


@dataclass(frozen=True, slots=True)
class Replacement:
    """A published file, and the one that replaces it."""

    before: Candidate
    after: Candidate

    @property
    def fingerprint(self) -> str:
        """What a comparison is about: both bytes, and both schemas."""
        both = f"{self.before.fingerprint}\n{self.after.fingerprint}"
        return hashlib.sha256(both.encode()).hexdigest()

    @property
    def key(self) -> list[str]:
        """The primary key of the new schema."""
        found = (self.after.descriptor or {}).get("primaryKey") or []
        return [found] if isinstance(found, str) else [str(name) for name in found]

    @classmethod
    def of(cls, before: Candidate | None, after: Candidate) -> Replacement | None:
        """Return both files; None: there are no two, or they are the same."""
        if before is None or not before.sha256 or not after.sha256:
            return None
        return cls(before, after) if before.sha256 != after.sha256 else None


def replacements(
    session: AlchemySession, package: ckan_model.Package, revision: revisions.Revision
) -> dict[str, Replacement]:
    """Return the published files that the revision replaces, by resource id."""
    before = {each.resource_id: each for each in candidates(session, package, None)}
    found = (
        Replacement.of(before.get(after.resource_id), after)
        for after in candidates(session, package, revision)
    )
    return {each.after.resource_id: each for each in found if each}


def ask_for_comparisons(
    session: AlchemySession, package: ckan_model.Package, *, again: bool = False
) -> None:
    """Have the files compared that the change under way replaces; forget what is out of date.

    A new file that is not checked yet is compared after its check, which tells how it is read.
    """
    revision = revisions.open_of(session, package.id)
    if revision is None:
        return
    found = replacements(session, package, revision)
    current = {resource_id: each.fingerprint for resource_id, each in found.items()}
    differences.keep(session, revision.id, current)
    done = {} if again else current_of(session, revision, found)
    are_read = checked(session, [each.after for each in found.values()])
    for resource_id in found:
        if resource_id in are_read and resource_id not in done:
            jobs.enqueue(session, COMPARE, resource_id, now=utc_now())


def current_of(
    session: AlchemySession, revision: revisions.Revision, found: dict[str, Replacement]
) -> dict[str, differences.Difference]:
    """Return the comparisons of these very files, by resource id."""
    return {
        row.resource_id: row
        for row in differences.of_revision(session, revision.id)
        if row.resource_id in found and row.fingerprint == found[row.resource_id].fingerprint
    }


def uncompared(
    session: AlchemySession, package: ckan_model.Package, revision: revisions.Revision | None
) -> int:
    """Return how many files replace published ones and were not compared with them yet."""
    if revision is None:
        return 0
    found = replacements(session, package, revision)
    return len(found) - len(current_of(session, revision, found)) if found else 0


def compare_now(
    session: AlchemySession, resource_id: str, progress: Callable[[float], None]
) -> None:
    """Compare the published file of a resource with the one under way; keep what comes of it."""
    package_id = revisions.bringer_of(session, resource_id)
    package = session.get(ckan_model.Package, package_id) if package_id else None
    revision = revisions.open_of(session, package.id) if package else None
    if package is None or revision is None:
        return
    replacement = replacements(session, package, revision).get(resource_id)
    if replacement is None:
        return
    values = {
        "revision_id": revision.id,
        "resource_id": resource_id,
        "fingerprint": replacement.fingerprint,
        "result": _compared(session, replacement, progress),
        "compared_at": utc_now(),
    }
    differences.put(session, values)


def _compared(
    session: AlchemySession, replacement: Replacement, progress: Callable[[float], None]
) -> dict[str, Any]:
    """Return what changes between the two tables; nothing if one of the files is none."""
    from ckanext.opengov.validation import comparison  # noqa: PLC0415 - slow to import

    tables = []
    for candidate in (replacement.before, replacement.after):
        found = checked(session, [candidate]).get(candidate.resource_id)
        report = found.report if found else check(candidate, lambda _share: None)
        if not report["fields"]:
            return {}
        tables.append(comparison.Table(storage.path_of(candidate.sha256 or ""), report))
    before, after = tables
    return comparison.compare(before, after, replacement.key, progress)

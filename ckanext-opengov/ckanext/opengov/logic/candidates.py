"""The files that a reviewer decides on: those of a draft, or what a revision makes of a dataset."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.opengov import config, storage
from ckanext.opengov.logic import schemas
from ckanext.opengov.logic.waivers import standings
from ckanext.opengov.model import files, policies, revisions
from ckanext.opengov.naming import file_name
from ckanext.opengov.validation.formats import kinds
from ckanext.opengov.validation.repairs.proposing import Past
from ckanext.opengov.validation.report import Kept, Severity
from ckanext.opengov.validation.waived import Standing
from ckanext.opengov.validation.weights import Policy, weighed

FIRST = "first-"
"""Before the fingerprint of a report that is only about the beginning of the file."""
USUAL = Policy()


@dataclass(frozen=True, slots=True)
class Candidate:
    """The file of one resource, as it is or will be published."""

    resource_id: str
    package_id: str
    name: str
    format: str
    schema: str
    """Table Schema as JSON; empty: none."""
    sha256: str | None
    """None: a link, or nothing yet."""
    schema_ref: str = ""
    """The version of a schema of the catalogue that it declares; empty: none."""

    @property
    def descriptor(self) -> dict[str, Any] | None:
        """The Table Schema; None: there is none."""
        return json.loads(self.schema) if self.schema else None

    @property
    def fingerprint(self) -> str:
        """What a check of it is about: these bytes under this schema, called of this format."""
        content = hashlib.sha256(f"{self.sha256}\n{self.schema}".encode()).hexdigest()
        return hashlib.sha256(f"{kinds.plain(self.format)}\n{content}".encode()).hexdigest()


def candidates(
    session: AlchemySession, package: ckan_model.Package, revision: revisions.Revision | None
) -> list[Candidate]:
    """Return the files of the dataset, or of the revision if one is given."""
    changed = revision.changes.get("resources") if revision else None
    if changed is None:
        changed = [_as_dict(row) for row in package.resources if row.state == "active"]
    ids = [resource["id"] for resource in changed]
    stored: dict[str, Any] = dict(files.files_of(session, ids))
    if revision is not None:
        stored |= revisions.files_of(session, revision.id)
    return [candidate(package.id, resource, stored) for resource in changed]


def candidate_of(session: AlchemySession, resource_id: str) -> Candidate | None:
    """Return what a resource will serve if the change under way is published, else what it does."""
    resource = session.get(ckan_model.Resource, resource_id)
    package_id = resource.package_id if resource else revisions.bringer_of(session, resource_id)
    package = session.get(ckan_model.Package, package_id) if package_id else None
    if package is None or package.state == "deleted":
        return None
    found = candidates(session, package, revisions.open_of(session, package.id))
    return next((each for each in found if each.resource_id == resource_id), None)


def to_check(session: AlchemySession, resource_id: str) -> list[Candidate]:
    """Return the files of a resource to check: what it will serve, and what it does meanwhile.

    The latter if there is no report on it: one that lost words beside a change under way.
    """
    found = candidate_of(session, resource_id)
    if found is None:
        return []
    package = session.get_one(ckan_model.Package, found.package_id)
    others = (each for each in candidates(session, package, None) if each != found)
    served = [each for each in others if each.resource_id == found.resource_id]
    unchecked = [each for each in served if not checked(session, [each])]
    return [each for each in (found, *unchecked) if each.sha256]


def checked(session: AlchemySession, found: Iterable[Candidate]) -> dict[str, files.Checked]:
    """Return the current reports on these files by resource id."""
    by_id = {each.resource_id: each for each in found if each.sha256}
    wanted = {resource_id: each.fingerprint for resource_id, each in by_id.items()}
    checks = files.checks_of(session, wanted) if wanted else {}
    if not checks:
        return {}
    weights = policies.of_datasets(session, {each.package_id for each in by_id.values()})
    return {
        resource_id: files.Checked(
            resource_id,
            check.fingerprint,
            weighed(check.report, weights.get(by_id[resource_id].package_id, USUAL)),
            check.report,
        )
        for resource_id, check in checks.items()
    }


def first_of(session: AlchemySession, candidate: Candidate) -> files.Check | None:
    """Return what was found in the beginning of a large file while its check goes on."""
    wanted = {candidate.resource_id: FIRST + candidate.fingerprint}
    return files.checks_of(session, wanted).get(candidate.resource_id)


def check(
    candidate: Candidate,
    progress: Callable[[float], None],
    past: Past | None = None,
    first: Callable[[Kept], None] = lambda _kept: None,
) -> Kept:
    """Check a file that was uploaded; return the report to be kept.

    ``past`` has the original, if it came out of repairs. ``first`` is told what the beginning of
    a large file holds.
    """
    from ckanext.opengov.validation import apart  # noqa: PLC0415 - slow to import
    from ckanext.opengov.validation.formats.tables import Hints  # noqa: PLC0415

    return apart.check_file(
        storage.path_of(candidate.sha256 or ""),
        name=candidate.name,
        format=candidate.format,
        schema=candidate.descriptor,
        progress=progress,
        hints=Hints(box=config.country_box()),
        past=past,
        first=first,
    )


def results_of(
    session: AlchemySession, package: ckan_model.Package
) -> dict[str, dict[str, str | int | None]]:
    """Return, by resource id, the fields of its resources that the suite computes."""
    found = candidates(session, package, None)
    checks = checked(session, found)
    standing = standings(session, checks)
    return {
        each.resource_id: {
            "sha256": each.sha256,
            "conforms_to": conforms_to(session, each, checks.get(each.resource_id)),
            **_result(checks.get(each.resource_id), standing.get(each.resource_id)),
        }
        for each in found
    }


def conforms_to(
    session: AlchemySession, candidate: Candidate, check: files.Checked | None
) -> str | None:
    """Return the schema that a file declares and keeps to, whatever its body lets pass."""
    if not candidate.schema_ref or check is None or not check.found["fields"]:
        return None
    is_broken = any(each["severity"] == Severity.ERROR for each in check.found["counts"])
    is_it = schemas.is_as_noted(session, candidate.schema_ref, candidate.schema)
    return candidate.schema_ref if is_it and not is_broken else None


def _result(check: files.Checked | None, standing: Standing | None) -> dict[str, str | int | None]:
    if check is None or standing is None:
        return {"validation_status": None, "rows": None, "columns": None}
    report: Any = check.report
    is_table = bool(report["fields"])
    return {
        "validation_status": standing.verdict,
        "rows": report["file"]["rows"] if is_table else None,
        "columns": len(report["fields"]) if is_table else None,
    }


def keep_results(session: AlchemySession, package_id: str) -> None:
    """Keep the computed fields in the resources: to show what is published costs no query."""
    package = session.get_one(ckan_model.Package, package_id)
    session.flush()
    session.expire(package)
    for resource_id, values in results_of(session, package).items():
        resource = session.get_one(ckan_model.Resource, resource_id)
        kept = {name: value for name, value in values.items() if value}
        others = {name: value for name, value in resource.extras.items() if name not in values}
        resource.extras = {**others, **kept}


def _as_dict(resource: ckan_model.Resource) -> dict[str, Any]:
    return {
        "id": resource.id,
        "name": resource.name,
        "url": resource.url,
        "url_type": resource.url_type,
        "format": resource.format,
        "schema": (resource.extras or {}).get("schema"),
        "schema_ref": (resource.extras or {}).get("schema_ref"),
    }


def _written(schema: Any) -> str:
    """Return a schema as it is stored, or what was checked would be another file once stored."""
    return json.dumps(schema, ensure_ascii=False, sort_keys=True)


def candidate(package_id: str, resource: Mapping[str, Any], stored: Mapping[str, Any]) -> Candidate:
    """Return the file of a resource; ``stored`` has the bytes by resource id."""
    schema = resource.get("schema") or ""
    # A file that a link took the place of is served no more.
    file = stored.get(resource["id"]) if resource.get("url_type") == "upload" else None
    return Candidate(
        resource_id=resource["id"],
        package_id=package_id,
        name=resource.get("name") or file_name(resource.get("url")),
        format=resource.get("format") or "",
        schema=schema if isinstance(schema, str) else _written(schema),
        sha256=file.sha256 if file else None,
        schema_ref=str(resource.get("schema_ref") or ""),
    )

"""What a revision changes: read from the input, checked by the dataset's schema, stored."""

from __future__ import annotations

import json
import uuid
from copy import deepcopy
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.lib import plugins as lib_plugins
from ckan.lib import uploader
from ckan.lib.navl import dictization_functions
from ckan.logic import fresh_context
from ckan.types import Context, DataDict

from ckanext.opengov import config, storage
from ckanext.opengov.domain.keywords import tidy
from ckanext.opengov.domain.publication import FilesUnchecked, FixedField, NothingChanged
from ckanext.opengov.domain.standing import End
from ckanext.opengov.domain.translated import complete
from ckanext.opengov.logic import schemas, standing
from ckanext.opengov.logic.candidates import candidates
from ckanext.opengov.logic.steps import patch_package
from ckanext.opengov.model import differences, files, revisions, upserts
from ckanext.opengov.shared import jobs
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.wording import N_

FIXED = ("owner_org", "private", "state", "type")
COMPUTED = frozenset(
    {
        "id",
        "metadata_created",
        "metadata_modified",
        "num_resources",
        "num_tags",
        "organization",
        "publication_state",
    }
)
RESOURCE_KEYS = "resources__"
DROP = "opengov.drop-table"
"""The job that drops the table of a resource which serves no file any more."""


class NoSuchPlace(DomainError):
    """A part of the change has no place in the dataset."""

    code = "invalid"
    field = "resources"
    template = N_("There is no such place in this dataset: {place}.")


class WhichFile(DomainError):
    """A new file without a place to put it."""

    code = "required"
    field = "resource_id"
    template = N_("Say which file of the dataset the new one replaces (resource_id).")


def put_changes(context: Context, revision: revisions.Revision, data_dict: DataDict) -> None:
    """Store in the revision what the input changes in the dataset.

    Raises:
        DomainError: the input changes nothing, or what may not be changed.
        tk.ValidationError: the changed dataset would not be valid.
    """
    live = live_dataset(context, revision.package_id)
    prepared = {**live, **revision.changes}
    proposed = deepcopy(prepared)
    _merge(proposed, data_dict)
    tidy(proposed)
    complete(proposed, prepared, config.languages())
    _refuse_fixed(live, proposed)
    uploads = _take_uploads(proposed["resources"], live, revision)
    schemas.write_out(context["session"], proposed["resources"])
    _validate(context, revision.package_id, proposed)
    changes = {
        field: value
        for field, value in proposed.items()
        if field not in COMPUTED and value != live.get(field)
    }
    staged = revisions.files_of(context["session"], revision.id)
    if not changes and not uploads and not staged:
        raise NothingChanged
    revision.changes = json.loads(json.dumps(changes, default=str))
    _stage(context, revision, uploads)
    ids = [each["id"] for each in proposed["resources"] if each.get("url_type") == "upload"]
    revisions.keep_files(context["session"], revision.id, ids)


def apply_changes(context: Context, revision: revisions.Revision, now: datetime) -> None:
    """Make the change in the open transaction: description and bytes become public together.

    Raises:
        tk.ValidationError: by now the change does not fit what the site asks of a dataset.
        FilesUnchecked: what would become public is not what was checked.
    """
    session = context["session"]
    package = session.get_one(ckan_model.Package, revision.package_id)
    before = {each.resource_id: each for each in candidates(session, package, None)}
    approved = {each.fingerprint for each in candidates(session, package, revision)}
    _remember(context, revision)
    differences.shorten_older(session, package.id, revision.id)
    patch_package(context, revision.package_id, {**revision.changes, "private": False})
    for file in revisions.files_of(session, revision.id).values():
        files.put_file(session, file.resource_id, file.sha256, file.size, now)
    session.flush()
    session.expire(package)
    after = {each.resource_id: each for each in candidates(session, package, None)}
    unchecked = {each.fingerprint for each in after.values() if each.sha256} - approved
    if unchecked:
        raise FilesUnchecked(count=len(unchecked))
    links = [id for id, each in after.items() if not each.sha256]
    became_links = files.files_of(session, links).keys()
    for resource_id in became_links:
        files.forget_file(session, resource_id)
    files.forget_checks(session, {id: each.fingerprint for id, each in after.items()})
    standing.end_of_changed(session, package.id, before, after, now)
    gone = before.keys() - after.keys() | became_links
    upserts.lose(session, gone, End.FILE)
    for resource_id in gone:
        jobs.enqueue(session, DROP, resource_id, now=now)


def close(context: Context, revision: revisions.Revision) -> None:
    """Keep of a change that was given up what it would have replaced, and no rows."""
    _remember(context, revision)
    differences.keep(context["session"], revision.id, {})


def _remember(context: Context, revision: revisions.Revision) -> None:
    live = live_dataset(context, revision.package_id)
    before = {field: live.get(field) for field in revision.changes}
    revision.before = json.loads(json.dumps(before, default=str))


def live_dataset(context: Context, package_id: str) -> dict[str, Any]:
    """Return the dataset as ``package_show`` does."""
    ours = fresh_context(context, ignore_auth=True, use_cache=False)
    dataset: dict[str, Any] = tk.get_action("package_show")(ours, {"id": package_id})
    return dataset


def _merge(proposed: dict[str, Any], data_dict: DataDict) -> None:
    """Bring the caller's input into the dataset."""
    fields = {key: value for key, value in data_dict.items() if key not in COMPUTED}
    resource_id, upload = fields.pop("resource_id", None), fields.pop("upload", None)
    if upload:
        if not resource_id:
            raise WhichFile
        fields[f"{RESOURCE_KEYS}{resource_id}__upload"] = upload
    flat = {key: fields.pop(key) for key in list(fields) if key.startswith(RESOURCE_KEYS)}
    if "resources" in fields:
        fields["resources"] = _resources(proposed, fields["resources"])
    proposed.update(fields)
    # What is added comes first, so that a file can be attached to it in the same call.
    for key in sorted(flat, key=lambda key: (not key.endswith("__extend"), key)):
        if not all(key.split("__")):
            raise NoSuchPlace(place=key)
        try:
            value = _parsed(flat[key])
            dictization_functions.update_merge_string_key(proposed, key, value)
        except (dictization_functions.DataError, LookupError, TypeError, ValueError) as error:
            raise NoSuchPlace(place=key) from error


def _parsed(value: Any) -> Any:
    """Return a list or an object that came as JSON in a form."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        return json.loads(value)
    return value


def _resources(proposed: dict[str, Any], given: Any) -> list[dict[str, Any]]:
    """Return the new list; a resource that is there already keeps what is not named."""
    try:
        wanted = _parsed(given)
    except ValueError as error:
        raise NoSuchPlace(place="resources") from error
    if not isinstance(wanted, list) or not all(isinstance(each, dict) for each in wanted):
        raise NoSuchPlace(place="resources")
    known = {resource["id"]: resource for resource in proposed["resources"]}
    return [{**known.get(str(each.get("id")), {}), **each} for each in wanted]


def _refuse_fixed(live: dict[str, Any], proposed: dict[str, Any]) -> None:
    for field in FIXED:
        if str(proposed.get(field)).lower() != str(live.get(field)).lower():
            raise FixedField(field=field)
        proposed[field] = live.get(field)


def _take_uploads(
    resources: list[dict[str, Any]], live: dict[str, Any], revision: revisions.Revision
) -> dict[str, storage.ResourceFileUpload]:
    """Take the new files out of the resources, by resource id; give each new resource an id."""
    before = [*live["resources"], *revision.changes.get("resources", [])]
    known, uploads = {resource["id"] for resource in before}, {}
    for resource in resources:
        if resource.get("id") not in known:
            resource["id"] = str(uuid.uuid4())
        resource["package_id"] = live["id"]
        upload = storage.resource_uploader(resource)
        if upload.filename:
            uploads[resource["id"]] = upload
            resource["mimetype"], resource["size"] = upload.mimetype, upload.filesize
            resource["last_modified"] = resource["last_modified"].isoformat()
    return uploads


def _validate(context: Context, package_id: str, proposed: dict[str, Any]) -> None:
    """Check the dataset as it would be, by the same schema as any other."""
    package = context["session"].get_one(ckan_model.Package, package_id)
    plugin = lib_plugins.lookup_package_plugin(package.type)
    ours = fresh_context(context, package=package)
    _, errors = lib_plugins.plugin_validate(
        plugin, ours, deepcopy(proposed), plugin.update_package_schema(), "package_update"
    )
    if errors:
        raise tk.ValidationError(errors)


def _stage(
    context: Context,
    revision: revisions.Revision,
    uploads: dict[str, storage.ResourceFileUpload],
) -> None:
    for resource_id, upload in uploads.items():
        sha256, size = upload.store(uploader.get_max_resource_size())
        staged = revisions.StagedFile(
            revision_id=revision.id, resource_id=resource_id, sha256=sha256, size=size
        )
        revisions.stage_file(context["session"], staged)

"""The catalogue of schemas: what ships with the suite, and what the operator adds."""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.opengov import config
from ckanext.opengov.domain.schema_states import State, successor_of
from ckanext.opengov.domain.schemas import (
    SAMPLE,
    SHIPPED,
    Fault,
    Version,
    hash_of,
    newest,
    read,
)
from ckanext.opengov.model import schemas as kept
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.moments import utc_now
from ckanext.opengov.shared.domain.texts import pick
from ckanext.opengov.shared.domain.wording import N_

log = logging.getLogger(__name__)


class UnknownSchema(DomainError):
    """The catalogue has no such version."""

    code = "unknown-schema"
    field = "schema_ref"
    template = N_("The catalogue has no schema “{ref}”.")


@functools.cache
def _read(folder: Path | None) -> tuple[dict[str, Version], list[Fault]]:
    """Return what the folders hold. It is read once: another version has another name."""
    from ckanext.opengov.validation import samples  # noqa: PLC0415 - slow to import

    versions, faults = read([SHIPPED, folder] if folder else [SHIPPED], samples.check)
    for fault in faults:
        log.warning("Schema %s is left out: %s", fault.place, fault.reason)
    return versions, faults


def read_anew() -> None:
    """Read the folders again, here: a draft may have changed."""
    _read.cache_clear()


def catalogue(session: AlchemySession) -> dict[str, Version]:
    """Return the published versions by reference, without those that are not what they were."""
    versions, noted = _read(config.schemas_folder())[0], kept.known(session)
    return {
        ref: each
        for ref, each in versions.items()
        if noted.get(ref, each.sha256 if each.is_shipped else None) == each.sha256
    }


def drafts(session: AlchemySession) -> dict[str, Version]:
    """Return the versions of the operator's folder that nobody has published yet."""
    versions, noted = _read(config.schemas_folder())[0], kept.known(session)
    return {ref: each for ref, each in versions.items() if not each.is_shipped and ref not in noted}


def proposed(session: AlchemySession) -> dict[str, Version]:
    """Return the published versions that are not deprecated."""
    old = kept.deprecated(session)
    return {ref: each for ref, each in catalogue(session).items() if ref not in old}


def state_of(session: AlchemySession, version: Version) -> State:
    """Return where a version stands."""
    if version.ref in kept.deprecated(session):
        return State.DEPRECATED
    return State.DRAFT if version.ref in drafts(session) else State.PUBLISHED


def newer_than(session: AlchemySession, ref: str) -> Version | None:
    """Return what a file that declares this version should declare instead; None: nothing.

    It is the successor that was named, or else the newest published version of the schema.
    """
    found, name = proposed(session), ref.partition("@")[0]
    successor = successor_of(ref, kept.deprecated(session))
    if successor and successor != ref and successor in found:
        return found[successor]
    best = newest(found.values()).get(name)
    version = on_disk(ref)
    return best if best and version and best.order > version.order else None


def faults(session: AlchemySession) -> list[Fault]:
    """Return what is left out, and why."""
    versions, found = _read(config.schemas_folder())
    good = {**catalogue(session), **drafts(session)}
    reason = "it was changed after it was published; give the new one another version"
    return [*found, *(Fault(ref, reason) for ref in versions if ref not in good)]


def note(session: AlchemySession, versions: Iterable[Version]) -> None:
    """Note what these versions are: from the commit on they are published and may not change."""
    kept.note(session, {each.ref: each.sha256 for each in versions}, utc_now())


def declared(session: AlchemySession, ref: str, schema: str) -> str:
    """Return the descriptor of a version as JSON; it may not change from now on.

    ``schema`` is what the file brings along: of a version that has left the catalogue it is
    taken, if it is still what was declared.

    Raises:
        UnknownSchema: there is no such version.
    """
    found = catalogue(session).get(ref)
    if found is not None:
        note(session, [found])
        return json.dumps(found.descriptor, ensure_ascii=False, sort_keys=True)
    if is_as_noted(session, ref, schema):
        return schema
    raise UnknownSchema(ref=ref[:100])


def write_out(session: AlchemySession, resources: Iterable[dict[str, Any]]) -> None:
    """Give each file that declares a version its descriptor; what is wrong, validation tells."""
    declaring = [each for each in resources if isinstance(each.get("schema_ref"), str)]
    versions = catalogue(session) if declaring else {}
    for each in declaring:
        if found := versions.get(each["schema_ref"]):
            each["schema"] = found.descriptor


def is_as_noted(session: AlchemySession, ref: str, schema: str) -> bool:
    """Tell whether this is the descriptor of the version."""
    try:
        return bool(schema) and kept.known(session).get(ref) == hash_of(json.loads(schema))
    except (ValueError, RecursionError):
        return False


def in_readers_language(described: Mapping[str, Any], name: str = "title") -> str:
    """Return a text of a schema, or of one of its columns, as the reader reads it."""
    texts = described.get(f"{name}_translated")
    found = pick(texts, config.readers_languages()) if isinstance(texts, dict) else ""
    return found or str(described.get(name) or "")


def title_of(version: Version) -> str:
    """Return the title of a schema in the reader's language."""
    return in_readers_language(version.descriptor) or version.name


def checked_version(
    session: AlchemySession, name: object, version: object = None, *, with_drafts: bool = False
) -> Version:
    """Return a version of a schema, by default the newest that is proposed.

    Raises:
        tk.ObjectNotFound: there is none.
    """
    known = {**catalogue(session), **(drafts(session) if with_drafts else {})}
    of_it = [each for each in known.values() if each.name == name]
    found = [each for each in of_it if version in (None, "", each.version)]
    if not found:
        raise tk.ObjectNotFound(tk._("Schema not found"))
    good = proposed(session)
    return max(found, key=lambda each: (each.ref in good, each.order))


def on_disk(ref: str) -> Version | None:
    """Return a version without asking whether it is what it was: pages name it, at no cost."""
    return _read(config.schemas_folder())[0].get(ref)


def sample_of(ref: str) -> str:
    """Return a file that keeps to the version; empty: there is none."""
    version = on_disk(ref)
    path = version.folder / SAMPLE if version else None
    return path.read_text(encoding="utf-8") if path and path.exists() else ""

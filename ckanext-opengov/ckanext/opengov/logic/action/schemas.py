"""The catalogue of schemas, and which of them a file looks like."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import Context, DataDict

from ckanext.opengov.domain.schema_states import (
    OPERATORS,
    TRANSITIONS,
    Facts,
    State,
    Step,
)
from ckanext.opengov.domain.schemas import Match, Version, best, newest
from ckanext.opengov.domain.words import folded
from ckanext.opengov.logic import schemas
from ckanext.opengov.logic.action.checks import candidate_from
from ckanext.opengov.logic.candidates import checked
from ckanext.opengov.logic.reminders import TELL_OF_SCHEMA
from ckanext.opengov.model import schemas as kept
from ckanext.opengov.shared import audit, jobs, pager
from ckanext.opengov.shared.domain.actors import Actor
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.lifecycle import advance, outlook
from ckanext.opengov.shared.domain.moments import utc_now
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action, is_yes

__all__ = [
    "opengov_schema_deprecate",
    "opengov_schema_list",
    "opengov_schema_match",
    "opengov_schema_publish",
    "opengov_schema_restore",
    "opengov_schema_show",
]

MAX_LABELS, MAX_LABEL = 2000, 500
LEAST_SCORE, MOST_MATCHES = 0.3, 5


class NoLabels(DomainError):
    """Nothing to look for."""

    code = "no-labels"
    field = "labels"
    template = N_("Give the names of the columns as a list of texts.")


@tk.side_effect_free
@domain_action
def opengov_schema_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the schemas of the catalogue in their newest versions, by name.

    Each is ``{"name", "version", "ref", "state", "title", "title_translated", "description",
    "columns"}``; ``title`` and ``description`` are in the caller's language, ``columns`` counts
    them. ``state`` is ``published``, or ``deprecated`` where no version is proposed any more.

    Args:
        drafts (bool, optional): instead, all versions that are not published yet; for sysadmins
        q (str, optional): words in its name, its title or the titles of its columns
        cursor (str, optional): ``next_cursor`` of the page before
        limit (int, optional): 1 to 100, 20 by default
    """
    tk.check_access("opengov_schema_list", context, data_dict)
    session, words = context["session"], folded(str(data_dict.get("q") or "")).split()
    if is_yes(data_dict, "drafts"):
        tk.check_access("opengov_schema_publish", context, {})
        listed, state = schemas.drafts(session), State.DRAFT
        named = {version.ref: (version, state) for version in listed.values()}
    else:
        of_all = newest(schemas.catalogue(session).values())
        good = newest(schemas.proposed(session).values())
        named = {
            name: (good[name], State.PUBLISHED) if name in good else (each, State.DEPRECATED)
            for name, each in of_all.items()
        }
    found = (
        ((name,), _in_short(version, state))
        for name, (version, state) in sorted(named.items())
        if all(word in _texts(version) for word in words)
    )
    page, following = pager.within(found, [str], data_dict)
    return {"results": page, "next_cursor": following}


def _texts(version: Version) -> str:
    parts = (version.descriptor, *version.fields)
    texts = (text for part in parts for text in (part.get("title_translated") or {}).values())
    return folded("\n".join((version.name, *texts)))


def _in_short(version: Version, state: State = State.PUBLISHED) -> dict[str, Any]:
    return {
        "name": version.name,
        "version": version.version,
        "ref": version.ref,
        "state": state,
        "title": schemas.title_of(version),
        "title_translated": version.descriptor.get("title_translated") or {},
        "description": schemas.in_readers_language(version.descriptor, "description"),
        "columns": len(version.fields),
    }


@tk.side_effect_free
@domain_action
def opengov_schema_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return a version of a schema, as ``opengov_schema_list`` does and with more.

    ``schema`` is its Table Schema: it never changes, and ``sha256`` stands for it. ``versions``
    are all there are, the newest first. ``maps_to`` names the standards that its columns come
    from, each ``{"title", "licence"}``: the licence of what it owes to them, where one is known.
    ``newer`` is the version that files should declare instead, null if it is this one; ``steps``
    has what the caller may do: ``publish``, ``deprecate``, ``restore``. Drafts are for sysadmins.

    Args:
        name (str): name of the schema
        version (str, optional): the newest that is proposed, if none is given
    """
    tk.check_access("opengov_schema_show", context, data_dict)
    return _described(context, data_dict.get("name"), data_dict.get("version"))


def _described(context: Context, name: object, version: object) -> dict[str, Any]:
    session, actor = context["session"], _actor(context)
    is_operator = bool(actor.roles)
    found = schemas.checked_version(session, name, version, with_drafts=is_operator)
    state, newer = schemas.state_of(session, found), schemas.newer_than(session, found.ref)
    known = {**schemas.catalogue(session), **(schemas.drafts(session) if is_operator else {})}
    of_it = [each for each in known.values() if each.name == found.name]
    of_it.sort(key=lambda each: each.order, reverse=True)
    maps_to = found.descriptor.get("maps_to")
    return {
        **_in_short(found, state),
        "newer": newer.ref if newer else None,
        "steps": list(outlook(TRANSITIONS, state, actor, Facts(found.ref))),
        "sha256": found.sha256,
        "versions": [each.version for each in of_it],
        "maps_to": maps_to if isinstance(maps_to, list) else [],
        "schema": found.descriptor,
    }


def _actor(context: Context) -> Actor:
    """Return the caller, who is an operator if they may change the catalogue."""
    user = context.get("auth_user_obj") or ckan_model.User.get(context.get("user"))
    is_operator = user is not None and getattr(user, "sysadmin", False)
    return Actor(getattr(user, "id", None), OPERATORS if is_operator else frozenset())


@domain_action
def opengov_schema_publish(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Publish a draft of a schema; return what ``opengov_schema_show`` does.

    From now on it may be declared, and never changes. What it is, is read from the folder anew.

    Args:
        ref (str): ``NAME@VERSION``
    """
    tk.check_access("opengov_schema_publish", context, data_dict)
    schemas.read_anew()
    return _take(context, data_dict, Step.PUBLISH)


@domain_action
def opengov_schema_deprecate(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Propose a version of a schema to nobody any more; return what ``opengov_schema_show`` does.

    Files that declare it stay as they are, and are checked against it; their people are told
    what to declare instead.

    Args:
        ref (str): ``NAME@VERSION``
        successor (str, optional): the published version to declare instead; without one it is
            the newest of the same schema, if that is newer
    """
    tk.check_access("opengov_schema_deprecate", context, data_dict)
    return _take(context, data_dict, Step.DEPRECATE)


@domain_action
def opengov_schema_restore(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Propose a deprecated version of a schema again; return what ``opengov_schema_show`` does.

    Args:
        ref (str): ``NAME@VERSION``
    """
    tk.check_access("opengov_schema_restore", context, data_dict)
    return _take(context, data_dict, Step.RESTORE)


def _take(context: Context, data_dict: DataDict, step: Step) -> dict[str, Any]:
    session, now = context["session"], utc_now()
    name, _, version = str(data_dict.get("ref") or "").partition("@")
    kept.take_turns(session)
    found = schemas.checked_version(session, name, version or "-", with_drafts=True)
    successor, actor = str(data_dict.get("successor") or ""), _actor(context)
    facts = Facts(found.ref, successor, schemas.proposed(session).keys())
    target = advance(TRANSITIONS, schemas.state_of(session, found), step, actor, facts)
    schemas.note(session, [found])
    if target is State.DEPRECATED:
        kept.deprecate(session, found.ref, now, successor or None)
        jobs.enqueue(session, TELL_OF_SCHEMA, found.ref, now=now)
    else:
        kept.deprecate(session, found.ref, None, None)
    audit.record(
        session,
        subject=f"schema:{found.ref}",
        step=step,
        actor_id=actor.user_id,
        at=now,
        details={"sha256": found.sha256, **({"successor": successor} if successor else {})},
    )
    session.commit()
    return _described(context, found.name, found.version)


@tk.side_effect_free
@domain_action
def opengov_schema_match(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the schemas that the columns of a file fit best, five at most.

    ``results`` has for each ``{"name", "version", "ref", "title", "score", "found", "columns",
    "mapping", "missing", "extra"}``: ``found`` of its ``columns`` are in the file, ``mapping``
    leads from the file's names to the schema's, ``missing`` and ``extra`` name the others.
    Names are compared with the schema's names, titles and aliases, without case, accents,
    vowel marks and ways to write the same letter.

    Args:
        resource_id (str, optional): a file that was checked
        labels (list of str, optional): names of columns, in the place of a file
    """
    session = context["session"]
    if data_dict.get("resource_id"):
        labels = _labels_of(context, data_dict["resource_id"])
    else:
        tk.check_access("opengov_schema_match", context, data_dict)
        labels = _labels_given(data_dict.get("labels"))
    found = best(schemas.proposed(session).values(), labels, LEAST_SCORE)
    return {"results": [_shown(each) for each in found[:MOST_MATCHES]]}


def _labels_of(context: Context, resource_id: object) -> list[str]:
    """Return the names of the columns of a file, as they stand in it."""
    candidate = candidate_from(context, {"resource_id": resource_id})
    tk.check_access("opengov_validation_show", context, {"id": candidate.package_id})
    check = checked(context["session"], [candidate]).get(candidate.resource_id)
    if check is None:
        raise tk.ObjectNotFound(tk._("This file has not been checked."))
    return [str(each["name"]) for each in check.report["fields"]]


def _labels_given(given: object) -> list[str]:
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            given = [given]
    if not isinstance(given, list) or not 0 < len(given) <= MAX_LABELS:
        raise NoLabels
    if not all(isinstance(each, str) for each in given):
        raise NoLabels
    return [each[:MAX_LABEL] for each in given]


def _shown(found: Match) -> dict[str, Any]:
    return {
        **{
            key: value
            for key, value in _in_short(found.version).items()
            if key in ("name", "version", "ref", "title", "columns")
        },
        "score": round(found.score, 3),
        "found": len(found.mapping),
        "mapping": found.mapping,
        "missing": list(found.missing),
        "extra": list(found.extra),
    }

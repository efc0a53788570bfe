"""The dataset of a consultation's results: how it is described, and how it enters the catalogue.

It goes the way of every dataset: a draft that is checked, submitted and approved by a second
person; once it is published, a revision. All of it happens in the open transaction.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from werkzeug.datastructures import FileStorage

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.lib import uploader
from ckan.types import Context

from ckanext.consultation.domain import results_data as files
from ckanext.consultation.model.consultations import Consultation
from ckanext.consultation.model.results_data import Export
from ckanext.opengov.shared import jobs, redaction
from ckanext.opengov.shared.domain.errors import DomainError
from ckanext.opengov.shared.domain.moments import utc_now
from ckanext.opengov.shared.domain.texts import pick
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.web.speaking import speaking

MB = 1 << 20
MOST_TITLE, MOST_NAME = 300, 80
EDITABLE, WAITING, LIVE = ("draft", "returned"), ("submitted", "scheduled"), "published"
"""Where a dataset may stand; whatever was withdrawn or deleted makes room for another one."""
THEME, FREQUENCY = "GOVE", "IRREG"
TITLE = N_("Results of the consultation: {title}")
NOTES = (
    N_("What people said in the consultation “{title}”, and what the public body replied."),
    N_("The page of the consultation: {url}"),
    N_(
        "Comments received: {received}. Public: {comments}, with {distinct_texts} different texts,"
        " by {participants} participants, who gave {votes} votes."
    ),
    N_(
        "The files are written by the portal from what is public on the page, without a change."
        " Comments that were not published, hidden, withdrawn or erased are not in them; where a"
        " thread needs one, its row is there without words."
    ),
    N_(
        "Participants appear under a number drawn by lot for this consultation; a name is there"
        " only for organisations and for those who want to be named."
    ),
    N_(
        "A text that begins like a formula has an apostrophe before it: take it away to have the"
        " words as they were written."
    ),
)


class FilesTooLarge(DomainError):
    """The portal takes no file of this size."""

    code = "too-large"
    template = N_(
        "The file “{name}” has {size} MB; this portal takes {limit}. Ask its operator for more."
    )


@dataclass(frozen=True, slots=True)
class Written:
    """The files that were written."""

    paths: Mapping[str, Path]
    hashes: Mapping[str, str]
    """SHA-256 of each."""
    figures: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Maker:
    """In whose name the dataset is written, and in which languages it speaks."""

    context: Context
    languages: Sequence[str]

    def said(self, template: str, **details: Any) -> dict[str, str]:
        """Return a text of ours in each language of the site."""
        found = {}
        for language in self.languages:
            with speaking(language):
                found[language] = tk._(template).format(**details) if details else tk._(template)
        return found

    def writing(self) -> Context:
        """Return what CKAN's actions need to write in our transaction."""
        return Context({**self.context, "defer_commit": True, "return_id_only": True})


def check_sizes(written: Written) -> None:
    """Refuse what the portal would not take.

    Raises:
        FilesTooLarge: a file is larger.
    """
    limit = uploader.get_max_resource_size()
    for name, path in written.paths.items():
        if path.stat().st_size > limit * MB:
            raise FilesTooLarge(name=name, size=path.stat().st_size // MB, limit=limit)


def state_of(context: Context, dataset_id: str | None) -> str | None:
    """Return where a dataset stands in the review; None: there is none, or none any more."""
    package = ckan_model.Package.get(dataset_id) if dataset_id else None
    if package is None or package.state == "deleted":
        return None
    state = str(_shown(context, package.id)["publication_state"])
    if state != LIVE:
        return None if state == "withdrawn" else state
    change = open_change(context, package.id)
    return str(change["state"]) if change and change["state"] in WAITING else LIVE


def open_change(context: Context, dataset_id: str) -> dict[str, Any] | None:
    """Return the change to a published dataset that is under way."""
    ours = Context({"session": context["session"], "user": "", "ignore_auth": True})
    try:
        return dict(tk.get_action("opengov_revision_show")(ours, {"id": dataset_id}))
    except tk.ObjectNotFound:
        return None


def bring(maker: Maker, row: Consultation, asked: Export, written: Written) -> str:
    """Bring the files into the catalogue: as a draft, or as a change; return the dataset's id.

    Raises:
        DatasetUnderReview: a reviewer is looking at it.
        tk.NotAuthorized: whoever asked for it may no longer write there.
    """
    state = state_of(maker.context, row.dataset_id)
    if state in WAITING:
        raise files.DatasetUnderReview
    if state is None:
        dataset_id = _begin(maker, row, asked, written)
        asked.files, asked.figures = {}, dict(written.figures)
    else:
        dataset_id = str(row.dataset_id)
    place = Place.of(maker.context, dataset_id, is_live=state == LIVE)
    resources = _put(maker, row, asked, written, place)
    known = {resource["id"] for resource in resources}
    kept = {name: id for name, id in asked.files.items() if id in known}
    named = {str(each.get("url") or "").rpartition("/")[2]: each["id"] for each in resources}
    asked.files = {**{name: named[name] for name in files.BY_NAME if name in named}, **kept}
    asked.figures = dict(written.figures)
    jobs.enqueue(maker.context["session"], "opengov.index", dataset_id, now=utc_now())
    return dataset_id


def _begin(maker: Maker, row: Consultation, asked: Export, written: Written) -> str:
    """Make the draft, without files yet; return its id."""
    titles = row.title_translated
    title = {
        language: text[:MOST_TITLE]
        for language in maker.languages
        for text in [maker.said(TITLE, title=pick(titles, [language, row.primary_lang]))[language]]
    }
    name = f"consultation-{row.name}"[:MOST_NAME].strip("-_")
    if ckan_model.Package.get(name) is not None:
        name = f"{name}-{uuid.uuid4().hex[:8]}"
    wanted: dict[str, Any] = {
        "name": name,
        "owner_org": row.owner_org,
        "title_translated": title,
        "notes_translated": notes(maker, row, written.figures),
        "license_id": asked.license_id,
        "theme": THEME,
        "frequency": FREQUENCY,
        **_period(row),
        **_contact(maker, row),
    }
    return str(tk.get_action("package_create")(maker.writing(), wanted))


def notes(maker: Maker, row: Consultation, figures: Mapping[str, int]) -> dict[str, str]:
    """Return the description: where the data come from, how they were made, how much there is."""
    found = {}
    for language in maker.languages:
        title = pick(row.title_translated, [language, row.primary_lang])
        with speaking(language):
            url = tk.url_for("consultation.read", name=row.name, locale=language, _external=True)
            details = {"title": title, "url": url, **figures}
            found[language] = "\n\n".join(tk._(each).format(**details) for each in NOTES)
    return found


def _period(row: Consultation) -> dict[str, str]:
    zone = tk.h.get_display_timezone()
    days = {"temporal_start": row.opens_at, "temporal_end": row.closes_at}
    return {name: f"{at.astimezone(zone):%Y-%m-%d}" for name, at in days.items() if at}


def _contact(maker: Maker, row: Consultation) -> dict[str, str]:
    """Return whom to ask: the body."""
    ours = Context({"session": maker.context["session"], "user": "", "ignore_auth": True})
    asked = {"id": row.owner_org, "include_users": False, "include_dataset_count": False}
    body = tk.get_action("organization_show")(ours, asked)
    titles = body.get("title_translated") or {}
    name = pick(titles, [row.primary_lang, *maker.languages]) if titles else ""
    contact = {"contact_name": str(name or body["title"] or body["name"])[:200]}
    email = body.get("contact_email")
    return {**contact, "contact_email": email} if email else contact


@dataclass(frozen=True, slots=True)
class Place:
    """The dataset as the files find it: its draft, or the change of a published one."""

    dataset_id: str
    is_live: bool
    fields: Mapping[str, Any]
    hashes: Mapping[str, str | None]
    """SHA-256 of its files by resource id."""

    @classmethod
    def of(cls, context: Context, dataset_id: str, *, is_live: bool) -> Place:
        """Return where the files go."""
        live = _shown(context, dataset_id)
        change = open_change(context, dataset_id) if is_live else None
        fields = {**live, **(change["changes"] if change else {})}
        staged = {each["resource_id"]: each["sha256"] for each in (change or {}).get("files", [])}
        found = {
            each["id"]: staged.get(each["id"], each.get("sha256")) for each in fields["resources"]
        }
        return cls(dataset_id, is_live, fields, found)


def _shown(context: Context, dataset_id: str) -> dict[str, Any]:
    ours = Context({"session": context["session"], "user": "", "ignore_auth": True})
    return dict(tk.get_action("package_show")({**ours, "use_cache": False}, {"id": dataset_id}))


def _put(
    maker: Maker, row: Consultation, asked: Export, written: Written, place: Place
) -> list[dict[str, Any]]:
    """Put the files into a draft, or into the change of a published dataset; return all."""
    changes: dict[str, Any] = {}
    if asked.license_id != place.fields["license_id"] and not maker.context.get("ignore_auth"):
        changes["license_id"] = asked.license_id
    was, now = (notes(maker, row, each) for each in (asked.figures, written.figures))
    if place.fields.get("notes_translated") == was and was != now:
        changes["notes_translated"] = now
    with ExitStack() as opened:
        resources, has_changed = _resources(maker, asked, written, place)
        for resource in resources:
            if "upload" in resource:
                stream = opened.enter_context(written.paths[resource["upload"]].open("rb"))
                resource["upload"] = FileStorage(stream, resource["url"], content_type="text/csv")
        if has_changed:
            changes["resources"] = resources
        return _change(maker, place, changes)


def _change(maker: Maker, place: Place, changes: dict[str, Any]) -> list[dict[str, Any]]:
    """Change the dataset as its state asks for; return its files."""
    wanted, present = {"id": place.dataset_id, **changes}, list(place.fields["resources"])
    if not changes:
        return present
    if place.is_live:
        made = tk.get_action("opengov_revision_create")(maker.writing(), wanted)
        return list(made["changes"].get("resources", present))
    tk.get_action("package_patch")(maker.writing(), wanted)
    return list(_shown(maker.context, place.dataset_id)["resources"])


def _resources(
    maker: Maker, asked: Export, written: Written, place: Place
) -> tuple[list[dict[str, Any]], bool]:
    """Return the resources as they shall be, and whether that is a change.

    ``upload`` has the name of a file that is to be sent. What the staff added stays.
    """
    ours = {id: name for name, id in asked.files.items()}
    present: Sequence[dict[str, Any]] = place.fields["resources"]
    found = [dict(each) for each in present if ours.get(each["id"]) in (None, *written.paths)]
    has_changed = len(found) != len(present)
    by_name = {ours[each["id"]]: each for each in found if each["id"] in ours}
    for name in written.paths:
        resource = by_name.get(name)
        before = place.hashes.get(resource["id"]) if resource is not None else None
        if before == written.hashes[name]:
            continue
        if before:
            # Nobody serves them once this is published, or at once where it is a draft.
            jobs.enqueue(maker.context["session"], redaction.FORGET, before, now=utc_now())
        if resource is None:
            resource = _described(maker, files.BY_NAME[name])
            found.append(resource)
        resource |= {"upload": name, "url": name, "url_type": "upload", "format": "CSV"}
        resource["schema"] = files.schema(files.BY_NAME[name], maker.languages, maker.said)
        has_changed = True
    return found, has_changed


def _described(maker: Maker, file: files.File) -> dict[str, Any]:
    return {
        "name_translated": maker.said(file.title),
        "description": maker.said(file.description)[maker.languages[0]],
    }

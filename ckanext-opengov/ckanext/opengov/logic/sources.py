"""The data of others that a dataset is made of, and whether their licences allow its own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model

from ckanext.opengov import config
from ckanext.opengov.domain.licences import Answer, Reason, answer_of, reasons_against
from ckanext.opengov.logic import bodies, licences
from ckanext.opengov.shared.domain.texts import as_texts, pick
from ckanext.opengov.shared.domain.wording import N_

Source = Mapping[str, Any]
"""An entry of a dataset's ``sources``: every key may be missing."""
ASK_CONTACT = N_("Ask {contact} about “{title}”.")
ASK_PUBLISHER = N_("Ask the publisher of “{title}”.")
ASK_PORTAL = N_("Those who run this portal help too: {contact}.")


@dataclass(frozen=True, slots=True)
class Used:
    """What a dataset, or the change to it, says of its sources and of its own licences."""

    sources: Sequence[Source]
    candidates: Sequence[str]
    """The licences of the dataset and of those files that have another; empty: it has none."""

    def reasons(self) -> list[tuple[Source, Reason]]:
        """Return what stands against publication under these licences, source by source."""
        register = licences.terms()
        return [
            (source, reason)
            for source in self.sources
            for candidate in self.candidates
            for reason in reasons_against(register, licences_of(source), candidate)
        ]


def used_by(package: ckan_model.Package, changes: Mapping[str, Any]) -> Used:
    """Return what the dataset says, with the changes to it that are under way."""
    extras = package.extras or {}
    given = changes["sources"] if "sources" in changes else extras.get("sources")
    files = changes.get("resources")
    if files is None:
        files = [{"license_id": (each.extras or {}).get("license_id")} for each in active(package)]
    own = changes.get("license_id") or package.license_id
    return Used(listed(given), candidates(own, files))


def candidates(own: str | None, files: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the licences of a dataset and of its files; those that the register lacks stay."""
    others = (file.get("license_id") for file in files)
    return list(dict.fromkeys([own or "", *(each for each in others if each)]))


def active(package: ckan_model.Package) -> list[ckan_model.Resource]:
    """Return the files that the dataset has now."""
    return [each for each in package.resources if each.state == "active"]


def listed(value: object) -> list[Source]:
    """Return the sources out of what is stored or given."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return []
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def dataset_of(source: Source) -> ckan_model.Package | None:
    """Return the dataset of this portal that is the source, while the public may see it."""
    key = source.get("dataset_id")
    package = ckan_model.Package.get(str(key)) if key else None
    is_public = package is not None and package.state == "active" and not package.private
    return package if is_public else None


def licences_of(source: Source) -> list[str]:
    """Return the ids of the source's licences; what the register does not know stays as it is."""
    if not source.get("dataset_id"):
        name = str(source.get("license_id") or "").strip()
        return [licences.named([name]) or name]
    package = dataset_of(source)
    if package is None:
        return [""]
    own = [(each.extras or {}).get("license_id") or package.license_id for each in active(package)]
    return list(dict.fromkeys(own or [package.license_id or ""]))


def title_of(source: Source) -> str:
    """Return what people call the source."""
    package = dataset_of(source)
    if package is not None and not source.get("title"):
        texts = as_texts((package.extras or {}).get("title_translated")) or {}
        return pick(texts, config.readers_languages()) or package.title or package.name
    licence = licences.register().get(licences_of(source)[0])
    named = licences.title_of(licence) if licence else str(source.get("license_id") or "")
    return str(source.get("title") or source.get("url") or named)


def address_of(source: Source) -> str:
    """Return where the source is; empty: nowhere that is known."""
    package = dataset_of(source)
    if package is not None:
        return str(tk.url_for("dataset.read", id=package.name))
    return str(source.get("url") or "")


def attribution(source: Source) -> str:
    """Return the words by which the source is named: producer, title, date of the data, licence.

    What is not known stands in brackets, for people to fill in.

    Source: docs/licences.md#attribution
    """
    package, register = dataset_of(source), licences.register()
    producer, date = source.get("producer"), source.get("date")
    if package is not None:
        body = ckan_model.Group.get(package.owner_org) if package.owner_org else None
        producer = producer or (bodies.title(body) if body else "")
        date = date or package.metadata_modified
    is_titled = bool(source.get("title")) or package is not None
    known = [register[each] for each in licences_of(source) if each in register]
    parts = [
        producer or tk._("[producer]"),
        tk._("“{title}”").format(title=title_of(source)) if is_titled else "",
        (tk.h.render_datetime(date) or date) if date else tk._("[date of the data]"),
        *(licences.title_of(entry) for entry in known),
        source.get("url") or "",
    ]
    return str(tk._(", ")).join(str(part) for part in parts if part)


def verdict(used: Used) -> dict[str, Any]:
    """Return what the register says of it, as ``opengov_licence_check`` shows it."""
    found = used.reasons()
    answer = answer_of(reason for _source, reason in found)
    return {
        "compatible": answer is Answer.YES,
        "answer": answer,
        "reasons": [_shown(source, reason) for source, reason in found],
        "basis": _basis(used),
        "ask": _whom_to_ask(found),
        "attribution": [attribution(each) for each in used.sources if _is_to_be_named(each)],
    }


def _shown(source: Source, reason: Reason) -> dict[str, Any]:
    return {
        "source": reason.source,
        "title": title_of(source),
        "candidate": reason.candidate,
        "code": reason.code,
        "answer": reason.answer,
        "message": tk._(reason.template),
    }


def _basis(used: Used) -> list[dict[str, str]]:
    """Return the clauses that say into what the data of the sources may flow."""
    register = licences.register()
    ids = dict.fromkeys(each for source in used.sources for each in licences_of(source))
    found = [(each, register.get(each, {}).get("flows_into_source")) for each in ids]
    return [{"source": each, "text": str(text)} for each, text in found if text]


def _is_to_be_named(source: Source) -> bool:
    known = licences.terms()
    asked = [known[each].attribution for each in licences_of(source) if each in known]
    return not asked or any(each is not False for each in asked)


def _whom_to_ask(found: Iterable[tuple[Source, Reason]]) -> str | None:
    """Return whom to ask where it is not sure, in words; None: there is no such question."""
    unsure = [source for source, reason in found if reason.answer is Answer.NOT_SURE]
    if not unsure:
        return None
    sentences = dict.fromkeys(_ask_about(source) for source in unsure)
    if config.contact():
        sentences[str(tk._(ASK_PORTAL)).format(contact=config.contact())] = None
    return " ".join(sentences)


def _ask_about(source: Source) -> str:
    package, title = dataset_of(source), title_of(source) or tk._("Source")
    extras = (package.extras or {}) if package is not None else {}
    asked = [extras[name] for name in ("contact_name", "contact_email") if extras.get(name)]
    if asked:
        return str(tk._(ASK_CONTACT)).format(contact=", ".join(asked), title=title)
    return str(tk._(ASK_PUBLISHER)).format(title=title)

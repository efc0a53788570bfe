"""Public bodies as the reader reads them: titles and descriptions in their language."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ckan import model as ckan_model
from ckan.types import AlchemySession, DataDict

from ckanext.opengov import config
from ckanext.opengov.domain.translated import BODY_TEXTS
from ckanext.opengov.domain.words import folded, stems
from ckanext.opengov.model import bodies
from ckanext.opengov.shared.domain.texts import SUFFIX, pick


def in_readers_language(texts: object) -> str:
    """Return the text in the reader's language, or in the first that has one."""
    if not isinstance(texts, dict):
        return ""
    return pick(texts, config.readers_languages())


def show(session: AlchemySession, body: DataDict, *, for_view: bool) -> None:
    """Name a shown body and its parents in the reader's language.

    ``display_name`` is for people, everywhere; ``title`` and ``description`` stay as they are
    stored, save on pages.
    """
    name_of_it = in_readers_language(body.get("title" + SUFFIX))
    body["display_name"] = name_of_it or body.get("display_name")
    if for_view:
        for name in BODY_TEXTS:
            body[name] = in_readers_language(body.get(name + SUFFIX)) or body.get(name)
    if body.get("groups"):
        name_all(session, body["groups"])


def name_all(session: AlchemySession, found: list[dict[str, Any]]) -> None:
    """Give bodies, shown in short, their titles by language and a name for the reader."""
    titles = bodies.titles(session, [body["name"] for body in found])
    for body in found:
        plain, texts = titles.get(body["name"], (body["name"], {}))
        body["title" + SUFFIX] = texts
        body["display_name"] = in_readers_language(texts) or plain


def describe_all(session: AlchemySession, found: list[dict[str, Any]]) -> None:
    """Give bodies, shown in short, their descriptions by language."""
    texts = bodies.descriptions(session, [body["name"] for body in found])
    for body in found:
        body["description" + SUFFIX] = texts.get(body["name"], {})


def describe_owner(session: AlchemySession, dataset: DataDict) -> None:
    """Give the body of a shown dataset its texts by language.

    The search index keeps them: only what is read past it costs a query.
    """
    body = dataset.get("organization")
    if body is None or "title" + SUFFIX in body:
        return
    group = session.get(ckan_model.Group, body["id"])
    for name in BODY_TEXTS:
        body[name + SUFFIX] = bodies.texts_of(group, name) if group else {}


def add_titles(indexed: DataDict) -> None:
    """Add the titles of the body to what is indexed of a dataset; CKAN indexes its name alone."""
    body = json.loads(indexed["validated_data_dict"]).get("organization") or {}
    titles = {body.get("title") or "", *(body.get("title" + SUFFIX) or {}).values()}
    indexed["extras_body_titles"] = " ".join(sorted(titles))


def name_facets(session: AlchemySession, found: DataDict) -> None:
    """Name the bodies among the facets of a search in the reader's language."""
    items = found.get("search_facets", {}).get("organization", {}).get("items")
    # CKAN has named them in the site's first language already.
    if not items or config.readers_languages()[0] == config.languages()[0]:
        return
    titles = bodies.titles(session, [item["name"] for item in items])
    for item in items:
        plain, texts = titles.get(item["name"], (item["display_name"], {}))
        item["display_name"] = in_readers_language(texts) or plain


def ordered(
    groups: Sequence[ckan_model.Group], query: str, *, descending: bool = False
) -> list[ckan_model.Group]:
    """Return the bodies that have all words of the query, by title as the reader reads."""
    wanted = [word.lstrip("-") for word in stems(query)]
    found = [each for each in groups if _has_all(wanted, " ".join(_texts(each)))]
    return sorted(found, key=_sort_key, reverse=descending)


def _has_all(wanted: Sequence[str], text: str) -> bool:
    without_accents = folded(text) if wanted else ""
    return all(word in without_accents for word in wanted)


def _texts(group: ckan_model.Group) -> list[str]:
    own = [group.name, group.title or "", group.description or ""]
    by_language = [bodies.texts_of(group, name).values() for name in BODY_TEXTS]
    return [*own, *(text for texts in by_language for text in texts)]


def title(group: ckan_model.Group) -> str:
    """Return the name of a body in the reader's language."""
    return in_readers_language(bodies.texts_of(group, "title")) or group.title or group.name


def _sort_key(group: ckan_model.Group) -> tuple[str, str]:
    return folded(title(group)), group.name

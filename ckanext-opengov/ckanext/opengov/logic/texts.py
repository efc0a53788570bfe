"""Texts in the languages of the site, for readers who are not one person: machines, feeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import force_locale

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model

from ckanext.opengov import config
from ckanext.opengov.shared.domain.texts import SUFFIX, as_texts, pick

TITLE = "title" + SUFFIX


def texts_of(fields: Mapping[str, Any], name: str) -> dict[str, str] | str:
    """Return a text by language; where no language is known, the text alone."""
    texts = as_texts(fields.get(name + SUFFIX)) or {}
    return {language: text for language, text in texts.items() if text} or fields.get(name) or ""


def titles_of_body(body: Mapping[str, Any]) -> dict[str, str] | str:
    """Return the name of a public body by language, or alone.

    The ``organization`` of a dataset has CKAN's own columns only: the names in other
    languages are read from the body itself, once in a request.
    """
    if TITLE not in body:
        session = ckan_model.Session  # noqa: TID251 - a page has no context
        group: Any = session.get(ckan_model.Group, body["id"])
        extras = (group.extras if group else None) or {}
        body = {**body, TITLE: extras.get(TITLE)}
    return texts_of(body, "title")


def in_language(texts: dict[str, str] | str, language: str) -> str:
    """Return the text in a language, or in the first of the site's that has one."""
    if isinstance(texts, str):
        return texts
    return pick(texts, [language, *config.languages()]) or next(iter(texts.values()), "")


def in_each_language(sentence: str) -> dict[str, str]:
    """Return a sentence of the suite in every language of the site."""
    said = {}
    for language in config.languages():
        with force_locale(language):
            said[language] = tk._(sentence)
    return said


def choice_labels(field_name: str, value: str) -> dict[str, str]:
    """Return how a choice of the dataset form is called, by language."""
    schema = tk.h.scheming_get_dataset_schema("dataset") or {"dataset_fields": []}
    for field in schema["dataset_fields"]:
        if field["field_name"] == field_name:
            for choice in field.get("choices", []):
                if choice["value"] == value:
                    label = choice["label"]
                    return label if isinstance(label, dict) else {"en": label}
    return {}

"""Texts in several languages: ``title_translated`` beside CKAN's own ``title``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ckanext.opengov.shared.domain.texts import (
    SUFFIX,
    Texts,
    UnreadableText,
    as_texts,
    is_storable,
    pick,
)

Fields = dict[str, object]

DATASET_TEXTS, RESOURCE_TEXTS = ("title", "notes"), ("name",)
BODY_TEXTS = ("title", "description")


def complete(
    fields: Fields,
    stored: Mapping[str, object],
    languages: Sequence[str],
    names: Sequence[str] = DATASET_TEXTS,
) -> None:
    """Make the texts of a dataset or body agree, in place: one in each language, and CKAN's own.

    Forms send one field per language (``title_translated-fr``). Who gives ``title``
    alone says it in the first of ``languages``. CKAN's own field is then the text in
    the first language that has one.

    Args:
        fields: the dataset as the caller wants it, ``resources`` included
        stored: the dataset as it is
        languages: the site's languages, its default first
        names: CKAN's own fields that hold texts

    Raises:
        UnreadableText: a text holds NUL or half a character.
    """
    for field, text in _texts_in(fields):
        if not is_storable(text):
            # CKAN expects one error for each tag under the other name.
            raise UnreadableText(field="tag_string" if field == "tags" else field)
    for name in names:
        _complete(fields, stored, name, languages)
    resources = fields.get("resources")
    if not isinstance(resources, list):
        return
    before = stored.get("resources")
    known = {each["id"]: each for each in before} if isinstance(before, list) else {}
    for resource in resources:
        if isinstance(resource, dict):
            kept = known.get(str(resource.get("id")), {})
            for name in RESOURCE_TEXTS:
                _complete(resource, kept, name, languages)


def _complete(
    fields: Fields, stored: Mapping[str, object], name: str, languages: Sequence[str]
) -> None:
    key = name + SUFFIX
    before = as_texts(stored.get(key)) or {}
    typed = _typed(fields, key)
    given = typed if typed is not None else as_texts(fields.get(key))
    if given is None and fields.get(key):
        return  # No texts by language: the dataset's schema says so.
    texts = {language: text.strip() for language, text in (given or {}).items() if text.strip()}
    plain = fields.get(name)
    is_new = plain and plain != stored.get(name)
    if is_new and isinstance(plain, str) and texts in ({}, before):
        texts = {**before, languages[0]: plain.strip()}
    elif plain and not texts and not before:
        return  # Older than the suite, and as it was.
    if texts or key in fields or typed is not None:
        fields[key] = texts
        fields[name] = pick(texts, languages)


def keep_unsaid(fields: Fields, stored: Mapping[str, object], names: Sequence[str]) -> None:
    """Put back, in place, the texts by language of which the caller says nothing.

    Who empties CKAN's own field means all languages.
    """
    for name in names:
        key = name + SUFFIX
        is_said = key in fields or any(field.startswith(key + "-") for field in fields)
        if not is_said and fields.get(name) != "" and stored.get(key):
            fields[key] = stored[key]


def _typed(fields: Fields, key: str) -> Texts | None:
    """Take the form's fields out; return None where there are none."""
    names = [name for name in fields if name.startswith(key + "-")]
    texts = {name.removeprefix(key + "-"): str(fields.pop(name)) for name in names}
    return texts if names else None


def _texts_in(value: object, field: str = "") -> Iterator[tuple[str, str]]:
    """Yield all texts inside, each with the name of the outermost field that holds it."""
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _texts_in(each, field or str(name))
    elif isinstance(value, list):
        for each in value:
            yield from _texts_in(each, field)

"""What a translation must keep, and one word for one thing: the glossary, as far as a machine sees.

The words on the left of ``TERMS`` are CKAN's; the suite says something else for the same thing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from babel.messages.catalog import Catalog, Message

PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sdir]|\{[\w.!]*\}")
MARKUP = re.compile(r"<[^>]*>|%\(\w+\)[a-z]|\{[\w.!]*\}|https?://\S+|\w+_\w+")

LOOSE = re.compile(r" [:;?!»]|« ")
"""French signs that may end up on the next line alone: before and inside them goes U+00A0."""

TERMS = {
    "en": {
        r"\b(?<!bulk )organi[sz]ations?\b": "public body",
        r"\bresources?\b": "file",
        r"\bpackages?\b": "dataset",
        r"\btags?\b(?! of every page)": "keyword",
        r"\bmetadata\b": "description",
    },
    "fr": {
        r"\borganisations?\b": "organisme public",
        r"\bressources?\b": "fichier",
        r"\bpaquets?\b|\bensembles? de données\b": "jeu de données",
        r"\btags?\b": "mot-clé",
        r"\bmétadonnées?\b": "description",
    },
    "ar": {
        r"مؤسس": "هيكل عمومي",
        r"\b(?:ال|لل|بال|وال)?(?:مورد|موارد)": "ملفّ",
        r"\b(?:ال|لل)?حزم": "مجموعة بيانات",
        r"\b(?:ال|لل)?(?:وسم|وسوم)\b": "كلمة مفتاح",
        r"ترخيص|تراخيص": "رخصة",
        r"وصفية|الوصفي\b": "وصف",
        r"تنزيل": "تحميل",
        r"كلم[ةت]\w* (?:ال)?مرور": "كلمة السرّ",
        r"لوحة التحكم": "لوحة القيادة",
    },
}


def forms(message: Message) -> tuple[str, ...]:
    """Return a translation's forms: one, or all plurals."""
    return _as_tuple(message.string)


def _as_tuple(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, (list, tuple)) else (str(text or ""),)


def faults_of(catalog: Catalog, language: str) -> Iterator[str]:
    """Yield the sentences that are not translated, lose a placeholder, or break before a sign."""
    for message in catalog:
        if not message.id:
            continue
        texts = forms(message)
        if not all(texts):
            yield f"lacks: {message.id}"
        is_plural = isinstance(message.id, tuple)
        asked = set(PLACEHOLDER.findall(_as_tuple(message.id)[-1]))
        for text in filter(None, texts):
            given = set(PLACEHOLDER.findall(text))
            # "One file" needs no number.
            if given - asked or (asked - given and not is_plural):
                yield f"other placeholders: {message.id} / {text}"
            if language == "fr" and LOOSE.search(text):
                yield f"needs a no-break space: {text}"


def other_words(core: Catalog, theirs: Catalog, ours: Catalog, language: str) -> Iterator[str]:
    """Yield what people would read in a word that the suite does not use."""
    for message in core:
        if not message.id:
            continue
        found = ours.get(message.id, message.context) or theirs.get(message.id, message.context)
        texts = forms(found) if found else ()
        if language == "en" and not any(texts):
            texts = _as_tuple(message.id)
        for text in texts:
            bare = MARKUP.sub(" ", text)
            for word, ours_is in TERMS[language].items():
                if re.search(word, bare, re.IGNORECASE):
                    yield f"say «{ours_is}» in: {text} (of {message.id})"

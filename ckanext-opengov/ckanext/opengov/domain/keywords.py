"""Keywords: however people type one, it is the same."""

from __future__ import annotations

import re
import unicodedata

Fields = dict[str, object]

# Shadda, vowel signs and kashida; and marks that turn or join letters and show nothing.
MARKS = re.compile("[\u0640\u064b-\u065f\u0670\u061c\u200b-\u200f]")
"""What Arabic is read without. CKAN refuses it in keywords."""


def plain(text: str) -> str:
    """Return a keyword without marks, its letters composed: «صحّة» and «صحة» are one."""
    return " ".join(MARKS.sub("", unicodedata.normalize("NFC", text)).split())


def listed(text: str) -> list[str]:
    """Return the keywords that somebody typed with commas, Arabic ones too, between them."""
    return list(dict.fromkeys(filter(None, map(plain, re.split("[,،]", text)))))


def tidy(fields: Fields) -> None:
    """Write the keywords of a dataset without marks, in place, each of them once.

    What is no list of keywords stays as it is, for the schema to refuse; and so do
    the words of a vocabulary, which has spelt them.
    """
    text, tags = fields.get("tag_string"), fields.get("tags")
    if isinstance(text, str):
        fields["tag_string"] = ",".join(listed(text))
    if not isinstance(tags, list) or not all(isinstance(tag, dict) for tag in tags):
        return
    found: dict[object, Fields] = {}
    for number, tag in enumerate(tags):
        name = tag.get("name")
        if isinstance(name, str) and not tag.get("vocabulary_id"):
            found.setdefault(plain(name), {**tag, "name": plain(name)})
        else:
            found[number] = tag
    fields["tags"] = list(found.values())

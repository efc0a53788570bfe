"""What the templates of texts ask for; CKAN knows each by its name here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

import ckan.plugins.toolkit as tk

from ckanext.consultation.domain.language import RIGHT_TO_LEFT, direction_of
from ckanext.consultation.domain.texts.nodes import CONTAINERS, Kind
from ckanext.opengov.shared import readers

__all__ = [
    "consultation_cited",
    "consultation_node_kinds",
    "consultation_node_name",
    "consultation_node_words",
    "consultation_runs",
    "consultation_said_in",
    "consultation_text_address",
]


def consultation_said_in(words: Mapping[str, str] | None, language: str = "") -> dict[str, str]:
    """Return words in a language, else in another that has them: ``text``, ``lang``, ``dir``."""
    found = words or {}
    wished = [language, tk.h.lang(), *readers.languages(), *found]
    lang = next((each for each in wished if found.get(each)), "")
    text = found.get(lang, "")
    return {"text": text, "lang": lang, "dir": direction_of(text, lang)}


def consultation_node_words(node: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return what a node says in one language, with ``lang`` and ``dir``.

    A node that does not speak it says so: ``lang`` is then another one.
    """
    spoken = node.get("languages") or sorted(
        {*node["number_translated"], *node["heading_translated"]}
    )
    lang = language if language in spoken else next(iter(spoken), language)
    names = ("number", "heading", "body")
    found = {name: (node.get(f"{name}_translated") or {}).get(lang, "") for name in names}
    rows = [line.split("\t") for line in found["body"].split("\n")]
    is_table = node["kind"] == Kind.TABLE
    return {
        **found,
        "lang": lang,
        # A law in Arabic runs from the right also where it begins with a Latin name.
        "dir": "rtl" if lang in RIGHT_TO_LEFT else "ltr",
        "rows": rows if is_table else [],
        "is_division": node["kind"] in CONTAINERS,
    }


def consultation_node_name(node: Mapping[str, Any], language: str) -> str:
    """Return what people call a node in a sentence: its number and heading, or its first words."""
    said = consultation_node_words(node, language)
    named = " ".join(part for part in (said["number"], said["heading"]) if part)
    words = str(said["body"]).split()
    return named or " ".join(words[:8]) + ("…" if len(words) > len(words[:8]) else "")


def consultation_cited(
    node: Mapping[str, Any], above: Sequence[Mapping[str, Any]], language: str
) -> str:
    """Return how a paragraph is cited in the text's language: "Article 3 § 1" for "3 § 1"."""
    label = str(node["label"])
    division = next((each for each in reversed(above) if each["kind"] in CONTAINERS), None)
    number = consultation_node_words(division, language)["number"] if division else ""
    _numeral, gap, place = label.partition(" ")
    return f"{number} {place}" if number and gap and node["kind"] not in CONTAINERS else label


def consultation_node_kinds() -> dict[str, str]:
    """Return what a node may be, by code, in the reader's language."""
    return {
        Kind.TITLE: tk._("Title of the text"),
        Kind.PREAMBLE: tk._("Preamble"),
        Kind.PART: tk._("Part"),
        Kind.CHAPTER: tk._("Chapter"),
        Kind.SECTION: tk._("Section"),
        Kind.ARTICLE: tk._("Article"),
        Kind.ANNEX: tk._("Annex"),
        Kind.PARAGRAPH: tk._("Paragraph"),
        Kind.ITEM: tk._("Item of a list"),
        Kind.TABLE: tk._("Table"),
    }


def consultation_runs(runs: Sequence[Sequence[Any]]) -> Markup:
    """Return a text with the words marked that went and came; marks are heard, not only seen."""
    found = Markup()
    for is_equal, before, after in runs:
        if is_equal:
            found += escape(after)
        else:
            found += _mark("del", tk._("[removed:] "), before) + _mark(
                "ins", tk._("[added:] "), after
            )
    return found


def _mark(tag: str, said: str, text: str) -> Markup:
    if not text:
        return Markup()
    return Markup('<{0}><span class="visually-hidden">{1}</span>{2}</{0}> ').format(tag, said, text)


def consultation_text_address(name: str, label: str) -> str:
    """Return the address of a version's text: a page with many paragraphs adds ids to it."""
    return str(tk.url_for("consultation_texts.show", name=name, version=label))

"""The nodes of a text: reading them, and changing those of a draft."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.consultation.domain.texts import editing, plain
from ckanext.consultation.domain.texts.nodes import (
    MOST_CHARACTERS_OF_A_NODE,
    Kind,
    Node,
    Text,
    node_of,
)
from ckanext.consultation.domain.texts.publishing import ChangedMeanwhile, LanguageNeeded
from ckanext.consultation.logic import texts
from ckanext.consultation.logic.text_steps import count, draft
from ckanext.consultation.logic.versions import version_shown
from ckanext.consultation.model import texts as stored
from ckanext.opengov.shared import readers
from ckanext.opengov.shared.domain.fields import wished
from ckanext.opengov.shared.domain.texts import NoTexts, as_texts
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = [
    "consultation_node_create",
    "consultation_node_delete",
    "consultation_node_join",
    "consultation_node_move",
    "consultation_node_split",
    "consultation_node_update",
]

Editing = Callable[[Text, Collection[str]], Text]


@domain_action
def consultation_node_update(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Change the words of a node of a draft, or its kind; return the node.

    Args:
        version_id (str): id of the draft
        eid (str): id of the node
        number_translated (dict, optional): what is printed before it, by language: "Article 3 :"
        heading_translated (dict, optional): its heading by language
        body_translated (dict, optional): its text by language; other languages stay as they are
        language (str, optional): with it ``number``, ``heading``, ``body`` are of one language
        kind (str, optional): ``title``, ``preamble``, ``part``, ``chapter``, ``section``,
            ``article``, ``annex``, ``paragraph``, ``item`` or ``table``
        fingerprint (str, optional): of the node as it was shown; refused if it changed since
    """
    eid = str(tk.get_or_bust(data_dict, "eid"))
    words = _words(data_dict)

    def change(text: Text, _used: Collection[str]) -> Text:
        # A language that gets words comes before one that loses them: none is left without.
        for language in sorted(words, key=lambda each: not any(words[each].values())):
            text = editing.edit(text, eid, language, **words[language])
        if data_dict.get("kind"):
            text = editing.change_kind(text, eid, plain.kind_of(data_dict["kind"]))
        return text

    return _changed(context, data_dict, "node-edit", change, eid)


@domain_action
def consultation_node_create(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Put a new node into a draft; return it.

    Args:
        version_id (str): id of the draft
        after (str, optional): id of the node that it follows, in the same division; or else
        parent_eid (str, optional): id of the division in which it comes first
        kind (str): see ``consultation_node_update``
        language (str): the language of its words
        number, heading, body (str, optional): its words
        revision (int, optional): of the draft as it was shown; refused if it changed since
    """
    language = _language(data_dict)
    words = (
        {language: str(data_dict.get(name) or "")} if data_dict.get(name) else {}
        for name in plain.WORDS
    )
    node = Node("new", None, 0, plain.kind_of(data_dict.get("kind") or Kind.PARAGRAPH), *words)

    def change(text: Text, used: Collection[str]) -> Text:
        if data_dict.get("after") or not data_dict.get("parent_eid"):
            after = str(data_dict["after"]) if data_dict.get("after") else None
            return editing.insert_after(text, after, node, used)
        return editing.insert_into(text, str(data_dict["parent_eid"]), node, used)

    return _changed(context, data_dict, "node-create", change)


@domain_action
def consultation_node_split(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Cut a node of a draft in two; return the second part. The first keeps the id.

    Args:
        version_id (str): id of the draft
        eid (str): id of the node
        at (dict): for each language of its text, after how many characters
        fingerprint (str, optional): of the node as it was shown; refused if it changed since
    """
    eid = str(tk.get_or_bust(data_dict, "eid"))
    at = _places(data_dict.get("at"))
    return _changed(
        context,
        data_dict,
        "node-split",
        lambda text, used: editing.split_at(text, eid, at, used),
    )


@domain_action
def consultation_node_join(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Put the words of the next node of a draft into this one, whose id remains; return it.

    Args:
        version_id (str): id of the draft
        eid (str): id of the node
        fingerprint (str, optional): of the node as it was shown; refused if it changed since
    """
    eid = str(tk.get_or_bust(data_dict, "eid"))
    return _changed(
        context, data_dict, "node-join", lambda text, _used: editing.join_next(text, eid), eid
    )


@domain_action
def consultation_node_move(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Put a node of a draft, and all in it, elsewhere; return it.

    Args:
        version_id (str): id of the draft
        eid (str): id of the node
        parent_eid (str, optional): id of the division into which it goes; none: the text itself
        after (str, optional): id of the node there that it follows; none: it comes first
        revision (int, optional): of the draft as it was shown; refused if it changed since
    """
    eid = str(tk.get_or_bust(data_dict, "eid"))
    parent, after = (
        str(data_dict[name]) if data_dict.get(name) else None for name in ("parent_eid", "after")
    )
    return _changed(
        context,
        data_dict,
        "node-move",
        lambda text, _used: editing.move(text, eid, parent, after),
        eid,
    )


@domain_action
def consultation_node_delete(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Take a node out of a draft; return the version.

    Args:
        version_id (str): id of the draft
        eid (str): id of the node
        with_contents (bool, optional): with all that it contains; refused otherwise
        fingerprint (str, optional): of the node as it was shown; refused if it changed since
        revision (int, optional): of the draft as it was shown; refused if it changed since
    """
    eid = str(tk.get_or_bust(data_dict, "eid"))
    whole = wished(data_dict, "with_contents")
    return _changed(
        context,
        data_dict,
        "node-delete",
        lambda text, _used: editing.remove(text, eid, with_contents=whole),
        gives_version=True,
    )


def _changed(
    context: Context, data_dict: DataDict, step: str, change: Editing, eid: str = "",
    *, gives_version: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Change a draft; return the node, or the one that was not there before."""
    found = draft(context, data_dict)
    session, version_id = context["session"], found.version.id
    before = stored.text_of(session, version_id)
    if data_dict.get("fingerprint"):
        shown = node_of(before, str(data_dict["eid"]))
        if plain.fingerprint(shown) != data_dict["fingerprint"]:
            raise ChangedMeanwhile
    after = change(before, stored.used_eids(session, found.document.id))
    stored.store_text(session, version_id, before, after)
    known = {node.eid for node in before}
    fresh = [node for node in after if node.eid not in known]
    named = eid or (fresh[0].eid if fresh else str(data_dict.get("eid")))
    count(context, found, step, named)
    if gives_version:
        return version_shown(context, texts.version_of(context, version_id))
    shown_node = texts.node(node_of(after, named))
    return {**shown_node, "version": texts.version(found.document, found.version)}


def _language(data_dict: DataDict) -> str:
    language, languages = str(data_dict.get("language") or ""), readers.languages()
    if language not in languages:
        raise LanguageNeeded(choices=", ".join(languages))
    return language


def _words(data_dict: DataDict) -> dict[str, dict[str, str]]:
    """Return the words that a request gives, by language."""
    found: dict[str, dict[str, str]] = {}
    for name in plain.WORDS:
        if data_dict.get(name) is not None:
            found.setdefault(_language(data_dict), {})[name] = str(data_dict[name])
        given = data_dict.get(f"{name}_translated")
        if given is None:
            continue
        texts_given = as_texts(given)
        if texts_given is None or not set(texts_given) <= set(readers.languages()):
            raise NoTexts(wanted=", ".join(readers.languages()), field=f"{name}_translated")
        for language, said in texts_given.items():
            found.setdefault(language, {})[name] = said
    return found


def _places(given: object) -> dict[str, int]:
    """Return after how many characters each language is cut; what is no number is nowhere."""
    places = given.items() if isinstance(given, Mapping) else ()
    return {str(language): _number(str(place)) for language, place in places}


def _number(text: str) -> int:
    is_number = (
        text.isascii() and text.isdigit() and len(text) <= len(str(MOST_CHARACTERS_OF_A_NODE))
    )
    return int(text) if is_number else 0

"""The nodes of a text: reading them, and changing those of a draft."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, DataDict

from ckanext.consultation.domain.life import Role
from ckanext.consultation.domain.texts import editing, plain, publishing
from ckanext.consultation.domain.texts.nodes import (
    MOST_CHARACTERS_OF_A_NODE,
    Kind,
    Node,
    Text,
    node_of,
)
from ckanext.consultation.domain.texts.publishing import ChangedMeanwhile, LanguageNeeded
from ckanext.consultation.domain.texts.revising import join_language
from ckanext.consultation.logic import importing, texts
from ckanext.consultation.logic.action.texts import check_revision, note, version_shown
from ckanext.consultation.model import texts as stored
from ckanext.opengov.shared import pager, readers
from ckanext.opengov.shared.domain.errors import DomainError, NotPermitted
from ckanext.opengov.shared.domain.texts import NoTexts, as_texts
from ckanext.opengov.shared.domain.wording import N_
from ckanext.opengov.shared.glue.actions import domain_action

__all__ = [
    "consultation_misfit_list",
    "consultation_node_create",
    "consultation_node_delete",
    "consultation_node_join",
    "consultation_node_list",
    "consultation_node_move",
    "consultation_node_pair",
    "consultation_node_show",
    "consultation_node_split",
    "consultation_node_update",
]

Editing = Callable[[Text, Collection[str]], Text]


class NotPairs(DomainError):
    """Answers are ids by ids."""

    code = "no-pairs"
    field = "pairs"
    template = N_("Say for each paragraph of the further language which one it is, or none.")


@tk.side_effect_free
@domain_action
def consultation_node_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the nodes of a version in the order of reading, page by page.

    Each is ``{"eid", "parent_eid", "position", "kind", "number_translated",
    "heading_translated", "body_translated", "languages", "fingerprint"}``. In the body of a
    ``table`` a line is a row and a tab divides cells.

    Args:
        version_id (str): id of the version; or else
        consultation_id (str): id or name of the consultation, and
        version (str, optional): the version's name in addresses; the current one by default
        language (str, optional): words in this language alone
        cursor (str, optional): ``next_cursor`` of the page before
        limit (int, optional): 1 to 100, 20 by default
    """
    tk.check_access("consultation_show", context, data_dict)
    found = texts.asked_version(context, data_dict)
    language = str(data_dict.get("language") or "") or None
    query = stored.nodes_of(found.version.id)
    page = pager.page(context["session"], query, [stored.POSITION], data_dict)
    shown = page.as_dict(lambda row: texts.node(stored.node_of_row(row), language))
    return {**shown, "version": texts.version(found.document, found.version)}


@tk.side_effect_free
@domain_action
def consultation_node_show(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return one node of a version.

    Args:
        version_id (str): id of the version; or ``consultation_id`` and ``version``
        eid (str): id of the node
    """
    tk.check_access("consultation_show", context, data_dict)
    found = texts.asked_version(context, data_dict)
    eid = str(tk.get_or_bust(data_dict, "eid"))
    node = stored.node(context["session"], found.version.id, eid)
    if node is None:
        raise publishing.ParagraphNotFound
    return {**texts.node(node), "version": texts.version(found.document, found.version)}


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
    whole = tk.asbool(data_dict.get("with_contents") or False)
    return _changed(
        context,
        data_dict,
        "node-delete",
        lambda text, _used: editing.remove(text, eid, with_contents=whole),
        gives_version=True,
    )


@domain_action
def consultation_node_pair(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Say which nodes of a further language are which, where structure did not; return the version.

    Args:
        version_id (str): id of the draft
        import_id (str): id of the import of the further language
        pairs (dict): for ids of that import (``found.misfits``, ``second``) the id of the
            draft's node, or null: it stands in that language only
    """
    found = _draft(context, data_dict)
    session = context["session"]
    row = stored.find_import(session, str(data_dict.get("import_id") or ""), lock=True)
    if row is None or row.version_id != found.version.id or row.other_text is None:
        raise publishing.DocumentNotFound
    before = stored.text_of(session, found.version.id)
    other = importing.other_text(row)
    answers = {**row.settled, **_pairs(data_dict.get("pairs"))}
    used = stored.used_eids(session, found.document.id)
    joined = join_language(before, other, row.language, answers, used)
    stored.store_text(session, found.version.id, before, joined.text)
    importing.note_joined(row, joined, other)
    _count(context, found, "language-pair", len(answers))
    return version_shown(context, texts.version_of(context, found.version.id))


@tk.side_effect_free
@domain_action
def consultation_misfit_list(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Return the nodes of a further language that have no partner, beside those that have none.

    ``results`` are ``{"parent", "first", "second"}``: the division, the nodes of the draft and
    those of the import, as ``consultation_node_list`` has them.

    Args:
        version_id (str): id of the draft
        import_id (str): id of the import of the further language
    """
    found = texts.version_of(context, data_dict.get("version_id"))
    tk.check_access("consultation_update", context, {"roles": found.actor.roles})
    row = stored.find_import(context["session"], str(data_dict.get("import_id") or ""))
    if row is None or row.version_id != found.version.id:
        raise publishing.DocumentNotFound
    first = {
        node.eid: texts.node(node) for node in stored.text_of(context["session"], row.version_id)
    }
    second = {node.eid: texts.node(node) for node in importing.other_text(row)}
    sides = [
        {
            "parent": first.get(each["parent_eid"]),
            "first": [first[eid] for eid in each["first"] if eid in first],
            "second": [second[eid] for eid in each["second"] if eid in second],
        }
        for each in row.found.get("misfits", [])
    ]
    return {"results": [each for each in sides if each["second"]]}


def _draft(context: Context, data_dict: DataDict) -> texts.Found:
    """Return the draft that someone may write in, held against others.

    Raises:
        NotPermitted: they may read it, no more.
        DomainError: nothing is written in it now.
    """
    found = texts.version_of(context, data_dict.get("version_id"), lock=True)
    tk.check_access("consultation_update", context, {"roles": found.actor.roles})
    if Role.AUTHOR not in found.actor.roles:
        raise NotPermitted
    publishing.check_writable(texts.standing(context["session"], found))
    check_revision(found.version, data_dict)
    return found


def _changed(
    context: Context, data_dict: DataDict, step: str, change: Editing, eid: str = "",
    *, gives_version: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Change a draft; return the node, or the one that was not there before."""
    found = _draft(context, data_dict)
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
    _count(context, found, step, named)
    if gives_version:
        return version_shown(context, texts.version_of(context, version_id))
    shown_node = texts.node(node_of(after, named))
    return {**shown_node, "version": texts.version(found.document, found.version)}


def _count(context: Context, found: texts.Found, step: str, what: object) -> None:
    """Count the change, note it and commit."""
    found.version.revision += 1
    number = {"document": found.document.id, "number": found.version.number}
    note(context["session"], found.row, found.actor, step, {**number, "node": what})
    context["session"].commit()


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


def _pairs(given: object) -> dict[str, str | None]:
    if isinstance(given, str):
        given = as_texts(given)
    if not isinstance(given, Mapping):
        raise NotPairs
    return {str(eid): str(partner) if partner else None for eid, partner in given.items()}

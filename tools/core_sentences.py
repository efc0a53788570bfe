"""What CKAN itself says to people, and what its own catalogues say in Arabic and French.

CKAN's own template of sentences misses some; hence they are taken from its code.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

PARTS = (
    "ckan",
    "ckanext.activity",
    "ckanext.datastore",
    "ckanext.datatablesview",
    "ckanext.scheming",
    "ckanext.textview",
)
"""The packages whose pages and answers people of a portal meet."""

UNSEEN = (
    "**/cli/**",
    "**/cli.py",
    "**/migration/**",
    "**/tests/**",
    "**/vendor/**",
    "**/templates/development/**",
    "**_templates/**",
    "templates-midnight-blue/**",
    "**.min.js",
)
"""Commands, tests, the pages of CKAN's developers, and templates for other versions or themes."""

METHODS = [
    *((pattern, "ignore") for pattern in UNSEEN),
    ("**.py", "python"),
    ("**/templates/**.html", "ckan"),
    ("**/templates/**.text", "ckan"),
    ("**/templates/**.txt", "ckan"),
    ("**.js", "javascript"),
]
KEYWORDS = {
    **dict.fromkeys(("_", "N_", "gettext")),
    **dict.fromkeys(("ungettext", "ngettext", "_n"), (1, 2)),
}


def folder_of(package: str) -> Path:
    """Return where an installed package lies; it is not imported."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise LookupError(package)
    return Path(next(iter(spec.submodule_search_locations)))


def core_sentences() -> Catalog:
    """Return CKAN's sentences, each with the files that say it; lines move too often."""
    catalog = Catalog(project="opengov-suite", charset="utf-8")
    for part in PARTS:
        found = extract_from_dir(str(folder_of(part)), METHODS, keywords=KEYWORDS)
        for file, _line, message, _comments, context in found:
            # An empty sentence would be the catalogue's header.
            if (message if isinstance(message, str) else message[0]).strip():
                place = f"{part.replace('.', '/')}/{Path(file).as_posix()}"
                catalog.add(message, locations=[(place, 1)], context=context)
    return catalog


def core_catalogue(language: str) -> Catalog:
    """Return CKAN's own translations."""
    path = folder_of("ckan") / "i18n" / language / "LC_MESSAGES" / "ckan.po"
    with path.open("rb") as stream:
        return read_po(stream, locale=language)


def is_translated(message: Message | None) -> bool:
    """Tell whether every form of the sentence is there, and sure."""
    if message is None or message.fuzzy:
        return False
    forms = message.string if isinstance(message.string, (list, tuple)) else (message.string,)
    return bool(message.string) and all(forms)


def sentences_lacking(core: Catalog, language: str) -> Iterator[Message]:
    """Yield CKAN's sentences that its own catalogue does not translate."""
    theirs = core_catalogue(language)
    for message in core:
        if message.id and not is_translated(theirs.get(message.id, message.context)):
            yield message

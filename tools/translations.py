"""Keeps the catalogues in step with the code: ``translations.py`` writes, ``--check`` complains.

Every sentence of the suite stands in Arabic and French; the compiled catalogues are
committed, so that an installation needs no compiler.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from ckanext.opengov.logic.openapi.registry import texts_from_documentation

ROOT = Path(__file__).parents[1]
PLUGINS = ("opengov", "consultation", "complaints")
LANGUAGES = ("ar", "fr")
METHODS = [("**.py", "python"), ("**/templates/**.html", "ckan")]
KEYWORDS = {"_": None, "N_": None, "ungettext": (1, 2), "ngettext": (1, 2)}

ALWAYS = datetime(2026, 1, 1, tzinfo=UTC)
"""Date in the compiled catalogues: the same text compiles to the same bytes."""

# With several catalogues loaded the last one's rule counts for CKAN's own text too:
# these are the rules of CKAN's Arabic and French.
PLURALS = {
    "ar": "nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3"
    " : n%100>=11 && n%100<=99 ? 4 : 5;",
    "fr": "nplurals=2; plural=(n > 1);",
}


def folder_of(plugin: str) -> Path:
    """Return the plugin's package."""
    return ROOT / f"ckanext-{plugin}" / "ckanext" / plugin


def template_of(plugin: str) -> Catalog:
    """Return every sentence in the plugin's code, without its place: code moves too often."""
    catalog = Catalog(project="opengov-suite", charset="utf-8")
    found = extract_from_dir(str(folder_of(plugin)), METHODS, keywords=KEYWORDS)
    for _file, _line, message, comments, context in found:
        catalog.add(message, auto_comments=comments, context=context)
    if plugin == "opengov":
        # The description of the API says what the docstrings of the actions say.
        for text in texts_from_documentation():
            catalog.add(text)
    return catalog


def path_of(plugin: str, language: str) -> Path:
    """Return the path of a catalogue's text."""
    folder = folder_of(plugin) / "i18n" / language / "LC_MESSAGES"
    return folder / f"ckanext-{plugin}.po"


def updated(template: Catalog, path: Path, language: str) -> Catalog:
    """Return the catalogue with the template's sentences and its own translations."""
    catalog = Catalog(locale=language, project="opengov-suite", charset="utf-8")
    if path.exists():
        with path.open("rb") as stream:
            catalog = read_po(stream, locale=language)
        catalog.update(template, no_fuzzy_matching=True)
        catalog.obsolete.clear()
    else:
        for message in template:
            if message.id:
                catalog.add(message.id, context=message.context)
    catalog.header_comment = ""
    return catalog


def as_text(catalog: Catalog, language: str) -> bytes:
    """Return the catalogue as a ``.po`` file, the same each time."""
    out = io.BytesIO()
    write_po(out, catalog, sort_output=True, omit_header=True, width=96)
    header = (
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Language: {language}\\n"\n"Plural-Forms: {PLURALS[language]}\\n"\n\n'
    )
    return header.encode() + out.getvalue()


def compiled(text: bytes, language: str) -> bytes:
    """Return the ``.mo`` file of a ``.po`` file."""
    catalog = read_po(io.BytesIO(text), locale=language)
    catalog.creation_date = catalog.revision_date = ALWAYS
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def missing(catalog: Catalog) -> Iterator[str]:
    """Yield the sentences without a translation."""
    for message in catalog:
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and not all(strings):
            yield str(message.id)


def main(is_check: bool) -> int:
    """Write or check all catalogues; return the exit status."""
    faults = []
    for plugin in PLUGINS:
        template = template_of(plugin)
        if not len(template):
            continue
        for language in LANGUAGES:
            path = path_of(plugin, language)
            catalog = updated(template, path, language)
            text = as_text(catalog, language)
            binary = compiled(text, language)
            faults += [f"{path.name} ({language}) lacks: {lack}" for lack in missing(catalog)]
            is_fresh = path.exists() and path.read_bytes() == text
            if is_check and not (is_fresh and path.with_suffix(".mo").read_bytes() == binary):
                faults.append(f"{path.name} ({language}) is not up to date: make translations")
            elif not is_check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text)
                path.with_suffix(".mo").write_bytes(binary)
    for fault in faults:
        print(fault)  # noqa: T201 - a command
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))

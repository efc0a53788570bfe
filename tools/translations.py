"""Keeps the catalogues in step with the code: ``translations.py`` writes, ``--check`` complains.

Every sentence of the suite stands in Arabic and French, and so does every sentence of CKAN
that people meet: where CKAN's own catalogue lacks one, or uses another word than the suite,
the catalogue of ``opengov`` has it. The English one holds CKAN's sentences in the suite's
words. The compiled catalogues are committed, so that an installation needs no compiler.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from core_sentences import KEYWORDS, core_catalogue, core_sentences, sentences_lacking
from wording import faults_of, other_words

from ckanext.opengov.logic.openapi.registry import texts_from_documentation

ROOT = Path(__file__).parents[1]
PLUGINS = ("opengov", "consultation", "complaints")
LANGUAGES = ("ar", "fr")
REWORDED = "en"
METHODS = [
    ("**.min.js", "ignore"),
    ("**.py", "python"),
    ("**/templates/**.html", "ckan"),
    ("**.js", "javascript"),
]

ALWAYS = datetime(2026, 1, 1, tzinfo=UTC)
"""Date in the compiled catalogues: the same text compiles to the same bytes."""


@dataclass(frozen=True, slots=True)
class Plurals:
    """How many forms a language has, and which is for what number."""

    count: int
    rule: str

    @property
    def header(self) -> str:
        """Return it as catalogues say it."""
        return f"nplurals={self.count}; plural={self.rule};"


# With several catalogues loaded the last one's rule counts for CKAN's own text too:
# hence the rules are those of CKAN's catalogues.
PLURALS = {
    **{
        language: Plurals(catalog.num_plurals, catalog.plural_expr)
        for language, catalog in ((each, core_catalogue(each)) for each in LANGUAGES)
    },
    REWORDED: Plurals(2, "n != 1"),
}


def folder_of(plugin: str) -> Path:
    """Return the plugin's package."""
    return ROOT / f"ckanext-{plugin}" / "ckanext" / plugin


def empty_catalogue(language: str) -> Catalog:
    """Return a catalogue with CKAN's plurals; Babel's own rule of French has two forms."""
    catalog = Catalog(locale=language, project="opengov-suite", charset="utf-8")
    catalog.mime_headers = [("Plural-Forms", PLURALS[language].header)]
    return catalog


def template_of(plugin: str) -> Catalog:
    """Return every sentence in the plugin's code; of its place only the scripts among them.

    Lines move too often. CKAN serves to scripts what a ``.pot`` file finds in a script.
    """
    catalog = Catalog(project="opengov-suite", charset="utf-8")
    found = extract_from_dir(str(folder_of(plugin)), METHODS, keywords=KEYWORDS)
    for file, _line, message, comments, context in found:
        places = [(Path(file).as_posix(), 1)] if file.endswith(".js") else []
        catalog.add(message, auto_comments=comments, locations=places, context=context)
    if plugin == "opengov":
        # The description of the API says what the docstrings of the actions say.
        for text in texts_from_documentation():
            catalog.add(text)
    return catalog


def path_of(plugin: str, language: str) -> Path:
    """Return the path of a catalogue's text."""
    folder = folder_of(plugin) / "i18n" / language / "LC_MESSAGES"
    return folder / f"ckanext-{plugin}.po"


def kept_catalogue(plugin: str, language: str) -> Catalog:
    """Return the catalogue as it stands, or an empty one."""
    path = path_of(plugin, language)
    if not path.exists():
        return empty_catalogue(language)
    with path.open("rb") as stream:
        return read_po(stream, locale=language)


def wanted(own: Catalog, core: Catalog, kept: Catalog, language: str) -> Iterator[Message]:
    """Yield the sentences that the catalogue of a language must have.

    Of CKAN's those that its own catalogue lacks, and those that ours says in other words.
    """
    if language != REWORDED:
        yield from (message for message in own if message.id)
        yield from sentences_lacking(core, language)
    yield from (message for message in core if message.id and kept.get(message.id, message.context))


def updated(messages: Iterable[Message], kept: Catalog, language: str) -> Catalog:
    """Return the catalogue with these sentences, translated as they were."""
    catalog = empty_catalogue(language)
    for message in messages:
        known = kept.get(message.id, message.context)
        string = known.string if known else None
        if isinstance(message.id, tuple):
            string = _all_forms(string, PLURALS[language].count)
        catalog.add(
            message.id, string, auto_comments=message.auto_comments, context=message.context
        )
    catalog.header_comment = ""
    return catalog


def _all_forms(string: object, count: int) -> tuple[str, ...]:
    """Return all plural forms. French may come with two: its third, of millions, is the second."""
    forms = [form for form in string if form] if isinstance(string, (list, tuple)) else []
    forms += [forms[-1]] * (count - len(forms)) if count - len(forms) == 1 else []
    return tuple(forms + [""] * (count - len(forms)))


def as_text(catalog: Catalog, language: str) -> bytes:
    """Return the catalogue as a ``.po`` file, the same each time."""
    out = io.BytesIO()
    write_po(out, catalog, sort_output=True, omit_header=True, width=96)
    header = (
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Language: {language}\\n"\n'
        f'"Plural-Forms: {PLURALS[language].header}\\n"\n\n'
    )
    return header.encode() + out.getvalue()


def compiled(text: bytes, language: str) -> bytes:
    """Return the ``.mo`` file of a ``.po`` file."""
    catalog = read_po(io.BytesIO(text), locale=language)
    catalog.creation_date = catalog.revision_date = ALWAYS
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def as_template(own: Catalog, core: Catalog) -> bytes:
    """Return the ``.pot`` file: what scripts say, and all that CKAN says to people."""
    catalog = Catalog(project="opengov-suite", charset="utf-8")
    for message in (*own, *core):
        if message.id and message.locations:
            catalog.add(message.id, locations=message.locations, context=message.context)
    out = io.BytesIO()
    write_po(out, catalog, sort_output=True, omit_header=True, width=96, include_lineno=False)
    header = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    return header.encode() + out.getvalue()


def files_of(plugin: str, core: Catalog) -> Iterator[tuple[Path, bytes]]:
    """Yield every file of the plugin's translations, as it should be."""
    own = template_of(plugin)
    if not len(own) and not len(core):
        return
    yield folder_of(plugin) / "i18n" / f"ckanext-{plugin}.pot", as_template(own, core)
    for language in (*LANGUAGES, REWORDED):
        kept = kept_catalogue(plugin, language)
        catalog = updated(wanted(own, core, kept, language), kept, language)
        if len(catalog):
            text = as_text(catalog, language)
            path = path_of(plugin, language)
            yield path, text
            yield path.with_suffix(".mo"), compiled(text, language)


def faults_in(plugin: str, core: Catalog) -> Iterator[str]:
    """Yield what is wrong with the translations as they stand."""
    for language in (*LANGUAGES, REWORDED):
        kept = kept_catalogue(plugin, language)
        yield from (f"{plugin} ({language}): {fault}" for fault in faults_of(kept, language))
        theirs = core_catalogue(language) if language in LANGUAGES else Catalog()
        yield from (
            f"{plugin} ({language}): {fault}" for fault in other_words(core, theirs, kept, language)
        )


def main(is_check: bool) -> int:
    """Write or check all catalogues; return the exit status."""
    faults = []
    for plugin in PLUGINS:
        core = core_sentences() if plugin == "opengov" else Catalog()
        for path, content in files_of(plugin, core):
            if not is_check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            elif not path.exists() or path.read_bytes() != content:
                faults.append(f"{path.relative_to(ROOT)} is not up to date: make translations")
        faults += faults_in(plugin, core)
    for fault in faults:
        print(fault)  # noqa: T201 - a command
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))

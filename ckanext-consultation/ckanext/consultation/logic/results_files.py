"""Writes what is public of a consultation into files, row by row, as it stands at one moment."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.consultation.domain import results_data as files
from ckanext.consultation.domain.results_data import cell, moment
from ckanext.consultation.domain.texts.nodes import Node
from ckanext.consultation.domain.texts.publishing import label_of
from ckanext.consultation.model import answers, results_data, statistics, texts
from ckanext.consultation.model.statistics import POSITIONS

Row = Sequence[object]
ROWS_BETWEEN_REPORTS = 2000


@contextmanager
def snapshot() -> Iterator[AlchemySession]:
    """Give a session that sees one moment for as long as it lasts, and writes nothing.

    All files say the same, however long their writing takes.
    """
    engine = ckan_model.ensure_engine()
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        session: Any = Session(bind=connection)
        try:
            yield session
        finally:
            session.close()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a comment stands, as cells."""

    version: str
    numbers: tuple[str, ...]
    headings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A consultation at one moment."""

    session: AlchemySession
    consultation_id: str
    languages: Sequence[str]
    zone: str
    is_answered: bool = False
    """Its results are published, and with them all of its themes."""

    def figures(self) -> dict[str, int]:
        """Return the figures of the whole: received, published, texts that differ, people."""
        counts = statistics.counts(self.session, self.consultation_id)
        received = results_data.counted(self.session, self.consultation_id)
        return {"received": sum(received.values()), **counts}

    def rows(self, file: files.File) -> Iterable[Row]:
        """Return the rows of a file, each as it stands in it."""
        return WRITERS[file.name](self)


def write(
    source: Source, folder: Path, progress: Callable[[float], None]
) -> dict[str, tuple[Path, int]]:
    """Write the files into a folder; return their paths and rows by name. Empty ones are none."""
    expected = sum(results_data.counted(source.session, source.consultation_id).values()) or 1
    found: dict[str, tuple[Path, int]] = {}
    for file in files.FILES:
        path, count = folder / file.name, 0
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(file.header(source.languages))
            for row in source.rows(file):
                writer.writerow(row)
                count += 1
                if file is files.COMMENTS and count % ROWS_BETWEEN_REPORTS == 0:
                    progress(min(1.0, count / expected))
        if count:
            found[file.name] = (path, count)
    return found


def _comments(source: Source) -> Iterator[Row]:
    places, nowhere = _places(source), Place("", _blank(source), _blank(source))
    for row in results_data.comments(source.session, source.consultation_id):
        is_public = row.state == files.PUBLISHED
        thread = (row.seq, row.parent, row.root, row.depth)
        if not is_public:
            blanks = len(files.COMMENTS.header(source.languages)) - len(thread) - 1
            yield (*thread, files.REMOVED, *([""] * blanks))
            continue
        place = places.get((row.version_id, row.eid), nowhere)
        yield (
            *(*thread, files.PUBLISHED, place.version, row.eid or ""),
            *(*place.numbers, *place.headings, row.lang),
            "" if row.position is None else POSITIONS[row.position],
            *(row.channel, cell(row.body), row.participant, row.kind, cell(row.name or "")),
            *(row.for_count, row.neutral_count, row.against_count),
            *(moment(row.created_at), moment(row.edited_at)),
        )


def _blank(source: Source) -> tuple[str, ...]:
    return ("",) * len(source.languages)


def _places(source: Source) -> dict[tuple[str | None, str | None], Place]:
    """Return every paragraph of the public texts, by version and id."""
    found: dict[tuple[str | None, str | None], Place] = {}
    for document, version in texts.documents_of(
        source.session, source.consultation_id, with_drafts=False
    ):
        if version is None:
            continue
        label = label_of(document.position, version.number)
        nodes = {node.eid: node for node in texts.outline(source.session, version.id)}
        for node in nodes.values():
            found[version.id, node.eid] = _place(source, nodes, node, label)
    return found


def _place(source: Source, nodes: dict[str, Node], node: Node, label: str) -> Place:
    """Return what a reader would cite: the number and heading nearest above a paragraph."""
    line = [node]
    while line[-1].parent_eid:
        line.append(nodes[line[-1].parent_eid])
    numbered = next((each.number for each in line if each.number), {})
    headed = next((each.heading for each in line if each.heading), {})
    languages = source.languages
    return Place(
        label,
        tuple(cell(numbered.get(each, "")) for each in languages),
        tuple(cell(headed.get(each, "")) for each in languages),
    )


def _public_themes(source: Source) -> list[answers.Theme]:
    """Return the themes that everyone sees: before the results, those that were answered."""
    found = answers.themes(source.session, source.consultation_id)
    if source.is_answered:
        return found
    told = answers.public_replies(source.session, source.consultation_id)
    answered = {reply.theme_id for reply in told}
    return [theme for theme in found if theme.id in answered]


def _theme_numbers(source: Source) -> dict[str, int]:
    return {theme.id: number for number, theme in enumerate(_public_themes(source), start=1)}


def _replies(source: Source) -> Iterator[Row]:
    themes, number = _theme_numbers(source), 0
    for batch in results_data.replies(source.session, source.consultation_id):
        changes = answers.changes_of(source.session, [reply for reply, _seq in batch])
        for reply, seq in batch:
            number += 1
            target = "comment" if seq else "theme" if reply.theme_id else "everyone"
            linked = (
                f"{each['version']}#{each['eid']} {each['change']}"
                for each in changes.get(reply.id, [])
            )
            yield (
                *(number, target, themes.get(reply.theme_id or "", ""), seq or "", reply.decision),
                *(cell(reply.text_translated.get(each, "")) for each in source.languages),
                *("; ".join(linked), moment(reply.published_at)),
            )


def _themes(source: Source) -> Iterator[Row]:
    counts = answers.counts_of_themes(source.session, source.consultation_id)
    names = ("comments", "participants", "for", "neutral", "against")
    for number, theme in enumerate(_public_themes(source), start=1):
        counted = counts.get(theme.id, {})
        yield (
            number,
            *(cell(theme.title_translated.get(each, "")) for each in source.languages),
            *(cell(theme.summary_translated.get(each, "")) for each in source.languages),
            *(counted.get(name, 0) for name in names),
        )


def _theme_comments(source: Source) -> Iterator[Row]:
    themes = _theme_numbers(source)
    for row in results_data.in_themes(source.session, source.consultation_id):
        if row.theme_id in themes:
            yield themes[row.theme_id], row.seq


def _statistics(source: Source) -> Iterator[Row]:
    session, consultation_id = source.session, source.consultation_id
    tables: dict[str, Any] = {"counts": source.figures()}
    tables |= statistics.by_kind(session, consultation_id, source.zone)
    tables["decisions"] = answers.decisions(session, consultation_id)
    tables["by_day"] = {each["day"]: each["comments"] for each in tables["by_day"]}
    for table, counts in tables.items():
        for key, number in sorted(counts.items()) if table != "counts" else counts.items():
            yield table, key, number


WRITERS: dict[str, Callable[[Source], Iterator[Row]]] = {
    files.COMMENTS.name: _comments,
    files.REPLIES.name: _replies,
    files.THEMES.name: _themes,
    files.THEME_COMMENTS.name: _theme_comments,
    files.STATISTICS.name: _statistics,
}

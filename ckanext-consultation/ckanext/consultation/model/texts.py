"""Texts under consultation: documents, their versions and the nodes of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, defer, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.consultation.domain.texts.nodes import Kind, Node, Text

MOMENT = sa.DateTime(timezone=True)
PUBLIC = ("published", "final")
"""States of versions that everyone reads."""


class Document(tk.BaseModel):
    """A text on which people are consulted; its words are in its versions."""

    __tablename__ = "consultation_document"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    consultation_id: Mapped[str] = mapped_column(sa.Text)
    position: Mapped[int] = mapped_column(sa.Integer)
    title_translated: Mapped[dict[str, str]] = mapped_column(JSONB)


class Version(tk.BaseModel):
    """One version of a text. Once it is public, nothing of it changes."""

    __tablename__ = "consultation_document_version"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    document_id: Mapped[str] = mapped_column(sa.Text)
    number: Mapped[int] = mapped_column(sa.Integer)
    state: Mapped[str] = mapped_column(sa.Text)
    revision: Mapped[int] = mapped_column(sa.Integer)
    """Counts what was changed in the draft."""
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    published_at: Mapped[datetime | None] = mapped_column(MOMENT)
    carried_at: Mapped[datetime | None] = mapped_column(MOMENT)
    """When the comments on the version before had been brought here."""


class NodeRow(tk.BaseModel):
    """A node as the domain knows it."""

    __tablename__ = "consultation_node"

    version_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    eid: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    parent_eid: Mapped[str | None] = mapped_column(sa.Text)
    position: Mapped[int] = mapped_column(sa.Integer)
    kind: Mapped[str] = mapped_column(sa.Text)
    number: Mapped[dict[str, str]] = mapped_column(JSONB)
    heading: Mapped[dict[str, str]] = mapped_column(JSONB)
    body: Mapped[dict[str, str]] = mapped_column(JSONB)
    body_sha256: Mapped[bytes] = mapped_column(sa.LargeBinary)


class Import(tk.BaseModel):
    """A file that is being read into a version, and what was found in it.

    The file is here and not in a folder: it is written and forgotten with the rest, and every
    worker reaches it.
    """

    __tablename__ = "consultation_import"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    version_id: Mapped[str] = mapped_column(sa.Text)
    language: Mapped[str] = mapped_column(sa.Text)
    name: Mapped[str] = mapped_column(sa.Text)
    content: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    """None once it was read, or cannot be."""
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    found: Mapped[dict[str, Any]] = mapped_column(JSONB)
    other_text: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    """The nodes of a further language, as long as some have no partner."""
    settled: Mapped[dict[str, str | None]] = mapped_column(JSONB)
    created_by: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    finished_at: Mapped[datetime | None] = mapped_column(MOMENT)


def documents_of(
    session: AlchemySession, consultation_id: str, *, with_drafts: bool
) -> list[tuple[Document, Version | None]]:
    """Return the texts of a consultation, each with its versions in order, in one query."""
    rows = session.execute(_documents_of(with_drafts), {"of": consultation_id})
    return [(row[0], row[1]) for row in rows]


@cache
def _documents_of(with_drafts: bool) -> sa.Select[Any]:
    wanted = sa.true() if with_drafts else Version.state.in_(PUBLIC)
    return (
        sa.select(Document, Version)
        .outerjoin(Version, sa.and_(Version.document_id == Document.id, wanted))
        .where(Document.consultation_id == sa.bindparam("of"))
        .order_by(Document.position, Version.number)
    )


def find_document(session: AlchemySession, document_id: str) -> Document | None:
    """Return a text by its id."""
    return session.get(Document, document_id)


def find_version(session: AlchemySession, version_id: str) -> tuple[Document, Version] | None:
    """Return a version by its id, with its text."""
    query = (
        sa.select(Document, Version)
        .join(Version, Version.document_id == Document.id)
        .where(Version.id == version_id)
        .execution_options(populate_existing=True)
    )
    row = session.execute(query).first()
    return (row[0], row[1]) if row else None


def versions_of(session: AlchemySession, document_id: str) -> list[Version]:
    """Return all versions of a text in order."""
    query = sa.select(Version).where(Version.document_id == document_id).order_by(Version.number)
    return list(session.execute(query.execution_options(populate_existing=True)).scalars())


def next_position(session: AlchemySession, consultation_id: str) -> int:
    """Return the place of one more text; the caller holds the consultation."""
    query = sa.select(sa.func.coalesce(sa.func.max(Document.position), 0) + 1)
    return session.execute(query.where(Document.consultation_id == consultation_id)).scalar_one()


def node_of_row(row: Any) -> Node:
    """Return a stored node as the rules know it."""
    return Node(
        row.eid, row.parent_eid, row.position, Kind(row.kind), row.number, row.heading, row.body
    )


COLUMNS = (
    NodeRow.eid,
    NodeRow.parent_eid,
    NodeRow.position,
    NodeRow.kind,
    NodeRow.number,
    NodeRow.heading,
    NodeRow.body,
)
POSITION = sa.type_coerce(NodeRow.position, sa.Integer)


def text_of(session: AlchemySession, version_id: str) -> Text:
    """Return the whole text of a version."""
    query = sa.select(*COLUMNS).where(NodeRow.version_id == version_id).order_by(NodeRow.position)
    return tuple(map(node_of_row, session.execute(query)))


def nodes_of(version_id: str) -> sa.Select[Any]:
    """Select the nodes of a version; the caller pages it by ``POSITION``."""
    return sa.select(*COLUMNS).where(NodeRow.version_id == version_id)


def nodes_between(session: AlchemySession, version_id: str, first: int, last: int) -> Text:
    """Return the nodes at these positions."""
    query = sa.select(*COLUMNS).where(
        NodeRow.version_id == version_id, NodeRow.position.between(first, last)
    )
    return tuple(map(node_of_row, session.execute(query.order_by(NodeRow.position))))


def nodes_named(
    session: AlchemySession, pairs: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], Node]:
    """Return nodes by version and id, in one query."""
    wanted = list(pairs)
    query = sa.select(NodeRow.version_id, *COLUMNS).where(
        sa.tuple_(NodeRow.version_id, NodeRow.eid).in_(wanted)
    )
    if not wanted:
        return {}
    return {(row.version_id, row.eid): node_of_row(row) for row in session.execute(query)}


def node(session: AlchemySession, version_id: str, eid: str) -> Node | None:
    """Return one node."""
    return nodes_named(session, [(version_id, eid)]).get((version_id, eid))


def outline(session: AlchemySession, version_id: str) -> Text:
    """Return every node of a version without its body."""
    names = [column for column in COLUMNS if column is not NodeRow.body]
    query = sa.select(*names, sa.literal({}, JSONB).label("body"))
    query = query.where(NodeRow.version_id == version_id).order_by(NodeRow.position)
    return tuple(map(node_of_row, session.execute(query)))


def languages_of(session: AlchemySession, version_id: str) -> list[str]:
    """Return in which languages a version says something."""
    # Concatenation keeps the keys of all three.
    said = NodeRow.body.op("||")(NodeRow.heading).op("||")(NodeRow.number)
    keys = sa.func.jsonb_object_keys(said).table_valued("value").render_derived()
    query = (
        sa.select(keys.c.value)
        .distinct()
        .select_from(NodeRow)
        .join(keys, sa.true())
        .where(NodeRow.version_id == version_id)
    )
    return sorted(session.execute(query).scalars())


def has_nodes(session: AlchemySession, version_id: str) -> bool:
    """Tell whether a version says anything."""
    query = sa.select(NodeRow.eid).where(NodeRow.version_id == version_id).limit(1)
    return session.execute(query).first() is not None


def used_eids(session: AlchemySession, document_id: str) -> frozenset[str]:
    """Return every id that any version of a text has or, by its public versions, ever had."""
    query = (
        sa.select(NodeRow.eid)
        .distinct()
        .join(Version, Version.id == NodeRow.version_id)
        .where(Version.document_id == document_id)
    )
    return frozenset(session.execute(query).scalars())


def store_text(session: AlchemySession, version_id: str, before: Text, after: Text) -> None:
    """Make a version say ``after`` where it said ``before``; what stays is not written again."""
    old = {node.eid: node for node in before}
    kept = {node.eid for node in after}
    gone = [eid for eid in old if eid not in kept]
    if gone:
        session.execute(
            sa.delete(NodeRow).where(NodeRow.version_id == version_id, NodeRow.eid.in_(gone)),
            execution_options={"synchronize_session": False},
        )
    changed = [_values(version_id, node) for node in after if old.get(node.eid) != node]
    if changed:
        statement = insert(NodeRow)
        names = [column.name for column in NodeRow.__table__.columns]
        given = {name: statement.excluded[name] for name in names if name not in KEY}
        session.execute(
            statement.on_conflict_do_update(index_elements=list(KEY), set_=given), changed
        )


KEY = ("version_id", "eid")


def _values(version_id: str, node: Node) -> dict[str, Any]:
    return {
        "version_id": version_id,
        "eid": node.eid,
        "parent_eid": node.parent_eid,
        "position": node.position,
        "kind": str(node.kind),
        "number": dict(node.number),
        "heading": dict(node.heading),
        "body": dict(node.body),
        "body_sha256": node.body_sha256,
    }


def imports_of(session: AlchemySession, version_id: str) -> list[Import]:
    """Return the files that were read into a version, the newest last, without their bytes."""
    query = sa.select(Import).options(defer(Import.content), defer(Import.other_text))
    query = query.where(Import.version_id == version_id).order_by(Import.created_at, Import.id)
    return list(session.execute(query.execution_options(populate_existing=True)).scalars())


def find_import(session: AlchemySession, import_id: str, *, lock: bool = False) -> Import | None:
    """Return a file with its bytes."""
    query = sa.select(Import).where(Import.id == import_id)
    if lock:
        query = query.with_for_update()
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def unread(session: AlchemySession, version_ids: Sequence[str]) -> set[str]:
    """Return those of the versions of which a file is still being read."""
    query = sa.select(Import.version_id).where(
        Import.version_id.in_(list(version_ids)), Import.finished_at.is_(None)
    )
    return set(session.execute(query).scalars())

"""Changes to published datasets: what they change, the files they bring, where they stand."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.opengov.domain.publication import State
from ckanext.opengov.model.files import ResourceFile
from ckanext.opengov.model.publication import MOMENT, Contributor, Publication, Reviewed

CLOSED = (State.PUBLISHED, State.DISCARDED)
WAITING = (State.SUBMITTED, State.SCHEDULED)
REDACTED = "words-removed"
"""The reason of a version that the suite itself published, because words had to go."""
ROWS = "rows-added"
"""The reason of a version whose rows came by a standing approval."""


class Revision(Reviewed, tk.BaseModel):
    """One version of a dataset. Number 1 is its first publication and changes nothing."""

    __tablename__ = "opengov_revision"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    package_id: Mapped[str] = mapped_column(sa.Text)
    number: Mapped[int] = mapped_column(sa.Integer)
    changes: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Fields of ``package_patch`` by name; ``resources``, if there, is the whole new list."""
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """What stood in the changed fields when it was published or given up."""
    created_at: Mapped[datetime] = mapped_column(MOMENT)


class StagedFile(tk.BaseModel):
    """The bytes that a resource will serve once the revision is published."""

    __tablename__ = "opengov_revision_file"

    revision_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    resource_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.Text)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    """In bytes."""


def add_first(session: AlchemySession, package_id: str, now: datetime) -> None:
    """Note the first publication of a dataset."""
    session.add(_revision(package_id, 1, State.PUBLISHED, now))


def add_change(session: AlchemySession, package_id: str, now: datetime) -> Revision:
    """Begin a change to a published dataset. The caller holds the lock on its publication."""
    number = next_number(session, package_id)
    revision = _revision(package_id, number, State.DRAFT, now)
    session.add(revision)
    session.flush()
    return revision


def next_number(session: AlchemySession, package_id: str) -> int:
    """Return the number of the next revision of a dataset."""
    last = sa.select(sa.func.max(Revision.number)).where(Revision.package_id == package_id)
    # A dataset that is older than the suite has no first revision.
    return (session.execute(last).scalar() or 1) + 1


def add_redaction(session: AlchemySession, package_id: str, now: datetime) -> Revision:
    """Note a version that only lacks words of the one before. A change may be under way beside it.

    The caller holds the lock on the publication.
    """
    return _add_by_suite(session, package_id, REDACTED, now)


def add_rows(session: AlchemySession, package_id: str, now: datetime) -> Revision:
    """Note a version that has new rows. A change may be under way beside it.

    The caller holds the lock on the publication.
    """
    return _add_by_suite(session, package_id, ROWS, now)


def is_of_rows(session: AlchemySession, package_id: str, resource_id: str, sha256: str) -> bool:
    """Tell whether these bytes were made of rows that came, and are of no reviewed version."""
    query = (
        sa.select(Revision.reasons)
        .join(StagedFile, StagedFile.revision_id == Revision.id)
        .where(Revision.package_id == package_id, StagedFile.resource_id == resource_id)
        .where(StagedFile.sha256 == sha256)
    )
    found = session.scalars(query).all()
    return bool(found) and all(reasons == [ROWS] for reasons in found)


def bringing(
    session: AlchemySession, package_id: str, files: Collection[tuple[str, str]]
) -> set[int]:
    """Return the numbers of the revisions that brought these bytes, by resource id and SHA-256.

    What no change brought came with the first version.
    """
    query = (
        sa.select(Revision.number, StagedFile.resource_id, StagedFile.sha256)
        .join(StagedFile, StagedFile.revision_id == Revision.id)
        .where(Revision.package_id == package_id)
        .where(sa.tuple_(StagedFile.resource_id, StagedFile.sha256).in_(list(files)))
    )
    found = session.execute(query).all()
    known = {(resource_id, sha256) for _number, resource_id, sha256 in found}
    return {number for number, *_file in found} | ({1} if set(files) - known else set())


def _add_by_suite(session: AlchemySession, package_id: str, reason: str, now: datetime) -> Revision:
    number = next_number(session, package_id)
    revision = _revision(package_id, number, State.PUBLISHED, now)
    revision.reasons = [reason]
    session.add(revision)
    session.flush()
    return revision


def _revision(package_id: str, number: int, state: State, now: datetime) -> Revision:
    return Revision(
        id=str(uuid.uuid4()),
        package_id=package_id,
        number=number,
        state=state,
        changes={},
        created_at=now,
        changed_at=now,
        published_at=now if state is State.PUBLISHED else None,
    )


def open_of(session: AlchemySession, package_id: str) -> Revision | None:
    """Return the change to the dataset that is under way."""
    query = (
        sa.select(Revision)
        .where(Revision.package_id == package_id, Revision.state.not_in(CLOSED))
        .execution_options(populate_existing=True)
    )
    return session.execute(query).scalar_one_or_none()


def open_by_dataset(session: AlchemySession, package_ids: Iterable[str]) -> dict[str, Revision]:
    """Return the changes to these datasets that are under way, by dataset id."""
    query = sa.select(Revision).where(
        Revision.package_id.in_(list(package_ids)), Revision.state.not_in(CLOSED)
    )
    return {row.package_id: row for row in session.scalars(query)}


def bringer_of(session: AlchemySession, resource_id: str) -> str | None:
    """Return the dataset to which a change under way brings this new resource."""
    query = (
        sa.select(Revision.package_id)
        .join(StagedFile, StagedFile.revision_id == Revision.id)
        .where(StagedFile.resource_id == resource_id, Revision.state.not_in(CLOSED))
    )
    return session.execute(query).scalar_one_or_none()


def numbered(session: AlchemySession, package_id: str, number: int) -> Revision | None:
    """Return one revision of the dataset."""
    query = sa.select(Revision).where(Revision.package_id == package_id, Revision.number == number)
    return session.execute(query).scalar_one_or_none()


def last_published(session: AlchemySession, package_id: str) -> int:
    """Return the number of the newest version of a published dataset."""
    query = sa.select(sa.func.max(Revision.number)).where(
        Revision.package_id == package_id, Revision.state == State.PUBLISHED
    )
    return session.execute(query).scalar() or 1


def was_published(session: AlchemySession, package_id: str) -> bool:
    """Tell whether the dataset was ever published by review."""
    query = sa.select(Revision.id).where(Revision.package_id == package_id).limit(1)
    return session.execute(query).scalar() is not None


def of_dataset(package_id: str) -> tuple[sa.Select[Any], sa.ColumnElement[int]]:
    """Select the revisions of a dataset, and the column that orders them; the caller pages it."""
    query = sa.select(Revision).where(Revision.package_id == package_id)
    return query, sa.type_coerce(Revision.number, sa.Integer)


def stage_file(session: AlchemySession, staged: StagedFile) -> None:
    """Let the revision bring these bytes, instead of any it brought before for the resource."""
    session.merge(staged)
    session.flush()


def keep_files(session: AlchemySession, revision_id: str, resource_ids: Iterable[str]) -> None:
    """Forget the staged files of resources that the revision has no more."""
    session.execute(
        sa.delete(StagedFile).where(
            StagedFile.revision_id == revision_id,
            StagedFile.resource_id.not_in(list(resource_ids)),
        )
    )


def files_of(session: AlchemySession, revision_id: str) -> dict[str, StagedFile]:
    """Return the files that the revision brings, by resource id."""
    query = sa.select(StagedFile).where(StagedFile.revision_id == revision_id)
    return {row.resource_id: row for row in session.execute(query).scalars()}


def share_of(session: AlchemySession, resource_id: str) -> tuple[str, int]:
    """Return the body of a resource, and the bytes of its file: the one under way, or the served.

    Of what there is not: no body, and no bytes.
    """
    package, resource = ckan_model.Package, ckan_model.Resource
    staged = (
        sa.select(package.owner_org, StagedFile.size)
        .join(Revision, Revision.id == StagedFile.revision_id)
        .join(package, package.id == Revision.package_id)
        .where(StagedFile.resource_id == resource_id, Revision.state.not_in(CLOSED))
    )
    served = (
        sa.select(package.owner_org, ResourceFile.size)
        .join(resource, resource.package_id == package.id)
        .join(ResourceFile, ResourceFile.resource_id == resource.id)
        .where(resource.id == resource_id)
    )
    row = session.execute(staged).first() or session.execute(served).first()
    return (row[0] or "", row[1]) if row else ("", 0)


def share_of_dataset(session: AlchemySession, package_id: str) -> tuple[str, int]:
    """Return the body of a dataset, and the bytes of the files that it serves."""
    package, resource = ckan_model.Package, ckan_model.Resource
    query = (
        sa.select(package.owner_org, sa.func.sum(ResourceFile.size))
        .outerjoin(resource, resource.package_id == package.id)
        .outerjoin(ResourceFile, ResourceFile.resource_id == resource.id)
        .where(package.id == package_id)
        .group_by(package.owner_org)
    )
    row = session.execute(query).first()
    return (row[0] or "", int(row[1] or 0)) if row else ("", 0)


def hashes_of(
    session: AlchemySession, package_id: str, resource_ids: Collection[str]
) -> frozenset[str]:
    """Return which bytes these resources served, or were to serve, by any revision."""
    mine = Revision.package_id == package_id
    staged = (
        sa.select(StagedFile.sha256)
        .join(Revision, Revision.id == StagedFile.revision_id)
        .where(mine, StagedFile.resource_id.in_(list(resource_ids)))
    )
    found = set(session.execute(staged).scalars())
    for row in session.execute(sa.select(Revision.changes, Revision.before).where(mine)):
        listed = (each for side in row for each in (side or {}).get("resources") or [])
        found |= {each.get("sha256") for each in listed if each.get("id") in resource_ids}
    return frozenset(each for each in found if each)


def are_used(session: AlchemySession, sha256: str) -> bool:
    """Tell whether a resource serves these bytes, or will once a change is published."""
    served = sa.select(ResourceFile.resource_id).where(ResourceFile.sha256 == sha256)
    prepared = (
        sa.select(StagedFile.resource_id)
        .join(Revision, Revision.id == StagedFile.revision_id)
        .where(StagedFile.sha256 == sha256, Revision.state.not_in(CLOSED))
    )
    return session.execute(sa.union_all(served, prepared).limit(1)).first() is not None


def files_by_revision(
    session: AlchemySession, revision_ids: Iterable[str]
) -> dict[str, dict[str, StagedFile]]:
    """Return the files that these revisions bring, by revision and resource id."""
    query = sa.select(StagedFile).where(StagedFile.revision_id.in_(list(revision_ids)))
    found: dict[str, dict[str, StagedFile]] = {}
    for row in session.scalars(query):
        found.setdefault(row.revision_id, {})[row.resource_id] = row
    return found


def places_of(
    session: AlchemySession, package_ids: Iterable[str]
) -> dict[tuple[str, int], tuple[State, str]]:
    """Return where these datasets, and the changes to them that are under way, stand now.

    By dataset and number of the revision: the state, and the reason it was last given.
    """
    ids = list(package_ids)
    first = sa.select(
        Publication.package_id, sa.literal(1), Publication.state, Publication.reason
    ).where(Publication.package_id.in_(ids))
    later = sa.select(Revision.package_id, Revision.number, Revision.state, Revision.reason).where(
        Revision.package_id.in_(ids), Revision.state.not_in(CLOSED)
    )
    rows = session.execute(sa.union_all(first, later))
    return {(row[0], row[1]): (State(row[2]), row[3] or "") for row in rows}


def _in_review() -> sa.CompoundSelect[Any]:
    """Select everything that waits for a reviewer or for its time."""
    first = sa.select(
        Publication.package_id,
        sa.literal(1).label("number"),
        Publication.state,
        Publication.changed_at,
        Publication.publish_at,
    ).where(Publication.state.in_(WAITING))
    later = sa.select(
        Revision.package_id,
        Revision.number,
        Revision.state,
        Revision.changed_at,
        Revision.publish_at,
    ).where(Revision.state.in_(WAITING))
    return sa.union_all(first, later)


def due(session: AlchemySession, now: datetime) -> list[str]:
    """Return the datasets with something whose time has come, the longest overdue first."""
    waiting = _in_review().subquery()
    query = (
        sa.select(waiting.c.package_id)
        .where(waiting.c.state == State.SCHEDULED, waiting.c.publish_at <= now)
        .order_by(waiting.c.publish_at)
    )
    return list(session.execute(query).scalars())


def waiting_for(
    user_id: str, body_ids: Iterable[str], state: str = ""
) -> tuple[sa.Select[Any], Any, Any, Any]:
    """Select what waits in these bodies and was not written by this person; the caller pages it.

    ``state`` is one of ``WAITING``; empty: any.

    Returns:
        the query, and the columns that order it: since when it waits, the dataset, the revision
    """
    waiting, package = _in_review().subquery(), ckan_model.Package
    wrote = sa.exists().where(
        Contributor.package_id == waiting.c.package_id,
        Contributor.number == waiting.c.number,
        Contributor.user_id == user_id,
    )
    query = (
        sa.select(
            waiting.c.package_id.label("id"),
            waiting.c.number.label("revision"),
            package.name,
            package.title,
            package.owner_org,
            waiting.c.state,
            waiting.c.changed_at.label("waiting_since"),
            waiting.c.publish_at,
        )
        .join(package, package.id == waiting.c.package_id)
        .where(package.owner_org.in_(list(body_ids)), package.state != "deleted", ~wrote)
    )
    if state:
        query = query.where(waiting.c.state == state)
    return query, waiting.c.changed_at, waiting.c.package_id, waiting.c.number

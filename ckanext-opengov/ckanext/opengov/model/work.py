"""The datasets of several bodies, by what is to do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.opengov.domain.freshness import DAYS
from ckanext.opengov.domain.publication import State
from ckanext.opengov.domain.work import AT_REST, RANKS, Work
from ckanext.opengov.model.publication import Contributor, Publication
from ckanext.opengov.model.revisions import CLOSED, Revision
from ckanext.opengov.model.words import plain
from ckanext.opengov.shared.outbox import Message


@dataclass(frozen=True, slots=True)
class Day:
    """A local day, and the time zone by which moments fall on days."""

    today: date
    zone: str


def of_bodies(body_ids: Iterable[str], user_id: str, text: str, day: Day) -> sa.Subquery:
    """Select what is to do with the datasets of these bodies whose titles have all these words.

    ``user_id``: for whom it is told whether they wrote in it.
    """
    query = _places(user_id, day.zone)
    query = query.where(ckan_model.Package.owner_org.in_(list(body_ids)))
    places = _with_words(query, text).subquery()
    work = sa.case(
        (places.c.state == State.RETURNED, Work.RETURNED),
        (_is_late(places, day), Work.LATE),
        else_=places.c.state,
    )
    rows = sa.select(places, work.label("work")).subquery()
    since = sa.cast(sa.extract("epoch", rows.c.changed_at), sa.BigInteger)
    key = sa.case(
        (rows.c.work == Work.LATE, rows.c.due - date(1970, 1, 1)),
        (rows.c.work.in_(AT_REST), -since),
        else_=since,
    )
    rank = sa.case(RANKS, value=rows.c.work, else_=len(RANKS))
    typed = (sa.type_coerce(rank, sa.Integer), sa.type_coerce(key, sa.BigInteger))
    names = ("rank", "key")
    columns = [each.label(name) for each, name in zip(typed, names, strict=True)]
    return sa.select(rows, *columns).subquery()


def order_of(rows: sa.Subquery) -> list[sa.ColumnElement[Any]]:
    """Return the columns that order the rows."""
    return [rows.c.rank, rows.c.key, rows.c.id]


def counts(session: AlchemySession, rows: sa.Subquery) -> dict[str, int]:
    """Return how many of the rows wait for what."""
    query = sa.select(rows.c.work, sa.func.count()).group_by(rows.c.work)
    found = {row[0]: row[1] for row in session.execute(query)}
    return {work.value: found.get(work, 0) for work in Work}


def late(session: AlchemySession, day: Day, kind: str, most: int) -> list[sa.Row[Any]]:
    """Return datasets that are late and of which no message of this kind tells yet.

    Such a message says in ``package_id`` and ``due`` what it is about. Of bodies in which
    nobody works nobody can be told.
    """
    places = _once(_places("", day.zone))
    told = sa.exists().where(
        Message.kind == kind,
        Message.params["package_id"].astext == places.c.id,
        Message.params["due"].astext == sa.func.to_char(places.c.due, "YYYY-MM-DD"),
    )
    member, user = ckan_model.Member, ckan_model.User
    has_people = (
        sa.exists()
        .where(member.group_id == places.c.owner_org, member.table_id == user.id)
        .where(member.table_name == "user", member.capacity.in_(("editor", "admin")))
        .where(member.state == "active", user.state == "active")
    )
    query = sa.select(places).where(_is_late(places, day), has_people, ~told)
    return list(session.execute(query.order_by(places.c.due, places.c.id).limit(most)))


def dues(session: AlchemySession, package_ids: Iterable[str], zone: str) -> dict[str, date]:
    """Return when the next version of each of these datasets is due; where none is, nothing."""
    places = _places("", zone).where(ckan_model.Package.id.in_(list(package_ids))).subquery()
    query = sa.select(places.c.id, places.c.due).where(places.c.due.is_not(None))
    return {row.id: row.due for row in session.execute(query)}


def _once(query: sa.Select[Any]) -> sa.CTE:
    """Return the rows of a query, found once.

    Else PostgreSQL looks for the newest file of a dataset in each place that names its due
    day, and joins as if few datasets were late: sixteen seconds of 10,000 datasets.
    """
    return query.cte("places").prefix_with("MATERIALIZED")


def _is_late(places: sa.Subquery | sa.CTE, day: Day) -> sa.ColumnElement[bool]:
    return sa.and_(
        places.c.is_published,
        places.c.state.in_((State.PUBLISHED, State.DRAFT)),
        places.c.due < day.today,
    )


def _with_words(query: sa.Select[Any], text: str) -> sa.Select[Any]:
    """Keep the datasets whose titles have all these words."""
    package: Any = ckan_model.Package
    translated = package.extras["title_translated"].astext
    names = sa.func.concat_ws(" ", package.name, package.title, translated)
    for word in text.split()[:10]:
        query = query.where(sa.func.strpos(plain(names), plain(sa.literal(word))) > 0)
    return query


def _places(user_id: str, zone: str) -> sa.Select[Any]:
    """Select where each dataset, or the change to it that is under way, stands."""
    package: Any = ckan_model.Package
    translated, frequency = (
        package.extras[name].astext for name in ("title_translated", "frequency")
    )
    last = sa.cast(sa.func.timezone(zone, sa.func.timezone("UTC", _last(package))), sa.Date)
    return (
        sa.select(
            package.id,
            package.name,
            package.title,
            translated.label("translated"),
            package.owner_org,
            frequency.label("frequency"),
            last.label("last"),
            (last + sa.case(DAYS, value=frequency)).label("due"),
            *_place(package, user_id),
        )
        .outerjoin(Publication, Publication.package_id == package.id)
        .outerjoin(
            Revision, sa.and_(Revision.package_id == package.id, Revision.state.not_in(CLOSED))
        )
        .where(package.state != "deleted", package.type == "dataset")
    )


def _place(package: Any, user_id: str) -> list[sa.ColumnElement[Any]]:
    """Return the columns about the review: of the change that is under way, or of the dataset."""
    # As model.publication.find says of a dataset that is older than the suite.
    unknown = sa.case((package.state == "active", State.PUBLISHED), else_=State.DRAFT)
    own_state = sa.func.coalesce(Publication.state, unknown)
    created_at = sa.func.timezone("UTC", package.metadata_created)
    reason = sa.case((Revision.id.is_not(None), Revision.reason), else_=Publication.reason)
    wrote = sa.exists().where(
        Contributor.package_id == package.id,
        Contributor.number == sa.func.coalesce(Revision.number, 1),
        Contributor.user_id == user_id,
    )
    changed_at = sa.func.coalesce(Revision.changed_at, Publication.changed_at, created_at)
    return [
        sa.type_coerce(Revision.number, sa.Integer).label("revision"),
        sa.func.coalesce(Revision.state, own_state).label("state"),
        (own_state == State.PUBLISHED).label("is_published"),
        reason.label("reason"),
        changed_at.label("changed_at"),
        sa.func.coalesce(Revision.publish_at, Publication.publish_at).label("publish_at"),
        wrote.label("wrote"),
    ]


def _last(package: Any) -> sa.ScalarSelect[Any]:
    """Select when the data was last changed, in UTC: as helpers' ``opengov_freshness`` says."""
    resource: Any = ckan_model.Resource
    newest = sa.func.max(sa.func.coalesce(resource.last_modified, resource.created))
    return (
        sa.select(sa.func.coalesce(newest, package.metadata_modified))
        .where(resource.package_id == package.id, resource.state == "active")
        .correlate(package)
        .scalar_subquery()
    )

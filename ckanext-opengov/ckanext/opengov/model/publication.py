"""Where each dataset stands, who wrote in it, and who gave whom a role."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.opengov.domain.membership import RoleGiven, VouchedRole
from ckanext.opengov.domain.publication import State
from ckanext.opengov.shared.second_factor import rows

log = logging.getLogger(__name__)

ROLE = "role"
"""Purpose of the signatures over roles."""
MOMENT = sa.DateTime(timezone=True)
_GROUP: Any = ckan_model.Group


class Reviewed:
    """What has a place in the review: a dataset, or a change to a published one."""

    state: Mapped[str] = mapped_column(sa.Text)
    changed_at: Mapped[datetime] = mapped_column(MOMENT)
    publish_at: Mapped[datetime | None] = mapped_column(MOMENT)
    published_at: Mapped[datetime | None] = mapped_column(MOMENT)
    reason: Mapped[str | None] = mapped_column(sa.Text)
    """Why it was last returned or withdrawn, in the words of who did so."""
    reasons: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
    """Why it was last returned: codes of the list."""


class Publication(Reviewed, tk.BaseModel):
    """A dataset's place in its life; there is one for every dataset."""

    __tablename__ = "opengov_publication"

    package_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    withdrawn_at: Mapped[datetime | None] = mapped_column(MOMENT)
    number = 1
    """A dataset's first publication is its first revision."""


class Contributor(tk.BaseModel):
    """Someone who wrote in a revision or submitted it, and so may not approve it."""

    __tablename__ = "opengov_contributor"

    package_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    """Of the revision; 1 is the dataset up to its first publication."""
    user_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)


class RoleEvent(tk.BaseModel):
    """Someone gave someone a role in a body. Rows are only ever added."""

    __tablename__ = "opengov_role_event"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    group_id: Mapped[str] = mapped_column(sa.Text)
    user_id: Mapped[str] = mapped_column(sa.Text)
    maker_id: Mapped[str | None] = mapped_column(sa.Text)
    by_operator: Mapped[bool] = mapped_column(sa.Boolean)
    role: Mapped[str] = mapped_column(sa.Text)
    made_at: Mapped[datetime] = mapped_column(MOMENT)
    key_id: Mapped[str | None] = mapped_column(sa.Text)
    mac: Mapped[str | None] = mapped_column(sa.Text)
    """Signature under a key that the database does not hold; without one, written past the site."""


def begin(session: AlchemySession, package_id: str, state: State, now: datetime) -> None:
    """Note a new dataset."""
    session.add(Publication(package_id=package_id, state=state, changed_at=now))


def find(session: AlchemySession, package_id: str, *, lock: bool = False) -> Publication:
    """Return where the dataset stands.

    A dataset that is older than the suite has no row yet: an active one counts
    as published, any other as a draft.
    """
    query = sa.select(Publication).where(Publication.package_id == package_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.execute(query).scalar_one_or_none()
    if row is not None:
        return row
    package = session.get(ckan_model.Package, package_id)
    is_public = package is not None and package.state == "active"
    state = State.PUBLISHED if is_public else State.DRAFT
    values: dict[str, Any] = {
        "package_id": package_id,
        "state": state,
        "changed_at": sa.func.now(),
    }
    session.execute(insert(Publication).values(values).on_conflict_do_nothing())
    return session.execute(query).scalar_one()


def states_of(session: AlchemySession, package_ids: Iterable[str]) -> dict[str, Publication]:
    """Return the rows of several datasets by dataset id; those without one are absent."""
    query = sa.select(Publication).where(Publication.package_id.in_(list(package_ids)))
    return {row.package_id: row for row in session.execute(query).scalars()}


def add_contributor(session: AlchemySession, package_id: str, number: int, user_id: str) -> None:
    """Note that this person wrote in the revision or submitted it."""
    row = insert(Contributor).values(package_id=package_id, number=number, user_id=user_id)
    session.execute(row.on_conflict_do_nothing())


def contributors(session: AlchemySession, package_id: str, *numbers: int) -> frozenset[str]:
    """Return everyone who wrote in one of the revisions or submitted it."""
    query = sa.select(Contributor.user_id).where(
        Contributor.package_id == package_id, Contributor.number.in_(numbers)
    )
    return frozenset(session.execute(query).scalars())


def add_role_event(
    session: AlchemySession, group_id: str, given: RoleGiven, role: str, now: datetime
) -> None:
    """Note who gave a role in a body to whom, signed."""
    event = RoleEvent(
        group_id=group_id,
        user_id=given.user_id,
        maker_id=given.maker_id,
        by_operator=given.by_operator,
        role=role,
        made_at=now,
    )
    try:
        event.key_id, event.mac = rows.keys(session).sign(ROLE, _signed(event))
    except (OSError, ValueError) as error:
        # The role holds; to reset a second factor it is not enough.
        log.error("A role was not signed: %s", type(error).__name__)  # noqa: TRY400
    session.add(event)


def _signed(event: RoleEvent) -> list[str | bool | None]:
    """Return what the signature covers."""
    moment = event.made_at.astimezone(UTC).isoformat(timespec="microseconds")
    given = [event.group_id, event.user_id, event.maker_id, event.by_operator, event.role]
    return [*given, moment]


def vouched_roles(session: AlchemySession, group_id: str) -> dict[str, VouchedRole]:
    """Return the last role in the body that the site itself gave each person, by user id.

    Nobody's, if the keys are gone.
    """
    try:
        ring = rows.keys(session)
    except (OSError, ValueError) as error:
        log.error("No role can be vouched for: %s", type(error).__name__)  # noqa: TRY400
        return {}
    query = sa.select(RoleEvent).where(RoleEvent.group_id == group_id)
    # By the signed moment: the order of the rows is anyone's who writes to the database.
    events = sorted(session.execute(query).scalars(), key=lambda event: event.made_at)
    return {
        event.user_id: VouchedRole(event.role, event.maker_id)
        for event in events
        if ring.holds(ROLE, _signed(event), event.key_id, event.mac)
    }


def sign_anew(session: AlchemySession) -> int:
    """Sign every sound event with the key in use; return how many."""
    ring, signed = rows.keys(session), 0
    for event in session.execute(sa.select(RoleEvent)).scalars():
        if ring.holds(ROLE, _signed(event), event.key_id, event.mac):
            event.key_id, event.mac = ring.sign(ROLE, _signed(event))
            signed += 1
    session.flush()
    return signed


def vouch_for_all(session: AlchemySession, now: datetime) -> int:
    """Sign the roles that nobody vouches for, in the operator's name; return how many."""
    group = ckan_model.Group
    bodies = sa.select(group.id).where(group.is_organization, group.state == "active")
    signed = 0
    for body in session.execute(bodies).scalars().all():
        vouched = vouched_roles(session, body)
        for user_id, role in roles_in(session, body).items():
            if user_id not in vouched or vouched[user_id].role != role:
                given = RoleGiven(user_id, None, by_operator=True)
                add_role_event(session, body, given, role, now)
                signed += 1
    return signed


def roles_given(session: AlchemySession, group_id: str | None) -> list[RoleGiven]:
    """Return who gave a role in the body to whom, the oldest first."""
    query = (
        sa.select(RoleEvent.user_id, RoleEvent.maker_id, RoleEvent.by_operator)
        .where(RoleEvent.group_id == group_id)
        .order_by(RoleEvent.id)
    )
    return [RoleGiven(*row) for row in session.execute(query)]


def roles_in(session: AlchemySession, group_id: str | None) -> dict[str, str]:
    """Return the role of each active member of a body by user id."""
    member, user = ckan_model.Member, ckan_model.User
    query = (
        sa.select(member.table_id, member.capacity)
        .join(user, user.id == member.table_id)
        .where(
            member.group_id == group_id,
            member.table_name == "user",
            member.state == "active",
            user.state == "active",
        )
    )
    return {str(row.table_id): row.capacity for row in session.execute(query)}


def roles_of(
    session: AlchemySession, pairs: Iterable[tuple[str | None, str | None]]
) -> dict[tuple[str | None, str | None], str]:
    """Return the roles of people in bodies, by body and user id; of no member, none."""
    member, user = ckan_model.Member, ckan_model.User
    query = (
        sa.select(member.group_id, member.table_id, member.capacity)
        .join(user, user.id == member.table_id)
        .where(
            sa.tuple_(member.group_id, member.table_id).in_(list(pairs)),
            member.table_name == "user",
            member.state == "active",
            user.state == "active",
        )
    )
    return {(row[0], row[1]): row[2] for row in session.execute(query)}


def bodies_worked_in(session: AlchemySession, user_id: str) -> list[sa.Row[Any]]:
    """Return the bodies of which this person is an editor or an admin, by title.

    Each is ``(id, name, title, translated, capacity)``, the titles by language as JSON.
    """
    member, group = ckan_model.Member, _GROUP
    query = (
        sa.select(
            group.id,
            group.name,
            group.title,
            group.extras["title_translated"].astext.label("translated"),
            member.capacity,
        )
        .join(member, member.group_id == group.id)
        .where(
            member.table_id == user_id,
            member.table_name == "user",
            member.state == "active",
            member.capacity.in_(("admin", "editor")),
            group.is_organization,
            group.state == "active",
        )
        .order_by(group.title, group.id)
    )
    return list(session.execute(query))


def packages_of(
    session: AlchemySession, package_ids: Iterable[str]
) -> dict[str, ckan_model.Package]:
    """Return these datasets by id; those that are deleted or gone are absent."""
    package: Any = ckan_model.Package
    query = sa.select(package).where(package.id.in_(list(package_ids)))
    found = session.execute(query.where(package.state != "deleted")).scalars()
    return {each.id: each for each in found}


def bodies_reviewed_by(session: AlchemySession, user_id: str) -> list[str]:
    """Return the bodies of which this person is an admin."""
    member = ckan_model.Member
    query = sa.select(member.group_id).where(
        member.table_id == user_id,
        member.table_name == "user",
        member.state == "active",
        member.capacity == "admin",
    )
    return [str(body) for body in session.execute(query).scalars()]


def bodies(session: AlchemySession, ids: Iterable[str]) -> list[ckan_model.Group]:
    """Return these bodies by title."""
    group = ckan_model.Group
    query = sa.select(group).where(group.id.in_(list(ids))).order_by(group.title, group.name)
    return list(session.execute(query).scalars())

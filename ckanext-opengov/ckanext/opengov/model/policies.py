"""Which findings block the files of which body."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan import model as ckan_model
from ckan.types import AlchemySession

from ckanext.opengov.validation.weights import CODES, Policy, Weight

COUNTRY = ""
"""In the place of a body: what no body goes below."""


class PolicyRow(tk.BaseModel):
    """What a body wants of one kind of finding."""

    __tablename__ = "opengov_policy"

    body_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    code: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    weight: Mapped[str] = mapped_column(sa.Text)
    changed_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


def of_body(session: AlchemySession, body_id: str) -> Policy:
    """Return the policy of a body; of none: the country's alone."""
    query = sa.select(PolicyRow.body_id, PolicyRow.code, PolicyRow.weight)
    return _policy(session.execute(query.where(PolicyRow.body_id.in_([body_id, COUNTRY]))))


def of_datasets(session: AlchemySession, package_ids: Iterable[str]) -> dict[str, Policy]:
    """Return the policies that differ from the usual by dataset."""
    package = ckan_model.Package
    is_of_it = PolicyRow.body_id.in_([package.owner_org, COUNTRY])
    query = (
        sa.select(package.id, PolicyRow.body_id, PolicyRow.code, PolicyRow.weight)
        .join(PolicyRow, is_of_it)
        .where(package.id.in_(list(package_ids)))
    )
    rows: dict[str, list[sa.Row[Any]]] = {}
    for row in session.execute(query):
        rows.setdefault(row.id, []).append(row)
    return {package_id: _policy(found) for package_id, found in rows.items()}


def _policy(rows: Iterable[sa.Row[Any]]) -> Policy:
    """Return the policy in these rows, without codes that the check gives out no more."""
    wishes: dict[str, Weight] = {}
    country: dict[str, Weight] = {}
    for row in rows:
        if row.code in CODES:
            (wishes if row.body_id else country)[row.code] = Weight(row.weight)
    return Policy(wishes, country)


def put(
    session: AlchemySession, body_id: str, weights: Mapping[str, Weight | None], now: datetime
) -> None:
    """Keep what a body wants, or the country; None: as usual."""
    session.execute(
        sa.delete(PolicyRow).where(PolicyRow.body_id == body_id, PolicyRow.code.in_([*weights]))
    )
    values = [
        {"body_id": body_id, "code": code, "weight": weight, "changed_at": now}
        for code, weight in weights.items()
        if weight
    ]
    if values:
        session.execute(insert(PolicyRow), values)

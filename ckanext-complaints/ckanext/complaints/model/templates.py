"""Texts that answers begin with: of a unit, or for all."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

import ckan.plugins.toolkit as tk
from ckan.types import AlchemySession

from ckanext.complaints.model.cases import MOMENT
from ckanext.opengov.shared.domain.texts import Texts


class TemplateRow(tk.BaseModel):
    """A text that answers may begin with."""

    __tablename__ = "complaints_template"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    unit_id: Mapped[str | None] = mapped_column(sa.Text)
    """None: for all units."""
    title: Mapped[str] = mapped_column(sa.Text)
    texts: Mapped[Texts] = mapped_column(JSONB)
    updated_at: Mapped[datetime] = mapped_column(MOMENT)
    version: Mapped[int] = mapped_column(sa.Integer)


def make(
    session: AlchemySession, unit_id: str | None, title: str, texts: Texts, now: datetime
) -> TemplateRow:
    """Make a template."""
    about = {"unit_id": unit_id, "title": title, "texts": texts}
    row = TemplateRow(id=str(uuid.uuid4()), **about, updated_at=now, version=1)
    session.add(row)
    session.flush()
    return row


def find(session: AlchemySession, id: str) -> TemplateRow | None:
    """Return a template, held against every other change."""
    query = sa.select(TemplateRow).where(TemplateRow.id == id).with_for_update()
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def usable(session: AlchemySession, unit_ids: Collection[str]) -> list[TemplateRow]:
    """Return the templates of units, then those for all, each by title."""
    mine = sa.or_(TemplateRow.unit_id.is_(None), TemplateRow.unit_id.in_(unit_ids))
    order = (TemplateRow.unit_id.is_(None), TemplateRow.title, TemplateRow.id)
    return list(session.execute(sa.select(TemplateRow).where(mine).order_by(*order)).scalars())

"""How many took part in a consultation, and how: of public comments alone."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ckan.types import AlchemySession

from ckanext.consultation.domain.comments import State
from ckanext.consultation.model.comments import COUNTS, Comment

GROUPED = {0b0111: "by_day", 0b1011: "by_position", 0b1101: "by_channel", 0b1110: "by_lang"}
"""By the mask of what is not grouped by, as PostgreSQL tells it."""
_TEXT = sa.func.coalesce(Comment.norm_sha256, sa.func.convert_to(Comment.body, "UTF8"))
"""What makes two comments the same text; short ones are compared letter by letter."""
VOTED = tuple(COUNTS.values())
POSITIONS = {1: "for", 0: "neutral", -1: "against", None: "none"}


def counts(session: AlchemySession, consultation_id: str) -> dict[str, int]:
    """Return how many comments there are, texts that differ, people who wrote, and votes."""
    said = {
        "comments": sa.func.count(),
        "distinct_texts": sa.func.count(_TEXT.distinct()),
        "participants": sa.func.count(Comment.participant_id.distinct()),
        "votes": sa.func.coalesce(sa.func.sum(sum(getattr(Comment, name) for name in VOTED)), 0),
    }
    query = sa.select(*(each.label(name) for name, each in said.items()))
    row = session.execute(query.where(*_public(consultation_id))).mappings().one()
    return {name: int(row[name]) for name in said}


def by_kind(session: AlchemySession, consultation_id: str, zone: str) -> dict[str, Any]:
    """Return how the comments are spread over days, positions, channels and languages."""
    day = sa.func.date(sa.func.timezone(zone, Comment.created_at)).label("day")
    columns = [day, Comment.position, Comment.channel, Comment.lang]
    query = (
        sa.select(*columns, sa.func.count())
        .where(*_public(consultation_id))
        .group_by(sa.func.grouping_sets(*(sa.tuple_(each) for each in columns)))
    )
    return _sorted_out(session.execute(query.add_columns(sa.func.grouping(*columns))).all())


def _sorted_out(rows: Any) -> dict[str, Any]:
    """Return the groups by what they are grouped by."""
    found: dict[str, dict[Any, int]] = {each: {} for each in GROUPED.values()}
    for *keys, number, mask in rows:
        name = GROUPED[mask]
        found[name][keys[list(GROUPED.values()).index(name)]] = number
    days = sorted(found.pop("by_day").items())
    positions = found.pop("by_position").items()
    return {
        "by_day": [{"day": day.isoformat(), "comments": number} for day, number in days],
        "by_position": {POSITIONS[position]: number for position, number in positions},
        **found,
    }


def _public(consultation_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (Comment.consultation_id == consultation_id, Comment.state == State.PUBLISHED)
